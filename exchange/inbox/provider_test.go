package inbox

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/lab/strangers"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A stranger is gocsaf's provider, as a peer may run it.
type stranger struct {
	peer
	t       *testing.T
	bin     string
	dir     string
	server  *httptest.Server
	mu      sync.Mutex
	instead map[string]http.HandlerFunc // of what the provider would answer
	asked   map[string]int
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	s := &stranger{
		peer: newPeerAt(t, "TEAM-1", "cert.example", time.Now()), t: t, bin: strangers.Found(t, strangers.Gocsaf), dir: t.TempDir(),
		instead: map[string]http.HandlerFunc{}, asked: map[string]int{},
	}
	web := filepath.Join(s.dir, "web")
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(web)))
	mux.Handle("/cgi-bin/csaf_provider.go/", &cgi.Handler{
		Path: filepath.Join(s.bin, "csaf_provider"), Root: "/cgi-bin/csaf_provider.go", Env: []string{"CSAF_CONFIG=" + filepath.Join(s.dir, "config.toml")},
		Stderr: io.Discard,
	})
	s.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path]++
		other := s.instead[r.URL.Path]
		s.mu.Unlock()
		if other != nil {
			other(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	s.write("private.asc", s.private)
	s.write("public.asc", s.signer.PublicKey())
	s.write("config.toml", fmt.Sprintf(`
password = "12345"
openpgp_public_key = %[1]q
openpgp_private_key = %[2]q
folder = %[3]q
web = %[4]q
canonical_url_prefix = %[5]q
no_passphrase = true
[provider_metadata.publisher]
category = "coordinator"
name = "CERT TEAM-1"
namespace = "https://cert.example"
`, filepath.Join(s.dir, "public.asc"), filepath.Join(s.dir, "private.asc"), filepath.Join(s.dir, "data"), web, s.server.URL))
	for _, d := range []string{"web", "data"} {
		if err := os.Mkdir(filepath.Join(s.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.uploader("-a", "create")
	return s
}

func (s *stranger) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stranger) uploader(args ...string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), filepath.Join(s.bin, "csaf_uploader"), append([]string{"--insecure", "-p", "12345", "-u", s.server.URL + "/cgi-bin/csaf_provider.go"}, args...)...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "HOME="+s.dir)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "Errors:") {
		s.t.Fatalf("csaf_uploader %v: %v\n%s", args, err, out)
	}
}

// publish uploads an advisory of a number and a revision.
func (s *stranger) publish(n, revision int) {
	s.t.Helper()
	a := vulnerable(revision, advisory.Amber)
	a.ID = advisory.ID(fmt.Sprintf("ADV-%d", n))
	for i := range a.History {
		a.History[i].At = time.Now().Add(time.Duration(i-10) * time.Minute)
	}
	name := fmt.Sprintf("adv-%d.json", n)
	s.write(name, string(s.csaf(s.t, a)))
	s.uploader(name)
}

func (s *stranger) source() exchange.Source {
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
	return exchange.Source{
		ID: "SRC-1", Team: "TEAM-1", Channel: exchange.ChannelCSAF, CA: string(ca),
		URL: s.server.URL + "/.well-known/csaf/provider-metadata.json",
	}
}

func laboratory() *Poller {
	return &Poller{Admit: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PerSecond: 1000, Now: time.Now}
}

// poll polls and returns what came, by name and version.
func (s *stranger) poll(src *exchange.Source) (came []Arrival, got Polled, err error) {
	s.t.Helper()
	got, err = laboratory().Poll(s.t.Context(), *src, s.team, func(_ context.Context, a Arrival) error {
		came = append(came, a)
		return nil
	})
	src.Cursor = got.Cursor
	return came, got, err
}

func (s *stranger) examine(a Arrival) exchange.Inbound {
	agreement := s.agreement()
	agreement.EffectiveAt, agreement.ExpiresAt = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(1, 0, 0)
	return examine(a, Facts{Team: s.team, Agreement: agreement}).Inbound
}

func TestPollProvider(t *testing.T) {
	s := newStranger(t)
	src := s.source()
	s.publish(1, 1)
	s.publish(2, 1)
	came, got, err := s.poll(&src)
	if err != nil || len(came) != 2 || got.Documents != 2 || len(got.Notes) != 0 {
		t.Fatalf("the first poll brought %d, notes %q, %v; want 2", len(came), got.Notes, err)
	}
	for _, a := range came {
		if in := s.examine(a); in.State != exchange.InboundAccepted || in.Signature != exchange.SignatureGood {
			t.Errorf("%s is %s because %q", a.Name, in.State, in.Reason)
		}
	}
	if came, _, err = s.poll(&src); err != nil || len(came) != 0 {
		t.Errorf("with nothing new a poll brought %d, %v", len(came), err)
	}
	s.publish(2, 2)
	s.publish(3, 1)
	if came, _, err = s.poll(&src); err != nil || len(came) != 2 {
		t.Errorf("a revision and a new document: %d came, %v", len(came), err)
	}
	for _, a := range came {
		if in := s.examine(a); in.State != exchange.InboundAccepted {
			t.Errorf("%s is %s because %q", a.Name, in.State, in.Reason)
		}
	}
}

// One bad document is told, tried again, and handed over as what it is; the
// others come at once.
func TestPollBadDocument(t *testing.T) {
	s := newStranger(t)
	src := s.source()
	s.publish(1, 1)
	s.publish(2, 1)
	found, err := filepath.Glob(filepath.Join(s.dir, "web", ".well-known", "csaf", "amber", "*", "adv-1.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the document is at %q, %v", found, err)
	}
	if err := os.WriteFile(found[0], []byte(strings.Replace(string(s.csaf(t, vulnerable(1, advisory.Amber))), "ADV-7", "ADV-1", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for try := 1; try < maxTries; try++ {
		came, _, err := s.poll(&src)
		if want := 2 - try; err == nil || !strings.Contains(err.Error(), "adv-1.json is not what its hash") || len(came) != want {
			t.Fatalf("poll %d brought %d, %v; want %d and the reason", try, len(came), err, want)
		}
	}
	came, _, err := s.poll(&src)
	if err != nil || len(came) != 1 || came[0].Name != "adv-1.json" {
		t.Fatalf("the last poll brought %d, %v", len(came), err)
	}
	if in := s.examine(came[0]); in.State != exchange.InboundRejected || !strings.Contains(in.Reason, "hash") {
		t.Errorf("%s because %q", in.State, in.Reason)
	}
}

func TestPollProviderTrouble(t *testing.T) {
	s := newStranger(t)
	src := s.source()
	s.publish(1, 1)
	if _, _, err := s.poll(&src); err != nil {
		t.Fatal(err)
	}
	cursor := src.Cursor

	t.Run("its key changes", func(t *testing.T) {
		path := filepath.Join(s.dir, "web", ".well-known", "csaf", "provider-metadata.json")
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		other := strings.Repeat("AB", 20)
		s.with("/.well-known/csaf/provider-metadata.json", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.ReplaceAll(strings.ReplaceAll(string(raw), s.signer.Fingerprint(), other), strings.ToLower(s.signer.Fingerprint()), other))
		})
		_, got, err := s.poll(&src)
		notes := strings.Join(got.Notes, "\n")
		if err != nil || !strings.Contains(notes, "keys changed") || !strings.Contains(notes, other+", which nobody pinned") {
			t.Errorf("notes %q, %v", notes, err)
		}
	})
	t.Run("a feed leads to a private address", func(t *testing.T) {
		s.publish(2, 1)
		s.with("/.well-known/csaf/white/csaf-feed-tlp-white.json", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://10.0.0.1/feed.json", http.StatusFound)
		})
		src.Cursor, src.Hosts = cursor, []string{"10.0.0.1"} // the peer says that it is theirs
		came, _, err := s.poll(&src)
		if !errors.Is(err, inventory.ErrForbidden) || !strings.Contains(err.Error(), "10.0.0.1") {
			t.Errorf("err = %v, want that 10.0.0.1 is refused", err)
		}
		if len(came) != 1 {
			t.Errorf("%d documents of the other feeds came, want 1", len(came))
		}
	})
	t.Run("a feed is for others", func(t *testing.T) {
		s.with("/.well-known/csaf/red/csaf-feed-tlp-red.json", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
		src.Cursor = cursor
		if _, got, err := s.poll(&src); err != nil || !strings.Contains(strings.Join(got.Notes, "\n"), "not for us") {
			t.Errorf("notes %q, %v", got.Notes, err)
		}
	})
	t.Run("what cannot be kept comes again", func(t *testing.T) {
		src.Cursor = ""
		full := errors.New("disk full")
		got, err := laboratory().Poll(t.Context(), src, s.team, func(context.Context, Arrival) error { return full })
		if !errors.Is(err, full) {
			t.Errorf("err = %v", err)
		}
		src.Cursor = got.Cursor
		if came, _, err := s.poll(&src); err != nil || len(came) != 2 {
			t.Errorf("after that %d came, %v; want 2", len(came), err)
		}
	})
	t.Run("it disappears", func(t *testing.T) {
		s.with("/.well-known/csaf/provider-metadata.json", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
		if _, _, err := s.poll(&src); !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("err = %v, want ErrNotFound", err)
		}
	})
	t.Run("it is down", func(t *testing.T) {
		s.server.Close()
		before := src.Cursor
		if _, _, err := s.poll(&src); !errors.Is(err, inventory.ErrUnavailable) {
			t.Errorf("err = %v, want ErrUnavailable", err)
		}
		if readCursor(src.Cursor).String() != readCursor(before).String() {
			t.Errorf("the cursor moved from %s to %s", before, src.Cursor)
		}
	})
}

// with answers something else at a path, for the length of a test.
func (s *stranger) with(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.instead)
	s.instead[path] = h
}
