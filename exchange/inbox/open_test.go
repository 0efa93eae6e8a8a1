package inbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/bundle"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/stix"
	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	const clear = "94868c89-83c2-464b-929b-a1a8aa3c8487"
	note := `{"type":"note","spec_version":"2.1","id":"note--00000000-0000-4000-8000-000000000009","created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z",
"content":"It is here, too.","object_refs":["report--00000000-0000-4000-8000-000000000099"]}`
	raw := `{"objects":[` + stixOf(1, clear, "") + "," + note + "," + stixOf(2, clear, "") + `]}`
	parts := Split(Arrival{Name: "taxii.json", Raw: []byte(raw)})
	if len(parts) != 3 {
		t.Fatalf("%d parts, want two reports and the answers", len(parts))
	}
	for i, want := range []string{"Report 1", "Report 2", "Answers to what we sent"} {
		if got := Read(parts[i], Facts{}).Document.Title; got != want || parts[i].Name != fmt.Sprintf("taxii-%d.json", i+1) {
			t.Errorf("part %d is %q, %s, want %q", i+1, got, parts[i].Name, want)
		}
	}
	one := Arrival{Raw: []byte(`{"objects":[` + stixOf(1, clear, "") + `]}`)}
	if got := Split(one); len(got) != 1 || !bytes.Equal(got[0].Raw, one.Raw) {
		t.Error("one document does not stay as it came")
	}
	signed := Arrival{Raw: []byte(raw), Signature: []byte("x")}
	if got := Split(signed); len(got) != 1 || !bytes.Equal(got[0].Raw, signed.Raw) {
		t.Error("what was signed as a whole is taken apart")
	}
}

// Documents that hold each other many times would make much out of little.
func TestSplitBomb(t *testing.T) {
	big := fmt.Sprintf(`{"type":"malware","id":"malware--1","name":%q}`, strings.Repeat("x", 1<<20))
	objects := []json.RawMessage{json.RawMessage(big)}
	for i := range 1000 {
		objects = append(objects, json.RawMessage(fmt.Sprintf(`{"type":"report","id":"report--%d","object_refs":["malware--1"]}`, i)))
	}
	if parts, err := splitObjects(objects); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("%d parts, %v; want ErrInvalid", len(parts), err)
	}
}

// answerOf is an answer of a peer to a document of ours, as CIIScan writes it.
func answerOf(t *testing.T, them peer, namespace string) []byte {
	t.Helper()
	objects, err := stix.EncodeAnswer(stix.Answer{
		Namespace: namespace, TrackingID: "ADV-3", Version: "1", State: "closed", Counts: map[string]int{"affected": 0, "fixed": 4},
		Usefulness: 4, Comment: "Thank you.", At: now,
	}, advisory.Amber, stix.Producer{Name: "CERT TEAM-1", Namespace: them.issuer.Namespace}, []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	var raws []json.RawMessage
	for _, o := range objects {
		raws = append(raws, json.RawMessage(o.Raw))
	}
	out, err := json.Marshal(map[string]any{"objects": raws})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFeedback(t *testing.T) {
	them := newPeer(t, "TEAM-1", "cert.example")
	facts := Facts{Team: them.team, Ours: []string{"https://our.example"}, Agreement: them.agreement()}
	ours := answerOf(t, them, "https://our.example/")
	got := examine(Arrival{Team: "TEAM-1", Channel: exchange.ChannelTAXII, Raw: ours, At: now}, facts)
	want := []exchange.Feedback{{
		Team: "TEAM-1", Advisory: "ADV-3", At: now, State: exchange.ReceiptClosed, Usefulness: 4, Comment: "Thank you.", Version: "1", Channel: exchange.ChannelTAXII,
		Counts: map[exchange.Verdict]int{exchange.VerdictAffected: 0, exchange.VerdictFixed: 4},
	}}
	if d := cmp.Diff(want, got.Feedback); d != "" || got.Inbound.State != exchange.InboundNoted {
		t.Errorf("%s because %q, feedback (-want +got):\n%s", got.Inbound.State, got.Inbound.Reason, d)
	}
	for _, tt := range []struct {
		reason  string
		arrival Arrival
	}{
		{"about somebody else's document", Arrival{Team: "TEAM-1", Channel: exchange.ChannelTAXII, Raw: answerOf(t, them, "https://third.example"), At: now}},
		{"in a mail that nobody signed", Arrival{Team: "TEAM-1", Channel: exchange.ChannelMail, Raw: ours, At: now}},
	} {
		if got := examine(tt.arrival, facts); len(got.Feedback) != 0 || got.Inbound.State != exchange.InboundQuarantined {
			t.Errorf("%s: %s because %q, %d answers; want none, and a person to look", tt.reason, got.Inbound.State, got.Inbound.Reason, len(got.Feedback))
		}
	}
	again := facts
	again.Same = []exchange.Inbound{{ID: "IN-1", Team: "TEAM-1", State: exchange.InboundNoted, SHA256: hash(ours), Signature: exchange.SignatureNone}}
	if got := examine(Arrival{Team: "TEAM-1", Channel: exchange.ChannelTAXII, Raw: ours, At: now}, again); len(got.Feedback) != 0 || got.Inbound.State != exchange.InboundDuplicate {
		t.Errorf("a replay is %s and gives %d answers", got.Inbound.State, len(got.Feedback))
	}
}

func TestOpen(t *testing.T) {
	them, third, us := newPeer(t, "TEAM-1", "cert.example"), newPeer(t, "TEAM-2", "other.example"), newPeer(t, "us", "our.example")
	o := Opening{Own: us.signer, Teams: []exchange.Team{third.team, them.team}, At: now}
	doc := them.csaf(t, vulnerable(1, advisory.Amber))
	facts := Facts{Team: them.team, Others: []exchange.Team{third.team}, Agreement: them.agreement()}
	sig, err := them.signer.Sign(doc)
	if err != nil {
		t.Fatal(err)
	}
	message := mail.Message{ID: "ADV-7.1", From: "cert@cert.example", To: []string{"cert@our.example"}, At: now, Subject: "ADV-7", Text: "See the file.", Attachments: []mail.Attachment{{Name: "adv-7.json", MediaType: "application/json", Bytes: doc}}}
	encrypted, err := mail.Compose(message, them.signer, []string{us.signer.PublicKey()})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := bundle.Receipt{SHA256: hash(doc), Name: "adv-3.json", Kind: exchange.ReceiptReceived, At: now}.Entry()
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	_, err = bundle.Write(&packed, bundle.Bundle{From: "https://cert.example", To: "https://our.example", Sequence: 1, CreatedAt: now, Entries: []bundle.Entry{
		{Kind: bundle.KindRelease, Format: exchange.FormatCSAF, Name: "adv-7.json", MediaType: "application/json", Signature: sig, Bytes: doc}, receipt,
	}}, them.signer, us.signer.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reason, name string
		raw          []byte
		opening      func(*Opening)
	}{
		{"a document with its signature beside it", "adv-7.json", doc, func(o *Opening) { o.Signature = []byte(sig) }},
		{"an encrypted mail", "mail.eml", encrypted, nil},
		{"a bundle", "bundle.pgp", packed.Bytes(), nil},
	} {
		o := o
		if tt.opening != nil {
			tt.opening(&o)
		}
		got, err := Open(tt.name, tt.raw, o)
		if err != nil || got.Team != "TEAM-1" || len(got.Arrivals) != 1 {
			t.Errorf("%s: team %q, %d documents, %v", tt.reason, got.Team, len(got.Arrivals), err)
			continue
		}
		if in := examine(got.Arrivals[0], facts).Inbound; in.State != exchange.InboundAccepted || in.Signature != exchange.SignatureGood {
			t.Errorf("%s: %s because %q", tt.reason, in.State, in.Reason)
		}
		if tt.name == "bundle.pgp" && (got.Bundle == nil || got.Bundle.Sequence != 1 || len(got.Receipts) != 1 || got.Receipts[0].Name != "adv-3.json") {
			t.Errorf("%s: %+v, receipts %+v", tt.reason, got.Bundle, got.Receipts)
		}
	}
	for _, tt := range []struct {
		reason, name string
		raw          []byte
		opening      func(*Opening)
		want         error
	}{
		{"a zip", "all.zip", []byte("PK\x03\x04 and more"), nil, inventory.ErrInvalid},
		{"a gzip bomb", "adv.json.gz", gzipped(t, 10<<20), nil, inventory.ErrInvalid},
		{"nothing", "x.json", nil, nil, inventory.ErrInvalid},
		{"a picture", "x.png", []byte("\x89PNG"), nil, inventory.ErrInvalid},
		{"prose", "x.txt", []byte("Dear colleagues,"), nil, inventory.ErrInvalid},
		{"too large", "x.json", append([]byte("{"), make([]byte, MaxBytes)...), func(o *Opening) { o.Team = "TEAM-1" }, inventory.ErrInvalid},
		{"nobody says whose", "adv-7.json", doc, nil, inventory.ErrInvalid},
		{"a bundle by another than they say", "bundle.pgp", packed.Bytes(), func(o *Opening) { o.Team = "TEAM-2" }, inventory.ErrForbidden},
		{"a bundle by nobody known", "bundle.pgp", packed.Bytes(), func(o *Opening) { o.Teams = []exchange.Team{third.team} }, inventory.ErrForbidden},
	} {
		o := o
		if tt.opening != nil {
			tt.opening(&o)
		}
		if got, err := Open(tt.name, tt.raw, o); !errors.Is(err, tt.want) {
			t.Errorf("%s: %+v, %v; want %v", tt.reason, got, err, tt.want)
		}
	}
	// Somebody else's mail with their document: the document's own words and
	// the person who brings it both say TEAM-1, the signature does not.
	foreign, err := mail.ComposeSigned(message, third.signer)
	if err != nil {
		t.Fatal(err)
	}
	o.Team = "TEAM-1"
	got, err := Open("mail.eml", foreign, o)
	if err != nil || len(got.Arrivals) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if in := examine(got.Arrivals[0], facts).Inbound; in.State != exchange.InboundRejected || in.Signature != exchange.SignatureOther {
		t.Errorf("another's mail: %s, %s, because %q", in.State, in.Signature, in.Reason)
	}
}
