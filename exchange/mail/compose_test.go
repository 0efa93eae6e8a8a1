package mail

import (
	"bytes"
	"errors"
	"mime"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
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
			{Name: "adv-3-stix.json", MediaType: "application/stix+json;version=2.1", Bytes: []byte("{}")},
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
	g.Run([]byte(s.PublicKey()), "--import")
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
	inner := g.Run(raw[start:end+25], "--decrypt")
	status := g.Run(raw[start:end+25], "--status-fd", "1", "--output", "/dev/null", "--yes", "--decrypt")
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
	got, err := Parse(raw, Keys{Own: b, Pinned: pgptest.Pinned(a)}, now, Limits{})
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
	if _, err := Parse(raw, Keys{Own: a, Pinned: pgptest.Pinned(a)}, now, Limits{}); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("the sender opens what was encrypted to the receiver: %v", err)
	}
}

func checkContent(t *testing.T, got Mail, want Message) {
	t.Helper()
	if got.Subject != want.Subject || got.Text != want.Text {
		t.Errorf("subject %q\ntext %q", got.Subject, got.Text)
	}
	if len(got.Documents) != 2 || got.Documents[1].MediaType != "application/stix+json" || got.Documents[0].Name != "adv-3.json" || got.Documents[0].MediaType != "application/json" || string(got.Documents[0].Bytes) != advisory {
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
		"no media type":           func(m *Message) { m.Attachments[0].MediaType = "" },
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

// What is only signed, GnuPG confirms byte for byte as it goes over the wire,
// and others read.
func TestComposeSigned(t *testing.T) {
	g := newGnuPG(t)
	now := time.Now()
	s := newSigner(t, "CERT A", now)
	g.Run([]byte(s.PublicKey()), "--import")
	m := message(now)
	m.Subject = strings.Repeat("Notiz für Sie – ", 15)
	raw, err := ComposeSigned(m, s)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		if !bytes.HasSuffix(line, []byte("\r\n")) || len(line) > 1000 || bytes.HasSuffix(bytes.TrimSuffix(line, []byte("\r\n")), []byte(" ")) {
			t.Errorf("line %q may not arrive as it is", line)
		}
	}

	got, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	media, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil || media != "multipart/signed" || params["protocol"] != "application/pgp-signature" {
		t.Fatalf("content type is %s %v, %v", media, params, err)
	}
	parts := bytes.Split(raw, []byte("\r\n--"+params["boundary"]))
	if len(parts) != 4 {
		t.Fatalf("%d parts, want a head, what is signed, the signature and an end", len(parts))
	}
	signed := bytes.TrimPrefix(parts[1], []byte("\r\n"))
	_, sig, _ := bytes.Cut(parts[2], []byte("\r\n\r\n"))
	dir := t.TempDir()
	for name, content := range map[string][]byte{"part": signed, "part.asc": sig} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	status := string(g.Run(nil, "--status-fd", "1", "--verify", filepath.Join(dir, "part.asc"), filepath.Join(dir, "part")))
	if !strings.Contains(status, "VALIDSIG "+s.Fingerprint()) {
		t.Errorf("gpg does not confirm the signature:\n%s", status)
	}
	// VALIDSIG FPR DATE TIME EXPIRE VERSION RESERVED PUBKEY HASH ...; RFC 9580
	// section 9.5 numbers the hashes.
	hashes := map[string]string{"8": "pgp-sha256", "9": "pgp-sha384", "10": "pgp-sha512"}
	_, valid, _ := strings.Cut(status, "VALIDSIG ")
	if f := strings.Fields(valid); len(f) < 8 || params["micalg"] == "" || hashes[f[7]] != params["micalg"] {
		t.Errorf("micalg is %q, gpg says %v", params["micalg"], f)
	}

	parsed, err := Parse(raw, Keys{Pinned: pgptest.Pinned(s)}, now, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m.Subject = strings.TrimSpace(m.Subject)
	checkContent(t, parsed, m)
	if parsed.Encrypted || parsed.Signature.Status != pgp.Good || parsed.Documents[0].Signature.Status != pgp.Good {
		t.Errorf("encrypted %t, signed %+v", parsed.Encrypted, parsed.Signature)
	}
	if !bytes.Contains(raw, []byte("version=2.1")) {
		t.Error("a media type lost its parameter")
	}
	altered := bytes.Replace(raw, []byte("colleagues"), []byte("enemies..."), 1)
	if parsed, err = Parse(altered, Keys{Pinned: pgptest.Pinned(s)}, now, Limits{}); err != nil || parsed.Signature.Status != pgp.Bad {
		t.Errorf("altered: %+v, %v", parsed.Signature, err)
	}
	m.To = nil
	if _, err := ComposeSigned(m, s); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("to nobody: %v", err)
	}
}
