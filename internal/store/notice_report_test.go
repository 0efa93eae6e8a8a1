package store_test

import (
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/reports/run"
)

// The week's letter waits for the report, brings it, and tells the board what
// became of it; who confirms the one acknowledges the other.
func TestLetterBringsTheReport(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org, rival := w.org("Grid"), w.org("Rival")
	r := w.startRun()
	e := w.make(w.editionOf(org, r.ID), run.PrintDone)
	w.tell()
	if all := w.notices(notify.Filter{Org: org}); len(all) != 0 {
		t.Fatalf("told before the report was approved: %+v", all)
	}
	w.act(run.ActApprove, e.ID)
	w.act(run.ActSend, e.ID)
	w.tell()
	all := w.notices(notify.Filter{Org: org})
	if len(all) != 1 || all[0].Kind != notify.Weekly || all[0].Letter.Week != r.Week || all[0].Letter.Report == nil || all[0].Letter.Report.ID != string(e.ID) {
		t.Fatalf("the week's letter: %+v", all)
	}
	n := all[0]
	if _, _, ok, err := w.TakeNotice(ctx, 1); !ok || err != nil {
		t.Fatalf("TakeNotice = %v, %v", ok, err)
	}
	if err := w.NoticeSent(ctx, n.ID, notify.OpenPGP, "", ""); err != nil {
		t.Fatal(err)
	}
	if got := w.state(e.ID); got != run.Sent {
		t.Errorf("the edition is %s, want sent", got)
	}
	if _, err := w.ReportFiles(ctx, string(e.ID), []string{"en"}); err != nil {
		t.Error(err)
	}
	// In the database itself a rival sees none of it.
	if mine, _, err := w.Notices(reader(ctx, rival), notify.Filter{}, inventory.Page{}); err != nil || len(mine) != 0 {
		t.Errorf("a rival sees %d notices, %v", len(mine), err)
	}
	_, err := w.ConfirmNotice(reader(ctx, rival), "eve", n.ID)
	wantErr(t, "a rival confirms", err, inventory.ErrNotFound)
	if _, err := w.ConfirmNotice(reader(ctx, org), "two@example.org", n.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.state(e.ID); got != run.Acknowledged {
		t.Errorf("the edition is %s, want acknowledged", got)
	}
	// A report that is sent again is told again, and bounces where it shows.
	d := must(w.Edition(ctx, e.ID))(t).Deliveries[0]
	if err := w.ResendReport(ctx, "mara", e.ID, d.Num); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Hour)
	w.tell()
	if all = w.notices(notify.Filter{Org: org}); len(all) != 2 || all[0].Letter.Report == nil || all[0].Thread != n.MessageID {
		t.Fatalf("sent again: %+v", all)
	}
	if _, err := w.KeepBounce(ctx, notify.Bounce{SHA256: "x", Token: all[0].Token, Action: "failed", Status: "5.1.1", Hard: true}); err != nil {
		t.Fatal(err)
	}
	if d = must(w.Edition(ctx, e.ID))(t).Deliveries[0]; d.State != run.DeliveryBounced {
		t.Errorf("the board shows %s, want bounced", d.State)
	}
}
