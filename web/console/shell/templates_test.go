package shell

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestAssetsAreKeptAndCompressed(t *testing.T) {
	s := newSite(t)
	path := assetPath("console.css")
	r := s.request(http.MethodGet, path, "", nil)
	r.Header.Set("Accept-Encoding", "br, gzip;q=0.8")
	a := s.do(r)
	if a.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") ||
		!strings.HasPrefix(a.Header.Get("Content-Type"), "text/css") || a.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers: %v", a.Header)
	}
	z, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || string(plain) != string(assets()["console.css"].plain) {
		t.Errorf("unpacked %d bytes, %v", len(plain), err)
	}
	r.Header.Set("If-None-Match", a.Header.Get("ETag"))
	if again := s.do(r); again.StatusCode != http.StatusNotModified || again.body != "" {
		t.Errorf("again = %d, %d bytes", again.StatusCode, len(again.body))
	}
	r = s.request(http.MethodGet, path, "", nil)
	r.Header.Set("Accept-Encoding", "gzip;q=0")
	if a := s.do(r); a.Header.Get("Content-Encoding") != "" || a.body != string(plain) {
		t.Errorf("who refuses gzip gets %q", a.Header.Get("Content-Encoding"))
	}
	if len(plain) > 40<<10 {
		t.Errorf("console.css has %d bytes: it is loaded with the first page, keep it small", len(plain))
	}
}

// view is one of a page at an address.
func view(t *testing.T, address string) View {
	t.Helper()
	q := &Request{R: httptest.NewRequest(http.MethodGet, address, nil), W: httptest.NewRecorder(), shell: &shell{}}
	return View{q: q}
}

func TestAddressesOfLists(t *testing.T) {
	v := view(t, "/findings?severity=high&severity=low&sort=-age&cursor=x")
	chips, err := v.Chips([]any{"severity", "Severity", "org", "Organisation"})
	if err != nil || len(chips) != 2 || chips[1].Value != "low" || chips[1].Without != "/findings?severity=high&sort=-age" {
		t.Errorf("chips = %+v, %v", chips, err)
	}
	asked := view(t, "/things?org=&severity=high&severity=+low+&from=2026-11-22&cursor=x").q
	for want, got := range map[string]url.Values{
		"cursor=x&from=2026-11-22T00%3A00%3A00Z&severity=high&severity=low": asked.BeginDays(asked.Filters(), "from", "to"),
		"cursor=x&severity=high&severity=low":                               asked.Filters("severity", "org"),
	} {
		if got.Encode() != want {
			t.Errorf("filters = %s, want %s", got.Encode(), want)
		}
	}
	for _, tt := range [][2]string{
		{v.Sorted("age"), "descending"},
		{v.Sorted("name"), ""},
		{v.SortBy("age", nil), "/findings?severity=high&severity=low&sort=age"},
		{v.SortBy("name", nil), "/findings?severity=high&severity=low&sort=name"},
		{v.SortBy("name", "desc"), "/findings?severity=high&severity=low&sort=-name"},
		{v.With("cursor", ""), "/findings?severity=high&severity=low&sort=-age"},
	} {
		if tt[0] != tt[1] {
			t.Errorf("got %q, want %q", tt[0], tt[1])
		}
	}
	tab := func(href string) any { return map[string]any{"href": href} }
	tabs := []any{tab("/findings"), tab("/findings?severity=low"), tab("/findings?severity=medium"), tab("/assets")}
	if best := v.Best(tabs); best != 1 {
		t.Errorf("tab %d is this page, want 1", best)
	}
}

func TestTLPShowsTooMuchRatherThanTooLittle(t *testing.T) {
	for given, want := range map[string]string{"amber": "AMBER", "TLP:AMBER+STRICT": "AMBER+STRICT", "amber_strict": "AMBER+STRICT", "": "RED", "pink": "RED"} {
		if got := tlpName(given); got != want {
			t.Errorf("tlpName(%q) = %q, want %q", given, got, want)
		}
	}
}

// TestDarkIsDarkEitherWay: the colours stand twice, for who chose dark and for
// whose system is.
func TestDarkIsDarkEitherWay(t *testing.T) {
	css := string(assets()["console.css"].plain)
	block := func(selector string) string {
		_, rest, _ := strings.Cut(css, selector+" {")
		inside, _, _ := strings.Cut(rest, "}")
		return strings.Join(strings.Fields(inside), " ")
	}
	chosen, system := block(`:root[data-theme="dark"]`), block(`:root:not([data-theme="light"])`)
	if chosen == "" || chosen != system {
		t.Errorf("chosen: %s\nsystem: %s", chosen, system)
	}
}

func TestPreferencesReachThePage(t *testing.T) {
	s := newSite(t)
	body := s.get("/open", "auditor").body
	for _, want := range []string{`lang="bn"`, `data-theme="dark"`, `data-keys="off"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s: %.200s", want, body)
		}
	}
	if body := s.get("/open", "analyst").body; strings.Contains(body, "data-keys") || !strings.Contains(body, `data-theme=""`) {
		t.Errorf("without preferences: %.200s", body)
	}
}
