package enginetest

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// A Server is a small service to look at. It counts who comes.
type Server struct {
	mu      sync.Mutex
	open    map[net.Conn]struct{}
	total   int
	lastAt  time.Time
	closing bool
}

// ServeTCP accepts connections and hands each to speak, until the test ends.
// The connection is closed when speak returns.
func ServeTCP(t *testing.T, addr string, port uint16, speak func(net.Conn)) *Server {
	t.Helper()
	l, err := net.Listen("tcp", endpoint(t, addr, port))
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s := &Server{open: map[net.Conn]struct{}{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed by the clean-up below
			}
			if !s.come(c) {
				_ = c.Close()
				continue
			}
			wg.Go(func() {
				defer s.leave(c)
				speak(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.hangUp()
		wg.Wait()
	})
	return s
}

// ServeUDP answers every datagram with reply's result; nil is silence.
func ServeUDP(t *testing.T, addr string, port uint16, reply func([]byte) []byte) *Server {
	t.Helper()
	pc, err := net.ListenPacket("udp", endpoint(t, addr, port))
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s := &Server{open: map[net.Conn]struct{}{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := pc.ReadFrom(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue // an ICMP error of an earlier answer
			}
			s.mu.Lock()
			s.total, s.lastAt = s.total+1, time.Now()
			s.mu.Unlock()
			if answer := reply(buf[:n]); answer != nil {
				_, _ = pc.WriteTo(answer, from) // whoever asked may be gone
			}
		}
	})
	t.Cleanup(func() {
		_ = pc.Close()
		wg.Wait()
	})
	return s
}

// ServeHTTP serves a handler and counts connections, not requests.
func ServeHTTP(t *testing.T, addr string, port uint16, h http.Handler) *Server {
	t.Helper()
	l, err := net.Listen("tcp", endpoint(t, addr, port))
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	s := &Server{open: map[net.Conn]struct{}{}}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ConnState: func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.come(c)
		case http.StateClosed, http.StateHijacked:
			s.leave(c)
		default: // still there
		}
	}}
	var wg sync.WaitGroup
	wg.Go(func() { _ = server.Serve(l) }) // ends with Close
	t.Cleanup(func() {
		_ = server.Close()
		wg.Wait()
	})
	return s
}

// Connections counts the connections, or datagrams, so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// LastAt is when the last connection came; zero when none did.
func (s *Server) LastAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastAt
}

func (s *Server) come(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.open[c] = struct{}{}
	s.total++
	s.lastAt = time.Now()
	return true
}

func (s *Server) leave(c net.Conn) {
	s.mu.Lock()
	delete(s.open, c)
	s.mu.Unlock()
	_ = c.Close() // nothing more is to be said
}

// hangUp closes what is open, so that those who speak notice.
func (s *Server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for c := range s.open {
		_ = c.Close()
	}
}

// Silent is a tarpit: it listens for as long as the other side stays.
func Silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// Banner greets and then listens.
func Banner(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, text) // the other side may be gone
		Silent(c)
	}
}

// Endless never stops talking.
func Endless(c net.Conn) {
	line := make([]byte, 4096)
	for i := range line {
		line[i] = 'A'
	}
	for {
		if _, err := c.Write(line); err != nil {
			return
		}
	}
}

func endpoint(t *testing.T, addr string, port uint16) string {
	t.Helper()
	if err := lowPorts(); err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(netip.MustParseAddr(addr), port).String()
}
