package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A CommitteeReport is what the joint committee of an agreement reads of one
// year. Both sides may have it: it counts, and names no operator.
type CommitteeReport struct {
	Year        int            `json:"year"`
	At          time.Time      `json:"at"`
	TLP         advisory.TLP   `json:"tlp"`
	Agreement   Agreement      `json:"agreement"`
	State       AgreementState `json:"state"` // at the time of the report
	TeamName    string         `json:"team_name"`
	Ledger      LedgerYear     `json:"ledger"`
	Reciprocity Reciprocity    `json:"reciprocity"`
	Meetings    []Meeting      `json:"meetings"` // of the year
	Open        []OpenItem     `json:"open"`
}

// An OpenItem waits for one of the sides.
type OpenItem struct {
	Side   string     `json:"side"` // ours | theirs
	Object string     `json:"object"`
	What   string     `json:"what"`
	Since  *time.Time `json:"since"`
}

// Committee makes the report of an agreement's year. It is ErrNotFound when
// the facts lack the agreement.
func Committee(f LedgerFacts, id AgreementID, year int, at time.Time) (CommitteeReport, error) {
	i := slices.IndexFunc(f.Agreements, func(a Agreement) bool { return a.ID == id })
	if i < 0 {
		return CommitteeReport{}, fmt.Errorf("report on agreement %s: %w", id, inventory.ErrNotFound)
	}
	a := f.Agreements[i]
	f = forBothSides(f)
	r := CommitteeReport{
		Year: year, At: at.UTC(), Agreement: a, State: a.StateAt(at), TeamName: teamName(f.Teams, a.Team),
		Ledger: Ledger(f, a.Team, year), Meetings: []Meeting{}, Open: openItems(f, a, at),
	}
	r.Reciprocity = r.Ledger.Reciprocity()
	r.TLP = labelOf(r.Ledger.Clocks)
	for _, m := range a.Meetings {
		if m.At.UTC().Year() == year {
			r.Meetings = append(r.Meetings, m)
		}
	}
	return r, nil
}

// forBothSides leaves out what the other side's committee is not told: what we
// did not let out, and what went to its law-enforcement contact alone.
func forBothSides(f LedgerFacts) LedgerFacts {
	f.Releases = slices.DeleteFunc(slices.Clone(f.Releases), func(r ReleaseFact) bool { return r.Referral || r.State != ReleaseDone })
	return f
}

func teamName(teams []Team, id TeamID) string {
	if i := slices.IndexFunc(teams, func(t Team) bool { return t.ID == id }); i >= 0 {
		return cmp.Or(teams[i].Name, string(id))
	}
	return string(id)
}

// labelOf is the label of a report: amber, or that of the strictest whose
// title it shows.
func labelOf(clocks []AdvisoryClock) advisory.TLP {
	label := advisory.Amber
	for _, c := range clocks {
		if c.Title != "" {
			label = StrictestTLP(label, cmp.Or(c.TLP, advisory.Amber))
		}
	}
	return label
}

// openItems are what either side still owes the other, the oldest first.
func openItems(f LedgerFacts, a Agreement, at time.Time) []OpenItem {
	out := []OpenItem{}
	for _, r := range f.Releases {
		if r.Team == a.Team && r.AckBy != nil && r.Acknowledged == nil && !r.Confirmed && at.After(*r.AckBy) {
			out = append(out, OpenItem{Side: "theirs", Object: string(r.ID), What: "acknowledgement", Since: r.AckBy})
		}
	}
	for _, in := range f.Inbounds {
		if in.Team != a.Team || !in.ReceivedAt.Before(at) {
			continue
		}
		since := in.ReceivedAt
		switch {
		case in.State == InboundQuarantined:
			out = append(out, OpenItem{Side: "ours", Object: string(in.ID), What: "decision", Since: &since})
		case in.State == InboundAccepted && in.Answered == nil:
			out = append(out, OpenItem{Side: "ours", Object: string(in.ID), What: "answer", Since: &since})
		}
	}
	slices.SortStableFunc(out, func(x, y OpenItem) int {
		return cmp.Or(x.Since.Compare(*y.Since), cmp.Compare(x.Object, y.Object))
	})
	return out
}
