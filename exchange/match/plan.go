package match

import (
	"cmp"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Targeted is a scan of one asset that can decide on hits: these checks and
// these ports, and nothing else.
type Targeted struct {
	Org      inventory.OrganizationID
	Asset    inventory.AssetID
	Inbounds []exchange.InboundID // that it decides on
	Checks   []inventory.CheckID
	TCP, UDP string // as PortSet writes them; "" for none
}

// Plan makes the scans that can decide on hits, one for each asset, sorted. An
// asset on which no check can decide anything gets none. Together with the
// deciding checks goes the one for such a service being reachable at all,
// which also tells anew what runs.
func (c Catalogue) Plan(hits []Hit) []Targeted {
	type wish struct {
		Targeted
		tcp, udp []uint16
	}
	byAsset := map[inventory.AssetID]*wish{}
	var order []*wish
	for _, h := range hits {
		checks := c.Deciding(h)
		if len(checks) == 0 || h.Port == 0 {
			continue
		}
		if _, ok := c.checks[h.Exposure]; ok {
			checks = append(checks, h.Exposure)
		}
		w := byAsset[h.Asset]
		if w == nil {
			w = &wish{Targeted: Targeted{Org: h.Org, Asset: h.Asset}}
			byAsset[h.Asset] = w
			order = append(order, w)
		}
		w.Checks = append(w.Checks, checks...)
		w.Inbounds = append(w.Inbounds, h.Inbound)
		if h.Transport == inventory.UDP {
			w.udp = append(w.udp, h.Port)
		} else {
			w.tcp = append(w.tcp, h.Port)
		}
	}
	out := make([]Targeted, 0, len(order))
	for _, w := range order {
		w.Checks = slices.Compact(slices.Sorted(slices.Values(w.Checks)))
		w.Inbounds = slices.Compact(slices.Sorted(slices.Values(w.Inbounds)))
		w.TCP, w.UDP = inventory.Ports(w.tcp...).String(), inventory.Ports(w.udp...).String()
		out = append(out, w.Targeted)
	}
	slices.SortFunc(out, func(a, b Targeted) int { return cmp.Compare(a.Asset, b.Asset) })
	return out
}
