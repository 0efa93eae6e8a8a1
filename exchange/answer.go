package exchange

import (
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// fewOperatorsBelow is how many operators a count must concern to be told.
// With two, each of them would know the other's state from a number.
const fewOperatorsBelow = 3

// CountAnswer makes the answer to a received document: what came of it here,
// in counts of assets, and never whose.
//
//   - A verdict that concerns fewer than three operators is told in Few,
//     without its number; sectors are told from five affected operators on.
//   - With fewer than three affected operators the times of the first and the
//     last are days.
//   - Without an active agreement nothing is counted at all, nor for TLP:RED
//     unless the agreement lets us give what is red: the answer then says only
//     how far the document has come.
//
// orgs tells each operator's sector; an operator that it lacks counts, and
// keeps every sector back.
func CountAnswer(in Inbound, matches []Match, orgs map[inventory.OrganizationID]inventory.Sector, g *Agreement, at time.Time) Answer {
	a := Answer{Inbound: in.ID, Team: in.Team, At: at.UTC(), State: answerState(in, matches), Counts: map[Verdict]int{}, Few: []Verdict{}, Sectors: []inventory.Sector{}}
	if !mayCount(in, g, at) {
		return a
	}
	verdicts := verdictOfAssets(in.ID, matches)
	operators := map[Verdict]map[inventory.OrganizationID]bool{}
	assets := map[Verdict]int{}
	for of, v := range verdicts {
		if operators[v] == nil {
			operators[v] = map[inventory.OrganizationID]bool{}
		}
		operators[v][of.org] = true
		assets[v]++
	}
	for _, v := range []Verdict{VerdictPending, VerdictAffected, VerdictFixed, VerdictNotPresent, VerdictUnknown} {
		switch n := len(operators[v]); {
		case n >= fewOperatorsBelow:
			a.Counts[v] = assets[v]
		case n > 0:
			a.Few = append(a.Few, v)
		}
	}
	a.Sectors = toldSectors(operators[VerdictAffected], orgs)
	a.First, a.Last = affectedSpan(in.ID, matches, len(operators[VerdictAffected]) < fewOperatorsBelow)
	return a
}

func mayCount(in Inbound, g *Agreement, at time.Time) bool {
	if g == nil || g.Team != in.Team || g.StateAt(at) != AgreementActive {
		return false
	}
	return g.Take.Label(in.Document) != advisory.Red || g.Give.Ceiling == advisory.Red
}

func answerState(in Inbound, matches []Match) ReceiptKind {
	switch in.State {
	case InboundRejected:
		return ReceiptRejected
	case InboundQuarantined:
		return ReceiptReceived
	case InboundSuperseded, InboundWithdrawn, InboundNoted:
		return ReceiptClosed
	case InboundDuplicate:
		return ReceiptReceived
	case InboundAccepted:
	}
	open := in.MatchedAt == nil || slices.ContainsFunc(matches, func(m Match) bool {
		return m.Inbound == in.ID && (m.Verdict == VerdictPending || m.Verdict == VerdictAffected || m.Verdict == "")
	})
	if open {
		return ReceiptAccepted
	}
	return ReceiptClosed
}

type assetOf struct {
	org   inventory.OrganizationID
	asset inventory.AssetID
}

// verdictOfAssets is one verdict for each asset: the worst of its services.
func verdictOfAssets(in InboundID, matches []Match) map[assetOf]Verdict {
	rank := []Verdict{VerdictNotPresent, VerdictFixed, VerdictUnknown, VerdictPending, VerdictAffected}
	out := map[assetOf]Verdict{}
	for _, m := range matches {
		if m.Inbound != in {
			continue
		}
		v := m.Verdict
		if !slices.Contains(rank, v) {
			v = VerdictPending
		}
		of := assetOf{m.Org, m.Asset}
		if was, ok := out[of]; !ok || slices.Index(rank, v) > slices.Index(rank, was) {
			out[of] = v
		}
	}
	return out
}

func toldSectors(affected map[inventory.OrganizationID]bool, orgs map[inventory.OrganizationID]inventory.Sector) []inventory.Sector {
	out := []inventory.Sector{}
	if len(affected) < sectorsFrom {
		return out
	}
	concerned := map[inventory.Sector]bool{}
	for org := range affected {
		s, ok := orgs[org]
		if !ok {
			return out
		}
		concerned[s] = true
	}
	for _, s := range inventory.Sectors() {
		if concerned[s] {
			out = append(out, s)
		}
	}
	return out
}

// affectedSpan is when the first and the last asset was found affected.
func affectedSpan(in InboundID, matches []Match, days bool) (first, last *time.Time) {
	for _, m := range matches {
		if m.Inbound != in || m.Verdict != VerdictAffected || m.DecidedAt == nil {
			continue
		}
		t := m.DecidedAt.UTC()
		if days {
			t = t.Truncate(24 * time.Hour)
		}
		if first == nil || t.Before(*first) {
			first = &t
		}
		if last == nil || t.After(*last) {
			last = &t
		}
	}
	return first, last
}
