package csaf

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf/tree"
)

// ErrDraftStandard is of a document in CSAF 2.1, whose standard is not settled.
var ErrDraftStandard = errors.New("the document is in CSAF 2.1, which is a draft")

// Limits of what Decode returns.
const (
	maxProducts = 10_000
	maxListed   = 1000 // CVEs, references and so on
	maxTitle    = 500  // bytes
	maxWord     = 300
	maxURL      = 2000
)

// The forms of what is written in codes.
var (
	cveForm   = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,19}$`)
	cweForm   = regexp.MustCompile(`^CWE-[1-9][0-9]{0,5}\b`)
	checkForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$`)
	tlpForm   = regexp.MustCompile(`TLP v2\.0: TLP:(CLEAR|GREEN|AMBER\+STRICT|AMBER|RED)\b`)
)

// Decode reads a received document. It takes what it understands and leaves
// the rest: whether the document is sound is for Validate and package semantic.
// The error is of bytes beyond the limits of package tree, of what is not
// CSAF, and of a document about more than 10,000 products.
//
// Of CSAF 2.1 it returns what the document says, together with an error that
// wraps ErrDraftStandard.
func Decode(raw []byte) (advisory.Incoming, error) {
	root, err := tree.Parse(raw)
	if err != nil {
		return advisory.Incoming{}, err
	}
	d := decoder{root: root, meta: root.At("document")}
	version := d.meta.At("csaf_version").Text()
	if version != "2.0" && version != "2.1" {
		return advisory.Incoming{}, fmt.Errorf("decode CSAF: the version %q is not 2.0", inventory.CleanText(version, 20))
	}
	for v := range root.At("vulnerabilities").Items() {
		d.vulnerabilities = append(d.vulnerabilities, v)
	}
	tracking := d.meta.At("tracking")
	in := advisory.Incoming{
		Format:     "csaf",
		TrackingID: word(tracking.At("id")), Namespace: word(d.meta.At("publisher", "namespace")), Version: word(tracking.At("version")),
		Title: line(d.meta.At("title"), maxTitle), Summary: d.summary(),
		Category: d.category(), Severity: d.severity(), Released: instant(tracking.At("current_release_date")),
		CVEs: d.cves(), CWEs: d.cwes(), Remediation: d.remediation(), References: d.references(), Checks: d.checks(),
	}
	in.TLP, in.Labelled = d.label()
	in.Withdrawn, in.SupersededBy = d.ended()
	if in.Products, err = d.products(); err != nil {
		return advisory.Incoming{}, fmt.Errorf("decode CSAF: %w", err)
	}
	if version == "2.1" {
		return in, fmt.Errorf("decode CSAF: %w", ErrDraftStandard)
	}
	return in, nil
}

type decoder struct {
	root, meta      tree.Node
	vulnerabilities []tree.Node
}

// noteTitled returns the text of the first note with a title.
func (d decoder) noteTitled(title string) string {
	for n := range d.meta.At("notes").Items() {
		if n.At("title").Text() == title {
			return text(n.At("text").Text())
		}
	}
	return ""
}

func (d decoder) summary() string {
	for _, title := range []string{titleWithdrawal, titleSupersession} {
		if s := d.noteTitled(title); s != "" && d.bare() {
			return s
		}
	}
	for _, category := range []string{"summary", "description", "details", "general"} {
		for n := range d.meta.At("notes").Items() {
			if s := text(n.At("text").Text()); s != "" && n.At("category").Text() == category {
				return s
			}
		}
	}
	return ""
}

// category reads the profile back. What has none is told by what it holds;
// our own documents say it in a note.
func (d decoder) category() advisory.Category {
	if said := advisory.Category(d.noteTitled(titleCategory)); slices.Contains(advisory.Categories(), said) {
		return said
	}
	switch d.meta.At("category").Text() {
	case "csaf_security_advisory", "csaf_vex", "csaf_deprecated_security_advisory":
		return advisory.Vulnerability
	case "csaf_security_incident_response":
		return advisory.Incident
	case "csaf_informational_advisory":
		return advisory.Exposure
	}
	if len(d.vulnerabilities) > 0 {
		return advisory.Vulnerability
	}
	return advisory.Exposure
}

// label reads the TLP 2.0 label, which CSAF 2.0 has in a text beside the one
// of TLP 1. Where the two contradict each other, the stricter holds, and a
// label that nobody knows is red.
func (d decoder) label() (label advisory.TLP, labelled bool) {
	distribution := d.meta.At("distribution")
	var said advisory.TLP
	for _, m := range tlpForm.FindAllStringSubmatch(distribution.At("text").Text(), -1) {
		said = advisory.Stricter(said, advisory.TLP(strings.ToLower(m[1])))
	}
	old := distribution.At("tlp", "label").Text()
	if old == "" {
		return said, said != ""
	}
	if said != "" && oldLabel(said) == old {
		return said, true
	}
	label, err := advisory.ParseTLP(old)
	if err != nil {
		return advisory.Red, true
	}
	return advisory.Stricter(label, said), true
}

// bare tells whether there is nothing but the document's own words, as of one
// that is no longer in force.
func (d decoder) bare() bool {
	return len(d.vulnerabilities) == 0 && !d.root.At("product_tree").Exists()
}

// ended tells whether the document takes back its earlier versions, and what
// to read instead. A superseded one that does not say counts as withdrawn.
func (d decoder) ended() (withdrawn bool, by string) {
	category := d.meta.At("category").Text()
	switch {
	case category == "csaf_withdrawn" || d.bare() && d.noteTitled(titleWithdrawal) != "":
		return true, ""
	case category == "csaf_superseded" || d.bare() && d.noteTitled(titleSupersession) != "":
	default:
		return false, ""
	}
	for r := range d.meta.At("references").Items() {
		if rest, ok := strings.CutPrefix(r.At("summary").Text(), summarySuperseding); ok {
			if id := inventory.CleanText(strings.Trim(rest, ": "), maxWord); id != "" {
				return false, id
			}
			if url := word(r.At("url")); url != "" {
				return false, url
			}
		}
	}
	return true, ""
}

func (d decoder) cves() []string {
	var out []string
	for _, v := range d.vulnerabilities {
		out = list(out, cveForm.FindString(strings.ToUpper(v.At("cve").Text())))
	}
	for s := range strings.Lines(d.noteTitled(titleCounted)) {
		out = list(out, cveForm.FindString(strings.TrimSpace(s)))
	}
	return out
}

func (d decoder) cwes() []string {
	var out []string
	for _, v := range d.vulnerabilities {
		out = list(out, cweForm.FindString(v.At("cwe", "id").Text()))
		for c := range v.At("cwes").Items() { // CSAF 2.1
			out = list(out, cweForm.FindString(c.At("id").Text()))
		}
	}
	for s := range strings.Lines(d.noteTitled(titleWeaknesses)) {
		out = list(out, cweForm.FindString(s))
	}
	return out
}

// remediation is what the document says to do, as a whole or for each product.
func (d decoder) remediation() string {
	if s := d.noteTitled(titleFix); s != "" {
		return s
	}
	var all []string
	length := 0
	for _, v := range d.vulnerabilities {
		for r := range v.At("remediations").Items() {
			category := r.At("category").Text()
			if category == "none_available" || category == "no_fix_planned" || length > maxText {
				continue
			}
			if s := text(r.At("details").Text()); s != "" && !slices.Contains(all, s) {
				all, length = list(all, s), length+len(s)
			}
		}
	}
	return text(strings.Join(all, "\n"))
}

// references are those to read further, without the document itself and
// without what an ended document refers to.
func (d decoder) references() []string {
	var out []string
	add := func(all tree.Node) {
		for r := range all.Items() {
			summary := r.At("summary").Text()
			if r.At("category").Text() == "self" || summary == summaryIssuer ||
				strings.HasPrefix(summary, summarySuperseding) || strings.HasPrefix(summary, summarySuperseded) {
				continue
			}
			url := r.At("url").Text()
			if len(url) <= maxURL && (strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")) {
				out = list(out, inventory.CleanText(url, maxURL))
			}
		}
	}
	add(d.meta.At("references"))
	for _, v := range d.vulnerabilities {
		add(v.At("references"))
	}
	return out
}

// checks are those that a CIIScan elsewhere found the matter with.
func (d decoder) checks() []inventory.CheckID {
	var out []inventory.CheckID
	for _, id := range strings.Fields(d.noteTitled(titleCheck)) {
		if checkForm.MatchString(id) && len(out) < maxListed && !slices.Contains(out, inventory.CheckID(id)) {
			out = append(out, inventory.CheckID(id))
		}
	}
	return out
}

// severity is what the issuer says; else that of the worst CVSS score.
func (d decoder) severity() inventory.Severity {
	if s := severityWord(d.meta.At("aggregate_severity", "text").Text()); s != "" {
		return s
	}
	worst, scored := 0.0, false
	see := func(n tree.Node) {
		if x, ok := n.At("baseScore").Number(); ok {
			worst, scored = max(worst, x), true
		}
	}
	for _, v := range d.vulnerabilities {
		for s := range v.At("scores").Items() {
			see(s.At("cvss_v3"))
			see(s.At("cvss_v2"))
		}
		for m := range v.At("metrics").Items() { // CSAF 2.1
			for _, system := range []string{"cvss_v4", "cvss_v3", "cvss_v2"} {
				see(m.At("content", system))
			}
		}
	}
	switch {
	case !scored:
		return ""
	case worst >= 9:
		return inventory.SeverityCritical
	case worst >= 7:
		return inventory.SeverityHigh
	case worst >= 4:
		return inventory.SeverityMedium
	case worst > 0:
		return inventory.SeverityLow
	}
	return inventory.SeverityInfo
}

// severityWord reads the words that issuers use.
func severityWord(s string) inventory.Severity {
	s = strings.ToLower(strings.TrimSpace(s))
	switch s {
	case "important":
		return inventory.SeverityHigh
	case "moderate":
		return inventory.SeverityMedium
	case "none", "informational":
		return inventory.SeverityInfo
	}
	if known, err := inventory.ParseSeverity(s); err == nil {
		return known
	}
	return ""
}

// word is a short text, or nothing when it is not short: half an id is another.
func word(n tree.Node) string {
	if len(n.Text()) > maxWord {
		return ""
	}
	return oneLine(n.Text())
}

func line(n tree.Node, limit int) string { return inventory.CleanText(oneLine(n.Text()), limit) }

func instant(n tree.Node) time.Time {
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(n.Text()))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// list adds s once, if there is one and room.
func list(all []string, s string) []string {
	if s == "" || len(all) >= maxListed || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}
