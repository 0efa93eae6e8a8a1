package taxii

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pace"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

const (
	a  = rootPath + "collections/" + shelfA + "/"
	in = rootPath + "collections/" + inboxA + "/"
	b  = rootPath + "collections/" + shelfB + "/"
)

// ask sends a request as A, unless a header says otherwise: headers are
// "Name: value", and "Name:" takes one away.
func ask(t *testing.T, ts *httptest.Server, method, path, body string, headers ...string) (reply, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, ts.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("a", "key-a")
	r.Header.Set("Accept", mediaType)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", mediaType)
	}
	for _, h := range headers {
		k, v, _ := strings.Cut(h, ":")
		r.Header.Del(k)
		if v = strings.TrimSpace(v); v != "" {
			r.Header.Set(k, v)
		}
	}
	resp, err := ts.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatalf("%s %s: %q is no JSON", method, path, raw)
		}
	}
	return reply{resp.StatusCode, resp.Header}, m
}

// A reply is what came besides the body.
type reply struct {
	code   int
	header http.Header
}

// basicB is B's Authorization.
func basicB() string {
	r, _ := http.NewRequest("GET", "/", nil)
	r.SetBasicAuth("b", "key-b")
	return "Authorization: " + r.Header.Get("Authorization")
}

func TestResources(t *testing.T) {
	ts := serve(t, shelve())
	_, d := ask(t, ts, "GET", Prefix, "")
	root := ts.URL + rootPath
	if d["title"] != "Test" || d["default"] != root || !cmp.Equal(d["api_roots"], []any{root}) {
		t.Errorf("discovery = %v", d)
	}
	_, r := ask(t, ts, "GET", rootPath, "")
	if d := cmp.Diff(map[string]any{"title": "Test", "versions": []any{mediaType}, "max_content_length": float64(10 << 20)}, r); d != "" {
		t.Errorf("root differs:\n%s", d)
	}
	_, list := ask(t, ts, "GET", rootPath+"collections/", "")
	want := map[string]any{"collections": []any{
		map[string]any{"id": shelfA, "title": "For A", "alias": "for-a", "can_read": true, "can_write": false, "media_types": []any{stixType}},
		map[string]any{"id": inboxA, "title": "From A", "can_read": false, "can_write": true, "media_types": []any{stixType}},
	}}
	if d := cmp.Diff(want, list); d != "" {
		t.Errorf("collections differ (-want +got):\n%s", d)
	}
	if _, empty := ask(t, ts, "GET", a+"objects/?match[type]=malware", ""); !cmp.Equal(empty, map[string]any{"more": false}) {
		t.Errorf("an empty envelope = %v", empty)
	}
	_, v := ask(t, ts, "GET", a+"objects/"+objectID("report", 1)+"/versions/", "")
	if !cmp.Equal(v["versions"], []any{"2026-11-22T10:00:00.000Z", "2026-11-22T11:00:00.000Z"}) {
		t.Errorf("versions = %v", v)
	}
	resp, m := ask(t, ts, "GET", a+"manifest/?match[version]=all&limit=2", "")
	first := m["objects"].([]any)[0]
	record := map[string]any{"id": objectID("report", 1), "date_added": "2026-11-22T10:00:00.000001Z", "version": "2026-11-22T10:00:00.000Z", "media_type": stixType}
	if d := cmp.Diff(record, first); d != "" {
		t.Errorf("manifest record differs:\n%s", d)
	}
	if f, l := resp.header.Get("X-TAXII-Date-Added-First"), resp.header.Get("X-TAXII-Date-Added-Last"); f != "2026-11-22T10:00:00.000001Z" || l != "2026-11-22T10:00:00.000002Z" {
		t.Errorf("dates added: %s to %s", f, l)
	}
}

func found(m map[string]any) string {
	var words []string
	list, _ := m["objects"].([]any)
	for _, x := range list {
		o := x.(map[string]any)
		id := o["id"].(string)
		words = append(words, id[:strings.Index(id, "--")]+id[len(id)-1:])
	}
	return strings.Join(words, " ")
}

func TestFilters(t *testing.T) {
	ts := serve(t, shelve())
	for _, c := range []struct{ query, want string }{
		{"", "vulnerability2 note3 report1"},
		{"match[version]=last", "vulnerability2 note3 report1"},
		{"match[version]=all", "report1 vulnerability2 note3 report1"},
		{"match[version]=first", "report1 vulnerability2 note3"},
		{"match[version]=first,last", "report1 vulnerability2 note3 report1"},
		{"match[version]=2026-11-22T11:00:00Z", "report1"},
		{"match[version]=2026-11-22T11:00:00.000Z,first", "report1 vulnerability2 note3 report1"},
		{"match[type]=note,vulnerability", "vulnerability2 note3"},
		{"match[id]=" + objectID("note", 3), "note3"},
		{"match[id]=" + objectID("note", 3) + "&match[type]=report", ""},
		{"match[spec_version]=2.1", "vulnerability2 note3 report1"},
		{"match[spec_version]=2.0,2.1", "vulnerability2 note3 report1"},
		{"match[spec_version]=2.0", ""},
		{"added_after=2026-11-22T10:00:00.000002Z", "note3 report1"},                                     // exclusive
		{"added_after=2026-11-22T10:00:00.000001Z", "vulnerability2 note3 report1"},                      // not by "modified"
		{"added_after=2026-11-22T15:30:00.000003%2B05:30", "report1"},                                    // another zone
		{"added_after=2026-11-22T10:00:00.000000Z&match[version]=first", "report1 vulnerability2 note3"}, // all filters hold
		{"added_after=2027-01-01T00:00:00Z", ""},
		{"unknown=parameter", "vulnerability2 note3 report1"},
	} {
		resp, m := ask(t, ts, "GET", a+"objects/?"+c.query, "")
		if got := found(m); resp.code != 200 || got != c.want || m["more"] != false {
			t.Errorf("%s: %d %q more %v, want %q", c.query, resp.code, got, m["more"], c.want)
		}
		_, manifest := ask(t, ts, "GET", a+"manifest/?"+c.query, "")
		if got := found(manifest); got != c.want {
			t.Errorf("manifest %s: %q, want %q", c.query, got, c.want)
		}
	}
	one := a + "objects/" + objectID("report", 1) + "/"
	for query, want := range map[string]string{"": "report1", "?match[version]=all": "report1 report1", "?added_after=2027-01-01T00:00:00Z": ""} {
		if resp, m := ask(t, ts, "GET", one+query, ""); resp.code != 200 || found(m) != want {
			t.Errorf("object %s: %d %q, want %q", query, resp.code, found(m), want)
		}
	}
}

func TestPaging(t *testing.T) {
	for _, path := range []string{"objects/", "manifest/"} {
		ts := serve(t, shelve())
		query := "?match[version]=all&limit=3"
		_, m := ask(t, ts, "GET", a+path+query, "")
		token, _ := m["next"].(string)
		if found(m) != "report1 vulnerability2 note3" || m["more"] != true || token == "" {
			t.Fatalf("%s: first page = %v", path, m)
		}
		resp, m := ask(t, ts, "GET", a+path+query+"&next="+token, "")
		if found(m) != "report1" || m["more"] != false || m["next"] != nil || resp.header.Get("X-TAXII-Date-Added-First") == "" {
			t.Errorf("%s: second page = %v", path, m)
		}
		if _, again := ask(t, ts, "GET", a+path+"?match[version]=all&limit=1&next="+token, ""); found(again) != "report1" {
			t.Errorf("%s: another step = %v", path, again)
		}
		for reason, q := range map[string]string{
			"another filter":  "?match[version]=all&limit=3&match[type]=report",
			"a filter fewer":  "?limit=3",
			"another date":    "?match[version]=all&added_after=2026-01-01T00:00:00Z",
			"another version": "?match[version]=last&limit=3",
		} {
			if resp, _ := ask(t, ts, "GET", a+path+q+"&next="+token, ""); resp.code != 400 {
				t.Errorf("%s: next with %s = %d, want 400", path, reason, resp.code)
			}
		}
		bad := []byte(token)
		bad[3] ^= 1
		for _, next := range []string{string(bad), token + "A", "", token[:10]} {
			if resp, _ := ask(t, ts, "GET", a+path+query+"&next="+url.QueryEscape(next), ""); resp.code != 400 {
				t.Errorf("%s: next=%q = %d, want 400", path, next, resp.code)
			}
		}
	}
}

// What OpenCTI and others got wrong: an object changed between two pages is
// neither lost nor shown twice in one state; one that comes in late is found.
func TestChangesBetweenPages(t *testing.T) {
	m := shelve()
	ts := serve(t, m)
	_, one := ask(t, ts, "GET", a+"objects/?limit=2", "") // vulnerability2 note3
	m.add(shelfA, "vulnerability", 2, start.Add(time.Hour), "REL-5")
	m.add(shelfA, "indicator", 5, start.Add(-time.Hour), "REL-5") // "modified" long ago
	_, two := ask(t, ts, "GET", a+"objects/?limit=2&next="+one["next"].(string), "")
	_, three := ask(t, ts, "GET", a+"objects/?limit=2&next="+two["next"].(string), "")
	if got := found(one) + " | " + found(two) + " | " + found(three); got != "vulnerability2 note3 | report1 vulnerability2 | indicator5" {
		t.Errorf("pages = %s", got)
	}
}

// A client that forgets pages and goes on by the last date meets every object
// once and comes to an end.
func TestPagingByDateAlone(t *testing.T) {
	m := newMemory()
	for i := range 25 {
		m.add(shelfA, "note", i, start, "REL-1") // all "modified" at one instant
	}
	ts := serve(t, m, func(o *Options) { o.Page = 4 })
	seen := map[string]int{}
	after := "2000-01-01T00:00:00Z"
	for range 10 {
		resp, page := ask(t, ts, "GET", a+"objects/?added_after="+after, "")
		list, _ := page["objects"].([]any)
		for _, x := range list {
			seen[x.(map[string]any)["id"].(string)]++
		}
		last := resp.header.Get("X-TAXII-Date-Added-Last")
		if last == "" {
			break
		}
		after = last
	}
	if len(seen) != 25 {
		t.Fatalf("saw %d objects, want 25", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

func TestLargePagesAreCut(t *testing.T) {
	ts := serve(t, shelve(), func(o *Options) { o.MaxBytes = 10 })
	_, m := ask(t, ts, "GET", a+"objects/", "")
	if found(m) != "vulnerability2" || m["more"] != true {
		t.Fatalf("page = %v, want one object and more", m)
	}
	if _, m = ask(t, ts, "GET", a+"objects/?next="+m["next"].(string), ""); found(m) != "note3" {
		t.Errorf("the next page = %v", m)
	}
}

func TestPost(t *testing.T) {
	m := shelve()
	ts := serve(t, m)
	body := envelopeOf(objectJSON("sighting", 1, start), `{"type":"note","spec_version":"2.0","id":"`+objectID("note", 2)+`"}`, `{"type":"note","id":"`+objectID("report", 3)+`"}`)
	resp, s := ask(t, ts, "POST", in+"objects/", body)
	if resp.code != 202 || s["status"] != "pending" || s["total_count"] != 3.0 || s["pending_count"] != 1.0 || s["failure_count"] != 2.0 || s["request_timestamp"] != "2026-11-22T10:01:00.000000Z" {
		t.Fatalf("POST = %d %v", resp.code, s)
	}
	for _, f := range s["failures"].([]any) {
		if x := f.(map[string]any); x["message"] == "" || x["version"] == "" {
			t.Errorf("failure = %v", f)
		}
	}
	if len(m.posts) != 1 || string(m.posts[0].Raw) != body || m.posts[0].Collection != inboxA || len(m.posts[0].Objects) != 1 || len(m.posts[0].Refused) != 2 {
		t.Fatalf("the inbox got %+v", m.posts)
	}
	path := rootPath + "status/" + s["id"].(string) + "/"
	if resp, _ := ask(t, ts, "GET", path, "", basicB()); resp.code != 404 {
		t.Errorf("another peer's status = %d, want 404", resp.code)
	}
	ask(t, ts, "GET", path, "")
	if _, s := ask(t, ts, "GET", path, ""); s["status"] != "complete" || s["success_count"] != 1.0 {
		t.Errorf("status = %v", s)
	}
}

func TestReceipts(t *testing.T) {
	m := shelve()
	ts := serve(t, m)
	ask(t, ts, "GET", a+"manifest/", "")
	ask(t, ts, "HEAD", a+"objects/", "")
	if len(m.receipts) != 0 {
		t.Fatalf("receipts of nothing fetched: %v", m.receipts)
	}
	ask(t, ts, "GET", a+"objects/?match[version]=all", "")
	ts.Close()
	var got []exchange.ReleaseID
	for _, r := range m.receipts {
		got = append(got, r.Release)
		if r.Team != "TEAM-A" || r.Credential != "key:key-a" || r.Kind != exchange.ReceiptFetched || r.Channel != exchange.ChannelTAXII || r.Path != a+"objects/" || r.At.IsZero() {
			t.Errorf("receipt = %+v", r)
		}
	}
	slices.Sort(got)
	if !cmp.Equal(got, []exchange.ReleaseID{"REL-1", "REL-2", "REL-3"}) {
		t.Errorf("receipts of %v", got)
	}
}

// What cannot be noted is not given, and who hangs up at the last byte is
// noted: nobody gets a release and looks as if it had not.
func TestNothingWithoutItsReceipt(t *testing.T) {
	m := shelve()
	h := Handler(m, Options{Identify: caller, Now: time.Now})
	r := httptest.NewRequest("GET", a+"objects/", nil)
	r.SetBasicAuth("a", "key-a")
	h.ServeHTTP(deaf{httptest.NewRecorder()}, r)
	if len(m.receipts) != 3 {
		t.Errorf("%d receipts of who hung up, want 3", len(m.receipts))
	}
	m.unkept = inventory.ErrUnavailable
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "report") {
		t.Errorf("without a receipt: %d %s", w.Code, w.Body)
	}
}

// deaf is a caller that is gone before the end.
type deaf struct{ *httptest.ResponseRecorder }

func (deaf) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestPace(t *testing.T) {
	ts := serve(t, shelve(), func(o *Options) { o.Pace = pace.New(1, 3, o.Now) })
	for range 3 {
		if got, _ := ask(t, ts, "GET", a, ""); got.code != http.StatusOK {
			t.Fatal(got.code)
		}
	}
	got, said := ask(t, ts, "GET", a, "")
	if got.code != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || got.header.Get("Content-Type") != mediaType || said["http_status"] != "429" {
		t.Errorf("a request too many: %v, %v", got, said)
	}
	if got, _ := ask(t, ts, "GET", b, "", basicB()); got.code != http.StatusOK {
		t.Errorf("another caller pays for it: %d", got.code)
	}
	// Who was shown a list may fetch what is on it.
	ts = serve(t, shelve(), func(o *Options) { o.Pace = pace.New(1, 3, o.Now) })
	ask(t, ts, "GET", a+"manifest/", "")
	for range 5 {
		if got, _ := ask(t, ts, "GET", a+"objects/"+objectID("report", 1)+"/", ""); got.code != http.StatusOK {
			t.Errorf("what was listed: %d", got.code)
		}
	}
}

// A fault of ours is not the caller's key being wrong: it would stop coming.
func TestUnknownForNowIsNotWrong(t *testing.T) {
	ts := serve(t, shelve(), func(o *Options) {
		o.Identify = func(*http.Request) (exchange.Caller, error) { return exchange.Caller{}, inventory.ErrUnavailable }
	})
	if got, _ := ask(t, ts, "GET", a, ""); got.code != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("with no database: %d", got.code)
	}
}

func TestUnstorable(t *testing.T) {
	m := shelve()
	ts := serve(t, m)
	for path, want := range map[string]int{
		a + "objects/?match[id]=report--%00": 400, a + "objects/?match[type]=%ff": 400, a + "manifest/?match[id=report--1": 400,
		a + "objects/report--%00/": 404, rootPath + "status/%00/": 404, rootPath + "collections/%ff/": 404,
	} {
		if got, _ := ask(t, ts, "GET", path, ""); got.code != want {
			t.Errorf("%s = %d, want %d", path, got.code, want)
		}
	}
	if len(m.asked) > 0 {
		t.Errorf("the database was asked %+v", m.asked)
	}
}

func TestBytesAreAsReleased(t *testing.T) {
	ts := serve(t, shelve())
	r, _ := http.NewRequestWithContext(t.Context(), "GET", ts.URL+a+"objects/", nil)
	r.SetBasicAuth("a", "key-a")
	resp, err := ts.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	if !strings.Contains(string(raw), objectJSON("note", 3, start)) {
		t.Errorf("%s does not hold the object as it was", raw)
	}
}

func TestTroubleInsideStaysInside(t *testing.T) {
	m := shelve()
	m.broken = errors.New("pq: secret table missing")
	ts := serve(t, m)
	resp, said := ask(t, ts, "GET", a+"objects/", "")
	if resp.code != 500 || strings.Contains(strings.ToLower(said["title"].(string)+said["description"].(string)), "secret") {
		t.Errorf("%d %v", resp.code, said)
	}
}

// A client certificate goes the same way as a key: through Options.Identify.
func TestMutualTLS(t *testing.T) {
	ts := serve(t, shelve(), func(o *Options) {
		o.Identify = func(r *http.Request) (exchange.Caller, error) {
			if r.TLS == nil || r.TLS.Version < tls.VersionTLS12 {
				return exchange.Caller{}, inventory.ErrForbidden
			}
			return exchange.Caller{Team: "TEAM-B", Credential: "tls:ab"}, nil
		}
	})
	if _, m := ask(t, ts, "GET", b+"objects/", "", "Authorization:"); found(m) != "report7" {
		t.Errorf("objects = %v", m)
	}
}
