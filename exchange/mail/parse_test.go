package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/inventory"
)

const (
	header = "From: Peer CERT <peer@peer.example>\r\nTo: exchange@cert.example\r\nSubject: outside\r\nMIME-Version: 1.0\r\n"
	file   = "Content-Type: application/json\r\nContent-Disposition: attachment; filename=\"p.json\"\r\n\r\n{\"a\":1}\r\n"
	letter = "Content-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n"
)

func mixed(boundary string, parts ...string) string {
	return multi("mixed", boundary, parts...)
}

func multi(kind, boundary string, parts ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: multipart/%s; boundary=%q\r\n\r\n", kind, boundary)
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, p)
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.String()
}

// The peer's mail is made by hand with GnuPG, as the clients of peers make it.
func (g gnupg) sign(entity string, extra ...string) string {
	sig := g.Run([]byte(entity), append(extra, "--armor", "--detach-sign")...)
	return multi(`signed; micalg=pgp-sha512; protocol="application/pgp-signature"`, "sig", entity, "Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n"+string(sig))
}

func (g gnupg) encrypt(entity, to string, extra ...string) string {
	msg := g.Run([]byte(entity), append(extra, "--armor", "--recipient", to, "--encrypt")...)
	return multi(`encrypted; protocol="application/pgp-encrypted"`, "enc", "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n", "Content-Type: application/octet-stream\r\n\r\n"+string(msg))
}

func TestParse(t *testing.T) {
	g := newGnuPG(t)
	now := time.Now()
	us, third := newSigner(t, "CERT A", now), newSigner(t, "CERT C", now)
	g.Run([]byte(us.PublicKey()), "--import")
	body := mixed("m", letter, file)
	withSubject := "Subject: =?utf-8?Q?inside_=C3=BC?=\r\n" + body
	detached := string(g.Run([]byte("{\"a\":1}\n"), "--armor", "--detach-sign"))
	beside := "Content-Type: application/pgp-signature\r\nContent-Disposition: attachment; filename=p.json.asc\r\n\r\n" + detached
	in64 := "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=\"C:\\dir\\p.json\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(`{"a":1}`)) + "\r\n"

	for _, c := range []struct {
		name      string
		raw       string
		keys      []pgp.PinnedKey
		encrypted bool
		text, doc pgp.Status
		subject   string
	}{
		{"signed and encrypted in one", header + g.encrypt(withSubject, us.Fingerprint(), "--sign"), g.pinned(), true, pgp.Good, pgp.Good, "inside ü"},
		{"signed, then encrypted", header + g.encrypt(g.sign(withSubject), us.Fingerprint()), g.pinned(), true, pgp.Good, pgp.Good, "inside ü"},
		{"only encrypted", header + g.encrypt(withSubject, us.Fingerprint()), g.pinned(), true, pgp.None, pgp.None, "inside ü"},
		{"encrypted, by a key that is not pinned", header + g.encrypt(body, us.Fingerprint(), "--sign"), pgptest.Pinned(third), true, pgp.UnknownKey, pgp.UnknownKey, "outside"},
		{"only signed", header + g.sign(withSubject), g.pinned(), false, pgp.Good, pgp.Good, "inside ü"},
		{"only signed, as text", header + g.sign(body, "--textmode"), g.pinned(), false, pgp.Good, pgp.Good, "outside"},
		{"only signed, saved with other line ends", strings.ReplaceAll(header+g.sign(body), "\r\n", "\n"), g.pinned(), false, pgp.Good, pgp.Good, "outside"},
		{"signed, by a key that is not pinned", header + g.sign(body), nil, false, pgp.UnknownKey, pgp.UnknownKey, "outside"},
		{"signed with a weak digest", header + g.sign(body, "--digest-algo", "SHA1"), g.pinned(), false, pgp.Bad, pgp.Bad, "outside"},
		{"signed and altered", strings.Replace(header+g.sign(body), `{"a":1}`, `{"a":2}`, 1), g.pinned(), false, pgp.Bad, pgp.Bad, "outside"},
		{"not signed", header + body, g.pinned(), false, pgp.None, pgp.None, "outside"},
		{"signature as a file beside", header + mixed("m", letter, file, beside), g.pinned(), false, pgp.None, pgp.Good, "outside"},
		{"signature of another file beside", header + mixed("m", letter, strings.Replace(file, "1", "2", 1), beside), g.pinned(), false, pgp.None, pgp.Bad, "outside"},
		{"signature beside in an encrypted mail", header + g.encrypt(mixed("m", letter, file, beside), us.Fingerprint()), g.pinned(), true, pgp.None, pgp.Good, "outside"},
		{"base64, in a folder, with another type", header + mixed("m", letter, in64), nil, false, pgp.None, pgp.None, "outside"},
		{"a list's footer around a signed part", header + mixed("list", g.sign("Subject: not this\r\n"+body), "Content-Type: text/plain\r\n\r\nfooter\r\n"), g.pinned(), false, pgp.Good, pgp.Good, "outside"},
		{"a signed letter beside an unsigned document", header + mixed("x", g.sign(letter), file), g.pinned(), false, pgp.Good, pgp.None, "outside"},
		{"an unsigned letter beside a signed document", header + mixed("x", letter, g.sign(file)), g.pinned(), false, pgp.None, pgp.Good, "outside"},
		{"passed on as a mail", header + mixed("x", letter, "Content-Type: message/rfc822\r\n\r\n"+header+g.sign(mixed("m", file))), g.pinned(), false, pgp.None, pgp.Good, "outside"},
	} {
		m, err := Parse([]byte(c.raw), Keys{Own: us, Pinned: c.keys}, now.Add(time.Minute), Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if m.Encrypted != c.encrypted || m.Signature.Status != c.text || m.Subject != c.subject || m.Text != "hello" && m.Text != "hello\n" {
			t.Errorf("%s: encrypted %t, signature %+v, subject %q, text %q", c.name, m.Encrypted, m.Signature, m.Subject, m.Text)
		}
		if len(m.Documents) != 1 || m.Documents[0].Name != "p.json" || !strings.HasPrefix(string(m.Documents[0].Bytes), `{"a":`) {
			t.Errorf("%s: documents %+v", c.name, m.Documents)
			continue
		}
		d := m.Documents[0].Signature
		if d.Status != c.doc || (d.Status == pgp.Good) != (d.Fingerprint == g.fpr) {
			t.Errorf("%s: the document's signature is %+v, want %s", c.name, d, c.doc)
		}
	}
}

func TestParseSaysNothingOfInline(t *testing.T) {
	g := newGnuPG(t)
	inline := g.Run([]byte("hello\n"), "--clear-sign")
	m, err := Parse([]byte(header+"Content-Type: text/plain\r\n\r\n"+string(inline)), Keys{Pinned: g.pinned()}, time.Now(), Limits{})
	if err != nil || m.Signature.Status != pgp.None || !strings.Contains(m.Signature.Why, "PGP/MIME") {
		t.Errorf("%+v, %v", m.Signature, err)
	}
}

func TestParseRefuses(t *testing.T) {
	g := newGnuPG(t)
	now := time.Now()
	us, third := newSigner(t, "CERT A", now), newSigner(t, "CERT C", now)
	g.Run([]byte(us.PublicKey()), "--import")
	g.Run([]byte(third.PublicKey()), "--import")
	deep := letter
	for i := range 12 {
		deep = mixed(fmt.Sprint("b", i), deep)
	}
	bomb := g.encrypt(mixed("m", "Content-Type: application/json\r\n\r\n"+strings.Repeat(" ", 4<<20)), us.Fingerprint(), "--compress-algo", "zlib")
	limits := Limits{Raw: 1 << 20, Opened: 2 << 20}

	for _, c := range []struct{ name, raw, want string }{
		{"encrypted to somebody else", header + g.encrypt(letter, third.Fingerprint()), "not encrypted to our key"},
		{"two encrypted parts", header + mixed("m", g.encrypt(letter, us.Fingerprint()), g.encrypt(letter, us.Fingerprint())), "more than one encrypted"},
		{"decompression bomb", header + bomb, "too large"},
		{"larger than is read", header + letter + strings.Repeat("x", 2<<20), "larger than"},
		{"parts in parts", header + deep, "too deep"},
		{"many parts", header + mixed("m", slicesRepeat(file, 300)...), "too many parts"},
		{"many parts in few", header + mixed("m", mixed("n", slicesRepeat(file, 150)...), mixed("o", slicesRepeat(file, 150)...)), "too many parts"},
		{"cut off", header + mixed("m", letter, file)[:120], "cut off"},
		{"no boundary", header + "Content-Type: multipart/mixed\r\n\r\nx", "no boundary"},
		{"bad base64", header + "Content-Transfer-Encoding: base64\r\n\r\n!!!", "no base64"},
		{"unknown encoding", header + "Content-Transfer-Encoding: x-uuencode\r\n\r\nx", "unknown transfer encoding"},
		{"two content types", header + "Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\nx", "two headers"},
		{"no mail", "\x00\x01\x02", "header"},
		{"empty", "", "header"},
		{"signed with three parts", header + multi(`signed; protocol="application/pgp-signature"`, "s", letter, letter, letter), "not two parts"},
		{"signed without a signature", header + multi(`signed; protocol="application/pgp-signature"`, "s", letter, letter), "RFC 3156"},
		{"encrypted without its control part", header + multi(`encrypted; protocol="application/pgp-encrypted"`, "e", letter, letter), "RFC 3156"},
		{"rubbish for a message", header + multi(`encrypted; protocol="application/pgp-encrypted"`, "e", "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n", "Content-Type: application/octet-stream\r\n\r\nrubbish"), "no encrypted OpenPGP message"},
	} {
		_, err := Parse([]byte(c.raw), Keys{Own: us, Pinned: g.pinned()}, now, limits)
		if !errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Parse = %v, want a refusal with %q", c.name, err, c.want)
		}
	}
	if _, err := Parse([]byte(header+g.encrypt(letter, us.Fingerprint())), Keys{}, now, Limits{}); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("without a key: %v", err)
	}
}

func slicesRepeat(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func FuzzParse(f *testing.F) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	us := newSigner(f, "CERT A", now)
	raw, err := Compose(Message{ID: "x", At: now, From: "a@b.example", To: []string{"c@d.example"}, Text: "t", Attachments: []Attachment{{Name: "a.json", MediaType: "application/json", Bytes: []byte("{}")}}}, us, []string{us.PublicKey()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(header + mixed("m", letter, file)))
	f.Add([]byte(header + multi(`signed; protocol="application/pgp-signature"`, "s", letter, "Content-Type: application/pgp-signature\r\n\r\n")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		limits := Limits{Raw: 1 << 20, Opened: 1 << 20, Parts: 20, Depth: 4}
		m, err := Parse(raw, Keys{Own: us, Pinned: pgptest.Pinned(us)}, now, limits)
		var size int
		for _, d := range m.Documents {
			size += len(d.Bytes)
			if strings.ContainsAny(d.Name, "/\\\r\n\x00") || d.Name == "" {
				t.Errorf("a document is named %q", d.Name)
			}
		}
		if err == nil && (int64(size) > limits.Opened || len(m.Documents) > limits.Parts) {
			t.Errorf("%d bytes in %d documents", size, len(m.Documents))
		}
		if err != nil && !errors.Is(err, inventory.ErrInvalid) {
			t.Errorf("Parse = %v, which blames us", err)
		}
		if m.Signature.Status == pgp.Good && !bytes.Contains(raw, []byte("PGP")) {
			t.Error("a good signature out of nothing")
		}
	})
}
