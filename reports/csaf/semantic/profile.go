package semantic

import (
	"slices"
	"strings"
	"unicode"

	"github.com/ciiscan/ciiscan/reports/csaf/tree"
)

// The profiles of the standard's section 4, other than CSAF Base.
const (
	incidentResponse = "csaf_security_incident_response"
	informational    = "csaf_informational_advisory"
	securityAdvisory = "csaf_security_advisory"
	vex              = "csaf_vex"
)

// is tells whether the document has one of the profiles.
func (c *checker) is(profiles ...string) bool {
	return slices.Contains(profiles, c.meta.At("category").Text())
}

// prohibitedCategory is about documents of no profile that look as if they
// had one.
func (c *checker) prohibitedCategory() {
	category := c.meta.At("category")
	all := []string{incidentResponse, informational, securityAdvisory, vex}
	if !category.Exists() || c.is(all...) || c.is("csaf_base") {
		return
	}
	s := category.Text()
	if strings.HasPrefix(strings.ToLower(s), "csaf_") {
		c.report(category, "%s begins with csaf_, which is reserved", s)
		return
	}
	for _, profile := range all {
		if bare := squeeze(s); bare == squeeze(profile) || bare == squeeze(strings.TrimPrefix(profile, "csaf_")) {
			c.report(category, "%s is too much like the profile %s", s, profile)
			return
		}
	}
}

// squeeze takes out case, dashes, spaces and underscores.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

func (c *checker) profileNotes() {
	wanted := []string{"description", "details", "general", "summary"}
	if !c.is(incidentResponse, informational) || anyItem(c.meta.At("notes"), "category", wanted...) {
		return
	}
	c.report(c.meta.At("notes"), "no note is a description, details, general or a summary")
}

func (c *checker) profileReferences() {
	if !c.is(incidentResponse, informational) || anyItem(c.meta.At("references"), "category", "external") {
		return
	}
	c.report(c.meta.At("references"), "no reference is external")
}

func (c *checker) profileWithoutVulnerabilities() {
	if all := c.root.At("vulnerabilities"); c.is(informational) && all.Exists() {
		c.report(all, "an informational advisory has no vulnerabilities")
	}
}

func (c *checker) profileProductTree() {
	if t := c.root.At("product_tree"); c.is(securityAdvisory, vex) && !t.Exists() {
		c.report(t, "the profile demands a product tree")
	}
}

func (c *checker) profileVulnerabilityNotes() {
	if !c.is(securityAdvisory, vex) {
		return
	}
	for _, v := range c.vulnerabilities {
		if n := v.At("notes"); n.Len() == 0 {
			c.report(n, "the profile demands notes of each vulnerability")
		}
	}
}

func (c *checker) profileStatus() {
	if !c.is(securityAdvisory) {
		return
	}
	for _, v := range c.vulnerabilities {
		if s := v.At("product_status"); !s.Exists() {
			c.report(s, "the profile demands a product status of each vulnerability")
		}
	}
}

func (c *checker) profileVEXStatus() {
	if !c.is(vex) {
		return
	}
	for _, v := range c.vulnerabilities {
		s := v.At("product_status")
		if !slices.ContainsFunc([]string{"fixed", "known_affected", "known_not_affected", "under_investigation"}, func(list string) bool {
			return s.At(list).Exists()
		}) {
			c.report(s, "no product is fixed, affected, not affected or under investigation")
		}
	}
}

func (c *checker) profileVulnerabilityID() {
	if !c.is(vex) {
		return
	}
	for _, v := range c.vulnerabilities {
		if !v.At("cve").Exists() && !v.At("ids").Exists() {
			c.report(v, "the vulnerability has neither a CVE nor another id")
		}
	}
}

func (c *checker) profileImpact() {
	if !c.is(vex) {
		return
	}
	for _, v := range c.vulnerabilities {
		var said []tree.Node
		for f := range v.At("flags").Items() {
			said = append(said, f)
		}
		for t := range v.At("threats").Items() {
			if t.At("category").Text() == "impact" {
				said = append(said, t)
			}
		}
		c.unnamed(v.At("product_status", "known_not_affected"), "nothing says why the product %s is not affected", said...)
	}
}

func (c *checker) profileAction() {
	if !c.is(vex) {
		return
	}
	for _, v := range c.vulnerabilities {
		var said []tree.Node
		for r := range v.At("remediations").Items() {
			said = append(said, r)
		}
		c.unnamed(v.At("product_status", "known_affected"), "nothing says what to do about the product %s", said...)
	}
}

func (c *checker) profileVulnerabilities() {
	if all := c.root.At("vulnerabilities"); c.is(securityAdvisory, vex) && !all.Exists() {
		c.report(all, "the profile demands vulnerabilities")
	}
}

// anyItem tells whether an item of list has one of the values under key.
func anyItem(list tree.Node, key string, values ...string) bool {
	for item := range list.Items() {
		if slices.Contains(values, item.At(key).Text()) {
			return true
		}
	}
	return false
}
