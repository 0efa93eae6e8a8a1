package shell

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// MaxForm bounds a form, in bytes, unless its page says otherwise.
const MaxForm = 1 << 20

// pageTimeout bounds the making of one page.
const pageTimeout = time.Minute

// A Page is one address of the console, or one form that is sent to it.
type Page struct {
	Route string // "GET /findings/{id}"
	// Needs is the API operation whose roles may open the page; "" lets in
	// everybody who is signed in.
	Needs  string
	Public bool  // lets in everybody
	Upload int64 // bytes of a form with files; 0 means MaxForm
	Stream bool  // answers as long as the browser listens
	// Opens is the kind of thing that the page shows, of which the route has
	// the id: it is then among what the person opened last. "" for none.
	Opens  string
	Handle func(*Request) error
}

// A NavItem is one line of the menu.
type NavItem struct {
	Text  string // in English
	Path  string
	Needs string // as of a Page
	Key   string // after g: "f" goes there
	Group string // the heading it is under, in English; lines without one come together
	// Bound says for whom it is: the CERT's own people see it when false, an
	// organisation's when true.
	Bound bool
}

// Options are what the console is built from.
type Options struct {
	API      *client.Client
	Sessions Sessions
	// May tells whether a role may call an operation of the API.
	May func(operation string, role auth.Role) bool
	Nav []NavItem
	// Expired answers a form that came without a session, so that what was
	// typed is not lost. Nil asks to sign in and loses it.
	Expired func(*Request) error
	// Stopping is closed when the server stops: streams end then. It may be nil.
	Stopping <-chan struct{}
	Title    string // of the installation: the CERT's name
	Now      func() time.Time
	Log      *slog.Logger
}

// Sessions finds who is signed in by the secret of a cookie; nobody is
// inventory.ErrNotFound.
type Sessions interface {
	SessionBySecret(ctx context.Context, secret string) (account.Session, error)
}

// A shell serves pages.
type shell struct {
	Options
	pages     map[string]Page
	mux       *http.ServeMux
	heartbeat time.Duration
}

// New returns the handler of all pages.
func New(o Options, pages []Page) http.Handler {
	s := &shell{Options: o, pages: map[string]Page{}, heartbeat: heartbeat}
	mux := http.NewServeMux()
	s.mux = mux
	for _, p := range slices.Concat(pages, styleguide()) {
		s.pages[p.Route] = p
		mux.Handle(p.Route, s.serve(p))
	}
	mux.Handle("GET "+assetPrefix, http.HandlerFunc(serveAsset))
	mux.Handle("/", s.serve(Page{Public: true, Handle: func(q *Request) error { return q.nowhere(mux) }}))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.serve(Page{Public: true, Handle: func(q *Request) error {
		return q.Fail(http.StatusForbidden, q.T("This form came from another site"),
			q.T("Nothing was done. Open the page here, and send it again."))
	}}))
	return s.survive(guard.Handler(mux))
}

// search is the page behind the box in the header.
func (s *shell) search() (Page, bool) {
	p, ok := s.pages["GET /search"]
	return p, ok
}

// serve is one page behind its door.
func (s *shell) serve(p Page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.Stream {
			ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
			defer cancel()
			r = r.WithContext(ctx)
		}
		r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(p.Upload, MaxForm))
		q := &Request{W: w, R: r, API: s.API, shell: s, page: p, Printer: locale.Match(r.Header.Get("Accept-Language"))}
		defer q.tidy()
		if err := s.open(q); err != nil { //nolint:contextcheck // the request carries it
			q.fail(err)
		}
	})
}

// open lets in whom the page is for, and makes it.
func (s *shell) open(q *Request) error {
	if q.R.Method == http.MethodPost && !q.page.Public {
		// Before anybody is asked for: who sends a form slowly must not act on
		// what he might do when he began. What is wrong with it, its page says.
		_, _ = q.Form()
	}
	signedIn, err := q.identify()
	if err != nil {
		return err
	}
	if !signedIn && !q.page.Public {
		if q.R.Method == http.MethodGet || q.R.Method == http.MethodHead {
			return q.Redirect("/sign-in?" + url.Values{"next": {q.R.URL.RequestURI()}}.Encode())
		}
		if s.Expired != nil {
			return s.Expired(q)
		}
		return q.Fail(http.StatusUnauthorized, q.T("You are not signed in any more"), q.T("Sign in, and send the form again."))
	}
	if signedIn && q.page.Needs != "" && !q.May(q.page.Needs) {
		return q.Fail(http.StatusForbidden, q.T("This page is not for your role"),
			q.T("You are signed in as %s. Ask an administrator if you need it.", q.Word(roleNames[q.Who.Role])))
	}
	if signedIn && q.API != nil {
		if to := q.byName(); to != "" {
			return q.Redirect(to)
		}
	}
	err = q.page.Handle(q)
	if q.shown && q.page.Opens != "" && q.R.Method == http.MethodGet {
		q.noteOpened()
	}
	return err
}

// roleNames are the roles as people read them.
var roleNames = map[auth.Role]string{
	auth.Administrator: locale.Key("administrator"), auth.Analyst: locale.Key("analyst"), auth.Approver: locale.Key("approver"),
	auth.LegalOfficer: locale.Key("legal officer"), auth.Auditor: locale.Key("auditor"),
	auth.OperatorAdmin: locale.Key("operator's administrator"), auth.Operator: locale.Key("operator"),
}
