package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

func (w *world) delivery(id exchange.ReleaseID, c exchange.Channel) exchange.Delivery {
	w.t.Helper()
	for _, d := range must(w.Deliveries(w.t.Context(), id))(w.t) {
		if d.Channel == c {
			return d
		}
	}
	w.t.Fatalf("release %s has no delivery over %s", id, c)
	return exchange.Delivery{}
}

func TestDelivery(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	r := w.release(w.approved("A", advisory.Green, advisory.Exposure).ID, b.ID)
	mail := w.delivery(r.ID, exchange.ChannelMail)
	if mail.State != exchange.DeliveryQueued || !mail.AckBy.Equal(start.Add(24*time.Hour)) || w.delivery(r.ID, exchange.ChannelCSAF).State != exchange.DeliveryAvailable {
		t.Errorf("deliveries = %+v", must(w.Deliveries(ctx, r.ID))(t))
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'deliver'"); n != 1 {
		t.Errorf("%d deliver jobs, want that of the mail", n)
	}
	for i, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		if err := w.DeliveryFailed(ctx, mail.Num, errors.New("no route to host")); err != nil {
			t.Fatal(err)
		}
		got := w.delivery(r.ID, exchange.ChannelMail)
		if got.Attempts != i+1 || got.LastError != "no route to host" || !got.NextAt.Equal(start.Add(wait)) {
			t.Errorf("after failure %d: %+v", i+1, got)
		}
	}
	for range 60 {
		if err := w.DeliveryFailed(ctx, mail.Num, errors.New("no route to host")); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.delivery(r.ID, exchange.ChannelMail); !got.NextAt.Equal(start.Add(6 * time.Hour)) {
		t.Errorf("after many failures the next is due %s", got.NextAt)
	}
	if due := must(w.DueDeliveries(ctx, start, 10))(t); len(due) != 0 {
		t.Errorf("due now: %+v", due)
	}
	if due := must(w.DueDeliveries(ctx, start.Add(6*time.Hour), 10))(t); len(due) != 1 {
		t.Errorf("due in six hours: %+v", due)
	}
	if _, ok, err := w.TakeDelivery(ctx, mail.Num); !ok || err != nil {
		t.Errorf("TakeDelivery = %t, %v", ok, err)
	}
	for range 2 { // a job that died after it had sent runs again
		if err := w.Delivered(ctx, mail.Num, "250 queued"); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, err := w.TakeDelivery(ctx, mail.Num); ok || err != nil {
		t.Errorf("TakeDelivery of what was delivered = %t, %v", ok, err)
	}
	if all := must(w.Receipts(ctx, r.ID))(t); len(all) != 1 || all[0].Kind != exchange.ReceiptSent || all[0].Detail != "250 queued" {
		t.Errorf("receipts = %+v", all)
	}
}

// What somebody carries waits until it is packed, and no longer than the
// agreement.
func TestBundlesWaitToBePacked(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	give := terms(advisory.Amber)
	give.Channels = append(give.Channels, exchange.ChannelBundle)
	g := w.agree(b.ID, "MoU 1")
	must(w.ChangeAgreement(ctx, "mara", "agreement.amend", g.ID, func(a *exchange.Agreement) error { a.Give = give; return nil }))(t)
	r := w.release(w.approved("A", advisory.Green, advisory.Exposure).ID, b.ID)
	waiting := func() []exchange.Delivery { return must(w.WaitingDeliveries(ctx, b.ID, exchange.ChannelBundle))(t) }
	if got := waiting(); len(got) != 1 || got[0].Release != r.ID {
		t.Fatalf("waiting: %+v", got)
	}
	if due := must(w.DueDeliveries(ctx, start.Add(time.Hour), 10))(t); len(due) != 1 || due[0].Channel != exchange.ChannelMail {
		t.Errorf("due to be sent: %+v", due)
	}
	if _, err := w.ChangeAgreement(ctx, "mara", "agreement.suspend", g.ID, func(a *exchange.Agreement) error { return a.Suspend("mara", "dispute", w.clock.now()) }); err != nil {
		t.Fatal(err)
	}
	if got := waiting(); len(got) != 0 {
		t.Errorf("waiting under a suspended agreement: %+v", got)
	}
	if _, err := w.ChangeAgreement(ctx, "mara", "agreement.resume", g.ID, func(a *exchange.Agreement) error { return a.Resume(w.clock.now()) }); err != nil {
		t.Fatal(err)
	}
	if err := w.Delivered(ctx, waiting()[0].Num, "bundle 1"); err != nil {
		t.Fatal(err)
	}
	if got := waiting(); len(got) != 0 {
		t.Errorf("waiting after it was packed: %+v", got)
	}
}

func TestReceipts(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	r := w.release(w.approved("A", advisory.Green, advisory.Exposure).ID, b.ID)
	receipt := exchange.Receipt{Release: r.ID, Team: b.ID, Channel: exchange.ChannelCSAF, Kind: exchange.ReceiptFetched, Credential: "key:feeds", Path: "/a.json"}
	w.clock.advance(time.Hour)
	for range 3 {
		if err := w.KeepReceipt(ctx, receipt); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(time.Hour)
	}
	if all := must(w.Receipts(ctx, r.ID))(t); len(all) != 1 || !all[0].At.Equal(start.Add(time.Hour)) {
		t.Errorf("receipts = %+v", all)
	}
	if d := w.delivery(r.ID, exchange.ChannelCSAF); d.State != exchange.DeliveryDone || !d.DeliveredAt.Equal(start.Add(time.Hour)) {
		t.Errorf("the delivery is %+v", d)
	}
	if all := must(w.Overdue(ctx, start.Add(24*time.Hour)))(t); len(all) != 0 {
		t.Errorf("overdue at the last instant: %+v", all)
	}
	if all := must(w.Overdue(ctx, start.Add(24*time.Hour+time.Second)))(t); len(all) != 4 {
		t.Errorf("%d overdue, want all 4 channels", len(all))
	}
	asked := start.AddDate(0, 0, 91) // a day to acknowledge, and ninety to be reminded
	if all := must(w.Overdue(ctx, asked.Add(-time.Second)))(t); len(all) != 4 {
		t.Errorf("%d overdue while people are reminded, want all 4 channels", len(all))
	}
	if all := must(w.Overdue(ctx, asked))(t); len(all) != 0 {
		t.Errorf("overdue when nobody is reminded any more: %+v", all)
	}
	receipt.Kind, receipt.Path = exchange.ReceiptAccepted, ""
	if err := w.KeepReceipt(ctx, receipt); err != nil {
		t.Fatal(err)
	}
	if d := w.delivery(r.ID, exchange.ChannelCSAF); d.State != exchange.DeliveryConfirmed || d.AckAt == nil {
		t.Errorf("after the acknowledgement: %+v", d)
	}
	if all := must(w.Overdue(ctx, start.AddDate(0, 0, 80)))(t); len(all) != 0 {
		t.Errorf("overdue after the acknowledgement: %+v", all)
	}
	w.release(w.approved("B", advisory.Green, advisory.Exposure).ID, b.ID)
	listed, _, err := w.Releases(ctx, exchange.ReleaseFilter{Team: b.ID}, inventory.Page{})
	if err != nil || len(listed) != 2 || listed[0].Confirmed || !listed[1].Confirmed {
		t.Errorf("listed as %+v, %v, want the first as confirmed and the second not", listed, err)
	}
	for kind, want := range map[exchange.ReceiptKind]int{exchange.ReceiptFetched: 1, exchange.ReceiptAccepted: 1} {
		n := w.rows(fmt.Sprintf("SELECT count(*) FROM audit_log WHERE act = 'release.receipt' AND actor = '%s' AND object = '%s' AND detail::jsonb->>'kind' = '%s' AND detail::jsonb->>'credential' = 'key:feeds'", b.ID, r.ID, kind))
		if n != want {
			t.Errorf("%d audit entries of %s, want %d", n, kind, want)
		}
	}
}

func TestDeliveriesEndWithTheirAgreement(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	g := w.agree(b.ID, "MoU 1")
	r := w.release(w.approved("A", advisory.Green, advisory.Exposure).ID, b.ID)
	num := w.delivery(r.ID, exchange.ChannelMail).Num
	open := func() bool {
		t.Helper()
		_, ok, err := w.TakeDelivery(ctx, num)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	must(w.ChangeAgreement(ctx, "mara", "agreement.suspend", g.ID, func(a *exchange.Agreement) error { return a.Suspend("mara", "x", w.clock.now()) }))(t)
	if open() {
		t.Error("delivered under a suspended agreement")
	}
	must(w.ChangeAgreement(ctx, "mara", "agreement.resume", g.ID, func(a *exchange.Agreement) error { return a.Resume(w.clock.now()) }))(t)
	if !open() {
		t.Error("not delivered after the agreement was resumed")
	}
	execSQL(t, w.db.URL, "DELETE FROM river_job") // the queue was emptied by hand
	w.clock.advance(2 * time.Minute)
	for range 2 {
		must(w.ReapExchange(ctx))(t)
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'deliver'"); n != 1 {
		t.Errorf("%d deliver jobs after the reaper, want 1", n)
	}
	w.clock.advance(g.ExpiresAt.Sub(w.clock.now()))
	if open() {
		t.Error("delivered at the instant at which the agreement expires")
	}
	must(w.ReapExchange(ctx))(t)
	if d := w.delivery(r.ID, exchange.ChannelMail); d.State != exchange.DeliveryStopped {
		t.Errorf("after the expiry: %+v", d)
	}
}

// Who has confirmed a first version has not confirmed its withdrawal.
func TestFeedbackConfirmsWhatItSpeaksOf(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	w.agree(b.ID, "MoU 1")
	a := w.approved("A", advisory.Green, advisory.Exposure)
	first := w.release(a.ID, b.ID)
	if _, err := w.WithdrawAdvisory(ctx, "mara", a.ID, "the check was wrong"); err != nil {
		t.Fatal(err)
	}
	requested, _, err := w.Releases(ctx, exchange.ReleaseFilter{Advisory: a.ID, State: exchange.ReleaseRequested}, inventory.Page{})
	if err != nil || len(requested) != 1 {
		t.Fatalf("requested: %+v, %v", requested, err)
	}
	withdrawal := must(w.ApproveRelease(ctx, "omar", requested[0].ID, pen))(t)
	says := exchange.Feedback{Team: b.ID, Advisory: a.ID, State: exchange.ReceiptAccepted, Version: "1", Channel: exchange.ChannelTAXII, Credential: "key:b"}
	confirmed := func(id exchange.ReleaseID) bool { return w.delivery(id, exchange.ChannelCSAF).AckAt != nil }
	if err := w.KeepFeedback(ctx, says); err != nil {
		t.Fatal(err)
	}
	if !confirmed(first.ID) || confirmed(withdrawal.ID) {
		t.Errorf("after word on version 1: first %t, withdrawal %t", confirmed(first.ID), confirmed(withdrawal.ID))
	}
	says.Version = "9"
	wantErr(t, "word on a version that there is not", w.KeepFeedback(ctx, says), inventory.ErrNotFound)
	says.Version = ""
	if err := w.KeepFeedback(ctx, says); err != nil || confirmed(withdrawal.ID) {
		t.Errorf("word on no version: %v, withdrawal confirmed %t", err, confirmed(withdrawal.ID))
	}
	says.Version = "2"
	if err := w.KeepFeedback(ctx, says); err != nil || !confirmed(withdrawal.ID) {
		t.Errorf("word on the withdrawal: %v, confirmed %t", err, confirmed(withdrawal.ID))
	}
}
