package child_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// listen opens a port in the tests' namespace for the length of a test.
func listen(t *testing.T, addr string, port int) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(addr, strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// serveHTTP serves a handler, over TLS with a config.
func serveHTTP(t *testing.T, addr string, port int, config *tls.Config, h http.HandlerFunc) {
	t.Helper()
	l := listen(t, addr, port)
	if config != nil {
		l = tls.NewListener(l, config)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
}

// serveTCP gives each connection to a function, and closes it after.
func serveTCP(t *testing.T, addr string, port int, f func(net.Conn)) {
	t.Helper()
	l := listen(t, addr, port)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				f(c)
			}()
		}
	}()
}

// answer reads once and writes a fixed answer.
func answer(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = c.Write([]byte(text))
	}
}

// watchNeighbour counts every connection to the neighbour, on the ports that
// tests try to lead nuclei to. The test fails if there is one.
func watchNeighbour(t *testing.T) {
	t.Helper()
	var visits atomic.Int64
	for _, port := range []int{53, 80, 443, 8080, 6379} {
		serveTCP(t, neighbour, port, func(net.Conn) { visits.Add(1) })
	}
	t.Cleanup(func() {
		// What is under way arrives.
		time.Sleep(200 * time.Millisecond)
		if n := visits.Load(); n > 0 {
			t.Errorf("the neighbour had %d connections, want none", n)
		}
	})
}
