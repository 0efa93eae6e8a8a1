package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// A Server takes mail from us. The zero values are the safe ones: it must
// speak TLS, with a certificate for its name.
type Server struct {
	Address  string // host:port; port 465 speaks TLS from the first byte, others by STARTTLS
	User     string // "" sends without saying who we are
	Password string
	CA       []byte // PEM of the authority that signed its certificate; nil means the system's
	NoTLS    bool   // for a server on this machine; allows no User
	Hello    string // our name; "" means the machine's
	Timeout  time.Duration
}

// Send hands a composed message to the server. From and to are the envelope's
// addresses. Either every receiver is taken or nothing is sent. An error is
// ErrInvalid when sending again will not help, and ErrUnavailable when it may.
func (s Server) Send(ctx context.Context, from string, to []string, raw []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	if err := s.send(ctx, from, to, raw); err != nil {
		return fmt.Errorf("send mail by %s: %w", s.Address, kindOf(err))
	}
	return nil
}

func (s Server) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return 2 * time.Minute
}

// kindOf tells what the server refused for good from what may pass.
func kindOf(err error) error {
	if errors.Is(err, inventory.ErrInvalid) {
		return err
	}
	if e, ok := errors.AsType[*textproto.Error](err); ok && e.Code >= 500 {
		_, atRecipient := errors.AsType[*recipientError](err)
		return &Refusal{
			Code: e.Code, Recipient: atRecipient && !strings.HasPrefix(e.Msg, "5.7."), // 5.7 is about us
			input: &inventory.InputError{
				Field: "mail", Message: "refused: " + inventory.CleanText(e.Error(), 300),
				Hint: "check the addresses and what the server lets us send",
			},
		}
	}
	return errors.Join(inventory.ErrUnavailable, err)
}

// A Refusal is a server's word that it will not take a mail, now or later.
type Refusal struct {
	Code      int  // of its answer, 500 and above
	Recipient bool // it is the address that it does not know
	input     *inventory.InputError
}

// Error says what the server said.
func (r *Refusal) Error() string { return r.input.Error() }

// Unwrap makes it ErrInvalid, with a hint.
func (r *Refusal) Unwrap() error { return r.input }

// A recipientError came in answer to a recipient.
type recipientError struct{ error }

func (e *recipientError) Unwrap() error { return e.error }

func (s Server) send(ctx context.Context, from string, to []string, raw []byte) (err error) {
	envelope, err := addresses(append([]string{from}, to...))
	if err != nil {
		return err
	}
	client, conn, err := s.dial(ctx)
	if conn != nil {
		defer conn.Close()
		// An end of ctx ends a transfer under way, which the server then drops.
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
	}
	if err != nil {
		return err
	}
	if err := client.UpdateDeadline(s.timeout()); err != nil {
		return err
	}
	if err := client.Mail(envelope[0]); err != nil {
		return err
	}
	for _, rcpt := range envelope[1:] {
		if err := client.Rcpt(rcpt); err != nil {
			return &recipientError{err}
		}
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = client.Quit() // it has been taken; a bad farewell is no reason to send it twice
	return nil
}

// addresses writes the bare addresses as the envelope wants them.
func addresses(list []string) ([]string, error) {
	if len(list) < 2 {
		return nil, addressError("to", "")
	}
	out := make([]string, len(list))
	for i, a := range list {
		parsed, err := mail.ParseAddress(a)
		if err != nil {
			return nil, addressError("address", a)
		}
		// Its local part may be quoted, and hold all but a line's end: a ">" that
		// is not quoted again would end the address there.
		out[i] = (&mail.Address{Address: parsed.Address}).String()
	}
	return out, nil
}

// dial greets the server and proves who we are. The connection is the
// caller's to close, also after an error.
func (s Server) dial(ctx context.Context) (*smtp.Client, net.Conn, error) {
	host, portText, err := net.SplitHostPort(s.Address)
	port, perr := strconv.Atoi(portText)
	if err != nil || perr != nil {
		return nil, nil, &inventory.InputError{Field: "server", Value: inventory.CleanText(s.Address, 100), Message: "is no host and port", Hint: "write mail.cert.example:587"}
	}
	if s.NoTLS && s.User != "" {
		return nil, nil, &inventory.InputError{Field: "server", Value: s.Address, Message: "would get the password in the clear", Hint: "use TLS, or no user"}
	}
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if s.CA != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(s.CA) {
			return nil, nil, &inventory.InputError{Field: "ca", Message: "holds no certificate", Hint: "give the authority's certificate as PEM"}
		}
	}
	const implicitTLS = 465
	var conn net.Conn
	options := []gomail.Option{
		gomail.WithPort(port), gomail.WithTimeout(s.timeout()), gomail.WithTLSConfig(config), gomail.WithTLSPolicy(gomail.TLSMandatory),
		gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			var err error
			if !s.NoTLS && port == implicitTLS {
				conn, err = (&tls.Dialer{Config: config}).DialContext(ctx, network, address)
			} else {
				conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			}
			return conn, err
		}),
	}
	if s.NoTLS || port == implicitTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS)) // no STARTTLS
	}
	if port == implicitTLS && !s.NoTLS {
		options = append(options, gomail.WithSSL())
	}
	if s.Hello != "" {
		options = append(options, gomail.WithHELO(s.Hello))
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	c, err := gomail.NewClient(host, options...)
	if err != nil {
		return nil, nil, err
	}
	client, err := c.DialToSMTPClientWithContext(ctx)
	return client, conn, err
}
