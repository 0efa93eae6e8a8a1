package api

import (
	"cmp"
	"context"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerDiscoveries() {
	handle(s, "list-discoveries", "GET /discoveries", "List what was seen on assets and is not registered", s.listDiscoveries)
	handle(s, "claim-discovery", "POST /discoveries/{id}/claim", "Register what was seen", s.claimDiscovery)
	handle(s, "reject-discovery", "POST /discoveries/{id}/reject", "Keep away what was seen", s.rejectDiscovery)
}

func (s *server) listDiscoveries(ctx context.Context, in *struct {
	Paging
	Org   string `query:"org" maxLength:"100" doc:"Only this organisation's."`
	State string `query:"state" enum:"open,claimed,rejected" doc:"open when absent."`
},
) (*listed[wire.Discovery], error) {
	state := inventory.DiscoveryState(cmp.Or(in.State, string(inventory.DiscoveryOpen)))
	all, next, err := s.Discoveries.Discoveries(ctx, inventory.OrganizationID(in.Org), state, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, discovery), nil
}

func (s *server) claimDiscovery(ctx context.Context, in *ByID) (*body[wire.Asset], error) {
	a, err := s.Discoveries.ClaimDiscovery(ctx, who(ctx), inventory.DiscoveryID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(asset(a)), nil
}

func (s *server) rejectDiscovery(ctx context.Context, in *ByIDReason) (*struct{}, error) {
	return nil, s.Discoveries.RejectDiscovery(ctx, who(ctx), inventory.DiscoveryID(in.ID), in.Body.Reason)
}

func discovery(d inventory.Discovery) wire.Discovery {
	return wire.Discovery{
		ID: string(d.ID), OrgID: string(d.Org), OrgName: d.OrgName, Address: d.Address.String(), How: string(d.How), SeenOn: string(d.SeenOn),
		Quote: d.Quote, FirstSeen: d.FirstSeen.UTC(), LastSeen: d.LastSeen.UTC(), State: string(d.State), DecidedBy: d.DecidedBy,
		DecidedAt: utc(d.DecidedAt), Reason: d.Reason, AssetID: string(d.Asset),
	}
}
