package misp

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Received is an event of somebody else.
type Received struct {
	Document advisory.Incoming
	UUID     string // of the event, in small letters
	// OrgUUID and OrgName are who the event says made it. Compare the UUID
	// with the peer's registered one; it proves nothing by itself.
	OrgUUID string
	OrgName string
	// Distribution is how far the sender's MISP would carry it by itself: 0
	// its organisation, 1 its community, 2 connected ones, 3 all, 4 a sharing
	// group; "" where it is not said, as in most feeds. The document's label
	// is already as strict as it.
	Distribution string
	Published    bool // else it is work in progress that should not be here
	Timestamp    time.Time
}

// Decode reads an event. The bytes are hostile: it is an InputError when they
// pass a limit or are no event.
//
// The document's label is the strictest of all tags, and not more open than
// the distribution. What is marked as deleted is not read.
func Decode(raw []byte, l Limits) (Received, error) {
	e, err := Parse(raw, l)
	if err != nil {
		return Received{}, err
	}
	r := Received{
		UUID: string(e.UUID), OrgName: name(string(e.Orgc.Name)),
		Distribution: name(string(e.Distribution)), Published: bool(e.Published), Timestamp: instant(e.Timestamp),
	}
	if isUUID(string(e.Orgc.UUID)) {
		r.OrgUUID = strings.ToLower(string(e.Orgc.UUID))
	}
	r.Document = e.document(r)
	return r, nil
}

func instant(w Word) time.Time {
	if n := w.Unix(); n > 0 {
		return time.Unix(n, 0).UTC()
	}
	return time.Time{}
}

func (e Event) document(r Received) advisory.Incoming {
	l := e.labels()
	in := advisory.Incoming{
		Format: "misp", Title: name(string(e.Info)), Withdrawn: e.has(tagRejected),
		TrackingID:   cmp.Or(l[labelTracking], r.UUID),
		Namespace:    cmp.Or(l[labelNamespace], r.OrgUUID),
		Version:      cmp.Or(l[labelVersion], timeText(r.Timestamp)),
		Released:     r.Timestamp,
		SupersededBy: l[labelSuperseded],
		Severity:     severityOf(l[labelSeverity], e.ThreatLevel),
	}
	if checkPattern.MatchString(l[labelCheck]) {
		in.Checks = []inventory.CheckID{inventory.CheckID(l[labelCheck])}
	}
	in.TLP, in.Labelled = e.tlp()
	g := gathered{}
	for _, a := range e.Attributes {
		g.attribute(a)
	}
	for _, o := range e.Objects {
		g.object(o)
	}
	in.CVEs, in.CWEs, in.References, in.Products = g.cves, g.cwes, g.links, g.products
	in.Remediation = text(strings.Join(g.remedies, "\n\n"))
	in.Summary = cmp.Or(slices.Concat(g.summaries, []string{e.reportText()})...)
	in.Category = e.category(l[labelCategory], g)
	return in
}

// reportText is the first event report, for events that say nothing elsewhere.
func (e Event) reportText() string {
	for _, r := range e.Reports {
		if s := text(string(r.Content)); s != "" && !bool(r.Deleted) {
			return s
		}
	}
	return ""
}

// category takes the sender's word where it is one of ours, and else goes by
// tags and contents.
func (e Event) category(said string, g gathered) advisory.Category {
	c := advisory.Category(said)
	switch {
	case slices.Contains(advisory.Categories(), c):
		return c
	case e.has("rsit:intrusions"), e.has("rsit:malicious-code"), e.has("rsit:fraud"), e.has("rsit:availability"), e.has("rsit:information-content-security"):
		return advisory.Incident
	case len(g.cves) > 0, e.has(`rsit:vulnerable="vulnerable-system"`):
		return advisory.Vulnerability
	case g.indicators > 0:
		return advisory.Indicators
	}
	return advisory.Exposure
}

// gathered is what stands in an event, in the order in which it stands there.
type gathered struct {
	cves, cwes, links, summaries, remedies []string
	products                               []advisory.IncomingProduct
	indicators                             int // values that are meant for detection
}

// atMost is how many of one kind are kept.
const atMost = 2000

func keep(list *[]string, s string) {
	if s != "" && len(*list) < atMost && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

func (g *gathered) product(p advisory.IncomingProduct) {
	if len(g.products) < atMost && !slices.Contains(g.products, p) {
		g.products = append(g.products, p)
	}
}

// attribute reads one that means the same wherever it stands.
func (g *gathered) attribute(a Attribute) {
	if a.Deleted {
		return
	}
	value := strings.TrimSpace(string(a.Value))
	if a.ToIDS {
		g.indicators++
	}
	switch {
	case a.Type == "vulnerability":
		if cve := strings.ToUpper(value); cvePattern.MatchString(cve) {
			keep(&g.cves, cve)
		}
	case a.Type == "weakness":
		if cwe := strings.ToUpper(value); cwePattern.MatchString(cwe) {
			keep(&g.cwes, cwe)
		}
	case a.Type == "link": // "url" is where an attacker is, not where to read
		if advisory.IsWebAddress(value) && len(value) <= atMost {
			keep(&g.links, value)
		}
	case a.Type == "cpe" && a.Relation == "":
		if p, ok := productOf(value); ok {
			g.product(p)
		}
	case a.Type == "text" && a.Relation == "" && purlPattern.MatchString(value):
		p := advisory.IncomingProduct{PURL: value}
		p.Range, p.Status = said(string(a.Comment))
		g.product(p)
	}
}

func (g *gathered) object(o Object) {
	if o.Deleted {
		return
	}
	first := map[Word]string{}
	for _, a := range o.Attributes {
		g.attribute(a)
		if _, ok := first[a.Relation]; !ok && !bool(a.Deleted) {
			first[a.Relation] = strings.TrimSpace(string(a.Value))
		}
	}
	switch o.Name {
	case "report":
		g.summaries = append([]string{text(first["summary"])}, g.summaries...)
	case "vulnerability":
		g.summaries = append(g.summaries, text(cmp.Or(first["summary"], first["description"], first["text"])))
		g.vulnerability(o, strings.ToUpper(first["id"]))
	case "weakness":
		if cwe := strings.ToUpper(first["id"]); cwePattern.MatchString(cwe) {
			keep(&g.cwes, cwe)
		}
	case "course-of-action":
		keep(&g.remedies, text(cmp.Or(first["description"], first["name"])))
	case "cpe-asset":
		if p, ok := productOf(first["cpe"]); ok {
			p.Vendor, p.Name = cmp.Or(p.Vendor, name(first["vendor"])), cmp.Or(p.Name, name(first["product"]))
			p.Range, p.Status = said(first["description"])
			g.product(p)
		}
	}
}

// vulnerability reads what an object says to be vulnerable by its CVE.
func (g *gathered) vulnerability(o Object, cve string) {
	if !cvePattern.MatchString(cve) {
		return
	}
	keep(&g.cves, cve)
	for _, a := range o.Attributes {
		if a.Relation != "vulnerable-configuration" && a.Relation != "vulnerable_configuration" || bool(a.Deleted) {
			continue
		}
		if p, ok := productOf(strings.TrimSpace(string(a.Value))); ok {
			p.CVE = cve
			g.product(p)
		}
	}
}

// productOf reads a CPE, of 2.3 or as URI of 2.2.
func productOf(cpe string) (advisory.IncomingProduct, bool) {
	if len(cpe) > 500 {
		return advisory.IncomingProduct{}, false
	}
	known, _ := advisory.ParseCPE(cpe)
	if strings.HasPrefix(cpe, "cpe:/") {
		cpe = known.CPE
	}
	if !isCPE(cpe) {
		return advisory.IncomingProduct{}, false
	}
	return advisory.IncomingProduct{Vendor: known.Vendor, Name: known.Name, CPE: cpe, Status: advisory.ProductAffected}, true
}

// said reads what describe has written.
func said(comment string) (versions string, status advisory.ProductStatus) {
	status = advisory.ProductAffected
	for _, word := range strings.Fields(inventory.CleanText(comment, maxName)) {
		word = strings.Trim(word, ",;:")
		s := advisory.ProductStatus(word)
		switch {
		case versPattern.MatchString(word):
			versions = word
		case s == advisory.ProductFixed || s == advisory.ProductUnknown:
			status = s
		}
	}
	return versions, status
}

// describe says what a CPE or a package URL cannot: the versions, and whether
// they have the weakness. It is for people, and said reads it.
func describe(p advisory.Product) string {
	return strings.TrimSpace(string(cmp.Or(p.Status, advisory.ProductAffected)) + ": " + p.Range)
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
