package auth

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// fakeTokens knows one analyst, a token with a role that no longer exists,
// and one for which the store breaks.
type fakeTokens struct{}

func (fakeTokens) UserByToken(_ context.Context, secret string) (Identity, error) {
	switch secret {
	case "cii_good":
		return Identity{User: "amara", Role: Analyst}, nil
	case "cii_oddrole":
		return Identity{User: "amara", Role: "emperor"}, nil
	case "cii_broken":
		return Identity{}, errors.New("database gone")
	}
	return Identity{}, inventory.ErrNotFound
}

func TestIdentify(t *testing.T) {
	here, other := peer{uid: uint32(os.Geteuid())}, peer{uid: 4_000_000}
	for _, c := range []struct {
		name   string
		peer   *peer
		header string
		want   Identity // User "local:" stands for whoever runs the test
		fails  bool
		unauth bool
	}{
		{name: "nothing at all", fails: true, unauth: true},
		{name: "token", header: "Bearer cii_good", want: Identity{User: "amara", Role: Analyst}},
		{name: "scheme in lower case", header: "bearer cii_good", want: Identity{User: "amara", Role: Analyst}},
		{name: "token wins over the socket", peer: &here, header: "Bearer cii_good", want: Identity{User: "amara", Role: Analyst}},
		{name: "token opens another user's socket", peer: &other, header: "Bearer cii_good", want: Identity{User: "amara", Role: Analyst}},
		{name: "unknown token does not fall back to the socket", peer: &here, header: "Bearer cii_bad", fails: true, unauth: true},
		{name: "other scheme does not fall back to the socket", peer: &here, header: "Basic Zm9vOmJhcg==", fails: true, unauth: true},
		{name: "secret without our prefix", header: "Bearer good", fails: true, unauth: true},
		{name: "socket of our own user", peer: &here, want: Identity{User: "local:", Role: Administrator}},
		{name: "root on the socket", peer: &peer{uid: 0}, want: Identity{User: "local:", Role: Administrator}},
		{name: "stranger on the socket", peer: &other, fails: true, unauth: true},
		{name: "role that is none of ours", header: "Bearer cii_oddrole", fails: true},
		{name: "broken token store is a fault", header: "Bearer cii_broken", fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if c.peer != nil {
				r = r.WithContext(context.WithValue(r.Context(), peerKey{}, *c.peer))
			}
			if c.header != "" {
				r.Header.Set("Authorization", c.header)
			}
			got, err := Identify(fakeTokens{}, r)
			if (err != nil) != c.fails || errors.Is(err, ErrUnauthenticated) != c.unauth {
				t.Fatalf("Identify() error = %v, want failure %t, unauthenticated %t", err, c.fails, c.unauth)
			}
			if c.want.User == "local:" && strings.HasPrefix(got.User, "local:") {
				got.User = "local:"
			}
			if got != c.want {
				t.Errorf("Identify() = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestPeerOverARealSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "api.sock")
	ln, err := UnixListener(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket mode = %v, %v, want 0600", info.Mode().Perm(), err)
	}
	ids := make(chan Identity, 1)
	srv := &http.Server{
		ReadHeaderTimeout: time.Second,
		ConnContext:       ConnContext,
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			id, _ := Identify(fakeTokens{}, r)
			ids <- id
		}),
	}
	go func() { _ = srv.Serve(ln) }()
	defer srv.Close()

	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}
	resp, err := client.Get("http://ciiscand/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	want := "local:"
	if u, err := user.Current(); err == nil {
		want += u.Username
	}
	if got := <-ids; got.User != want || got.Role != Administrator {
		t.Errorf("identity over the socket = %+v, want %s, administrator", got, want)
	}
}

func TestUnixListenerRefusesAndReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "api.sock")
	first, err := UnixListener(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := UnixListener(path); err == nil || !strings.Contains(err.Error(), "another server") {
		t.Errorf("second listener on a live socket: %v, want a refusal", err)
	}
	first.(*net.UnixListener).SetUnlinkOnClose(false) // as kill -9 leaves it
	first.Close()
	again, err := UnixListener(path)
	if err != nil {
		t.Fatalf("listener over a stale socket: %v", err)
	}
	again.Close()

	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := UnixListener(plain); err == nil {
		t.Error("listener replaced a plain file")
	}
	if _, err := UnixListener(filepath.Join(dir, strings.Repeat("x", 200))); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("overlong path: %v, want a clear refusal", err)
	}
}
