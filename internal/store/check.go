package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ciiscan/ciiscan/inventory"
)

type checkRow struct {
	ID         string `gorm:"primaryKey"`
	Title      string
	Severity   string
	Why        string
	Fix        string
	References list[string] `gorm:"column:refs;type:jsonb"`
	CVEs       list[string] `gorm:"column:cves;type:jsonb"`
	CWEs       list[string] `gorm:"column:cwes;type:jsonb"`
	Tags       list[string] `gorm:"type:jsonb"`
	CVSS       float64      `gorm:"column:cvss"`
	CVSSVector string       `gorm:"column:cvss_vector"`
	Source     string
	Protocol   string
	SHA256     string `gorm:"column:sha256"`
	UpdatedAt  time.Time
}

func (checkRow) TableName() string { return "checks" }

func (r checkRow) check() inventory.Check {
	return inventory.Check{
		ID: inventory.CheckID(r.ID), Title: r.Title, Severity: inventory.Severity(r.Severity), Why: r.Why, Fix: r.Fix,
		References: r.References, CVEs: r.CVEs, CWEs: r.CWEs, Tags: r.Tags,
		CVSS: inventory.CVSS{Score: r.CVSS, Vector: r.CVSSVector}, Source: r.Source, Protocol: r.Protocol, SHA256: r.SHA256,
	}
}

// SyncChecks stores the catalogue as the program has it. Checks that it no
// longer has stay, because findings name them.
func (s *Store) SyncChecks(ctx context.Context, checks []inventory.Check) error {
	if len(checks) == 0 {
		return nil
	}
	now := s.now()
	rows := make([]checkRow, len(checks))
	for i, c := range checks {
		rows[i] = checkRow{
			ID: string(c.ID), Title: c.Title, Severity: string(c.Severity), Why: c.Why, Fix: c.Fix, References: c.References,
			CVEs: c.CVEs, CWEs: c.CWEs, Tags: c.Tags, CVSS: c.CVSS.Score, CVSSVector: c.CVSS.Vector, Source: c.Source, Protocol: c.Protocol, SHA256: c.SHA256, UpdatedAt: now,
		}
	}
	err := s.work(ctx, func(tx *gorm.DB) error {
		// Two programs that start at once would lock the rows in their own orders.
		if err := tx.Exec("LOCK TABLE checks IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
			return err
		}
		if err := keepDates(tx, rows); err != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, 500).Error
	})
	if err != nil {
		return fmt.Errorf("store %d checks: %w", len(checks), err)
	}
	return nil
}

// keepDates leaves what did not change as old as it is.
func keepDates(tx *gorm.DB, rows []checkRow) error {
	var kept []checkRow
	if err := tx.Select("id", "sha256", "updated_at").Find(&kept).Error; err != nil {
		return err
	}
	was := map[string]checkRow{}
	for _, k := range kept {
		was[k.ID] = k
	}
	for i, r := range rows {
		if k, ok := was[r.ID]; ok && k.SHA256 == r.SHA256 {
			rows[i].UpdatedAt = k.UpdatedAt
		}
	}
	return nil
}

// Checks returns all that is known about checks.
func (s *Store) Checks(ctx context.Context) (map[inventory.CheckID]inventory.Check, error) {
	all, err := loadCatalogue(s.read(ctx))
	if err != nil {
		return nil, fmt.Errorf("read checks: %w", fault(err))
	}
	return all, nil
}

func loadCatalogue(q *gorm.DB) (map[inventory.CheckID]inventory.Check, error) {
	var rows []checkRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make(map[inventory.CheckID]inventory.Check, len(rows))
	for _, r := range rows {
		out[inventory.CheckID(r.ID)] = r.check()
	}
	return out, nil
}

// loadThreats reads what the feeds say about each check: the worst that they
// say about one of its CVEs.
func loadThreats(q *gorm.DB) (map[inventory.CheckID]inventory.Threat, error) {
	var rows []struct {
		ID              inventory.CheckID
		KEV, Ransomware bool
		EPSS            float64
	}
	err := q.Raw(`
		SELECT c.id, bool_or(t.kev) AS kev, bool_or(t.ransomware) AS ransomware, max(t.epss) AS epss
		FROM checks c, jsonb_array_elements_text(c.cves) AS x (cve) JOIN cve_threats t ON t.cve = x.cve
		GROUP BY c.id`).Find(&rows).Error
	out := make(map[inventory.CheckID]inventory.Threat, len(rows))
	for _, r := range rows {
		out[r.ID] = inventory.Threat{KEV: r.KEV, Ransomware: r.Ransomware, EPSS: r.EPSS}
	}
	return out, err
}
