package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func TestPausedScanBeginsNothing(t *testing.T) {
	w := newWorld(t)
	org, other := w.org("Power"), w.org("Bank")
	a, b := w.asset(org, "192.0.2.0/24"), w.asset(other, "198.51.100.0/24")
	sc := w.scan(org, []scanner.Host{host(a, addressOf(1))}, []scanner.Host{host(a, addressOf(2))})
	running := w.claim("w")
	if err := w.PauseScan(t.Context(), "mara", sc.ID, ""); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("paused without a reason: %v", err)
	}
	if err := w.PauseScan(t.Context(), "mara", sc.ID, "the operator asked"); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Scan(t.Context(), sc.ID))(t); got.PausedAt == nil || got.PausedBy != "mara" {
		t.Errorf("paused at %v by %q", got.PausedAt, got.PausedBy)
	}
	w.noClaim("the scan is paused")
	if n := must(w.QueuedTasks(t.Context()))(t); n != 0 {
		t.Errorf("%d tasks wait to be claimed", n)
	}
	w.scan(other, []scanner.Host{host(b, "198.51.100.1")})
	if got := w.claim("w"); got.Org != other {
		t.Errorf("a task of %s began", got.Org)
	}
	// A task that its worker lost waits with the others.
	if err := w.ReleaseTask(t.Context(), running.ID, "w", running.Attempt, "drained"); err != nil {
		t.Fatal(err)
	}
	w.noClaim("the scan is paused")
	if err := w.PauseScan(t.Context(), "mara", sc.ID, "again"); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("paused twice: %v", err)
	}
	if err := w.ResumeScan(t.Context(), "mara", sc.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.ResumeScan(t.Context(), "mara", sc.ID); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("resumed twice: %v", err)
	}
	for range 2 {
		task := w.claim("w")
		w.finish(quiet(task))
		w.judge(task.ID)
	}
	if got := must(w.Scan(t.Context(), sc.ID))(t); got.State != scanner.ScanComplete {
		t.Errorf("the scan is %s", got.State)
	}
	if err := w.PauseScan(t.Context(), "mara", sc.ID, "late"); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("an ended scan was paused: %v", err)
	}
	if err := w.PauseScan(t.Context(), "mara", "S-99", "x"); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("an unknown scan: %v", err)
	}
}

func TestCancelledScanIsPausedNoMore(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	sc := w.scan(org, []scanner.Host{host(a, addressOf(1))})
	if err := w.PauseScan(t.Context(), "mara", sc.ID, "wait"); err != nil {
		t.Fatal(err)
	}
	if err := w.CancelScan(t.Context(), "mara", sc.ID, "enough"); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Scan(t.Context(), sc.ID))(t); got.State != scanner.ScanCancelled || got.PausedAt != nil {
		t.Errorf("state %s, paused at %v", got.State, got.PausedAt)
	}
}

func TestScansByFilter(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	first := w.scan(org, []scanner.Host{host(a, addressOf(1))})
	if err := w.CancelScan(t.Context(), "mara", first.ID, "enough"); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(24 * time.Hour)
	second := w.scan(org, []scanner.Host{host(a, addressOf(1))})
	for name, c := range map[string]struct {
		f    scanner.ScanFilter
		want []scanner.ScanID
	}{
		"all":       {scanner.ScanFilter{}, []scanner.ScanID{second.ID, first.ID}},
		"cancelled": {scanner.ScanFilter{States: []scanner.ScanState{scanner.ScanCancelled}}, []scanner.ScanID{first.ID}},
		"two":       {scanner.ScanFilter{States: []scanner.ScanState{scanner.ScanCancelled, scanner.ScanQueued}}, []scanner.ScanID{second.ID, first.ID}},
		"later":     {scanner.ScanFilter{From: start.Add(time.Hour)}, []scanner.ScanID{second.ID}},
		"earlier":   {scanner.ScanFilter{To: start.Add(time.Hour)}, []scanner.ScanID{first.ID}},
		"of nobody": {scanner.ScanFilter{Org: "ORG-9"}, nil},
		"triggered": {scanner.ScanFilter{Trigger: scanner.TriggerSchedule}, nil},
		"of asset":  {scanner.ScanFilter{Asset: a.ID}, nil}, // both were of the whole organisation
	} {
		var got []scanner.ScanID
		list, _, err := w.Scans(t.Context(), c.f, inventory.Page{})
		for _, s := range list {
			got = append(got, s.ID)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
	days := must(w.ScanDays(t.Context(), org, start.Add(-time.Hour), start.Add(48*time.Hour), "UTC"))(t)
	want := []scanner.DayCount{
		{Day: start.Format(time.DateOnly), State: scanner.ScanCancelled, Scans: 1},
		{Day: start.Add(24 * time.Hour).Format(time.DateOnly), State: scanner.ScanQueued, Scans: 1},
	}
	if !slices.Equal(days, want) {
		t.Errorf("days = %+v, want %+v", days, want)
	}
}

func TestScanTasksAndChanges(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	first := w.round(org, w.sees, host(a, addressOf(1)))
	if got := must(w.ScanChanges(t.Context(), first.ID))(t); len(got.Services) != 0 || len(got.Findings) == 0 || got.Findings[0].Kind != inventory.EventOpened {
		t.Errorf("the first look changed %+v", got)
	}
	w.clock.advance(time.Hour)
	second := w.round(org, quiet, host(a, addressOf(1)))
	got := must(w.ScanChanges(t.Context(), second.ID))(t)
	if len(got.Services) != 1 || !got.Services[0].Gone || got.Services[0].Address != addressOf(1) || got.Cut {
		t.Errorf("what the second did not see = %+v", got)
	}
	w.clock.advance(time.Hour)
	third := w.round(org, w.sees, host(a, addressOf(1)))
	if got := must(w.ScanChanges(t.Context(), third.ID))(t); len(got.Services) != 1 || got.Services[0].Gone {
		t.Errorf("what the third saw anew = %+v", got)
	}
	tasks, _, err := w.ScanTasks(t.Context(), third.ID, "", inventory.Page{})
	if err != nil || len(tasks) != 1 || tasks[0].State != "complete" || !slices.Equal(tasks[0].Addresses, []string{addressOf(1)}) || tasks[0].Hosts != 1 {
		t.Errorf("tasks = %+v, %v", tasks, err)
	}
	if tasks, _, err := w.ScanTasks(t.Context(), third.ID, scanner.TaskQueued, inventory.Page{}); err != nil || len(tasks) != 0 {
		t.Errorf("queued tasks = %+v, %v", tasks, err)
	}
	if _, _, err := w.ScanTasks(t.Context(), "S-99", "", inventory.Page{}); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("tasks of an unknown scan: %v", err)
	}
}
