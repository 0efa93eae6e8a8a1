package inventory

import (
	"testing"
	"time"
)

func TestOverdue(t *testing.T) {
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	day := func(n int) *time.Time { d := at.AddDate(0, 0, n); return &d }
	for name, c := range map[string]struct {
		f    Finding
		want bool
	}{
		"past its deadline":           {Finding{Detection: Open, DueAt: day(-1)}, true},
		"back again, and past it":     {Finding{Detection: Reopened, DueAt: day(-1)}, true},
		"before it":                   {Finding{Detection: Open, DueAt: day(1)}, false},
		"without one":                 {Finding{Detection: Open}, false},
		"fixed":                       {Finding{Detection: Fixed, DueAt: day(-1)}, false},
		"waived":                      {Finding{Detection: Open, DueAt: day(-1), Waiver: Waiver{Kind: WaiverAcceptedRisk, Until: at.AddDate(0, 0, 1)}}, false},
		"waived until a day that was": {Finding{Detection: Open, DueAt: day(-1), Waiver: Waiver{Kind: WaiverAcceptedRisk, Until: at}}, true},
	} {
		if got := c.f.Overdue(at); got != c.want {
			t.Errorf("%s: overdue %v", name, got)
		}
	}
}

func TestLooksToClose(t *testing.T) {
	for _, c := range []struct {
		detection Detection
		negatives int
		want      int
	}{{Open, 0, 2}, {Reopened, 1, 1}, {Open, 2, 1}, {Open, 9, 1}, {Fixed, 2, 0}} {
		f := Finding{Detection: c.detection, Negatives: c.negatives}
		if got := f.LooksToClose(ClosingPolicy{Negatives: 2}); got != c.want {
			t.Errorf("%s after %d looks that did not see it: %d to go, want %d", c.detection, c.negatives, got, c.want)
		}
	}
}
