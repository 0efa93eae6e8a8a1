package release

import (
	"context"
	"fmt"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// consented is an advisory with what operators consent to at this moment: an
// operator may have taken back its word since the advisory was drafted, or
// the asset may be another's now. Nobody consents to more than at that time,
// because the approver saw no more.
func (s *Service) consented(ctx context.Context, a advisory.Advisory) (advisory.Advisory, error) {
	if len(a.Affected) == 0 {
		return a, nil
	}
	ids := make([]inventory.AssetID, len(a.Affected))
	for i, x := range a.Affected {
		ids[i] = x.Asset
	}
	slices.Sort(ids)
	assets, err := s.Register.AssetsByID(ctx, slices.Compact(ids))
	if err != nil {
		return a, fmt.Errorf("find what operators consent to: %w", err)
	}
	a.Affected = slices.Clone(a.Affected)
	for i, x := range a.Affected {
		now, ok := assets[x.Asset]
		if !ok || now.Org != x.Org {
			now.Consent = inventory.ConsentNone
		}
		a.Affected[i].Consent = lesser(x.Consent, now.Consent)
	}
	return a, nil
}

// lesser is what both consents allow.
func lesser(a, b inventory.Consent) inventory.Consent {
	all := []inventory.Consent{inventory.ConsentNone, inventory.ConsentAnonymised, inventory.ConsentIdentified}
	return all[max(0, min(slices.Index(all, a), slices.Index(all, b)))]
}
