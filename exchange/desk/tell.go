package desk

import (
	"context"
	"errors"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Teller brings to an operator's people that a document concerns assets of
// theirs. What the document says may be told only with details, which is when
// the agreement lets constituents know. It is false where there is no way to
// them.
type Teller interface {
	Notify(ctx context.Context, org inventory.Organization, in exchange.Inbound, assets []inventory.AssetID, details bool) (told bool, err error)
}

// tell lets the operators know whose assets are concerned, or may be, and who
// were not told so yet.
func (d *Desk) tell(ctx context.Context, docs map[exchange.InboundID]exchange.Inbound, all []*concern) error {
	if d.Teller == nil {
		return nil
	}
	type notice struct {
		in  exchange.InboundID
		org inventory.OrganizationID
	}
	var notices []notice
	concerned := map[notice][]inventory.AssetID{}
	for _, c := range all {
		m, n := c.stored, notice{c.stored.Inbound, c.stored.Org}
		if m.ToldAt != nil || c.fresh() || m.Verdict == exchange.VerdictFixed || m.Verdict == exchange.VerdictNotPresent {
			continue
		}
		if concerned[n] == nil {
			notices = append(notices, n)
		}
		if !slices.Contains(concerned[n], m.Asset) {
			concerned[n] = append(concerned[n], m.Asset)
		}
	}
	for _, n := range notices {
		told, err := d.tellOne(ctx, docs[n.in], n.org, concerned[n])
		if err != nil {
			// That mail is down must not keep anything from being decided.
			d.Log.Warn("operator not told", "org", n.org, "document", n.in, "error", err)
		}
		if !told {
			continue
		}
		err = func() error {
			ctx, cancel := noteDown(ctx)
			defer cancel()
			return d.Matches.NoteTold(ctx, n.in, n.org, concerned[n])
		}()
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) tellOne(ctx context.Context, in exchange.Inbound, org inventory.OrganizationID, assets []inventory.AssetID) (bool, error) {
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
