package consoletest

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/scanner/schedule"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/passkey"
	"github.com/ciiscan/ciiscan/web/auth/account/password"
	"github.com/ciiscan/ciiscan/web/auth/signin"
	"github.com/ciiscan/ciiscan/web/console"
	accountpages "github.com/ciiscan/ciiscan/web/console/account"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// CookieName is the session's over plain HTTP.
const CookieName = "ciiscan"

// A World is the country and its console.
type World struct {
	URL   string       // of the console: http://127.0.0.1:PORT
	Pages []shell.Page // all that it has
	Store *store.Store

	// Orgs are Grid (energy, most findings), Water and Rail (nothing scanned
	// yet). People of a bound role are Grid's.
	Grid, Water, Rail inventory.OrganizationID
	Assets            []inventory.Asset   // Grid's and Water's
	Findings          []inventory.Finding // of all states
	Scan, Schedule    string              // the last scan, and one that comes again
	Advisory          advisory.ID         // approved, of a finding
	Draft             advisory.ID
	Team              string // a confirmed peer with an agreement
	Agreement         string
	Inbound           string // an advisory that the peer sent
	Quarantined       string // one from the same peer, with a hostile title
	Release           string // of the advisory to the peer, which ada asked for

	t       testing.TB
	api     *client.Client
	db      storetest.DB
	past    atomic.Int64 // by how much the store's clock is behind, while the world is made
	cookies map[auth.Role]string
	made    map[string]string // things that Fill made, by what stands before them
}

// New makes a world that lasts as long as the test. pages are shown beside
// those of the console.
func New(t testing.TB, pages ...shell.Page) *World {
	t.Helper()
	w := &World{t: t, db: storetest.NewDB(t), cookies: map[auth.Role]string{}, made: map[string]string{}}
	admit := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")}
	w.Store = storetest.Open(t, w.db.URL, store.Options{Now: w.now, Admit: admit})
	w.seed()
	w.serve(admit, pages)
	return w
}

// Plant changes the database past every rule: for what came in before a rule
// was made, or will come in past it. It returns how many rows changed.
func (w *World) Plant(statement string, args ...any) int64 {
	w.t.Helper()
	db, err := sql.Open("pgx", w.db.URL)
	w.must(err)
	defer func() { w.must(db.Close()) }()
	conn, err := db.Conn(w.t.Context())
	w.must(err)
	defer func() { w.must(conn.Close()) }()
	_, err = conn.ExecContext(w.t.Context(), "SET session_replication_role = replica") // triggers are rules, too
	w.must(err)
	done, err := conn.ExecContext(w.t.Context(), statement, args...)
	w.must(err)
	n, err := done.RowsAffected()
	w.must(err)
	return n
}

func (w *World) now() time.Time { return time.Now().Add(-time.Duration(w.past.Load())) }

// Context is an administrator's, for calls of the store.
func (w *World) Context() context.Context {
	return auth.WithIdentity(w.t.Context(), auth.Identity{User: "mara", Role: auth.Administrator})
}

func (w *World) serve(admit []netip.Prefix, pages []shell.Page) {
	log := slog.New(slog.NewTextHandler(testWriter{w.t}, &slog.HandlerOptions{Level: slog.LevelError}))
	planner := schedule.NewPlanner(w.Store, names{}, time.Now)
	deps := api.Deps{
		Names: apitest.NoNames{}, Planner: planner, Scheduler: schedule.New(w.Store, planner, time.Now, log),
		Health: func(context.Context) (wire.Health, error) {
			return wire.Health{Disks: []wire.Disk{{Of: "data", Path: "/var/lib/ciiscan", Free: 900 << 20, Size: 50 << 30}}}, nil
		},
		Settings: []wire.Setting{
			{Name: "mail.password", Set: true, Secret: true, From: "CIISCAN_MAIL__PASSWORD_FILE", Restart: []string{"ciiscand"}},
			{Name: "mail.server", Value: "<b>mail</b>.cert.example:587", Set: true, From: "/etc/ciiscan/ciiscan.yaml", Restart: []string{"ciiscand"}},
			{Name: "oidc.issuer", Restart: []string{"ciiscand"}},
			{Name: "worker.slots", Value: "2", Set: true, From: "default", Restart: []string{"ciiscan-worker"}},
		},
		Admit: admit, Publisher: "CERT Example", Namespace: "https://cert.example", Log: log, Now: time.Now, Version: "test",
		NextReport: func(after time.Time) time.Time { return after.AddDate(0, 0, 7) },
	}
	apitest.Supply(&deps, w.Store, w.gatekeeper())
	w.api = client.Local(api.New(deps))
	door := w.door()
	options := shell.Options{
		API: w.api, Sessions: w.Store, May: api.May, Title: "CERT Example", Now: time.Now, Log: log,
		Expired: accountpages.Expired(door),
	}
	more := append(accountpages.Pages(door, w.Store), pages...)
	w.Pages = append(console.Pages(), more...)
	handler := console.New(options, more...)
	server := httptest.NewServer(handler)
	w.t.Cleanup(server.Close)
	w.URL = server.URL
}

// door signs people in, with hashes that cost little, and with passkeys at
// localhost.
func (w *World) door() *signin.Service {
	w.t.Helper()
	hasher, err := password.NewHasher(password.Params{Memory: 64, Time: 1, Threads: 1}, 4)
	w.must(err)
	sealer, err := account.NewSealer(make([]byte, account.SealKeySize))
	w.must(err)
	keys, err := passkey.New("CERT Example", "http://localhost")
	w.must(err)
	return signin.New(signin.Options{Store: w.Store, Hasher: hasher, Sealer: sealer, Passkeys: keys, Site: "CERT Example", Now: time.Now})
}

// testWriter puts the console's errors into the test's log.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// Cookie is the session of somebody of that role, as the browser keeps it.
func (w *World) Cookie(role string) *http.Cookie {
	w.t.Helper()
	r := auth.Role(role)
	if w.cookies[r] == "" {
		w.cookies[r] = w.signIn(r)
	}
	return &http.Cookie{Name: CookieName, Value: w.cookies[r], Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func (w *World) signIn(role auth.Role) string {
	w.t.Helper()
	ctx, invitation, name := w.Context(), w.Invite(string(role)), w.identity(string(role)).User
	_, err := w.Store.AcceptInvitation(ctx, invitation, account.Enrolment{
		Name: name, PasswordHash: "$argon2id$test", TOTPSecret: "SECRET", TOTPStep: 100,
		Recovery: account.HashAllRecovery(account.NewRecoveryCodes()),
	})
	w.must(err)
	attempt, err := w.Store.BeginSignIn(ctx, name, account.Browser{Source: netip.MustParseAddr("127.0.0.1"), Agent: "test"})
	w.must(err)
	secret, _, err := w.Store.FinishSignIn(ctx, attempt, account.Proof{Step: 200})
	w.must(err)
	return secret
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// API is the API that the pages call, and a context that acts as somebody of
// that role.
func (w *World) API(role string) (*client.Client, context.Context) {
	return w.api, auth.WithIdentity(w.t.Context(), w.identity(role))
}

// identity is who has that role; who is bound is of Grid.
func (w *World) identity(role string) auth.Identity {
	id := auth.Identity{User: strings.ReplaceAll(role, "_", "-") + ".one", Role: auth.Role(role)}
	if id.Bound() {
		id.Org = w.Grid
	}
	return id
}

// A Visitor is somebody with a browser that runs no scripts.
type Visitor struct {
	w      *World
	cookie *http.Cookie
}

// Exec changes the database under the console, where nothing else would.
func (w *World) Exec(statement string) {
	w.t.Helper()
	db, err := sql.Open("pgx", w.db.URL)
	w.must(err)
	_, err = db.ExecContext(w.t.Context(), statement)
	w.must(errors.Join(err, db.Close()))
}

// As is somebody of that role who is signed in; of "" nobody is.
func (w *World) As(role string) *Visitor {
	w.t.Helper()
	v := &Visitor{w: w}
	if role != "" {
		v.cookie = w.Cookie(role)
	}
	return v
}

// A Response is what the console said.
type Response struct {
	Status   int
	Location string
	Header   http.Header
	Body     string
}

// Has tells whether the page has the text.
func (r Response) Has(text string) bool { return strings.Contains(r.Body, text) }

// Get opens a page. A redirect is not followed.
func (v *Visitor) Get(path string) Response {
	v.w.t.Helper()
	return v.do(http.MethodGet, path, "", "")
}

// Post sends a form, as a browser on the console's own page does.
func (v *Visitor) Post(path string, form url.Values) Response {
	v.w.t.Helper()
	return v.do(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode())
}

// Send sends a body of a kind, such as a form with files.
func (v *Visitor) Send(path, kind, body string) Response {
	v.w.t.Helper()
	return v.do(http.MethodPost, path, kind, body)
}

func (v *Visitor) do(method, path, kind, body string) Response {
	v.w.t.Helper()
	r, err := http.NewRequestWithContext(v.w.t.Context(), method, v.w.URL+path, strings.NewReader(body))
	v.w.must(err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	v.w.must(err)
	defer func() { _ = res.Body.Close() }() // read to its end
	b, err := io.ReadAll(res.Body)
	v.w.must(err)
	return Response{Status: res.StatusCode, Location: res.Header.Get("Location"), Header: res.Header, Body: string(b)}
}
