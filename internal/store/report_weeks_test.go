package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// What the nation's report says of an operator is what its own says.
func TestStandingsAreTheOperatorsReports(t *testing.T) {
	w, one, two := week(t)
	from, to := start, start.Add(7*24*time.Hour)
	nation := must(w.WeeklyData(t.Context(), reports.Subject{}, from, to))(t)
	sum := map[inventory.OrganizationID]reports.Standing{}
	for _, s := range nation.Standings {
		sum[s.Org] = s
	}
	if len(sum) != 2 || len(nation.Findings) != 0 || len(nation.Weaknesses) != 1 || nation.Weaknesses[0].Organizations != 1 || nation.Checks[testCheck].Fix == "" {
		t.Errorf("nation: %d standings, %d findings, weaknesses %+v", len(sum), len(nation.Findings), nation.Weaknesses)
	}
	for _, org := range []inventory.OrganizationID{one, two} {
		own := must(w.WeeklyData(t.Context(), reports.Subject{Org: org}, from, to))(t)
		want := reports.StandingOf(must(reports.Build(own))(t))
		got := sum[org]
		got.LastAnswer, got.LateScan = want.LastAnswer, want.LateScan
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s stands otherwise in the nation's report (-own +nation):\n%s", org, d)
		}
	}
	sector := must(w.WeeklyData(t.Context(), reports.Subject{Sector: nation.Orgs[one].Sector}, from, to))(t)
	if len(sector.Standings) != 2 {
		t.Errorf("the sector has %d operators", len(sector.Standings))
	}
	if empty := must(w.WeeklyData(t.Context(), reports.Subject{Sector: inventory.SectorWater}, from, to))(t); len(empty.Orgs)+len(empty.Standings)+len(empty.Weaknesses) != 0 {
		t.Errorf("a sector without operators has %+v", empty)
	}
}

// A kept week is what the findings told then, and stays so.
func TestKeepWeek(t *testing.T) {
	w, one, two := week(t)
	for i := range 4 { // five in the sector
		org := w.org(fmt.Sprintf("Other %d", i))
		a := w.asset(org, fmt.Sprintf("203.0.113.%d", i+1))
		w.round(org, w.sees, host(a, fmt.Sprintf("203.0.113.%d", i+1)))
	}
	end := reports.WeekEnd(w.clock.now())
	wantErr(t, "a week that is not over", w.KeepWeek(t.Context(), end), inventory.ErrInvalid)
	w.clock.advance(end.Sub(w.clock.now()) + 2*7*24*time.Hour)
	wantErr(t, "a Tuesday", w.KeepWeek(t.Context(), end.Add(24*time.Hour)), inventory.ErrInvalid)
	to := end.Add(7 * 24 * time.Hour)
	past := func(org inventory.OrganizationID) reports.Data {
		return must(w.WeeklyData(t.Context(), reports.Subject{Org: org}, end, to))(t)
	}
	live := past(one).Past
	if len(live) != 1 || live[0].Closed != 1 || live[0].New != 1 || live[0].Medium+live[0].High+live[0].Critical+live[0].Low+live[0].Info != 0 || live[0].ToClose == nil {
		t.Fatalf("the week as the findings tell it: %+v", live)
	}
	for range 2 {
		if err := w.KeepWeek(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(live, past(one).Past); d != "" {
		t.Errorf("the kept week differs (-told +kept):\n%s", d)
	}
	d := past(two)
	if len(d.Peers) != 1 || d.Peers[0].Operators != 6 || d.Peers[0].Urgent.Known != 6 || d.Peers[0].ToClose.Known != 0 {
		t.Errorf("the sector then: %+v", d.Peers)
	}
	nation := must(w.WeeklyData(t.Context(), reports.Subject{}, end, to))(t)
	if len(nation.Past) != 1 || nation.Past[0].New != 6 || nation.Past[0].Closed != 1 {
		t.Errorf("the nation then: %+v", nation.Past)
	}
}

// A list of organisations tells of the last twelve weeks that were kept.
func TestOrganizationsShowTheirWeeks(t *testing.T) {
	w := newWorld(t)
	one, two := w.org("Power"), w.org("Bank")
	execSQL(t, w.db.URL, fmt.Sprintf(`
		INSERT INTO weekly_standings (org_id, until_at, sector, critical, high, medium, low, info, kev, fresh, closed, due, met)
		SELECT '%s', timestamptz '%s' - n * interval '7 days', 'energy', n, 0, 100, 1000, 9, 0, 0, 0, 0, 0 FROM generate_series(0, 20) n WHERE n <> 3`,
		one, reports.WeekEnd(w.clock.now()).AddDate(0, 0, -7).Format(time.RFC3339)))
	all, _, err := w.OrganizationOverviews(t.Context(), inventory.OrganizationFilter{}, inventory.Page{})
	if err != nil || len(all) != 2 {
		t.Fatal(len(all), err)
	}
	got := map[inventory.OrganizationID][]int{}
	for _, o := range all {
		got[o.ID] = o.Weeks
	}
	want := map[inventory.OrganizationID][]int{one: {1111, 1110, 1109, 1108, 1107, 1106, 1105, 1104, 1102, 1101, 1100}, two: nil}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("weeks (-want +got):\n%s", d)
	}
}
