package post

import (
	"bytes"
	"errors"
	"flag"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/exchange/mail/mailtest"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
	"github.com/ciiscan/ciiscan/notify"
)

var update = flag.Bool("update", false, "rewrite the golden headers")

// A contact without a key gets a link, signed, over TLS, as its own message.
func TestLinkOverSTARTTLS(t *testing.T) {
	s, b := &mailtest.Server{}, alert()
	p := newPost(t, b, s.Serve(t))
	if err := p.Send(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if len(s.Taken()) != 1 || !s.Taken()[0].Secure || s.Taken()[0].User != "ciiscan" || s.Taken()[0].From != "bounces+n-"+token+"@cert.example" || s.Taken()[0].To != "desk@example.org" {
		t.Fatalf("taken: %+v", s.Taken())
	}
	raw := s.Taken()[0].Raw
	for _, secret := range []string{"Firewall", "Modbus", "192.0.2", "198.51.100", "F-12", "gate.example"} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("%q goes readable over the wire", secret)
		}
	}
	if !bytes.Contains(raw, []byte("multipart/signed")) || !slices.Equal(b.sent, []notify.Protection{notify.LinkOnly}) {
		t.Errorf("sent as %v:\n%s", b.sent, raw)
	}
	checkHeader(t, "link", raw)
}

// checkHeader holds a mail's header to a golden file; what is random is masked.
func checkHeader(t *testing.T, name string, raw []byte) {
	t.Helper()
	head, _, _ := bytes.Cut(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	got := regexp.MustCompile(`boundary="[^"]*"`).ReplaceAllString(string(head), `boundary="…"`) + "\n"
	file := filepath.Join("testdata", name+".header")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", file, diff)
	}
}

func TestGnuPGReadsNotice(t *testing.T) {
	g := strangers.NewGnuPG(t)
	g.Run(nil, "--faked-system-time", "20260101T000000", "--quick-generate-key", "desk@example.org", "default", "default", "2y")
	s, b := &mailtest.Server{}, alert()
	b.who.OpenPGP = g.Export("desk@example.org")
	p := newPost(t, b, s.Serve(t))
	g.Run([]byte(p.Signer.PublicKey()), "--import")
	if err := p.Send(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	raw := s.Taken()[0].Raw
	checkHeader(t, "pgp", raw)
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if subject := m.Header.Get("Subject"); strings.Contains(subject, "Power Grid") || strings.Contains(subject, "urgent") {
		t.Errorf("the outer subject is %q", subject)
	}
	begin, end := bytes.Index(raw, []byte("-----BEGIN PGP MESSAGE")), bytes.Index(raw, []byte("-----END PGP MESSAGE-----"))
	opened := g.Run(raw[begin:end+25], "--decrypt")
	for _, want := range []string{"act today", "Firewall with a known hole", "multipart/alternative", "text/html", "Subject: [TLP:AMBER]"} {
		if !strings.Contains(string(opened), want) {
			t.Errorf("gpg reads no %q in\n%s", want, opened)
		}
	}
	if !slices.Equal(b.sent, []notify.Protection{notify.OpenPGP}) {
		t.Errorf("sent as %v", b.sent)
	}
}

func TestOpenSSLReadsNotice(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("nobody opens the letter; scripts/setup.sh installs openssl:", err)
	}
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	theirCert, theirKey := person(t, "desk@example.org", time.Now().AddDate(1, 0, 0))
	ourCert, ourKey := person(t, "ciiscan@cert.example", time.Now().AddDate(1, 0, 0))
	s, b := &mailtest.Server{}, alert()
	b.who.SMIME = string(theirCert)
	p := newPost(t, b, s.Serve(t))
	if p.Identity, err = LoadIdentity(write("our.pem", ourCert), write("our.key", ourKey)); err != nil {
		t.Fatal(err)
	}
	if err := p.Send(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	checkHeader(t, "smime", s.Taken()[0].Raw)
	run := func(args ...string) []byte {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), openssl, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
		return out
	}
	sealed := write("mail.eml", s.Taken()[0].Raw)
	signed := filepath.Join(dir, "signed.eml")
	run("cms", "-decrypt", "-in", sealed, "-recip", write("their.pem", theirCert), "-inkey", write("their.key", theirKey), "-out", signed)
	opened := run("cms", "-verify", "-in", signed, "-CAfile", filepath.Join(dir, "our.pem"), "-purpose", "any")
	for _, want := range []string{"Firewall with a known hole", "act today", "erification successful"} {
		if !bytes.Contains(opened, []byte(want)) {
			t.Errorf("openssl reads no %q in\n%s", want, opened)
		}
	}
	if info := run("cms", "-cmsout", "-print", "-in", sealed); !bytes.Contains(info, []byte("aes-256-cbc")) {
		t.Errorf("not encrypted with AES:\n%s", info)
	}
	if !slices.Equal(b.sent, []notify.Protection{notify.SMIME}) {
		t.Errorf("sent as %v", b.sent)
	}
}

// A key that cannot be used makes the mail a link, and is told.
func TestBadKeys(t *testing.T) {
	expired, _ := person(t, "desk@example.org", time.Now().Add(-time.Hour))
	for name, tt := range map[string]struct {
		pgp, smime string
		want       notify.Problem
	}{
		"broken key":          {"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n", "", notify.KeyBroken},
		"expired certificate": {"", string(expired), notify.KeyExpired},
		"broken certificate":  {"", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", notify.KeyBroken},
	} {
		s, b := &mailtest.Server{}, alert()
		b.who.OpenPGP, b.who.SMIME = tt.pgp, tt.smime
		if err := newPost(t, b, s.Serve(t)).Send(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(b.sent, []notify.Protection{notify.LinkOnly}) || b.problem != tt.want || bytes.Contains(s.Taken()[0].Raw, []byte("Firewall")) {
			t.Errorf("%s: sent as %v with problem %q, want a link and %q", name, b.sent, b.problem, tt.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, tt := range map[string]struct {
		server         *mailtest.Server
		retry          bool
		final, address bool
	}{
		"no such user":  {&mailtest.Server{Recipient: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}}, false, true, true},
		"our fault":     {&mailtest.Server{Recipient: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "relay denied"}}, false, true, false},
		"greylisted":    {&mailtest.Server{Recipient: &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come again"}}, true, false, false},
		"spam, it says": {&mailtest.Server{Message: &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "no"}}, false, true, false},
		"disk full":     {&mailtest.Server{Message: &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "full"}}, true, false, false},
		"hangs up":      {&mailtest.Server{Drop: true}, true, false, false},
	} {
		b := alert()
		err := newPost(t, b, tt.server.Serve(t)).Send(t.Context(), 1)
		if (err != nil) != tt.retry || b.failed == nil || b.final != tt.final || b.address != tt.address || len(b.sent) > 0 {
			t.Errorf("%s: %v; noted %v, final %t, address %t", name, err, b.failed, b.final, b.address)
		}
	}
	away := alert()
	p := newPost(t, away, nil)
	if err := p.Send(t.Context(), 1); err == nil || away.final {
		t.Errorf("without a server: %v, final %t", err, away.final)
	}
}

// After a crash between sending and noting it the same message goes again.
func TestCrashAfterSending(t *testing.T) {
	s, b := &mailtest.Server{}, alert()
	p := newPost(t, b, s.Serve(t))
	b.lost = true
	if err := p.Send(t.Context(), 1); err == nil {
		t.Fatal("what could not be noted was no error")
	}
	b.lost = false
	if err := errors.Join(p.Send(t.Context(), 1), p.Send(t.Context(), 1)); err != nil {
		t.Fatal(err)
	}
	if len(s.Taken()) != 2 {
		t.Fatalf("%d mails, want the one and its repetition", len(s.Taken()))
	}
	first, second := headerOf(t, s.Taken()[0].Raw), headerOf(t, s.Taken()[1].Raw)
	for _, name := range []string{"Message-Id", "Date", "Subject", "References"} {
		if first.Get(name) == "" || first.Get(name) != second.Get(name) {
			t.Errorf("%s: %q, then %q", name, first.Get(name), second.Get(name))
		}
	}
}

func headerOf(t *testing.T, raw []byte) mail.Header {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header
}

// The report goes along when it is encrypted and not too large.
func TestReportGoesAlong(t *testing.T) {
	g := strangers.NewGnuPG(t)
	g.Run(nil, "--faked-system-time", "20260101T000000", "--quick-generate-key", "desk@example.org", "default", "default", "2y")
	for size, want := range map[int]bool{1000: true, MaxAttached + 1: false} {
		b := alert()
		b.notice.Letter.Report = &notify.Report{ID: "weekly", Bytes: size}
		b.files = []notify.File{{Name: "report.pdf", MediaType: "application/pdf", Bytes: bytes.Repeat([]byte("%PDF"), size/4+1)}}
		b.who.OpenPGP = g.Export("desk@example.org")
		p := newPost(t, b, nil)
		g.Run([]byte(p.Signer.PublicKey()), "--import")
		written, err := p.Write(b.notice, b.who, b.files, noon())
		if err != nil {
			t.Fatal(err)
		}
		armored := written.Raw[bytes.Index(written.Raw, []byte("-----BEGIN PGP")):]
		opened := g.Run(armored[:bytes.Index(armored, []byte("-----END PGP MESSAGE-----"))+25], "--decrypt")
		if got := strings.Contains(string(opened), "report.pdf"); got != want {
			t.Errorf("a report of %d bytes goes along = %t, want %t", size, got, want)
		}
	}
}

// A key that has expired, and one that nobody here can sign for, seal nothing.
func TestKeysThatSealNothing(t *testing.T) {
	g := strangers.NewGnuPG(t)
	g.Run(nil, "--faked-system-time", "20260101T000000", "--quick-generate-key", "desk@example.org", "default", "default", "2y")
	b := alert()
	b.who.OpenPGP = g.Export("desk@example.org")
	p := newPost(t, b, nil)
	written, err := p.Write(b.notice, b.who, nil, noon().AddDate(3, 0, 0))
	if err != nil || written.Protection != notify.LinkOnly || written.Problem != notify.KeyExpired {
		t.Errorf("to an expired key: %s, problem %q, %v", written.Protection, written.Problem, err)
	}
	p.Signer = nil
	if written, err = p.Write(b.notice, b.who, nil, noon()); err != nil || written.Protection != notify.LinkOnly || written.Problem != notify.NoProblem {
		t.Errorf("without a key of our own: %s, problem %q, %v", written.Protection, written.Problem, err)
	}
}

// Nothing goes along with what others can read.
func TestNothingGoesAlongUnsealed(t *testing.T) {
	for _, tlp := range []string{notify.Amber, notify.Green} {
		b := alert()
		b.notice.Letter.TLP = tlp
		written, err := newPost(t, b, nil).Write(b.notice, b.who, []notify.File{{Name: "report.pdf", MediaType: "application/pdf", Bytes: []byte("%PDF-1.7")}}, noon())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(written.Raw, []byte("report.pdf")) || bytes.Contains(written.Raw, []byte("application/pdf")) {
			t.Errorf("%s: the report went along unsealed, as %s", tlp, written.Protection)
		}
	}
}

// Names of people cannot add lines to a header.
func TestHeaderInjection(t *testing.T) {
	b := alert()
	b.who.Name = "Desk\r\nBcc: all@example.org\r\n\r\nHello \u202e"
	b.notice.Letter.OrgName = "Grid\r\nX-Evil: 1"
	var none *pgp.Signer
	p := newPost(t, b, nil)
	p.Signer = none
	written, err := p.Write(b.notice, b.who, nil, noon())
	if err != nil {
		t.Fatal(err)
	}
	h := headerOf(t, written.Raw)
	if h.Get("Bcc") != "" || h.Get("X-Evil") != "" || len(h["To"]) != 1 {
		t.Errorf("header: %v", h)
	}
	list, err := h.AddressList("To")
	if err != nil || len(list) != 1 || list[0].Address != "desk@example.org" {
		t.Errorf("to %v, %v", list, err)
	}
}
