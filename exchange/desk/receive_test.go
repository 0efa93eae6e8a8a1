package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/desk"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// jobs counts those that wait for a document.
func (w *world) jobs(kind string, id exchange.InboundID) int {
	w.t.Helper()
	conn := must(pgx.Connect(w.t.Context(), w.url))(w.t)
	defer conn.Close(w.t.Context())
	var n int
	w.do(conn.QueryRow(w.t.Context(), "SELECT count(*) FROM river_job WHERE kind = $1 AND args->>'inbound' = $2", kind, string(id)).Scan(&n))
	return n
}

func TestTAXIIPostIsExaminedOnce(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	label := "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	in := w.post(w.peer, []json.RawMessage{
		json.RawMessage(fmt.Sprintf(`{"type":"report","spec_version":"2.1","id":"report--00000000-0000-4000-8000-000000000001","created_by_ref":"identity--00000000-0000-4000-8000-000000000001",
"created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z","object_marking_refs":["marking-definition--%s"],"name":"Report","published":"2026-11-20T00:00:00Z",
"report_types":["vulnerability"],"object_refs":["vulnerability--00000000-0000-4000-8000-000000000001"]}`, label)),
		json.RawMessage(`{"type":"vulnerability","spec_version":"2.1","id":"vulnerability--00000000-0000-4000-8000-000000000001","created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z","name":"CVE-2022-0543"}`),
	})
	if in.Document.Format != "" || in.State != exchange.InboundQuarantined {
		t.Fatalf("the door looked into it: %+v", in)
	}
	for range 2 {
		w.do(w.Match(ctx, in.ID))
	}
	got := must(w.st.Inbound(ctx, in.ID))(t)
	if got.Document.Format != "stix" || got.State != exchange.InboundQuarantined || got.Reason == in.Reason {
		t.Errorf("after it was examined: %s, %q, %q", got.State, got.Document.Format, got.Reason)
	}
	if n := w.entries("inbound.examine"); n != 1 {
		t.Errorf("it was examined %d times", n)
	}
}

func (w *world) entriesBy(actor, act string) int {
	w.t.Helper()
	conn := must(pgx.Connect(w.t.Context(), w.url))(w.t)
	defer conn.Close(w.t.Context())
	var n int
	w.do(conn.QueryRow(w.t.Context(), "SELECT count(*) FROM audit_log WHERE actor = $1 AND act = $2", actor, act).Scan(&n))
	return n
}

func (w *world) entries(act string) int {
	w.t.Helper()
	conn := must(pgx.Connect(w.t.Context(), w.url))(w.t)
	defer conn.Close(w.t.Context())
	var n int
	w.do(conn.QueryRow(w.t.Context(), "SELECT count(*) FROM audit_log WHERE act = $1", act).Scan(&n))
	return n
}

// A peer's answer must not be lost by who dies between keeping the document
// and listening to it.
func TestAnswerIsHeardAfterAll(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	ours := w.released("Something of ours")
	theirs := *w.Courier
	theirs.Producer.Name, theirs.Producer.Namespace = "CERT b", "https://b.example"
	objects := must(theirs.EncodeAnswer(exchange.Inbound{
		ReceivedAt: start, Document: exchange.Document{Namespace: "https://a.example", TrackingID: string(ours), Version: "1", TLP: advisory.Green},
	}, exchange.Answer{State: exchange.ReceiptClosed, At: w.clock.Now()}))(t)
	raw := must(json.Marshal(map[string]any{"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000009", "objects": objects}))(t)
	signature := []byte(must(w.peer.signer.Sign(raw))(t))
	deaf := &deafInbox{Inbox: w.Inbox}
	w.Inbox = deaf
	if _, err := w.Import(ctx, "nina", w.peer.ID, "answer.json", raw, signature); !errors.Is(err, errKilled) {
		t.Fatalf("Import = %v, want it to die", err)
	}
	w.Inbox = deaf.Inbox
	for range 2 {
		must(w.Import(ctx, "nina", w.peer.ID, "answer.json", raw, signature))(t)
	}
	if feedback := must(w.st.Feedback(ctx, ours))(t); len(feedback) != 1 || feedback[0].State != exchange.ReceiptClosed {
		t.Errorf("feedback = %+v, want one", feedback)
	}
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.arrival(w.peer, about(1, nil))
	kept := must(w.Import(ctx, "nina", w.peer.ID, "adv-7.json", a.Raw, a.Signature))(t)
	if len(kept) != 1 || kept[0].State != exchange.InboundAccepted || kept[0].Signature != exchange.SignatureGood {
		t.Errorf("a file: %+v", kept)
	}
	letter := must(mail.Compose(mail.Message{
		ID: "1.test", From: "CERT b <x@b.example>", To: []string{"exchange@a.example"}, At: w.clock.Now(), Subject: "adv", Text: "See there.\n",
		Attachments: []mail.Attachment{
			{Name: "adv-7.json", MediaType: "application/json", Bytes: a.Raw},
			{Name: "adv-7.json.asc", MediaType: "application/pgp-signature", Bytes: a.Signature},
		},
	}, w.peer.signer, []string{w.Courier.Signer.PublicKey()}))(t)
	kept = must(w.Import(ctx, "nina", "", "adv.eml", letter, nil))(t)
	if len(kept) != 1 || kept[0].State != exchange.InboundDuplicate || kept[0].Duplicates != "IN-1" || kept[0].Team != w.peer.ID {
		t.Errorf("the same by mail: %+v", kept)
	}
	if _, err := w.Import(ctx, "nina", w.peer.ID, "x.zip", []byte("PK\x03\x04"), nil); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("an archive: %v", err)
	}
	bad := w.arrival(w.newPeer("c", nil), about(1, nil))
	kept = must(w.Import(ctx, "nina", w.peer.ID, "adv-7.json", bad.Raw, bad.Signature))(t)
	if kept[0].State != exchange.InboundRejected {
		t.Errorf("signed by another team: %s (%s)", kept[0].State, kept[0].Reason)
	}
	if n := w.entriesBy("nina", "inbound.receive"); n != 3 {
		t.Errorf("%d entries of the audit log say who brought a document, want all 3", n)
	}
	if n := w.entriesBy("nina", "inbound.refuse"); n != 1 {
		t.Errorf("%d entries of the audit log tell of the archive, want 1", n)
	}
	for _, want := range []string{`msg="a file that was brought is refused" by=nina name=x.zip`, "inbound=" + string(kept[0].ID), fmt.Sprintf("reason=%q", kept[0].Reason)} {
		if !strings.Contains(w.logged.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, w.logged.String())
		}
	}
}

// deafInbox dies when it is to keep what a peer says.
type deafInbox struct{ desk.Inbox }

func (deafInbox) KeepFeedback(context.Context, exchange.Feedback) error { return errKilled }

func TestBundles(t *testing.T) {
	a, b := newWorld(t), newWorld(t)
	ctx := t.Context()
	// b is a's peer, and the other way round.
	a.Courier.Signer, b.Courier.Signer = b.peer.signer, a.peer.signer
	b.Courier.Producer.Namespace = "https://b.example"
	a.noServers()
	a.country(3)
	if _, err := a.WriteBundle(ctx, "nina", a.peer.ID); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("with nothing to carry: %v", err)
	}
	var files [][]byte
	for i := range 3 {
		a.released(fmt.Sprintf("Advisory %d", i+1))
		w := must(a.WriteBundle(ctx, "nina", a.peer.ID))(t)
		if w.Sequence != int64(i+1) || len(w.Releases) != 1 {
			t.Errorf("bundle %d: %+v", i+1, w)
		}
		files = append(files, w.Content)
	}
	// a's key is pinned at b for the team that b's world calls its peer.
	for i, want := range []struct {
		file    int
		again   bool
		missing int
		state   exchange.InboundState
	}{{0, false, 0, exchange.InboundAccepted}, {0, true, 0, exchange.InboundDuplicate}, {2, false, 1, exchange.InboundAccepted}, {1, false, 0, exchange.InboundAccepted}} {
		got := must(b.ReadBundle(ctx, "nils", "bundle.asc", files[want.file]))(t)
		if got.Team != b.peer.ID || got.Again != want.again || len(got.Missing) != want.missing || len(got.Inbounds) != 1 || got.Inbounds[0].State != want.state {
			t.Errorf("reading %d: again %v, missing %v, %+v", i, got.Again, got.Missing, got.Inbounds)
		}
	}
	if _, err := b.ReadBundle(ctx, "nils", "x.json", []byte(`{"a":1}`)); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("a document is no bundle: %v", err)
	}
	if _, err := b.Import(ctx, "nils", "", "x.pgp", files[0], nil); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("a bundle is no document: %v", err)
	}
}

func TestAnswersAreCarriedWhereThereIsNoOtherWay(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.noServers()
	w.country(3)
	id := w.meets(about(1, nil))
	for range 2 {
		w.do(w.Answer(ctx, id))
	}
	w.wantAnswers(id, "accepted map[pending:3] [] by rule through bundle")
	if sent := w.answers(id)[0].SentAt; sent != nil {
		t.Errorf("sent at %s before anybody carried it", sent)
	}
	w.clock.Advance(time.Minute)
	must(w.WriteBundle(ctx, "nina", w.peer.ID))(t)
	if all := w.answers(id); len(all) != 2 || all[1].SentAt == nil {
		t.Errorf("after it was packed: %+v", all)
	}
	w.do(w.Answer(ctx, id))
	if _, err := w.WriteBundle(ctx, "nina", w.peer.ID); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("packed twice: %v", err)
	}
}
