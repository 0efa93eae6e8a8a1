package advisory

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Incoming is what a received document says, in our own words for it,
// whatever format it came in.
type Incoming struct {
	Format       string              `json:"format"` // csaf, stix or misp
	TrackingID   string              `json:"tracking_id"`
	Namespace    string              `json:"namespace"` // of the publisher
	Version      string              `json:"version"`
	Title        string              `json:"title"`
	Summary      string              `json:"summary"`
	Category     Category            `json:"category"`
	TLP          TLP                 `json:"tlp"`
	Labelled     bool                `json:"labelled"` // else TLP is the agreement's default
	Severity     inventory.Severity  `json:"severity"`
	Released     time.Time           `json:"released"`
	Withdrawn    bool                `json:"withdrawn"`
	SupersededBy string              `json:"superseded_by"`
	CVEs         []string            `json:"cves"`
	CWEs         []string            `json:"cwes"`
	Products     []IncomingProduct   `json:"products"`
	Remediation  string              `json:"remediation"`
	References   []string            `json:"references"`
	Checks       []inventory.CheckID `json:"checks"` // of our catalogue, when the sender runs CIIScan too
}

// An IncomingProduct is what a document says of one piece of software or hardware.
type IncomingProduct struct {
	Name   string        `json:"name"`
	Vendor string        `json:"vendor"`
	CPE    string        `json:"cpe"`   // 2.3 formatted string
	PURL   string        `json:"purl"`  // package URL
	Range  string        `json:"range"` // vers specifier (vers:generic/>=1.0|<2.0); "" means CPE's version, or any
	Status ProductStatus `json:"status"`
	CVE    string        `json:"cve"` // that the status is about; "" for the document as a whole
}

// ProductStatus is CSAF's product status, in four.
type ProductStatus string

// Product statuses.
const (
	ProductAffected ProductStatus = "affected"
	ProductFixed    ProductStatus = "fixed"
	ProductUnknown  ProductStatus = "under_investigation"
	// ProductNotAffected only a peer's document says: an advisory of ours is
	// about what is affected.
	ProductNotAffected ProductStatus = "not_affected"
)

// FromIncoming drafts an advisory that rests on a peer's document: team is who
// sent it, document names it ("NAMESPACE/ID version"). The draft inherits the
// document's label and can never have a more open one, and it goes on to
// nobody until the originator consents. What is malformed in the document is
// left out: its texts are a stranger's. It is an InputError when the document
// has no label or title, and ErrConflict when its sender took it back.
func FromIncoming(in Incoming, team, document, author string, at time.Time) (Advisory, error) {
	if in.Withdrawn || in.SupersededBy != "" {
		return Advisory{}, fmt.Errorf("draft advisory from %s: its sender took it back: %w", document, inventory.ErrConflict)
	}
	author, err := person("author", author, "say who writes the advisory")
	if err != nil {
		return Advisory{}, err
	}
	for _, f := range []field{{"team", team}, {"document", document}} {
		if f.value == "" {
			return Advisory{}, &inventory.InputError{Field: f.field, Message: "is missing", Hint: "say whose document the advisory rests on"}
		}
	}
	a := begin(author, at)
	a.put(in.fields())
	a.Origins = []Origin{{Team: team, Document: document, TLP: in.TLP, Consent: []string{}}}
	a.History[0].Summary = "First version, from a peer's document."
	if err := a.Validate(); err != nil {
		return Advisory{}, fmt.Errorf("draft advisory from %s: %w", document, err)
	}
	return a, nil
}

// fields keeps what of a document is in order.
func (in Incoming) fields() Fields {
	f := Fields{
		Category: in.Category, TLP: in.TLP,
		Title:   inventory.CleanText(line(in.Title), maxTitle),
		Summary: inventory.CleanText(cmp.Or(block(in.Summary), line(in.Title)), maxBlock),
		Fix:     inventory.CleanText(block(in.Remediation), maxBlock),
		CVEs:    atMost(identifiers(in.CVEs, cvePattern)), CWEs: atMost(identifiers(in.CWEs, cwePattern)),
		References: atMost(references(in.References)),
	}
	if s, err := inventory.ParseSeverity(string(in.Severity)); err == nil {
		f.Severity = s
	}
	if i := slices.IndexFunc(in.Checks, func(c inventory.CheckID) bool { return checkPattern.MatchString(string(c)) }); i >= 0 {
		f.Check = in.Checks[i]
	}
	for _, p := range in.Products {
		product := p.product()
		var m mistakes // such as one that is not affected
		if product.check(&m, ""); len(m) == 0 && !slices.Contains(f.Products, product) && len(f.Products) < maxListed {
			f.Products = append(f.Products, product)
		}
	}
	if !slices.Contains(Categories(), f.Category) {
		f.Category = ""
	}
	switch {
	case len(f.CVEs) > 0 && (f.Category == Exposure || f.Category == ""):
		f.Category = Vulnerability
	case f.Category == Vulnerability && len(f.CVEs)+len(f.Products) == 0, f.Category == "":
		f.Category = Exposure
	}
	return f
}

// product drops the codes that are not well formed.
func (p IncomingProduct) product() Product {
	out := Product{Vendor: line(p.Vendor), Name: line(p.Name), CPE: p.CPE, PURL: p.PURL, Range: p.Range, Status: p.Status}
	if !cpePattern.MatchString(out.CPE) {
		out.CPE = ""
	} else if known, ok := ParseCPE(out.CPE); ok {
		out.Name, out.Vendor = cmp.Or(out.Name, known.Name), cmp.Or(out.Vendor, known.Vendor)
		if out.Range == "" {
			out.Version = known.Version
		}
	}
	if !purlPattern.MatchString(out.PURL) {
		out.PURL = ""
	}
	if !versPattern.MatchString(out.Range) {
		out.Range = ""
	}
	return out
}

func atMost(all []string) []string { return all[:min(len(all), maxListed)] }
