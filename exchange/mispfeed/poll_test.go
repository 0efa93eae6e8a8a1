package mispfeed

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/misp"
)

// A peer is a server that notes what it was asked for.
type peer struct {
	*httptest.Server
	asked []string
	h     http.Handler
}

func newPeer(t *testing.T, h http.Handler) *peer {
	t.Helper()
	p := &peer{h: h}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked = append(p.asked, r.URL.Path)
		p.h.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// poll returns the titles of what came.
func (p *peer) poll(t *testing.T, cursor string) ([]string, string, error) {
	t.Helper()
	p.asked = nil
	events, cursor, err := Poll(t.Context(), p.Client(), p.URL+"/misp", "key-1", cursor)
	var titles []string
	for _, raw := range events {
		r, err := misp.Decode(raw, misp.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, r.Document.Title)
	}
	return titles, cursor, err
}

func TestPollReadsOurOwnFeed(t *testing.T) {
	m := newShelf()
	p := newPeer(t, Handler(m, options()))
	cursor := ""
	step := func(when string, want ...string) {
		t.Helper()
		got, next, err := p.poll(t, cursor)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", when, got, err)
		}
		if asked := len(p.asked); asked != 1+len(want) {
			t.Errorf("%s: asked for %v", when, p.asked)
		}
		cursor = next
	}
	step("empty")
	m.release(t, "TEAM-1", 1, advisory.Amber, day.Add(time.Hour))
	m.release(t, "TEAM-1", 2, advisory.Green, day)
	m.release(t, "TEAM-2", 3, advisory.Green, day)
	step("two", "Weakness 2", "Weakness 1")
	step("nothing new")
	m.release(t, "TEAM-1", 2, advisory.Green, day.Add(2*time.Hour))
	m.release(t, "", 4, advisory.Clear, day.Add(-time.Hour)) // older than all that we have
	step("a revision and an old one", "Weakness 4", "Weakness 2")
	old := m.pubs["TEAM-1"]
	m.pubs["TEAM-1"] = old[:1]
	step("one has left")
	m.pubs["TEAM-1"] = old
	step("and is back", "Weakness 2")
	cursor = "what is this"
	step("with a cursor that cannot be read", "Weakness 4", "Weakness 1", "Weakness 2")
	if fetched := len(m.receipts); fetched != 8 {
		t.Errorf("%d receipts", fetched)
	}
}

func TestOneBadEventDoesNotStopTheOthers(t *testing.T) {
	m := newShelf()
	var names []string
	for n := range 6 {
		names = append(names, m.release(t, "TEAM-1", n+1, advisory.Amber, day.Add(time.Duration(n)*time.Hour)).File.Name)
	}
	inner := Handler(m, options())
	spoil := map[string]func(http.ResponseWriter, *http.Request){
		names[0]: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusNotFound) },
		names[1]: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"Event":{}}`) },
		names[2]: func(w http.ResponseWriter, r *http.Request) { // another one's bytes
			r.URL.Path = "/misp/" + names[4]
			inner.ServeHTTP(w, r)
		},
		names[3]: func(w http.ResponseWriter, _ *http.Request) {
			chunk := []byte(strings.Repeat(" ", 1<<20))
			for range 20 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
	}
	p := newPeer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := spoil[strings.TrimPrefix(r.URL.Path, "/misp/")]; f != nil {
			f(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	got, cursor, err := p.poll(t, "")
	if want := []string{"Weakness 5", "Weakness 6"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for i, part := range []string{"404", "is not what the manifest says", "is not what the manifest says", "larger than"} {
		if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(names[i], ".json")) || !strings.Contains(err.Error(), part) {
			t.Errorf("error does not tell of event %d: %v", i+1, err)
		}
	}
	clear(spoil)
	got, _, err = p.poll(t, cursor)
	if want := []string{"Weakness 1", "Weakness 2", "Weakness 3", "Weakness 4"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("after they are mended: %v, %v", got, err)
	}
}

// A feed without hashes can still not pass one event off as another.
func TestEventMustBeWhatItsFileSays(t *testing.T) {
	const a, b = "6b048216-6bce-404e-ba4e-84f965c8632a", "720999f7-ccc6-49a6-8650-1b9efb8ce28a"
	p := newPeer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "manifest.json") {
			fmt.Fprintf(w, `{%q:{"timestamp":"5"},"../../admin":{"timestamp":"1"},"..%%2f..":{"timestamp":"1"}}`, a)
			return
		}
		fmt.Fprintf(w, `{"Event":{"uuid":%q}}`, b)
	}))
	got, _, err := p.poll(t, "")
	if len(got) != 0 || err == nil || !strings.Contains(err.Error(), "calls itself "+b) || !strings.Contains(err.Error(), "2 entries") {
		t.Errorf("%v, %v", got, err)
	}
	if want := []string{"/misp/manifest.json", "/misp/" + a + ".json"}; !slices.Equal(p.asked, want) {
		t.Errorf("asked for %v", p.asked)
	}
}

func TestPollStopsWhereThePeerSaysNo(t *testing.T) {
	for status, kind := range map[int]error{
		http.StatusUnauthorized: inventory.ErrForbidden, http.StatusNotFound: inventory.ErrNotFound, http.StatusTooManyRequests: inventory.ErrUnavailable,
		http.StatusBadGateway: inventory.ErrUnavailable, http.StatusTeapot: inventory.ErrInvalid, http.StatusNotModified: inventory.ErrInvalid,
	} {
		p := newPeer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(status)
		}))
		_, cursor, err := p.poll(t, "")
		refusal, ok := errors.AsType[*StatusError](err)
		if !ok || !errors.Is(err, kind) || refusal.RetryAfter != 30*time.Second || strings.Contains(cursor, "etag") {
			t.Errorf("%d: %v", status, err)
		}
	}
	m := newShelf()
	for n := range 3 {
		m.release(t, "TEAM-1", n, advisory.Amber, day)
	}
	inner := Handler(m, options())
	p := newPeer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "manifest.json") {
			inner.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	if _, _, err := p.poll(t, ""); !errors.Is(err, inventory.ErrUnavailable) || len(p.asked) != 2 {
		t.Errorf("asked on after 429: %v, %v", p.asked, err)
	}
}

func TestPollTakesNoMoreThanItsLimits(t *testing.T) {
	m := newShelf()
	for n := range maxEvents + 5 {
		m.release(t, "TEAM-1", n+1, advisory.Amber, day.Add(time.Duration(n)*time.Second))
	}
	p := newPeer(t, Handler(m, options()))
	got, cursor, err := p.poll(t, "")
	if err != nil || len(got) != maxEvents {
		t.Errorf("first poll: %d, %v", len(got), err)
	}
	if got, _, err = p.poll(t, cursor); err != nil || len(got) != 5 {
		t.Errorf("second poll: %d, %v", len(got), err)
	}
	huge := newPeer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("[", 1<<20)) }))
	if _, _, err := huge.poll(t, ""); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("deep manifest: %v", err)
	}
}

func TestKeyGoesByTLSOnly(t *testing.T) {
	for _, base := range []string{"http://peer.example/misp", "https://user:pw@peer.example/", "peer.example", "", "file:///etc"} {
		_, cursor, err := Poll(t.Context(), http.DefaultClient, base, "key", "kept")
		if mistake, ok := errors.AsType[*inventory.InputError](err); !ok || mistake.Field != "url" || cursor != "kept" {
			t.Errorf("%s: %q, %v", base, cursor, err)
		}
	}
}
