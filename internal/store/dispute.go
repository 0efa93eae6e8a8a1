package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type disputeRow struct {
	Num       int64  `gorm:"->;default:(-)"`
	ID        string `gorm:"primaryKey;->;default:(-)"`
	FindingID string
	OrgID     string
	Claim     string
	State     string
	Reason    string
	UntilAt   *time.Time
	OpenedBy  string
	OpenedAt  time.Time
	EndedBy   string
	EndedAt   *time.Time
	Outcome   string
}

func (disputeRow) TableName() string { return "disputes" }

func (r disputeRow) number() int64 { return r.Num }

func (r disputeRow) dispute() inventory.Dispute {
	return inventory.Dispute{
		ID: inventory.DisputeID(r.ID), Finding: inventory.FindingID(r.FindingID), Org: inventory.OrganizationID(r.OrgID),
		Claim: inventory.Answer(r.Claim), State: inventory.DisputeState(r.State), Reason: r.Reason, Until: orZero(r.UntilAt),
		OpenedBy: r.OpenedBy, OpenedAt: r.OpenedAt.UTC(), EndedBy: r.EndedBy, EndedAt: utc(r.EndedAt), Outcome: r.Outcome,
	}
}

// Disputes lists those that the filter selects, oldest first.
func (s *Store) Disputes(ctx context.Context, f inventory.DisputeFilter, p inventory.Page) ([]inventory.DisputeLine, string, error) {
	q := s.read(ctx)
	q = given(q, "org_id = ?", f.Org)
	q = given(q, "finding_id = ?", f.Finding)
	q = given(q, "state = ?", f.State)
	if f.Waiting {
		q = q.Where("state IN ('open', 'answered')")
	}
	rows, next, err := page[disputeRow](q, listing{name: "disputes", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list disputes: %w", err)
	}
	lines, err := disputeLines(s.read(ctx), rows)
	if err != nil {
		return nil, "", fmt.Errorf("list disputes: %w", fault(err))
	}
	return lines, next, nil
}

func disputeLines(q *gorm.DB, rows []disputeRow) ([]inventory.DisputeLine, error) {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.FindingID)
	}
	var found []findingRow
	if err := q.Where("id = ANY(?)", array(ids)).Find(&found).Error; err != nil {
		return nil, err
	}
	lines, err := findingLines(q, found)
	if err != nil {
		return nil, err
	}
	about := map[inventory.FindingID]inventory.FindingLine{}
	for _, l := range lines {
		about[l.ID] = l
	}
	return mapped(rows, func(r disputeRow) inventory.DisputeLine {
		return inventory.DisputeLine{Dispute: r.dispute(), About: about[inventory.FindingID(r.FindingID)]}
	}), nil
}

// Dispute finds one, with its thread, oldest first.
func (s *Store) Dispute(ctx context.Context, id inventory.DisputeID) (inventory.DisputeLine, []inventory.Comment, error) {
	row, err := one[disputeRow](s.read(ctx).Where("id = ?", id), "dispute", id)
	if err != nil {
		return inventory.DisputeLine{}, nil, err
	}
	lines, err := disputeLines(s.read(ctx), []disputeRow{row})
	if err != nil {
		return inventory.DisputeLine{}, nil, fmt.Errorf("read dispute %s: %w", id, fault(err))
	}
	var thread []remarkRow
	if err := s.read(ctx).Where("dispute_id = ?", id).Order("num").Limit(mostComments).Find(&thread).Error; err != nil {
		return inventory.DisputeLine{}, nil, fmt.Errorf("read dispute %s: %w", id, fault(err))
	}
	return lines[0], mapped(thread, remarkRow.comment), nil
}

// SayInDispute adds to a dispute's thread: then it is the other side's turn.
func (s *Store) SayInDispute(ctx context.Context, by inventory.Speaker, id inventory.DisputeID, text string) error {
	state := inventory.DisputeAnswered
	if by.Operator() {
		state = inventory.DisputeOpen
	}
	entry := audit.Entry{Actor: by.Name, Act: "dispute.say", Object: string(id), Detail: map[string]any{"text": text}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		d, f, err := lockDispute(tx, by, id)
		if err != nil {
			return err
		}
		if err := comment(tx, by, f, d.ID, true, text, s.now()); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE disputes SET state = ? WHERE id = ?", state, id).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE findings SET dispute = ? WHERE id = ?", state, d.FindingID).Error
	})
	if err != nil {
		return fmt.Errorf("write in dispute %s: %w", id, err)
	}
	return nil
}

// RuleDispute decides a dispute. One that is upheld becomes a waiver until the
// ruling's end; one that is rejected leaves the finding as it is.
func (s *Store) RuleDispute(ctx context.Context, who string, id inventory.DisputeID, r inventory.Ruling) error {
	now := s.now()
	entry := audit.Entry{
		Actor: who, Act: "dispute." + string(r.State), Object: string(id), Detail: map[string]any{"reason": r.Reason, "until": orNull(r.Until)},
	}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		d, f, err := lockDispute(tx, inventory.Speaker{Name: who}, id)
		if err != nil {
			return err
		}
		event := inventory.FindingEvent{
			Finding: inventory.FindingID(f.ID), At: now, Actor: who, Kind: inventory.EventDecided, From: d.Claim, To: string(r.State), Reason: r.Reason,
		}
		err = execAll(tx, map[string]any{"id": d.ID, "finding": f.ID, "state": r.State, "who": who, "now": now, "reason": r.Reason}, `
			UPDATE disputes SET state = @state, ended_by = @who, ended_at = @now, outcome = @reason WHERE id = @id`, `
			UPDATE findings SET dispute = '', version = version + 1 WHERE id = @finding`)
		if err != nil {
			return err
		}
		if err := comment(tx, inventory.Speaker{Name: who}, f, d.ID, true, r.Reason, now); err != nil {
			return err
		}
		if err := addEvents(tx, []inventory.FindingEvent{event}); err != nil || r.State != inventory.DisputeUpheld {
			return err
		}
		deed := inventory.FindingDeed{Kind: inventory.ActWaive, Waiver: inventory.Waiver{
			Kind: inventory.Answer(d.Claim).Waiver(), Reason: r.Reason, Until: r.Until,
		}}
		if err := deed.Check(now); err != nil {
			return err
		}
		detail := entry.Detail
		var out inventory.Acted
		err = s.act(tx, entry, []string{f.ID}, deed, &out)
		entry.Object, entry.Detail = string(id), detail // of the ruling, not of the waiver that it makes
		return err
	})
	if err != nil {
		return fmt.Errorf("decide dispute %s: %w", id, err)
	}
	return nil
}

// lockDispute locks one that waits, and its finding first, as answers do.
func lockDispute(tx *gorm.DB, by inventory.Speaker, id inventory.DisputeID) (disputeRow, findingRow, error) {
	d, err := one[disputeRow](tx.Where("id = ?", id), "dispute", id)
	if err != nil {
		return d, findingRow{}, err
	}
	if by.Operator() && d.OrgID != string(by.Org) {
		return d, findingRow{}, missing("dispute", id)
	}
	f, err := lockFinding(tx, inventory.Speaker{Name: by.Name}, inventory.FindingID(d.FindingID))
	if err != nil {
		return d, f, err
	}
	if d, err = one[disputeRow](tx.Raw("SELECT * FROM disputes WHERE id = ? FOR UPDATE", id), "dispute", id); err != nil {
		return d, f, err
	}
	if !inventory.DisputeState(d.State).Waits() {
		return d, f, fmt.Errorf("it is %s already: %w", d.State, inventory.ErrConflict)
	}
	return d, f, nil
}
