package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
)

// A postbox is a mail server that keeps what it takes.
type postbox struct {
	server *smtp.Server
	mu     sync.Mutex
	mails  []letter
}

type letter struct {
	to  []string
	raw []byte
}

// newPostbox starts one, which speaks STARTTLS with a certificate of the
// authority.
func newPostbox(ca *authority) (*postbox, error) {
	cert, key, err := ca.issue("post", postAddr)
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("load the certificate of the post: %w", err)
	}
	p := &postbox{}
	p.server = smtp.NewServer(p)
	p.server.Domain, p.server.TLSConfig = "post.example", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	ln, err := net.Listen("tcp", postAddr+":2525")
	if err != nil {
		return nil, fmt.Errorf("start the post: %w", err)
	}
	go func() { _ = p.server.Serve(ln) }() // ends with close
	return p, nil
}

func (p *postbox) close() { _ = p.server.Close() }

// last writes the last mail for somebody into a file; "" when there is none.
func (p *postbox) last(to, dir string) (path string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range slices.Backward(p.mails) {
		if slices.ContainsFunc(m.to, func(a string) bool { return strings.Contains(a, to) }) {
			path := filepath.Join(dir, "letter.eml")
			return path, os.WriteFile(path, m.raw, 0o600)
		}
	}
	return "", nil
}

// NewSession implements smtp.Backend.
func (p *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{box: p}, nil }

// A delivery is one connection to the postbox.
type delivery struct {
	box *postbox
	to  []string
}

// Mail implements smtp.Session.
func (d *delivery) Mail(string, *smtp.MailOptions) error {
	d.to = nil
	return nil
}

// Rcpt implements smtp.Session.
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = append(d.to, to)
	return nil
}

// Data implements smtp.Session.
func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, 64<<20))
	if err != nil {
		return errors.Join(errors.New("read the mail"), err)
	}
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	d.box.mails = append(d.box.mails, letter{slices.Clone(d.to), raw})
	return nil
}

// Reset implements smtp.Session.
func (d *delivery) Reset() {}

// Logout implements smtp.Session.
func (d *delivery) Logout() error { return nil }
