package load_test

import (
	"context"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/crowd"
	"github.com/ciiscan/ciiscan/internal/lab/load"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth"
)

func village(t *testing.T) *load.Server {
	t.Helper()
	db := storetest.NewDB(t)
	if err := crowd.Fill(t.Context(), db.URL, crowd.Village(), time.Now()); err != nil {
		t.Fatal(err)
	}
	s, err := load.Serve(t.Context(), db.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// mostStatements is more than any page needs that asks after the rows of a list
// together.
const mostStatements = 50

func TestEveryPageIsMeasured(t *testing.T) {
	s := village(t)
	visits, err := s.Visits(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(visits) < 100 {
		t.Errorf("%d pages and filters: want all of the console's", len(visits))
	}
	var all []load.Measure
	for _, v := range visits {
		m, err := s.Measure(t.Context(), v, 0, 1)
		if err != nil {
			t.Error(err)
			continue
		}
		if m.P95 < m.P50 || m.Statements == 0 || m.SQL > m.P95 {
			t.Errorf("%+v: a page asks who is there, and its statements are a part of it", m)
		}
		if m.Statements > mostStatements {
			t.Errorf("%s as %s asks %d times: want a list's rows to be asked after together", v.Path, v.Role, m.Statements)
		}
		all = append(all, m)
	}
	var out strings.Builder
	load.Print(&out, all)
	pages, files, _ := strings.Cut(out.String(), "file, not a page")
	if !strings.Contains(pages, "/findings?service=modbus (analyst)") || !strings.Contains(pages, "/findings (operator)") {
		t.Error(pages)
	}
	if !strings.Contains(files, "/ledger/file (analyst)") || strings.Contains(files, "/ledger (analyst)") {
		t.Error(files)
	}
}

func TestReportsAreMeasured(t *testing.T) {
	run, err := village(t).Reports(t.Context(), 3, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if run.Bytes < 3*10_000 || run.SQL <= 0 || run.SQL > run.Took || run.Peak < int64(run.After) || run.First <= 0 {
		t.Errorf("%+v", run)
	}
}

// What is counted of everybody, in ways of its own, is what is counted of each,
// and an organisation's people are told what the CERT is told of it.
func TestCountsOfAllAreThoseOfEach(t *testing.T) {
	to := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	from := to.AddDate(0, 0, -60)
	db := storetest.NewDB(t)
	if err := crowd.Fill(t.Context(), db.URL, crowd.Village(), to); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), db.URL, store.Options{Now: func() time.Time { return to }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	changes := func(ctx context.Context, org inventory.OrganizationID) inventory.Difference {
		t.Helper()
		d, err := s.Difference(ctx, inventory.OverviewFilter{Org: org}, from, to, inventory.MostDifferent)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	stands := func(ctx context.Context, org inventory.OrganizationID) inventory.Overview {
		t.Helper()
		o, err := s.Overview(ctx, inventory.OverviewFilter{Org: org, Since: from})
		if err != nil {
			t.Fatal(err)
		}
		o.MedianDays, o.FixTimes = 0, nil // medians do not add up
		return o
	}
	differences, overview := map[inventory.ChangeKind]int{}, inventory.Overview{}
	services := map[string]inventory.ServiceTally{}
	for n := range crowd.Village().Orgs {
		org := inventory.OrganizationID("ORG-" + strconv.Itoa(n+1))
		own := auth.WithIdentity(t.Context(), auth.Identity{User: "op", Role: auth.Operator, Org: org})
		d, o := changes(t.Context(), org), stands(t.Context(), org)
		if got := changes(own, org); !reflect.DeepEqual(got, d) {
			t.Errorf("changes of %s: its people see %+v, the CERT %+v", org, got.Counts, d.Counts)
		}
		if got := stands(own, org); !reflect.DeepEqual(got, o) {
			t.Errorf("%s: its people see %+v, the CERT %+v", org, got, o)
		}
		for kind, n := range d.Counts {
			differences[kind] += n
		}
		overview.Standings = append(overview.Standings, o.Standings...)
		overview.Closed += o.Closed
		for i, a := range o.Ages {
			if i == len(overview.Ages) {
				overview.Ages = append(overview.Ages, inventory.AgeTally{})
			}
			overview.Ages[i].Open += a.Open
		}
		for i, w := range o.Weeks {
			if i == len(overview.Weeks) {
				overview.Weeks = append(overview.Weeks, inventory.WeekTally{End: w.End, Open: map[inventory.Severity]int{}})
			}
			overview.Weeks[i].New += w.New
			overview.Weeks[i].Closed += w.Closed
			for severity, n := range w.Open {
				overview.Weeks[i].Open[severity] += n
			}
		}
		for _, v := range o.Services {
			sum := services[v.Name]
			services[v.Name] = inventory.ServiceTally{Name: v.Name, Open: sum.Open + v.Open, Appeared: sum.Appeared + v.Appeared, Gone: sum.Gone + v.Gone}
		}
	}
	all := stands(t.Context(), "")
	if len(all.Services) != len(services) {
		t.Errorf("%d kinds of services of all, %d of each", len(all.Services), len(services))
	}
	for _, v := range all.Services {
		if v != services[v.Name] {
			t.Errorf("services of all: %+v, of each: %+v", v, services[v.Name])
		}
	}
	all.Services, all.At, all.Since = nil, time.Time{}, time.Time{}
	for i := range all.Ages {
		all.Ages[i] = inventory.AgeTally{Open: all.Ages[i].Open} // the days are the same, the moment is not
	}
	if !reflect.DeepEqual(all, overview) {
		t.Errorf("of all: %+v\nof each: %+v", all, overview)
	}
	if got := changes(t.Context(), ""); !reflect.DeepEqual(got.Counts, differences) || got.Counts[inventory.FindingBack] == 0 {
		t.Errorf("changes of all: %v, of each: %v", got.Counts, differences)
	}
}
