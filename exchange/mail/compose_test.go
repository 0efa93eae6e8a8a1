package mail

import (
	"bytes"
	"errors"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

const advisory = `{"document":{"title":"Öffentlich erreichbarer Dienst"}}` + "\n"

func message(at time.Time) Message {
	return Message{
		ID: "REL-7.mail", At: at,
		From: "CERT A <exchange@cert.example>", To: []string{"Peer CERT <peer@peer.example>", "desk@peer.example"},
		Subject: "TLP:AMBER ADV-3 Open controllers – geöffnet", Text: "Dear colleagues,\n\nsee ADV-3.\n.\nFrom us = all\n",
		Attachments: []Attachment{
			{Name: "adv-3.json", MediaType: "application/json", Bytes: []byte(advisory)},
			{Name: "bericht ü.pdf", MediaType: "application/pdf", Bytes: []byte("%PDF")},
		},
	}
}

// GnuPG opens what we write and confirms who wrote it; what it opens reads as
// it was.
func TestGnuPGOpensComposed(t *testing.T) {
	g := newGnuPG(t)
	now := time.Now()
	s := newSigner(t, "CERT A", now)
	g.run([]byte(s.PublicKey()), "--import")
	raw, err := Compose(message(now), s, []string{g.public})
	if err != nil {
		t.Fatal(err)
	}

	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Subject") != "..." || !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/encrypted; protocol=\"application/pgp-encrypted\"") {
		t.Errorf("header is %v", m.Header)
	}
	for _, secret := range []string{"ADV-3", "adv-3", "AMBER", "ontrollers", "colleagues"} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%q can be read on the way", secret)
		}
	}
	for line := range bytes.Lines(raw) {
		if !bytes.HasSuffix(line, []byte("\r\n")) || len(line) > 1000 {
			t.Fatalf("line %q is not one of mail", line)
		}
	}
	start, end := bytes.Index(raw, []byte("-----BEGIN PGP MESSAGE-----")), bytes.Index(raw, []byte("-----END PGP MESSAGE-----"))
	inner := g.run(raw[start:end+25], "--decrypt")
	status := g.run(raw[start:end+25], "--status-fd", "1", "--output", "/dev/null", "--yes", "--decrypt")
	if !strings.Contains(string(status), "VALIDSIG "+s.Fingerprint()) {
		t.Errorf("gpg does not confirm the signature:\n%s", status)
	}
	got, err := Parse(inner, Keys{}, now, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, got, message(now))
}

// What one CIIScan writes, another reads.
func TestComposedParses(t *testing.T) {
	now := time.Now()
	a, b := newSigner(t, "CERT A", now), newSigner(t, "CERT B", now)
	raw, err := Compose(message(now), a, []string{b.PublicKey()})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(raw, Keys{Own: b, Pinned: pinned(a)}, now, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, got, message(now))
	if !got.Encrypted || got.Signature.Status != pgp.Good || got.Signature.Fingerprint != a.Fingerprint() || got.Documents[0].Signature != got.Signature {
		t.Errorf("encrypted %t, signed %+v, document %+v", got.Encrypted, got.Signature, got.Documents[0].Signature)
	}
	if got.MessageID != "<REL-7.mail@cert.example>" || got.From != `"CERT A" <exchange@cert.example>` || !got.Date.Equal(now.Truncate(time.Second)) {
		t.Errorf("%s from %s at %s", got.MessageID, got.From, got.Date)
	}
	if _, err := Parse(raw, Keys{Own: a, Pinned: pinned(a)}, now, Limits{}); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("the sender opens what was encrypted to the receiver: %v", err)
	}
}

func checkContent(t *testing.T, got Mail, want Message) {
	t.Helper()
	if got.Subject != want.Subject || got.Text != want.Text {
		t.Errorf("subject %q\ntext %q", got.Subject, got.Text)
	}
	if len(got.Documents) != 1 || got.Documents[0].Name != "adv-3.json" || got.Documents[0].MediaType != "application/json" || string(got.Documents[0].Bytes) != advisory {
		t.Errorf("documents are %+v", got.Documents)
	}
	if diff := cmp.Diff([]string{"bericht ü.pdf"}, got.Left); diff != "" {
		t.Errorf("files left aside (-want +got):\n%s", diff)
	}
}

func TestComposeRefuses(t *testing.T) {
	now := time.Now()
	a, b := newSigner(t, "CERT A", now), newSigner(t, "CERT B", now)
	for name, change := range map[string]func(*Message){
		"no sender":               func(m *Message) { m.From = "" },
		"a header in the sender":  func(m *Message) { m.From = "a@b.example\r\nBcc: c@d.example" },
		"no receiver":             func(m *Message) { m.To = nil },
		"a header in a receiver":  func(m *Message) { m.To = []string{"<a@b.example>\r\nBcc: c@d.example"} },
		"no id":                   func(m *Message) { m.ID = "" },
		"an id with a line break": func(m *Message) { m.ID = "a\r\nb" },
		"a folder":                func(m *Message) { m.Attachments[0].Name = "../adv-3.json" },
		"a nameless file":         func(m *Message) { m.Attachments[0].Name = "" },
		"a media type with more":  func(m *Message) { m.Attachments[0].MediaType = "text/plain\r\nX: y" },
	} {
		m := message(now)
		change(&m)
		if _, err := Compose(m, a, []string{b.PublicKey()}); !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("%s: Compose = %v, want a refusal", name, err)
		}
	}
	if _, err := Compose(message(now), a, nil); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("without a key to encrypt to: %v", err)
	}
	m := message(now)
	m.Subject = "one\r\nBcc: c@d.example"
	raw, err := Compose(m, a, []string{b.PublicKey()})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(raw, Keys{Own: b}, now, Limits{})
	if err != nil || strings.ContainsAny(got.Subject, "\r\n") || got.To != message(now).joined() {
		t.Errorf("subject %q to %q, %v", got.Subject, got.To, err)
	}
}

func (m Message) joined() string {
	return `"Peer CERT" <peer@peer.example>, <desk@peer.example>`
}
