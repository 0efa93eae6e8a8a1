package api

import (
	"context"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerExclusions() {
	handle(s, "list-exclusions", "GET /exclusions", "List orders not to scan", s.listExclusions)
	handle(s, "list-organization-exclusions", "GET /organizations/{id}/exclusions", "List the orders in force not to scan what an organisation permits", s.organizationExclusions)
	handle(s, "create-exclusion", "POST /exclusions", "Forbid scanning a prefix or name", s.createExclusion, creates)
	handle(s, "end-exclusion", "POST /exclusions/{id}/end", "End an order not to scan", s.endExclusion)
}

func (s *server) listExclusions(ctx context.Context, in *struct{ Paging }) (*listed[wire.Exclusion], error) {
	all, next, err := s.Exclusions.Exclusions(ctx, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, exclusion), nil
}

// organizationExclusions tells an organisation which of the CERT's orders stand
// in the way of what it permits; whose orders they are is the CERT's matter.
func (s *server) organizationExclusions(ctx context.Context, in *ByID) (*body[wire.List[wire.Exclusion]], error) {
	org, err := s.Organizations.Organization(ctx, inventory.OrganizationID(in.ID))
	if err != nil {
		return nil, err
	}
	all, err := s.Profiles.ExclusionsOf(ctx, org.ID)
	if err != nil {
		return nil, err
	}
	return answer(wire.List[wire.Exclusion]{Items: convert(all, exclusion)}), nil
}

func (s *server) createExclusion(ctx context.Context, in *body[wire.NewExclusion]) (*created[wire.Exclusion], error) {
	n := in.Body
	x := inventory.Exclusion{Name: n.Name, Reason: n.Reason, Until: n.Until, CreatedBy: who(ctx), CreatedAt: s.Now()}
	var err error
	if n.Prefix != "" {
		if x.Prefix, err = parsePrefix("prefix", n.Prefix); err != nil {
			return nil, err
		}
	}
	if x, err = x.Normalize(); err != nil {
		return nil, err
	}
	x, err = s.Exclusions.CreateExclusion(ctx, who(ctx), x)
	if err != nil {
		return nil, err
	}
	return newObject("exclusions", string(x.ID), exclusion(x)), nil
}

func (s *server) endExclusion(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, s.Exclusions.EndExclusion(ctx, who(ctx), inventory.ExclusionID(in.ID))
}

func exclusion(x inventory.Exclusion) wire.Exclusion {
	out := wire.Exclusion{
		ID: string(x.ID), Name: x.Name, Reason: x.Reason, Until: x.Until.UTC(),
		CreatedBy: x.CreatedBy, CreatedAt: x.CreatedAt.UTC(),
	}
	if x.Prefix.IsValid() {
		out.Prefix = x.Prefix.String()
	}
	return out
}
