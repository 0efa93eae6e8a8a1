package csaf

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf/tree"
)

// A definition is what the product tree says of a product.
type definition struct {
	advisory.IncomingProduct
	// vague is a product whose versions the document tells in words that
	// cannot be compared.
	vague bool
	// narrow is a product of which the document means only some: one
	// architecture, one series, or what is built into another product.
	narrow bool
}

// statusLists are the lists of a product_status, the worst first.
var statusLists = []struct {
	list   string
	status advisory.ProductStatus
}{
	{"known_affected", advisory.ProductAffected},
	{"first_affected", advisory.ProductAffected},
	{"last_affected", advisory.ProductAffected},
	{"under_investigation", advisory.ProductUnknown},
	{"fixed", advisory.ProductFixed},
	{"first_fixed", advisory.ProductFixed},
	{"recommended", advisory.ProductFixed},
	{"known_not_affected", advisory.ProductNotAffected},
}

// products are what the vulnerabilities say of products. Where that is more
// than 10,000 statements those on what is not affected are left out, and if
// need be the others made one for each product, without the CVE.
// A product tree without vulnerabilities says only what the document is about.
func (d decoder) products() ([]advisory.IncomingProduct, error) {
	defined, order := define(d.root.At("product_tree"))
	var out, spared []advisory.IncomingProduct
	if len(d.vulnerabilities) == 0 {
		for _, id := range order {
			p := defined[id].IncomingProduct
			p.Status = advisory.ProductUnknown
			out = append(out, p)
		}
		return atMost(out)
	}
	each := map[string]advisory.ProductStatus{} // the worst of each product
	for _, v := range d.vulnerabilities {
		cve := cveForm.FindString(strings.ToUpper(v.At("cve").Text()))
		said := map[string]bool{}
		for _, l := range statusLists {
			for _, id := range v.At("product_status", l.list).Texts() {
				p, ok := defined[id].as(l.status)
				if !ok || said[id] {
					continue
				}
				said[id] = true
				if p.CVE = cve; p.Status == advisory.ProductNotAffected {
					// Without a CVE it would be said of the others, too.
					if (cve != "" || len(d.vulnerabilities) == 1) && len(spared) <= maxProducts {
						spared = append(spared, p)
					}
					continue
				}
				if before, known := each[id]; !known || worse(p.Status, before) {
					each[id] = p.Status
				}
				if len(out) <= maxProducts {
					out = append(out, p)
				}
			}
		}
	}
	if len(out)+len(spared) <= maxProducts {
		return append(out, spared...), nil
	}
	if len(out) <= maxProducts {
		return out, nil
	}
	out = nil
	for _, id := range order {
		if status, ok := each[id]; ok {
			p := defined[id].IncomingProduct
			p.Status = status
			out = append(out, p)
		}
	}
	return atMost(out)
}

func atMost(all []advisory.IncomingProduct) ([]advisory.IncomingProduct, error) {
	if len(all) > maxProducts {
		return nil, fmt.Errorf("it is about %d products, more than %d", len(all), maxProducts)
	}
	return all, nil
}

// as is the product with a status, if that says something: a fix in no
// version, or in one that cannot be compared, would make every version fixed,
// and what is not affected in one place would be so everywhere.
func (d definition) as(status advisory.ProductStatus) (p advisory.IncomingProduct, ok bool) {
	p = d.IncomingProduct
	p.Status = status
	versioned := p.Range != "" || cpeVersion(p.CPE) != ""
	switch {
	case p.Name == "" && p.CPE == "" && p.PURL == "":
		return p, false // defined nowhere
	case status == advisory.ProductFixed:
		return p, versioned && !d.vague
	case status == advisory.ProductNotAffected:
		return p, versioned && !d.vague && !d.narrow
	case d.vague:
		p.Status = advisory.ProductUnknown
	}
	return p, true
}

// worse tells whether a is worse news than b.
func worse(a, b advisory.ProductStatus) bool {
	rank := []advisory.ProductStatus{advisory.ProductFixed, advisory.ProductUnknown, advisory.ProductAffected}
	return slices.Index(rank, a) > slices.Index(rank, b)
}

// define walks the whole product tree. order is that of the document.
func define(t tree.Node) (defined map[string]definition, order []string) {
	defined = map[string]definition{}
	add := func(full tree.Node, from definition) {
		id := full.At("product_id").Text()
		if _, twice := defined[id]; twice || id == "" {
			return
		}
		defined[id] = from.named(full)
		order = append(order, id)
	}
	var walk func(all tree.Node, above definition)
	walk = func(all tree.Node, above definition) { // no deeper than package tree lets it be
		for b := range all.Items() {
			here := above.below(b)
			if p := b.At("product"); p.Exists() {
				add(p, here)
			}
			walk(b.At("branches"), here)
		}
	}
	walk(t.At("branches"), definition{})
	for p := range t.At("full_product_names").Items() {
		add(p, definition{})
	}
	relate(t, func(r tree.Node) bool {
		component, known := defined[r.At("product_reference").Text()]
		component.narrow = true
		if known {
			add(r.At("full_product_name"), component)
		}
		return known
	})
	return defined, order
}

// relate takes the relationships, each after those that it builds on. A
// component stays what it is, wherever it is installed.
func relate(t tree.Node, take func(tree.Node) bool) {
	var waiting []tree.Node
	for r := range t.At("relationships").Items() {
		waiting = append(waiting, r)
	}
	for range 8 { // deeper than anybody builds; circles end here, too
		left := waiting[:0]
		for _, r := range waiting {
			if !take(r) {
				left = append(left, r)
			}
		}
		if len(left) == 0 {
			return
		}
		waiting = left
	}
}

// below is what a branch adds to what stands above it.
func (d definition) below(b tree.Node) definition {
	name := word(b.At("name"))
	switch b.At("category").Text() {
	case "vendor":
		d.Vendor = name
	case "product_name":
		d.Name = name
	case "product_family":
		d.Name = cmp.Or(d.Name, name)
	case "product_version":
		d.Range, d.vague = versionRange(name)
	case "product_version_range":
		d.Range, d.vague = readRange(name)
	case "service_pack", "patch_level":
		d.vague = true
	default: // an architecture, a language, a host
		d.narrow = true
	}
	return d
}

// named is the definition with a full product name's own words. The version
// of a CPE needs no range beside it that says the same.
func (d definition) named(full tree.Node) definition {
	helper := full.At("product_identification_helper")
	d.Name = cmp.Or(d.Name, word(full.At("name")))
	d.CPE = cmp.Or(readCPE(word(helper.At("cpe"))), d.CPE)
	d.PURL = cmp.Or(word(helper.At("purl")), d.PURL)
	for _, purl := range helper.At("purls").Texts() { // CSAF 2.1
		if len(purl) <= maxWord {
			d.PURL = cmp.Or(d.PURL, purl)
		}
	}
	if !strings.HasPrefix(d.PURL, "pkg:") {
		d.PURL = ""
	}
	for _, some := range []string{"hashes", "model_numbers", "serial_numbers", "skus"} {
		d.narrow = d.narrow || helper.At(some).Exists()
	}
	d.narrow = d.narrow || strings.Contains(d.PURL, "?")
	switch v := cpeVersion(d.CPE); {
	case v != "" && d.Range == exactly(v):
		d.Range = ""
	case v == "" && d.Range == "" && !d.vague && purlVersion(d.PURL) != "":
		d.Range = exactly(purlVersion(d.PURL))
	}
	return d
}

// purlVersion is the version that a package URL names, "" for any.
func purlVersion(purl string) string {
	purl, _, _ = strings.Cut(purl, "#")
	purl, _, _ = strings.Cut(purl, "?")
	at := strings.LastIndex(purl, "@")
	if at < 0 || at < strings.LastIndex(purl, "/") {
		return "" // none, or that of a namespace like @angular
	}
	version, err := url.PathUnescape(purl[at+1:])
	if err != nil {
		return ""
	}
	return version
}
