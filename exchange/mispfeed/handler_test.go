package mispfeed

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pace"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/misp"
)

var day = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// memory is a shelf: what everybody may have under "", and each team's.
type memory struct {
	mu       sync.Mutex
	pubs     map[exchange.TeamID][]exchange.Publication
	reads    int
	receipts []exchange.Receipt
	broken   error
}

func (m *memory) Published(_ context.Context, who exchange.Caller, f exchange.Format) ([]exchange.Publication, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := slices.Clone(m.pubs[""])
	if who.Team != "" {
		out = append(out, m.pubs[who.Team]...)
	}
	for i := range out {
		if out[i].File.Format != f {
			return nil, fmt.Errorf("asked for %s", f)
		}
		out[i].File.Bytes = nil
	}
	return out, m.broken
}

func (m *memory) PublishedFile(_ context.Context, who exchange.Caller, _ exchange.Format, name string) (exchange.Publication, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	for _, team := range []exchange.TeamID{who.Team, ""} {
		for _, p := range m.pubs[team] {
			if p.File.Name == name {
				return p, m.broken
			}
		}
	}
	return exchange.Publication{}, fmt.Errorf("file %s: %w", name, inventory.ErrNotFound)
}

func (m *memory) KeepReceipt(_ context.Context, r exchange.Receipt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.receipts = append(m.receipts, r)
	return m.broken
}

// release puts an advisory on the shelf for a team, or "" for everybody. A
// later release of the same takes the earlier one's place.
func (m *memory) release(t *testing.T, team exchange.TeamID, n int, tlp advisory.TLP, at time.Time) exchange.Publication {
	t.Helper()
	e, err := misp.Encode(advisory.Advisory{
		ID: advisory.ID(fmt.Sprintf("ADV-%d", n)), Revision: 1, State: advisory.Released, TLP: tlp, Category: advisory.Vulnerability,
		Title: fmt.Sprintf("Weakness %d", n), Summary: "Seen often.", CVEs: []string{fmt.Sprintf("CVE-2026-%04d", n)},
		History: []advisory.Change{{Revision: 1, At: day, Summary: "First version."}},
	}, misp.Options{Org: "Example CERT", Namespace: "https://cert.example", Key: []byte("0123456789abcdef"), Audience: string(team), Released: at})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := misp.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	p := exchange.Publication{
		Release: exchange.ReleaseID(fmt.Sprintf("REL-%d", n)), TLP: tlp,
		File: exchange.File{Format: exchange.FormatMISP, Name: e.FileName(), MediaType: misp.MediaType, Bytes: raw, SHA256: hex.EncodeToString(sum[:])},
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pubs[team] = append(slices.DeleteFunc(m.pubs[team], func(x exchange.Publication) bool { return x.File.Name == p.File.Name }), p)
	return p
}

func newShelf() *memory { return &memory{pubs: map[exchange.TeamID][]exchange.Publication{}} }

func options() Options {
	return Options{
		Identify: func(r *http.Request) (exchange.Caller, error) {
			switch key := r.Header.Get("Authorization"); key {
			case "":
				return exchange.Caller{}, nil
			case "key-1", "key-2":
				return exchange.Caller{Team: exchange.TeamID("TEAM-" + key[4:]), Credential: "key:" + key}, nil
			}
			return exchange.Caller{}, inventory.ErrForbidden
		},
		Now: func() time.Time { return day },
	}
}

func get(h http.Handler, key, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if key != "" {
		r.Header.Set("Authorization", key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// listed is how many events a manifest has, or minus its status.
func listed(t *testing.T, h http.Handler, key string) int {
	t.Helper()
	w := get(h, key, "/misp/manifest.json")
	if w.Code != http.StatusOK {
		return -w.Code
	}
	entries, skipped, err := misp.ReadManifest(w.Body.Bytes(), misp.Limits{})
	if err != nil || skipped != 0 {
		t.Fatalf("manifest of %q: %d skipped, %v", key, skipped, err)
	}
	return len(entries)
}

func TestEachCallerSeesItsOwn(t *testing.T) {
	m := newShelf()
	h := Handler(m, options())
	see := func(when string, nobody, first, second, wrong int) {
		t.Helper()
		for key, want := range map[string]int{"": nobody, "key-1": first, "key-2": second, "stolen": wrong} {
			if got := listed(t, h, key); got != want {
				t.Errorf("%s: %q sees %d, not %d", when, key, got, want)
			}
		}
	}
	see("empty", -401, 0, 0, -401)
	one := m.release(t, "TEAM-1", 1, advisory.Amber, day)
	m.release(t, "TEAM-1", 2, advisory.Red, day)
	m.release(t, "TEAM-2", 3, advisory.Green, day)
	see("bilateral only", -401, 2, 1, -401)
	open := m.release(t, "", 4, advisory.Clear, day)
	see("one public", 1, 3, 2, -401)

	for _, c := range []struct {
		key  string
		file string
		want int
	}{
		{"", open.File.Name, 200},
		{"key-1", open.File.Name, 200},
		{"stolen", open.File.Name, 401},
		{"", one.File.Name, 401},
		{"key-1", one.File.Name, 200},
		{"key-2", one.File.Name, 404},
		{"", "6b048216-6bce-404e-ba4e-84f965c8632a.json", 401},
		{"key-1", "6b048216-6bce-404e-ba4e-84f965c8632a.json", 404},
		{"key-1", "../../etc/passwd", 404},
		{"key-1", "", 404},
		{"key-1", "manifest.json.asc", 404},
		{"", "manifest.json.asc", 401},
	} {
		w := get(h, c.key, "/misp/"+c.file)
		if w.Code != c.want {
			t.Errorf("%q gets %s: %d, not %d", c.key, c.file, w.Code, c.want)
		}
		if w.Code == 401 && w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%q is not told how to come", c.key)
		}
		if w.Header().Get("Cache-Control") != "private, no-cache" || !strings.Contains(w.Header().Get("Vary"), "Authorization") {
			t.Errorf("%s may be mixed up by a cache: %v", c.file, w.Header())
		}
	}
	m.pubs["TEAM-1"] = nil // its agreement ended
	see("after the end", 1, 1, 2, -401)
}

func TestFilesAreWhatTheManifestSays(t *testing.T) {
	m := newShelf()
	p := m.release(t, "TEAM-1", 1, advisory.Amber, day)
	h := Handler(m, options())
	raw := get(h, "key-1", "/misp/manifest.json").Body.Bytes()
	var manifest map[string]map[string]any
	if err := json.Unmarshal(raw, &manifest); err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSuffix(p.File.Name, ".json")
	entry := manifest[id]
	for _, must := range []string{"info", "Orgc", "timestamp", "date", "analysis", "threat_level_id", "Tag", "integrity:sha256"} {
		if entry[must] == nil {
			t.Errorf("manifest lacks %s", must)
		}
	}
	if _, signed := entry["integrity:pgp"]; signed {
		t.Error("a signature is announced and there is none")
	}
	w := get(h, "key-1", "/misp/"+p.File.Name)
	sum := sha256.Sum256(w.Body.Bytes())
	if entry["integrity:sha256"] != hex.EncodeToString(sum[:]) || !bytes.Equal(w.Body.Bytes(), p.File.Bytes) || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("event is not what the manifest says: %v", entry)
	}
	cve := md5.Sum([]byte("CVE-2026-0001"))
	if hashes := get(h, "key-1", "/misp/hashes.csv").Body.String(); !strings.Contains(hashes, hex.EncodeToString(cve[:])+","+id+"\n") {
		t.Errorf("hashes.csv lacks the CVE:\n%s", hashes)
	}
}

func TestETagAndReceipts(t *testing.T) {
	m := newShelf()
	p := m.release(t, "TEAM-1", 1, advisory.Amber, day)
	m.release(t, "", 2, advisory.Clear, day)
	h := Handler(m, options())
	for _, path := range []string{"manifest.json", "hashes.csv", p.File.Name} {
		first := get(h, "key-1", "/misp/"+path)
		tag := first.Header().Get("ETag")
		if again := get(h, "key-1", "/misp/"+path, "If-None-Match", tag); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s again: %d", path, again.Code)
		}
	}
	get(h, "", "/misp/"+m.pubs[""][0].File.Name)
	want := []exchange.Receipt{{
		Release: "REL-1", Team: "TEAM-1", Channel: exchange.ChannelMISP, Kind: exchange.ReceiptFetched, At: day, Credential: "key:key-1", Path: "/misp/" + p.File.Name,
	}}
	if !slices.Equal(m.receipts, want) {
		t.Errorf("receipts %+v", m.receipts)
	}
	tag := get(h, "key-1", "/misp/manifest.json").Header().Get("ETag")
	reads := m.reads
	if get(h, "key-1", "/misp/manifest.json"); m.reads != reads {
		t.Error("the manifest reads files that it knows")
	}
	m.release(t, "TEAM-1", 1, advisory.Amber, day.Add(time.Hour))
	if get(h, "key-1", "/misp/manifest.json", "If-None-Match", tag).Code != http.StatusOK {
		t.Error("a new revision does not change the ETag")
	}
}

func TestSignedFeed(t *testing.T) {
	m := newShelf()
	m.release(t, "TEAM-1", 1, advisory.Amber, day)
	m.pubs["TEAM-1"][0].File.Signature = "armoured"
	o := options()
	o.Sign = func(b []byte) (string, error) { return fmt.Sprintf("%x", sha256.Sum256(b)), nil }
	h := Handler(m, o)
	raw := get(h, "key-1", "/misp/manifest.json").Body.Bytes()
	if !bytes.Contains(raw, []byte(`"integrity:pgp": "armoured"`)) {
		t.Errorf("no signature in %s", raw)
	}
	if got := get(h, "key-1", "/misp/manifest.json.asc").Body.String(); got != fmt.Sprintf("%x", sha256.Sum256(raw)) {
		t.Errorf("signature of the manifest is %q", got)
	}
}

func TestWhatIsWrongStaysInside(t *testing.T) {
	m := newShelf()
	bad := m.release(t, "TEAM-1", 1, advisory.Amber, day)
	m.release(t, "TEAM-1", 2, advisory.Amber, day)
	m.pubs["TEAM-1"][0].File.Bytes = append(bytes.Clone(bad.File.Bytes), ' ')
	var log bytes.Buffer
	o := options()
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	h := Handler(m, o)
	if n := listed(t, h, "key-1"); n != 1 || !strings.Contains(log.String(), "REL-1") {
		t.Errorf("%d events beside a changed one, log %s", n, &log)
	}
	if w := get(h, "key-1", "/misp/"+bad.File.Name); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("a changed event is given out: %d", w.Code)
	}
	m.pubs[""] = m.pubs["TEAM-1"][1:] // as if the store gave AMBER to everybody
	for _, path := range []string{"manifest.json", "hashes.csv", m.pubs[""][0].File.Name} {
		if w := get(h, "", "/misp/"+path); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "Weakness") {
			t.Errorf("a stranger gets %s: %d", path, w.Code)
		}
	}
	m.broken = errors.New("disk of 10.0.0.7 is full")
	for _, path := range []string{"manifest.json", m.pubs[""][0].File.Name} {
		if w := get(h, "key-2", "/misp/"+path); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "10.0.0.7") {
			t.Errorf("broken store, %s: %d %s", path, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/misp/manifest.json", io.NopCloser(strings.NewReader("{}")))
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	if got := listed(t, Handler(newShelf(), Options{}), "key-1"); got != -401 {
		t.Errorf("without a way to identify: %d", got)
	}
}

// Nobody asks without end, and who was shown the manifest may fetch all that
// is in it.
func TestPace(t *testing.T) {
	m := newShelf()
	var names []string
	for n := range 5 {
		names = append(names, m.release(t, "TEAM-1", n+1, advisory.Green, day).File.Name)
	}
	o := options()
	o.Pace = pace.New(1, 2, o.Now)
	h := Handler(m, o)
	get(h, "key-1", root+"manifest.json")
	for _, name := range names {
		if got := get(h, "key-1", root+name); got.Code != http.StatusOK {
			t.Errorf("%s = %d", name, got.Code)
		}
	}
	var last *httptest.ResponseRecorder
	for range 10 {
		last = get(h, "key-1", root+names[0])
	}
	if last.Code != http.StatusTooManyRequests || last.Header().Get("Retry-After") == "" {
		t.Errorf("without end: %d", last.Code)
	}
	if got := get(h, "key-2", root+"manifest.json"); got.Code != http.StatusOK {
		t.Errorf("another caller pays for it: %d", got.Code)
	}
}
