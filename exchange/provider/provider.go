package provider

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pace"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/csaf"
)

// A Shelf holds what was released.
type Shelf interface {
	// Published lists what a caller may have now, one entry for each advisory
	// and audience, without the bytes.
	Published(context.Context, exchange.Caller, exchange.Format) ([]exchange.Publication, error)
	// PublishedFile gives one of them by its file's name, or ErrNotFound.
	PublishedFile(_ context.Context, _ exchange.Caller, _ exchange.Format, name string) (exchange.Publication, error)
	// KeepReceipt stores that a caller has fetched a document.
	KeepReceipt(context.Context, exchange.Receipt) error
}

// Options describe the provider.
type Options struct {
	URL       string         // https address under which the handler is reached, without a path
	Publisher csaf.Publisher // as in the documents
	Keys      []exchange.Key // whose signatures are to be found here; the one in use first
	Contact   string         // for security.txt: a mail address or a URL
	Policy    string         // URL of the disclosure policy; may be empty
	Languages []string       // that Contact reads; may be empty

	// Identify tells who asks; the zero Caller is anybody. With an error the
	// request is refused: wrong credentials are not the same as none.
	Identify func(*http.Request) (exchange.Caller, error)
	// List and Mirror tell aggregators what they may do with what is public.
	// What a peer sees is never theirs.
	List, Mirror bool

	// Pace bounds the requests of one caller; nil: one of 50 in a second and
	// 2000 at once. It is never less than a full download takes.
	Pace  *pace.Pace
	Since time.Time
	Now   func() time.Time
	Log   *slog.Logger
}

const root = "/.well-known/csaf/"

type provider struct {
	shelf Shelf
	o     Options
}

// Handler serves /.well-known/csaf/ and /.well-known/security.txt. It is an
// InputError when the options lack what the standard demands.
func Handler(shelf Shelf, o Options) (http.Handler, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, &inventory.InputError{
			Field: "exchange.url", Value: inventory.CleanText(o.URL, 100), Message: "is not an https address without a path",
			Hint: "set it to the address that peers come to, like https://cert.example",
		}
	}
	o.URL = strings.TrimRight(o.URL, "/")
	for _, c := range []struct {
		ok          bool
		field, hint string
	}{
		{len(o.Keys) > 0, "keys", "a trusted provider signs: give the OpenPGP key"},
		{o.Publisher.Name != "" && o.Publisher.Namespace != "", "publisher", "set the CERT's name and namespace"},
		{o.Contact != "", "exchange.contact", "set the mail address for security.txt"},
		{o.Identify != nil, "identify", "say how callers are known"},
	} {
		if !c.ok {
			return nil, &inventory.InputError{Field: c.field, Message: "is missing", Hint: c.hint}
		}
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Since.IsZero() {
		o.Since = o.Now()
	}
	if o.Pace == nil {
		o.Pace = pace.New(50, 2000, o.Now)
	}
	o.Identify = o.Pace.Identify(o.Identify)
	return &provider{shelf: shelf, o: o}, nil
}

// ServeHTTP answers by what the path names, after asking who asks.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	// Which answer somebody gets hangs on who it is, also where anybody may
	// ask: a cache in between must not mix them up.
	h.Set("Vary", "Authorization, X-Api-Key")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		fail(w, http.StatusMethodNotAllowed, "only GET and HEAD")
		return
	}
	who, err := p.o.Identify(r)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	if who == (exchange.Caller{}) {
		h.Set("Cache-Control", "no-cache") // may be kept, and is asked about by its ETag
	} else {
		h.Set("Cache-Control", "private, no-store")
	}
	if err := p.serve(w, r, visit{who: who, at: p.o.Now()}); err != nil {
		p.refuse(w, r, err)
	}
}

// A visit is one request: by whom, and when.
type visit struct {
	who exchange.Caller
	at  time.Time
}

func (v visit) stranger() bool { return v.who.Team == "" }

// errStranger asks for credentials.
var errStranger = errors.New("this is for peers under an agreement: come with your client certificate or API key")

func (p *provider) serve(w http.ResponseWriter, r *http.Request, v visit) error {
	if r.URL.Path == "/.well-known/security.txt" {
		return p.securityTxt(w, r, v)
	}
	rest, ok := strings.CutPrefix(r.URL.Path, root)
	if !ok {
		return inventory.ErrNotFound
	}
	switch folder, name, _ := strings.Cut(rest, "/"); {
	case rest == "provider-metadata.json":
		return p.metadata(w, r, v)
	case rest == "service.json":
		return p.service(w, r, v)
	case rest == "index.txt", rest == "changes.csv":
		if v.stranger() { // who is told of the white folder, and finds them there
			return inventory.ErrNotFound
		}
		return p.list(w, r, v, labels(), rest)
	case folder == "openpgp":
		return p.key(w, r, name)
	default:
		l, ok := labelOf(folder)
		if !ok {
			return inventory.ErrNotFound
		}
		if l != white {
			w.Header().Set("Cache-Control", "private, no-store")
			if v.stranger() {
				return errStranger
			}
		}
		return p.folder(w, r, v, l, name)
	}
}

// folder serves what lies below a label. As a directory with its own lists
// there is only white: what is not for everybody is found by its feed.
func (p *provider) folder(w http.ResponseWriter, r *http.Request, v visit, l label, name string) error {
	switch year, file, deeper := strings.Cut(name, "/"); {
	case name == l.feedName():
		return p.feed(w, r, v, l)
	case name == l.categoryName():
		return p.categories(w, r, l)
	case l == white && (name == "index.txt" || name == "changes.csv"):
		return p.list(w, r, v, []label{white}, name)
	case l == white && name == "" && strings.HasSuffix(r.URL.Path, "/"), deeper && file == "":
		return p.listing(w, r, v, l, year)
	case deeper:
		return p.document(w, r, v, l, name)
	}
	return inventory.ErrNotFound
}

// refuse turns an error into an answer that tells a stranger nothing.
func (p *provider) refuse(w http.ResponseWriter, r *http.Request, err error) {
	tooMany, isTooMany := errors.AsType[*pace.TooManyError](err)
	switch {
	case isTooMany:
		w.Header().Set("Retry-After", tooMany.RetryAfter())
		fail(w, http.StatusTooManyRequests, "too many requests")
	case errors.Is(err, errStranger), errors.Is(err, inventory.ErrForbidden):
		w.Header().Set("WWW-Authenticate", `Bearer realm="exchange"`)
		fail(w, http.StatusUnauthorized, errStranger.Error())
	case errors.Is(err, inventory.ErrNotFound):
		fail(w, http.StatusNotFound, "not found")
	case errors.Is(err, context.Canceled):
	default:
		p.o.Log.ErrorContext(r.Context(), "provider cannot answer", "path", inventory.CleanText(r.URL.Path, 200), "error", err)
		w.Header().Set("Retry-After", "60")
		fail(w, http.StatusServiceUnavailable, "not possible now, try again later")
	}
}

// fail answers in plain text: a tool must never take an error for a document.
func fail(w http.ResponseWriter, status int, text string) {
	w.Header().Del("ETag")
	http.Error(w, text, status)
}

// Folder is where the documents of a provider at url lie: what publishers call
// the folder of their documents (csaf.Publisher.URL).
func Folder(url string) string { return strings.TrimRight(url, "/") + strings.TrimRight(root, "/") }
