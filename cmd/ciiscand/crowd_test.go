package main

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// One address cannot take all connections, and gets new ones for those that it
// gives back.
func TestConnectionsOfOneAddressHaveAnEnd(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := crowdListener{inner, newCrowd(2)}
	defer ln.Close()
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	dial()
	dial()
	first, _ := <-accepted, <-accepted
	third := dial()
	third.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := third.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the third connection is kept: %v", err)
	}
	first.Close()
	first.Close() // http.Server does so, too
	dial()
	select {
	case <-accepted:
	case <-time.After(10 * time.Second):
		t.Error("what was given back is not given out")
	}
	if n := len(ln.crowd.by); n != 1 {
		t.Errorf("%d addresses are remembered", n)
	}
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// Requests of one address wait for each other, for a while, and not for those
// of another.
func TestRequestsOfOneAddressQueueUp(t *testing.T) {
	inside, release := make(chan string, 10), make(chan struct{})
	c := newCrowd(1)
	h := queueUp(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		inside <- r.RemoteAddr
		<-release
	}), c, 50*time.Millisecond)
	ask := func(remote string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		h.ServeHTTP(w, r)
		return w
	}
	done := make(chan int, 2)
	go func() { done <- ask("192.0.2.1:1").Code }()
	<-inside
	if got := ask("192.0.2.1:2"); got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
		t.Errorf("the second at once = %d", got.Code)
	}
	go func() { done <- ask("192.0.2.2:1").Code }()
	if got := <-inside; got != "192.0.2.2:1" {
		t.Errorf("%s is served", got)
	}
	close(release)
	for range 2 {
		if got := <-done; got != http.StatusOK {
			t.Errorf("a request = %d", got)
		}
	}
	if got := ask("192.0.2.1:3").Code; got != http.StatusOK || len(c.by) != 0 {
		t.Errorf("afterwards %d, with %d addresses remembered", got, len(c.by))
	}
}
