package provider

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/csaf"
)

type pmd struct {
	CanonicalURL    string         `json:"canonical_url"`
	Distributions   []distribution `json:"distributions"`
	LastUpdated     string         `json:"last_updated"`
	List            bool           `json:"list_on_CSAF_aggregators"`
	MetadataVersion string         `json:"metadata_version"`
	Mirror          bool           `json:"mirror_on_CSAF_aggregators"`
	Keys            []pmdKey       `json:"public_openpgp_keys"`
	Publisher       pmdPublisher   `json:"publisher"`
	Role            string         `json:"role"`
}

type distribution struct {
	DirectoryURL string `json:"directory_url,omitempty"`
	Rolie        *rolie `json:"rolie,omitempty"`
}

type rolie struct {
	Categories []string   `json:"categories"`
	Feeds      []feedLink `json:"feeds"`
	Services   []string   `json:"services"`
}

type feedLink struct {
	Summary string `json:"summary"`
	Label   string `json:"tlp_label"`
	URL     string `json:"url"`
}

type pmdKey struct {
	Fingerprint string `json:"fingerprint"`
	URL         string `json:"url"`
}

type pmdPublisher struct {
	Category       string `json:"category"`
	ContactDetails string `json:"contact_details,omitempty"`
	Name           string `json:"name"`
	Namespace      string `json:"namespace"`
}

// metadata serves provider-metadata.json. It announces what the caller can
// get: a stranger would be shown doors that stay closed, and tools count that
// as a fault. The white feed is always there, empty or not. Directories are
// told to strangers alone: what is not white is only in feeds, and tools miss
// in a directory whatever else a feed has.
func (p *provider) metadata(w http.ResponseWriter, r *http.Request, v visit) error {
	pubs, err := p.published(r, v)
	if err != nil {
		return err
	}
	doc := pmd{
		CanonicalURL: p.url("provider-metadata.json"), LastUpdated: stamp(p.newest(pubs)), MetadataVersion: "2.0",
		List: p.o.List && v.stranger(), Mirror: p.o.Mirror && v.stranger(),
		Publisher: pmdPublisher{
			Category: csaf.PublisherCategory, ContactDetails: p.o.Publisher.Contact,
			Name: p.o.Publisher.Name, Namespace: p.o.Publisher.Namespace,
		},
		Role: "csaf_trusted_provider",
	}
	for _, k := range p.o.Keys {
		doc.Keys = append(doc.Keys, pmdKey{Fingerprint: k.Fingerprint, URL: p.keyURL(k.Fingerprint)})
	}
	feeds := &rolie{Services: []string{p.url("service.json")}}
	doc.Distributions = []distribution{{Rolie: feeds}}
	for _, l := range open(pubs) {
		feeds.Feeds = append(feeds.Feeds, feedLink{
			Summary: p.feedTitle(l), Label: l.String(), URL: p.url(l.folder(), l.feedName()),
		})
		feeds.Categories = append(feeds.Categories, p.url(l.folder(), l.categoryName()))
	}
	if v.stranger() {
		doc.Distributions = append(doc.Distributions, distribution{DirectoryURL: p.url(white.folder()) + "/"})
	}
	return sendJSON(w, r, doc)
}

type serviceDoc struct {
	Service struct {
		Workspace []workspace `json:"workspace"`
	} `json:"service"`
}

type workspace struct {
	Title      string       `json:"title"`
	Collection []collection `json:"collection"`
}

type collection struct {
	Title      string      `json:"title"`
	HRef       string      `json:"href"`
	Categories categoryDoc `json:"categories"`
}

type categoryDoc struct {
	Category []category `json:"category"`
}

type category struct {
	Scheme string `json:"scheme,omitempty"`
	Term   string `json:"term"`
}

// isCSAF is the category that RFC 8322 readers know a CSAF feed by.
func isCSAF() category {
	return category{Scheme: "urn:ietf:params:rolie:category:information-type", Term: "csaf"}
}

// service serves the ROLIE service document: exactly the feeds of the
// metadata.
func (p *provider) service(w http.ResponseWriter, r *http.Request, v visit) error {
	pubs, err := p.published(r, v)
	if err != nil {
		return err
	}
	ws := workspace{Title: "CSAF documents of " + p.o.Publisher.Name}
	for _, l := range open(pubs) {
		ws.Collection = append(ws.Collection, collection{
			Title: p.feedTitle(l), HRef: p.url(l.folder(), l.feedName()), Categories: categoryDoc{[]category{isCSAF()}},
		})
	}
	var doc serviceDoc
	doc.Service.Workspace = []workspace{ws}
	return sendJSON(w, r, doc)
}

// categories serves the words by which entries of a feed can be told apart.
func (p *provider) categories(w http.ResponseWriter, r *http.Request, _ label) error {
	var doc struct {
		Categories categoryDoc `json:"categories"`
	}
	for _, c := range kinds() {
		doc.Categories.Category = append(doc.Categories.Category, category{Term: string(c)})
	}
	return sendJSON(w, r, doc)
}

// securityTxt serves RFC 9116's file. It expires in half a year from today,
// always: it is made anew for each reader.
func (p *provider) securityTxt(w http.ResponseWriter, r *http.Request, v visit) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(strings.Fields(inventory.CleanText(value, 500)), " "))
		}
	}
	contact := p.o.Contact
	if !strings.Contains(contact, ":") {
		contact = "mailto:" + contact
	}
	line("Contact", contact)
	line("Expires", stamp(v.at.UTC().Truncate(24*time.Hour).AddDate(0, 6, 0)))
	for _, k := range p.o.Keys {
		line("Encryption", p.keyURL(k.Fingerprint))
	}
	line("Preferred-Languages", strings.Join(p.o.Languages, ", "))
	line("Canonical", p.o.URL+"/.well-known/security.txt")
	line("Policy", p.o.Policy)
	line("CSAF", p.url("provider-metadata.json"))
	return send(w, r, "text/plain; charset=utf-8", []byte(b.String()))
}

func (p *provider) key(w http.ResponseWriter, r *http.Request, name string) error {
	for _, k := range p.o.Keys {
		if name == k.Fingerprint+".asc" {
			return send(w, r, "application/pgp-keys", []byte(k.Armored))
		}
	}
	return inventory.ErrNotFound
}

func (p *provider) keyURL(fingerprint string) string { return p.url("openpgp", fingerprint+".asc") }

// url is the canonical address of something below the root.
func (p *provider) url(parts ...string) string {
	return p.o.URL + strings.TrimRight(root, "/") + "/" + strings.Join(parts, "/")
}

func (p *provider) feedTitle(l label) string {
	return fmt.Sprintf("CSAF documents of %s, TLP:%s", p.o.Publisher.Name, l)
}
