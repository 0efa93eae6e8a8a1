package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Teller brings to an operator's people that a document concerns assets of
// theirs. What the document says may be told only with details, which is when
// the agreement lets constituents know. It is false where there is no way to
// them.
type Teller interface {
	Notify(ctx context.Context, org inventory.Organization, in exchange.Inbound, assets []inventory.AssetID, details bool) (told bool, err error)
}

// tell lets the operators know whose assets are concerned, once for each
// document.
func (d *Desk) tell(ctx context.Context, hits []match.Hit) error {
	if d.Teller == nil {
		return nil
	}
	type notice struct {
		in  exchange.InboundID
		org inventory.OrganizationID
	}
	concerned := map[notice]map[inventory.AssetID]bool{}
	for _, h := range hits {
		n := notice{h.Inbound, h.Org}
		if concerned[n] == nil {
			concerned[n] = map[inventory.AssetID]bool{}
		}
		concerned[n][h.Asset] = true
	}
	for n, assets := range concerned {
		told, err := d.tellOne(ctx, n.in, n.org, slices.Sorted(maps.Keys(assets)))
		if err != nil {
			// That mail is down must not keep anything from being decided.
			d.Log.Warn("operator not told", "org", n.org, "document", n.in, "error", err)
		}
		if !told {
			continue
		}
		if err := d.noteTold(ctx, n.in, n.org); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) tellOne(ctx context.Context, id exchange.InboundID, org inventory.OrganizationID, assets []inventory.AssetID) (bool, error) {
	in, err := d.Inbox.Inbound(ctx, id)
	if err != nil {
		return false, err
	}
	o, err := d.Facts.Organization(ctx, org)
	if err != nil {
		return false, err
	}
	g, err := d.Peers.AgreementWith(ctx, in.Team, d.Now())
	if err != nil && !errors.Is(err, inventory.ErrNotFound) {
		return false, err
	}
	details := err == nil && g.Take.Onward != exchange.OnwardNone
	return d.Teller.Notify(ctx, o, in, assets, details)
}

// noteTold writes down that an operator knows.
func (d *Desk) noteTold(ctx context.Context, id exchange.InboundID, org inventory.OrganizationID) error {
	now := d.Now()
	for page := (inventory.Page{Limit: 500}); ; {
		some, next, err := d.Matches.Matches(ctx, exchange.MatchFilter{Inbound: id, Org: org}, page)
		if err != nil {
			return err
		}
		for _, m := range some {
			if m.ToldAt != nil {
				continue
			}
			m.ToldAt = &now
			if err := d.Matches.SetVerdict(ctx, m); err != nil {
				return fmt.Errorf("note that %s was told: %w", org, err)
			}
		}
		if next == "" {
			return nil
		}
		page.Cursor = next
	}
}
