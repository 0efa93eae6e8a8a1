package account_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/client"
	rules "github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/password"
	"github.com/ciiscan/ciiscan/web/auth/signin"
	"github.com/ciiscan/ciiscan/web/console/account"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

const pass = "copper lantern ravine tide"

// A world is a console with nothing but accounts, and a page of its own that
// takes a form.
type world struct {
	*storetest.Clock
	t     *testing.T
	store *store.Store
	url   string
	sent  []url.Values
}

// newWorld makes one; with changes what signs people in.
func newWorld(t *testing.T, with ...func(*signin.Options)) *world {
	t.Helper()
	w := &world{t: t, Clock: storetest.NewClock(time.Now().Truncate(30 * time.Second))}
	w.store = storetest.Open(t, storetest.NewDB(t).URL, store.Options{Now: w.Now})
	hasher, err := password.NewHasher(password.Params{Memory: 64, Time: 1, Threads: 1}, 4)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := rules.NewSealer(make([]byte, rules.SealKeySize))
	if err != nil {
		t.Fatal(err)
	}
	options := signin.Options{Store: w.store, Hasher: hasher, Sealer: sealer, Site: "CERT Example", Now: w.Now}
	for _, change := range with {
		change(&options)
	}
	door := signin.New(options)
	log := slog.New(slog.DiscardHandler)
	pages := append(account.Pages(door, w.store), shell.Page{Route: "POST /things", Handle: func(q *shell.Request) error {
		f, err := q.Form()
		w.sent = append(w.sent, f.Values)
		if err != nil {
			return err
		}
		return q.Redirect("/account")
	}})
	server := httptest.NewServer(shell.New(shell.Options{
		API: client.Local(api.New(api.Deps{Tokens: w.store, Log: log, Now: w.Now})), Sessions: w.store, May: api.May,
		Expired: account.Expired(door), Title: "CERT Example", Now: w.Now, Log: log,
	}, pages))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// A browser is one with cookies and without scripts.
type browser struct {
	w      *world
	client *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w, &http.Client{Jar: jar}}
}

// A page is what came at the end of all redirects.
type page struct {
	Status int
	Path   string
	Body   string
	Header http.Header
}

func (b *browser) do(r *http.Request) page {
	b.w.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Request.URL.Path, string(body), resp.Header}
}

func (b *browser) get(path string) page {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodGet, b.w.url+path, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, pairs ...string) page {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodPost, b.w.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.w.url)
	return b.do(r)
}

// field is the value of a page's hidden field.
func (p page) field(name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(p.Body)
	if m == nil {
		return ""
	}
	return m[1]
}

func (w *world) want(what string, p page, status int, texts ...string) {
	w.t.Helper()
	if p.Status != status {
		w.t.Errorf("%s = %d at %s, want %d\n%s", what, p.Status, p.Path, status, p.Body)
	}
	for _, text := range texts {
		if !strings.Contains(p.Body, text) {
			w.t.Errorf("%s lacks %q:\n%s", what, text, p.Body)
		}
	}
}

// A person has an account, and a phone that makes its codes.
type person struct {
	w        *world
	name     string
	key      string
	recovery []string
	b        *browser
}

var (
	keyText  = regexp.MustCompile(`<bdi dir="ltr">([A-Z2-7]{32})</bdi>`)
	codeText = regexp.MustCompile(`[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}`)
)

func (p *person) code() string {
	p.w.t.Helper()
	code, err := totp.GenerateCode(p.key, p.w.Now())
	if err != nil {
		p.w.t.Fatal(err)
	}
	return code
}

// enrol makes an account of an invitation, as somebody does with a browser.
func (w *world) enrol(name string, role rules.Role) *person {
	w.t.Helper()
	secret, _, err := w.store.Invite(w.t.Context(), "mara", role, "")
	if err != nil {
		w.t.Fatal(err)
	}
	p := &person{w: w, name: name, b: w.browser()}
	w.want("the invitation", p.b.get("/invitation/"+secret), 200, "You were invited as "+string(role))
	second := p.b.post("/invitation/"+secret, "name", name, "password", pass, "again", pass)
	w.want("the second factor", second, 200, "data:image/png;base64,")
	p.key = keyText.FindStringSubmatch(second.Body)[1]
	wrong := p.b.post("/invitation/"+secret+"/code", "step", second.field("step"), "code", "000000")
	w.want("a wrong first code", wrong, 422, "is not the code of now", p.key)
	done := p.b.post("/invitation/"+secret+"/code", "step", second.field("step"), "code", p.code())
	w.want("the account", done, 200, "I kept them")
	if p.recovery = codeText.FindAllString(done.Body, -1); len(p.recovery) != rules.RecoveryCodes {
		w.t.Fatalf("%d recovery codes are shown", len(p.recovery))
	}
	w.want("the invitation again", w.browser().get("/invitation/"+secret), 404, "This link does not work")
	w.Advance(30 * time.Second) // the code is used
	return p
}

// signIn goes through both steps, and returns the last page.
func (p *person) signIn(b *browser, code string, pairs ...string) page {
	p.w.t.Helper()
	second := b.post("/sign-in", append([]string{"name", p.name, "password", pass}, pairs...)...)
	p.w.want("the password", second, 200, "Second step")
	return b.post("/sign-in/code", append([]string{"step", second.field("step"), "name", p.name, "code", code, "kept", second.field("kept")}, pairs...)...)
}

func TestEnrolAndSignIn(t *testing.T) {
	w := newWorld(t)
	p := w.enrol("amara", rules.Analyst)
	w.want("the new account", p.b.get("/account"), 200, "amara", "analyst", "10 left")

	b := w.browser()
	if page := b.get("/account"); page.Path != "/sign-in" || page.field("next") != "/account" {
		t.Errorf("without a session /account is %s with next %q", page.Path, page.field("next"))
	}
	code := p.code()
	if page := p.signIn(b, code, "next", "/account"); page.Path != "/account" || page.Status != 200 {
		t.Errorf("sign-in leads to %s = %d", page.Path, page.Status)
	}
	w.want("a replayed code", p.signIn(w.browser(), code), 422, "That did not fit")
	if page := p.signIn(w.browser(), p.recovery[0], "next", "//evil.example/x"); strings.Contains(page.Path, "evil") {
		t.Error("next leads away")
	}
	w.want("a used recovery code", p.signIn(w.browser(), p.recovery[0]), 422, "That did not fit")
	w.want("the account after it", b.get("/account"), 200, "9 left")

	out := b.post("/sign-out")
	w.want("sign-out", out, 200, "You are signed out")
	if page := b.get("/account"); page.Path != "/sign-in" {
		t.Error("after sign-out the account is open")
	}
}

func TestRefusalsTellNothing(t *testing.T) {
	w := newWorld(t)
	w.enrol("amara", rules.Analyst)
	wrong := w.browser().post("/sign-in", "name", "amara", "password", "not the password")
	nobody := w.browser().post("/sign-in", "name", "nobody", "password", "not the password")
	w.want("a wrong password", wrong, 422, "Name, password or code is wrong")
	if strings.ReplaceAll(wrong.Body, "amara", "nobody") != nobody.Body {
		t.Error("the answers tell whether the name exists")
	}
	if strings.Contains(wrong.Body, "not the password") {
		t.Error("the password is shown")
	}
	var last page
	for range 6 {
		last = w.browser().post("/sign-in", "name", "amara", "password", "not the password")
	}
	w.want("the seventh attempt", last, 429, "too many attempts")
	if last.Header.Get("Retry-After") == "" {
		t.Error("nobody is told how long to wait")
	}
}

func TestStepIsOfOneBrowserAndOneTime(t *testing.T) {
	w := newWorld(t)
	p := w.enrol("amara", rules.Analyst)
	b := w.browser()
	first := b.post("/sign-in", "name", "amara", "password", pass)
	second := b.post("/sign-in", "name", "amara", "password", pass) // another tab
	for tab, page := range map[string]page{"first": first, "second": second} {
		if page.field("step") == "" {
			t.Fatalf("the %s tab has no step", tab)
		}
	}
	again := b.post("/sign-in/code", "step", first.field("step"), "code", "not a code at all")
	w.want("a wrong recovery code", again, 422, "That did not fit")
	w.want("the step of before", b.post("/sign-in/code", "step", first.field("step"), "code", p.code()), 422, "This sign-in is over")
	if page := b.post("/sign-in/code", "step", again.field("step"), "code", p.code(), "next", "/account"); page.Path != "/account" {
		t.Errorf("another try leads to %s", page.Path)
	}
	w.Advance(rules.AttemptLife)
	w.want("the other tab, late", w.browser().post("/sign-in/code", "step", second.field("step"), "code", p.code()), 422, "This sign-in is over")
}

func TestForgedFormIsRefused(t *testing.T) {
	w := newWorld(t)
	p := w.enrol("amara", rules.Analyst)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/account/sessions/revoke", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://evil.example")
	w.want("a form of another site", p.b.do(r), 403, "came from another site")
}

// An expired session does not cost the text that was typed.
func TestFormSurvivesAnEndedSession(t *testing.T) {
	w := newWorld(t)
	p := w.enrol("amara", rules.Analyst)
	w.Advance(rules.Idle)
	const text = `What I typed <b>for an hour</b>`
	expired := p.b.post("/things", "note", text, "to", "one", "to", "two", "new_password", "hush")
	w.want("the form after the session's end", expired, 401, "You are not signed in any more", "is kept")
	if len(w.sent) != 0 || expired.field("kept") == "" || strings.Contains(expired.Body, "hush") {
		t.Fatalf("sent %v, kept %q", w.sent, expired.field("kept"))
	}
	wrong := p.b.post("/sign-in", "name", "amara", "password", "wrong", "kept", expired.field("kept"))
	if wrong.field("kept") != expired.field("kept") {
		t.Error("a wrong password loses the form")
	}
	back := p.signIn(p.b, p.code(), "kept", expired.field("kept"))
	w.want("the way back", back, 200, "You are signed in again", "What I typed &lt;b&gt;", `action="/things"`, "Send it now", `<a href="/">Do not send it`)
	if strings.Contains(back.Body, "hush") {
		t.Error("a password was kept")
	}
	if page := p.b.post("/things", "note", text, "to", "one", "to", "two"); page.Path != "/account" || len(w.sent) != 1 {
		t.Errorf("sending it again leads to %s with %v", page.Path, w.sent)
	}
	if got := w.sent[0]; got.Get("note") != text || len(got["to"]) != 2 {
		t.Errorf("sent %v", got)
	}

	w.Advance(rules.Idle)
	huge := p.b.post("/things", "note", strings.Repeat("x", 70<<10))
	w.want("a huge form", huge, 401, "too large to keep")
	for _, forged := range []string{"e30", "%%%", "eyJQYXRoIjoiaHR0cHM6Ly9ldmlsLmV4YW1wbGUvIiwiVmFsdWVzIjp7fX0"} {
		w.Advance(time.Minute)
		if page := p.signIn(w.browser(), p.code(), "kept", forged, "next", "/account"); page.Path != "/account" {
			t.Errorf("with kept=%s sign-in ends at %s", forged, page.Path)
		}
	}
}

func TestSensitiveChangesAskAgain(t *testing.T) {
	w := newWorld(t)
	p := w.enrol("amara", rules.Analyst)
	other := w.browser()
	p.signIn(other, p.code())
	w.Advance(rules.Fresh)

	for _, path := range []string{"/account/password", "/account/codes", "/account/recovery", "/account/passkeys", "/account/tokens"} {
		if page := p.b.get(path); page.Path != "/account/prove" || page.field("next") != path {
			t.Errorf("%s leads to %s", path, page.Path)
		}
	}
	if page := p.b.post("/account/password", "password", "another long phrase of mine", "again", "another long phrase of mine"); page.Path != "/account/prove" {
		t.Errorf("a stale POST leads to %s", page.Path)
	}
	w.want("a wrong password", p.b.post("/account/prove", "password", "wrong", "next", "/account/password"), 422, "That did not fit")
	if page := p.b.post("/account/prove", "code", p.code(), "next", "/account/password"); page.Path != "/account/password" {
		t.Fatalf("after a code comes %s\n%s", page.Path, page.Body)
	}
	w.want("two passwords", p.b.post("/account/password", "password", "one of them", "again", "other"), 422, "differs")
	w.want("a weak password", p.b.post("/account/password", "password", "short", "again", "short"), 422, "too short")
	const next = "another long phrase of mine"
	w.want("a new password", p.b.post("/account/password", "password", next, "again", next), 200, "is changed")
	if page := other.get("/account"); page.Path != "/sign-in" {
		t.Error("the other browser is still signed in")
	}

	page := p.b.get("/account/codes")
	key := keyText.FindStringSubmatch(page.Body)[1]
	w.want("a code of the old phone", p.b.post("/account/codes", "step", page.field("step"), "code", p.code()), 422, "is not the code of now", key)
	p.key = key
	w.want("the new phone", p.b.post("/account/codes", "step", page.field("step"), "code", p.code()), 200, "count from now on")
	fresh := p.b.post("/account/recovery")
	if got := codeText.FindAllString(fresh.Body, -1); len(got) != rules.RecoveryCodes || got[0] == p.recovery[0] {
		t.Errorf("new recovery codes: %v", got)
	}
}

func TestLostFactorsAreSetAnew(t *testing.T) {
	w := newWorld(t)
	w.enrol("root", rules.Administrator)
	p := w.enrol("amara", rules.Analyst)
	link := func() string {
		t.Helper()
		secret, _, err := w.store.ResetAccount(t.Context(), rules.Resetter{Who: "root"}, "ACC-2")
		if err != nil {
			t.Fatal(err)
		}
		return "/invitation/" + secret
	}
	late := link()
	if page := p.b.get("/account"); page.Path != "/sign-in" {
		t.Errorf("who was reset is still signed in: %s", page.Path)
	}
	if page := p.signIn(w.browser(), p.code()); page.Status == 200 && page.Path == "/" {
		t.Error("the lost phone's code still opens the account")
	}
	w.Advance(rules.InvitationLife)
	w.want("an old link", w.browser().get(late), 404, "This link does not work")

	at, b := link(), w.browser()
	w.want("the link", b.get(at), 200, "Your account was reset", "amara")
	w.want("a weak password", b.post(at, "name", "amara", "password", "short", "again", "short"), 422, "too short")
	const fresh = "granite violin harbour seven"
	second := b.post(at, "name", "root", "password", fresh, "again", fresh) // a forged name is not heard
	w.want("the second factor", second, 200, "data:image/png;base64,")
	old := p.code()
	p.key, p.b = keyText.FindStringSubmatch(second.Body)[1], b
	w.want("a code of the lost phone", b.post(at+"/code", "step", second.field("step"), "code", old), 422, "is not the code of now")
	w.want("the new phone", b.post(at+"/code", "step", second.field("step"), "code", p.code()), 200, "I kept them")
	w.want("the account", b.get("/account"), 200, "amara")
	w.want("the link again", w.browser().get(at), 404, "This link does not work")
	w.want("the code again", w.browser().post(at+"/code", "step", second.field("step"), "code", p.code()), 404, "This link does not work")
}

func TestTokensAndPreferences(t *testing.T) {
	w := newWorld(t)
	p := w.enrol("amara", rules.Analyst)
	until := w.Now().Add(30 * 24 * time.Hour).Format(time.DateOnly)
	made := p.b.post("/account/tokens", "name", "nightly", "scope", "read", "expires", until)
	secret := regexp.MustCompile(`cii_[\w-]{43}`).FindString(made.Body)
	if id, err := w.store.UserByToken(t.Context(), secret); err != nil || !id.ReadOnly || id.Role != rules.Analyst {
		t.Errorf("the token is %+v, %v", id, err)
	}
	w.want("the same name", p.b.post("/account/tokens", "name", "nightly", "scope", "read", "expires", until), 422, "you have a token of that name")
	w.want("no day", p.b.post("/account/tokens", "name", "x", "scope", "read", "expires", "soon"), 422, "not a day")
	w.want("too long", p.b.post("/account/tokens", "name", "x", "scope", "read", "expires", "2099-01-01"), 422, "more than a year")
	w.want("a scope of nothing", p.b.post("/account/tokens", "name", "x", "scope", "root", "expires", until), 422, "unknown")
	list := p.b.get("/account")
	w.want("the list", list, 200, "nightly", "/account/tokens/TOK-1/revoke")
	if strings.Contains(list.Body, secret) {
		t.Error("the secret is shown again")
	}
	w.want("revoking", p.b.post("/account/tokens/TOK-1/revoke"), 200, "good for nothing")
	w.want("a guessed token", p.b.post("/account/tokens/TOK-99/revoke"), 404)

	w.want("a wish", p.b.post("/account/preferences", "language", "", "theme", "dark", "zone", "Asia/Dhaka", "keys", "off"), 200,
		`data-theme="dark"`, `data-keys="off"`, "06:00")
	dhaka := time.FixedZone("Dhaka", 6*60*60)
	today := w.Now().In(dhaka)
	made = p.b.post("/account/tokens", "name", "today", "scope", "read", "expires", today.Format(time.DateOnly))
	w.want("a token for today", made, 200, "This is the token")
	live, err := w.store.OwnTokens(t.Context(), "ACC-1")
	if err != nil || len(live) == 0 || live[0].ExpiresAt.In(dhaka).Format(time.DateTime) != today.Format(time.DateOnly)+" 23:59:59" {
		t.Errorf("the token ends at %v, %v, want with the day in Dhaka", live, err)
	}
	w.want("a zone that is none", p.b.post("/account/preferences", "zone", "Mars/Base"), 422, "write it like Asia/Dhaka")
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	p := w.enrol("amara", rules.Analyst)
	other := w.browser()
	p.signIn(other, p.code())
	w.want("the list", p.b.get("/account"), 200, "SES-1/revoke", "SES-2/revoke", "this one", "127.0.0.1")
	w.want("ending one", p.b.post("/account/sessions/SES-2/revoke"), 200, "signed out")
	if page := other.get("/account"); page.Path != "/sign-in" {
		t.Error("the session goes on")
	}
	w.Advance(time.Minute)
	p.signIn(p.b, p.code())
	if live, err := w.store.Sessions(t.Context(), "ACC-1"); err != nil || len(live) != 1 {
		t.Errorf("%d sessions are live, %v, of which the browser knows one", len(live), err)
	}
	secret, _, err := w.store.Invite(t.Context(), "mara", rules.Analyst, "")
	if err != nil {
		t.Fatal(err)
	}
	second := p.b.post("/invitation/"+secret, "name", "chandra", "password", pass, "again", pass)
	p.key = keyText.FindStringSubmatch(second.Body)[1]
	w.want("another account in this browser", p.b.post("/invitation/"+secret+"/code", "step", second.field("step"), "code", p.code()), 200, "I kept them")
	if live, err := w.store.Sessions(t.Context(), "ACC-1"); err != nil || len(live) != 0 {
		t.Errorf("%d sessions are live, %v, that no browser knows", len(live), err)
	}
	q := w.enrol("bimal", rules.Analyst)
	w.want("another's session", q.b.post("/account/sessions/SES-3/revoke"), 404)
	if page := p.b.get("/account"); page.Path != "/account" {
		t.Error("a stranger ended the session")
	}
}
