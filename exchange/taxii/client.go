package taxii

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/nesting"
	"github.com/ciiscan/ciiscan/inventory"
)

// HTTP sends a request. What it may reach, and for how long, is its business:
// give a guarded one.
type HTTP interface {
	Do(*http.Request) (*http.Response, error)
}

// A Client reads and writes at a peer's TAXII server. All that the peer says
// is bounded, and no address that it names gets our key but its own. A zero
// limit means the default. It is safe for concurrent use.
type Client struct {
	HTTP       HTTP
	User       string // of HTTP Basic; may be empty
	Key        string // its password; "" sends none, where a client certificate speaks
	PageSize   int    // objects asked for at a time: 1,000
	MaxPages   int    // of one poll: 200
	MaxObjects int    // of one poll: 100,000
	MaxBytes   int64  // of one answer: 32 MiB; of one poll eight times that
	// Wait pauses between looks at a status; nil waits by the clock.
	Wait func(context.Context, time.Duration) error
}

// A Found is a collection and where it is.
type Found struct {
	URL string // of the collection
	exchange.TAXIICollection
}

// Find lists the collections that an address leads to: that of a discovery
// resource, an API root, a list of collections or one collection. API roots on
// other hosts are left out: the agreement is with this one.
func (c *Client) Find(ctx context.Context, address string) ([]Found, error) {
	u, err := c.address(address)
	if err != nil {
		return nil, err
	}
	if root, id, ok := splitCollection(u); ok {
		return c.list(ctx, root, id)
	}
	if root, ok := strings.CutSuffix(u.Path, "/collections/"); ok {
		u.Path = root + "/"
		return c.list(ctx, u, "")
	}
	var d wireDiscovery
	if _, err := c.get(ctx, u, &d); err != nil {
		return nil, fmt.Errorf("discover %s: %w", u.Redacted(), err)
	}
	if len(d.APIRoots) == 0 { // then it is a root itself
		return c.list(ctx, u, "")
	}
	var out []Found
	for _, r := range d.APIRoots[:min(len(d.APIRoots), 20)] {
		root, err := u.Parse(r)
		if err != nil || root.Scheme != u.Scheme || root.Host != u.Host {
			continue
		}
		root.Path = strings.TrimSuffix(root.Path, "/") + "/"
		found, err := c.list(ctx, root, "")
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// list asks a root for its collections, or for the one with the id.
func (c *Client) list(ctx context.Context, root *url.URL, id string) ([]Found, error) {
	var all wireCollections
	at := root.JoinPath("collections/")
	if id != "" {
		at = at.JoinPath(id + "/")
		all.Collections = make([]wireCollection, 1)
		if _, err := c.get(ctx, at, &all.Collections[0]); err != nil {
			return nil, fmt.Errorf("look up collection %s: %w", at.Redacted(), err)
		}
	} else if _, err := c.get(ctx, at, &all); err != nil {
		return nil, fmt.Errorf("list collections of %s: %w", root.Redacted(), err)
	}
	var out []Found
	for _, x := range all.Collections[:min(len(all.Collections), 1000)] {
		if x.ID == "" || strings.ContainsAny(x.ID, "/?#%") || x.ID == "." || x.ID == ".." || id != "" && x.ID != id {
			continue
		}
		out = append(out, Found{
			URL: root.JoinPath("collections", x.ID+"/").String(),
			TAXIICollection: exchange.TAXIICollection{
				ID: x.ID, Alias: clean(x.Alias, 200), Title: clean(x.Title, 200), Description: clean(x.Description, 2000),
				CanRead: x.CanRead, CanWrite: x.CanWrite,
			},
		})
	}
	return out, nil
}

// splitCollection takes ".../collections/ID/" and what is below it apart.
func splitCollection(u *url.URL) (root *url.URL, id string, ok bool) {
	before, after, found := strings.Cut(u.Path, "/collections/")
	id, _, _ = strings.Cut(after, "/")
	if !found || id == "" {
		return nil, "", false
	}
	r := *u
	r.Path, r.RawPath, r.RawQuery = before+"/", "", ""
	return &r, id, true
}

// address checks where we are told to go. A key goes by TLS only.
func (c *Client) address(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || c.Key != "") {
		return nil, &inventory.InputError{
			Field: "url", Value: clean(s, 100), Message: "is not the https address of a TAXII server",
			Hint: "give the address without user or key, like https://cert.example/taxii2/",
		}
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/"
	u.RawPath, u.Fragment = "", ""
	return u, nil
}

func (c *Client) collection(s string) (root *url.URL, id string, err error) {
	u, err := c.address(s)
	if err != nil {
		return nil, "", err
	}
	root, id, ok := splitCollection(u)
	if !ok {
		return nil, "", &inventory.InputError{Field: "url", Value: clean(s, 100), Message: "is not the address of a collection", Hint: "it ends in /collections/ID/"}
	}
	return root, id, nil
}

func (c *Client) get(ctx context.Context, u *url.URL, into any) (http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	return c.do(r, into)
}

func (c *Client) do(r *http.Request, into any) (http.Header, error) {
	r.Header.Set("Accept", mediaType)
	if c.Key != "" {
		r.SetBasicAuth(c.User, c.Key)
	}
	resp, err := c.HTTP.Do(r)
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", r.URL.Host, err)
	}
	defer resp.Body.Close()
	most := cmp.Or(c.MaxBytes, 32<<20)
	raw, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", r.URL.Host, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, statusError(resp, raw)
	}
	if int64(len(raw)) > most {
		return nil, fmt.Errorf("answer of %s is larger than %d bytes: %w", r.URL.Host, most, inventory.ErrInvalid)
	}
	t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(understood, t) {
		return nil, fmt.Errorf("answer of %s is %q, not TAXII: %w", r.URL.Host, clean(resp.Header.Get("Content-Type"), 100), inventory.ErrInvalid)
	}
	if !nesting.Within(raw, 64) {
		return nil, fmt.Errorf("answer of %s is nested too deep: %w", r.URL.Host, inventory.ErrInvalid)
	}
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(into); err != nil {
		return nil, fmt.Errorf("answer of %s cannot be read: %s: %w", r.URL.Host, clean(err.Error(), 200), inventory.ErrInvalid)
	}
	return resp.Header, nil
}

// understood are the types that servers in use send.
var understood = []string{
	"application/taxii+json", "application/vnd.oasis.taxii+json", "application/stix+json", "application/vnd.oasis.stix+json", "application/json",
}

// A StatusError is a peer's refusal.
type StatusError struct {
	Code       int
	Title      string // in the peer's words
	RetryAfter time.Duration
}

func statusError(resp *http.Response, raw []byte) error {
	e := &StatusError{Code: resp.StatusCode}
	var said wireError
	if len(raw) <= 64<<10 && json.Unmarshal(raw, &said) == nil {
		e.Title = clean(said.Title, 200)
		if d := clean(said.Description, 500); d != "" {
			e.Title = strings.TrimSpace(e.Title + ": " + d)
		}
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		e.RetryAfter = min(time.Duration(n), 24*3600) * time.Second
	}
	return e
}

// Error reads "the peer answers 403: Forbidden".
func (e *StatusError) Error() string {
	return fmt.Sprintf("the peer answers %d: %s", e.Code, cmp.Or(e.Title, http.StatusText(e.Code)))
}

// Is sorts the refusal among our own kinds of error.
func (e *StatusError) Is(target error) bool {
	return target == e.kind()
}

func (e *StatusError) kind() error {
	switch {
	case e.Code == http.StatusUnauthorized || e.Code == http.StatusForbidden:
		return inventory.ErrForbidden
	case e.Code == http.StatusNotFound:
		return inventory.ErrNotFound
	case e.Code == http.StatusTooManyRequests || e.Code >= http.StatusInternalServerError:
		return inventory.ErrUnavailable
	}
	return inventory.ErrInvalid
}

// Advice says what to do about it.
func (e *StatusError) Advice() string {
	switch e.Code {
	case http.StatusUnauthorized:
		return "check the API key or the client certificate that the peer gave us"
	case http.StatusForbidden, http.StatusNotFound:
		return "ask the peer whether the agreement still holds and the address is right"
	case http.StatusTooManyRequests:
		return "ask less often"
	}
	return ""
}
