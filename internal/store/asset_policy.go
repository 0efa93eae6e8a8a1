package store

import (
	"context"
	"fmt"
	"net/netip"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// unpermittedSQL selects the assets of which no permission in force covers any
// part: inventory.PolicyMissing. What Go says of prefixes and of patterns of
// names, it says again, so that a list can be cut where its page ends.
const unpermittedSQL = `
NOT EXISTS (
	SELECT 1 FROM authorizations p CROSS JOIN LATERAL jsonb_array_elements_text(p.prefixes) AS x (prefix)
	WHERE p.org_id = assets.org_id AND p.state = 'active' AND p.valid_from <= @now AND p.valid_until > @now
	AND (assets.net && x.prefix::inet
		OR CASE WHEN assets.host ~ '^(\d+\.){3}\d+$' OR left(assets.host, 1) = '[' THEN btrim(assets.host, '[]')::inet END <<= x.prefix::inet
		OR assets.host IS NOT NULL AND EXISTS (SELECT 1 FROM address_states d WHERE d.asset_id = assets.id AND d.address <<= x.prefix::inet)))
AND (assets.host IS NULL OR NOT EXISTS (
	SELECT 1 FROM authorizations p CROSS JOIN LATERAL jsonb_array_elements_text(p.names) AS x (name)
	WHERE p.org_id = assets.org_id AND p.state = 'active' AND p.valid_from <= @now AND p.valid_until > @now
	AND (x.name = assets.host OR left(x.name, 1) = '*' AND length(assets.host) >= length(x.name)
		AND right(assets.host, length(x.name) - 1) = substr(x.name, 2))))`

// addPolicies sets how each asset may be scanned.
func (s *Store) addPolicies(ctx context.Context, out []inventory.AssetOverview) error {
	scopes, err := s.scopesOf(ctx, mapped(out, func(o inventory.AssetOverview) inventory.OrganizationID { return o.Org }))
	if err != nil {
		return err
	}
	var names []inventory.AssetID
	for _, o := range out {
		if _, ok := o.Address.Prefix(); !ok {
			names = append(names, o.ID)
		}
	}
	var rows []struct {
		AssetID inventory.AssetID
		Address addr
	}
	err = s.read(ctx).Raw("SELECT asset_id, address FROM address_states WHERE asset_id = ANY(?)", words(names)).Find(&rows).Error
	if err != nil {
		return err
	}
	found := map[inventory.AssetID][]netip.Addr{}
	for _, r := range rows {
		found[r.AssetID] = append(found[r.AssetID], netip.Addr(r.Address))
	}
	for i, o := range out {
		out[i].Policy = scopes[o.Org].Policy(o.Asset, found[o.ID], s.now())
	}
	return nil
}

// scopesOf are the scopes of organisations as far as ScanPolicy needs them.
func (s *Store) scopesOf(ctx context.Context, orgs []inventory.OrganizationID) (map[inventory.OrganizationID]inventory.Scope, error) {
	var auths []authorizationRow
	err := s.read(ctx).Where("org_id = ANY(?) AND state = 'active'", words(orgs)).Order("num").Find(&auths).Error
	if err != nil {
		return nil, err
	}
	// The orders are the CERT's own list. That one stands in the way of an asset
	// its owner is told wherever a scan leaves it out.
	exclusions, err := s.exclusionsInForce(s.read(account.Unbound(ctx)))
	if err != nil {
		return nil, err
	}
	of := map[inventory.OrganizationID][]inventory.Authorization{}
	for _, a := range mapped(auths, authorizationRow.authorization) {
		of[a.Org] = append(of[a.Org], a)
	}
	out := make(map[inventory.OrganizationID]inventory.Scope, len(orgs))
	for _, org := range orgs {
		out[org] = inventory.NewScope(of[org], exclusions, s.admit)
	}
	return out, nil
}

func (s *Store) exclusionsInForce(tx *gorm.DB) ([]inventory.Exclusion, error) {
	var rows []exclusionRow
	err := tx.Raw("SELECT id, prefix, name, reason, until_at FROM exclusions WHERE until_at > ? ORDER BY num", s.now()).Find(&rows).Error
	return mapped(rows, exclusionRow.exclusion), err
}

// ExclusionsOf lists the orders not to scan in force that stand in the way of
// what an organisation permits. Who asks has been let see the organisation.
func (s *Store) ExclusionsOf(ctx context.Context, org inventory.OrganizationID) ([]inventory.Exclusion, error) {
	scopes, err := s.scopesOf(ctx, []inventory.OrganizationID{org})
	if err != nil {
		return nil, fmt.Errorf("list orders not to scan what %s permits: %w", org, fault(err))
	}
	return scopes[org].Concerning(s.now()), nil
}
