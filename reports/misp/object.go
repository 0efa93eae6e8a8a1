package misp

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A template is what MISP knows a kind of object by.
type template struct {
	name, category, uuid, version, description string
}

// The templates of MISP that we use.
var (
	vulnerabilityTemplate = template{
		"vulnerability", "vulnerability", "81650945-f186-437b-8945-9f31715d32da", "12", "A vulnerability, published or not",
	}
	weaknessTemplate = template{"weakness", "vulnerability", "b8713fc0-d7a2-4b27-a182-38ed47966802", "1", "A common weakness"}
	productTemplate  = template{"cpe-asset", "misc", "8ea002c4-172d-45ae-8d91-1cdea825e6a9", "1", "A product that a CPE names"}
	actionTemplate   = template{"course-of-action", "misc", "3d1c2c06-68a9-4394-8c8d-258d115f796f", "1", "What to do against it"}
	reportTemplate   = template{"report", "misc", "70a68471-df22-4e3f-aa1a-5a3be19f82df", "8", "A report and where to find it"}
	addressTemplate  = template{"ip-port", "network", "9f8cea74-16fe-4968-a2b4-026676949ac6", "10", "An address and a port"}
)

// A part is one attribute of an object by its template.
type part struct {
	relation, category, kind, value string
}

// object makes an object of those parts that have a value. Its role, and where
// it may be there several times its place, name it and all in it.
func (b *builder) object(t template, parts []part, role ...string) *Object {
	role = append([]string{"object", t.name}, role...)
	o := Object{
		UUID: b.id(role...), Name: Word(t.name), MetaCategory: Word(t.category), Description: Word(t.description),
		Template: Word(t.uuid), TemplateVersion: Word(t.version), Distribution: inherit, Timestamp: b.at,
		Attributes: []Attribute{}, References: []Reference{},
	}
	count := map[string]int{}
	for _, p := range parts {
		if p.value == "" {
			continue
		}
		a := b.attribute(p.category, p.kind, p.value, "", append(slices.Clone(role), p.relation, strconv.Itoa(count[p.relation]))...)
		count[p.relation]++
		a.Relation = Word(p.relation)
		o.Attributes = append(o.Attributes, a)
	}
	b.e.Objects = append(b.e.Objects, o)
	return &b.e.Objects[len(b.e.Objects)-1]
}

// refer lets an object lead to others.
func (b *builder) refer(o *Object, how string, to []Word) {
	for _, target := range to {
		o.References = append(o.References, Reference{
			UUID: b.id("reference", string(o.UUID), how, string(target)), From: o.UUID, To: target, How: Word(how), Timestamp: b.at, TargetKind: "1",
		})
	}
}

func (b *builder) objects() {
	b.about()
	vulnerabilities := b.vulnerabilities()
	for _, cwe := range b.a.CWEs {
		if cwePattern.MatchString(cwe) {
			b.object(weaknessTemplate, []part{{"id", "Other", "text", cwe}}, cwe)
		}
	}
	b.products(vulnerabilities)
	if fix := text(b.a.Fix); fix != "" {
		o := b.object(actionTemplate, []part{
			{"name", "Other", "text", name("What to do: " + b.a.Title)},
			{"description", "Other", "text", fix},
			{"stage", "Other", "text", "Remedy"},
		})
		b.refer(o, "mitigates", vulnerabilities)
	}
	b.affected(vulnerabilities)
}

// about is the advisory itself.
func (b *builder) about() {
	kind := "Alert"
	if b.a.Kind() == advisory.Incident {
		kind = "Incident"
	}
	parts := []part{
		{"case-number", "Internal reference", "text", name(string(b.a.ID))},
		{"title", "Other", "text", name(b.a.Title)},
		{"type", "Other", "text", kind},
		{"summary", "Other", "text", text(b.a.Summary)},
	}
	for _, u := range b.a.References {
		if advisory.IsWebAddress(u) {
			parts = append(parts, part{"link", "External analysis", "link", u})
		}
	}
	b.object(reportTemplate, parts)
}

// vulnerabilities adds one for each CVE, and returns their UUIDs.
func (b *builder) vulnerabilities() []Word {
	var ids []Word
	seen := map[string]bool{}
	for _, cve := range b.a.CVEs {
		if !cvePattern.MatchString(cve) || seen[cve] {
			continue
		}
		seen[cve] = true
		parts := []part{
			{"id", "External analysis", "vulnerability", cve},
			{"summary", "Other", "text", text(cmp.Or(b.a.Impact, b.a.Summary))},
		}
		for _, s := range b.a.Scores {
			if s.CVE == cve {
				parts = append(parts, part{"cvss-string", "Other", "text", name(s.Vector)})
				break
			}
		}
		ids = append(ids, b.object(vulnerabilityTemplate, parts, cve).UUID)
	}
	return ids
}

func (b *builder) products(vulnerabilities []Word) {
	seen := map[advisory.Product]bool{}
	for _, p := range b.a.Products {
		if !isCPE(p.CPE) || seen[p] {
			continue
		}
		seen[p] = true
		o := b.object(productTemplate, []part{
			{"cpe", "External analysis", "text", p.CPE},
			{"vendor", "Other", "text", name(p.Vendor)},
			{"product", "Other", "text", name(p.Name)},
			{"version", "Other", "text", name(p.Version)},
			{"description", "Other", "text", describe(p)},
		}, p.CPE, p.Range, string(p.Status))
		how := "affected-by"
		if p.Status == advisory.ProductFixed {
			how = "related-to"
		}
		b.refer(o, how, vulnerabilities)
	}
}

// affected adds the systems whose addresses the redaction left, which it does
// for the owner's own CERT. Nothing in it is for detection: a victim must not
// end up on a list of addresses to block.
//
// Its place in the list names an entry. One without an address is an object
// with nothing in it: of this revision it is dropped, of an earlier one it
// tells what to delete.
func (b *builder) affected(vulnerabilities []Word) {
	for i, x := range b.a.Affected {
		var parts []part
		if addr := address(x.Address); addr != "" {
			port, protocol, _ := strings.Cut(x.Port, "/")
			host, words := hostname(x.Hostname), x
			words.Address, words.Port, words.Evidence = "", "", ""
			if host != "" {
				words.Hostname = ""
			}
			parts = []part{
				{"ip", "Network activity", "ip-dst", addr},
				{"dst-port", "Network activity", "port", port},
				{"protocol", "Network activity", "text", protocol},
				{"hostname", "Network activity", "hostname", host},
				{"text", "Other", "text", strings.TrimPrefix(affectedText([]advisory.Affected{words}), "- ")},
			}
		}
		o := b.object(addressTemplate, parts, b.o.Audience, strconv.Itoa(i))
		b.refer(o, "affected-by", vulnerabilities)
	}
}

// hostname is s when MISP takes it for one: what a coarser redaction leaves of
// a name is none.
func hostname(s string) string {
	if hostPattern.MatchString(s) {
		return s
	}
	return ""
}

// address is s when it is an address or a network, and else "".
func address(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.WithZone("").String()
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.String()
	}
	return ""
}
