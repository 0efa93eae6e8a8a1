package desk_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

var affected = sight{version: "6.0.9", ran: []inventory.CheckID{luaCheck}, found: []inventory.CheckID{luaCheck}}

// country has an asset of each of some operators, each running Redis 6.0.9.
func (w *world) country(operators int) []inventory.Asset {
	w.t.Helper()
	var out []inventory.Asset
	for i := range operators {
		a := w.asset(w.org(fmt.Sprintf("Operator %c", 'A'+i)), fmt.Sprintf("192.0.2.%d", 10+i), inventory.IT)
		w.routine(sight{version: "6.0.9"}, a)
		out = append(out, a)
	}
	return out
}

func (w *world) wantAnswers(id exchange.InboundID, want ...string) {
	w.t.Helper()
	var got []string
	for _, a := range w.answers(id) {
		got = append(got, fmt.Sprintf("%s %v %v by %s through %s", a.State, a.Counts, a.Few, a.By, a.Channel))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("answers to %s (-want +got):\n%s", id, diff)
	}
}

func TestAnswerCountsAndNeverTwiceTheSame(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	assets := w.country(3)
	id := w.meets(about(1, nil))
	for range 2 {
		w.do(w.Answer(ctx, id))
	}
	w.work(affected)
	w.work(affected)
	w.do(w.Answer(ctx, id))
	w.work(affected)
	for range 2 {
		w.do(w.Answer(ctx, id))
	}
	w.wantAnswers(id,
		"accepted map[pending:3] [] by rule through push",
		"accepted map[] [pending affected] by rule through push",
		"accepted map[affected:3] [] by rule through push")
	if n := w.inbox.count(); n != 3 {
		t.Errorf("%d posts, want 3", n)
	}
	for _, p := range w.inbox.posts {
		for _, secret := range []string{"Operator", "192.0.2.", string(assets[0].ID), string(assets[0].Org), "energy"} {
			if bytes.Contains(p.Raw, []byte(secret)) {
				t.Errorf("a post tells %q: %s", secret, p.Raw)
			}
		}
	}
}

func TestAnswerWithoutStatisticsTellsNoNumbers(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.agreement = w.change(func(a *exchange.Agreement) { a.Give.Categories = []advisory.Category{advisory.Vulnerability} })
	w.country(3)
	id := w.meets(about(1, nil))
	w.do(w.Answer(ctx, id))
	for range 3 {
		w.work(affected)
		w.do(w.Answer(ctx, id))
	}
	preview := must(w.PreviewAnswer(ctx, "nina", id, 4, "Thank you."))(t)
	if preview.Counts[exchange.VerdictAffected] != 3 || len(w.answers(id)) != 1 {
		t.Errorf("preview = %+v, and %d answers were sent, want 1", preview, len(w.answers(id)))
	}
	must(w.SendAnswer(ctx, "nina", id, 4, "Thank you."))(t)
	w.do(w.Answer(ctx, id)) // has nothing to add to what a person said
	w.wantAnswers(id, "accepted map[] [] by rule through push", "accepted map[affected:3] [] by nina through push")
}

// change replaces the agreement by one with other terms.
func (w *world) change(change func(*exchange.Agreement)) exchange.Agreement {
	w.t.Helper()
	w.end()
	return w.agree(w.peer.ID, func(a *exchange.Agreement) {
		a.Reference = "MoU 8"
		change(a)
	})
}

func (w *world) end() {
	w.t.Helper()
	_, err := w.st.ChangeAgreement(w.t.Context(), "mara", "agreement.terminate", w.agreement.ID, func(a *exchange.Agreement) error {
		a.State = exchange.AgreementTerminated
		return nil
	})
	w.do(err)
}

func TestSendAnswerRefusesWhatNamesOrIsNoAnswer(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.country(1)
	id := w.meets(about(1, nil))
	for field, try := range map[string]func() error{
		"comment":    func() error { _, err := w.SendAnswer(ctx, "nina", id, 4, "It was at Operator A."); return err },
		"usefulness": func() error { _, err := w.SendAnswer(ctx, "nina", id, 6, ""); return err },
	} {
		err := try()
		e, ok := errors.AsType[*inventory.InputError](err)
		if !ok || e.Field != field || e.Hint == "" {
			t.Errorf("%s: %v, want an error about it with a hint", field, err)
		}
	}
	_, err := w.SendAnswer(ctx, "nina", id, 4, "It was at 192.0.2.10.")
	if e, ok := errors.AsType[*inventory.InputError](err); !ok || e.Field != "comment" {
		t.Errorf("an address in the comment: %v", err)
	}
	if n := w.inbox.count(); n != 0 {
		t.Errorf("%d posts after refusals", n)
	}
}

func TestNothingIsSaidWithoutAnAgreement(t *testing.T) {
	for _, state := range []exchange.AgreementState{exchange.AgreementSuspended, exchange.AgreementTerminated} {
		w := newWorld(t)
		ctx := t.Context()
		w.country(3)
		id := w.meets(about(1, nil))
		_, err := w.st.ChangeAgreement(ctx, "mara", "agreement.change", w.agreement.ID, func(a *exchange.Agreement) error { a.State = state; return nil })
		w.do(err)
		w.do(w.Answer(ctx, id))
		if _, err := w.SendAnswer(ctx, "nina", id, 4, ""); err == nil {
			t.Errorf("%s: a person may answer", state)
		}
		if _, err := w.WriteBundle(ctx, "nina", w.peer.ID); !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("%s: WriteBundle = %v, want ErrNotFound", state, err)
		}
		if n := w.inbox.count() + len(w.answers(id)); n != 0 {
			t.Errorf("%s: %d answers", state, n)
		}
	}
}

func TestWithdrawal(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.country(1)
	id := w.meets(about(1, nil))
	w.do(w.Answer(ctx, id))
	w.clock.Advance(time.Minute)
	in := w.receive(about(2, func(a *advisory.Advisory) { a.State = advisory.Withdrawn }), exchange.InboundWithdrawn)
	w.do(w.Match(ctx, in.ID))
	w.do(w.Match(ctx, id))
	w.do(w.MeetNew(ctx, start))
	w.do(w.Answer(ctx, in.ID))
	w.work(affected) // the scan was under way
	w.wantVerdict(id, exchange.VerdictPending, "")
	if ended := must(w.st.EndedTargeted(ctx))(t); len(ended) != 0 {
		t.Errorf("scans of a withdrawn document still wait: %v", ended)
	}
	if len(w.matched(exchange.MatchFilter{Inbound: in.ID})) != 0 {
		t.Error("the withdrawal itself concerns assets")
	}
	w.wantAnswers(in.ID, "closed map[] [] by rule through push")
	if last := w.inbox.posts[len(w.inbox.posts)-1].Raw; !bytes.Contains(last, []byte("closed")) || !bytes.Contains(last, []byte(in.Document.TrackingID)) {
		t.Errorf("the sender hears %s", last)
	}
}

// An answer is not answered, and counts once.
func TestNoAnswerToAnAnswer(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.country(3)
	ours := w.released("Something of ours")
	theirs := *w.Courier // the peer's
	theirs.Producer.Name, theirs.Producer.Namespace = "CERT b", "https://b.example"
	objects := must(theirs.EncodeAnswer(exchange.Inbound{
		ID: "IN-9", ReceivedAt: start, Document: exchange.Document{Namespace: "https://a.example", TrackingID: string(ours), Version: "1", TLP: advisory.Green},
	}, exchange.Answer{State: exchange.ReceiptAccepted, Counts: map[exchange.Verdict]int{exchange.VerdictAffected: 4}, At: w.clock.Now()}))(t)
	in := w.post(w.peer, objects)
	for range 2 {
		w.do(w.Match(ctx, in.ID))
		w.do(w.Answer(ctx, in.ID))
	}
	kept := must(w.st.Inbound(ctx, in.ID))(t)
	if kept.State != exchange.InboundNoted || w.inbox.count() != 0 {
		t.Errorf("the answer is %s (%s), and was answered %d times", kept.State, kept.Reason, w.inbox.count())
	}
	feedback := must(w.st.Feedback(ctx, ours))(t)
	if len(feedback) != 1 || feedback[0].Counts[exchange.VerdictAffected] != 4 || feedback[0].Team != w.peer.ID {
		t.Errorf("feedback = %+v, want one with 4 affected", feedback)
	}
	w.post(w.peer, objects) // again
	if n := len(must(w.st.Feedback(ctx, ours))(t)); n != 1 {
		t.Errorf("%d kept after it came again, want 1", n)
	}
}

// released is an advisory of ours that the peer got.
func (w *world) released(title string) advisory.ID {
	w.t.Helper()
	ctx := w.t.Context()
	a := must(w.st.CreateAdvisory(ctx, "ada", about(1, func(a *advisory.Advisory) { a.ID, a.State, a.Title, a.Author = "", "", title, "ada" })))(w.t)
	must(w.st.SubmitAdvisory(ctx, "ada", a.ID))(w.t)
	must(w.st.ApproveAdvisory(ctx, "mara", a.ID))(w.t)
	r := must(w.st.RequestRelease(ctx, "rita", exchange.Release{
		Advisory: a.ID, Team: w.peer.ID, Reason: "they have it", Channels: []exchange.Channel{exchange.ChannelBundle},
	}))(w.t)
	must(w.st.ApproveRelease(ctx, "omar", r.ID, func(r exchange.Release, a advisory.Advisory, _ time.Time) (exchange.Release, error) {
		r.Clause = "allowed by the test"
		raw := w.arrival(peer{signer: w.Courier.Signer, publisher: w.peer.publisher}, about(1, func(b *advisory.Advisory) { b.ID = a.ID }))
		r.Files = []exchange.File{{Format: exchange.FormatCSAF, Name: strings.ToLower(string(a.ID)) + ".json", MediaType: "application/json", Bytes: raw.Raw, Signature: string(raw.Signature)}}
		return r, nil
	}))(w.t)
	return a.ID
}

func TestRejectedByAPersonIsAnswered(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.agreement = w.change(func(a *exchange.Agreement) { a.Take.AutoAccept = false })
	in := w.receive(about(1, nil), exchange.InboundQuarantined)
	must(w.st.DecideInbound(ctx, "nina", in.ID, false, "not for us"))(t)
	w.do(w.Match(ctx, in.ID))
	w.do(w.Answer(ctx, in.ID))
	w.wantAnswers(in.ID, "rejected map[] [] by rule through push")
}

func TestQuarantinedUntilAPersonDecides(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.agreement = w.change(func(a *exchange.Agreement) { a.Take.AutoAccept = false })
	w.country(1)
	in := w.receive(about(1, nil), exchange.InboundQuarantined)
	w.do(w.Match(ctx, in.ID))
	w.do(w.MeetNew(ctx, start))
	if len(w.starter.started)+len(w.told) > 0 {
		t.Fatalf("a document in quarantine starts %+v and tells %q", w.starter.started, w.told)
	}
	must(w.st.DecideInbound(ctx, "nina", in.ID, true, "known to be true"))(t)
	jobs := w.jobs("match", in.ID)
	if jobs == 0 {
		t.Error("no job will meet it with the register")
	}
	w.do(w.Match(ctx, in.ID))
	w.wantVerdict(in.ID, exchange.VerdictPending, "")
	if !slices.Equal(w.told, []string{"Operator A ADV-7 1 true"}) {
		t.Errorf("told %q", w.told)
	}
}

// What names no document of its sender's cannot be answered, and the reason is
// not that nothing was agreed.
func TestAnswerNeedsADocument(t *testing.T) {
	w := newWorld(t)
	in := must(w.Import(t.Context(), "nina", w.peer.ID, "x.json", []byte(`{"odd": 1}`), nil))(t)[0]
	_, err := w.PreviewAnswer(t.Context(), "nina", in.ID, 0, "")
	bad, ok := errors.AsType[*inventory.InputError](err)
	if !ok || !strings.Contains(bad.Message, "names no document") {
		t.Errorf("PreviewAnswer = %v, want it to say what is missing", err)
	}
}
