package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/manifest"
	"github.com/ciiscan/ciiscan/reports/run"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// mondays is the timetable of these tests: every Monday at six.
func mondays() store.Timetable {
	return store.Timetable{Rule: "0 6 * * 1 UTC", Zone: time.UTC, Next: func(t time.Time) time.Time {
		at := time.Date(t.Year(), t.Month(), t.Day(), 6, 0, 0, 0, time.UTC)
		for at.Weekday() != time.Monday || !at.After(t) {
			at = at.AddDate(0, 0, 1)
		}
		return at
	}}
}

// startRun has the run of a week begun.
func (w *world) startRun() run.Run {
	w.t.Helper()
	from, to, week := run.Period(w.clock.now(), time.UTC)
	return must(w.BeginRun(w.t.Context(), "mara", from, to, week))(w.t)
}

// editionOf is the latest edition of an organisation in a run.
func (w *world) editionOf(org inventory.OrganizationID, r run.RunID) run.Edition {
	w.t.Helper()
	all, _, err := w.Editions(w.t.Context(), run.Filter{Org: org, Run: r}, inventory.Page{})
	if err != nil || len(all) != 1 {
		w.t.Fatalf("editions of %s in %s = %d, %v, want one", org, r, len(all), err)
	}
	return must(w.Edition(w.t.Context(), all[0].ID))(w.t)
}

// make makes an edition as a press would.
func (w *world) make(e run.Edition, printed run.Printed, flags ...run.Flag) run.Edition {
	w.t.Helper()
	ctx := w.t.Context()
	e, taken, err := w.TakeEdition(ctx, e.Num, time.Minute)
	if err != nil || !taken {
		w.t.Fatalf("TakeEdition = %v, %v", taken, err)
	}
	files := []run.MadeFile{
		{File: reports.File{Name: string(e.ID) + ".html", MediaType: reports.HTMLType, Data: []byte("<p>" + e.Note + string(e.ID))}},
		{File: reports.File{Name: string(e.ID) + manifest.Suffix, MediaType: "text/plain", Data: []byte("sums of " + e.ID)}, Proof: true},
	}
	m := run.Made{Files: files, Printed: printed, Flags: flags, Facts: run.Facts{Findings: 7}}
	m.State = run.AfterMaking(e, printed, flags)
	if err := w.KeepEdition(ctx, e, m); err != nil {
		w.t.Fatal(err)
	}
	return must(w.Edition(ctx, e.ID))(w.t)
}

// act does an act on editions; those that were refused come back.
func (w *world) act(a run.Act, ids ...run.EditionID) (refused int) {
	w.t.Helper()
	for _, o := range must(w.DecideEditions(w.t.Context(), "mara", run.Decision{Act: a, Editions: ids, Reason: "because"}))(w.t) {
		if o.Err != nil {
			refused++
		}
	}
	return refused
}

func (w *world) state(id run.EditionID) run.State {
	w.t.Helper()
	return must(w.Edition(w.t.Context(), id))(w.t).State
}

func TestRunBeginsOnceWhenItIsDue(t *testing.T) {
	w := newWorld(t) // it is a Monday, eight o'clock
	ctx := t.Context()
	w.org("Grid")
	w.org("Water")
	if at, err := w.NextRun(ctx); err != nil || !at.IsZero() {
		t.Errorf("before anybody looked, the next run is %v, %v", at, err)
	}
	next, begun, err := w.BeginDueRun(ctx, mondays())
	if want := start.AddDate(0, 0, 7).Add(-2 * time.Hour); err != nil || begun || !next.Equal(want) {
		t.Fatalf("a new installation = %v, %v, %v, want nothing begun before %v", next, begun, err, want)
	}
	w.clock.advance(16 * 24 * time.Hour) // it was off over two Mondays
	var all sync.WaitGroup
	var mu sync.Mutex
	times := 0
	for range 4 {
		all.Go(func() {
			_, begun, err := w.BeginDueRun(ctx, mondays())
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if begun {
				times++
			}
		})
	}
	all.Wait()
	runs, _, err := w.Runs(ctx, inventory.Page{})
	if err != nil || times != 1 || len(runs) != 1 {
		t.Fatalf("four at a time began it %d times, %d runs, %v", times, len(runs), err)
	}
	// Of two operators, a sector and the nation; the last Monday's alone.
	if r := runs[0]; r.Total() != 4 || r.Week != "2026-W11" || r.StartedBy != "schedule" || r.Counts[run.Making] != 4 {
		t.Errorf("the run is %+v", r)
	}
	// Somebody who came later is added, once.
	w.org("Rail")
	for range 2 {
		if r := must(w.BeginRun(ctx, "mara", runs[0].From, runs[0].To, runs[0].Week))(t); r.ID != runs[0].ID || r.Total() != 5 {
			t.Errorf("beginning it again gives %s with %d editions", r.ID, r.Total())
		}
	}
}

func TestOnlyOneMakesAnEdition(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Grid")
	e := w.editionOf(org, w.startRun().ID)
	if _, taken, err := w.TakeEdition(ctx, e.Num, time.Minute); err != nil || !taken {
		t.Fatal(taken, err)
	}
	if _, taken, err := w.TakeEdition(ctx, e.Num, time.Minute); err != nil || taken {
		t.Errorf("a second one took it: %v, %v", taken, err)
	}
	if err := w.LeaveEdition(ctx, e.Num); err != nil {
		t.Fatal(err)
	}
	if _, taken, err := w.TakeEdition(ctx, e.Num, -time.Second); err != nil || !taken {
		t.Errorf("it was left, and could not be taken: %v, %v", taken, err)
	}
	// The lease of the one before has ended: it died.
	e = w.make(e, run.PrintDone)
	if e.State != run.Checked || len(e.Files) != 2 {
		t.Errorf("made, it is %s with %d files", e.State, len(e.Files))
	}
	if _, taken, err := w.TakeEdition(ctx, e.Num, time.Minute); err != nil || taken {
		t.Errorf("it was made, and taken again: %v, %v", taken, err)
	}
}

func TestNothingIsSentThatNobodyApproved(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Grid")
	e := w.editionOf(org, w.startRun().ID)
	sent := func() bool { return w.act(run.ActSend, e.ID) == 0 }
	if sent() {
		t.Error("one that is not made was sent")
	}
	w.make(e, run.PrintFailed, run.FlagUnprint)
	if s := w.state(e.ID); s != run.NotRendered || sent() || w.act(run.ActApprove, e.ID) == 0 {
		t.Errorf("one without a PDF is %s, and was approved or sent", s)
	}
	w.make(e, run.PrintDone, run.FlagDrop)
	if s := w.state(e.ID); s != run.Draft || sent() || w.act(run.ActApprove, e.ID) == 0 {
		t.Errorf("one with a flag is %s, and was approved or sent", s)
	}
	if w.act(run.ActCheck, e.ID) != 0 || sent() {
		t.Error("one that was only looked at was sent")
	}
	if w.act(run.ActHold, e.ID) != 0 || sent() || w.act(run.ActApprove, e.ID) == 0 {
		t.Error("one that is held was approved or sent")
	}
	if w.act(run.ActRelease, e.ID) != 0 || w.act(run.ActCheck, e.ID) != 0 || w.act(run.ActApprove, e.ID) != 0 ||
		w.act(run.ActUnapprove, e.ID) != 0 || sent() {
		t.Error("one whose approval was taken back was sent")
	}
	if w.act(run.ActApprove, e.ID) != 0 || !sent() || sent() {
		t.Error("an approved one was not sent, or twice")
	}
	if pending := must(w.PendingReportDeliveries(ctx, 10))(t); len(pending) != 1 || pending[0].Email != "duty@example.org" || pending[0].Edition != e.ID {
		t.Errorf("to be told: %+v", pending)
	}
	// The database itself refuses, whatever a program asks.
	for _, sql := range []string{
		"UPDATE report_editions SET note = 'x'", "UPDATE report_editions SET rendering = 9", "DELETE FROM report_editions",
		"UPDATE report_files SET name = 'x'", "UPDATE report_bytes SET bytes = 'x'", "DELETE FROM report_snapshots",
		"INSERT INTO report_editions (id, run_id, week, kind, org_id, sector, revision, because, state, created_at, sent_at) SELECT 'x', run_id, week, kind, org_id, sector, 9, 'x', 'sent', now(), now() FROM report_editions WHERE org_id IS NOT NULL",
	} {
		if _, err := connect(t, w.db.URL).ExecContext(ctx, sql); err == nil {
			t.Errorf("the database took %q", sql)
		}
	}
}

func TestBulkActs(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	plain, flagged := w.org("Grid"), w.org("Water")
	r := w.startRun()
	a, b := w.make(w.editionOf(plain, r.ID), run.PrintDone), w.make(w.editionOf(flagged, r.ID), run.PrintAbsent, run.FlagJump)
	if w.act(run.ActCheck, b.ID) != 0 {
		t.Fatal("not checked")
	}
	out := must(w.DecideEditions(ctx, "mara", run.Decision{Act: run.ActApprove, Run: r.ID}))(t)
	if len(out) != 1 || out[0].Edition != a.ID || w.state(b.ID) != run.Checked {
		t.Errorf("approving all without a flag approved %+v", out)
	}
	if out := must(w.DecideEditions(ctx, "mara", run.Decision{Act: run.ActSend, Run: r.ID}))(t); len(out) != 1 || w.state(a.ID) != run.Sending {
		t.Errorf("sending all approved sent %+v", out)
	}
	if refused := w.act(run.ActApprove, a.ID, b.ID); refused != 1 || w.state(b.ID) != run.Approved {
		t.Errorf("%d of two refused, want the one that was sent", refused)
	}
	_, err := w.DecideEditions(ctx, "mara", run.Decision{Act: run.ActHold, Editions: []run.EditionID{b.ID}})
	wantErr(t, "holding without a reason", err, inventory.ErrInvalid)
	got := must(w.Run(ctx, r.ID))(t)
	if got.Counts[run.Approved] != 1 || got.Flags[run.FlagJump] != 1 {
		t.Errorf("the run counts %+v %+v", got.Counts, got.Flags)
	}
}

func TestNotesAndRevisions(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Grid")
	e := w.make(w.editionOf(org, w.startRun().ID), run.PrintDone, run.FlagDrop)
	first := e.Files[0].SHA256
	w.act(run.ActCheck, e.ID)
	wantErr(t, "a note on what somebody changed", w.SetEditionNote(ctx, "mara", e.ID, "hello", e.Version), inventory.ErrStale)
	e = must(w.Edition(ctx, e.ID))(t)
	if err := w.SetEditionNote(ctx, "mara", e.ID, "Call us.", e.Version); err != nil {
		t.Fatal(err)
	}
	// Its flag was looked at before; the note does not ask for that again.
	e = w.make(e, run.PrintDone, run.FlagDrop)
	if e.State != run.Checked || e.Note != "Call us." || e.Files[0].SHA256 == first {
		t.Errorf("with a note it is %s, %q", e.State, e.Note)
	}
	w.act(run.ActApprove, e.ID)
	w.act(run.ActSend, e.ID)
	wantErr(t, "a note on what was sent", w.SetEditionNote(ctx, "mara", e.ID, "late", e.Version+2), inventory.ErrConflict)
	r2 := must(w.ReviseEdition(ctx, "mara", e.ID, "an asset was missing"))(t)
	if r2.ID != e.ID+"-r2" || r2.Revision != 2 || r2.State != run.Making {
		t.Errorf("the revision is %+v", r2)
	}
	if old := must(w.Edition(ctx, e.ID))(t); old.Latest || old.State != run.Sending || old.Files[0].SHA256 != e.Files[0].SHA256 {
		t.Errorf("what was sent is now %+v", old)
	}
	_, err := w.ReviseEdition(ctx, "mara", e.ID, "again")
	wantErr(t, "revising what has a revision", err, inventory.ErrConflict)
}

func TestSnapshotIsKeptOnce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Grid")
	e := w.editionOf(org, w.startRun().ID)
	took := 0
	take := func() (reports.Data, error) {
		took++
		d, err := w.WeeklyData(ctx, reports.Subject{Org: org}, e.From, e.To)
		d.Issue.Week = e.Week
		return d, err
	}
	var sums []string
	for range 2 {
		d := must(w.EditionSnapshot(ctx, e, take))(t)
		files := must(reports.Render(must(reports.Build(d))(t), reports.Formats(), reports.Options{}))(t)
		all := ""
		for _, f := range files {
			all += run.SHA256(f.Data)
		}
		sums = append(sums, all)
		w.clock.advance(time.Hour)
		w.asset(org, []string{"192.0.2.1", "192.0.2.2"}[len(sums)-1])
	}
	if took != 1 || sums[0] != sums[1] {
		t.Errorf("the snapshot was taken %d times, and printing again gives the same bytes: %v", took, sums[0] == sums[1])
	}
}

func TestDeliveriesMoveTheirEdition(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Grid")
	must(w.AddContact(ctx, "mara", org, inventory.Contact{Role: inventory.RoleTechnical, Name: "Two", Email: "two@example.org"}))(t)
	e := w.make(w.editionOf(org, w.startRun().ID), run.PrintDone)
	w.act(run.ActApprove, e.ID)
	w.act(run.ActSend, e.ID)
	d := must(w.PendingReportDeliveries(ctx, 10))(t)
	if len(d) != 2 {
		t.Fatalf("%d are to be told, want two", len(d))
	}
	steps := []struct {
		name string
		do   func() error
		want run.State
	}{
		{"the first bounces", func() error { return w.ReportBounced(ctx, d[0].Num, "no such user") }, run.Sending},
		{"an attempt fails", func() error { return w.ReportNotDelivered(ctx, d[1].Num, "away", false) }, run.Sending},
		{"the second is given up", func() error { return w.ReportNotDelivered(ctx, d[1].Num, "away", true) }, run.Bounced},
		{"it is sent again", func() error { return w.ResendReport(ctx, "mara", e.ID, d[1].Num) }, run.Sending},
		{"and arrives", func() error { return w.ReportDelivered(ctx, d[1].Num, "portal link", "<1@x>") }, run.Sent},
		{"the CERT looks", func() error { return w.OpenReport(ctx, run.Opening{Edition: e.ID, Who: "mara"}) }, run.Sent},
		{"a rival looks", func() error {
			if err := w.OpenReport(ctx, run.Opening{Edition: e.ID, Who: "eve", Org: "ORG-99"}); !errors.Is(err, inventory.ErrNotFound) {
				return errors.New("it exists for a rival")
			}
			return nil
		}, run.Sent},
		{"a reader looks", func() error {
			return w.OpenReport(reader(ctx, org), run.Opening{Edition: e.ID, Who: "two@example.org", Org: org, File: "x"})
		}, run.Opened},
		{"it bounces late", func() error { return w.ReportBounced(ctx, d[1].Num, "late") }, run.Opened},
		{"a reader takes note", func() error { return w.AcknowledgeReport(reader(ctx, org), "two@example.org", org, e.ID) }, run.Acknowledged},
		{"and looks again", func() error {
			return w.OpenReport(reader(ctx, org), run.Opening{Edition: e.ID, Who: "two@example.org", Org: org})
		}, run.Acknowledged},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if got := w.state(e.ID); got != s.want {
			t.Errorf("%s: the edition is %s, want %s", s.name, got, s.want)
		}
	}
	asset := w.asset(org, "192.0.2.1")
	err := w.AnswerScope(reader(ctx, org), "two@example.org", org, e.ID, []run.Answer{{Asset: asset.ID, Word: run.AnswerChanged, Comment: "moved"}})
	if err != nil {
		t.Fatal(err)
	}
	scope, _, err := w.ReportScope(reader(ctx, org), e.ID, inventory.Page{})
	if err != nil || len(scope) != 1 || scope[0].Word != run.AnswerChanged || scope[0].By != "two@example.org" {
		t.Errorf("the scope says %+v, %v", scope, err)
	}
	if _, content, err := w.EditionFile(reader(ctx, org), e.ID, string(e.ID)+".html"); err != nil || !strings.Contains(string(content), string(e.ID)) {
		t.Errorf("its reader reads %q, %v", content, err)
	}
	_, _, err = w.EditionFile(reader(ctx, "ORG-99"), e.ID, string(e.ID)+".html")
	wantErr(t, "a rival's read", err, inventory.ErrNotFound)
}

// reader is a context of one of an organisation's own people.
func reader(ctx context.Context, org inventory.OrganizationID) context.Context {
	return account.WithIdentity(ctx, account.Identity{User: "two@example.org", Role: account.Operator, Org: org})
}
