package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// PauseScan lets no further task of a scan begin; those that run end as they
// would. A scan that has ended, or is paused, is inventory.ErrConflict.
func (s *Store) PauseScan(ctx context.Context, who string, id scanner.ScanID, reason string) error {
	if err := needReason(reason); err != nil {
		return err
	}
	entry := audit.Entry{Actor: who, Act: "scan.pause", Object: string(id), Detail: map[string]any{"reason": reason}}
	return s.turnScan(ctx, entry, id, "pause", func(tx *gorm.DB) *gorm.DB {
		return tx.Exec(`UPDATE scans SET paused_at = ?, paused_by = ?
			WHERE id = ? AND paused_at IS NULL AND state IN ('queued', 'running')`, s.now(), who, id)
	})
}

// ResumeScan lets a paused scan go on.
func (s *Store) ResumeScan(ctx context.Context, who string, id scanner.ScanID) error {
	return s.turnScan(ctx, audit.Entry{Actor: who, Act: "scan.resume", Object: string(id)}, id, "resume", func(tx *gorm.DB) *gorm.DB {
		return tx.Exec("UPDATE scans SET paused_at = NULL, paused_by = '' WHERE id = ? AND paused_at IS NOT NULL", id)
	})
}

func (s *Store) turnScan(ctx context.Context, entry audit.Entry, id scanner.ScanID, verb string, turn func(*gorm.DB) *gorm.DB) error {
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		row, err := one[scanRow](tx.Where("id = ?", id), "scan", id)
		if err != nil {
			return err
		}
		done := turn(tx)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			was := row.State
			if row.PausedAt != nil {
				was = "paused"
			}
			return fmt.Errorf("it is %s: %w", was, inventory.ErrConflict)
		}
		// The tickets ended while its tasks could not be claimed.
		return s.ticketsForQueued(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("%s scan %s: %w", verb, id, err)
	}
	return nil
}
