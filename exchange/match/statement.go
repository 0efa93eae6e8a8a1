package match

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A statement is what a document says of one product, ready to be compared.
type statement struct {
	names  []name
	label  string // for people: "redis 6.0.9"
	by     string // what it is named by: cpe, purl or name
	span   span
	status advisory.ProductStatus
	cve    string
	// edition is the one that is meant, which a service does not tell of
	// itself; "" for all.
	edition string
}

// A paper is a document, ready to be compared.
type paper struct {
	id         exchange.InboundID
	cves       []string
	checks     []inventory.CheckID // that it names, sorted
	statements []statement
	keys       map[string][]int // what it is found by, and the statements with that
}

// Keys of products, weaknesses and checks are told apart by their beginning.
const (
	productKey = "p:"
	cveKey     = "v:"
	checkKey   = "c:"
)

const maxStatements = 20_000

func newPaper(id exchange.InboundID, d exchange.Document) *paper {
	p := &paper{id: id, cves: d.CVEs, keys: map[string][]int{}}
	for _, product := range d.Products[:min(len(d.Products), maxStatements)] {
		s, ok := newStatement(product)
		if !ok {
			continue
		}
		i := len(p.statements)
		p.statements = append(p.statements, s)
		for _, n := range s.names {
			key := productKey + n.product
			if !slices.Contains(p.keys[key], i) {
				p.keys[key] = append(p.keys[key], i)
			}
		}
	}
	for _, cve := range d.CVEs {
		p.keys[cveKey+strings.ToUpper(cve)] = nil
	}
	for _, check := range d.Checks {
		p.keys[checkKey+string(check)] = nil
	}
	p.checks = slices.Compact(slices.Sorted(slices.Values(d.Checks)))
	return p
}

// newStatement reads one product. Its name counts only where no identifier
// does: it is free text.
func newStatement(p exchange.Product) (statement, bool) {
	s := statement{status: p.Status, cve: strings.ToUpper(p.CVE), label: p.Name}
	exact, packaged := "", false
	if c, ok := parseCPE(p.CPE); ok {
		s.names, s.by, exact, s.edition = append(s.names, c.name), "cpe", c.version, c.edition
	}
	if u, ok := parsePURL(p.PURL); ok {
		s.names, packaged = append(s.names, u.name), u.packaged
		if s.by == "" {
			s.by, exact = "purl", u.version
		}
	}
	if n, ok := fromText(p.Vendor, p.Name); ok && len(s.names) == 0 {
		s.names, s.by = append(s.names, n), "name"
		if m := versionInName.FindString(" " + p.Name); p.Range == "" && m != "" {
			exact = strings.TrimSpace(m)
		}
	}
	switch {
	case p.Range != "":
		s.span = parseSpan(p.Range)
	case exact != "":
		s.span = parseSpan(exact)
	default:
		s.span.unknown = true
	}
	s.span.packaged = s.span.packaged || packaged
	if s.by != "name" && len(s.names) > 0 {
		s.label = strings.ReplaceAll(s.names[0].product, "_", " ")
	}
	return s, len(s.names) > 0
}

// judge compares what runs with one statement. about is the program that it
// is about, nil for none; sure tells whether the names leave no doubt.
func (s statement) judge(sw *software) (f fit, sure bool, about *program) {
	for i := range sw.programs {
		own := &sw.programs[i]
		for _, n := range s.names {
			if n.product != own.name.product || n.vendor != "" && own.name.vendor != "" && n.vendor != own.name.vendor {
				continue
			}
			known := n.vendor != "" && own.name.vendor != ""
			g := s.span.holds(own.version)
			if about == nil || known && !sure || known == sure && g > f {
				f, sure, about = g, known, own
			}
		}
	}
	return f, sure, about
}
