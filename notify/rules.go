package notify

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Rules are how much mail, and when. Those of an installation are
// DefaultRules with its settings.
type Rules struct {
	Quiet     Quiet
	HourlyCap int           // mails to one contact within an hour
	DailyCap  int           // mails to one contact within a day
	Settle    time.Duration // alerts wait so long for others of the same scan
	DigestAt  Clock         // when a day's digest goes out, in the contact's zone
	// ConfirmWithin is how long the first contact has to confirm a weekly
	// report before the second hears of it; 0 means for ever.
	ConfirmWithin time.Duration
	Matters       int // most kinds of weaknesses in one mail
	Places        int // most places of each
}

// DefaultRules are what an installation has that says nothing.
func DefaultRules() Rules {
	return Rules{
		Quiet: Quiet{From: 21 * 60, To: 7 * 60}, HourlyCap: 4, DailyCap: 12, Settle: 10 * time.Minute,
		DigestAt: 8 * 60, ConfirmWithin: 5 * 24 * time.Hour, Matters: 10, Places: 10,
	}
}

// A Clock is a time of day, in minutes since midnight by the wall clock.
type Clock int

// On is the moment of the clock on the day of t, in t's zone. Where a zone
// leaves the clock out on that day, it is the moment after the gap.
func (c Clock) On(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, int(c)/60, int(c)%60, 0, 0, t.Location())
}

func clockOf(t time.Time) Clock { return Clock(t.Hour()*60 + t.Minute()) }

func parseClock(s string) (Clock, bool) {
	h, m, ok := strings.Cut(strings.TrimSpace(s), ":")
	hour, err := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err != nil || err2 != nil || len(m) != 2 || hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, false
	}
	return Clock(hour*60 + minute), true
}

// Quiet hours are those in which only alerts are sent. From and To alike mean
// none.
type Quiet struct{ From, To Clock }

// ParseQuiet reads "21:00-07:00"; empty means none.
func ParseQuiet(s string) (Quiet, error) {
	if strings.TrimSpace(s) == "" {
		return Quiet{}, nil
	}
	from, to, _ := strings.Cut(s, "-")
	a, ok := parseClock(from)
	b, ok2 := parseClock(to)
	if !ok || !ok2 {
		return Quiet{}, &inventory.InputError{
			Field: "quiet hours", Value: inventory.CleanText(s, 100), Message: "are not two times of day", Hint: "write 21:00-07:00",
		}
	}
	return Quiet{a, b}, nil
}

// String writes them as ParseQuiet reads them.
func (q Quiet) String() string {
	if q.From == q.To {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", q.From/60, q.From%60, q.To/60, q.To%60)
}

// Contains tells whether it is quiet at a moment, by the wall clock of t's
// zone: on the days when clocks change the hours are longer or shorter.
func (q Quiet) Contains(t time.Time) bool {
	c := clockOf(t)
	if q.From <= q.To {
		return c >= q.From && c < q.To
	}
	return c >= q.From || c < q.To
}

// Week is the ISO week of a moment in its zone: 2026-W47.
func Week(t time.Time) string {
	year, week := t.ISOWeek()
	return fmt.Sprintf("%d-W%02d", year, week)
}
