package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
)

// DecideEditions does an act on editions, each by itself: an outcome of each
// tells what came of it. They and their audit entry are one transaction.
func (s *Store) DecideEditions(ctx context.Context, who string, d run.Decision) ([]run.Outcome, error) {
	if d.Act == run.ActHold && strings.TrimSpace(d.Reason) == "" {
		return nil, &inventory.InputError{Field: "reason", Message: "is missing", Hint: "say why it is held"}
	}
	var out []run.Outcome
	entry := audit.Entry{Actor: who, Act: "report." + string(d.Act), Object: string(d.Run)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		rows, err := decidedEditions(tx, d)
		if err != nil {
			return err
		}
		done := []run.EditionID{}
		for _, row := range rows {
			o := run.Outcome{Edition: run.EditionID(row.ID), State: run.State(row.State)}
			if o.State, o.Err = s.decideEdition(ctx, tx, who, row, d); o.Err == nil {
				done = append(done, o.Edition)
			} else if _, refused := errors.AsType[*run.RefusedError](o.Err); !refused {
				return o.Err
			}
			out = append(out, o)
		}
		if len(d.Editions) > 0 && len(rows) < len(d.Editions) {
			return missing("one of the reports", d.Editions[0])
		}
		entry.Detail = map[string]any{"reason": d.Reason, "editions": done}
		if len(done) == 1 {
			entry.Object = string(done[0])
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s reports: %w", d.Act, err)
	}
	return out, nil
}

// decidedEditions locks the editions that an act is for, in one order.
func decidedEditions(tx *gorm.DB, d run.Decision) ([]editionRow, error) {
	q := tx.Table("report_editions e").Select("e.*")
	if len(d.Editions) > 0 {
		q = q.Where("e.id = ANY(?)", words(d.Editions))
	} else {
		// All of a run on which the act is possible; approved are those alone
		// that no flag is on.
		q = q.Where("e.run_id = ? AND e.latest AND e.state = ANY(?)", d.Run, words(d.Act.From()))
		if d.Act == run.ActApprove {
			q = q.Where("NOT e.flagged")
		}
		if d.Act == run.ActSend {
			q = q.Where("e.kind = 'operator'")
		}
	}
	var rows []editionRow
	return rows, q.Order("e.num").Clauses(clause.Locking{Strength: "UPDATE"}).Find(&rows).Error
}

// decideEdition does an act on one edition. A refusal is a run.RefusedError; anything
// else is a fault.
func (s *Store) decideEdition(ctx context.Context, tx *gorm.DB, who string, row editionRow, d run.Decision) (run.State, error) {
	e := row.edition()
	to, err := run.After(e, d.Act)
	if err != nil {
		return e.State, err
	}
	set := map[string]any{"state": string(to), "version": row.Version + 1}
	switch d.Act {
	case run.ActCheck:
		set["checked_by"], set["accepted"] = who, row.Flags
	case run.ActHold:
		set["held_by"], set["held_for"], set["approved_by"], set["approved_at"] = who, clip(d.Reason), "", nil
	case run.ActRelease:
		set["held_by"], set["held_for"], set["accepted"] = "", "", list[run.Flag]{}
	case run.ActApprove:
		set["approved_by"], set["approved_at"] = who, s.now()
	case run.ActUnapprove:
		set["approved_by"], set["approved_at"] = "", nil
	case run.ActSend:
		set["sent_by"], set["sent_at"] = who, s.now()
		if err := s.sendEdition(ctx, tx, row); err != nil {
			return e.State, err
		}
	case run.ActRetry:
		set["attempts"] = 0
	case run.ActNote: // SetEditionNote does it
	}
	if err := tx.Table("report_editions").Where("num = ?", row.Num).Updates(set).Error; err != nil {
		return e.State, err
	}
	if to == run.Making {
		return to, s.enqueueEditions(ctx, tx, []int64{row.Num})
	}
	return to, nil
}

// SetEditionNote changes the analyst's word to the reader, and has the files
// made anew. Version is that of the edition which the analyst saw.
func (s *Store) SetEditionNote(ctx context.Context, who string, id run.EditionID, note string, version int) error {
	entry := audit.Entry{Actor: who, Act: "report.note", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := lockedEdition(tx, id)
		if err != nil {
			return err
		}
		if row.Version != version {
			return inventory.ErrStale
		}
		if _, err := run.After(row.edition(), run.ActNote); err != nil {
			return err
		}
		entry.Detail = map[string]any{"from": row.Note, "to": note}
		err = tx.Exec("UPDATE report_editions SET note = ?, version = version + 1, state = 'making', lease_until = NULL, attempts = 0 WHERE num = ?", note, row.Num).Error
		if err != nil {
			return err
		}
		return s.enqueueEditions(ctx, tx, []int64{row.Num})
	})
	if err != nil {
		return fmt.Errorf("note on report %s: %w", id, err)
	}
	return nil
}

// ReviseEdition issues an edition again, of data of now, because of something.
func (s *Store) ReviseEdition(ctx context.Context, who string, id run.EditionID, because string) (run.Edition, error) {
	if because = strings.TrimSpace(clip(because)); because == "" {
		return run.Edition{}, &inventory.InputError{Field: "reason", Message: "is missing", Hint: "say why it is issued again: the reader sees it"}
	}
	var next run.EditionID
	entry := audit.Entry{Actor: who, Act: "report.revise", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := lockedEdition(tx, id)
		if err != nil {
			return err
		}
		e := row.edition()
		if !row.Latest || row.MadeAt == nil {
			return &run.RefusedError{Edition: id, Act: "revise", State: e.State, Hint: "revise the latest one, once its files are made"}
		}
		next = run.IDOf(e.Kind, e.Org, e.Sector, e.Week, e.Revision+1)
		entry.Detail = map[string]any{"because": because, "revision": next}
		if err := tx.Exec("UPDATE report_editions SET latest = false, version = version + 1 WHERE num = ?", row.Num).Error; err != nil {
			return err
		}
		var num int64
		err = tx.Raw(`INSERT INTO report_editions (id, run_id, week, kind, org_id, sector, revision, because, state, note, created_at)
			SELECT ?, run_id, week, kind, org_id, sector, revision + 1, ?, 'making', note, ? FROM report_editions WHERE num = ? RETURNING num`,
			next, because, s.now(), row.Num).Scan(&num).Error
		if err != nil {
			return err
		}
		return s.enqueueEditions(ctx, tx, []int64{num})
	})
	if err != nil {
		return run.Edition{}, fmt.Errorf("revise report %s: %w", id, err)
	}
	return s.Edition(ctx, next)
}

func lockedEdition(tx *gorm.DB, id run.EditionID) (editionRow, error) {
	return one[editionRow](tx.Raw("SELECT * FROM report_editions WHERE id = ? FOR UPDATE", id), "report", id)
}
