package apitest

import (
	"context"
	"time"

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

// OpenByWeek stands in for the real one.
func (*Fake) OpenByWeek(_ context.Context, orgs []inventory.OrganizationID, _ time.Time) (map[inventory.OrganizationID][]int, error) {
	out := map[inventory.OrganizationID][]int{}
	for _, org := range orgs {
		out[org] = []int{1, 2, 3}
	}
	return out, nil
}

// Difference stands in for the real one.
func (f *Fake) Difference(_ context.Context, _ inventory.OverviewFilter, from, _ time.Time, _ int) (inventory.Difference, error) {
	return inventory.Difference{
		Counts: map[inventory.ChangeKind]int{inventory.AssetAdded: 1},
		Lines:  []inventory.DifferenceLine{{Kind: inventory.AssetAdded, At: from, ID: "A-1", What: "web", Where: "192.0.2.10", Org: "ORG-1", OrgName: "Grid"}},
	}, nil
}
