package store_test

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/scanner"
)

// week makes two operators: one with a finding that was fixed, one with a
// finding that is open, and an asset that was left out.
func week(t *testing.T) (w *world, one, two inventory.OrganizationID) {
	w = newWorld(t)
	w.check()
	one, two = w.org("One"), w.org("Two")
	a, b := w.asset(one, "192.0.2.1"), w.asset(two, "198.51.100.1")
	left := w.asset(two, "198.51.100.2")
	must(w.CreateScan(t.Context(), "mara", scanner.Scan{Org: two, Profile: "light", Skipped: []scanner.Skip{
		{Asset: left.ID, What: "198.51.100.2", Reason: "no authorisation covers it"},
	}}, nil, time.Time{}, time.Time{}))(t)
	for range 1 {
		w.clock.advance(time.Hour)
		w.round(one, w.sees, host(a, "192.0.2.1"))
		w.round(two, w.sees, host(b, "198.51.100.1"))
	}
	for range 2 {
		w.clock.advance(time.Hour)
		w.round(one, quiet, host(a, "192.0.2.1"))
	}
	return w, one, two
}

func TestWeeklyData(t *testing.T) {
	w, one, two := week(t)
	data := func(org inventory.OrganizationID, from, to time.Time) reports.Data {
		t.Helper()
		return must(w.WeeklyData(t.Context(), reports.Subject{Org: org}, from, to))(t)
	}
	from, to := start, start.Add(7*24*time.Hour)

	d := data(one, from, to)
	if d.Org == nil || d.Org.ID != one || len(d.Org.Contacts) != 1 || len(d.Orgs) != 1 || !d.From.Equal(from) || !d.At.Equal(w.clock.now()) {
		t.Errorf("frame of the report: org %+v, orgs %v, from %v, at %v", d.Org, d.Orgs, d.From, d.At)
	}
	if len(d.Findings) != 1 || d.Findings[0].Detection != inventory.Fixed || d.Findings[0].Org != one {
		t.Errorf("findings of one = %+v", d.Findings)
	}
	if len(d.Events) != 2 || d.Events[0].Kind != inventory.EventOpened || d.Events[1].Kind != inventory.EventFixed {
		t.Errorf("events of one = %+v", d.Events)
	}
	if len(d.Assets) != 1 || len(d.Services) != 1 || len(d.Scans) != 3 || d.Checks[testCheck].Fix == "" {
		t.Errorf("one has %d assets, %d services, %d scans", len(d.Assets), len(d.Services), len(d.Scans))
	}
	if len(d.Coverage) != 1 || d.Coverage[0].Outcome != inventory.Complete || d.Coverage[0].At.IsZero() {
		t.Errorf("coverage of one = %+v", d.Coverage)
	}

	d = data(two, from, to)
	if len(d.Findings) != 1 || !d.Findings[0].Detection.Present() || len(d.Coverage) != 2 {
		t.Fatalf("two: %d findings, coverage %+v", len(d.Findings), d.Coverage)
	}
	if c := d.Coverage[1]; c.Addr.IsValid() || !c.At.IsZero() || c.Reason != "no authorisation covers it" {
		t.Errorf("the asset left out = %+v", c)
	}

	d = data(two, to, to.Add(7*24*time.Hour))
	if len(d.Findings) != 1 || len(d.Events) != 0 || len(d.Scans) != 0 {
		t.Errorf("the week after: %d findings, %d events, %d scans, want only what is still open", len(d.Findings), len(d.Events), len(d.Scans))
	}

	_, err := w.WeeklyData(t.Context(), reports.Subject{Org: "ORG-9"}, from, to)
	wantErr(t, "a report for nobody", err, inventory.ErrNotFound)
}

func TestAdvisoryNeedsTwoPeople(t *testing.T) {
	w, _, two := week(t)
	facts := must(w.AdvisoryFacts(t.Context(), testCheck))(t)
	if len(facts.Findings) != 1 || len(facts.Orgs) != 1 || facts.Orgs[0].ID != two || len(facts.Assets) != 2 || len(facts.Services) != 1 {
		t.Errorf("facts: %d findings, %d orgs, %d assets, %d services", len(facts.Findings), len(facts.Orgs), len(facts.Assets), len(facts.Services))
	}
	_, err := w.AdvisoryFacts(t.Context(), "no-such-check")
	wantErr(t, "facts about nothing", err, inventory.ErrNotFound)

	draft := must(advisory.FromFindings(facts, advisory.Amber, "mara", w.clock.now()))(t)
	made := must(w.CreateAdvisory(t.Context(), "mara", draft))(t)
	if made.ID != "ADV-1" || made.State != advisory.Draft || made.Author != "mara" {
		t.Errorf("created %+v", made)
	}
	_, err = w.ApproveAdvisory(t.Context(), "mara", made.ID)
	wantErr(t, "approval by the author", err, inventory.ErrForbidden)
	approved := must(w.ApproveAdvisory(t.Context(), "nimal", made.ID))(t)
	read := must(w.Advisory(t.Context(), made.ID))(t)
	if approved.State != advisory.Approved || read.State != advisory.Approved || read.Approver != "nimal" || read.ApprovedAt == nil || read.Title == "" {
		t.Errorf("approved %+v, read back %+v", approved, read)
	}
	_, err = w.ApproveAdvisory(t.Context(), "nimal", made.ID)
	wantErr(t, "a second approval", err, inventory.ErrConflict)
	_, err = w.ApproveAdvisory(t.Context(), "nimal", "ADV-9")
	wantErr(t, "approval of nothing", err, inventory.ErrNotFound)
	list, _, err := w.Advisories(t.Context(), advisory.Filter{}, inventory.Page{})
	if err != nil || len(list) != 1 || list[0].ID != made.ID {
		t.Errorf("Advisories = %+v, %v", list, err)
	}
	if n := w.rows("SELECT count(*) FROM advisory_revisions WHERE document->>'id' = 'ADV-1'"); n != 2 {
		t.Errorf("%d states are kept, want the draft and the approved one", n)
	}
}

func TestHealth(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))}, []scanner.Host{host(a, addressOf(2))}, []scanner.Host{host(a, addressOf(3))})
	for _, name := range []string{"worker-1", "worker-2"} {
		if err := w.RegisterWorker(t.Context(), store.Worker{Name: name, Version: "1.0", Slots: 4, Engines: "nmap 7.93"}); err != nil {
			t.Fatal(err)
		}
	}
	w.claim("worker-1")
	w.finish(quiet(w.claim("worker-1")))
	h := must(w.Health(t.Context()))(t)
	if h.Version == 0 || h.QueuedTasks != 1 || h.RunningTasks != 1 || h.UnjudgedTasks != 1 || h.OldestQueued == nil || !h.OldestQueued.Equal(start) {
		t.Errorf("Health = %+v", h)
	}
	if len(h.Workers) != 2 || h.Workers[0].Name != "worker-1" || h.Workers[0].Running != 1 || h.Workers[0].Slots != 4 || !h.Workers[0].SeenAt.Equal(start) {
		t.Errorf("workers = %+v", h.Workers)
	}
	w.clock.advance(25 * time.Hour)
	if err := w.TouchWorker(t.Context(), "worker-1"); err != nil {
		t.Fatal(err)
	}
	if h = must(w.Health(t.Context()))(t); len(h.Workers) != 1 || h.Workers[0].Name != "worker-1" {
		t.Errorf("after a day of silence workers = %+v", h.Workers)
	}
	w.clock.advance(6*24*time.Hour - time.Minute)
	if err := w.TouchWorker(t.Context(), "worker-2"); err != nil {
		t.Fatal(err)
	}
	if h = must(w.Health(t.Context()))(t); len(h.Workers) != 1 || h.Workers[0].Name != "worker-2" {
		t.Errorf("a worker that was silent for a week is back, and workers = %+v", h.Workers)
	}
	w.clock.advance(7*24*time.Hour - time.Minute)
	must(w.ReapTasks(t.Context()))(t)
	wantErr(t, "TouchWorker after a long silence", w.TouchWorker(t.Context(), "worker-1"), inventory.ErrNotFound)
	if err := w.TouchWorker(t.Context(), "worker-2"); err != nil {
		t.Errorf("TouchWorker within a week = %v", err)
	}
}

func TestMissingJobsAreWritten(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))}, []scanner.Host{host(a, addressOf(2))}, []scanner.Host{host(a, addressOf(3))})
	w.finish(quiet(w.claim("worker-1")))
	execSQL(t, w.db.URL, "DELETE FROM river_job")
	w.clock.advance(2 * time.Minute)
	for range 2 { // the second time nothing is missing
		must(w.ReapTasks(t.Context()))(t)
		tickets, judges := w.rows("SELECT count(*) FROM river_job WHERE kind = 'scan_ticket'"), w.rows("SELECT count(*) FROM river_job WHERE kind = 'judge'")
		if tickets != 2 || judges != 1 {
			t.Errorf("%d tickets and %d judge jobs, want 2 and 1", tickets, judges)
		}
	}
	execSQL(t, w.db.URL, "DELETE FROM river_job")
	if err := w.StopScanning(t.Context(), "mara", "test"); err != nil {
		t.Fatal(err)
	}
	if err := w.AllowScanning(t.Context(), "mara", "test"); err != nil {
		t.Fatal(err)
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'scan_ticket'"); n != 2 {
		t.Errorf("%d tickets after scanning was allowed again, want 2", n)
	}
}
