package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/fetch"
	"github.com/ciiscan/ciiscan/internal/nesting"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/gocsaf/csaf/v3/csaf"
	"github.com/gocsaf/csaf/v3/util"
)

const (
	// overlap is how long before the newest known change a poll begins:
	// lists are written after the documents, by other clocks.
	overlap = 24 * time.Hour
	// full is how often everything is asked for: some publish with dates of
	// long ago.
	full = 7 * 24 * time.Hour

	maxListed   = 20_000
	maxRecent   = 5000
	maxRetry    = 500
	maxMetadata = 4 << 20
)

// pollCSAF reads a provider, or those in an aggregator's list who are the
// team.
func pollCSAF(ctx context.Context, j *poll) error {
	at := readCursor(j.out.Cursor)
	addresses := []string{j.src.URL}
	if strings.HasSuffix(j.src.URL, "aggregator.json") {
		var err error
		if addresses, err = j.mirrors(ctx); err != nil {
			return err
		}
	}
	for _, a := range addresses {
		p := at.Providers[a]
		if p == nil {
			p = &provider{}
			at.Providers[a] = p
		}
		err := j.provider(ctx, a, p)
		j.out.Cursor = at.String()
		if err != nil {
			return err
		}
	}
	return j.problems()
}

// mirrors are the addresses of the provider metadata, as an aggregator has it
// of the team. Others that it lists are none of this source's business.
func (j *poll) mirrors(ctx context.Context) ([]string, error) {
	raw, _, err := j.client.Get(ctx, j.src.URL, maxMetadata)
	if err != nil {
		return nil, err
	}
	type entry struct {
		Metadata struct {
			URL       string `json:"url"`
			Publisher struct {
				Namespace string `json:"namespace"`
			} `json:"publisher"`
		} `json:"metadata"`
		Mirrors []string `json:"mirrors"`
	}
	var list struct {
		Providers  []entry `json:"csaf_providers"`
		Publishers []entry `json:"csaf_publishers"`
	}
	var any any
	if !nesting.Within(raw, maxDepth) || json.Unmarshal(raw, &list) != nil || json.Unmarshal(raw, &any) != nil {
		return nil, fmt.Errorf("the aggregator's list cannot be read: %w", inventory.ErrInvalid)
	}
	if faults, err := csaf.ValidateAggregator(any); err != nil || len(faults) > 0 {
		j.note("the aggregator's list is not as CSAF wants it: %v", faults[:min(len(faults), 3)])
	}
	var out []string
	for _, e := range append(list.Providers, list.Publishers...) {
		if !slices.ContainsFunc(j.team.Namespaces, func(ns string) bool { return sameNamespace(ns, e.Metadata.Publisher.Namespace) }) {
			continue
		}
		if len(e.Mirrors) > 0 {
			out = append(out, e.Mirrors[0])
		} else if e.Metadata.URL != "" {
			out = append(out, e.Metadata.URL)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the aggregator lists %d publishers, and none with a namespace of the team: %w", len(list.Providers)+len(list.Publishers), inventory.ErrNotFound)
	}
	return out, nil
}

func (j *poll) provider(ctx context.Context, address string, p *provider) error {
	w := &watcher{Bound: j.client.Bind(ctx)}
	meta := csaf.NewProviderMetadataLoader(w).Load(discoverable(address))
	if !meta.Valid() {
		return w.unreachable(address, meta)
	}
	doc, err := readFace(meta.Document)
	if err != nil {
		return err
	}
	j.compare(p, doc)
	base, err := url.Parse(meta.URL)
	if err != nil {
		return fmt.Errorf("provider metadata: %w", err)
	}
	files, newest, all, err := j.list(w, meta, base, p)
	if err != nil {
		return err
	}
	failed := false
	for _, err := range w.bad {
		if errors.Is(err, inventory.ErrForbidden) && isAnswer(err) { // a feed for others
			j.note("a feed is not for us: %v", err)
			continue
		}
		failed = true
		j.bad = append(j.bad, fmt.Errorf("feed: %w", err))
	}
	if err := j.fetchAll(ctx, p, files); err != nil {
		return err
	}
	if failed { // what that feed would have listed is still to come
		return nil
	}
	if newest.After(p.Since) {
		p.Since = newest
	}
	if all {
		p.Full = j.Now().UTC()
	}
	return nil
}

// discoverable is the address as gocsaf's loader wants it: metadata by its
// address, a provider by its domain.
func discoverable(address string) string {
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "https" && strings.Trim(u.Path, "/") == "" {
		return u.Host
	}
	return address
}

// list asks the provider's feeds what there is, after what is to be tried
// again. It tells the newest date, and whether it asked for all.
func (j *poll) list(w *watcher, meta *csaf.LoadedProviderMetadata, base *url.URL, p *provider) (files []listed, newest time.Time, all bool, err error) {
	now := j.Now().UTC()
	all = now.Sub(p.Full) >= full
	files = p.Retry
	seen := map[string]bool{}
	for _, f := range files {
		seen[f.URL] = true
	}
	processor := csaf.NewAdvisoryFileProcessor(w, util.NewPathEval(), meta.Document, base)
	processor.AgeAccept = func(t time.Time) bool {
		if t.After(newest) && !t.After(now.Add(skew)) { // a date of the future would hide what comes before it
			newest = t.UTC()
		}
		return all || !t.Before(p.Since.Add(-overlap))
	}
	processor.Log = func(level slog.Level, message string, args ...any) {
		if level >= slog.LevelWarn {
			j.note("%s %v", message, args)
		}
	}
	w.bad = nil
	err = processor.Process(func(_ csaf.TLPLabel, list []csaf.AdvisoryFile) error {
		for _, f := range list {
			if seen[f.URL()] {
				continue
			}
			if seen[f.URL()] = true; len(files) >= maxListed {
				return fmt.Errorf("the feeds list more than %d documents: %w", maxListed, inventory.ErrInvalid)
			}
			files = append(files, listed{URL: f.URL(), SHA256: f.SHA256URL(), SHA512: f.SHA512URL(), Sign: f.SignURL()})
		}
		return nil
	})
	if err != nil && len(w.bad) > 0 { // our own words for it are better
		err = errors.Join(w.bad...)
	}
	return files, newest, all, err
}

// readFace takes out of the metadata what people would want to know of when it
// changes.
func readFace(doc any) (face, error) {
	raw, err := json.Marshal(doc)
	if err != nil {
		return face{}, fmt.Errorf("provider metadata: %w", err)
	}
	var m struct {
		Canonical string `json:"canonical_url"`
		Role      string `json:"role"`
		Publisher struct {
			Namespace string `json:"namespace"`
		} `json:"publisher"`
		Keys []struct {
			Fingerprint string `json:"fingerprint"`
		} `json:"public_openpgp_keys"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return face{}, fmt.Errorf("provider metadata: %w", err)
	}
	f := face{Canonical: m.Canonical, Namespace: m.Publisher.Namespace, Role: m.Role}
	for _, k := range m.Keys[:min(len(m.Keys), 20)] {
		f.Keys = append(f.Keys, strings.ToUpper(inventory.CleanText(k.Fingerprint, 64)))
	}
	slices.Sort(f.Keys)
	return f, nil
}

// compare tells what a provider says of itself now and did not before, and
// what does not fit what people verified. None of it is believed.
func (j *poll) compare(p *provider, now face) {
	was := p.Face
	p.Face = now
	if was.Canonical != "" {
		for _, f := range []struct{ what, was, now string }{
			{"address", was.Canonical, now.Canonical},
			{"namespace", was.Namespace, now.Namespace},
			{"role", was.Role, now.Role},
			{"keys", strings.Join(was.Keys, " "), strings.Join(now.Keys, " ")},
		} {
			if f.was != f.now {
				j.note("the provider's %s changed from %q to %q", f.what, f.was, f.now)
			}
		}
	}
	if len(j.team.Namespaces) > 0 && !slices.ContainsFunc(j.team.Namespaces, func(ns string) bool { return sameNamespace(ns, now.Namespace) }) {
		j.note("the provider publishes as %q, which is not among the team's namespaces", now.Namespace)
	}
	for _, k := range now.Keys {
		if _, ok := Signer(k, j.team); !ok {
			j.note("the provider announces key %s, which nobody pinned", k)
		}
	}
}

// A watcher is the client for gocsaf, which goes on where a feed is missing:
// it remembers what did, and leaves no connection open.
type watcher struct {
	fetch.Bound
	bad []error
}

// Get fetches, and remembers what failed.
func (w *watcher) Get(address string) (*http.Response, error) {
	res, err := w.Bound.Get(address)
	if err != nil {
		w.bad = append(w.bad, err)
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close() // nothing of it is used
		res.Body = io.NopCloser(strings.NewReader(""))
		w.bad = append(w.bad, &answerError{host: res.Request.URL.Host, path: res.Request.URL.EscapedPath(), code: res.StatusCode})
	}
	return res, nil
}

// An answerError is an answer other than success to a request of gocsaf's.
type answerError struct {
	host, path string
	code       int
}

// Error reads "cert.example/csaf/feed.json: answers 404 Not Found".
func (e *answerError) Error() string {
	return fmt.Sprintf("%s%s: answers %d %s", e.host, e.path, e.code, http.StatusText(e.code))
}

// Is sorts the answer among our own kinds of error.
func (e *answerError) Is(target error) bool {
	switch e.code {
	case http.StatusNotFound, http.StatusGone:
		return target == inventory.ErrNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		return target == inventory.ErrForbidden
	}
	return target == inventory.ErrUnavailable
}

// isAnswer tells what the server said from what we refuse ourselves.
func isAnswer(err error) bool {
	_, ok := errors.AsType[*answerError](err)
	return ok
}

// unreachable says why there is no provider metadata.
func (w *watcher) unreachable(address string, meta *csaf.LoadedProviderMetadata) error {
	if len(w.bad) > 0 {
		return fmt.Errorf("no provider metadata at %s: %w", address, w.bad[0])
	}
	var why []string
	if meta != nil {
		for _, m := range meta.Messages[:min(len(meta.Messages), 3)] {
			why = append(why, inventory.CleanText(m.Message, 200))
		}
	}
	return fmt.Errorf("no provider metadata at %s: %s: %w", address, strings.Join(why, "; "), inventory.ErrInvalid)
}
