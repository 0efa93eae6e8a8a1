package nmap

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// profile is a stock profile with other ports.
func profile(t *testing.T, name, tcp, udp string) scanner.Profile {
	t.Helper()
	p, err := scanner.ProfileByName(name)
	if err != nil {
		t.Fatal(err)
	}
	p.TCP, p.UDP = inventory.MustPorts(tcp), inventory.MustPorts(udp)
	return p
}

func engine(t *testing.T, c Config) *Engine {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// script writes a program that stands in for nmap.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nmap")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// overTLS serves HTTP over TLS on single connections.
func overTLS(t *testing.T, h http.Handler) func(net.Conn) {
	t.Helper()
	source := httptest.NewTLSServer(nil) // for its certificate
	config := &tls.Config{Certificates: source.TLS.Certificates}
	source.Close()
	return func(c net.Conn) {
		conn := tls.Server(c, config)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if conn.HandshakeContext(ctx) != nil {
			return
		}
		l := &oneConn{conn: conn, closed: make(chan struct{})}
		server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed {
				_ = l.Close()
			}
		}}
		_ = server.Serve(l) // ends when the connection does
	}
}

// oneConn is a listener for one connection.
type oneConn struct {
	conn   net.Conn
	closed chan struct{}
	given  atomic.Bool
	shut   atomic.Bool
}

func (l *oneConn) Accept() (net.Conn, error) {
	if l.given.CompareAndSwap(false, true) {
		return l.conn, nil
	}
	<-l.closed
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	if l.shut.CompareAndSwap(false, true) {
		close(l.closed)
	}
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

func describeHosts(r scanner.Result) []string {
	var out []string
	for _, h := range r.Hosts {
		out = append(out, strings.TrimSuffix(h.Addr.String()+" "+string(h.Outcome)+": "+h.Reason, ": "))
	}
	return out
}

func describePorts(r scanner.Result) []string {
	var out []string
	for _, c := range r.Ports {
		out = append(out, c.Addr.String()+" "+string(c.Transport)+" open="+c.Open.String()+" closed="+c.Closed.String()+" filtered="+c.Filtered.String())
	}
	return out
}

// describeServices tells of each open port what is known of its service.
func describeServices(r scanner.Result) []string {
	var out []string
	for _, o := range r.Observations {
		s := o.Service
		name := strings.Join(strings.Fields(s.Name+" "+s.Product+" "+s.Version), " ")
		if name == "" {
			name = "-"
		}
		line := fmt.Sprintf("%s:%d/%s %s", o.Addr, o.Port, o.Transport, name)
		if s.TLS {
			line += " over TLS"
		}
		switch {
		case strings.HasPrefix(s.Banner, "HTTP/1.0 200 OK"):
			line += " said a page"
		case len(s.Banner) > 100:
			line += fmt.Sprintf(" said %d bytes", len(s.Banner))
		case s.Banner != "":
			line += fmt.Sprintf(" said %q", s.Banner)
		}
		out = append(out, line)
	}
	return out
}
