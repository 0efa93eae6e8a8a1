package mispfeed

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/misp"
)

// What is told of an event besides the event: its line of the manifest, and
// its lines of hashes.csv.
type told struct {
	uuid   string
	entry  misp.Entry
	hashes []byte
}

// A cache keeps what is told of released files by their SHA-256. They never
// change, so it needs no end but that of memory.
type cache struct {
	mu  sync.Mutex
	all map[string]told
}

// maxCached bounds a cache. Larger feeds are read anew each time.
const maxCached = 8192

func newCache() *cache { return &cache{all: map[string]told{}} }

func (c *cache) get(sum string) (told, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.all[sum]
	return t, ok
}

func (c *cache) put(sum string, t told) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) >= maxCached {
		clear(c.all)
	}
	c.all[sum] = t
}

// events is what may be told a caller of its events, by UUID. One that is not
// what was released is left out and reported: the others go on.
func (f *feed) events(r *http.Request, who exchange.Caller) ([]told, error) {
	ctx := r.Context()
	pubs, err := f.shelf.Published(ctx, who, exchange.FormatMISP)
	if err != nil {
		return nil, fmt.Errorf("list what %s may have: %w", cmp.Or(string(who.Team), "everybody"), err)
	}
	var out []told
	for _, pub := range pubs {
		if err := forAll(who, pub); err != nil {
			return nil, err
		}
		t, err := f.told(ctx, who, pub.File)
		switch {
		case err == nil:
			out = append(out, t)
		case errors.Is(err, inventory.ErrNotFound): // its agreement has ended since
		case !errors.Is(err, inventory.ErrInvalid):
			return nil, err
		default:
			f.o.Log.ErrorContext(ctx, "MISP feed leaves an event out", "release", string(pub.Release), "error", err)
		}
	}
	if len(out) == 0 && who.Team == "" {
		return nil, errStranger
	}
	f.o.Pace.Allow(r, who, 2*len(out)) // each once, and once more where that failed
	slices.SortFunc(out, func(a, b told) int { return cmp.Compare(a.uuid, b.uuid) })
	return out, nil
}

func (f *feed) told(ctx context.Context, who exchange.Caller, file exchange.File) (told, error) {
	if t, ok := f.known.get(file.SHA256); ok {
		return t, nil
	}
	pub, err := f.file(ctx, who, file.Name)
	if err != nil {
		return told{}, err
	}
	e, err := misp.Parse(pub.File.Bytes, misp.Limits{})
	if err != nil {
		return told{}, fmt.Errorf("read %s: %w", file.Name, err)
	}
	if e.FileName() != file.Name {
		return told{}, fmt.Errorf("%s holds event %s: %w", file.Name, e.UUID, inventory.ErrInvalid)
	}
	t := told{uuid: string(e.UUID), entry: e.Entry(), hashes: misp.HashesCSV(e)}
	t.entry.SHA256 = misp.Word(pub.File.SHA256)
	if f.o.Sign != nil {
		t.entry.PGP = misp.Word(pub.File.Signature)
	}
	f.known.put(pub.File.SHA256, t)
	return t, nil
}

// manifest lists the caller's events, and tells whether any is signed.
func (f *feed) manifest(r *http.Request, who exchange.Caller) (raw []byte, signed bool, err error) {
	all, err := f.events(r, who)
	if err != nil {
		return nil, false, err
	}
	entries := map[string]misp.Entry{}
	for _, t := range all {
		entries[t.uuid] = t.entry
		signed = signed || t.entry.PGP != ""
	}
	raw, err = misp.Manifest(entries)
	return raw, signed, err
}

// signature serves the manifest's own, which there must be as soon as one
// event has one.
func (f *feed) signature(w http.ResponseWriter, r *http.Request, who exchange.Caller) error {
	raw, signed, err := f.manifest(r, who)
	if err != nil {
		return err
	}
	if !signed {
		return inventory.ErrNotFound
	}
	sig, err := f.o.Sign(raw)
	if err != nil {
		return fmt.Errorf("sign the manifest: %w", err)
	}
	return send(w, r, "application/pgp-signature", []byte(sig))
}

func (f *feed) hashes(w http.ResponseWriter, r *http.Request, who exchange.Caller) error {
	all, err := f.events(r, who)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, t := range all {
		b.Write(t.hashes)
	}
	return send(w, r, "text/csv; charset=utf-8", b.Bytes())
}
