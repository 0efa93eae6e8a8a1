package schedule

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// bars lists what a scan of org must keep away from although it may be
// authorised: other operators' OT assets, which only their own scans know how
// to treat, the limits that other operators set for theirs, and the addresses to
// which excluded names lead.
func (p *Planner) bars(ctx context.Context, org inventory.OrganizationID, at time.Time) ([]scanner.Bar, error) {
	var bars []scanner.Bar
	others := func(f inventory.AssetFilter) error {
		return inventory.Each(func(page inventory.Page) ([]inventory.Asset, string, error) {
			return p.store.Assets(ctx, f, page)
		}, func(a inventory.Asset) error {
			if bar, says := scanner.BarOf(a, org); says && a.Org != org {
				bar.Prefix, _ = a.Address.Prefix()
				bar.Name = a.Address.Host()
				bars = append(bars, bar)
			}
			return nil
		})
	}
	err := others(inventory.AssetFilter{Class: inventory.OT})
	if err != nil {
		return nil, fmt.Errorf("list OT assets: %w", err)
	}
	err = others(inventory.AssetFilter{Limited: true})
	if err != nil {
		return nil, fmt.Errorf("list assets that have a limit: %w", err)
	}
	var names []string
	err = inventory.Each(func(page inventory.Page) ([]inventory.Exclusion, string, error) { return p.store.Exclusions(ctx, page) }, func(x inventory.Exclusion) error {
		if x.Name != "" && !strings.HasPrefix(x.Name, "*.") && at.Before(x.Until) {
			names = append(names, x.Name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list exclusions: %w", err)
	}
	// A name that does not resolve now bars nothing: it leads nowhere.
	for name, r := range p.lookUp(ctx, names) {
		for _, addr := range r.Addrs {
			bars = append(bars, scanner.Bar{
				Prefix: netip.PrefixFrom(addr, addr.BitLen()), Reason: "the excluded name " + name + " leads there",
			})
		}
	}
	return bars, nil
}
