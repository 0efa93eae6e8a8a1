package misp

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Options are what an advisory does not know of itself.
type Options struct {
	Org       string // our name
	OrgUUID   string // our organisation's in MISP; "" derives one from the namespace
	Namespace string // URL that is ours for good, as in the CSAF documents
	Key       []byte // of this installation, at least 16 bytes; all UUIDs come from it
	// Audience is who gets the event. It is written nowhere, but what differs
	// between audiences, those affected, has its own UUIDs for each.
	Audience string
	Released time.Time // the instant of this release
	CSAF     Link      // the same as a CSAF document; may be empty
	// Previous is the revision that the audience has, if any. What was in it
	// and is no more in this one is written as deleted.
	Previous *advisory.Advisory
}

// A Link is where a document is, and what it is.
type Link struct {
	URL    string
	SHA256 string // lower-case hex
}

// Encode writes a as an event. It is an InputError when a or o lack what
// UUIDs and dates are made of.
func Encode(a advisory.Advisory, o Options) (Event, error) {
	label, err := advisory.ParseTLP(string(a.TLP))
	if err != nil {
		return Event{}, err
	}
	a.TLP = label
	if err := check(a, o); err != nil {
		return Event{}, err
	}
	b := newBuilder(a, o)
	b.build()
	b.dropEmpty()
	if o.Previous != nil {
		before := *o.Previous
		before.ID, before.TLP, before.History = a.ID, a.TLP, a.History
		old := newBuilder(before, o)
		old.build()
		b.deleteLost(old.e)
	}
	if b.withdrawn != "" {
		b.deleteAll()
	}
	return b.e, nil
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
		{strings.TrimSpace(o.Org) != "", "publisher.name", "", "is missing", "set the CERT's name in the configuration"},
		{advisory.IsWebAddress(o.Namespace), "publisher.namespace", o.Namespace, "is not a web address", "set it to a URL that is the CERT's for good, like https://cert.example"},
		{o.OrgUUID == "" || isUUID(o.OrgUUID), "misp_org", o.OrgUUID, "is not a UUID", "copy it from the organisation's page in MISP, or leave it empty"},
		{len(o.Key) >= 16, "key", "", "is too short", "give the installation's key, at least 16 bytes"},
		{o.CSAF.URL == "" || advisory.IsWebAddress(o.CSAF.URL), "csaf.url", o.CSAF.URL, "is not a web address", "give where the CSAF document is published, or leave it empty"},
	} {
		if !c.ok {
			return &inventory.InputError{Field: c.field, Value: c.value, Message: c.message, Hint: c.hint}
		}
	}
	return nil
}

// A builder makes the event of one advisory.
type builder struct {
	a         advisory.Advisory
	o         Options
	at        Word   // the instant of the release
	withdrawn string // why; "" when it stands
	e         Event
}

func newBuilder(a advisory.Advisory, o Options) *builder {
	b := &builder{a: a, o: o, at: seconds(o.Released)}
	if a.State == advisory.Withdrawn {
		b.withdrawn = cmp.Or(text(a.History[len(a.History)-1].Summary), "Withdrawn.")
	}
	return b
}

// id names a part of the event by its role.
func (b *builder) id(role ...string) Word {
	return stableID(b.o.Key, append([]string{string(b.a.ID)}, role...)...)
}

func (b *builder) build() {
	first := b.a.FirstReleased()
	if first.After(b.o.Released) {
		first = b.o.Released
	}
	b.e = Event{
		UUID: b.id("event"), Info: title(b.a.Title), Date: Word(first.UTC().Format(time.DateOnly)),
		Timestamp: b.at, PublishedAt: b.at, Published: true, Analysis: "2", ThreatLevel: threatLevel(b.a.Severity),
		Distribution: distributionFor(b.a.TLP), Tags: tagsFor(b.a),
		Orgc:       Org{UUID: Word(strings.ToLower(cmp.Or(b.o.OrgUUID, OrgUUID(b.o.Namespace)))), Name: Word(name(b.o.Org))},
		Attributes: []Attribute{}, Objects: []Object{}, Reports: []Report{},
	}
	if b.a.Interim {
		b.e.Analysis = "1"
	}
	if b.withdrawn != "" {
		b.e.Info = title("Withdrawn: " + b.a.Title)
	}
	b.labels()
	b.document()
	b.packages()
	b.objects()
	b.reports()
}

// title is what fits into MISP's line for it.
func title(s string) Word { return Word(inventory.CleanText(name(s), 250)) }

// attribute is a value of the event's own. The kind of thing that it is and,
// where there may be several, the value name it.
func (b *builder) attribute(category, kind, value, comment string, role ...string) Attribute {
	return Attribute{
		UUID: b.id(append([]string{"attribute", kind}, role...)...), Category: Word(category), Type: Word(kind),
		Value: Word(value), Comment: Word(comment), Distribution: inherit, Timestamp: b.at,
		NoCorrelate: kind == "text",
	}
}

func (b *builder) labels() {
	values := map[string]string{
		labelTracking: string(b.a.ID), labelNamespace: b.o.Namespace, labelVersion: fmt.Sprint(b.a.Version()),
		labelSuperseded: string(b.a.SupersededBy), labelCategory: string(b.a.Category), labelSeverity: string(b.a.Severity), labelCheck: string(b.a.Check),
	}
	for _, k := range labelOrder() {
		if v := name(values[k]); v != "" {
			b.e.Attributes = append(b.e.Attributes, b.attribute("Internal reference", "text", k+v, "For programs", "label", k))
		}
	}
}

// document says where the signed document is. It stays when all else of a
// withdrawn advisory goes: it tells the same.
func (b *builder) document() {
	if b.o.CSAF.URL != "" {
		b.e.Attributes = append(b.e.Attributes, b.attribute("External analysis", "link", b.o.CSAF.URL, "The same as a CSAF 2.0 document", "csaf"))
	}
	if sha256Pattern.MatchString(b.o.CSAF.SHA256) {
		b.e.Attributes = append(b.e.Attributes, b.attribute("External analysis", "sha256", b.o.CSAF.SHA256, "Of the CSAF document", "csaf"))
	}
}

// isDocument tells whether an attribute says which document the event is.
func isDocument(a Attribute) bool {
	if a.Type != "text" {
		return a.Type == "sha256" || a.Type == "link"
	}
	return a.Category == "Internal reference"
}

// packages are the products that have no CPE but a package URL.
func (b *builder) packages() {
	seen := map[string]bool{}
	for _, p := range b.a.Products {
		if !isCPE(p.CPE) && purlPattern.MatchString(p.PURL) && !seen[p.PURL] {
			seen[p.PURL] = true
			b.e.Attributes = append(b.e.Attributes, b.attribute("External analysis", "text", p.PURL, describe(p), "package", p.PURL))
		}
	}
}

// reports writes the texts for people.
func (b *builder) reports() {
	var s strings.Builder
	section := func(title, body string) {
		if body = text(body); body != "" {
			fmt.Fprintf(&s, "## %s\n\n%s\n\n", title, body)
		}
	}
	if b.withdrawn != "" {
		section("Withdrawn", b.withdrawn)
	} else {
		section("Summary", b.a.Summary)
		section("Impact", b.a.Impact)
		section("What to do", b.a.Fix)
		section("Products", b.productText())
		section("How widely it was found", b.reachText())
	}
	b.report("The advisory", s.String(), "advisory")
	if b.withdrawn == "" {
		b.report("Systems affected", affectedText(b.a.Affected), "affected", b.o.Audience)
	}
}

func (b *builder) report(title, body string, role ...string) {
	if body = text(body); body == "" {
		return
	}
	b.e.Reports = append(b.e.Reports, Report{
		UUID: b.id(append([]string{"report"}, role...)...), Name: Word(title), Content: Word(body), Distribution: inherit, Timestamp: b.at,
	})
}

func (b *builder) productText() string {
	var lines []string
	for _, p := range b.a.Products {
		if label := cmp.Or(p.Label(), p.PURL); label != "" {
			lines = append(lines, "- "+name(label+", "+describe(p)))
		}
	}
	return strings.Join(lines, "\n")
}

func (b *builder) reachText() string {
	if b.a.Reach.Assets <= 0 {
		return ""
	}
	words := fmt.Sprintf("Found on %d systems of %d operators.", b.a.Reach.Assets, b.a.Reach.Organizations)
	var sectors []string
	for _, s := range b.a.Reach.Sectors {
		sectors = append(sectors, string(s))
	}
	if len(sectors) > 0 {
		words += " Sectors: " + strings.Join(sectors, ", ") + "."
	}
	return words
}

// affectedText lists those affected as far as the redaction left anything.
func affectedText(affected []advisory.Affected) string {
	var lines []string
	for _, x := range affected {
		var words []string
		for _, w := range []string{x.OrgName, string(x.Sector), x.Country, x.Site, x.Address, x.Port, x.Hostname, x.Evidence} {
			if w = name(w); w != "" {
				words = append(words, w)
			}
		}
		if len(words) > 0 {
			lines = append(lines, "- "+strings.Join(words, ", "))
		}
	}
	return strings.Join(lines, "\n")
}
