package semantic

import (
	"cmp"

	"github.com/ciiscan/ciiscan/reports/csaf/tree"
)

func (c *checker) weaknesses() {
	for _, v := range c.vulnerabilities {
		cwe := v.At("cwe")
		if !cwe.Exists() {
			continue
		}
		id, name := cwe.At("id").Text(), cwe.At("name").Text()
		switch known := weaknessNames(id); {
		case len(known) == 0:
			c.report(cwe.At("id"), "%s is not a weakness of CWE", id)
		case !known[name]:
			c.report(cwe.At("name"), "%s is not called %s", id, name)
		}
	}
}

func (c *checker) vulnerabilitiesTwice() {
	seen := once{}
	for _, v := range c.vulnerabilities {
		if cve := v.At("cve"); seen.before(cve.Text()) {
			c.report(cve, "%s is described before", cve.Text())
		}
	}
}

func (c *checker) involvementsTwice() {
	for _, v := range c.vulnerabilities {
		seen := once{}
		for i := range v.At("involvements").Items() {
			party, date := i.At("party").Text(), i.At("date").Text()
			if date == "" {
				continue // no date is not the same date
			}
			if at, ok := instant(date); ok {
				date = at.UTC().String()
			}
			if seen.before(party + " " + date) {
				c.report(i, "the party %s is involved twice at this date", party)
			}
		}
	}
}

func (c *checker) remediationsOfNothing() { c.itemsOfNothing("remediations") }

func (c *checker) flagsOfNothing() { c.itemsOfNothing("flags") }

func (c *checker) itemsOfNothing(list string) {
	for _, v := range c.vulnerabilities {
		for item := range v.At(list).Items() {
			if item.At("product_ids").Len()+item.At("group_ids").Len() == 0 {
				c.report(item, "it names neither a product nor a group of products")
			}
		}
	}
}

// justifications are the flags that say why a product is not affected.
var justifications = map[string]bool{
	"component_not_present":                             true,
	"inline_mitigations_already_exist":                  true,
	"vulnerable_code_cannot_be_controlled_by_adversary": true,
	"vulnerable_code_not_in_execute_path":               true,
	"vulnerable_code_not_present":                       true,
}

func (c *checker) justifiedTwice() {
	for _, v := range c.vulnerabilities {
		seen := once{}
		for f := range v.At("flags").Items() {
			if !justifications[f.At("label").Text()] {
				continue
			}
			for id := range c.named(f, "product_ids") {
				if seen.before(id) {
					c.report(f, "the product %s is justified by another flag, too", id)
				}
			}
			if c.full() {
				return
			}
		}
	}
}

// named are the products that an item names, itself or by groups.
func (c *checker) named(item tree.Node, key string) map[string]bool {
	out := map[string]bool{}
	add := func(ids []string) {
		for _, id := range ids {
			if c.steps++; c.steps > maxSteps {
				return
			}
			out[id] = true
		}
	}
	add(item.At(key).Texts())
	for _, g := range item.At("group_ids").Texts() {
		add(c.groups[g])
	}
	return out
}

// unnamed reports the products of a status that none of the items names.
func (c *checker) unnamed(status tree.Node, message string, items ...tree.Node) {
	if status.Len() == 0 {
		return
	}
	said := map[string]bool{}
	for _, item := range items {
		for id := range c.named(item, "product_ids") {
			said[id] = true
		}
		if c.full() {
			return
		}
	}
	for p := range status.Items() {
		if id := p.Text(); !said[id] {
			c.report(p, message, cmp.Or(id, "without an id"))
		}
	}
}
