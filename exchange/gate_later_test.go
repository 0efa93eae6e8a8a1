package exchange

import (
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// gateCasesOfLater are of what reviewers found.
func gateCasesOfLater() []gateCase {
	return []gateCase{
		{"the withdrawal of what was red does not wait for the legal officer", on(func(r *Request) {
			r.Original.State, r.Original.Approver, r.Original.TLP, r.Original.Category, r.Legal = advisory.Withdrawn, "", advisory.Red, advisory.Incident, ""
		}), "", ""},
		{"an asset of another sector, which is not told", on(func(r *Request) {
			r.Agreement.Give.Sectors, r.Original.Affected[0].Sector, r.Profile.Sector = []inventory.Sector{inventory.SectorEnergy}, inventory.SectorBanking, Drop
		}), "sector", "row 1 of the affected is not of the sectors agreed"},
		{"the assets of the sectors agreed alone", after(func(r *Request) {
			r.Agreement.Give.Sectors, r.Original.Affected[0].Sector = []inventory.Sector{inventory.SectorEnergy}, inventory.SectorBanking
			r.Outgoing, _ = Redact(WithinSectors(r.Original, r.Agreement), r.Profile, r.Team, key32)
		}), "", ""},
	}
}
