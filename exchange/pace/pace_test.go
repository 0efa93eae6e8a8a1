package pace

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// ask is a request from somewhere, with a key or without.
func ask(remote, key string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = remote
	r.Header.Set("X-Api-Key", key)
	return r
}

// Who tries keys is soon not looked up any more. A few wrong ones take nothing
// from those who come from the same place and have a good one or none, and a
// fault of ours is nobody's wrong key.
func TestWrongKeysHaveAnEnd(t *testing.T) {
	now, asked := time.Now(), 0
	identify := New(1, 3, func() time.Time { return now }).Identify(func(r *http.Request) (exchange.Caller, error) {
		asked++
		switch r.Header.Get("X-Api-Key") {
		case "good":
			return exchange.Caller{Team: "TEAM-1", Credential: "key:1"}, nil
		case "":
			return exchange.Caller{}, nil
		case "unknown for now":
			return exchange.Caller{}, inventory.ErrUnavailable
		}
		return exchange.Caller{}, inventory.ErrForbidden
	})
	try := func(remote, key string, want error) {
		t.Helper()
		if _, err := identify(ask(remote, key)); !errors.Is(err, want) {
			t.Errorf("%q from %s = %v, want %v", key, remote, err, want)
		}
	}
	for range 2 {
		try("192.0.2.1:1", "wrong", inventory.ErrForbidden)
	}
	for range 5 {
		try("192.0.2.1:1", "unknown for now", inventory.ErrUnavailable)
	}
	try("192.0.2.1:2", "good", nil)
	try("192.0.2.1:2", "", nil)
	try("192.0.2.1:3", "wrong", inventory.ErrForbidden)
	before := asked
	_, err := identify(ask("192.0.2.1:4", "wrong"))
	if e, ok := errors.AsType[*TooManyError](err); !ok || e.Wait <= 0 || e.RetryAfter() == "0" || asked != before {
		t.Errorf("after three wrong keys: %v, looked up %v", err, asked != before)
	}
	try("192.0.2.2:1", "wrong", inventory.ErrForbidden)
	now = now.Add(2 * time.Second)
	try("192.0.2.1:1", "wrong", inventory.ErrForbidden)
}

func TestAllowsWhatWasListed(t *testing.T) {
	now := time.Now()
	p := New(1, 2, func() time.Time { return now })
	who := exchange.Caller{Team: "TEAM-1", Credential: "key:1"}
	identify := p.Identify(func(*http.Request) (exchange.Caller, error) { return who, nil })
	p.Allow(ask("192.0.2.1:1", ""), who, 5)
	for i := range 6 {
		if _, err := identify(ask("192.0.2.1:1", "")); (err == nil) != (i < 5) {
			t.Errorf("request %d = %v", i, err)
		}
	}
}

func TestForgets(t *testing.T) {
	now := time.Now()
	p := New(1, 2, func() time.Time { return now })
	for i := range maxBuckets + 100 {
		p.take(strconv.Itoa(i), 1)
	}
	if n := len(p.by); n > maxBuckets {
		t.Errorf("%d callers are remembered", n)
	}
	p.take("x", 1)
	p.take("x", 1)
	if wait := p.take("x", 1); wait <= 0 || wait > time.Second {
		t.Errorf("wait = %s, want up to a second", wait)
	}
	if p.take("nobody", 0); p.by["nobody"] != nil {
		t.Error("a look makes us remember")
	}
}

func TestAddress(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1": "192.0.2.7", "[::ffff:192.0.2.7]:1": "192.0.2.7", "[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64", "@": "",
	} {
		if got := Address(remote); got != want {
			t.Errorf("Address(%s) = %q, want %q", remote, got, want)
		}
	}
}
