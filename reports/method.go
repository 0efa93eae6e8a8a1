package reports

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// method tells how the operator was scanned.
func (b builder) method(scans []Scan) Method {
	m := Method{Profiles: []string{}, Allowed: []Allowed{}}
	for _, s := range scans {
		if s.Profile != "" && !slices.Contains(m.Profiles, s.Profile) {
			m.Profiles = append(m.Profiles, s.Profile)
		}
	}
	slices.Sort(m.Profiles)
	for _, a := range b.Authorizations {
		if !b.mine(a.Org) {
			continue
		}
		allowed := Allowed{
			ID: inventory.AuthorizationID(line(string(a.ID))), Level: line(a.Level.String()), OTLevel: line(a.OTLevel.String()), Windows: []string{}, TimeZone: line(a.TimeZone), Until: a.Until.UTC(),
		}
		for _, w := range a.Windows {
			allowed.Windows = append(allowed.Windows, line(w.String()))
		}
		m.Allowed = append(m.Allowed, allowed)
	}
	slices.SortFunc(m.Allowed, func(x, y Allowed) int { return compareIDs(string(x.ID), string(y.ID)) })
	return m
}

// advisories lists those that concern the operator, the newest first. Assets
// that it does not own any more are only ids.
func (b builder) advisories() []Advisory {
	out := []Advisory{}
	for _, t := range b.Touches {
		t.ID, t.Publisher, t.Title, t.TLP, t.At = line(t.ID), line(t.Publisher), line(t.Title), line(t.TLP), t.At.UTC()
		titles := make(map[string]string, len(t.Titles))
		for tag, title := range t.Titles {
			titles[tag] = line(title)
		}
		t.Titles = titles
		t.Assets = append([]inventory.AssetID{}, t.Assets...)
		t.Findings = append([]inventory.FindingID{}, t.Findings...)
		slices.SortFunc(t.Assets, func(x, y inventory.AssetID) int { return compareIDs(string(x), string(y)) })
		slices.SortFunc(t.Findings, func(x, y inventory.FindingID) int { return compareIDs(string(x), string(y)) })
		a := Advisory{Touch: t, Where: []AssetRef{}, More: max(0, len(t.Assets)-maxRefs)}
		for _, id := range t.Assets[:len(t.Assets)-a.More] {
			a.Where = append(a.Where, b.asset(id))
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(x, y Advisory) int { return cmp.Or(y.At.Compare(x.At), strings.Compare(x.ID, y.ID)) })
	return out
}
