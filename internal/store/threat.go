package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// ImportKEV replaces what is known of exploited CVEs; scores stay.
func (s *Store) ImportKEV(ctx context.Context, who string, threats map[string]inventory.Threat) error {
	return s.importThreats(ctx, who, "kev", threats,
		"UPDATE cve_threats SET kev = false, ransomware = false WHERE kev",
		"kev = excluded.kev, ransomware = excluded.ransomware")
}

// ImportEPSS replaces the scores of CVEs; what is known of exploits stays.
func (s *Store) ImportEPSS(ctx context.Context, who string, threats map[string]inventory.Threat) error {
	return s.importThreats(ctx, who, "epss", threats,
		"UPDATE cve_threats SET epss = 0 WHERE epss > 0",
		"epss = excluded.epss")
}

// importThreats forgets what one feed said, and keeps what it says now.
func (s *Store) importThreats(ctx context.Context, who, feed string, threats map[string]inventory.Threat, forget, keep string) error {
	var cves []string
	var kev, ransomware []bool
	var epss []float64
	for cve, t := range threats {
		cves, kev, ransomware, epss = append(cves, cve), append(kev, t.KEV), append(ransomware, t.Ransomware), append(epss, t.EPSS)
	}
	entry := audit.Entry{Actor: who, Act: "feed.import", Object: feed, Detail: map[string]any{"cves": len(cves)}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		if err := tx.Exec("LOCK TABLE cve_threats IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
			return err
		}
		if err := tx.Exec(forget).Error; err != nil {
			return err
		}
		err := tx.Exec(`
			INSERT INTO cve_threats (cve, kev, ransomware, epss)
			SELECT * FROM unnest(?::text[], ?::boolean[], ?::boolean[], ?::double precision[])
			ON CONFLICT (cve) DO UPDATE SET `+keep, array(cves), array(kev), array(ransomware), array(epss)).Error
		if err != nil {
			return err
		}
		return tx.Exec("DELETE FROM cve_threats WHERE NOT kev AND epss = 0").Error
	})
	if err != nil {
		return fmt.Errorf("import the %s feed: %w", feed, err)
	}
	return nil
}

// Threats tells the worst that the feeds say about any of some CVEs.
func (s *Store) Threats(ctx context.Context, cves []string) (inventory.Threat, error) {
	var row struct {
		KEV, Ransomware bool
		EPSS            float64
	}
	err := s.read(ctx).Raw(`
		SELECT coalesce(bool_or(kev), false) AS kev, coalesce(bool_or(ransomware), false) AS ransomware, coalesce(max(epss), 0) AS epss
		FROM cve_threats WHERE cve = ANY(?)`, array(cves)).Scan(&row).Error
	if err != nil {
		return inventory.Threat{}, fmt.Errorf("read what the feeds say of %d CVEs: %w", len(cves), fault(err))
	}
	return inventory.Threat{KEV: row.KEV, Ransomware: row.Ransomware, EPSS: row.EPSS}, nil
}
