package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// ExportFindings gives every finding that the filter selects to each, in the
// filter's order and as they were at one moment, and says so in the audit log
// before the first. An error of each ends it.
func (s *Store) ExportFindings(ctx context.Context, who string, f inventory.FindingFilter, form string, each func([]inventory.FindingLine) error) error {
	entry := audit.Entry{Actor: who, Act: "finding.export", Object: form, Detail: map[string]any{"filter": f}}
	if err := s.tx(ctx, entry, func(*gorm.DB, *audit.Entry) error { return nil }); err != nil {
		return fmt.Errorf("export findings: %w", err)
	}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("SET LOCAL plan_cache_mode = force_custom_plan").Error; err != nil {
			return err
		}
		o, now := orders[f.Sort], s.now()
		var after string
		var num int64
		for first := true; ; first = false {
			q, err := selectFindings(tx, f, now)
			if err != nil {
				return err
			}
			if !first {
				q = o.beyond(q, after, num)
			}
			var rows []findingRow
			if err := q.Select("f.*").Order(o.clause()).Limit(maxLimit).Find(&rows).Error; err != nil {
				return err
			}
			lines, err := findingLines(tx, rows)
			if err != nil {
				return err
			}
			if err := each(lines); err != nil || len(rows) < maxLimit {
				return err
			}
			last := rows[len(rows)-1]
			num = last.Num
			if o.key != nil {
				after = o.key(last)
			}
		}
	})
	if err != nil {
		return fmt.Errorf("export findings: %w", fault(err))
	}
	return nil
}
