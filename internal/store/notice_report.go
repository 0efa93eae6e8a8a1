package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/reports/run"
)

// enqueueReportMail has the contact of a delivery told of its edition with the
// week's letter; where that has gone out already, with another.
func (s *Store) enqueueReportMail(_ context.Context, tx *gorm.DB, num int64) error {
	d, err := one[struct {
		OrgID, ContactID, Week string
	}](tx.Raw("SELECT d.org_id, d.contact_id, e.week FROM report_deliveries d JOIN report_editions e ON e.num = d.edition WHERE d.num = ?", num),
		"delivery", fmt.Sprint(num))
	if err != nil {
		return err
	}
	now := s.now()
	const add = `
		INSERT INTO notice_items (org_id, contact_id, kind, object, stage, due_at, held)
		VALUES (@org, @contact, 'weekly', @week, @stage, @now, false) ON CONFLICT DO NOTHING`
	args := map[string]any{"org": d.OrgID, "contact": d.ContactID, "week": d.Week, "stage": "", "now": now}
	done := tx.Exec(add, args)
	if done.Error != nil || done.RowsAffected > 0 {
		return done.Error
	}
	args["stage"] = fmt.Sprintf("report-%d@%s", num, now.Format(time.RFC3339))
	return tx.Exec(add, args).Error
}

// reportFor is the report of a week that a contact is still to be told of, in
// its language.
func reportFor(tx *gorm.DB, who notify.Addressee, weeks []string) (*notify.Report, error) {
	var rows []struct {
		ID     string
		Num    int64
		SHA256 string `gorm:"column:sha256"`
		Size   int
	}
	err := tx.Raw(`
		SELECT e.id, d.num, coalesce(f.sha256, '') AS sha256, coalesce(f.size, 0) AS size
		FROM report_deliveries d JOIN report_editions e ON e.num = d.edition
		LEFT JOIN report_files f ON f.edition = e.num AND f.rendering = e.rendering AND f.media_type = 'application/pdf'
		WHERE d.contact_id = ? AND d.state = 'queued' AND e.week = ANY(?) ORDER BY d.num DESC, f.language = ? DESC, f.language = 'en' DESC LIMIT 1`,
		who.ID, array(weeks), who.Language).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &notify.Report{ID: rows[0].ID, Delivery: rows[0].Num, SHA256: rows[0].SHA256, Bytes: rows[0].Size}, nil
}

// ReportFiles returns what goes along with the letter of a week's report: the
// document that people read, in each of the languages in which there is one,
// or else in English.
func (s *Store) ReportFiles(ctx context.Context, report string, languages []string) ([]notify.File, error) {
	e, err := s.Edition(ctx, run.EditionID(report))
	if err != nil {
		return nil, err
	}
	var out []notify.File
	for _, f := range run.Documents(e.Files, languages) {
		_, content, err := s.EditionFile(ctx, e.ID, f.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, notify.File{Name: f.Name, MediaType: f.MediaType, Bytes: content})
	}
	return out, nil
}

// tellBoard notes on a report's delivery what became of the notice that
// carried it. The board of reports shows it.
func tellBoard(tx *gorm.DB, row noticeRow, from []run.DeliveryState, set map[string]any) error {
	r := row.Letter.V.Report
	if r == nil || r.Delivery == 0 || row.ResendOf != "" { // what stands in was somebody else's
		return nil
	}
	err := moveDeliveryIn(tx, r.Delivery, from, set)
	if errors.Is(err, inventory.ErrNotFound) {
		return nil
	}
	return err
}

// WeekInWork implements notify.Book. A report that is late for days is not
// waited for: silence would look like a fault.
func (s *Store) WeekInWork(ctx context.Context, org inventory.OrganizationID, week string) (bool, error) {
	var n int64
	err := s.read(ctx).Raw(`
		SELECT count(*) FROM report_editions WHERE org_id = ? AND week = ? AND latest AND sent_at IS NULL AND created_at > ?`,
		org, week, s.now().Add(-3*24*time.Hour)).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("look for the report of %s: %w", week, fault(err))
	}
	return n > 0, nil
}
