package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
)

type reportDeliveryRow struct {
	Num            int64 `gorm:"primaryKey;->;default:(-)"`
	Edition        int64
	OrgID          string
	ContactID      string
	Name           string
	Email          string
	State          string
	Attempts       int
	Problem        string
	How            string
	MessageID      string
	QueuedAt       time.Time
	SentAt         *time.Time
	BouncedAt      *time.Time
	OpenedAt       *time.Time
	AcknowledgedAt *time.Time

	EditionID string `gorm:"->;-:migration"`
}

func (reportDeliveryRow) TableName() string { return "report_deliveries" }

func (r reportDeliveryRow) delivery() run.Delivery {
	return run.Delivery{
		Num: r.Num, Edition: run.EditionID(r.EditionID), Org: inventory.OrganizationID(r.OrgID), Contact: inventory.ContactID(r.ContactID),
		Name: r.Name, Email: r.Email, State: run.DeliveryState(r.State), Attempts: r.Attempts, Problem: r.Problem, How: r.How,
		QueuedAt: r.QueuedAt.UTC(), SentAt: utc(r.SentAt), BouncedAt: utc(r.BouncedAt), OpenedAt: utc(r.OpenedAt), AcknowledgedAt: utc(r.AcknowledgedAt),
	}
}

// sendEdition makes the duties to tell an operator's contacts of an edition.
func (s *Store) sendEdition(ctx context.Context, tx *gorm.DB, row editionRow) error {
	orgs, err := withContacts(tx, []organizationRow{{ID: string(value(row.OrgID))}})
	if err != nil {
		return err
	}
	to := run.Recipients(orgs[0].Contacts)
	if len(to) == 0 {
		return &run.RefusedError{
			Edition: run.EditionID(row.ID), Act: run.ActSend, State: run.State(row.State),
			Hint: "the organisation has no contact who takes the report: add one of role distribution",
		}
	}
	for _, c := range to {
		d := reportDeliveryRow{
			Edition: row.Num, OrgID: string(value(row.OrgID)), ContactID: string(c.ID), Name: c.Name, Email: c.Email,
			State: string(run.DeliveryQueued), QueuedAt: s.now(),
		}
		if err := tx.Omit("EditionID").Create(&d).Error; err != nil {
			return err
		}
		if err := s.enqueueReportMail(ctx, tx, d.Num); err != nil {
			return err
		}
	}
	return nil
}

// PendingReportDeliveries lists the contacts who are to be told of an edition,
// the longest waiting first.
func (s *Store) PendingReportDeliveries(ctx context.Context, n int) ([]run.Delivery, error) {
	var rows []reportDeliveryRow
	err := s.read(ctx).Table("report_deliveries d").Select("d.*, e.id AS edition_id").Joins("JOIN report_editions e ON e.num = d.edition").
		Where("d.state = 'queued'").Order("d.queued_at, d.num").Limit(n).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list who is to be told of reports: %w", fault(err))
	}
	return mapped(rows, reportDeliveryRow.delivery), nil
}

// ReportDelivery returns one delivery, by its number.
func (s *Store) ReportDelivery(ctx context.Context, num int64) (run.Delivery, error) {
	row, err := one[reportDeliveryRow](s.read(ctx).Table("report_deliveries d").Select("d.*, e.id AS edition_id").
		Joins("JOIN report_editions e ON e.num = d.edition").Where("d.num = ?", num), "delivery", fmt.Sprint(num))
	return row.delivery(), err
}

// ReportDelivered notes that a mail server took what we sent, how it was
// protected and by which Message-ID bounces will name it.
func (s *Store) ReportDelivered(ctx context.Context, num int64, how, messageID string) error {
	return s.moveDelivery(ctx, num, []run.DeliveryState{run.DeliveryQueued}, map[string]any{
		"state": string(run.DeliverySent), "sent_at": s.now(), "how": clip(how), "message_id": clip(messageID), "problem": "",
	})
}

// ReportBounced notes that a mail came back.
func (s *Store) ReportBounced(ctx context.Context, num int64, why string) error {
	return s.moveDelivery(ctx, num, []run.DeliveryState{run.DeliveryQueued, run.DeliverySent}, map[string]any{
		"state": string(run.DeliveryBounced), "bounced_at": s.now(), "problem": clip(why),
	})
}

// ReportNotDelivered notes why we could not send; final gives it up.
func (s *Store) ReportNotDelivered(ctx context.Context, num int64, why string, final bool) error {
	set := map[string]any{"attempts": gorm.Expr("attempts + 1"), "problem": clip(why)}
	if final {
		set["state"] = string(run.DeliveryFailed)
	}
	return s.moveDelivery(ctx, num, []run.DeliveryState{run.DeliveryQueued}, set)
}

// moveDelivery changes a delivery in one of some states, and its edition with
// it. In any other state it changes nothing: news may come twice, or late.
func (s *Store) moveDelivery(ctx context.Context, num int64, from []run.DeliveryState, set map[string]any) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		return moveDeliveryIn(tx, num, from, set)
	})
	if err != nil {
		return fmt.Errorf("note on delivery %d of a report: %w", num, err)
	}
	return nil
}

func moveDeliveryIn(tx *gorm.DB, num int64, from []run.DeliveryState, set map[string]any) error {
	row, err := one[reportDeliveryRow](tx.Raw("SELECT * FROM report_deliveries WHERE num = ?", num), "delivery", fmt.Sprint(num))
	if err != nil {
		return err
	}
	if err := tx.Exec("SELECT 1 FROM report_editions WHERE num = ? FOR UPDATE", row.Edition).Error; err != nil {
		return err
	}
	moved := tx.Table("report_deliveries").Where("num = ? AND state = ANY(?)", num, words(from)).Updates(set)
	if moved.Error != nil || moved.RowsAffected == 0 {
		return moved.Error
	}
	return progress(tx, row.Edition)
}

// progress moves an edition that was sent to where its deliveries are.
func progress(tx *gorm.DB, edition int64) error {
	var now run.State
	if err := tx.Raw("SELECT state FROM report_editions WHERE num = ?", edition).Scan(&now).Error; err != nil || !now.Out() {
		return err
	}
	var all []run.DeliveryState
	if err := tx.Raw("SELECT state FROM report_deliveries WHERE edition = ?", edition).Scan(&all).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE report_editions SET state = ? WHERE num = ?", run.Progress(now, all), edition).Error
}

// ResendReport tells one contact of an edition again.
func (s *Store) ResendReport(ctx context.Context, who string, id run.EditionID, num int64) error {
	entry := audit.Entry{Actor: who, Act: "report.resend", Object: string(id), Detail: map[string]any{"delivery": num}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		row, err := lockedEdition(tx, id)
		if err != nil {
			return err
		}
		again := tx.Exec(`UPDATE report_deliveries d SET state = 'queued', queued_at = ?, attempts = 0, problem = '', bounced_at = NULL, sent_at = NULL,
			name = c.name, email = c.email FROM contacts c WHERE c.id = d.contact_id AND d.num = ? AND d.edition = ?`, s.now(), num, row.Num)
		if again.Error != nil {
			return again.Error
		}
		if again.RowsAffected == 0 {
			return missing("delivery", fmt.Sprint(num))
		}
		if err := s.enqueueReportMail(ctx, tx, num); err != nil {
			return err
		}
		return progress(tx, row.Num)
	})
	if err != nil {
		return fmt.Errorf("send report %s again: %w", id, err)
	}
	return nil
}

// OpenReport keeps in the audit log that somebody saw a report, or one of its
// files. When it is one of its operator's people, it counts as opened.
func (s *Store) OpenReport(ctx context.Context, o run.Opening) error {
	entry := audit.Entry{Actor: o.Who, Act: "report.open", Object: string(o.Edition), Detail: map[string]any{"file": o.File, "sha256": o.SHA256}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		if o.Org == "" {
			return nil
		}
		return s.readerDid(tx, o.Edition, o.Org, o.Who, run.DeliveryOpened)
	})
	if err != nil {
		return fmt.Errorf("note that report %s was opened: %w", o.Edition, err)
	}
	return nil
}

// AcknowledgeReport notes that one of an operator's people has taken note.
func (s *Store) AcknowledgeReport(ctx context.Context, who string, org inventory.OrganizationID, id run.EditionID) error {
	entry := audit.Entry{Actor: who, Act: "report.acknowledge", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return s.readerDid(tx, id, org, who, run.DeliveryAcknowledged)
	})
	if err != nil {
		return fmt.Errorf("acknowledge report %s: %w", id, err)
	}
	return nil
}

// readerDid notes what one of an edition's readers did. Their delivery is
// known by their mail address.
func (s *Store) readerDid(tx *gorm.DB, id run.EditionID, org inventory.OrganizationID, who string, did run.DeliveryState) error {
	row, err := lockedEdition(tx, id)
	if err != nil {
		return err
	}
	state := run.State(row.State)
	if value(row.OrgID) != org || !state.Out() {
		return missing("report", id)
	}
	if state == run.Acknowledged || state == run.Opened && did == run.DeliveryOpened {
		return nil
	}
	args := map[string]any{"num": row.Num, "who": who, "mail": strings.ToLower(who), "at": s.now(), "did": did, "to": run.Progress(state, []run.DeliveryState{did})}
	opened := `UPDATE report_editions SET opened_at = coalesce(opened_at, @at), opened_by = CASE WHEN opened_by = '' THEN @who ELSE opened_by END,
		state = @to WHERE num = @num`
	if did == run.DeliveryOpened {
		return execAll(tx, args, opened,
			`UPDATE report_deliveries SET state = @did, opened_at = @at WHERE edition = @num AND lower(email) = @mail AND state <> 'acknowledged'`)
	}
	return execAll(tx, args, opened,
		`UPDATE report_editions SET acknowledged_at = @at, acknowledged_by = @who WHERE num = @num`,
		`UPDATE report_deliveries SET state = @did, opened_at = coalesce(opened_at, @at), acknowledged_at = @at WHERE edition = @num AND lower(email) = @mail`)
}
