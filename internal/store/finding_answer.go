package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// AnswerFinding keeps what an operator says about a finding. It closes
// nothing. A claim opens a dispute, in which the CERT decides; another answer
// withdraws the claim before it.
func (s *Store) AnswerFinding(ctx context.Context, by inventory.Speaker, id inventory.FindingID, r inventory.Reply) error {
	now := s.now()
	if err := r.Check(now); err != nil {
		return err
	}
	entry := audit.Entry{Actor: by.Name, Act: "finding.answer", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := lockFinding(tx, by, id)
		if err != nil {
			return err
		}
		if !inventory.Detection(row.Detection).Present() {
			return fmt.Errorf("it is fixed: %w", inventory.ErrConflict)
		}
		entry.Detail = map[string]any{"answer": r.Answer, "reason": r.Reason, "until": orNull(r.Until)}
		dispute, err := claim(tx, by, row, r, now)
		if err != nil {
			return err
		}
		work := workAfter(r.Answer, inventory.Work(row.Work))
		var promised *time.Time
		if r.Answer == inventory.AnswerWorking {
			promised = orNull(r.Until)
		}
		err = tx.Exec(`
			UPDATE findings SET answer = ?, answered_at = ?, promised_at = ?, dispute = ?, work = ?, version = version + 1 WHERE id = ?`,
			r.Answer, now, promised, dispute, work, id).Error
		if err != nil {
			return err
		}
		events := []inventory.FindingEvent{{
			Finding: id, At: now, Actor: by.Name, Kind: inventory.EventAnswered, From: row.Handling.Answer, To: string(r.Answer), Reason: r.Reason,
		}}
		if string(work) != row.Work {
			events = append(events, inventory.FindingEvent{
				Finding: id, At: now, Actor: by.Name, Kind: inventory.EventWork, From: row.Work, To: string(work), Reason: inventory.WhyAnswered,
			})
		}
		return addEvents(tx, events)
	})
	if err != nil {
		return fmt.Errorf("answer finding %s: %w", id, err)
	}
	return nil
}

// workAfter is how far people are when an operator has answered.
func workAfter(a inventory.Answer, was inventory.Work) inventory.Work {
	switch {
	case a == inventory.AnswerWorking:
		return inventory.WorkInProgress
	case was == inventory.WorkInProgress && a != inventory.AnswerFixed:
		return was
	}
	return inventory.WorkAcknowledged
}

// claim opens the dispute that an answer asks for, and withdraws the one that
// it replaces. It returns the finding's state of dispute.
func claim(tx *gorm.DB, by inventory.Speaker, row findingRow, r inventory.Reply, now time.Time) (inventory.DisputeState, error) {
	var waiting []disputeRow
	if err := tx.Where("finding_id = ? AND state IN ('open', 'answered')", row.ID).Find(&waiting).Error; err != nil {
		return "", err
	}
	for _, d := range waiting {
		if d.Claim == string(r.Answer) { // said again, with more reasons
			if err := tx.Exec("UPDATE disputes SET state = 'open', until_at = ? WHERE id = ?", orNull(claimUntil(r)), d.ID).Error; err != nil {
				return "", err
			}
			return inventory.DisputeOpen, comment(tx, by, row, d.ID, true, r.Reason, now)
		}
		err := tx.Exec("UPDATE disputes SET state = 'withdrawn', ended_by = ?, ended_at = ?, outcome = ? WHERE id = ?",
			by.Name, now, "Another answer was given.", d.ID).Error
		if err != nil {
			return "", err
		}
	}
	if !r.Answer.Claims() {
		if r.Reason == "" {
			return "", nil
		}
		return "", comment(tx, by, row, "", true, r.Reason, now)
	}
	d := disputeRow{
		FindingID: row.ID, OrgID: row.OrgID, Claim: string(r.Answer), State: string(inventory.DisputeOpen), Reason: r.Reason,
		UntilAt: orNull(claimUntil(r)), OpenedBy: by.Name, OpenedAt: now,
	}
	if err := tx.Create(&d).Error; err != nil {
		return "", err
	}
	err := addEvents(tx, []inventory.FindingEvent{{
		Finding: inventory.FindingID(row.ID), At: now, Actor: by.Name, Kind: inventory.EventDisputed, To: string(r.Answer), Reason: r.Reason,
	}})
	if err != nil {
		return "", err
	}
	return inventory.DisputeOpen, comment(tx, by, row, d.ID, true, r.Reason, now)
}

// claimUntil is the end that goes with a claim.
func claimUntil(r inventory.Reply) time.Time {
	if r.Answer == inventory.AnswerAcceptRisk || r.Answer == inventory.AnswerCompensating {
		return r.Until
	}
	return time.Time{}
}

// lockFinding locks a finding that the speaker may see.
func lockFinding(tx *gorm.DB, by inventory.Speaker, id inventory.FindingID) (findingRow, error) {
	row, err := one[findingRow](tx.Raw("SELECT * FROM findings WHERE id = ? FOR UPDATE", id), "finding", id)
	if err == nil && by.Operator() && row.OrgID != string(by.Org) {
		err = missing("finding", id)
	}
	return row, err
}

func addEvents(tx *gorm.DB, events []inventory.FindingEvent) error {
	rows := mapped(events, eventRowOf)
	return tx.Create(&rows).Error
}

type remarkRow struct {
	Num       int64 `gorm:"primaryKey;->;default:(-)"`
	FindingID string
	OrgID     string
	DisputeID *string
	At        time.Time
	Author    string
	Operator  bool
	Shared    bool
	Body      string
	Withdraws *int64
}

func (remarkRow) TableName() string { return "finding_comments" }

func (r remarkRow) comment() inventory.Comment {
	return inventory.Comment{
		Num: r.Num, Finding: inventory.FindingID(r.FindingID), Dispute: inventory.DisputeID(value(r.DisputeID)), At: r.At.UTC(),
		Author: r.Author, Operator: r.Operator, Shared: r.Shared, Text: r.Body,
	}
}

//nolint:revive // seven things make a comment
func comment(tx *gorm.DB, by inventory.Speaker, f findingRow, dispute string, shared bool, text string, now time.Time) error {
	row := remarkRow{
		FindingID: f.ID, OrgID: f.OrgID, DisputeID: optional(dispute), At: now, Author: by.Name, Operator: by.Operator(),
		Shared: shared || by.Operator(), Body: text,
	}
	return tx.Create(&row).Error
}

// AddFindingComment keeps what somebody writes about a finding: for the CERT
// only, or shared with the operator. What an operator writes is shared.
func (s *Store) AddFindingComment(ctx context.Context, by inventory.Speaker, id inventory.FindingID, shared bool, text string) error {
	entry := audit.Entry{Actor: by.Name, Act: "finding.comment", Object: string(id), Detail: map[string]any{"shared": shared || by.Operator(), "text": text}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		row, err := lockFinding(tx, by, id)
		if err != nil {
			return err
		}
		return comment(tx, by, row, "", shared, text, s.now())
	})
	if err != nil {
		return fmt.Errorf("comment on finding %s: %w", id, err)
	}
	return nil
}

// mostComments is how many of a finding's comments are read: the last ones.
const mostComments = 200

// FindingComments are the last of what was written about a finding, oldest
// first: all of it for the CERT, and what is shared with them for an
// organisation's people.
func (s *Store) FindingComments(ctx context.Context, by inventory.Speaker, id inventory.FindingID) ([]inventory.Comment, error) {
	q := s.read(ctx).Table("finding_comments").Where("finding_id = ?", id)
	if by.Operator() {
		q = q.Where("shared AND org_id = ?", by.Org)
	}
	var rows []remarkRow
	if err := s.read(ctx).Table("(?) AS last", q.Order("num DESC").Limit(mostComments)).Order("num").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read comments on finding %s: %w", id, fault(err))
	}
	return remarks(rows), nil
}

// remarks are comments without the lines that take others back.
func remarks(rows []remarkRow) []inventory.Comment {
	withdrawn := map[int64]time.Time{}
	for _, r := range rows {
		if r.Withdraws != nil {
			withdrawn[*r.Withdraws] = r.At.UTC()
		}
	}
	var out []inventory.Comment
	for _, r := range rows {
		if r.Withdraws == nil {
			c := r.comment()
			c.WithdrawnAt = withdrawn[c.Num]
			out = append(out, c)
		}
	}
	return out
}
