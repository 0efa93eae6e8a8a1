package mispfeed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pace"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/misp"
)

// A Shelf holds what was released.
type Shelf interface {
	// Published lists what a caller may have now, one entry for each advisory,
	// without the bytes.
	Published(context.Context, exchange.Caller, exchange.Format) ([]exchange.Publication, error)
	// PublishedFile gives one of them by its file's name, or ErrNotFound.
	PublishedFile(_ context.Context, _ exchange.Caller, _ exchange.Format, name string) (exchange.Publication, error)
	// KeepReceipt stores that a caller has fetched an event.
	KeepReceipt(context.Context, exchange.Receipt) error
}

// Options describe the feed.
type Options struct {
	// Identify tells who asks; the zero Caller is anybody. With an error the
	// request is refused: wrong credentials are not the same as none. Without
	// the function everybody is anybody.
	Identify func(*http.Request) (exchange.Caller, error)
	// Sign signs the manifest, armoured and detached. It is used where the
	// events are signed, too; nil leaves their signatures out.
	Sign func([]byte) (string, error)
	// Pace bounds the requests of one caller; nil: one of 50 in a second and
	// 2000 at once. It is never less than a full download takes.
	Pace *pace.Pace
	Now  func() time.Time
	Log  *slog.Logger
}

const root = "/misp/"

type feed struct {
	shelf Shelf
	o     Options
	known *cache
}

// Handler serves /misp/. It may be used by several goroutines.
func Handler(shelf Shelf, o Options) http.Handler {
	if o.Identify == nil {
		o.Identify = func(*http.Request) (exchange.Caller, error) { return exchange.Caller{}, nil }
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default of an injected clock
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Pace == nil {
		o.Pace = pace.New(50, 2000, o.Now)
	}
	o.Identify = o.Pace.Identify(o.Identify)
	return &feed{shelf: shelf, o: o, known: newCache()}
}

// errStranger asks for credentials.
var errStranger = errors.New("this is for peers under an agreement: come with your client certificate or API key")

// ServeHTTP answers by what the path names, after asking who asks.
func (f *feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	// Which answer somebody gets hangs on who it is: no cache in between may
	// keep it, and MISP asks again by ETag.
	h.Set("Vary", "Authorization, X-Api-Key")
	h.Set("Cache-Control", "private, no-cache")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		fail(w, http.StatusMethodNotAllowed, "only GET and HEAD")
		return
	}
	who, err := f.o.Identify(r)
	if err == nil {
		err = f.serve(w, r, who)
	}
	if err != nil {
		f.refuse(w, r, who, err)
	}
}

func (f *feed) serve(w http.ResponseWriter, r *http.Request, who exchange.Caller) error {
	name, ok := strings.CutPrefix(r.URL.Path, root)
	if !ok {
		return inventory.ErrNotFound
	}
	switch name {
	case "manifest.json":
		raw, _, err := f.manifest(r, who)
		if err != nil {
			return err
		}
		return send(w, r, misp.MediaType, raw)
	case "manifest.json.asc":
		return f.signature(w, r, who)
	case "hashes.csv":
		return f.hashes(w, r, who)
	}
	if !misp.IsFileName(name) {
		return inventory.ErrNotFound
	}
	return f.event(w, r, who, name)
}

// event serves one event, and keeps that it was fetched.
func (f *feed) event(w http.ResponseWriter, r *http.Request, who exchange.Caller, name string) error {
	pub, err := f.file(r.Context(), who, name)
	if err != nil {
		return err
	}
	if who.Team != "" && r.Method == http.MethodGet && r.Header.Get("If-None-Match") != etag(pub.File.Bytes) {
		// When it cannot be stored the peer does not get it: it would look as
		// if it never had.
		err := f.shelf.KeepReceipt(r.Context(), exchange.Receipt{
			Release: pub.Release, Team: who.Team, Channel: exchange.ChannelMISP, Kind: exchange.ReceiptFetched,
			At: f.o.Now().UTC(), Credential: who.Credential, Path: r.URL.Path,
		})
		if err != nil {
			return fmt.Errorf("keep receipt of %s by %s: %w", pub.Release, who.Team, err)
		}
	}
	return send(w, r, misp.MediaType, pub.File.Bytes)
}

// file gets an event as it was released, or an error.
func (f *feed) file(ctx context.Context, who exchange.Caller, name string) (exchange.Publication, error) {
	pub, err := f.shelf.PublishedFile(ctx, who, exchange.FormatMISP, name)
	if err != nil {
		return pub, fmt.Errorf("get %s: %w", name, err)
	}
	if err := forAll(who, pub); err != nil {
		return pub, err
	}
	if sum, _ := pub.File.Hashes(); sum != pub.File.SHA256 {
		return pub, fmt.Errorf("release %s: %s is not what was released: its hash differs: %w", pub.Release, name, inventory.ErrInvalid)
	}
	return pub, nil
}

// forAll holds a shelf to giving strangers only what is public.
func forAll(who exchange.Caller, pub exchange.Publication) error {
	if who.Team == "" && pub.TLP != advisory.Clear {
		return fmt.Errorf("release %s is %s and given to everybody", pub.Release, pub.TLP)
	}
	return nil
}

// refuse turns an error into an answer that tells a stranger nothing: neither
// what there is for others, nor what there is not.
func (f *feed) refuse(w http.ResponseWriter, r *http.Request, who exchange.Caller, err error) {
	tooMany, isTooMany := errors.AsType[*pace.TooManyError](err)
	switch {
	case isTooMany:
		w.Header().Set("Retry-After", tooMany.RetryAfter())
		fail(w, http.StatusTooManyRequests, "too many requests")
	case errors.Is(err, errStranger), errors.Is(err, inventory.ErrForbidden), errors.Is(err, inventory.ErrNotFound) && who.Team == "":
		w.Header().Set("WWW-Authenticate", `Bearer realm="exchange"`)
		fail(w, http.StatusUnauthorized, errStranger.Error())
	case errors.Is(err, inventory.ErrNotFound):
		fail(w, http.StatusNotFound, "not found")
	case errors.Is(err, context.Canceled):
	default:
		f.o.Log.ErrorContext(r.Context(), "MISP feed cannot answer", "path", inventory.CleanText(r.URL.Path, 200), "error", err)
		w.Header().Set("Retry-After", "60")
		fail(w, http.StatusServiceUnavailable, "not possible now, try again later")
	}
}

// fail answers in plain text: a tool must never take an error for an event.
func fail(w http.ResponseWriter, status int, text string) {
	w.Header().Del("ETag")
	http.Error(w, text, status)
}

// send answers with bytes, or with 304 to who has them already.
func send(w http.ResponseWriter, r *http.Request, kind string, b []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("ETag", etag(b))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	return nil
}

func etag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}
