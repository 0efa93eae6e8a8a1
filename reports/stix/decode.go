package stix

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Limits bound what a foreign document may cost. A zero field means the
// default.
type Limits struct {
	Bytes   int // 16 MiB
	Objects int // 20,000; also of all products that are read
	Depth   int // 32 levels of nesting
}

func (l Limits) filled() Limits {
	return Limits{Bytes: cmp.Or(l.Bytes, 16<<20), Objects: cmp.Or(l.Objects, 20_000), Depth: cmp.Or(l.Depth, 32)}
}

// Received is what a bundle or envelope of somebody else holds.
type Received struct {
	Documents []advisory.Incoming // reports, and vulnerabilities that no report holds
	Answers   []Answer            // sightings, notes and opinions of objects that are not in it
	Skipped   []string            // what could not be read, and why; at most 100
}

// Decode reads a STIX bundle or TAXII envelope. The bytes are hostile: it is an
// InputError when they pass a limit or are neither. An object that is broken
// is skipped, and said to be.
//
// A document's label is the strictest of its own objects'. One marking that
// nobody can read makes it count as not labelled.
func Decode(raw []byte, l Limits) (Received, error) {
	objects, skipped, err := read(raw, l.filled())
	if err != nil {
		return Received{}, err
	}
	d := newDecoder(objects, l.filled(), skipped)
	var out Received
	for _, o := range objects {
		if o.Type == "report" && d.now[o.ID] == o {
			out.Documents = append(out.Documents, d.document(o))
		}
	}
	for _, o := range objects {
		if o.Type == "vulnerability" && d.now[o.ID] == o && !d.held[o.ID] && !d.standsIn(o) {
			out.Documents = append(out.Documents, d.document(o))
		}
	}
	out.Answers = d.answers(objects)
	out.Skipped = d.skipped
	return out, nil
}

type decoder struct {
	now     map[string]*foreign   // the newest version of each object
	near    map[string][]*foreign // relationships, by the id of either end
	held    map[string]bool       // ids that a report holds
	budget  int                   // products that may still be read
	skipped []string
}

func newDecoder(objects []*foreign, l Limits, skipped []string) *decoder {
	d := &decoder{now: map[string]*foreign{}, near: map[string][]*foreign{}, held: map[string]bool{}, budget: l.Objects, skipped: skipped}
	for _, o := range objects {
		if old, ok := d.now[o.ID]; !ok || o.Modified.After(old.Modified) {
			d.now[o.ID] = o
		}
	}
	for _, o := range objects {
		switch {
		case d.now[o.ID] != o:
		case o.Type == "relationship" && !o.Revoked:
			d.near[o.SourceRef] = append(d.near[o.SourceRef], o)
			if o.TargetRef != o.SourceRef {
				d.near[o.TargetRef] = append(d.near[o.TargetRef], o)
			}
		case o.Type == "report":
			for _, id := range o.ObjectRefs {
				d.held[id] = true
			}
		}
	}
	return d
}

// standsIn tells whether a vulnerability is not a document by itself: it
// belongs to a report that is not here, or only gives an answer something to
// be about.
func (d *decoder) standsIn(o *foreign) bool {
	l := readLabels(o.Labels)
	return l[labelPartOf] != "" || l[labelTracking] != ""
}

// document reads a report, or a vulnerability without one, with all that it
// holds and what is related to that.
func (d *decoder) document(root *foreign) advisory.Incoming {
	l := readLabels(root.Labels)
	members := d.members(root)
	in := advisory.Incoming{
		Format: "stix", Title: name(root.Name), Summary: text(root.Description), Withdrawn: root.Revoked,
		TrackingID: cmp.Or(l[labelTracking], csafID(root), root.ID),
		Namespace:  cmp.Or(l[labelNamespace], name(root.CreatedByRef)),
		Version:    cmp.Or(l[labelVersion], timeText(later(root.Modified, root.Created))),
		Released:   later(root.Modified, later(root.Created, root.Published)).UTC(),

		SupersededBy: l[labelSuperseded],
	}
	if s, err := inventory.ParseSeverity(l[labelSeverity]); err == nil {
		in.Severity = s
	}
	if checkPattern.MatchString(l[labelCheck]) {
		in.Checks = []inventory.CheckID{inventory.CheckID(l[labelCheck])}
	}
	in.TLP, in.Labelled = d.label(root, members)
	var remedies []string
	add := func(list *[]string, s string) {
		if s != "" && !slices.Contains(*list, s) && len(*list) < 1000 {
			*list = append(*list, s)
		}
	}
	for _, m := range members {
		if m.Type == "course-of-action" && !m.Revoked {
			add(&remedies, cmp.Or(text(m.Description), name(m.Name)))
		}
		if m.Type == "vulnerability" && !m.Revoked || m == root {
			for _, cve := range cvesOf(m) {
				add(&in.CVEs, cve)
			}
			for _, r := range m.References {
				if cwe := strings.ToUpper(r.ExternalID); strings.EqualFold(r.SourceName, "cwe") && cwePattern.MatchString(cwe) {
					add(&in.CWEs, cwe)
				}
				if advisory.IsWebAddress(r.URL) && len(r.URL) <= 2000 {
					add(&in.References, r.URL)
				}
			}
		}
	}
	in.Remediation = text(strings.Join(remedies, "\n\n"))
	in.Products = d.products(members)
	in.Category = categoryOf(l[labelCategory], root, members)
	return in
}

// members are root itself, what it holds, and the software and remedies that
// are related to a vulnerability among these.
func (d *decoder) members(root *foreign) []*foreign {
	out := []*foreign{root}
	seen := map[string]bool{root.ID: true}
	add := func(id string) {
		if o := d.now[id]; o != nil && !seen[id] && o.Type != "report" {
			seen[id] = true
			out = append(out, o)
		}
	}
	for _, id := range root.ObjectRefs {
		add(id)
	}
	for _, m := range slices.Clone(out) {
		if m.Type != "vulnerability" {
			continue
		}
		for _, r := range d.near[m.ID] {
			if d.budget--; d.budget < 0 {
				d.skip(root.ID + ": relates to too much; the rest is left out")
				return out
			}
			for _, id := range []string{r.SourceRef, r.TargetRef} {
				if o := d.now[id]; o != nil && (o.Type == "software" || o.Type == "course-of-action") {
					add(id)
				}
			}
		}
	}
	return out
}

func (d *decoder) skip(why string) {
	if len(d.skipped) < 100 {
		d.skipped = append(d.skipped, why)
	}
}

// label is the strictest marking of the members.
func (d *decoder) label(root *foreign, members []*foreign) (advisory.TLP, bool) {
	var label advisory.TLP
	own, readable := false, true
	for _, m := range members {
		ids := m.Markings
		for _, g := range m.Granular {
			if g.Ref != "" {
				ids = append(slices.Clip(ids), g.Ref)
			}
		}
		for _, id := range ids {
			found, ok := labelByID(id)
			if !ok {
				o := d.now[id]
				if o == nil {
					readable = false // it may say anything
					continue
				}
				if found, ok = labelOf(*o); !ok {
					continue // a statement, a copyright
				}
			}
			label, own = stricter(label, found), own || m == root
		}
	}
	if !readable || !own {
		// What can be read still holds, as the least.
		return label, false
	}
	return label, true
}

// products reads the software among the members, once for each vulnerability
// that it is related to.
func (d *decoder) products(members []*foreign) []advisory.IncomingProduct {
	inside := map[string]*foreign{}
	for _, m := range members {
		inside[m.ID] = m
	}
	var out []advisory.IncomingProduct
	for _, m := range members {
		if m.Type != "software" || m.Revoked {
			continue
		}
		p := advisory.IncomingProduct{Name: name(m.Name), Vendor: name(m.Vendor), Status: advisory.ProductAffected}
		if isCPE(m.CPE) {
			p.CPE = m.CPE
		}
		if v := versionPattern.FindString(m.Version); p.CPE == "" && v != "" {
			p.Range = "vers:generic/" + v
		}
		related := false
		for _, r := range d.near[m.ID] {
			other := inside[r.SourceRef]
			if other == m {
				other = inside[r.TargetRef]
			}
			if other == nil || other.Type != "vulnerability" || other.Revoked {
				continue
			}
			for _, cve := range cvesOf(other) {
				if d.budget--; d.budget < 0 {
					d.skip(m.ID + ": too many products; the rest is left out")
					return out
				}
				q := p
				q.CVE, related = cve, true
				if !slices.Contains(out[max(0, len(out)-50):], q) {
					out = append(out, q)
				}
			}
		}
		if d.budget--; !related && d.budget >= 0 {
			out = append(out, p)
		}
	}
	return out
}

// cvesOf is the CVE that a vulnerability names, by reference or as its name.
func cvesOf(o *foreign) []string {
	if o.Type != "vulnerability" {
		return nil
	}
	var out []string
	for _, r := range o.References {
		if strings.EqualFold(r.SourceName, "cve") {
			out = append(out, strings.ToUpper(r.ExternalID))
		}
	}
	out = slices.DeleteFunc(append(out, strings.ToUpper(strings.TrimSpace(o.Name))), func(s string) bool { return !cvePattern.MatchString(s) })
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), 100)]
}

// csafID is the tracking id of the CSAF document that an object refers to.
func csafID(o *foreign) string {
	for _, r := range o.References {
		if strings.EqualFold(r.SourceName, "csaf") && name(r.ExternalID) != "" {
			return name(r.ExternalID)
		}
	}
	return ""
}

// categoryOf takes the sender's word where it is one of ours, and else goes by
// what the document holds.
func categoryOf(said string, root *foreign, members []*foreign) advisory.Category {
	c := advisory.Category(said)
	if slices.Contains([]advisory.Category{advisory.Vulnerability, advisory.Exposure, advisory.Indicators, advisory.Incident, advisory.Statistics}, c) {
		return c
	}
	has := func(types ...string) bool {
		return slices.ContainsFunc(members, func(m *foreign) bool { return slices.Contains(types, m.Type) })
	}
	switch {
	case has("incident"):
		return advisory.Incident
	case has("indicator", "malware"), slices.Contains(root.ReportTypes, "indicator"):
		return advisory.Indicators
	default:
		return advisory.Vulnerability
	}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
