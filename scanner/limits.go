package scanner

import (
	"net/netip"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// BarOf is what an asset says to scans of an organisation that reach its
// addresses, false when nothing. The caller fills in the prefix.
func BarOf(a inventory.Asset, org inventory.OrganizationID) (Bar, bool) {
	limited := a.AtMost != inventory.LevelNothing
	switch {
	case a.RetiredAt != nil:
		return Bar{}, false
	case a.Org == org && limited:
		return Bar{AtMost: a.AtMost, Reason: "asset " + string(a.ID) + " may be looked at passively only"}, true
	case a.Org != org && a.Class == inventory.OT:
		return Bar{Reason: "it is registered as OT by another operator"}, true
	case a.Org != org && limited:
		return Bar{AtMost: a.AtMost, Reason: "another operator allows looking at it passively only"}, true
	}
	return Bar{}, false
}

// keeps tells whether a bar keeps scans away altogether.
func (b Bar) keeps() bool { return b.AtMost < inventory.LevelLight }

// LimitKind is who sets a limit.
type LimitKind string

// Kinds of limits.
const (
	LimitPermission LimitKind = "permission" // what the operator permitted to the CERT
	LimitOwn        LimitKind = "own"        // the asset's
	LimitWider      LimitKind = "wider"      // another asset's of the organisation, which has the same addresses
	LimitOperator   LimitKind = "operator"   // another operator's, who registered an asset there
)

// A Limit holds the scans of an asset within a level.
type Limit struct {
	Kind  LimitKind
	Level inventory.Level // LevelPassive: nothing is sent
	Asset inventory.Asset // whose it is, of LimitWider and LimitOperator
	Part  bool            // it counts on a part of the asset's addresses only
	Rules bool            // it is the strictest of those that count on all
}

// Limits are all that hold the scans of an asset within a level, as planning
// holds them: the strictest of all assets that have an address counts. places
// are the asset's addresses, and around the others there that may have a say.
func Limits(o inventory.AssetOverview, places []netip.Prefix, around []inventory.AssetOverview) []Limit {
	if o.Policy.Authorization == "" {
		return nil // nothing is permitted, so nothing limits it
	}
	out := []Limit{{Kind: LimitPermission, Level: o.Policy.Permitted}}
	if o.AtMost != inventory.LevelNothing {
		out = append(out, Limit{Kind: LimitOwn, Level: o.AtMost})
	}
	for _, w := range around {
		l := Limit{Kind: LimitWider, Asset: w.Asset, Part: !holds(w.Asset, places)}
		bar, says := BarOf(w.Asset, o.Org)
		switch {
		case w.Org == o.Org && w.Policy.Authorization != "" && (says || w.Class == inventory.OT):
			l.Level = max(w.Policy.Level, inventory.LevelPassive)
		case w.Org == o.Org || !says:
			continue
		default:
			l.Kind, l.Level = LimitOperator, inventory.LevelPassive
			if !bar.keeps() {
				l.Level = bar.AtMost
			}
		}
		out = append(out, l)
	}
	ruling := 0
	for i, l := range out {
		if !l.Part && l.Level < out[ruling].Level {
			ruling = i
		}
	}
	out[ruling].Rules = true
	return out
}

// holds tells whether an asset has all the places; one with a name has those
// where it was found, which is how it came to be around.
func holds(a inventory.Asset, places []netip.Prefix) bool {
	p, ok := a.Address.Prefix()
	if !ok {
		return len(places) == 1 && places[0].IsSingleIP()
	}
	return !slices.ContainsFunc(places, func(x netip.Prefix) bool {
		return p.Bits() > x.Bits() || !p.Masked().Contains(x.Addr())
	})
}
