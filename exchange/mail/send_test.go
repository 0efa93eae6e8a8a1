package mail

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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/pgp/pgptest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A mailbox is a real SMTP server that keeps what it takes.
type mailbox struct {
	mu       sync.Mutex
	from     string
	to       []string
	raw      []byte
	user     string
	tls      bool
	rcptErr  error
	dataErr  error
	slow     chan struct{} // when set, DATA waits for it
	sessions int
}

type session struct {
	*mailbox
	conn *smtp.Conn
}

func (b *mailbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sessions++
	return &session{b, c}, nil
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return errors.New("wrong password")
		}
		s.user = user
		return nil
	}), nil
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	_, s.tls = s.conn.TLSConnectionState()
	s.from, s.to = from, nil
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return s.rcptErr
}

func (s *session) Data(r io.Reader) error {
	if s.slow != nil {
		<-s.slow
	}
	raw, err := io.ReadAll(r)
	if err == nil {
		s.raw = raw
	}
	return errors.Join(err, s.dataErr)
}

// serve starts the mailbox on this machine and returns how to reach it.
func (b *mailbox) serve(t *testing.T, change func(*smtp.Server)) Server {
	t.Helper()
	cert, ca := certificate(t)
	srv := smtp.NewServer(b)
	srv.Domain, srv.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.ErrorLog = discard{}
	if change != nil {
		change(srv)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(l) }()
	// The listener itself, too: the server knows it only once it serves.
	t.Cleanup(func() { l.Close(); srv.Close(); <-done })
	return Server{Address: strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1), CA: ca, Timeout: 10 * time.Second}
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

const (
	sender   = "CERT A <exchange@cert.example>"
	receiver = "peer@peer.example"
)

func TestSend(t *testing.T) {
	now := time.Now()
	a, b := newSigner(t, "CERT A", now), newSigner(t, "CERT B", now)
	raw, err := Compose(message(now), a, []string{b.PublicKey()})
	if err != nil {
		t.Fatal(err)
	}
	var box mailbox
	server := box.serve(t, nil)
	server.User, server.Password = "ciiscan", "secret"
	if err := server.Send(t.Context(), sender, []string{receiver, "Desk <desk@peer.example>"}, raw); err != nil {
		t.Fatal(err)
	}
	if !box.tls || box.user != "ciiscan" || box.from != "exchange@cert.example" || strings.Join(box.to, " ") != "peer@peer.example desk@peer.example" {
		t.Errorf("tls %t, user %q, from %q to %q", box.tls, box.user, box.from, box.to)
	}
	if !bytes.Equal(box.raw, raw) {
		t.Errorf("sent %d bytes, arrived %d", len(raw), len(box.raw))
	}
	got, err := Parse(box.raw, Keys{Own: b, Pinned: pgptest.Pinned(a)}, now, Limits{})
	if err != nil || got.Signature.Status != pgp.Good {
		t.Errorf("%+v, %v", got.Signature, err)
	}
}

func TestSendFails(t *testing.T) {
	raw := []byte("Subject: x\r\n\r\nx\r\n")
	refused := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	later := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted"}
	_, otherCA := certificate(t)
	for _, c := range []struct {
		name   string
		box    *mailbox
		server func(*smtp.Server)
		client func(*Server)
		want   error
	}{
		{"no STARTTLS", &mailbox{}, func(s *smtp.Server) { s.TLSConfig = nil }, nil, inventory.ErrUnavailable},
		{"certificate of somebody else", &mailbox{}, nil, func(s *Server) { s.CA = otherCA }, inventory.ErrUnavailable},
		{"certificate for another name", &mailbox{}, nil, func(s *Server) { s.Address = strings.Replace(s.Address, "localhost", "127.0.0.1", 1) }, inventory.ErrUnavailable},
		{"wrong password", &mailbox{}, nil, func(s *Server) { s.User, s.Password = "ciiscan", "wrong" }, nil},
		{"receiver refused", &mailbox{rcptErr: refused}, nil, nil, inventory.ErrInvalid},
		{"receiver refused for now", &mailbox{rcptErr: later}, nil, nil, inventory.ErrUnavailable},
		{"content refused", &mailbox{dataErr: refused}, nil, nil, nil},
		{"nobody listens", &mailbox{}, nil, func(s *Server) { s.Address = "localhost:1" }, inventory.ErrUnavailable},
		{"no port", &mailbox{}, nil, func(s *Server) { s.Address = "localhost" }, inventory.ErrInvalid},
		{"no certificate in the file", &mailbox{}, nil, func(s *Server) { s.CA = []byte("rubbish") }, inventory.ErrInvalid},
		{"a password without TLS", &mailbox{}, nil, func(s *Server) { s.NoTLS, s.User = true, "ciiscan" }, inventory.ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := c.box.serve(t, c.server)
			if c.client != nil {
				c.client(&server)
			}
			err := server.Send(t.Context(), sender, []string{receiver}, raw)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Send = %v, want %v", err, c.want)
			}
			if c.box.raw != nil && c.box.dataErr == nil {
				t.Error("it was sent all the same")
			}
		})
	}
	t.Run("envelope", func(t *testing.T) {
		var box mailbox
		server := box.serve(t, nil)
		for _, to := range [][]string{nil, {"rubbish"}, {receiver, "<a@b.example>\r\nDATA"}} {
			if err := server.Send(t.Context(), sender, to, raw); !errors.Is(err, inventory.ErrInvalid) {
				t.Errorf("to %q: %v", to, err)
			}
		}
		if box.sessions != 0 {
			t.Error("the server was asked all the same")
		}
	})
}

func TestSendWithoutTLS(t *testing.T) {
	var box mailbox
	server := box.serve(t, func(s *smtp.Server) { s.TLSConfig = nil })
	server.NoTLS = true
	raw := []byte("Subject: x\r\n\r\n.dot\r\n")
	if err := server.Send(t.Context(), sender, []string{receiver}, raw); err != nil || !bytes.Equal(box.raw, raw) || box.tls {
		t.Errorf("arrived %q, tls %t, %v", box.raw, box.tls, err)
	}
}

func TestSendStopsWithContext(t *testing.T) {
	box := mailbox{slow: make(chan struct{})}
	server := box.serve(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := server.Send(ctx, sender, []string{receiver}, []byte("Subject: x\r\n\r\nx\r\n"))
	close(box.slow)
	if !errors.Is(err, inventory.ErrUnavailable) || time.Since(start) > 5*time.Second {
		t.Errorf("Send = %v after %v", err, time.Since(start))
	}
}

// What stands in quotes stays there: nobody is written to whom an address only
// seems to name.
func TestAddressesStayWhole(t *testing.T) {
	for address, want := range map[string]string{
		"CERT B <desk@cert-b.example>": "<desk@cert-b.example>", `"two words"@cert.example`: `<"two words"@cert.example>`,
		`"me@evil.example> NOTIFY=NEVER <x"@cert.example`: `<"me@evil.example> NOTIFY=NEVER <x"@cert.example>`,
	} {
		got, err := addresses([]string{"a@cert-a.example", address})
		if err != nil || got[1] != want {
			t.Errorf("%s goes to %q, %v, want %s", address, got, err, want)
		}
	}
}
