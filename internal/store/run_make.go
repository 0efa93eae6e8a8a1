package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/run"
)

// TakeEdition lets the caller alone make an edition, until the lease ends.
// False means that it is not to be made: it is made, or somebody is at it.
func (s *Store) TakeEdition(ctx context.Context, num int64, lease time.Duration) (run.Edition, bool, error) {
	taken := s.read(ctx).Exec(`
		UPDATE report_editions SET lease_until = clock_timestamp() + make_interval(secs => ?)
		WHERE num = ? AND state IN ('making', 'not_rendered')
			AND (lease_until IS NULL OR lease_until < clock_timestamp() OR lease_until > clock_timestamp() + interval '1 hour')`, lease.Seconds(), num)
	if taken.Error != nil {
		return run.Edition{}, false, fmt.Errorf("take edition %d: %w", num, fault(taken.Error))
	}
	if taken.RowsAffected == 0 {
		return run.Edition{}, false, nil
	}
	row, err := one[editionRow](editions(s.read(ctx)).Where("e.num = ?", num), "edition", fmt.Sprint(num))
	return row.edition(), err == nil, err
}

// LeaveEdition lets others make an edition that the caller took.
func (s *Store) LeaveEdition(ctx context.Context, num int64) error {
	if err := s.read(ctx).Exec("UPDATE report_editions SET lease_until = NULL WHERE num = ?", num).Error; err != nil {
		return fmt.Errorf("leave edition %d: %w", num, fault(err))
	}
	return nil
}

// EditionSnapshot returns the data of which an edition is made: those that
// were kept, or else what take brings, which is kept from then on.
func (s *Store) EditionSnapshot(ctx context.Context, e run.Edition, take func() (reports.Data, error)) (reports.Data, error) {
	kept, err := s.keptSnapshot(ctx, e.Num)
	if err != nil || kept != nil {
		return decodeSnapshot(e, kept, err)
	}
	d, err := take()
	if err != nil {
		return reports.Data{}, err
	}
	data, err := reports.EncodeData(d)
	if err != nil {
		return reports.Data{}, err
	}
	row := struct {
		Edition int64
		OrgID   *inventory.OrganizationID
		TakenAt time.Time
		SHA256  string `gorm:"column:sha256"`
		Data    []byte
	}{e.Num, optional(e.Org), d.At, run.SHA256(data), data}
	err = s.read(ctx).Table("report_snapshots").Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	if err != nil {
		return reports.Data{}, fmt.Errorf("keep the snapshot of report %s: %w", e.ID, fault(err))
	}
	// Of two at a time one was kept: the report is made of that.
	kept, err = s.keptSnapshot(ctx, e.Num)
	return decodeSnapshot(e, kept, err)
}

func (s *Store) keptSnapshot(ctx context.Context, num int64) ([]byte, error) {
	var rows []struct{ Data []byte }
	if err := s.read(ctx).Raw("SELECT data FROM report_snapshots WHERE edition = ?", num).Scan(&rows).Error; err != nil {
		return nil, fault(err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return rows[0].Data, nil
}

func decodeSnapshot(e run.Edition, kept []byte, err error) (reports.Data, error) {
	var d reports.Data
	if err == nil {
		d, err = reports.DecodeData(kept)
	}
	if err != nil {
		return d, fmt.Errorf("read the snapshot of report %s: %w", e.ID, err)
	}
	return d, nil
}

// FactsBefore are the numbers of the same reader's last edition of a week
// before, nil when there is none.
func (s *Store) FactsBefore(ctx context.Context, e run.Edition) (*run.Facts, error) {
	var rows []editionRow
	err := s.read(ctx).Table("report_editions e").
		Where("e.kind = ? AND e.org_id IS NOT DISTINCT FROM ? AND (e.kind <> 'sector' OR e.sector = ?) AND e.week < ? AND e.made_at IS NOT NULL",
			e.Kind, optional(e.Org), e.Sector, e.Week).
		Order("e.week DESC, e.revision DESC").Limit(1).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what report %s is compared with: %w", e.ID, fault(err))
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return &rows[0].Facts.V, nil
}

// KeepEdition keeps the files of an edition as its next set, and moves it on.
// Files that it had before stay, but count no more.
func (s *Store) KeepEdition(ctx context.Context, e run.Edition, m run.Made) error {
	now := s.now()
	err := s.work(ctx, func(tx *gorm.DB) error {
		row, err := one[editionRow](tx.Raw("SELECT * FROM report_editions WHERE num = ? FOR UPDATE", e.Num), "edition", fmt.Sprint(e.Num))
		if err != nil {
			return err
		}
		if row.Version != e.Version || row.State != string(run.Making) && row.State != string(run.NotRendered) {
			return errOvertaken // somebody changed the note meanwhile: it is made again
		}
		for i, f := range m.Files {
			if err := keepReportFile(tx, row, i, f); err != nil {
				return err
			}
		}
		attempts := 0
		if m.Printed == run.PrintFailed {
			attempts = row.Attempts + 1
		}
		return execAll(tx, map[string]any{
			"num": e.Num, "state": m.State, "printed": m.Printed, "problem": clip(m.Problem), "attempts": attempts,
			"flags": list[run.Flag](m.Flags), "facts": document[run.Facts]{m.Facts}, "now": now,
		}, `UPDATE report_editions SET state = @state, lease_until = NULL, rendering = rendering + 1, printed = @printed, problem = @problem,
			attempts = @attempts, flags = @flags, facts = @facts, made_at = @now WHERE num = @num`)
	})
	if errors.Is(err, errOvertaken) {
		return s.LeaveEdition(ctx, e.Num)
	}
	if err != nil {
		return fmt.Errorf("keep the files of report %s: %w", e.ID, err)
	}
	return nil
}

var errOvertaken = errors.New("the edition was changed meanwhile")

func keepReportFile(tx *gorm.DB, row editionRow, position int, f run.MadeFile) error {
	sum := run.SHA256(f.Data)
	if err := tx.Exec("INSERT INTO report_bytes (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING", sum, f.Data).Error; err != nil {
		return err
	}
	return tx.Create(&reportFileRow{
		Edition: row.Num, Rendering: row.Rendering + 1, Position: position, OrgID: row.OrgID, Name: f.Name, MediaType: f.MediaType, Language: f.Language,
		Size: int64(len(f.Data)), SHA256: sum, Proof: f.Proof,
	}).Error
}

// EditionFailed notes why an edition could not be made.
func (s *Store) EditionFailed(ctx context.Context, num int64, cause error) error {
	err := s.read(ctx).Exec(`
		UPDATE report_editions SET state = 'not_rendered', lease_until = NULL, attempts = attempts + 1, problem = ?
		WHERE num = ? AND state IN ('making', 'not_rendered')`, clip(cause.Error()), num).Error
	if err != nil {
		return fmt.Errorf("note that edition %d failed: %w", num, fault(err))
	}
	return nil
}

// clip bounds a text for people that other programs wrote.
func clip(s string) string { return inventory.CleanText(s, 1000) }

// reapEditionsSQL finds editions that should be on the queue: nobody is at
// them, and their job has had its time.
const reapEditionsSQL = `
SELECT num FROM report_editions
WHERE state = 'making' AND (lease_until IS NULL OR lease_until < clock_timestamp() OR lease_until > clock_timestamp() + interval '1 hour')
ORDER BY num LIMIT 1000`

// ReapEditions writes the jobs that are missing from the queue, whatever
// became of them. Call it every minute from anywhere.
func (s *Store) ReapEditions(ctx context.Context) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		var nums []int64
		if err := tx.Raw(reapEditionsSQL).Scan(&nums).Error; err != nil {
			return err
		}
		return s.enqueueEditions(ctx, tx, nums)
	})
	if err != nil {
		return fmt.Errorf("write missing jobs of editions: %w", err)
	}
	return nil
}
