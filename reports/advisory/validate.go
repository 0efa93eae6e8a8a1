package advisory

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// How much there may be of one thing.
const (
	maxTitle  = 200 // bytes
	maxLine   = 300
	maxURL    = 2000
	maxListed = 1000
)

// The forms of what is written in codes.
var (
	cvePattern    = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,}$`)
	cwePattern    = regexp.MustCompile(`^CWE-[1-9][0-9]{0,5}$`)
	checkPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$`)
	purlPattern   = regexp.MustCompile(`^pkg:[A-Za-z.+-][A-Za-z0-9.+-]*/[^\s]*[^\s/][^\s]*$`)
	versPattern   = regexp.MustCompile(`^vers:[a-z0-9.+-]+/[^\s]+$`)
	vectorPattern = regexp.MustCompile(`^CVSS:(3\.[01]|4\.0)(/[A-Z]{1,3}:[A-Z][a-z]*){6,40}$`)

	// As CSAF's schema has it: five parts, the language, four parts.
	cpePart    = `:([*-]|(\?*|\*?)([A-Za-z0-9._-]|\\[!-/:-@\[-^` + "`" + `{-~])+(\?*|\*?))`
	cpePattern = regexp.MustCompile(`^cpe:2\.3:[aho*-](` + cpePart + `){5}:([*-]|[A-Za-z]{2,3}(-([A-Za-z]{2}|[0-9]{3}))?)(` + cpePart + `){4}$`)
)

// Validate tells every mistake in what people wrote, each an InputError with
// a hint, joined; and refuses a label more open than the origins' own.
func (a Advisory) Validate() error {
	var m mistakes
	choose(&m, "category", a.Kind(), Categories())
	if _, err := ParseTLP(string(a.TLP)); err != nil || !a.TLP.Valid() {
		m.add("tlp", string(a.TLP), "is not a Traffic Light Protocol label", "use one of: clear, green, amber, amber+strict, red")
	} else if floor := a.Floor(); floor != "" && !floor.AtMost(a.TLP) {
		m.add("tlp", string(a.TLP), "is more open than what the advisory rests on",
			"use "+string(floor)+" or stricter, or ask the originator for another label")
	}
	if a.Severity != "" {
		choose(&m, "severity", a.Severity, inventory.Severities())
	}
	a.checkTexts(&m)
	a.checkTranslations(&m)
	a.checkCodes(&m)
	for i, p := range a.Products {
		p.check(&m, fmt.Sprintf("products[%d]", i))
	}
	if len(a.CVEs) > 0 && a.Kind() == Exposure {
		m.add("cves", a.CVEs[0], "does not go with an exposure", "use the category vulnerability, or leave the CVE out")
	}
	if a.Kind() == Vulnerability && len(a.CVEs)+len(a.Products) == 0 {
		m.add("category", string(a.Kind()), "names neither a CVE nor a product", "add one, or use the category exposure")
	}
	if a.ID != "" && a.Supersedes == a.ID {
		m.add("supersedes", string(a.ID), "is the advisory itself", "name the one that it replaces, or revise this one")
	}
	return errors.Join(m...)
}

func (a Advisory) checkTexts(m *mistakes) {
	m.text("title", a.Title, maxTitle)
	m.text("summary", a.Summary, maxBlock)
	for _, t := range []field{{"title", a.Title}, {"summary", a.Summary}} {
		if t.value == "" {
			m.add(t.field, "", "is missing", "say in plain words what it is about")
		}
	}
	m.text("impact", a.Impact, maxBlock)
	m.text("fix", a.Fix, maxBlock)
	m.text("supersedes", string(a.Supersedes), maxLine)
}

func (a Advisory) checkCodes(m *mistakes) {
	if a.Check != "" {
		m.form("check", string(a.Check), checkPattern, "give a check's id, like exposed-redis, or nothing")
	}
	m.count("cves", len(a.CVEs))
	for i, id := range a.CVEs {
		m.form(fmt.Sprintf("cves[%d]", i), id, cvePattern, "write it like CVE-2022-0543")
	}
	m.count("cwes", len(a.CWEs))
	for i, id := range a.CWEs {
		m.form(fmt.Sprintf("cwes[%d]", i), id, cwePattern, "write it like CWE-306")
	}
	m.count("references", len(a.References))
	for i, r := range a.References {
		if !IsWebAddress(r) {
			m.add(fmt.Sprintf("references[%d]", i), r, "is not a web address", "begin it with https://")
		}
	}
	m.count("products", len(a.Products))
	m.count("scores", len(a.Scores))
	versions := map[string]bool{}
	for i, s := range a.Scores {
		at := fmt.Sprintf("scores[%d]", i)
		if !slices.Contains(a.CVEs, s.CVE) {
			m.add(at+".cve", s.CVE, "is not among the advisory's CVEs", "add the CVE, too")
		}
		m.form(at+".vector", s.Vector, vectorPattern, "give a CVSS 3.0, 3.1 or 4.0 vector, like CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
		version, _, _ := strings.Cut(s.Vector, ".")
		if key := s.CVE + " " + version; versions[key] {
			m.add(at, s.CVE, "is rated twice", "keep one vector of each CVSS version")
		} else {
			versions[key] = true
		}
	}
}

func (p Product) check(m *mistakes, at string) {
	if p.Name == "" {
		m.add(at+".name", "", "is missing", "say what the product is called")
	}
	for _, t := range []field{{"vendor", p.Vendor}, {"name", p.Name}, {"version", p.Version}, {"cpe", p.CPE}, {"purl", p.PURL}, {"range", p.Range}} {
		m.text(at+"."+t.field, t.value, maxLine)
	}
	if p.CPE != "" {
		m.form(at+".cpe", p.CPE, cpePattern, "write it like cpe:2.3:a:redis:redis:7.0.15:*:*:*:*:*:*:*")
	}
	if p.PURL != "" {
		m.form(at+".purl", p.PURL, purlPattern, "write it like pkg:deb/debian/redis@7.0.15")
	}
	if p.Range != "" {
		m.form(at+".range", p.Range, versPattern, "write it like vers:generic/>=6.0|<6.2.6")
	}
	if p.Range != "" && p.Version != "" {
		m.add(at+".range", p.Range, "stands beside a version", "give one of them")
	}
	if p.Status != "" {
		choose(m, at+".status", p.Status, []ProductStatus{ProductAffected, ProductFixed, ProductUnknown})
	}
}

// mistakes collects errors, so that all can be told at once.
type mistakes []error

func (m *mistakes) add(field, value, message, hint string) {
	*m = append(*m, &inventory.InputError{Field: field, Value: inventory.CleanText(value, 100), Message: message, Hint: hint})
}

func (m *mistakes) text(field, value string, limit int) {
	if len(value) > limit {
		m.add(field, value, "is too long", fmt.Sprintf("keep it to %d bytes", limit))
	}
}

func (m *mistakes) form(field, value string, form *regexp.Regexp, hint string) {
	if !form.MatchString(value) {
		m.add(field, value, "is not well formed", hint)
	}
}

func (m *mistakes) count(field string, n int) {
	if n > maxListed {
		m.add(field, fmt.Sprint(n), "are too many", fmt.Sprintf("keep it to %d", maxListed))
	}
}

// choose wants v to be one of all.
func choose[T ~string](m *mistakes, field string, v T, all []T) {
	if slices.Contains(all, v) {
		return
	}
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	m.add(field, string(v), "is unknown", "use one of: "+strings.Join(words, ", "))
}
