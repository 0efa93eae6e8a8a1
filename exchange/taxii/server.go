package taxii

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pace"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Shelf is what peers may read. It gives a caller what is the caller's while
// the agreement lasts, and nothing else: what it must not know of is
// ErrNotFound.
type Shelf interface {
	TAXIICollections(context.Context, exchange.Caller) ([]exchange.TAXIICollection, error)
	TAXIIObjects(context.Context, exchange.Caller, exchange.TAXIIQuery) (exchange.TAXIIPage, error)
}

// An Inbox keeps what peers bring, unread.
type Inbox interface {
	TAXIIReceive(context.Context, exchange.Caller, exchange.TAXIIPost) (exchange.TAXIIStatus, error)
	TAXIIStatus(ctx context.Context, who exchange.Caller, id string) (exchange.TAXIIStatus, error)
}

// Receipts keep the evidence of what was fetched.
type Receipts interface {
	KeepReceipt(context.Context, exchange.Receipt) error
}

// A Library is all that stands behind the door.
type Library interface {
	Shelf
	Inbox
	Receipts
}

// Options are how the door presents itself, and its limits. A zero limit means
// the default.
type Options struct {
	Title       string
	Description string
	Contact     string
	URL         string // "https://cert.example", where the door is reached; "" takes each request's word
	// Identify says who comes, by API key (HTTP Basic, as password) or client
	// certificate; inventory.ErrForbidden is answered by 401. It may let anybody
	// in as the zero Caller, to whom the library shows what all the world may
	// read.
	Identify func(*http.Request) (exchange.Caller, error)
	// Pace bounds the requests of one caller; nil: one of 50 in a second and
	// 2000 at once.
	Pace       *pace.Pace
	Now        func() time.Time
	Key        []byte // that signs cursors; nil takes a random one, and cursors end with the process
	MaxContent int64  // bytes of a post: 10 MiB
	Page       int    // objects when the caller names no limit: 5,000, for many never ask for more
	MaxPage    int    // objects at most: 10,000
	MaxBytes   int    // of a page: 32 MiB
	Log        *slog.Logger
}

// Prefix is the path of the discovery resource; the door is all below it.
const Prefix = "/taxii2/"

const rootPath = Prefix + "exchange/"

// Handler serves TAXII 2.1 below Prefix.
func Handler(l Library, o Options) http.Handler {
	if len(o.Key) == 0 {
		o.Key = make([]byte, 32)
		_, _ = rand.Read(o.Key) // never fails
	}
	o.MaxContent = max(o.MaxContent, 0)
	for _, d := range []struct {
		value *int
		or    int
	}{{&o.Page, 5000}, {&o.MaxPage, 10_000}, {&o.MaxBytes, 32 << 20}} {
		if *d.value <= 0 {
			*d.value = d.or
		}
	}
	if o.MaxContent == 0 {
		o.MaxContent = 10 << 20
	}
	o.Page = min(o.Page, o.MaxPage)
	if o.Title == "" {
		o.Title = "Exchange of advisories"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	if o.Pace == nil {
		o.Pace = pace.New(50, 2000, o.Now)
	}
	if o.Identify == nil {
		o.Identify = func(*http.Request) (exchange.Caller, error) { return exchange.Caller{}, inventory.ErrForbidden }
	}
	o.Identify = o.Pace.Identify(o.Identify)
	s := &server{library: l, o: o}
	s.routes = []route{
		{"", methods{"GET": s.discovery}},
		{"exchange", methods{"GET": s.root}},
		{"exchange/status/*", methods{"GET": s.status}},
		{"exchange/collections", methods{"GET": s.collections}},
		{"exchange/collections/*", methods{"GET": s.collection}},
		{"exchange/collections/*/manifest", methods{"GET": s.manifest}},
		{"exchange/collections/*/objects", methods{"GET": s.objects, "POST": s.post}},
		{"exchange/collections/*/objects/*", methods{"GET": s.object, "DELETE": s.remove}},
		{"exchange/collections/*/objects/*/versions", methods{"GET": s.versions}},
	}
	return s
}

type server struct {
	library Library
	o       Options
	routes  []route
}

// A route is a path below Prefix, with * for a part that varies.
type route struct {
	path    string
	methods methods
}

type methods map[string]func(*call) (any, error)

// A call is one request on its way.
type call struct {
	*http.Request
	w      http.ResponseWriter
	who    exchange.Caller
	parts  []string // what stood for each *
	status int      // of the answer; 0 means 200
}

// A problem is an answer that is not the one hoped for.
type problem struct {
	status      int
	title       string
	description string
}

func (p *problem) Error() string { return p.title }

func fail(status int, title, description string) error {
	return &problem{status: status, title: title, description: description}
}

// ServeHTTP answers in the media type of TAXII, whatever goes wrong.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, c := r.Context(), &call{Request: r, w: w}
	answer, err := s.serve(c)
	if err != nil {
		s.refuse(ctx, c, err)
		return
	}
	status := c.status
	if status == 0 {
		status = http.StatusOK
	}
	s.write(ctx, c, status, answer)
}

func (s *server) serve(c *call) (any, error) {
	h := c.w.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Vary", "Authorization, Accept")
	h.Set("X-Content-Type-Options", "nosniff")
	var err error
	if c.who, err = s.o.Identify(c.Request); errors.Is(err, inventory.ErrForbidden) {
		h.Set("WWW-Authenticate", `Basic realm="TAXII", charset="UTF-8"`)
		return nil, fail(http.StatusUnauthorized, "Who are you?", "Send the API key that you were given as the password of HTTP Basic, or come with your client certificate.")
	}
	if err != nil {
		return nil, err
	}
	serve, err := s.find(c)
	if err != nil {
		return nil, err
	}
	if !accepts(c.Header.Values("Accept")) {
		return nil, fail(http.StatusNotAcceptable, "Not acceptable", "This server speaks "+mediaType+" only.")
	}
	return serve(c)
}

// find looks the path up, and the method there.
func (s *server) find(c *call) (func(*call) (any, error), error) {
	path, below := strings.CutPrefix(c.URL.Path, Prefix)
	if !below {
		return nil, fail(http.StatusNotFound, "Not found", "TAXII begins at "+Prefix+".")
	}
	if path != "" && !strings.HasSuffix(path, "/") {
		return nil, fail(http.StatusNotFound, "Not found", "All addresses of TAXII end in a slash.")
	}
	for _, r := range s.routes {
		parts, ok := match(r.path, strings.TrimSuffix(path, "/"))
		if !ok {
			continue
		}
		c.parts = parts
		method := c.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if serve, ok := r.methods[method]; ok {
			return serve, nil
		}
		allow := []string{"GET", "HEAD"}
		for _, m := range []string{"POST", "DELETE"} {
			if _, ok := r.methods[m]; ok {
				allow = append(allow, m)
			}
		}
		c.w.Header().Set("Allow", strings.Join(allow, ", "))
		return nil, fail(http.StatusMethodNotAllowed, "Method not allowed", "Here are "+strings.Join(allow, ", ")+".")
	}
	return nil, notFound("resource")
}

func match(pattern, path string) ([]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	var parts []string
	for i, w := range want {
		switch {
		case w == "*" && have[i] != "" && storable(have[i]):
			parts = append(parts, have[i])
		case w != have[i]:
			return nil, false
		}
	}
	return parts, true
}

// storable tells whether a text can stand in a database. One that cannot names
// nothing there.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func notFound(what string) error {
	return fail(http.StatusNotFound, "Not found", "There is no such "+what+", or not for you.")
}

// accepts tells whether the caller takes what we send: TAXII without a version
// means the newest, and no Accept means anything (RFC 9110 section 12.5.1).
func accepts(headers []string) bool {
	list := strings.Join(headers, ",")
	if strings.TrimSpace(list) == "" {
		return true
	}
	for item := range strings.SplitSeq(list, ",") {
		t, params, err := mime.ParseMediaType(item)
		if err != nil {
			continue
		}
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil && q == 0 {
			continue
		}
		v := params["version"]
		if (t == "application/taxii+json" || t == "application/*" || t == "*/*") && (v == "" || v == "2.1") {
			return true
		}
	}
	return false
}

// refuse turns an error into an error resource. What only we should know goes
// to the log.
func (s *server) refuse(ctx context.Context, c *call, err error) {
	p := &problem{}
	input, isInput := errors.AsType[*inventory.InputError](err)
	tooMany, isTooMany := errors.AsType[*pace.TooManyError](err)
	switch {
	case errors.As(err, &p):
	case isTooMany:
		c.w.Header().Set("Retry-After", tooMany.RetryAfter())
		p = &problem{http.StatusTooManyRequests, "Too many requests", "Wait a little, and ask less often."}
	case errors.Is(err, inventory.ErrNotFound):
		errors.As(notFound("resource"), &p)
	case errors.Is(err, inventory.ErrForbidden):
		p = &problem{http.StatusForbidden, "Forbidden", "You may not do this here."}
	case isInput:
		p = &problem{http.StatusUnprocessableEntity, "Cannot be processed", input.Error()}
	case errors.Is(err, inventory.ErrUnavailable):
		s.o.Log.WarnContext(ctx, "taxii request put off", "method", c.Method, "path", clean(c.URL.Path, 300), "team", c.who.Team, "error", err)
		c.w.Header().Set("Retry-After", "60")
		p = &problem{http.StatusServiceUnavailable, "Not available", "Try again in a minute."}
	default:
		s.o.Log.ErrorContext(ctx, "taxii request failed", "method", c.Method, "path", clean(c.URL.Path, 300), "team", c.who.Team, "error", err)
		p = &problem{http.StatusInternalServerError, "Something went wrong here", "It was logged. Try again later."}
	}
	s.write(ctx, c, p.status, wireError{Title: p.title, Description: p.description, HTTPStatus: strconv.Itoa(p.status)})
}

func (s *server) write(ctx context.Context, c *call, status int, answer any) {
	raw, err := marshal(answer)
	if err != nil {
		s.o.Log.ErrorContext(ctx, "taxii answer cannot be written", "path", clean(c.URL.Path, 300), "error", err)
		status, raw = http.StatusInternalServerError, []byte(`{"title":"Something went wrong here","http_status":"500"}`)
	}
	c.w.Header().Set("Content-Type", mediaType)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(raw) // a caller that is gone needs no answer
}

func clean(s string, bytes int) string { return strings.TrimSpace(inventory.CleanText(s, bytes)) }

func (s *server) discovery(c *call) (any, error) {
	base := s.o.URL
	if base == "" {
		base = "https://" + c.Host
	}
	root := strings.TrimSuffix(base, "/") + rootPath
	return wireDiscovery{Title: s.o.Title, Description: s.o.Description, Contact: s.o.Contact, Default: root, APIRoots: []string{root}}, nil
}

func (s *server) root(*call) (any, error) {
	return wireRoot{Title: s.o.Title, Description: s.o.Description, Versions: []string{mediaType}, MaxContentLength: s.o.MaxContent}, nil
}

func (s *server) collections(c *call) (any, error) {
	list, err := s.library.TAXIICollections(c.Context(), c.who)
	if err != nil {
		return nil, err
	}
	var out wireCollections
	for _, x := range list {
		if x.CanRead || x.CanWrite {
			out.Collections = append(out.Collections, collectionToWire(x))
		}
	}
	return out, nil
}

func (s *server) collection(c *call) (any, error) {
	x, err := s.seen(c)
	if err != nil {
		return nil, err
	}
	return collectionToWire(x), nil
}

// seen is the collection that the path names, by id or alias, if the caller may
// know of it.
func (s *server) seen(c *call) (exchange.TAXIICollection, error) {
	list, err := s.library.TAXIICollections(c.Context(), c.who)
	if err != nil {
		return exchange.TAXIICollection{}, err
	}
	for _, x := range list {
		if (x.ID == c.parts[0] || x.Alias == c.parts[0]) && (x.CanRead || x.CanWrite) {
			c.parts[0] = x.ID
			return x, nil
		}
	}
	return exchange.TAXIICollection{}, notFound("collection")
}

func (s *server) status(c *call) (any, error) {
	x, err := s.library.TAXIIStatus(c.Context(), c.who, c.parts[0])
	if err != nil {
		return nil, err
	}
	return statusToWire(x), nil
}
