package schedule

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Cron is a parsed cron expression in its time zone.
type Cron struct {
	spec cron.Schedule // asked in UTC, about local wall-clock times
	zone *time.Location
}

// ParseCron reads five fields, or a name such as "@daily", with an optional
// "CRON_TZ=Zone " before them; zone is the IANA zone that holds without it.
// It refuses an expression that never fires.
func ParseCron(expr, zone string) (Cron, error) {
	fields := strings.TrimSpace(expr)
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		if rest, ok := strings.CutPrefix(fields, prefix); ok {
			zone, fields, _ = strings.Cut(rest, " ")
			break
		}
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return Cron{}, &inventory.InputError{
			Field: "cron", Value: expr, Message: "unknown time zone " + zone,
			Hint: "use an IANA name such as CRON_TZ=Asia/Colombo",
		}
	}
	spec, err := cron.ParseStandard(strings.TrimSpace(fields))
	if err != nil {
		return Cron{}, &inventory.InputError{
			Field: "cron", Value: expr, Message: err.Error(),
			Hint: "write minute, hour, day of month, month, day of week; for example: 0 2 * * 1",
		}
	}
	s, ok := spec.(*cron.SpecSchedule)
	if !ok { // @every counts from the program's start, which no two schedulers share
		return Cron{}, &inventory.InputError{
			Field: "cron", Value: expr, Message: "@every has no fixed moments",
			Hint: "write five fields; for example, every six hours: 0 */6 * * *",
		}
	}
	s.Location = time.UTC
	c := Cron{spec: s, zone: loc}
	if c.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Cron{}, &inventory.InputError{
			Field: "cron", Value: expr, Message: "never fires",
			Hint: "check the day of month against the month",
		}
	}
	return c, nil
}

// Next returns the first slot after t, in UTC, or the zero time if there is
// none within five years. A slot in the hour that daylight saving skips is at
// the moment of the skip; one in the hour that comes twice is at its first.
func (c Cron) Next(t time.Time) time.Time {
	// After the clock went back, wall times repeat: their slots were given at
	// the first showing, and are stepped over.
	for wall := c.spec.Next(onWall(t.In(c.zone))); !wall.IsZero(); wall = c.spec.Next(wall) {
		if slot := c.at(wall); slot.After(t) {
			return slot.UTC()
		}
	}
	return time.Time{}
}

// Latest returns the last slot in (after, until], or the zero time.
func (c Cron) Latest(after, until time.Time) time.Time {
	var last time.Time
	for slot := c.Next(after); !slot.IsZero() && !slot.After(until); slot = c.Next(slot) {
		last = slot
	}
	return last
}

// onWall reads local time as if it were UTC, so that it can be counted with.
func onWall(local time.Time) time.Time {
	return time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
}

// at turns a wall-clock time into the instant when the zone's clock shows it
// first, or passes it.
func (c Cron) at(wall time.Time) time.Time {
	// One of the two offsets in force around it is right. Both agree but for
	// the days when the clock changes.
	_, before := wall.Add(-24 * time.Hour).In(c.zone).Zone()
	_, after := wall.Add(24 * time.Hour).In(c.zone).Zone()
	early := wall.Add(-time.Duration(before) * time.Second)
	late := wall.Add(-time.Duration(after) * time.Second)
	switch {
	case onWall(early.In(c.zone)).Equal(wall):
		return early
	case onWall(late.In(c.zone)).Equal(wall):
		return late
	}
	// Skipped: the change happened between the two readings; the first moment
	// after it is where the offset becomes the later one.
	lo, hi := late, early
	for hi.Sub(lo) > time.Second {
		mid := lo.Add(hi.Sub(lo) / 2).Truncate(time.Second)
		if _, off := mid.In(c.zone).Zone(); off == after {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi.Truncate(time.Second)
}
