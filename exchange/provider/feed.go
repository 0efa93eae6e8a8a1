package provider

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// requestsPerDocument is what a reader fetches of each: the document, two
// hashes, a signature; twice where it compares feed and directory, and again
// without credentials where it checks that they are needed.
const requestsPerDocument = 10

// published lists what the caller may have, the newest first, each advisory
// once: where a peer was given its own edition of something public, that one.
func (p *provider) published(r *http.Request, v visit) ([]exchange.Publication, error) {
	all, err := p.shelf.Published(r.Context(), v.who, exchange.FormatCSAF)
	if err != nil {
		return nil, fmt.Errorf("list what %s may have: %w", cmp.Or(string(v.who.Team), "everybody"), err)
	}
	best := map[string]exchange.Publication{}
	for _, pub := range all {
		if v.stranger() && pub.TLP != advisory.Clear {
			return nil, fmt.Errorf("release %s is %s and listed for everybody", pub.Release, pub.TLP)
		}
		have, ok := best[pub.TrackingID]
		if !ok || cmp.Or(cmp.Compare(pub.Revision, have.Revision), rank(pub)-rank(have)) > 0 {
			best[pub.TrackingID] = pub
		}
	}
	pubs := make([]exchange.Publication, 0, len(best))
	for _, pub := range best {
		pubs = append(pubs, pub)
	}
	slices.SortFunc(pubs, func(a, b exchange.Publication) int {
		return cmp.Or(b.CurrentReleased.Compare(a.CurrentReleased), cmp.Compare(a.TrackingID, b.TrackingID))
	})
	p.o.Pace.Allow(r, v.who, requestsPerDocument*len(pubs))
	return pubs, nil
}

func rank(p exchange.Publication) int { return slices.Index(advisory.TLPs(), p.TLP) }

// under keeps those that lie in one label's folder.
func under(pubs []exchange.Publication, l label) []exchange.Publication {
	return slices.DeleteFunc(slices.Clone(pubs), func(p exchange.Publication) bool { return labelFor(p.TLP) != l })
}

// open lists the labels that have something in them, and always white.
func open(pubs []exchange.Publication) []label {
	return slices.DeleteFunc(labels(), func(l label) bool { return l != white && len(under(pubs, l)) == 0 })
}

// newest is the instant of the last release; before the first, when the
// provider began.
func (p *provider) newest(pubs []exchange.Publication) time.Time {
	if len(pubs) == 0 {
		return p.o.Since
	}
	return pubs[0].CurrentReleased
}

func kinds() []advisory.Category {
	return []advisory.Category{
		advisory.Exposure, advisory.Incident, advisory.Indicators, advisory.Statistics, advisory.Vulnerability,
	}
}

// The members of a feed are those that CSAF's schema names, and no other that
// Atom would allow: widely used readers drop a whole feed for one.
type feedDoc struct {
	Feed feedBody `json:"feed"`
}

type feedBody struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Link     []link     `json:"link"`
	Category []category `json:"category"`
	Updated  string     `json:"updated"`
	Entry    []entry    `json:"entry"`
}

type link struct {
	Rel  string `json:"rel"`
	HRef string `json:"href"`
}

type entry struct {
	ID        string     `json:"id"`
	Title     string     `json:"title"`
	Link      []link     `json:"link"`
	Published string     `json:"published"`
	Updated   string     `json:"updated"`
	Category  []category `json:"category"`
	Summary   *summary   `json:"summary,omitempty"`
	Content   content    `json:"content"`
	Format    format     `json:"format"`
}

type summary struct {
	Content string `json:"content"`
}

type content struct {
	Type string `json:"type"`
	Src  string `json:"src"`
}

type format struct {
	Schema  string `json:"schema"`
	Version string `json:"version"`
}

// feed serves a label's ROLIE feed: the caller's part of it.
func (p *provider) feed(w http.ResponseWriter, r *http.Request, v visit, l label) error {
	all, err := p.published(r, v)
	if err != nil {
		return err
	}
	pubs := under(all, l)
	doc := feedDoc{feedBody{
		ID: l.feedID(), Title: p.feedTitle(l), Link: []link{{"self", p.url(l.folder(), l.feedName())}},
		Category: []category{isCSAF()}, Updated: stamp(p.newest(pubs)), Entry: []entry{},
	}}
	for _, pub := range pubs {
		at := p.url(l.folder(), pathOf(pub))
		e := entry{
			ID: pub.TrackingID, Title: cmp.Or(pub.Title, pub.TrackingID),
			Link:      []link{{"self", at}, {"hash", at + ".sha256"}, {"hash", at + ".sha512"}, {"signature", at + ".asc"}},
			Published: stamp(pub.InitialReleased), Updated: stamp(pub.CurrentReleased),
			Category: []category{{Term: string(cmp.Or(pub.Category, advisory.Exposure))}},
			Content:  content{Type: "application/json", Src: at},
			Format:   format{Schema: "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json", Version: "2.0"},
		}
		if pub.Summary != "" {
			e.Summary = &summary{pub.Summary}
		}
		doc.Feed.Entry = append(doc.Feed.Entry, e)
	}
	return sendJSON(w, r, doc)
}

// list serves index.txt and changes.csv: of one label in its folder, of all
// labels beside the metadata.
func (p *provider) list(w http.ResponseWriter, r *http.Request, v visit, of []label, name string) error {
	all, err := p.published(r, v)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, pub := range all {
		l, at := labelFor(pub.TLP), pathOf(pub)
		if !slices.Contains(of, l) {
			continue
		}
		if len(of) > 1 {
			at = l.folder() + "/" + at
		}
		if name == "index.txt" {
			fmt.Fprintln(&b, at)
		} else {
			fmt.Fprintf(&b, "%q,%q\n", at, stamp(pub.CurrentReleased))
		}
	}
	kind := "text/plain; charset=utf-8"
	if name == "changes.csv" {
		kind = "text/csv; charset=utf-8"
	}
	return send(w, r, kind, []byte(b.String()))
}

// listing serves a folder as a page of links: a label's, or, with year, one
// year's.
func (p *provider) listing(w http.ResponseWriter, r *http.Request, v visit, l label, year string) error {
	all, err := p.published(r, v)
	if err != nil {
		return err
	}
	var names []string
	if year == "" {
		names = []string{l.categoryName(), "changes.csv", l.feedName(), "index.txt"}
	}
	for _, pub := range under(all, l) {
		y, name, _ := strings.Cut(pathOf(pub), "/")
		switch year {
		case "":
			names = append(names, y+"/")
		case y:
			names = append(names, name, name+".asc", name+".sha256", name+".sha512")
		}
	}
	if len(names) == 0 {
		return inventory.ErrNotFound
	}
	slices.Sort(names)
	var b strings.Builder
	title := html.EscapeString(l.folder() + "/" + year)
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"en\">\n<title>%s</title>\n<h1>%s</h1>\n<ul>\n", title, title)
	for _, n := range slices.Compact(names) {
		fmt.Fprintf(&b, "<li><a href=\"%s\">%s</a></li>\n", html.EscapeString(n), html.EscapeString(n))
	}
	b.WriteString("</ul>\n</html>\n")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	return send(w, r, "text/html; charset=utf-8", []byte(b.String()))
}

func sendJSON(w http.ResponseWriter, r *http.Request, doc any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("encode %s: %w", r.URL.Path, err)
	}
	// CSAF's checkers want exactly this, without a charset.
	return send(w, r, "application/json", b.Bytes())
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
