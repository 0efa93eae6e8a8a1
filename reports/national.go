package reports

import (
	"cmp"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// groups counts the national tables: one line for each sector that has an
// organisation, in the order of the screens, and one for each organisation,
// the most urgent first.
func (b builder) groups(r Report) (sectors, orgs []Group) {
	byOrg := map[inventory.OrganizationID]*Group{}
	for id, o := range b.Orgs {
		byOrg[id] = &Group{ID: string(id), Name: line(o.Name), Sector: o.Sector, Organizations: 1}
	}
	count := func(org inventory.OrganizationID, add func(*Group)) {
		if g := byOrg[org]; g != nil {
			add(g)
		}
	}
	for _, l := range r.Coverage {
		count(l.Asset.Org, func(g *Group) {
			g.Assets++
			if l.Reached > 0 {
				g.Reached++
			}
		})
	}
	for _, f := range b.findings {
		if f.Detection.Present() {
			count(f.Org, func(g *Group) { g.addFinding(f, overdue(f, b.At), f.Waiver.InForce(b.At)) })
		}
	}
	for _, c := range r.Changes {
		count(b.byID[c.Finding].Org, func(g *Group) {
			switch c.Kind {
			case ChangeNew, ChangeReopened:
				g.New++
			case ChangeFixed:
				g.Fixed++
			default: // counted with its severity
			}
		})
	}
	bySector := map[inventory.Sector]*Group{}
	for _, g := range byOrg {
		orgs = append(orgs, *g)
		s := bySector[g.Sector]
		if s == nil {
			s = &Group{ID: string(g.Sector), Name: string(g.Sector), Sector: g.Sector}
			bySector[g.Sector] = s
		}
		s.merge(*g)
	}
	slices.SortFunc(orgs, func(x, y Group) int {
		return cmp.Or(
			cmp.Compare(y.Overdue, x.Overdue), cmp.Compare(y.KEV, x.KEV), cmp.Compare(y.Critical, x.Critical),
			cmp.Compare(y.High, x.High), cmp.Compare(y.Medium, x.Medium), compareIDs(x.ID, y.ID),
		)
	})
	order := inventory.Sectors()
	for _, s := range bySector {
		sectors = append(sectors, *s)
	}
	slices.SortFunc(sectors, func(x, y Group) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.Sector), slices.Index(order, y.Sector)), cmp.Compare(x.ID, y.ID))
	})
	return sectors, orgs
}

func (g *Group) addFinding(f inventory.Finding, late, waived bool) {
	switch f.Severity {
	case inventory.SeverityCritical:
		g.Critical++
	case inventory.SeverityHigh:
		g.High++
	case inventory.SeverityMedium:
		g.Medium++
	case inventory.SeverityLow:
		g.Low++
	default: // information is no weakness
	}
	if f.KEV && !waived {
		g.KEV++
	}
	if late {
		g.Overdue++
	}
}

func (g *Group) merge(o Group) {
	g.Organizations += o.Organizations
	g.Assets += o.Assets
	g.Reached += o.Reached
	g.Critical += o.Critical
	g.High += o.High
	g.Medium += o.Medium
	g.Low += o.Low
	g.KEV += o.KEV
	g.Overdue += o.Overdue
	g.New += o.New
	g.Fixed += o.Fixed
}
