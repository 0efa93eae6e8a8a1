package schedule

import (
	"errors"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNextSlot(t *testing.T) {
	for _, c := range []struct{ name, expr, zone, after, want string }{
		{"the expression's own zone wins", "CRON_TZ=Asia/Colombo 0 2 * * 1", "UTC", "2026-11-22T00:00:00Z", "2026-11-22T20:30:00Z"},
		{"the organisation's zone holds without one", "0 2 * * 1", "Asia/Dhaka", "2026-11-22T00:00:00Z", "2026-11-22T20:00:00Z"},
		{"a quarter-hour zone", "0 0 * * *", "Asia/Kathmandu", "2026-11-22T00:00:00Z", "2026-11-22T18:15:00Z"},
		{"a slot is after, not at", "0 2 * * *", "UTC", "2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z"},
		{"a skipped hour runs when the clock jumps", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		{"and the day after it runs as ever", "30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		{"a repeated hour runs the first time", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"and only the first time", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		{"asked between the two, it is over", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", "2026-10-26T01:30:00Z"},
		{"a leap day", "0 0 29 2 *", "UTC", "2026-11-22T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"a name", "@weekly", "UTC", "2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cron, err := ParseCron(c.expr, c.zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := cron.Next(at(t, c.after)); !got.Equal(at(t, c.want)) {
				t.Errorf("Next(%s) of %q = %s, want %s", c.after, c.expr, got.Format(time.RFC3339), c.want)
			}
		})
	}
}

func TestParseCronRefuses(t *testing.T) {
	for _, c := range []struct{ name, expr, zone string }{
		{"never fires", "0 0 30 2 *", "UTC"},
		{"too few fields", "0 2 * *", "UTC"},
		{"no such minute", "61 * * * *", "UTC"},
		{"no such zone", "CRON_TZ=Asia/Nowhere 0 2 * * 1", "UTC"},
		{"this machine's zone", "0 2 * * 1", "Local"},
		{"no fixed moments", "@every 5m", "UTC"},
		{"empty", "", "UTC"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseCron(c.expr, c.zone)
			if !errors.Is(err, inventory.ErrInvalid) || inventory.HintOf(err) == "" {
				t.Errorf("ParseCron(%q, %q) = %v, want an input error with a hint", c.expr, c.zone, err)
			}
		})
	}
}

// A year of slots must be strictly rising and one for each local day, whatever
// the zone does with its clocks.
func TestDailySlotsInEveryKindOfZone(t *testing.T) {
	for _, zone := range []string{"UTC", "Asia/Colombo", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"} {
		cron, err := ParseCron("15 2 * * *", zone)
		if err != nil {
			t.Fatal(err)
		}
		slot, days := at(t, "2026-01-01T00:00:00Z"), 0
		for {
			next := cron.Next(slot)
			if !next.After(slot) {
				t.Fatalf("%s: slot after %s is %s", zone, slot, next)
			}
			if slot = next; slot.Year() > 2026 {
				break
			}
			days++
		}
		if days != 365 {
			t.Errorf("%s: %d daily slots in 2026, want 365", zone, days)
		}
	}
}

func TestLatestMissedSlot(t *testing.T) {
	cron, err := ParseCron("0 * * * *", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	got := cron.Latest(at(t, "2026-11-22T00:30:00Z"), at(t, "2026-11-22T05:30:00Z"))
	if want := at(t, "2026-11-22T05:00:00Z"); !got.Equal(want) {
		t.Errorf("latest missed slot = %s, want %s", got, want)
	}
	if got := cron.Latest(at(t, "2026-11-22T05:10:00Z"), at(t, "2026-11-22T05:30:00Z")); !got.IsZero() {
		t.Errorf("latest slot of a span without one = %s, want none", got)
	}
}
