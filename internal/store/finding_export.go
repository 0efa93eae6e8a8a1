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
		if err := plannedAnew(tx); err != nil {
			return err
		}
		o, now := orders[f.Sort], s.now()
		var after *place
		for {
			rows, err := o.rows(tx, f, now, after, maxLimit)
			if err != nil {
				return err
			}
			lines, err := findingLines(tx, rows)
			if err != nil {
				return err
			}
			if err := each(lines); err != nil || len(rows) < maxLimit {
				return err
			}
			after = o.place(rows[len(rows)-1])
		}
	})
	if err != nil {
		return fmt.Errorf("export findings: %w", fault(err))
	}
	return nil
}
