package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pace"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/gocsaf/csaf/v3/csaf"
)

// Each folder, to each caller: exactly what it may have.
func TestEachSeesItsOwn(t *testing.T) {
	s := newSite(t, nil, nil)
	s.fill(3, 4, 5) // TEAM-1: green, amber, amber+strict, red; TEAM-2: one more green
	for _, c := range []struct {
		as    exchange.TeamID
		want  map[string]int
		feeds []string
	}{
		{"", map[string]int{"white": 3}, []string{"white"}},
		{"TEAM-1", map[string]int{"white": 3, "green": 1, "amber": 1, "red": 2}, []string{"white", "green", "amber", "red"}},
		{"TEAM-2", map[string]int{"white": 3, "green": 2, "amber": 1, "red": 2}, []string{"white", "green", "amber", "red"}},
	} {
		var meta pmd
		decode(t, s.get(c.as, root+"provider-metadata.json"), &meta)
		validate(t, csaf.ValidateProviderMetadata, s.get(c.as, root+"provider-metadata.json"))
		if public := c.as == ""; meta.List != public || meta.Mirror != public {
			t.Errorf("%q: what a peer sees is offered to aggregators", c.as)
		}
		var service serviceDoc
		decode(t, s.get(c.as, root+"service.json"), &service)
		var feeds []string
		for i, f := range meta.Distributions[0].Rolie.Feeds {
			feeds = append(feeds, strings.ToLower(f.Label))
			if href := service.Service.Workspace[0].Collection[i].HRef; href != f.URL {
				t.Errorf("%q: service document has %s, metadata %s", c.as, href, f.URL)
			}
		}
		if !slices.Equal(feeds, c.feeds) {
			t.Errorf("%q is told of feeds %v, want %v", c.as, feeds, c.feeds)
		}
		got := map[string]int{}
		for _, l := range c.feeds {
			path := root + l + "/csaf-feed-tlp-" + l + ".json"
			validate(t, csaf.ValidateROLIE, s.get(c.as, path))
			var f feedDoc
			decode(t, s.get(c.as, path), &f)
			got[l] = len(f.Feed.Entry)
			s.checkEntries(c.as, f, l)
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%q gets %v, want %v", c.as, got, c.want)
		}
	}
}

// checkEntries fetches what a feed names, compares the lists of the folder
// with it, and sees that another team cannot get any of it.
func (s *site) checkEntries(as exchange.TeamID, f feedDoc, l string) {
	s.t.Helper()
	index, changes := s.lists(as, l)
	last := "9"
	for _, e := range f.Feed.Entry {
		where := strings.TrimPrefix(e.Content.Src, s.url+root+l+"/")
		if !strings.Contains("\n"+index, "\n"+where+"\n") || !strings.Contains(changes, fmt.Sprintf("%q,%q\n", where, e.Updated)) {
			s.t.Errorf("%s is not in index.txt or changes.csv of %s", where, l)
		}
		if e.Updated > last || !strings.HasSuffix(e.Updated, "Z") {
			s.t.Errorf("%s: %s after %s", where, e.Updated, last)
		}
		last = e.Updated
		for _, link := range e.Link {
			if res := s.get(as, strings.TrimPrefix(link.HRef, s.url)); res.status != http.StatusOK {
				s.t.Errorf("%q gets %d for %s", as, res.status, link.HRef)
			}
			if l == "white" {
				continue
			}
			path := strings.TrimPrefix(link.HRef, s.url)
			if res := s.get("", path); res.status != http.StatusUnauthorized {
				s.t.Errorf("a stranger gets %d for %s", res.status, path)
			}
			other := map[exchange.TeamID]exchange.TeamID{"TEAM-1": "TEAM-2", "TEAM-2": "TEAM-1"}[as]
			if res := s.get(other, path); res.status != http.StatusNotFound {
				s.t.Errorf("%s gets %d for %s of %s", other, res.status, path, as)
			}
		}
	}
	if n := strings.Count(index, "\n"); n != len(f.Feed.Entry) || n != strings.Count(changes, "\n") {
		s.t.Errorf("%q: %d lines in index.txt of %s, %d entries", as, n, l, len(f.Feed.Entry))
	}
	if len(f.Feed.Entry) > 0 && f.Feed.Updated != f.Feed.Entry[0].Updated {
		s.t.Errorf("feed of %s is of %s, its newest entry of %s", l, f.Feed.Updated, f.Feed.Entry[0].Updated)
	}
}

// lists are index.txt and changes.csv of one label: in its folder under white,
// otherwise the label's part of those beside the metadata.
func (s *site) lists(as exchange.TeamID, l string) (index, changes string) {
	s.t.Helper()
	if l == "white" {
		return s.get(as, root+"white/index.txt").body, s.get(as, root+"white/changes.csv").body
	}
	for line := range strings.Lines(s.get(as, root+"index.txt").body) {
		if path, ok := strings.CutPrefix(line, l+"/"); ok {
			index += path
		}
	}
	for line := range strings.Lines(s.get(as, root+"changes.csv").body) {
		if path, ok := strings.CutPrefix(line, `"`+l+"/"); ok {
			changes += `"` + path
		}
	}
	return index, changes
}

// Directories are for what everybody may have: a peer is told of none, and of
// none but white are there lists in the folder.
func TestDirectoryOnlyForWhite(t *testing.T) {
	s := newSite(t, nil, nil)
	s.fill(3, 4, 5)
	for as, want := range map[exchange.TeamID][]string{"": {s.url + root + "white/"}, "TEAM-1": nil, "TEAM-2": nil} {
		var meta pmd
		decode(t, s.get(as, root+"provider-metadata.json"), &meta)
		var got []string
		for _, d := range meta.Distributions {
			if d.DirectoryURL != "" {
				got = append(got, d.DirectoryURL)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is told of directories %v, want %v", as, got, want)
		}
	}
	for _, l := range []string{"green", "amber", "red"} {
		for _, name := range []string{"", "index.txt", "changes.csv"} {
			if res := s.get("TEAM-1", root+l+"/"+name); res.status != http.StatusNotFound {
				t.Errorf("TEAM-1 gets %d for %s/%s", res.status, l, name)
			}
		}
	}
	for _, name := range []string{"index.txt", "changes.csv"} {
		if res := s.get("", root+name); res.status != http.StatusNotFound {
			t.Errorf("a stranger gets %d for %s beside the metadata", res.status, name)
		}
	}
}

func decode(t *testing.T, res answer, into any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(res.body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", res.path, err)
	}
}

func validate(t *testing.T, schema func(any) ([]string, error), res answer) {
	t.Helper()
	var doc any
	decode(t, res, &doc)
	if faults, err := schema(doc); err != nil || len(faults) > 0 {
		t.Errorf("%s: %v, %v", res.path, faults, err)
	}
}

func TestAnswers(t *testing.T) {
	s := newSite(t, nil, nil)
	s.fill(1, 2, 0) // ADV-1 white, ADV-2 green, ADV-3 amber
	fpr := s.signer.Fingerprint()
	for _, c := range []struct {
		reason string
		as     exchange.TeamID
		path   string
		status int
		kind   string
	}{
		{"metadata", "", "provider-metadata.json", 200, "application/json"},
		{"service document", "", "service.json", 200, "application/json"},
		{"feed", "", "white/csaf-feed-tlp-white.json", 200, "application/json"},
		{"categories", "", "white/category-white.json", 200, "application/json"},
		{"document", "", "white/2025/adv-1.json", 200, "application/json"},
		{"hash", "", "white/2025/adv-1.json.sha256", 200, "text/plain"},
		{"signature", "", "white/2025/adv-1.json.asc", 200, "application/pgp-signature"},
		{"key", "", "openpgp/" + fpr + ".asc", 200, "application/pgp-keys"},
		{"listing of a label", "", "white/", 200, "text/html; charset=utf-8"},
		{"listing of a year", "", "white/2025/", 200, "text/html; charset=utf-8"},
		{"index", "", "white/index.txt", 200, "text/plain; charset=utf-8"},
		{"changes", "", "white/changes.csv", 200, "text/csv; charset=utf-8"},
		{"a peer's document", "TEAM-1", "amber/2025/adv-3.json", 200, "application/json"},
		{"a peer's listing", "TEAM-1", "amber/2025/", 200, "text/html; charset=utf-8"},
		{"a feed that is empty for this peer", "TEAM-2", "red/csaf-feed-tlp-red.json", 200, "application/json"},

		{"no such document", "", "white/2025/adv-9.json", 404, ""},
		{"no such hash", "", "white/2025/adv-9.json.sha256", 404, ""},
		{"a hash that we do not make", "", "white/2025/adv-1.json.md5", 404, ""},
		{"wrong year", "", "white/2024/adv-1.json", 404, ""},
		{"no year", "", "white/adv-1.json", 404, ""},
		{"empty year", "", "white/1999/", 404, ""},
		{"too deep", "", "white/2025/x/adv-1.json", 404, ""},
		{"a label without its slash", "", "white", 404, ""},
		{"amber under white", "TEAM-1", "white/2025/adv-3.json", 404, ""},
		{"white under amber", "TEAM-1", "amber/2025/adv-1.json", 404, ""},
		{"green under amber", "TEAM-1", "amber/2025/adv-2.json", 404, ""},
		{"another team's", "TEAM-2", "amber/2025/adv-3.json", 404, ""},
		{"another key", "", "openpgp/0000.asc", 404, ""},
		{"root", "", "", 404, ""},
		{"the paths of CSAF 2.1", "", "v2.1/provider-metadata.json", 404, ""},
		{"unlabelled", "", "unlabeled/", 404, ""},
		{"climbing", "", "white/2025/..%2f..%2fprovider-metadata.json", 404, ""},

		{"a stranger and amber", "", "amber/2025/adv-3.json", 401, ""},
		{"a stranger and an amber that is not there", "", "amber/2025/adv-9.json", 401, ""},
		{"a stranger and the red feed", "", "red/csaf-feed-tlp-red.json", 401, ""},
		{"a stranger and the green listing", "", "green/", 401, ""},
	} {
		res := s.get(c.as, root+c.path)
		kind := res.header.Get("Content-Type")
		if res.status != c.status || c.status == 200 && kind != c.kind {
			t.Errorf("%s: %q gets %d %s for %s, want %d %s", c.reason, c.as, res.status, kind, c.path, c.status, c.kind)
		}
		if c.status != 200 && (kind != "text/plain; charset=utf-8" || res.header.Get("ETag") != "") {
			t.Errorf("%s: an error that looks like a document: %v", c.reason, res.header)
		}
		if c.status == 401 && res.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: 401 without WWW-Authenticate", c.reason)
		}
		if cache := res.header.Get("Cache-Control"); (c.as != "" || c.status == 401) && cache != "private, no-store" {
			t.Errorf("%s: Cache-Control %q", c.reason, cache)
		}
		if vary := res.header.Get("Vary"); vary != "Authorization, X-Api-Key" {
			t.Errorf("%s: Vary %q", c.reason, vary)
		}
	}
	if res := s.get("", root+"service.json", "method", "POST"); res.status != http.StatusMethodNotAllowed {
		t.Errorf("POST = %d", res.status)
	}
	if res := s.get("", "/elsewhere"); res.status != http.StatusNotFound {
		t.Errorf("outside = %d", res.status)
	}
}

func TestSecurityTxt(t *testing.T) {
	at := time.Date(2026, 8, 31, 15, 4, 5, 0, time.UTC)
	s := newSite(t, func(o *Options) {
		o.Now = func() time.Time { return at }
		o.Policy = "https://cert.example/policy\nX: y"
	}, nil)
	want := "Contact: mailto:soc@cert.example\nExpires: 2027-03-03T00:00:00Z\nEncryption: " + s.url + root + "openpgp/" + s.signer.Fingerprint() + ".asc\n" +
		"Preferred-Languages: en, bn\nCanonical: " + s.url + "/.well-known/security.txt\nPolicy: https://cert.example/policy"
	got := s.get("", "/.well-known/security.txt").body
	if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "\nCSAF: "+s.url+root+"provider-metadata.json\n") || strings.Contains(got, "\nX:") {
		t.Errorf("security.txt =\n%s", got)
	}
}

func TestConditional(t *testing.T) {
	s := newSite(t, nil, nil)
	s.fill(1, 1, 0)
	for _, path := range []string{"provider-metadata.json", "white/csaf-feed-tlp-white.json", "white/2025/adv-1.json", "white/index.txt"} {
		tag := s.get("", root+path).header.Get("ETag")
		if tag == "" {
			t.Errorf("%s has no ETag", path)
		}
		if res := s.get("", root+path, "If-None-Match", tag); res.status != http.StatusNotModified {
			t.Errorf("%s with its own ETag = %d", path, res.status)
		}
		s.release("", advisory.Clear)
		if res := s.get("", root+path, "If-None-Match", tag); (res.status == http.StatusOK) == strings.Contains(path, "adv-1") {
			t.Errorf("%s after another release = %d", path, res.status)
		}
	}
}

func TestReceipts(t *testing.T) {
	s := newSite(t, nil, nil)
	s.fill(1, 1, 0)
	path := root + "green/2025/adv-2.json"
	s.get("", root+"white/2025/adv-1.json")        // by nobody
	s.get("TEAM-1", path+".asc")                   // not the document
	s.get("TEAM-1", path, "method", "HEAD")        // not read
	s.get("TEAM-2", path)                          // not theirs
	tag := s.get("TEAM-1", path).header["Etag"]    // this one
	s.get("TEAM-1", path, "If-None-Match", tag[0]) // had it already
	s.get("TEAM-2", root+"white/2025/adv-1.json")  // and this
	if len(s.shelf.receipts) != 2 {
		t.Fatalf("receipts = %+v, want 2", s.shelf.receipts)
	}
	got := s.shelf.receipts[0]
	if got.At.IsZero() {
		t.Error("a receipt without a time")
	}
	got.At = time.Time{}
	want := exchange.Receipt{Release: "REL-2", Team: "TEAM-1", Channel: exchange.ChannelCSAF, Kind: exchange.ReceiptFetched, Credential: "tls:" + peerSum, Path: path}
	if got != want || s.shelf.receipts[1].Credential != "key:TEAM-2" {
		t.Errorf("receipts = %+v, want %+v first", s.shelf.receipts, want)
	}
}

func TestFailsClosed(t *testing.T) {
	s := newSite(t, nil, nil)
	s.fill(1, 1, 0)
	path := root + "green/2025/adv-2.json"
	for reason, spoil := range map[string]func(*exchange.Publication){
		"bytes changed on the shelf": func(p *exchange.Publication) { p.File.Bytes = append([]byte(" "), p.File.Bytes...) },
		"signature lost":             func(p *exchange.Publication) { p.File.Signature = "" },
		"long hash changed":          func(p *exchange.Publication) { p.File.SHA512 = strings.Repeat("0", 128) },
	} {
		good := s.shelf.pubs["TEAM-1"][0]
		spoil(&s.shelf.pubs["TEAM-1"][0])
		for _, ext := range []string{"", ".sha256", ".asc"} {
			if res := s.get("TEAM-1", path+ext); res.status != http.StatusServiceUnavailable {
				t.Errorf("%s: %s is given out (%d)", reason, path+ext, res.status)
			}
		}
		s.shelf.pubs["TEAM-1"][0] = good
	}
	// What is not TLP:CLEAR and yet stands among what is for everybody.
	s.shelf.pubs[""] = append(s.shelf.pubs[""], s.shelf.pubs["TEAM-1"][0])
	for _, path := range []string{"provider-metadata.json", "white/csaf-feed-tlp-white.json", "white/2025/adv-2.json"} {
		if res := s.get("", root+path); res.status != http.StatusServiceUnavailable {
			t.Errorf("a green release among the public ones: %s = %d", path, res.status)
		}
	}
	s.shelf.broken = errors.New("no database")
	res := s.get("", root+"provider-metadata.json")
	if text := res.body; res.status != http.StatusServiceUnavailable || strings.Contains(text, "database") || res.header.Get("Retry-After") == "" {
		t.Errorf("without a store = %d %q", res.status, text)
	}
}

func TestCredentials(t *testing.T) {
	s := newSite(t, nil, nil)
	s.fill(0, 1, 1)
	for reason, h := range map[string][]string{
		"X-Api-Key": {"X-Api-Key", "key of TEAM-2"}, "bearer": {"Authorization", "Bearer key of TEAM-2"},
		"basic": {"Authorization", "Basic " + basic("us", "key of TEAM-2")},
	} {
		if res := s.get("", root+"green/2025/adv-2.json", h...); res.status != http.StatusOK {
			t.Errorf("%s = %d", reason, res.status)
		}
	}
	for reason, h := range map[string][]string{
		"wrong key": {"X-Api-Key", "key of TEAM-9"}, "wrong bare key": {"Authorization", "nothing"}, "wrong basic": {"Authorization", "Basic " + basic("TEAM-2", "x")},
		"no key in it": {"X-Api-Key", ""}, "no password": {"Authorization", "Basic " + basic("TEAM-2", "")}, "no token": {"Authorization", "Bearer "},
	} {
		if res := s.get("", root+"provider-metadata.json", h...); res.status != http.StatusUnauthorized {
			t.Errorf("%s = %d, want 401 even for what is public", reason, res.status)
		}
	}
}

func basic(user, password string) string {
	req, _ := http.NewRequest(http.MethodGet, "https://x", nil)
	req.SetBasicAuth(user, password)
	return strings.TrimPrefix(req.Header.Get("Authorization"), "Basic ")
}

// A peer's own edition of something public stands in its feeds instead of the
// public one, until that is newer.
func TestOneEditionOfEach(t *testing.T) {
	s := newSite(t, nil, nil)
	p := s.release("", advisory.Clear)
	s.n--
	s.release("TEAM-1", advisory.Amber)
	count := func(as exchange.TeamID) (white, amber int) {
		for l, n := range map[string]*int{"white": &white, "amber": &amber} {
			var f feedDoc
			decode(t, s.get(as, root+l+"/csaf-feed-tlp-"+l+".json"), &f)
			*n = len(f.Feed.Entry)
		}
		return white, amber
	}
	if w, a := count("TEAM-1"); w != 0 || a != 1 {
		t.Errorf("TEAM-1 sees %d white and %d amber of one advisory, want its own", w, a)
	}
	if w, a := count("TEAM-2"); w != 1 || a != 0 {
		t.Errorf("TEAM-2 sees %d white and %d amber of one advisory, want the public one", w, a)
	}
	for _, path := range []string{"white/2025/adv-1.json", "amber/2025/adv-1.json"} {
		if res := s.get("TEAM-1", root+path); res.status != http.StatusOK {
			t.Errorf("TEAM-1 gets %d for %s", res.status, path)
		}
	}
	p.Revision = 2
	s.shelf.pubs[""] = []exchange.Publication{p}
	if w, a := count("TEAM-1"); w != 1 || a != 0 {
		t.Errorf("TEAM-1 sees %d white and %d amber, want the newer public revision", w, a)
	}
}

// Two editions under the same label have the same address: each gets the one
// that its feed tells of, and the receipt is of that.
func TestOwnEditionOfTheSameLabel(t *testing.T) {
	s := newSite(t, nil, nil)
	public := s.release("", advisory.Clear)
	s.n--
	s.release("TEAM-1", advisory.Clear)
	own := &s.shelf.pubs["TEAM-1"][0]
	own.Release = "REL-9"
	for as, want := range map[exchange.TeamID]exchange.Publication{"TEAM-1": *own, "TEAM-2": public, "": public} {
		if got := s.get(as, root+"white/2025/adv-1.json.sha256"); !strings.HasPrefix(got.body, want.File.SHA256) {
			t.Errorf("%q gets the hash of another edition", as)
		}
		if got := s.get(as, root+"white/2025/adv-1.json"); got.body != string(want.File.Bytes) {
			t.Errorf("%q gets another edition", as)
		}
	}
	for _, r := range s.shelf.receipts {
		if (r.Team == "TEAM-1") != (r.Release == own.Release) {
			t.Errorf("receipt %+v", r)
		}
	}
}

// What can be no file of ours is not there, and the shelf is not asked.
func TestNoFileOfOurs(t *testing.T) {
	s := newSite(t, nil, nil)
	s.shelf.broken = errors.New("asked")
	for _, name := range []string{"%00.json", "adv%00.json.asc", "%ff.json", "ADV-1.json", "adv-1.json%20"} {
		if got := s.get("", root+"white/2025/"+name); got.status != http.StatusNotFound {
			t.Errorf("%s = %d, want 404", name, got.status)
		}
	}
}

func TestRateLimit(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := newSite(t, func(o *Options) { o.Now = func() time.Time { return now }; o.Pace = pace.New(2, 5, o.Now) }, nil)
	s.fill(4, 0, 0)
	ask := func(as exchange.TeamID, path string) int { return s.get(as, root+path).status }
	for i := range 5 {
		if got := ask("TEAM-2", "openpgp/x"); got != 404 {
			t.Fatalf("request %d = %d", i, got)
		}
	}
	res := s.get("TEAM-2", root+"openpgp/x")
	if after, _ := strconv.Atoi(res.header.Get("Retry-After")); res.status != http.StatusTooManyRequests || after < 1 {
		t.Errorf("the sixth request = %d, Retry-After %q", res.status, res.header.Get("Retry-After"))
	}
	if got := ask("TEAM-1", "openpgp/x"); got != 404 {
		t.Errorf("another caller pays for it: %d", got)
	}
	now = now.Add(time.Second)
	if a, b, c := ask("TEAM-2", "openpgp/x"), ask("TEAM-2", "openpgp/x"), ask("TEAM-2", "openpgp/x"); a != 404 || b != 404 || c != 429 {
		t.Errorf("a second later: %d, %d, %d, want two more", a, b, c)
	}
	// Who has seen the feed may fetch all that it names.
	if got := ask("", "white/csaf-feed-tlp-white.json"); got != 200 {
		t.Fatal(got)
	}
	for range 4 * 4 {
		if got := ask("", "white/2025/adv-1.json"); got != 200 {
			t.Fatalf("a full download is cut short: %d", got)
		}
	}
}

func TestHandlerRefuses(t *testing.T) {
	good := Options{
		URL: "https://cert.example", Publisher: (&site{url: "https://cert.example"}).publisher(), Contact: "soc@cert.example",
		Keys: []exchange.Key{{Fingerprint: "F"}}, Identify: Identify(&memory{}),
	}
	if _, err := Handler(&memory{}, good); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*Options){
		"exchange.url": func(o *Options) { o.URL = "http://cert.example" }, "keys": func(o *Options) { o.Keys = nil },
		"publisher": func(o *Options) { o.Publisher.Namespace = "" }, "exchange.contact": func(o *Options) { o.Contact = "" },
		"identify": func(o *Options) { o.Identify = nil },
	} {
		o := good
		change(&o)
		_, err := Handler(&memory{}, o)
		if e, ok := errors.AsType[*inventory.InputError](err); !ok || e.Field != field || e.Hint == "" {
			t.Errorf("Handler without a good %s = %v", field, err)
		}
	}
}
