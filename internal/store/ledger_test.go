package store_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
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
		year := exchange.Ledger(must(w.LedgerFacts(ctx, tt.team, tt.year))(t), tt.team, tt.year)
		all := exchange.LedgerOfEach(must(w.LedgerFacts(ctx, "", tt.year))(t), tt.year)
		for _, each := range append(all.Peers, all) {
			if each.Team == tt.team && (!reflect.DeepEqual(each.Given, year.Given) || !reflect.DeepEqual(each.Received, year.Received)) {
				t.Errorf("%d with %q: %+v beneath that of all, %+v by itself", tt.year, tt.team, each, year)
			}
		}
		g := year.Given
		if got := [3]int{g.Advisories, g.Updates, g.Refused}; got != tt.want {
			t.Errorf("%d with %q: advisories, updates, refused = %v, want %v", tt.year, tt.team, got, tt.want)
		}
	}
}

// The pages of lists ask after whom they name together, and reminders after
// interim advisories alone.
func TestSomeAreAskedAfterTogether(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	power, bank := w.org("Power"), w.org("Bank")
	w.org("Rail")
	some, _, err := w.SearchOrganizations(ctx, inventory.OrganizationFilter{IDs: []inventory.OrganizationID{power, bank, "ORG-99"}}, inventory.Page{})
	if err != nil || len(some) != 2 || some[0].ID != power || some[1].ID != bank {
		t.Errorf("%+v, %v: want those two", some, err)
	}
	a := advisory.Advisory{
		Category: advisory.Vulnerability, TLP: advisory.Green, Title: "A", Summary: "Something is open.", Impact: "It can be read.", Fix: "Close it.",
		Severity: inventory.SeverityHigh, CVEs: []string{"CVE-2026-0001"}, History: []advisory.Change{{Revision: 1, At: w.clock.now(), By: "ada", Summary: "First version."}},
	}
	must(w.CreateAdvisory(ctx, "ada", a))(t)
	a.Interim = true
	want := must(w.CreateAdvisory(ctx, "ada", a))(t)
	all, _, err := w.Advisories(ctx, advisory.Filter{Interim: true}, inventory.Page{})
	if err != nil || len(all) != 1 || all[0].ID != want.ID {
		t.Errorf("%+v, %v: want the interim one", all, err)
	}
}
