package scanner

import (
	"net/netip"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

func limited(id, org, address string, class inventory.AssetClass, own, permitted inventory.Level) inventory.AssetOverview {
	a, err := inventory.ParseAddress(address)
	if err != nil {
		panic(err)
	}
	level := permitted
	if own != inventory.LevelNothing {
		level = min(own, permitted)
	}
	return inventory.AssetOverview{
		Asset:  inventory.Asset{ID: inventory.AssetID(id), Org: inventory.OrganizationID(org), Address: a, Class: class, AtMost: own},
		Policy: inventory.ScanPolicy{Authorization: "AUTH-1", Level: level, Permitted: permitted},
	}
}

// TestLimitsAreThoseOfPlanning holds what a page says of one address to what a
// plan makes of it.
func TestLimitsAreThoseOfPlanning(t *testing.T) {
	const none = inventory.LevelNothing
	host := func(own inventory.Level) inventory.AssetOverview {
		return limited("A-1", "ORG-1", "192.0.2.7", inventory.IT, own, inventory.LevelIntensive)
	}
	for name, c := range map[string]struct {
		of     inventory.AssetOverview
		around []inventory.AssetOverview
		rules  LimitKind
		level  inventory.Level
		limits int
	}{
		"the permission alone": {host(none), nil, LimitPermission, inventory.LevelIntensive, 1},
		"its own":              {host(inventory.LevelStandard), nil, LimitOwn, inventory.LevelStandard, 2},
		"a network's": {host(inventory.LevelStandard), []inventory.AssetOverview{
			limited("A-2", "ORG-1", "192.0.2.0/24", inventory.IT, inventory.LevelLight, inventory.LevelIntensive),
		}, LimitWider, inventory.LevelLight, 3},
		"a network's that is weaker": {host(inventory.LevelLight), []inventory.AssetOverview{
			limited("A-2", "ORG-1", "192.0.2.0/24", inventory.IT, inventory.LevelStandard, inventory.LevelIntensive),
		}, LimitOwn, inventory.LevelLight, 3},
		"an OT network": {host(none), []inventory.AssetOverview{
			limited("A-2", "ORG-1", "192.0.2.0/24", inventory.OT, none, inventory.LevelLight),
		}, LimitWider, inventory.LevelLight, 2},
		"an IT network without a limit": {host(none), []inventory.AssetOverview{
			limited("A-2", "ORG-1", "192.0.2.0/24", inventory.IT, none, inventory.LevelIntensive),
		}, LimitPermission, inventory.LevelIntensive, 1},
		"another operator's OT": {host(none), []inventory.AssetOverview{
			limited("A-2", "ORG-2", "192.0.2.7", inventory.OT, none, inventory.LevelIntensive),
		}, LimitOperator, inventory.LevelPassive, 2},
		"another operator's limit": {host(none), []inventory.AssetOverview{
			limited("A-2", "ORG-2", "192.0.2.0/25", inventory.IT, inventory.LevelLight, inventory.LevelIntensive),
		}, LimitOperator, inventory.LevelLight, 2},
		"one address of a network": {limited("A-1", "ORG-1", "192.0.2.0/24", inventory.IT, none, inventory.LevelStandard), []inventory.AssetOverview{
			limited("A-2", "ORG-1", "192.0.2.7", inventory.IT, inventory.LevelPassive, inventory.LevelIntensive),
		}, LimitPermission, inventory.LevelStandard, 2},
	} {
		t.Run(name, func(t *testing.T) {
			place, _ := c.of.Address.Prefix()
			all := Limits(c.of, []netip.Prefix{place}, c.around)
			if len(all) != c.limits {
				t.Fatalf("limits = %+v, want %d", all, c.limits)
			}
			for _, l := range all {
				if l.Rules != (l.Kind == c.rules && l.Level == c.level) {
					t.Errorf("%s at %s rules: %t, want %s at %s", l.Kind, l.Level, l.Rules, c.rules, c.level)
				}
			}
			// The same level as the planner holds the address to.
			p := planner{in: PlanInput{Assets: []inventory.Asset{c.of.Asset}}, byAddr: map[netip.Addr][]candidate{}, barred: map[netip.Addr]string{}, caps: map[netip.Addr]inventory.Level{}}
			addr := place.Addr()
			p.byAddr[addr] = []candidate{{host: Host{Asset: c.of.ID}, level: c.of.Policy.Level}}
			for _, w := range c.around {
				if wp, _ := w.Address.Prefix(); !wp.Masked().Contains(addr) {
					continue
				}
				if w.Org == c.of.Org {
					p.byAddr[addr] = append(p.byAddr[addr], candidate{host: Host{Asset: w.ID, Class: w.Class}, level: w.Policy.Level})
				}
				if bar, ok := BarOf(w.Asset, c.of.Org); ok {
					bar.Prefix, _ = w.Address.Prefix()
					p.in.Bars = append(p.in.Bars, bar)
				}
			}
			p.putUpBars()
			if _, away := p.barred[addr]; away != (c.level < inventory.LevelLight) {
				t.Errorf("planning keeps away: %t, want %t", away, !away)
			} else if _, profile := p.settle(addr); !away && profile.Level > c.level {
				t.Errorf("planning scans at %s, want at most %s", profile.Level, c.level)
			}
		})
	}
}
