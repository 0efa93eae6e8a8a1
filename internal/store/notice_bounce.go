package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/reports/run"
)

// KeepBounce notes a message that came back. The same message counts once. One
// that names no notice of ours, by token or Message-ID, is kept and changes
// nothing; a passing trouble changes nothing either. Otherwise the notice has
// bounced, its contact is flagged, and the next contact gets the notice.
func (s *Store) KeepBounce(ctx context.Context, b notify.Bounce) (notify.BounceResult, error) {
	var out notify.BounceResult
	err := s.work(ctx, func(tx *gorm.DB) error {
		now := s.now()
		row, found, err := bouncedNotice(tx, b)
		if err != nil {
			return err
		}
		var num *int64
		if found {
			num, out.Notice, out.Org = &row.Num, notify.ID(row.ID), inventory.OrganizationID(row.OrgID)
		}
		done := tx.Exec(`
			INSERT INTO bounces (sha256, received_at, notice_num, recipient, action, status, diagnostic, hard)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			b.SHA256, now, num, b.Recipient, b.Action, b.Status, b.Diagnostic, b.Hard)
		if done.Error != nil || done.RowsAffected == 0 {
			out.Again = done.Error == nil
			return done.Error
		}
		if !found || !b.Hard || row.BouncedAt != nil {
			return nil
		}
		return s.bounce(ctx, tx, row, b, now)
	})
	if err != nil {
		return notify.BounceResult{}, fmt.Errorf("keep a returned message: %w", err)
	}
	return out, nil
}

func (s *Store) bounce(ctx context.Context, tx *gorm.DB, row noticeRow, b notify.Bounce, now time.Time) error {
	why := strings.TrimSpace(b.Status + " " + b.Diagnostic)
	err := tx.Exec("UPDATE notices SET state = 'bounced', bounced_at = ?, last_error = ? WHERE num = ?", now, why, row.Num).Error
	if err != nil {
		return err
	}
	err = tellBoard(tx, row, []run.DeliveryState{run.DeliveryQueued, run.DeliverySent}, map[string]any{
		"state": string(run.DeliveryBounced), "bounced_at": now, "problem": clip(why),
	})
	if err != nil {
		return err
	}
	if err := flag(tx, row.ContactID, row.OrgID, notify.Returned, why, now); err != nil {
		return err
	}
	return s.standIn(ctx, tx, row)
}

// bouncedNotice finds the notice that a bounce speaks of. The token is known to
// nobody but us and those whom the notice went through.
func bouncedNotice(tx *gorm.DB, b notify.Bounce) (noticeRow, bool, error) {
	var rows []noticeRow
	q := tx.Where("state IN ('sent', 'queued', 'bounced')")
	switch {
	case b.Token != "":
		q = q.Where("token = ?", b.Token)
	case b.MessageID != "":
		q = q.Where("message_id = ?", b.MessageID)
	default:
		return noticeRow{}, false, nil
	}
	if err := q.Clauses(clause.Locking{Strength: "UPDATE"}).Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return noticeRow{}, false, err
	}
	return rows[0], true, nil
}
