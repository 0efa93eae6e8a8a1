package semantic

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/reports/csaf/tree"
	"github.com/package-url/packageurl-go"
)

// maxPURL is longer than any package URL that somebody means.
const maxPURL = 2000

// productsOf finds every full product name of a product tree, and every branch.
func productsOf(t tree.Node) (products, branches []tree.Node) {
	var walk func(all tree.Node)
	walk = func(all tree.Node) { // no deeper than package tree lets it be
		for b := range all.Items() {
			branches = append(branches, b)
			if p := b.At("product"); p.Exists() {
				products = append(products, p)
			}
			walk(b.At("branches"))
		}
	}
	walk(t.At("branches"))
	for p := range t.At("full_product_names").Items() {
		products = append(products, p)
	}
	for r := range t.At("relationships").Items() {
		if p := r.At("full_product_name"); p.Exists() {
			products = append(products, p)
		}
	}
	return products, branches
}

// productLists are the parts of a vulnerability whose items name products and
// groups, with the key that the products stand under.
var productLists = []struct{ list, products string }{
	{"flags", "product_ids"},
	{"remediations", "product_ids"},
	{"scores", "products"},
	{"threats", "product_ids"},
}

// statuses are the lists of a product_status, by what they say of a product.
// A recommended one may be any of them.
var statuses = []struct{ list, meaning string }{
	{"first_affected", "affected"},
	{"known_affected", "affected"},
	{"last_affected", "affected"},
	{"known_not_affected", "not affected"},
	{"first_fixed", "fixed"},
	{"fixed", "fixed"},
	{"under_investigation", "under investigation"},
	{"recommended", ""},
}

func (c *checker) undefinedProducts() {
	defined := map[string]bool{}
	for _, p := range c.products {
		defined[p.At("product_id").Text()] = true
	}
	want := func(n tree.Node) {
		if id := n.Text(); id != "" && !defined[id] {
			c.report(n, "the product %s is defined nowhere", id)
		}
	}
	wantAll := func(list tree.Node) {
		for n := range list.Items() {
			want(n)
		}
	}
	products := c.root.At("product_tree")
	for g := range products.At("product_groups").Items() {
		wantAll(g.At("product_ids"))
	}
	for r := range products.At("relationships").Items() {
		want(r.At("product_reference"))
		want(r.At("relates_to_product_reference"))
	}
	for _, v := range c.vulnerabilities {
		for _, s := range statuses {
			wantAll(v.At("product_status", s.list))
		}
		for _, l := range productLists {
			for item := range v.At(l.list).Items() {
				wantAll(item.At(l.products))
			}
		}
	}
}

func (c *checker) productsDefinedTwice() {
	seen := once{}
	for _, p := range c.products {
		if id := p.At("product_id"); seen.before(id.Text()) {
			c.report(id, "the product %s is defined before", id.Text())
		}
	}
}

// circularProducts looks for products that a relationship makes, in the end,
// of themselves.
func (c *checker) circularProducts() {
	madeOf := map[string][]string{}
	at := map[string]tree.Node{}
	for r := range c.root.At("product_tree", "relationships").Items() {
		id := r.At("full_product_name", "product_id").Text()
		madeOf[id] = append(madeOf[id], r.At("product_reference").Text(), r.At("relates_to_product_reference").Text())
		if _, known := at[id]; !known {
			at[id] = r
		}
	}
	// Products that are made of none, then of those, and so on, are in order.
	waits, users := map[string]int{}, map[string][]string{}
	var ready []string
	for id, parts := range madeOf {
		for _, part := range parts {
			if _, made := madeOf[part]; made {
				waits[id]++
				users[part] = append(users[part], id)
			}
		}
		if waits[id] == 0 {
			ready = append(ready, id)
		}
	}
	for len(ready) > 0 {
		id := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for _, user := range users[id] {
			if waits[user]--; waits[user] == 0 {
				ready = append(ready, user)
			}
		}
	}
	for r := range c.root.At("product_tree", "relationships").Items() {
		id := r.At("full_product_name", "product_id").Text()
		if waits[id] > 0 && at[id].Path() == r.Path() {
			c.report(r, "the product %s is made of itself, or of one that is", id)
		}
	}
}

func (c *checker) undefinedGroups() {
	for _, v := range c.vulnerabilities {
		for _, l := range productLists {
			for item := range v.At(l.list).Items() {
				for g := range item.At("group_ids").Items() {
					if _, defined := c.groups[g.Text()]; !defined {
						c.report(g, "the product group %s is defined nowhere", g.Text())
					}
				}
			}
		}
	}
}

func (c *checker) groupsDefinedTwice() {
	seen := once{}
	for g := range c.root.At("product_tree", "product_groups").Items() {
		if id := g.At("group_id"); seen.before(id.Text()) {
			c.report(id, "the product group %s is defined before", id.Text())
		}
	}
}

func (c *checker) contradictingStatus() {
	for _, v := range c.vulnerabilities {
		said := map[string]string{}
		for _, s := range statuses {
			if s.meaning == "" {
				continue
			}
			for p := range v.At("product_status", s.list).Items() {
				id := p.Text()
				if before, ok := said[id]; ok && before != s.meaning {
					c.report(p, "the product %s is %s here and %s elsewhere", id, s.meaning, before)
					continue
				}
				said[id] = s.meaning
			}
		}
	}
}

func (c *checker) packageURLs() {
	for _, p := range c.products {
		purl := p.At("product_identification_helper", "purl")
		if !purl.Exists() {
			continue
		}
		if s := purl.Text(); len(s) > maxPURL {
			c.report(purl, "the package URL is too long")
		} else if _, err := packageurl.FromString(s); err != nil {
			c.report(purl, "%s is not a package URL: %s", s, err.Error())
		}
	}
}

func (c *checker) hashesTwice() {
	for _, p := range c.products {
		for h := range p.At("product_identification_helper", "hashes").Items() {
			seen := once{}
			for f := range h.At("file_hashes").Items() {
				if a := f.At("algorithm"); seen.before(a.Text()) {
					c.report(a, "the algorithm %s hashes the file twice", a.Text())
				}
			}
		}
	}
}

// rangeWords make of a version a range of versions.
var rangeWords = []string{"after", "all", "before", "earlier", "later", "prior", "versions"}

func (c *checker) rangesAsVersions() {
	for _, b := range c.branches {
		name := b.At("name")
		if b.At("category").Text() != "product_version" {
			continue
		}
		s := name.Text()
		isRange := strings.ContainsAny(s, "<>") || slices.ContainsFunc(strings.Fields(strings.ToLower(s)), func(word string) bool {
			return slices.Contains(rangeWords, word)
		})
		if isRange {
			c.report(name, "%s is a range, not a version", s)
		}
	}
}

// once remembers texts.
type once map[string]bool

// before tells whether it was asked of s before; of an empty text it never was.
func (o once) before(s string) bool {
	if s == "" || o[s] {
		return s != ""
	}
	o[s] = true
	return false
}
