package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// A life is a finding's: days before now at which it was seen first and closed,
// 0 for never, what was decided, and how bad it is.
type life struct {
	came, went         int
	decision, severity string
	kev                bool
}

func TestOverviewTellsAgesAndHowLongFixesTake(t *testing.T) {
	w := newWorld(t)
	power, bank := w.org("Power"), w.org("Bank")
	a, silent := w.asset(power, "192.0.2.7"), w.asset(power, "192.0.2.8")
	w.asset(power, "192.0.2.9") // never looked at
	w.round(power, func(task scanner.Task) scanner.Report {
		r := found(task, w.clock.now(), testCheck)
		r.Result.Observations = slices.DeleteFunc(r.Result.Observations, func(o inventory.Observation) bool { return o.Match != nil })
		return r
	}, host(a, "192.0.2.7"))
	w.exec("UPDATE assets SET tested_at = $2 WHERE id = $1", silent.ID, w.clock.now())
	w.clock.advance(time.Hour)
	now := w.clock.now()
	for id, l := range map[string]life{
		"young": {3, 0, "attend", "high", false}, "older": {10, 0, "act", "high", false},
		"soon": {10, 5, "attend", "high", false}, "late": {40, 10, "act", "high", false},
		"told": {2, 1, "", "info", false}, "exploited": {24, 10, "track", "low", true},
		"long ago": {200, 100, "act", "high", false},
	} {
		f := w.finding(a, id, l.severity, time.Time{})
		w.exec("UPDATE findings SET first_seen = $2, decision = $3, kev = $4 WHERE id = $1", f, now.AddDate(0, 0, -l.came), l.decision, l.kev)
		if l.went > 0 {
			w.exec("UPDATE findings SET detection = 'fixed', closed_at = $2 WHERE id = $1", f, now.AddDate(0, 0, -l.went))
		}
	}
	w.finding(w.asset(bank, "192.0.2.10"), "young", "high", time.Time{})
	for _, days := range []int{1, 30} {
		w.exec(`INSERT INTO former_services (asset_id, address, port, transport, name, product, version, tls, first_seen, last_seen, gone_at)
			VALUES ($1, '192.0.2.7', 8080, 'tcp', 'http', '', '', false, $2, $2, $2)`, a.ID, now.AddDate(0, 0, -days))
	}
	for port, name := range map[int]string{8081: "http", 2222: "ssh"} {
		w.exec(`INSERT INTO services (asset_id, address, port, transport, name, product, version, extra_info, cpes, tls, banner, first_seen, last_seen)
			VALUES ($1, '192.0.2.7', $2, 'tcp', $3, '', '', '', '[]', false, '', $4, $4)`, a.ID, port, name, now)
	}
	for name, f := range map[string]inventory.OverviewFilter{
		"by its id": {Org: power, Since: now.AddDate(0, 0, -7)}, "by its sector": {Sector: "energy", Since: now.AddDate(0, 0, -7)},
	} {
		w.exec("UPDATE organizations SET sector = CASE id WHEN $1 THEN 'energy' ELSE 'banking' END", power)
		o := must(w.Overview(t.Context(), f))(t)
		var ages []int
		for _, g := range o.Ages {
			ages = append(ages, g.Open)
		}
		if d := cmp.Diff([]int{1, 1, 0, 0, 0, 0}, ages); d != "" {
			t.Errorf("%s: ages (-want +got):\n%s", name, d)
		}
		if d := cmp.Diff([]inventory.FixTime{
			{Closed: 4, MedianDays: 9.5, TargetDays: 14, InTime: 2, Due: 3, Within: []int{1, 1, 1, 1, 0, 0}},
			{Severity: "high", Closed: 2, MedianDays: 17.5, TargetDays: 7, InTime: 1, Due: 2, Within: []int{0, 1, 0, 1, 0, 0}},
			{Severity: "low", Closed: 1, MedianDays: 14, TargetDays: 14, InTime: 1, Due: 1, Within: []int{0, 0, 1, 0, 0, 0}},
			{Severity: "info", Closed: 1, MedianDays: 1, Within: []int{1, 0, 0, 0, 0, 0}},
		}, o.FixTimes); d != "" {
			t.Errorf("%s: how long fixes take (-want +got):\n%s", name, d)
		}
		if d := cmp.Diff([]inventory.ServiceTally{{Name: "http", Open: 2, Appeared: 2, Gone: 1}, {Name: "ssh", Open: 1, Appeared: 1}}, o.Services); d != "" {
			t.Errorf("%s: services (-want +got):\n%s", name, d)
		}
		for _, tally := range o.Services {
			listed, _, err := w.AssetOverviews(t.Context(), inventory.AssetFilter{Service: tally.Name}, inventory.Page{})
			sum := 0
			for _, a := range listed {
				sum += a.Services
			}
			if err != nil || sum != tally.Open {
				t.Errorf("%s: %d services are called %s, and the list that this leads to counts %d, %v", name, tally.Open, tally.Name, sum, err)
			}
		}
		if len(o.Standings) != 1 || o.Standings[0].Org != power || o.Standings[0].Assets != 3 || o.Standings[0].Unreachable != 1 {
			t.Errorf("%s: standings %+v", name, o.Standings)
		}
	}
	for days, want := range map[int]int{12: 0, 10: 0, 9: 2, 4: 3} { // before so many days ago
		f := inventory.FindingFilter{Org: power, Change: inventory.ChangeFixed, Since: now.AddDate(0, 0, -20), Until: now.AddDate(0, 0, -days)}
		if list, _, err := w.Findings(t.Context(), f, inventory.Page{}); err != nil || len(list) != want {
			t.Errorf("fixed until %d days ago: %d, %v, want %d", days, len(list), err, want)
		}
	}
	weeks := must(w.OpenByWeek(t.Context(), []inventory.OrganizationID{power}, now))(t)
	if d := cmp.Diff(map[inventory.OrganizationID][]int{power: {0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2}}, weeks); d != "" {
		t.Errorf("open by week (-want +got):\n%s", d)
	}
}
