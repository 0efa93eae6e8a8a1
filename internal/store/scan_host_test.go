package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func TestScanHosts(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	sc := w.scan(org, []scanner.Host{host(a, addressOf(2)), host(a, addressOf(1))}, []scanner.Host{host(a, addressOf(3))}, []scanner.Host{host(a, addressOf(4))})
	w.finish(w.sees(w.claim("w")))
	silent := quiet(w.claim("w"))
	silent.Outcome, silent.Result.Hosts[0].Outcome, silent.Result.Hosts[0].Reason = inventory.Unreachable, inventory.Unreachable, "no answer"
	silent.Result.Observations, silent.Result.Ports, silent.Result.Checks = nil, nil, nil
	w.finish(silent)
	for _, c := range []struct {
		name string
		f    scanner.HostFilter
		want []string
	}{
		{"all, as they were planned", scanner.HostFilter{}, []string{
			"192.0.2.2 complete [80/tcp http]", "192.0.2.1 complete [80/tcp http]", "192.0.2.3 unreachable [] no answer", "192.0.2.4  []",
		}},
		{"that answered", scanner.HostFilter{Outcome: scanner.HostsAnswered}, []string{"192.0.2.2 complete [80/tcp http]", "192.0.2.1 complete [80/tcp http]"}},
		{"of one outcome", scanner.HostFilter{Outcome: "unreachable"}, []string{"192.0.2.3 unreachable [] no answer"}},
		{"that wait", scanner.HostFilter{Outcome: scanner.HostsWaiting}, []string{"192.0.2.4  []"}},
		{"with a service", scanner.HostFilter{Services: true}, []string{"192.0.2.2 complete [80/tcp http]", "192.0.2.1 complete [80/tcp http]"}},
	} {
		var got []string
		for page := (inventory.Page{Limit: 1}); ; {
			list, next, err := w.ScanHosts(t.Context(), sc.ID, c.f, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range list {
				got = append(got, strings.TrimSuffix(fmt.Sprintf("%s %s %v %s", h.Address, h.Outcome, h.Services, h.Reason), " "))
			}
			if page.Cursor = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if _, _, err := w.ScanHosts(as(t.Context(), w.org("Bank")), sc.ID, scanner.HostFilter{}, inventory.Page{}); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("another's scan: %v", err)
	}
}

// What a scan changed, and what was there once it had looked, stays so however
// it went on.
func TestFindingsOfAScan(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	var scans []scanner.ScanID
	look := func(report func(scanner.Task) scanner.Report) {
		t.Helper()
		w.clock.advance(24 * time.Hour)
		scans = append(scans, w.round(org, report, host(a, addressOf(1))).ID)
	}
	sees := func(task scanner.Task) scanner.Report { return found(task, w.clock.now(), testCheck) }
	for _, report := range []func(scanner.Task) scanner.Report{quiet, sees, sees, quiet, quiet, sees} {
		look(report)
	}
	for change, want := range map[inventory.ChangeFilter][]int{
		"":                    {0, 1, 1, 1, 0, 1},
		inventory.ChangeNew:   {0, 1, 0, 0, 0, 1},
		inventory.ChangeBack:  {0, 0, 0, 0, 0, 1},
		inventory.ChangeFixed: {0, 0, 0, 0, 1, 0},
	} {
		var got []int
		for _, id := range scans {
			list, _, err := w.Findings(t.Context(), inventory.FindingFilter{Scan: string(id), Change: change, Check: testCheck}, inventory.Page{})
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, len(list))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q of the scans: %v, want %v", change, got, want)
		}
	}
}

func TestLastRunsOfSchedules(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	schedule := func() scanner.ScheduleID {
		t.Helper()
		return must(w.CreateSchedule(t.Context(), "mara", scanner.Schedule{Org: org, Cron: "0 2 * * 1", Profile: "light", NextAt: start.AddDate(0, 0, 7)}))(t).ID
	}
	ran, never := schedule(), schedule()
	first, last := w.scan(org, []scanner.Host{host(a, addressOf(1))}), w.scan(org, []scanner.Host{host(a, addressOf(2))})
	for sc, days := range map[scanner.ScanID]int{first.ID: 1, last.ID: 8} {
		w.exec("UPDATE scans SET trigger = 'schedule', schedule_id = $2, slot_at = $3 WHERE id = $1", sc, ran, start.AddDate(0, 0, days))
	}
	runs := must(w.LastRuns(t.Context(), []scanner.ScheduleID{ran, never}))(t)
	if len(runs) != 1 || runs[ran].ID != last.ID {
		t.Errorf("last runs: %+v, want %s of %s", runs, last.ID, ran)
	}
	if runs = must(w.LastRuns(as(t.Context(), w.org("Bank")), []scanner.ScheduleID{ran}))(t); len(runs) != 0 {
		t.Errorf("another's last runs: %+v", runs)
	}
}

func TestExclusionsWithin(t *testing.T) {
	w := newWorld(t)
	order := func(name string, hours int) inventory.ExclusionID {
		t.Helper()
		return must(w.CreateExclusion(t.Context(), "mara", inventory.Exclusion{Name: name, Reason: "a test", Until: w.clock.now().Add(time.Duration(hours) * time.Hour)}))(t).ID
	}
	long, short, undone := order("a.example.org", 10), order("b.example.org", 1), order("c.example.org", 10)
	if err := w.EndExclusion(t.Context(), "mara", undone); err != nil { // as soon as it was given
		t.Fatal(err)
	}
	w.clock.advance(5 * time.Hour)
	later := order("d.example.org", 1)
	for _, c := range []struct {
		from, to int
		want     []inventory.ExclusionID
	}{
		{0, 24, []inventory.ExclusionID{short, later, long}},
		{0, 5, []inventory.ExclusionID{short, long}},
		{1, 5, []inventory.ExclusionID{long}},
		{5, 6, []inventory.ExclusionID{later, long}},
		{10, 24, nil},
		{-5, 0, nil},
	} {
		all := must(w.ExclusionsWithin(t.Context(), start.Add(time.Duration(c.from)*time.Hour), start.Add(time.Duration(c.to)*time.Hour), 10))(t)
		var got []inventory.ExclusionID
		for _, x := range all {
			got = append(got, x.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("from %d to %d o'clock: %v, want %v", c.from, c.to, got, c.want)
		}
	}
	if some := must(w.ExclusionsWithin(t.Context(), start, start.Add(24*time.Hour), 2))(t); len(some) != 2 {
		t.Errorf("%d of at most two", len(some))
	}
}
