package store_test

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A year's numbers need what was refused in it, and what was given before it:
// without that an update of an old advisory would count as a new one.
func TestLedgerCountsOverTheYears(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	old, refused := w.approved("A", advisory.Green, advisory.Vulnerability), w.approved("B", advisory.Green, advisory.Vulnerability)
	w.release(old.ID, b.ID)
	first := w.clock.now().Year()
	for w.clock.now().Year() == first {
		w.clock.advance(24 * time.Hour)
	}
	w.revise(old.ID, advisory.Green)
	w.release(old.ID, b.ID)
	r := must(w.RequestRelease(ctx, "rita", exchange.Release{Advisory: refused.ID, Team: b.ID, Reason: "they asked"}))(t)
	if err := w.RefuseRelease(ctx, "omar", r.ID, "not theirs"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		year int
		team exchange.TeamID
		want [3]int // advisories, updates, refused
	}{
		{first, b.ID, [3]int{1, 0, 0}},
		{first + 1, b.ID, [3]int{0, 1, 1}},
		{first + 1, "", [3]int{0, 1, 1}},
		{first + 1, w.team("c", "IN").ID, [3]int{}},
	} {
		g := exchange.Ledger(must(w.LedgerFacts(ctx, tt.team, tt.year))(t), tt.team, tt.year).Given
		if got := [3]int{g.Advisories, g.Updates, g.Refused}; got != tt.want {
			t.Errorf("%d with %q: advisories, updates, refused = %v, want %v", tt.year, tt.team, got, tt.want)
		}
	}
}
