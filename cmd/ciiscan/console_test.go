package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"
)

// The forwarder leads to the socket whatever is asked for, and tells by itself
// where a request comes from.
func TestForwarderLeadsNowhereElse(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "console.sock")
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	var host, from string
	behind := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, from = r.Host, r.Header.Get("X-Forwarded-For")
		_, _ = io.WriteString(w, "the console")
	})}
	go func() { _ = behind.Serve(ln) }()
	t.Cleanup(func() { _ = behind.Close() })

	for _, target := range []string{"/findings", "http://192.0.2.1/secrets"} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.RemoteAddr = "127.0.0.1:5555"
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		w := httptest.NewRecorder()
		forwarder(socket).ServeHTTP(w, r)
		if w.Body.String() != "the console" || from != "127.0.0.1" || host != r.Host {
			t.Errorf("%s = %d %q, host %q, from %q", target, w.Code, w.Body, host, from)
		}
	}
	w := httptest.NewRecorder()
	forwarder(socket+"-none").ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusBadGateway {
		t.Errorf("without a console = %d", w.Code)
	}
}

func TestConsoleListensOnThisMachineAlone(t *testing.T) {
	for listen, want := range map[string]bool{
		"localhost:8480": true, "127.0.0.1:1": true, "[::1]:8480": true,
		"0.0.0.0:8480": false, ":8480": false, "192.0.2.1:8480": false, "localhost.evil.example:8480": false, "8480": false,
	} {
		if got := ofThisMachine(listen); got != want {
			t.Errorf("ofThisMachine(%q) = %t", listen, got)
		}
	}
}
