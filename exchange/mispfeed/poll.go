package mispfeed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/misp"
)

// HTTP sends a request. What it may reach, and for how long, is its business:
// give a guarded one.
type HTTP interface {
	Do(*http.Request) (*http.Response, error)
}

// What one poll takes at most. What is left over comes with the next.
const (
	maxEvent  = 16 << 20
	maxPoll   = 128 << 20
	maxEvents = 1000
	maxBad    = 50
	maxFeed   = 20_000 // events in a manifest
)

// Poll reads the events of a peer's feed that are new or have changed since
// cursor, which is "" at first and what the last poll returned from then on.
// base is the address of the feed's folder. They come with the oldest change
// first.
//
// What it returns beside an error is good, too: keep the events and the
// cursor. An event that cannot be had, or is not what the manifest says, does
// not stop the others, and is asked for again by the next poll.
func Poll(ctx context.Context, h HTTP, base, key, cursor string) (events [][]byte, newCursor string, err error) {
	p := poller{http: h, key: key, seen: readCursor(cursor)}
	if p.base, err = folder(base, key); err != nil {
		return nil, cursor, err
	}
	if err := p.run(ctx); err != nil {
		return p.events, p.seen.String(), fmt.Errorf("poll %s: %w", p.base.Redacted(), err)
	}
	return p.events, p.seen.String(), nil
}

// folder checks where we are told to go. A key goes by TLS only.
func folder(s, key string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(s), "manifest.json"))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || key != "") {
		return nil, &inventory.InputError{
			Field: "url", Value: inventory.CleanText(s, 100), Message: "is not the https address of a MISP feed",
			Hint: "give the address of the folder with manifest.json, without user or key, like https://cert.example/misp/",
		}
	}
	u.RawQuery, u.Fragment = "", ""
	return u, nil
}

// A position is how far we have read: the timestamp of each event that we
// have, and the ETag of a manifest of which nothing is left to fetch. A time
// alone would not do: feeds get older events later.
type position struct {
	ETag   string           `json:"etag,omitempty"`
	Events map[string]int64 `json:"events"`
}

// readCursor takes what it cannot read for the beginning: to read an event
// twice does no harm.
func readCursor(s string) position {
	var p position
	if err := json.Unmarshal([]byte(s), &p); err != nil || p.Events == nil {
		return position{Events: map[string]int64{}}
	}
	return p
}

func (p position) String() string {
	raw, err := json.Marshal(p)
	if err != nil { // strings and numbers always encode
		return ""
	}
	return string(raw)
}

type poller struct {
	http   HTTP
	key    string
	base   *url.URL
	seen   position
	events [][]byte
	bytes  int
	bad    []error
}

// A todo is an event to fetch.
type todo struct {
	uuid  string
	entry misp.Entry
}

func (p *poller) run(ctx context.Context) error {
	raw, etag, err := p.get(ctx, "manifest.json", p.seen.ETag)
	if err != nil || raw == nil {
		return err
	}
	p.seen.ETag = ""
	entries, skipped, err := misp.ReadManifest(raw, misp.Limits{Bytes: maxEvent, Attributes: maxFeed})
	if err != nil {
		return err
	}
	if skipped > 0 {
		p.bad = append(p.bad, fmt.Errorf("%d entries of the manifest cannot be read: %w", skipped, inventory.ErrInvalid))
	}
	for uuid := range p.seen.Events { // what left the feed needs no memory
		if _, ok := entries[uuid]; !ok {
			delete(p.seen.Events, uuid)
		}
	}
	all := p.todo(entries)
	for i, t := range all {
		raw, err := p.event(ctx, t)
		if err != nil && (ctx.Err() != nil || final(err)) {
			return err
		}
		if err != nil {
			p.bad = append(p.bad, fmt.Errorf("event %s: %w", t.uuid, err))
		} else {
			p.events, p.bytes = append(p.events, raw), p.bytes+len(raw)
			p.seen.Events[t.uuid] = t.entry.Timestamp.Unix()
		}
		if i+1 < len(all) && (len(p.events) >= maxEvents || p.bytes >= maxPoll || len(p.bad) >= maxBad) {
			return p.problems()
		}
	}
	if len(p.bad) == 0 {
		p.seen.ETag = etag
	}
	return p.problems()
}

// final tells whether the peer would say the same to every further request.
func final(err error) bool {
	e, ok := errors.AsType[*StatusError](err)
	return ok && (e.Code == http.StatusUnauthorized || e.Code == http.StatusForbidden || e.Code == http.StatusTooManyRequests)
}

// todo lists what is new or has grown, the oldest change first.
func (p *poller) todo(entries map[string]misp.Entry) []todo {
	var out []todo
	for uuid, e := range entries {
		if have, ok := p.seen.Events[uuid]; !ok || e.Timestamp.Unix() > have {
			out = append(out, todo{uuid, e})
		}
	}
	slices.SortFunc(out, func(a, b todo) int {
		return cmp.Or(cmp.Compare(a.entry.Timestamp.Unix(), b.entry.Timestamp.Unix()), cmp.Compare(a.uuid, b.uuid))
	})
	return out
}

// problems tells the first few.
func (p *poller) problems() error {
	const told = 5
	if len(p.bad) <= told {
		return errors.Join(p.bad...)
	}
	return errors.Join(append(p.bad[:told:told], fmt.Errorf("and %d more", len(p.bad)-told))...)
}

// event fetches one and holds it against the manifest.
func (p *poller) event(ctx context.Context, t todo) ([]byte, error) {
	raw, _, err := p.get(ctx, t.uuid+".json", "")
	if err != nil {
		return nil, err
	}
	if want := string(t.entry.SHA256); want != "" {
		sum := sha256.Sum256(raw)
		if !strings.EqualFold(want, hex.EncodeToString(sum[:])) {
			return nil, fmt.Errorf("is not what the manifest says, its hash differs: %w", inventory.ErrInvalid)
		}
	}
	e, err := misp.Parse(raw, misp.Limits{Bytes: maxEvent})
	if err != nil {
		return nil, err
	}
	if string(e.UUID) != t.uuid {
		return nil, fmt.Errorf("calls itself %s: %w", e.UUID, inventory.ErrInvalid)
	}
	return raw, nil
}

// get reads a file of the feed. With the ETag of what we have it returns
// nothing when that is still so.
func (p *poller) get(ctx context.Context, name, have string) ([]byte, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base.JoinPath(name).String(), nil)
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Accept", misp.MediaType)
	if p.key != "" {
		r.Header.Set("Authorization", p.key)
	}
	if have != "" {
		r.Header.Set("If-None-Match", have)
	}
	resp, err := p.http.Do(r)
	if err != nil {
		return nil, "", fmt.Errorf("reach %s: %w", p.base.Host, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotModified && have != "" {
		return nil, have, nil
	}
	if resp.StatusCode != http.StatusOK {
		return nil, "", &StatusError{Code: resp.StatusCode, RetryAfter: retryAfter(resp)}
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxEvent+1))
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", name, err)
	}
	if len(raw) > maxEvent {
		return nil, "", fmt.Errorf("%s is larger than %d bytes: %w", name, maxEvent, inventory.ErrInvalid)
	}
	if etag := resp.Header.Get("ETag"); len(etag) <= 200 {
		return raw, etag, nil
	}
	return raw, "", nil
}

// A StatusError is a peer's refusal.
type StatusError struct {
	Code       int
	RetryAfter time.Duration
}

func retryAfter(resp *http.Response) time.Duration {
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n <= 0 {
		return 0
	}
	return min(time.Duration(n), 24*3600) * time.Second
}

// Error reads "the peer answers 403 Forbidden".
func (e *StatusError) Error() string {
	return fmt.Sprintf("the peer answers %d %s", e.Code, http.StatusText(e.Code))
}

// Is sorts the refusal among our own kinds of error.
func (e *StatusError) Is(target error) bool {
	switch {
	case e.Code == http.StatusUnauthorized || e.Code == http.StatusForbidden:
		return target == inventory.ErrForbidden
	case e.Code == http.StatusNotFound:
		return target == inventory.ErrNotFound
	case e.Code == http.StatusTooManyRequests || e.Code >= http.StatusInternalServerError:
		return target == inventory.ErrUnavailable
	}
	return target == inventory.ErrInvalid
}
