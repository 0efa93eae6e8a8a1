package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// ChecksOf are the checks that found the findings, each once.
func (s *Store) ChecksOf(ctx context.Context, findings []inventory.FindingID) ([]inventory.CheckID, error) {
	var out []inventory.CheckID
	err := s.read(ctx).Raw("SELECT DISTINCT check_id FROM findings WHERE id = ANY(?) ORDER BY check_id", words(findings)).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("read what found %d findings: %w", len(findings), fault(err))
	}
	return out, nil
}

// AdvisoryFacts gathers what is known of one check over the whole country,
// at one moment: what is present, the services there, what their owners
// consent to, and everybody's names and addresses, which the advisory's texts
// must not let out.
func (s *Store) AdvisoryFacts(ctx context.Context, check inventory.CheckID) (advisory.Facts, error) {
	var facts advisory.Facts
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		row, err := one[checkRow](tx.Where("id = ?", check), "check", check)
		if err != nil {
			return err
		}
		facts.Check = row.check()
		var findings []findingRow
		if err := tx.Where("check_id = ? AND detection <> 'fixed'", check).Order("num").Find(&findings).Error; err != nil {
			return err
		}
		facts.Findings = mapped(findings, findingRow.finding)
		var orgs, assets []string
		var proofs []inventory.EvidenceID
		for _, f := range findings {
			orgs, assets, proofs = append(orgs, f.OrgID), append(assets, f.AssetID), append(proofs, inventory.EvidenceID(f.EvidenceID))
		}
		var orgRows []organizationRow
		if err := tx.Where("id = ANY(?)", array(orgs)).Order("num").Find(&orgRows).Error; err != nil {
			return err
		}
		if facts.Orgs, err = withContacts(tx, orgRows); err != nil {
			return err
		}
		// All that those organisations have: an advisory about one host may
		// not name another of theirs either.
		var assetRows []assetRow
		if err := tx.Where("org_id = ANY(?)", array(orgs)).Order("num").Find(&assetRows).Error; err != nil {
			return err
		}
		if facts.Assets, err = assetsOf(assetRows); err != nil {
			return err
		}
		facts.Consents = map[inventory.AssetID]inventory.Consent{}
		for _, a := range facts.Assets {
			facts.Consents[a.ID] = a.Consent
		}
		if facts.Evidence, err = evidenceTexts(tx, proofs); err != nil {
			return err
		}
		facts.Services, err = loadServices(tx.Where("asset_id = ANY(?)", array(assets)))
		return err
	})
	if err != nil {
		return advisory.Facts{}, fmt.Errorf("gather facts about check %s: %w", check, err)
	}
	return facts, nil
}

// evidenceTexts reads what hosts answered.
func evidenceTexts(tx *gorm.DB, ids []inventory.EvidenceID) (map[inventory.EvidenceID]string, error) {
	proofs, err := loadEvidence(tx, ids)
	out := make(map[inventory.EvidenceID]string, len(proofs))
	for id, p := range proofs {
		out[id] = string(p.Response)
	}
	return out, err
}

// forbiddenSQL lists names of everybody but those that stand within addresses.
const forbiddenSQL = `
SELECT name FROM organizations
UNION SELECT site FROM assets
UNION SELECT address FROM assets
UNION SELECT host(address) FROM findings WHERE address IS NOT NULL
UNION SELECT hostname FROM findings
UNION SELECT host(address) FROM services
UNION SELECT host(address) FROM address_states
ORDER BY 1`

// Forbidden lists what nobody outside may learn from a released file: the
// names, addresses, host names, sites and contacts (advisory.Private) of the
// whole register, as of now. It is sorted, and no text is there twice or blank.
func (s *Store) Forbidden(ctx context.Context) ([]string, error) {
	var all []string
	if err := s.read(ctx).Raw(forbiddenSQL).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("list what may not be told: %w", fault(err))
	}
	var contacts []contactRow
	if err := s.read(ctx).Select("name, email, phone").Find(&contacts).Error; err != nil {
		return nil, fmt.Errorf("list what may not be told: %w", fault(err))
	}
	for _, text := range all {
		if a, err := inventory.ParseAddress(text); err == nil && a.Host() != "" {
			all = append(all, a.Host()) // of a URL, or an address without its length
		}
	}
	for _, c := range contacts {
		all = append(all, advisory.Private(c.contact())...)
	}
	all = slices.DeleteFunc(all, func(t string) bool { return strings.TrimSpace(t) == "" })
	slices.Sort(all)
	return slices.Compact(all), nil
}
