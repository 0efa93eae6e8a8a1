package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
)

// ReportScope lists what an edition's reader is asked to confirm: each of the
// organisation's assets in use, with the answer that was given.
func (s *Store) ReportScope(ctx context.Context, id run.EditionID, p inventory.Page) ([]run.Answer, string, error) {
	row, err := one[editionRow](s.read(ctx).Where("id = ?", id), "report", id)
	if err != nil {
		return nil, "", err
	}
	q := s.read(ctx).Table("assets a").Select("a.num, a.id AS asset_id, a.org_id, a.name, a.address, coalesce(w.word, '') AS word, coalesce(w.comment, '') AS comment, coalesce(w.by, '') AS by, w.at").
		Joins("LEFT JOIN report_answers w ON w.asset_id = a.id AND w.edition = ?", row.Num).
		Where("a.org_id = ? AND a.retired_at IS NULL", row.OrgID)
	rows, next, err := page[scopeAnswerRow](q, listing{name: "report-scope", column: "a.num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list the scope of report %s: %w", id, err)
	}
	return mapped(rows, func(r scopeAnswerRow) run.Answer { return r.answer(id) }), next, nil
}

type scopeAnswerRow struct {
	Num     int64
	AssetID string
	OrgID   string
	Name    string
	Address string
	Word    string
	Comment string
	By      string
	At      *time.Time
}

func (r scopeAnswerRow) number() int64 { return r.Num }

func (r scopeAnswerRow) answer(id run.EditionID) run.Answer {
	return run.Answer{
		Edition: id, Org: inventory.OrganizationID(r.OrgID), Asset: inventory.AssetID(r.AssetID), Name: r.Name, Address: r.Address,
		Word: run.AnswerWord(r.Word), Comment: r.Comment, By: r.By, At: utc(r.At),
	}
}

// AnswerScope keeps what an operator says about assets of an edition's scope;
// a later answer replaces one before.
func (s *Store) AnswerScope(ctx context.Context, who string, org inventory.OrganizationID, id run.EditionID, answers []run.Answer) error {
	entry := audit.Entry{Actor: who, Act: "report.scope", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := lockedEdition(tx, id)
		if err != nil {
			return err
		}
		if value(row.OrgID) != org || !run.State(row.State).Out() {
			return missing("report", id)
		}
		ids := words(mapped(answers, func(a run.Answer) inventory.AssetID { return a.Asset }))
		var own []string
		if err := tx.Raw("SELECT id FROM assets WHERE id = ANY(?) AND org_id = ?", ids, org).Scan(&own).Error; err != nil {
			return err
		}
		said := map[inventory.AssetID]run.AnswerWord{}
		for _, a := range answers {
			if !slices.Contains(own, string(a.Asset)) {
				return missing("asset", a.Asset)
			}
			said[a.Asset] = a.Word
			err := tx.Exec(`INSERT INTO report_answers (edition, org_id, asset_id, word, comment, by, at) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (edition, asset_id) DO UPDATE SET word = excluded.word, comment = excluded.comment, by = excluded.by, at = excluded.at`,
				row.Num, org, a.Asset, a.Word, clip(a.Comment), who, s.now()).Error
			if err != nil {
				return err
			}
		}
		entry.Detail = map[string]any{"answers": said}
		return nil
	})
	if err != nil {
		return fmt.Errorf("answer about the scope of report %s: %w", id, err)
	}
	return nil
}
