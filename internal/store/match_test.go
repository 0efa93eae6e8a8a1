package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

func TestMatchFacts(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.check()
	org := w.org("Power")
	a, gone := w.asset(org, "192.0.2.7"), w.asset(org, "192.0.2.8")
	w.round(org, w.sees, host(a, "192.0.2.7"), host(gone, "192.0.2.8"))
	if err := w.RetireAsset(ctx, "mara", gone.ID, "sold"); err != nil {
		t.Fatal(err)
	}
	var running []exchange.Running
	each := func(some []exchange.Running) error { running = append(running, some...); return nil }
	if err := w.MatchServices(ctx, time.Time{}, each); err != nil {
		t.Fatal(err)
	}
	if len(running) != 1 || running[0].Product != "nginx" || running[0].Org != org || running[0].Sector != inventory.SectorEnergy || running[0].Asset != a.ID {
		t.Errorf("services = %+v", running)
	}
	running = nil
	if err := w.MatchServices(ctx, w.clock.now().Add(time.Second), each); err != nil || len(running) != 0 {
		t.Errorf("services of the future = %+v, %v", running, err)
	}
	var weak []exchange.Weak
	if err := w.MatchWeak(ctx, time.Time{}, func(some []exchange.Weak) error { weak = append(weak, some...); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(weak) != 1 || weak[0].CVEs[0] != "CVE-2026-0001" || weak[0].Port != 80 || weak[0].Asset != a.ID || weak[0].Finding == "" {
		t.Errorf("findings = %+v", weak)
	}
	b := w.team("b", "BD")
	w.keep(received(b.ID, "B-1", "1"), "one")
	w.keep(received(b.ID, "B-1", "2"), "two")
	var docs []exchange.Inbound
	if err := w.MatchInbounds(ctx, func(some []exchange.Inbound) error { docs = append(docs, some...); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(docs) != 1 || docs[0].Document.Version != "2" {
		t.Errorf("documents in force = %+v", docs)
	}
}

func TestMatches(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.7")
	b := w.team("b", "BD")
	in := w.keep(received(b.ID, "B-1", "1"), "one")
	answers := func() int {
		t.Helper()
		n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'answer'")
		execSQL(t, w.db.URL, "DELETE FROM river_job")
		return n
	}
	answers()
	w.clock.advance(2 * time.Minute)
	must(w.ReapExchange(ctx))(t)
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'match'"); n != 1 {
		t.Errorf("%d match jobs after the queue was emptied, want 1", n)
	}
	m := exchange.Match{Inbound: in.ID, Org: org, Asset: a.ID, Service: "192.0.2.7 80/tcp", How: "cpe nginx", Checks: []inventory.CheckID{testCheck}}
	fresh := must(w.KeepMatches(ctx, in.ID, []exchange.Match{m}))(t)
	if len(fresh) != 1 || fresh[0].Verdict != exchange.VerdictPending || answers() != 0 {
		t.Errorf("fresh = %+v", fresh)
	}
	m.How = "cpe nginx 1.22"
	if again := must(w.KeepMatches(ctx, "", []exchange.Match{m}))(t); len(again) != 0 {
		t.Errorf("the same match again is fresh: %+v", again)
	}
	w.clock.advance(time.Hour)
	must(w.ReapExchange(ctx))(t)
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'match'"); n != 0 {
		t.Error("what was matched is matched again")
	}
	due := start.AddDate(0, 0, 14)
	m.Verdict, m.Why, m.Scan, m.Evidence, m.DueAt, m.ToldAt = exchange.VerdictAffected, "the page is there", "S-1", "ev", &due, &start
	if err := w.SetVerdicts(ctx, in.ID, []exchange.Match{m}); err != nil {
		t.Fatal(err)
	}
	if answers() != 1 {
		t.Error("the sender is not answered after the last verdict")
	}
	decided := w.clock.now()
	m.MatchedAt, m.DecidedAt = start.Add(2*time.Minute), &decided
	list, _, err := w.Matches(ctx, exchange.MatchFilter{Inbound: in.ID, Scan: "S-1", Verdict: exchange.VerdictAffected, Org: org, Asset: a.ID}, inventory.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]exchange.Match{m}, list); diff != "" {
		t.Errorf("Matches (-want +got):\n%s", diff)
	}
	m.Verdict, m.Why = exchange.VerdictFixed, "the page is gone"
	if err := w.SetVerdicts(ctx, in.ID, []exchange.Match{m}); err != nil {
		t.Fatal(err)
	}
	list, _, err = w.Matches(ctx, exchange.MatchFilter{Inbound: in.ID}, inventory.Page{})
	if err != nil || len(list) != 1 || list[0].FixedAt == nil || !list[0].FixedAt.Equal(w.clock.now()) {
		t.Errorf("after the repair: %+v, %v", list, err)
	}
	m.Asset = "A-9"
	wantErr(t, "a verdict on what does not match", w.SetVerdicts(ctx, in.ID, []exchange.Match{m}), inventory.ErrNotFound)
}

func TestLedgerFacts(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Power")
	asset := w.asset(org, "192.0.2.7")
	b, c := w.team("b", "BD"), w.team("c", "IN")
	w.agree(b.ID, "MoU 1")
	w.agree(c.ID, "MoU 2")
	a := w.approved("A", advisory.Green, advisory.Vulnerability)
	given := w.release(a.ID, b.ID)
	w.release(a.ID, c.ID)
	if err := w.KeepReceipt(ctx, exchange.Receipt{Release: given.ID, Team: b.ID, Channel: exchange.ChannelCSAF, Kind: exchange.ReceiptFetched}); err != nil {
		t.Fatal(err)
	}
	if err := w.KeepFeedback(ctx, exchange.Feedback{Team: b.ID, Advisory: a.ID, State: exchange.ReceiptAccepted, Counts: map[exchange.Verdict]int{exchange.VerdictAffected: 2}, Usefulness: 5}); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "feedback on another's release", w.KeepFeedback(ctx, exchange.Feedback{Team: c.ID, Release: given.ID}), inventory.ErrNotFound)
	in := w.keep(received(b.ID, "B-1", "1"), "one")
	must(w.KeepMatches(ctx, in.ID, []exchange.Match{{Inbound: in.ID, Org: org, Asset: asset.ID, How: "x", Verdict: exchange.VerdictFixed}}))(t)
	answer := exchange.Answer{
		Inbound: in.ID, By: "rule", State: exchange.ReceiptAccepted, Counts: map[exchange.Verdict]int{exchange.VerdictFixed: 1},
		Few: []exchange.Verdict{exchange.VerdictAffected}, Sectors: []inventory.Sector{}, Usefulness: 4, Channel: exchange.ChannelPush,
	}
	if err := w.KeepAnswer(ctx, answer); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Answers(ctx, in.ID))(t); len(got) != 1 || len(got[0].Few) != 1 || got[0].Team != b.ID || got[0].Counts[exchange.VerdictFixed] != 1 {
		t.Errorf("Answers = %+v", got)
	}
	f := must(w.LedgerFacts(ctx, exchange.LedgerQuery{Team: b.ID, Year: start.Year(), Clocks: true}))(t)
	if len(f.Teams) != 1 || len(f.Agreements) != 1 || len(f.Releases) != 1 || len(f.Feedback) != 1 || len(f.Inbounds) != 1 {
		t.Fatalf("LedgerFacts of B = %+v", f)
	}
	if r := f.Releases[0]; r.Title != "A" || r.Severity != inventory.SeverityHigh || r.ID != given.ID || r.Detected != nil || r.Fetched == nil || r.Acknowledged != nil || r.AckBy == nil {
		t.Errorf("the release is %+v", r)
	}
	if r := f.Inbounds[0]; r.ID != in.ID || r.Matched == nil || r.Answered != nil || r.Rating != 4 || r.Title != in.Document.Title || r.Category != in.Document.Category {
		t.Errorf("the document is %+v", r)
	}
	if all := must(w.LedgerFacts(ctx, exchange.LedgerQuery{Year: start.Year()}))(t); len(all.Releases) != 2 || len(all.Teams) != 2 {
		t.Errorf("LedgerFacts of all = %+v", all)
	}
	if before := must(w.LedgerFacts(ctx, exchange.LedgerQuery{Year: start.Year() - 1}))(t); len(before.Releases)+len(before.Inbounds) != 0 {
		t.Errorf("the year before has %+v", before)
	}
	_, err := w.LedgerFacts(ctx, exchange.LedgerQuery{Team: "TEAM-9", Year: start.Year()})
	wantErr(t, "an unknown team", err, inventory.ErrNotFound)
}

// An answer is carried once, and only the last to a document.
func TestCarriedAnswers(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	b := w.team("b", "BD")
	in := w.keep(received(b.ID, "B-1", "1"), "one")
	answer := exchange.Answer{
		Inbound: in.ID, By: "rule", State: exchange.ReceiptAccepted, Counts: map[exchange.Verdict]int{},
		Few: []exchange.Verdict{}, Sectors: []inventory.Sector{}, Channel: exchange.ChannelPush,
	}
	if err := w.KeepAnswer(ctx, answer); err != nil {
		t.Fatal(err)
	}
	if got := must(w.CarriedAnswers(ctx, b.ID))(t); len(got) != 0 {
		t.Errorf("what was pushed is to be carried: %+v", got)
	}
	answer.Channel = exchange.ChannelBundle
	if err := w.KeepAnswer(ctx, answer); err != nil {
		t.Fatal(err)
	}
	if got := must(w.CarriedAnswers(ctx, b.ID))(t); len(got) != 1 {
		t.Errorf("to be carried: %+v", got)
	}
	carried := w.clock.now()
	answer.SentAt = &carried
	if err := w.KeepAnswer(ctx, answer); err != nil {
		t.Fatal(err)
	}
	if got := must(w.CarriedAnswers(ctx, b.ID))(t); len(got) != 0 {
		t.Errorf("what was carried is to be carried again: %+v", got)
	}
}
