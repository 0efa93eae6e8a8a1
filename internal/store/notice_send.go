package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/reports/run"
)

// Sending.
const (
	noticeLease   = 15 * time.Minute // how long one sender may take
	noticePatient = 4 * 24 * time.Hour
)

// TakeNotice returns a notice that is to be sent now and its contact as it is
// now; nobody else takes it for a quarter of an hour. False means that it is
// not to be sent: it was, or is being, or its contact is gone.
func (s *Store) TakeNotice(ctx context.Context, num int64) (n notify.Notice, who notify.Addressee, ok bool, err error) {
	err = s.work(ctx, func(tx *gorm.DB) error {
		now := s.now()
		var rows []noticeRow
		err := tx.Raw("SELECT * FROM notices WHERE num = ? AND state = 'queued' AND next_at <= ? FOR UPDATE", num, now).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		row := rows[0]
		who, err = addressee(tx, inventory.ContactID(row.ContactID))
		gone := errors.Is(err, inventory.ErrNotFound)
		if err != nil && !gone {
			return err
		}
		if gone || who.Email == "" || who.Problem == notify.Returned && notify.Kind(row.Kind) != notify.Verify {
			return tx.Exec("UPDATE notices SET state = 'cancelled', last_error = ? WHERE num = ?",
				"the contact is gone, or mail to it comes back", num).Error
		}
		row.Address = who.Email // as the register has it now
		n, ok = row.notice(), true
		return tx.Exec("UPDATE notices SET next_at = ?, address = ? WHERE num = ?", now.Add(noticeLease), who.Email, num).Error
	})
	if err != nil {
		return n, who, false, fmt.Errorf("take notice %d: %w", num, err)
	}
	return n, who, ok, nil
}

// NoticeSent notes that a mail server took a notice, how it was protected, and
// what was wrong with the contact's key, if anything.
func (s *Store) NoticeSent(ctx context.Context, id notify.ID, p notify.Protection, key notify.Problem, detail string) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		now := s.now()
		row, err := one[noticeRow](tx.Raw("SELECT * FROM notices WHERE id = ? FOR UPDATE", id), "notice", id)
		if err != nil {
			return err
		}
		err = tx.Exec(`
			UPDATE notices SET state = 'sent', protection = ?, attempts = attempts + 1, sent_at = ?, last_error = '' WHERE id = ? AND state = 'queued'`,
			p, now, id).Error
		if err != nil {
			return err
		}
		err = tellBoard(tx, row, []run.DeliveryState{run.DeliveryQueued}, map[string]any{
			"state": string(run.DeliverySent), "sent_at": now, "how": string(p), "message_id": row.MessageID, "problem": "",
		})
		if err != nil {
			return err
		}
		return flagKey(tx, row, key, detail, now)
	})
	if err != nil {
		return fmt.Errorf("note notice %s as sent: %w", id, err)
	}
	return nil
}

// flagKey tells the analysts of a key that cannot be used, until it can be.
func flagKey(tx *gorm.DB, row noticeRow, key notify.Problem, detail string, now time.Time) error {
	if key == notify.NoProblem {
		return tx.Exec(`UPDATE contact_mail SET problem = '', problem_detail = '', problem_at = NULL
			WHERE contact_id = ? AND problem IN ('key_expired', 'key_broken')`, row.ContactID).Error
	}
	return flag(tx, row.ContactID, row.OrgID, key, detail, now)
}

func flag(tx *gorm.DB, contact, org string, p notify.Problem, detail string, now time.Time) error {
	return tx.Exec(`
		INSERT INTO contact_mail (contact_id, org_id, problem, problem_at, problem_detail) VALUES (@contact, @org, @problem, @now, @detail)
		ON CONFLICT (contact_id) DO UPDATE SET problem = excluded.problem, problem_detail = excluded.problem_detail,
			problem_at = CASE WHEN contact_mail.problem = excluded.problem THEN contact_mail.problem_at ELSE excluded.problem_at END`,
		map[string]any{"contact": contact, "org": org, "problem": p, "now": now, "detail": inventory.CleanText(detail, 500)}).Error
}

// NoticeFailed notes why an attempt failed. One that will not succeed, or did
// not for days, is over; where the address itself was refused, the next contact
// gets it.
func (s *Store) NoticeFailed(ctx context.Context, id notify.ID, cause error, final, address bool) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		now := s.now()
		row, err := one[noticeRow](tx.Raw("SELECT * FROM notices WHERE id = ? FOR UPDATE", id), "notice", id)
		if err != nil || row.State != string(notify.Queued) {
			return err
		}
		state := notify.Queued
		if final || now.Sub(row.CreatedAt) > noticePatient {
			state = notify.Failed
		}
		err = tx.Exec(`
			UPDATE notices SET state = @state, attempts = attempts + 1, last_error = @why,
				next_at = CAST(@now AS timestamptz) + least(interval '6 hours', interval '30 seconds' * power(2, least(attempts, 20)))
			WHERE id = @id`,
			map[string]any{"state": state, "why": inventory.CleanText(cause.Error(), 1000), "now": now, "id": id}).Error
		if err != nil || state != notify.Failed {
			return err
		}
		board := map[string]any{"state": string(run.DeliveryFailed), "problem": clip(cause.Error())}
		if address {
			board["state"], board["bounced_at"] = string(run.DeliveryBounced), now
		}
		if err := tellBoard(tx, row, []run.DeliveryState{run.DeliveryQueued}, board); err != nil {
			return err
		}
		if address {
			if err := flag(tx, row.ContactID, row.OrgID, notify.Returned, cause.Error(), now); err != nil {
				return err
			}
		}
		return s.standIn(ctx, tx, row)
	})
	if err != nil {
		return fmt.Errorf("note that notice %s failed: %w", id, err)
	}
	return nil
}

// standIn sends a notice that did not reach its contact to the next one.
func (s *Store) standIn(ctx context.Context, tx *gorm.DB, row noticeRow) error {
	if notify.Kind(row.Kind) == notify.Verify {
		return nil
	}
	all, err := addressees(tx, inventory.OrganizationID(row.OrgID))
	if err != nil {
		return err
	}
	first := notify.Addressee{ID: inventory.ContactID(row.ContactID), Email: row.Address, Role: inventory.ContactRole(row.Role)}
	next, ok := notify.SecondTo(first, all)
	if !ok {
		return nil
	}
	// Once: the next contact may have been told of the same already, or the
	// same notice have come this way.
	var told []string
	err = tx.Raw("SELECT id FROM notices WHERE contact_id = ? AND kind = ? AND letter = CAST(? AS jsonb) LIMIT 1", next.ID, row.Kind, row.Letter).Scan(&told).Error
	if err != nil || len(told) > 0 {
		return err
	}
	if same, err := sameWeek(tx, row, next.ID); err != nil || same {
		return err
	}
	_, err = s.insertNotice(ctx, tx, next, row.Letter.V, "", notify.ID(row.ID))
	return err
}

// sameWeek tells whether a contact has the week's letter anyway.
func sameWeek(tx *gorm.DB, row noticeRow, contact inventory.ContactID) (bool, error) {
	if row.Letter.V.Week == "" {
		return false, nil
	}
	var ids []string
	err := tx.Raw("SELECT id FROM notices WHERE contact_id = ? AND kind = 'weekly' AND letter->>'week' = ? LIMIT 1", contact, row.Letter.V.Week).Scan(&ids).Error
	return len(ids) > 0, err
}

// ReapNotices writes the jobs of notices that are due and missing from the
// queue. Call it every minute from anywhere.
func (s *Store) ReapNotices(ctx context.Context) (int, error) {
	due := 0
	err := s.work(ctx, func(tx *gorm.DB) error {
		var nums []int64
		// A minute's grace: the job that was written with it may be about to run.
		err := tx.Raw("SELECT num FROM notices WHERE state = 'queued' AND next_at < CAST(? AS timestamptz) - interval '1 minute' ORDER BY next_at LIMIT ?",
			s.now(), healBatch).Scan(&nums).Error
		if err != nil {
			return err
		}
		due = len(nums)
		for _, num := range nums {
			if err := s.enqueueNotice(ctx, tx, num); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("write missing jobs of notices: %w", err)
	}
	return due, nil
}

// ResendNotice sends a notice again, as a message of its own: to the same
// contact, or to another of the organisation.
func (s *Store) ResendNotice(ctx context.Context, who string, id notify.ID, to inventory.ContactID) (notify.Notice, error) {
	var made noticeRow
	err := s.tx(ctx, audit.Entry{Actor: who, Act: "notice.resend", Object: string(id)}, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[noticeRow](tx.Raw("SELECT * FROM notices WHERE id = ? FOR UPDATE", id), "notice", id)
		if err != nil {
			return err
		}
		if notify.State(row.State) == notify.Queued {
			return fmt.Errorf("it is on its way: %w", inventory.ErrConflict)
		}
		if notify.Kind(row.Kind) == notify.Verify {
			return &inventory.InputError{Field: "notice", Value: row.ID, Message: "holds a code that is used up", Hint: "send a new test mail to the contact"}
		}
		if to == "" {
			to = inventory.ContactID(row.ContactID)
		}
		next, err := addressee(tx, to)
		if err != nil {
			return err
		}
		if next.Org != inventory.OrganizationID(row.OrgID) {
			return missing("contact", to)
		}
		if next.Email == "" {
			return &inventory.InputError{Field: "contact", Value: string(to), Message: "has no mail address", Hint: "choose another contact, or add the address"}
		}
		made, err = s.insertNotice(ctx, tx, next, row.Letter.V, row.Thread, id)
		entry.Detail = map[string]any{"as": made.ID, "to": next.ID}
		return err
	})
	if err != nil {
		return notify.Notice{}, fmt.Errorf("send notice %s again: %w", id, err)
	}
	return made.notice(), nil
}

// ConfirmNotice notes that somebody of the organisation has read a notice.
// Confirming twice changes nothing.
func (s *Store) ConfirmNotice(ctx context.Context, who string, id notify.ID) (notify.Notice, error) {
	var row noticeRow
	err := s.tx(ctx, audit.Entry{Actor: who, Act: "notice.confirm", Object: string(id)}, func(tx *gorm.DB, _ *audit.Entry) (err error) {
		if err := tx.Exec("UPDATE notices SET confirmed_at = ?, confirmed_by = ? WHERE id = ? AND confirmed_at IS NULL", s.now(), who, id).Error; err != nil {
			return err
		}
		if row, err = one[noticeRow](tx.Where("id = ?", id), "notice", id); err != nil || row.Letter.V.Report == nil {
			return err
		}
		err = s.readerDid(tx, run.EditionID(row.Letter.V.Report.ID), inventory.OrganizationID(row.OrgID), who, run.DeliveryAcknowledged)
		if errors.Is(err, inventory.ErrNotFound) { // it was taken back since
			return nil
		}
		return err
	})
	if err != nil {
		return notify.Notice{}, fmt.Errorf("confirm notice %s: %w", id, err)
	}
	return row.notice(), nil
}
