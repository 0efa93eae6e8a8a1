package post

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/notify/letter"
)

// A book holds one notice.
type book struct {
	notice  notify.Notice
	who     notify.Addressee
	files   []notify.File
	sent    []notify.Protection
	problem notify.Problem
	failed  error
	final   bool
	address bool
	lost    bool // the database is away when the mail has been sent
}

func (b *book) TakeNotice(context.Context, int64) (notify.Notice, notify.Addressee, bool, error) {
	return b.notice, b.who, b.notice.State == notify.Queued, nil
}

func (b *book) NoticeSent(_ context.Context, _ notify.ID, p notify.Protection, key notify.Problem, _ string) error {
	if b.lost {
		return errors.New("the database is away")
	}
	b.sent, b.problem, b.notice.State = append(b.sent, p), key, notify.SentOff
	return nil
}

func (b *book) NoticeFailed(_ context.Context, _ notify.ID, cause error, final, address bool) error {
	b.failed, b.final, b.address = cause, final, address
	return nil
}

func (b *book) ReportFiles(context.Context, string, []string) ([]notify.File, error) {
	return b.files, nil
}

const token = "abcdefghij234567klmn"

func noon() time.Time { return time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC) }

// alert is a notice to a contact without keys.
func alert() *book {
	n := letter.Sample(notify.Alert, "en", false, noon())
	n.State, n.Token, n.MessageID, n.Thread = notify.Queued, token, "notice."+token+"@cert.example", "notice.first@cert.example"
	return &book{notice: n, who: notify.Addressee{ID: "C-1", Org: "ORG-1", Name: "Duty desk", Email: "desk@example.org", Zone: time.UTC}}
}

func newPost(t *testing.T, b *book, c Carrier) *Post {
	t.Helper()
	now := func() time.Time { return time.Now() }
	return &Post{
		Book: b, Carrier: c, Signer: pgptest.NewSigner(t, "CERT Example", time.Now().Add(-time.Hour), now), Name: "CERT Example",
		From: "CERT Example <ciiscan@cert.example>", ReplyTo: "\"Desk\" <tickets@cert.example>", Bounces: "bounces@cert.example",
		Portal: "https://ciiscan.cert.example", Phone: "+94 11 269 1692", Now: now,
	}
}

// person is an RSA key with a certificate, both as PEM.
func person(t *testing.T, name string, until time.Time) (certificate, key []byte) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, EmailAddresses: []string{name},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: until, KeyUsage: x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}
