package stix

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Options are what an advisory does not know of itself.
type Options struct {
	Producer Producer
	Key      []byte // of this installation, at least 16 bytes; all ids come from it
	// Audience is who gets the objects. It is not written anywhere, but what
	// differs between audiences, those affected, has its own ids for each.
	Audience string
	First    time.Time // of the advisory's first release; zero: by its history
	Released time.Time // the instant of this release
	CSAF     Link      // the same as a CSAF document; may be empty
	Notes    []Note
	// Previous is the revision that the audience has, if any. What was in it
	// and is no more in this one is revoked.
	Previous *advisory.Advisory
}

// A Link is where a document is, and what it is.
type Link struct {
	URL    string
	SHA256 string // lower-case hex
}

// A Note is a text about the advisory: its SSVC decision, or that the weakness
// is known to be exploited.
type Note struct {
	Key   string // "ssvc"; notes with the same key are versions of one
	Title string
	Text  string
}

// Caps of one text and one name, in bytes.
const (
	maxText = 30_000
	maxName = 500
)

// Encode writes a as STIX objects: its marking and the producer's identity
// first, then what the report refers to, and the report. A withdrawn advisory
// gives the same objects, revoked. It is an InputError when a or o lack what
// ids and dates are made of.
func Encode(a advisory.Advisory, o Options) ([]Object, error) {
	label, err := advisory.ParseTLP(string(a.TLP))
	if err != nil {
		return nil, err
	}
	a.TLP = label
	if err := check(a, o); err != nil {
		return nil, err
	}
	b := newBuilder(a, o)
	b.build()
	if o.Previous != nil {
		before := *o.Previous
		before.ID, before.TLP, before.History = a.ID, a.TLP, a.History
		old := newBuilder(before, o)
		old.build()
		b.revokeLost(old.parts)
	}
	out, err := seal(b.parts, b.modified)
	if err != nil {
		return nil, fmt.Errorf("encode advisory %s as STIX: %w", a.ID, err)
	}
	return out, nil
}

func check(a advisory.Advisory, o Options) error {
	if err := a.Encodable(); err != nil {
		return err
	}
	for _, c := range []struct {
		ok                          bool
		field, value, message, hint string
	}{
		{!o.Released.IsZero(), "released", "", "is missing", "give the instant of the release"},
		{o.CSAF.URL == "" || advisory.IsWebAddress(o.CSAF.URL), "csaf.url", o.CSAF.URL, "is not a web address", "give where the CSAF document is published, or leave it empty"},
	} {
		if !c.ok {
			return &inventory.InputError{Field: c.field, Value: c.value, Message: c.message, Hint: c.hint}
		}
	}
	return checkProducer(o.Producer, o.Key)
}

// A builder collects the parts of one advisory.
type builder struct {
	a         advisory.Advisory
	o         Options
	producer  string // id of its identity
	created   time.Time
	modified  time.Time
	withdrawn string // why; "" when it stands
	parts     []part
	refs      []string // what the report holds
}

func newBuilder(a advisory.Advisory, o Options) *builder {
	b := &builder{a: a, o: o, producer: producerID(o.Producer, o.Key), modified: o.Released.UTC().Truncate(time.Millisecond)}
	b.created = o.First
	if b.created.IsZero() {
		b.created = a.History[0].At
	}
	b.created = b.created.UTC().Truncate(time.Millisecond)
	if b.created.After(b.modified) {
		b.created = b.modified
	}
	if a.State == advisory.Withdrawn {
		b.withdrawn = cmp.Or(text(a.History[len(a.History)-1].Summary), "Withdrawn.")
	}
	return b
}

func (b *builder) build() {
	b.parts = append(b.parts, markingOf(b.a.TLP), identityOf(b.o.Producer, b.o.Key))
	vulnerabilities := b.vulnerabilities()
	for _, s := range b.software() {
		for _, v := range vulnerabilities {
			b.relate("related-to", s, v, "affected")
		}
	}
	if fix := text(b.a.Fix); fix != "" {
		c := &courseOfAction{common: b.common("course-of-action"), Name: name("What to do: " + b.a.Title), Description: b.unless(fix)}
		b.add(c)
		for _, v := range vulnerabilities {
			b.relate("mitigates", c.ID, v, "")
		}
	}
	r := b.report()
	b.sighting(vulnerabilities, r.ID)
	b.notes(r.ID)
	if r.ObjectRefs = b.refs; len(r.ObjectRefs) == 0 {
		r.ObjectRefs = []string{b.producer} // a report must hold something
	}
	b.parts = append(b.parts, r)
}

// common begins an object of the advisory. The kind alone says its role, or
// the kind and what it is about.
func (b *builder) common(kind string, about ...string) common {
	return common{
		Type: kind, SpecVersion: "2.1", ID: idOf(b.o.Key, kind, append([]string{string(b.a.ID)}, about...)...),
		CreatedByRef: b.producer, Created: instantOf(b.created), Modified: instantOf(b.modified),
		Revoked: b.withdrawn != "", Markings: []string{tlpIDs[b.a.TLP]},
	}
}

func (b *builder) add(p part) {
	b.parts = append(b.parts, p)
	b.refs = append(b.refs, p.head().ID)
}

// unless is s, or why there is no more to read.
func (b *builder) unless(s string) string { return cmp.Or(b.withdrawn, s) }

func (b *builder) relate(how, source, target, description string) {
	b.add(&relationship{
		common: b.common("relationship", how, source, target), RelationshipType: how,
		Description: description, SourceRef: source, TargetRef: target,
	})
}

// vulnerabilities adds one for each CVE, or, for an exposure, one that stands
// for the weakness, and returns their ids.
func (b *builder) vulnerabilities() []string {
	var weaknesses []reference
	for _, cwe := range b.a.CWEs {
		if cwePattern.MatchString(cwe) {
			weaknesses = append(weaknesses, reference{SourceName: "cwe", ExternalID: cwe})
		}
	}
	var ids []string
	add := func(title string, about string, refs ...reference) {
		v := &vulnerability{common: b.common("vulnerability", about), Name: title, Description: b.unless(text(cmp.Or(b.a.Impact, b.a.Summary)))}
		v.References = append(refs, weaknesses...)
		v.Labels = []string{labelPartOf + string(b.a.ID)}
		b.add(v)
		ids = append(ids, v.ID)
	}
	for _, cve := range b.a.CVEs {
		if cvePattern.MatchString(cve) {
			add(cve, cve, reference{SourceName: "cve", ExternalID: cve})
		}
	}
	if len(ids) == 0 && !slices.Contains([]advisory.Category{advisory.Indicators, advisory.Incident, advisory.Statistics}, b.a.Category) {
		add(name(b.a.Title), "")
	}
	return ids
}

// software adds what the weakness was seen on. It says nothing of the
// advisory by itself, so that it is not revoked with it; but of a withdrawn
// one there is no more to say.
func (b *builder) software() []string {
	if b.withdrawn != "" {
		return b.softwareIDs()
	}
	for _, s := range b.softwares() {
		b.add(&s)
	}
	return b.softwareIDs()
}

func (b *builder) softwareIDs() []string {
	var ids []string
	for _, s := range b.softwares() {
		ids = append(ids, s.ID)
	}
	return ids
}

func (b *builder) softwares() []software {
	var out []software
	seen := map[string]bool{}
	for _, p := range b.a.Products {
		s := software{
			common: common{Type: "software", SpecVersion: "2.1", Markings: []string{tlpIDs[b.a.TLP]}},
			Name:   name(cmp.Or(p.Name, p.Label())), Vendor: name(p.Vendor), Version: name(p.Version),
		}
		if isCPE(p.CPE) {
			s.CPE = p.CPE
		}
		if s.ID = softwareID(s); s.Name != "" && !seen[s.ID] {
			seen[s.ID] = true
			out = append(out, s)
		}
	}
	return out
}

// sighting says how widely the weakness was found: as the CERT saw it, in
// numbers, and never where.
func (b *builder) sighting(vulnerabilities []string, reportID string) {
	if b.a.Reach.Assets <= 0 {
		return
	}
	of := reportID
	if len(vulnerabilities) == 1 { // which of several was seen, nobody counted
		of = vulnerabilities[0]
	}
	words := fmt.Sprintf("Found on %d systems of %d operators.", b.a.Reach.Assets, b.a.Reach.Organizations)
	if len(b.a.Reach.Sectors) > 0 {
		words += " Sectors: " + joined(b.a.Reach.Sectors) + "."
	}
	b.add(&sighting{
		common: b.common("sighting"), Description: b.unless(words), Count: min(b.a.Reach.Assets, maxCount),
		SightingOfRef: of, WhereSighted: []string{b.producer}, Summary: true,
	})
}

// maxCount is the most that STIX 2.1 section 5.2 lets a sighting count.
const maxCount = 999_999_999

func joined[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

func (b *builder) notes(reportID string) {
	add := func(title, body string, about ...string) {
		if body = text(body); body != "" {
			b.add(&note{common: b.common("note", about...), Abstract: name(title), Content: b.unless(body), ObjectRefs: []string{reportID}})
		}
	}
	for _, n := range b.o.Notes {
		add(n.Title, n.Text, "text", n.Key)
	}
	add("Systems affected", affectedText(b.a.Affected), "affected", b.o.Audience)
}

// affectedText lists those affected as far as the redaction left anything.
func affectedText(affected []advisory.Affected) string {
	var lines []string
	for _, x := range affected {
		words := slices.DeleteFunc([]string{
			x.OrgName, string(x.Sector), x.Country, x.Site, x.Address, x.Port, x.Hostname, x.Evidence,
		}, func(s string) bool { return strings.TrimSpace(s) == "" })
		if len(words) > 0 {
			lines = append(lines, "- "+strings.Join(words, ", "))
		}
	}
	return strings.Join(lines, "\n")
}

func (b *builder) report() *report {
	r := &report{
		common: b.common("report"), Name: name(b.a.Title), ReportTypes: []string{reportType(b.a.Category)},
		Description: b.unless(text(strings.TrimSpace(b.a.Summary + "\n\n" + b.a.Impact))), Published: instantOf(b.created),
	}
	if b.withdrawn != "" {
		r.Name = name("Withdrawn: " + b.a.Title)
	}
	r.Labels = labels{
		labelTracking: string(b.a.ID), labelNamespace: b.o.Producer.Namespace, labelVersion: strconv.Itoa(b.a.Revision),
		labelSuperseded: string(b.a.SupersededBy), labelCategory: string(b.a.Category), labelSeverity: string(b.a.Severity), labelCheck: string(b.a.Check),
	}.list()
	if b.o.CSAF.URL != "" {
		link := reference{
			SourceName: "CSAF", Description: "The same as a CSAF 2.0 document", URL: b.o.CSAF.URL, ExternalID: string(b.a.ID),
		}
		if sha256Pattern.MatchString(b.o.CSAF.SHA256) {
			link.Hashes = map[string]string{"SHA-256": b.o.CSAF.SHA256}
		}
		r.References = append(r.References, link)
	}
	for _, u := range b.a.References {
		if advisory.IsWebAddress(u) {
			r.References = append(r.References, reference{SourceName: "reference", URL: u})
		}
	}
	return r
}

// reportType is the word of STIX for a category.
func reportType(c advisory.Category) string {
	switch c {
	case advisory.Indicators:
		return "indicator"
	case advisory.Incident, advisory.Statistics:
		return "threat-report"
	default:
		return "vulnerability"
	}
}

// revokeLost adds what was in the earlier revision and is no more.
func (b *builder) revokeLost(earlier []part) {
	for _, p := range earlier {
		h := p.head()
		if h.Created == nil || h.Type == "marking-definition" || slices.ContainsFunc(b.parts, func(q part) bool { return q.head().ID == h.ID }) {
			continue
		}
		h.Revoked = true
		b.parts = append(b.parts, p)
	}
}

func text(s string) string { return strings.TrimSpace(inventory.CleanText(s, maxText)) }

func name(s string) string { return strings.TrimSpace(inventory.CleanText(s, maxName)) }
