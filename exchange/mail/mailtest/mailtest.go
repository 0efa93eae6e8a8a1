// Package mailtest is a mail server for tests: a real one, on this machine.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/ciiscan/ciiscan/exchange/mail"
)

// A Server is a real mail server that keeps what it takes.
type Server struct {
	Recipient error // answers who a mail is for
	Message   error // answers the mail itself
	Drop      bool  // hang up in the midst of the message

	mu    sync.Mutex
	taken []Delivered
}

// Delivered is a mail that it took.
type Delivered struct {
	From, To string
	User     string // who signed in
	Secure   bool   // over TLS
	Raw      []byte
}

// Taken are the mails so far.
func (s *Server) Taken() []Delivered {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.taken)
}

type session struct {
	*Server
	conn *smtp.Conn
	now  Delivered
}

// NewSession implements smtp.Backend.
func (s *Server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{Server: s, conn: c}, nil
}
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return errors.New("wrong password")
		}
		s.now.User = user
		return nil
	}), nil
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	_, s.now.Secure = s.conn.TLSConnectionState()
	s.now.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.now.To = to
	return s.Recipient
}

func (s *session) Data(r io.Reader) error {
	if s.Drop {
		_, _ = io.CopyN(io.Discard, r, 100)
		return s.conn.Conn().Close()
	}
	raw, err := io.ReadAll(r)
	if s.Message != nil {
		return s.Message
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Raw = raw
	s.taken = append(s.taken, s.now)
	return nil
}

// Serve has it listen until the end of the test, and says how to reach it.
func (s *Server) Serve(t testing.TB) mail.Server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(s)
	srv.Domain, srv.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	srv.ErrorLog = silence{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _, _ = l.Close(), srv.Close(); <-done })
	return mail.Server{
		Address: strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1), User: "ciiscan", Password: "secret", Timeout: 10 * time.Second,
		CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	}
}

type silence struct{}

func (silence) Printf(string, ...any) {}
func (silence) Println(...any)        {}
