package delivery

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/exchange/taxii"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/stix"
	"github.com/emersion/go-smtp"
)

// A book is one page of the real one: a delivery that is due until it is made.
type book struct {
	due       exchange.Delivery
	delivered []string // details
	failed    []error
	dies      bool // before it notes what was delivered
}

func (b *book) TakeDelivery(_ context.Context, num int64) (exchange.Delivery, bool, error) {
	return b.due, num == b.due.Num && len(b.delivered) == 0, nil
}

func (b *book) Delivered(ctx context.Context, _ int64, detail string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.dies {
		return errors.New("killed")
	}
	b.delivered = append(b.delivered, detail)
	return nil
}

func (b *book) DeliveryFailed(ctx context.Context, _ int64, cause error) error {
	b.failed = append(b.failed, cause)
	return ctx.Err()
}

// A register knows one release and one team.
type register struct {
	release exchange.Release
	team    exchange.Team
	sources []exchange.Source
}

func (r *register) Release(context.Context, exchange.ReleaseID) (exchange.Release, error) {
	return r.release, nil
}

func (r *register) Team(context.Context, exchange.TeamID) (exchange.Team, error) { return r.team, nil }

func (r *register) Sources(context.Context, exchange.TeamID) ([]exchange.Source, error) {
	return r.sources, nil
}

const (
	deskMail   = "desk@peer.example"
	policeMail = "cyber@police.example"
	secretKey  = "an installation's key"
)

// newCourier has one delivery of REL-1 to TEAM-B to make by the channel.
func newCourier(t *testing.T, channel exchange.Channel) (*Courier, *book, *register) {
	t.Helper()
	b := &book{due: exchange.Delivery{Num: 1, Release: "REL-1", Team: "TEAM-B", Channel: channel}}
	r := &register{
		release: exchange.Release{
			ID: "REL-1", Team: "TEAM-B", Advisory: "ADV-3", Revision: 2, TLP: "amber", Clause: "MoU 7 lets it out.",
			Files: []exchange.File{
				{Format: exchange.FormatCSAF, Name: "adv-3.json", MediaType: "application/json", Bytes: []byte(`{"document":"ünïcode"}` + "\n"), Signature: "-----BEGIN PGP SIGNATURE-----\n"},
				{Format: exchange.FormatSTIX, Name: "adv-3-stix.json", MediaType: stix.MediaType, Bytes: []byte(bundle())},
			},
		},
		team: exchange.Team{ID: "TEAM-B", Name: "CERT B", Contacts: []exchange.Contact{
			{Role: exchange.FocalPoint, Email: "focal@peer.example"},
			{Role: exchange.LawEnforcement, Email: policeMail},
			{Role: exchange.Exchange, Phone: "+880 2 1"},
			{Role: exchange.Exchange, Email: deskMail},
		}},
	}
	return &Courier{
		Book: b, Register: r, Signer: newSigner(t, "CERT A", time.Now()), From: "CERT A <exchange@cert.example>", Secret: []byte(secretKey),
		Producer: stix.Producer{Name: "CERT A", Namespace: "https://cert.example"}, Now: time.Now,
		Dial: func(exchange.Source) (taxii.HTTP, error) { return nil, errors.New("no way there") },
	}, b, r
}

func newSigner(t *testing.T, name string, at time.Time) *pgp.Signer {
	t.Helper()
	return pgptest.NewSigner(t, name, at, func() time.Time { return at })
}

func keyOf(s *pgp.Signer) exchange.Key {
	return exchange.Key{Fingerprint: s.Fingerprint(), Armored: s.PublicKey()}
}

// A gnupg is the peer who gets mail, with one key.
type gnupg struct {
	*strangers.GnuPG
	t   *testing.T
	key exchange.Key
}

func newGnuPG(t *testing.T) gnupg {
	t.Helper()
	g := strangers.NewGnuPG(t)
	g.Run(nil, "--quick-generate-key", deskMail, "future-default", "default", "2y")
	return gnupg{g, t, exchange.Key{Fingerprint: g.Fingerprint(deskMail), Armored: g.Export(deskMail)}}
}

// open decrypts a PGP/MIME mail, wants it signed by the signer, and reads it.
func (g gnupg) open(raw []byte, by *pgp.Signer) mail.Mail {
	g.t.Helper()
	g.Run([]byte(by.PublicKey()), "--import")
	const end = "-----END PGP MESSAGE-----"
	i, j := bytes.Index(raw, []byte("-----BEGIN PGP MESSAGE-----")), bytes.Index(raw, []byte(end))
	if i < 0 || j < i {
		g.t.Fatalf("is not encrypted:\n%s", raw)
	}
	message := raw[i : j+len(end)]
	status := g.Run(message, "--status-fd", "1", "--output", os.DevNull, "--yes", "--decrypt")
	if !strings.Contains(string(status), "VALIDSIG "+by.Fingerprint()) {
		g.t.Errorf("gpg does not confirm who signed:\n%s", status)
	}
	m, err := mail.Parse(g.Run(message, "--decrypt"), mail.Keys{}, time.Now(), mail.Limits{})
	if err != nil {
		g.t.Fatal(err)
	}
	return m
}

// A letter is what arrived at a mail server.
type letter struct {
	to  []string
	raw []byte
	tls bool
}

func (l letter) id(t *testing.T) string {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(l.raw))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header.Get("Message-Id")
}

// A mailbox is a real SMTP server that keeps what it takes.
type mailbox struct {
	mu      sync.Mutex
	letters []letter
	refuses map[string]bool // receivers
}

type session struct {
	box  *mailbox
	conn *smtp.Conn
	letter
}

func (b *mailbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{box: b, conn: c}, nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) Mail(string, *smtp.MailOptions) error {
	s.letter = letter{}
	_, s.tls = s.conn.TLSConnectionState()
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	if s.box.refuses[to] {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.raw = raw
	s.box.letters = append(s.box.letters, s.letter)
	return err
}

// newMailbox starts a mail server that speaks STARTTLS, and tells how to reach it.
func newMailbox(t *testing.T) (*mailbox, mail.Server) {
	t.Helper()
	cert, ca := certificate(t)
	b := &mailbox{refuses: map[string]bool{}}
	srv := smtp.NewServer(b)
	srv.Domain, srv.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{cert}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(l) }()
	t.Cleanup(func() { l.Close(); srv.Close(); <-done })
	return b, mail.Server{Address: strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1), CA: ca, Timeout: 10 * time.Second}
}

// only is the one letter that arrived.
func (b *mailbox) only(t *testing.T) letter {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.letters) != 1 {
		t.Fatalf("%d letters arrived, want 1", len(b.letters))
	}
	return b.letters[0]
}

func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// wantInvalid checks that a person can read what to mend.
func wantInvalid(t *testing.T, err error, what string) {
	t.Helper()
	e, ok := errors.AsType[*inventory.InputError](err)
	if !ok || e.Hint == "" || !strings.Contains(err.Error(), what) {
		t.Errorf("error is %v, want one about %q with a hint", err, what)
	}
}
