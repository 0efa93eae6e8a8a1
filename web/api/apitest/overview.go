package apitest

import (
	"context"

	"github.com/ciiscan/ciiscan/inventory"
)

// Overview stands in for the real one.
func (f *Fake) Overview(_ context.Context, o inventory.OverviewFilter) (inventory.Overview, error) {
	out := inventory.Overview{At: Noon, Since: o.Since, Closed: 1, MedianDays: 12}
	for _, org := range f.Orgs {
		if o.Org == "" || o.Org == org.ID {
			out.Standings = append(out.Standings, inventory.Standing{
				Org: org.ID, Name: org.Name, Sector: org.Sector, Criticality: org.Criticality, Assets: 2, Looked: 1,
				Severities: map[inventory.Severity]int{inventory.SeverityHigh: 3}, Tally: inventory.Tally{Open: 3, New: 1},
			})
		}
	}
	return out, nil
}
