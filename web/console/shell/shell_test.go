package shell

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// sessions knows people by their cookie: analyst, administrator, operator.
type sessions struct {
	mu    sync.Mutex
	ended map[string]bool
}

func (s *sessions) SessionBySecret(_ context.Context, secret string) (account.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	org := inventory.OrganizationID("")
	if secret == "operator" {
		org = "ORG-1"
	}
	if s.ended[secret] || account.CheckRole(account.Role(secret), org) != nil {
		return account.Session{}, inventory.ErrNotFound
	}
	now, likes := time.Now(), account.Preferences{}
	if secret == "auditor" {
		likes = account.Preferences{Language: "bn", Theme: "dark", NoKeys: true}
	}
	return account.Session{
		Preferences: likes,
		ID:          account.SessionID(secret), Account: account.ID(secret), Name: "ada", Role: account.Role(secret), Org: org,
		CreatedAt: now, SeenAt: now, Until: now.Add(time.Hour),
	}, nil
}

// Sessions lists what the store would list: no operator's session of the
// database reads how people sign in.
func (s *sessions) Sessions(ctx context.Context, id account.ID) ([]account.Session, error) {
	if _, limited := account.Limit(ctx); limited {
		return nil, inventory.ErrForbidden
	}
	one, err := s.SessionBySecret(ctx, string(id))
	if err != nil {
		return nil, nil //nolint:nilerr // an account without a session is none
	}
	return []account.Session{one}, nil
}

func (s *sessions) end(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[secret] = true
}

// site is a console for tests.
type site struct {
	*httptest.Server
	t        *testing.T
	sessions *sessions
	log      *bytes.Buffer
	stop     chan struct{}
}

var samples = Parse(fstest.MapFS{
	"page.html":   {Data: []byte(`{{define "main"}}<h1>{{$.Title}}</h1><p>{{$.Path}}</p>{{end}}`)},
	"broken.html": {Data: []byte(`{{define "main"}}<h1>first half</h1>{{$.Chips (list "odd")}}{{end}}`)},
})

func show(q *Request) error { return q.Render(samples, "page", struct{ View }{q.View("A page")}) }

// newSite serves pages, and more for tests.
func newSite(t *testing.T, more ...Page) *site {
	t.Helper()
	s := &site{t: t, sessions: &sessions{ended: map[string]bool{}}, log: &bytes.Buffer{}, stop: make(chan struct{})}
	h := New(Options{
		API: client.Local(http.NotFoundHandler()), Sessions: s.sessions, Title: "CERT Example", Now: time.Now,
		May: func(operation string, role auth.Role) bool {
			return role == auth.Administrator || operation == "list-findings"
		},
		Stopping: s.stop, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Nav: []NavItem{
			{Text: "Findings", Path: "/findings", Needs: "list-findings", Key: "f", Group: "Work"},
			{Text: "People", Path: "/people", Needs: "list-people", Group: "Work"},
			{Text: "My findings", Path: "/findings", Needs: "list-findings", Bound: true},
		},
	}, append([]Page{
		{Route: "GET /open", Public: true, Handle: show},
		{Route: "GET /findings", Needs: "list-findings", Handle: show},
		{Route: "GET /people", Needs: "list-people", Handle: show},
		{Route: "GET /broken", Public: true, Handle: func(q *Request) error { return q.Render(samples, "broken", struct{ View }{q.View("Broken")}) }},
		{Route: "GET /panic", Public: true, Handle: func(*Request) error { panic("oh") }},
		{Route: "POST /form", Needs: "list-findings", Handle: func(q *Request) error {
			form, err := q.Form()
			if err != nil {
				return err
			}
			q.Tell(Note{Kind: "done", Text: "took " + form.Get("name"), Undo: "/undo"})
			return q.Redirect("/findings")
		}},
	}, more...))
	s.Server = httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// An answer is a response read to its end.
type answer struct {
	*http.Response
	body string
}

func (s *site) do(r *http.Request) answer {
	s.t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res, string(b)}
}

func (s *site) request(method, path, who string, body io.Reader) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if who != "" {
		r.AddCookie(&http.Cookie{Name: localCookie, Value: who})
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func (s *site) get(path, who string) answer { return s.do(s.request(http.MethodGet, path, who, nil)) }

func TestEveryAnswerIsProtected(t *testing.T) {
	s := newSite(t)
	for path, status := range map[string]int{
		"/open": 200, "/findings": 303, "/nowhere": 404, "/broken": 500, "/panic": 500, assetPath("console.css"): 200, assetPrefix + "x/y": 404,
	} {
		a := s.get(path, "")
		if a.StatusCode != status {
			t.Errorf("GET %s = %d, want %d", path, a.StatusCode, status)
		}
		want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
		if got := a.Header.Get("Content-Security-Policy"); got != want {
			t.Errorf("GET %s: policy %q", path, got)
		}
		for name, value := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.Header.Get(name); got != value {
				t.Errorf("GET %s: %s is %q, want %q", path, name, got, value)
			}
		}
		if cached := a.Header.Get("Cache-Control"); (cached == "no-store") == (status == 200 && strings.HasPrefix(path, assetPrefix)) {
			t.Errorf("GET %s: Cache-Control %q", path, cached)
		}
		if a.Header.Get("X-Request-Id") == "" {
			t.Errorf("GET %s has no number", path)
		}
	}
	if body := s.get("/open", "").body; !strings.Contains(body, `<meta name="robots" content="noindex, nofollow">`) || !strings.Contains(body, `<html lang="en" dir="ltr"`) {
		t.Errorf("page = %s", body)
	}
}

func TestFaultsAreWholePages(t *testing.T) {
	s := newSite(t)
	for path, status := range map[string]int{"/broken": 500, "/panic": 500, "/nowhere": 404} {
		a := s.get(path, "analyst")
		if a.StatusCode != status || !strings.HasSuffix(strings.TrimSpace(a.body), "</html>") || strings.Contains(a.body, "first half") ||
			!strings.Contains(a.body, a.Header.Get("X-Request-Id")) {
			t.Errorf("GET %s = %d, want a whole page of %d with its number:\n%s", path, a.StatusCode, status, a.body)
		}
	}
	if !strings.Contains(s.log.String(), "panic=oh") || !strings.Contains(s.log.String(), "chips of 1 values") {
		t.Errorf("log = %s", s.log)
	}
	for path, method := range map[string]string{"/findings": http.MethodPost, "/form": http.MethodGet, assetPath("console.css"): http.MethodDelete} {
		a := s.do(s.request(method, path, "analyst", nil))
		if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") == "" || !strings.Contains(a.body, "</html>") {
			t.Errorf("%s %s = %d, Allow %q", method, path, a.StatusCode, a.Header.Get("Allow"))
		}
	}
	head := s.do(s.request(http.MethodHead, "/findings", "analyst", nil))
	if head.StatusCode != http.StatusOK || head.body != "" {
		t.Errorf("HEAD = %d %q", head.StatusCode, head.body)
	}
}

func TestWhoMayOpenAPage(t *testing.T) {
	s := newSite(t)
	for _, tt := range []struct {
		who, path, location string
		status              int
	}{
		{"", "/findings?a=b", "/sign-in?next=%2Ffindings%3Fa%3Db", 303},
		{"made up", "/findings", "/sign-in?next=%2Ffindings", 303},
		{"analyst", "/findings", "", 200},
		{"analyst", "/people", "", 403},
		{"administrator", "/people", "", 200},
		{"operator", "/people", "", 403},
		{"analyst", "/styleguide", "", 403},
	} {
		a := s.get(tt.path, tt.who)
		if a.StatusCode != tt.status || a.Header.Get("Location") != tt.location {
			t.Errorf("%q opens %s: %d to %q, want %d to %q", tt.who, tt.path, a.StatusCode, a.Header.Get("Location"), tt.status, tt.location)
		}
	}
	a := s.do(s.request(http.MethodPost, "/form", "", strings.NewReader("name=x")))
	if a.StatusCode != http.StatusUnauthorized {
		t.Errorf("a form without a session = %d, want 401", a.StatusCode)
	}
}

func TestMenuIsTheReadersOwn(t *testing.T) {
	s := newSite(t)
	for who, want := range map[string][3]bool{ // Findings, People, My findings
		"analyst": {true, false, false}, "administrator": {true, true, false}, "operator": {false, false, true}, "": {false, false, false},
	} {
		body := s.get("/open", who).body
		for i, text := range []string{">Findings</a>", ">People</a>", ">My findings</a>"} {
			if strings.Contains(body, text) != want[i] {
				t.Errorf("%q sees %s: %v, want %v", who, text, !want[i], want[i])
			}
		}
	}
	if body := s.get("/findings", "analyst").body; !strings.Contains(body, `<a href="/findings" aria-current="page" data-key="g f">`) {
		t.Error("the present page is not marked in the menu")
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	s := newSite(t)
	for name, tt := range map[string]struct {
		header, value string
		status        int
	}{
		"own page":                     {"Sec-Fetch-Site", "same-origin", 303},
		"another site":                 {"Sec-Fetch-Site", "cross-site", 403},
		"a neighbour of the same site": {"Sec-Fetch-Site", "same-site", 403},
		"an old browser's own page":    {"Origin", s.URL, 303},
		"an old browser's other site":  {"Origin", "https://evil.example", 403},
		"no origin at all":             {"Origin", "null", 403},
	} {
		r := s.request(http.MethodPost, "/form", "analyst", strings.NewReader("name=x"))
		r.Header.Set(tt.header, tt.value)
		if a := s.do(r); a.StatusCode != tt.status || tt.status == 403 && !strings.Contains(a.body, "another site") {
			t.Errorf("%s: %d, want %d", name, a.StatusCode, tt.status)
		}
	}
}

func TestFormsAreBounded(t *testing.T) {
	s := newSite(t)
	big := "name=" + strings.Repeat("x", MaxForm)
	if a := s.do(s.request(http.MethodPost, "/form", "analyst", strings.NewReader(big))); a.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(a.body, "Send 1 MB at a time at most") {
		t.Errorf("a large form = %d %s, want 413 with the limit", a.StatusCode, a.body)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, _ := w.CreateFormFile("file", "a.csv") // in memory
	_, _ = part.Write(bytes.Repeat([]byte("x"), MaxForm))
	_ = w.Close()
	r := s.request(http.MethodPost, "/form", "analyst", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	if a := s.do(r); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a large file = %d, want 413", a.StatusCode)
	}
	r = s.request(http.MethodPost, "/form", "analyst", strings.NewReader("--x\r\nbroken"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if a := s.do(r); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a broken form = %d, want 400", a.StatusCode)
	}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func TestNotes(t *testing.T) {
	s := newSite(t)
	a := s.do(s.request(http.MethodPost, "/form", "analyst", strings.NewReader(url.Values{"name": {"<b>"}}.Encode())))
	cookies := a.Cookies()
	if a.StatusCode != http.StatusSeeOther || len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("after the form: %d, cookies %v", a.StatusCode, cookies)
	}
	r := s.request(http.MethodGet, "/findings", "analyst", nil)
	r.AddCookie(cookies[0])
	a = s.do(r)
	if !strings.Contains(a.body, "took &lt;b&gt;") || !strings.Contains(a.body, `action="/undo"`) {
		t.Errorf("the note is not shown:\n%s", a.body)
	}
	if gone := a.Cookies(); len(gone) != 1 || gone[0].MaxAge >= 0 {
		t.Errorf("the note stays: %v", gone)
	}
	forged, err := json.Marshal(Note{Kind: `x" onclick="y`, Text: "<script>", Undo: "//evil.example/x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{encode(forged), "%%%", encode([]byte("[1]")), strings.Repeat("A", 3000)} {
		r := s.request(http.MethodGet, "/findings", "analyst", nil)
		r.AddCookie(&http.Cookie{Name: "ciiscan-note", Value: value})
		if a := s.do(r); a.StatusCode != http.StatusOK || strings.Contains(a.body, "evil.example") || strings.Contains(a.body, "onclick") || strings.Contains(a.body, "<script>") {
			t.Errorf("a forged note %.20s: %d\n%s", value, a.StatusCode, a.body)
		}
	}
}

func TestLocal(t *testing.T) {
	for to, want := range map[string]string{
		"/findings?a=b#c": "/findings?a=b#c", "": "/", "findings": "/", "//evil.example": "/", "https://evil.example": "/",
		`/\evil.example`: "/", "/\tevil": "/", "javascript:alert(1)": "/", "/ok//fine": "/ok//fine", " /x": "/", "/%2f/evil": "/%2f/evil",
	} {
		if got := Local(to); got != want {
			t.Errorf("Local(%q) = %q, want %q", to, got, want)
		}
	}
}

func TestSessionCookie(t *testing.T) {
	for _, tt := range []struct {
		name   string
		set    func(*http.Request)
		cookie string
		secure bool
	}{
		{"on this machine", func(*http.Request) {}, "ciiscan", false},
		{"TLS", func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, "__Host-ciiscan", true},
		{"TLS before a proxy", func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") }, "__Host-ciiscan", true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		tt.set(r)
		w := httptest.NewRecorder()
		q := &Request{W: w, R: r}
		q.Begin("secret", time.Now().Add(time.Hour))
		q.End()
		for _, c := range w.Result().Cookies() {
			if c.Name != tt.cookie || c.Secure != tt.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("%s: cookie %v", tt.name, c)
			}
		}
	}
}

// TestLinksStayOutOfTheLog: what a link opens, the log does not.
func TestLinksStayOutOfTheLog(t *testing.T) {
	handles := map[string]func(*Request) error{
		"fails":  func(*Request) error { return errors.New("no such table") },
		"panics": func(*Request) error { panic("oh") },
	}
	s := newSite(t,
		Page{Route: "GET /fails/{secret}", Public: true, Handle: handles["fails"]},
		Page{Route: "GET /panics/{secret}/more", Public: true, Handle: handles["panics"]},
	)
	for _, path := range []string{"/fails/opensesame", "/panics/opensesame/more"} {
		if a := s.do(s.request(http.MethodGet, path, "", nil)); a.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s = %d", path, a.StatusCode)
		}
	}
	if log := s.log.String(); strings.Contains(log, "opensesame") || !strings.Contains(log, "path=/panics/…/more") || !strings.Contains(log, "path=/fails/…") {
		t.Errorf("log = %s", log)
	}
}

// TestSlowFormsAreNobodysForever: who has lost the session while the form was
// on its way does nothing with it.
func TestSlowFormsAreNobodysForever(t *testing.T) {
	s := newSite(t)
	s.do(s.request(http.MethodGet, "/findings", "analyst", nil)) // what is slow the first time has been
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	fmt.Fprintf(conn, "POST /form HTTP/1.1\r\nHost: %s\r\nCookie: %s=analyst\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nname=",
		s.Listener.Addr(), localCookie)
	time.Sleep(100 * time.Millisecond) // in which a hasty server has asked who it is
	s.sessions.end("analyst")
	fmt.Fprint(conn, "late")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the form was answered with %s %s", res.Status, res.Header)
	}
}
