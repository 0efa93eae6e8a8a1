package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

type answerRow struct {
	Num        int64 `gorm:"primaryKey;->;default:(-)"`
	InboundID  string
	TeamID     string
	At         time.Time
	Author     string
	State      string
	Counts     document[map[exchange.Verdict]int] `gorm:"type:jsonb"`
	Few        list[exchange.Verdict]             `gorm:"type:jsonb"`
	Sectors    list[inventory.Sector]             `gorm:"type:jsonb"`
	FirstAt    *time.Time
	LastAt     *time.Time
	Usefulness int
	Comment    string
	Channel    string
	SentAt     *time.Time
}

func (answerRow) TableName() string { return "answers" }

func (r answerRow) answer() exchange.Answer {
	return exchange.Answer{
		Inbound: exchange.InboundID(r.InboundID), Team: exchange.TeamID(r.TeamID), At: r.At.UTC(), By: r.Author,
		State: exchange.ReceiptKind(r.State), Counts: r.Counts.V, Few: r.Few, Sectors: r.Sectors, First: utc(r.FirstAt), Last: utc(r.LastAt),
		Usefulness: r.Usefulness, Comment: r.Comment, Channel: exchange.Channel(r.Channel), SentAt: utc(r.SentAt),
	}
}

// KeepAnswer keeps what a sender is told, or was told when SentAt says so. It
// is one more fact each time: nothing that was said is changed.
func (s *Store) KeepAnswer(ctx context.Context, a exchange.Answer) error {
	if a.At.IsZero() {
		a.At = s.now()
	}
	row := answerRow{
		InboundID: string(a.Inbound), TeamID: string(a.Team), At: a.At, Author: a.By, State: string(a.State),
		Counts: document[map[exchange.Verdict]int]{a.Counts}, Few: a.Few, Sectors: a.Sectors, FirstAt: a.First, LastAt: a.Last,
		Usefulness: a.Usefulness, Comment: a.Comment, Channel: string(a.Channel), SentAt: a.SentAt,
	}
	entry := audit.Entry{Actor: a.By, Act: "inbound.answer", Object: string(a.Inbound), Detail: map[string]any{
		"team": a.Team, "state": a.State, "counts": a.Counts, "usefulness": a.Usefulness, "sent": a.SentAt,
	}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		in, err := one[inboundRow](tx.Where("id = ?", a.Inbound), "received document", a.Inbound)
		if err != nil {
			return err
		}
		row.TeamID = in.TeamID // whoever sent it is who hears of it
		return tx.Create(&row).Error
	})
	if err != nil {
		return fmt.Errorf("keep answer to %s: %w", a.Inbound, err)
	}
	return nil
}

// Answers lists what was said to the sender of a document, the first first.
func (s *Store) Answers(ctx context.Context, id exchange.InboundID) ([]exchange.Answer, error) {
	var rows []answerRow
	if err := s.read(ctx).Where("inbound_id = ?", id).Order("num").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list answers to %s: %w", id, fault(err))
	}
	return mapped(rows, answerRow.answer), nil
}

// CarriedAnswers lists what a team is to hear by the next bundle and has not
// yet: of each document the last.
func (s *Store) CarriedAnswers(ctx context.Context, team exchange.TeamID) ([]exchange.Answer, error) {
	var rows []answerRow
	err := s.read(ctx).Raw(`
		SELECT * FROM (SELECT DISTINCT ON (inbound_id) * FROM answers WHERE team_id = ? ORDER BY inbound_id, num DESC) AS last
		WHERE channel = ? AND sent_at IS NULL ORDER BY num`, team, exchange.ChannelBundle).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list answers to be carried to team %s: %w", team, fault(err))
	}
	return mapped(rows, answerRow.answer), nil
}

type feedbackRow struct {
	Num        int64 `gorm:"primaryKey;->;default:(-)"`
	TeamID     string
	AdvisoryID string
	ReleaseID  string
	At         time.Time
	State      string
	Counts     document[map[exchange.Verdict]int] `gorm:"type:jsonb"`
	FirstAt    *time.Time
	LastAt     *time.Time
	Usefulness int
	Comment    string
	InboundID  *exchange.InboundID
}

func (feedbackRow) TableName() string { return "feedback" }

func (r feedbackRow) feedback() exchange.Feedback {
	return exchange.Feedback{
		Team: exchange.TeamID(r.TeamID), Advisory: advisory.ID(r.AdvisoryID), Release: exchange.ReleaseID(r.ReleaseID), At: r.At.UTC(),
		State: exchange.ReceiptKind(r.State), Counts: r.Counts.V, First: utc(r.FirstAt), Last: utc(r.LastAt), Usefulness: r.Usefulness,
		Comment: r.Comment, Inbound: value(r.InboundID),
	}
}

// KeepFeedback keeps what a peer says of something that was released to it.
// A release to somebody else, or none, is inventory.ErrNotFound: a peer
// speaks of what it got. With the version of a document it is an
// acknowledgement of that one's release, and confirms its deliveries; without,
// the newest release to it of the advisory is meant, and nothing is confirmed.
// The same words in the same document are kept once.
func (s *Store) KeepFeedback(ctx context.Context, f exchange.Feedback) error {
	if f.At.IsZero() {
		f.At = s.now()
	}
	err := s.work(ctx, func(tx *gorm.DB) error {
		r, err := releaseSpokenOf(tx, f)
		if err != nil {
			return err
		}
		row := feedbackRow{
			TeamID: string(f.Team), AdvisoryID: r.AdvisoryID, ReleaseID: r.ID, At: f.At, State: string(f.State),
			Counts: document[map[exchange.Verdict]int]{f.Counts}, FirstAt: f.First, LastAt: f.Last, Usefulness: f.Usefulness,
			Comment: f.Comment, InboundID: optional(f.Inbound),
		}
		if again, err := heard(tx, row); err != nil || again {
			return err
		}
		if err := tx.Create(&row).Error; err != nil || f.Version == "" {
			return err
		}
		return s.witness(tx, exchange.Receipt{
			Release: exchange.ReleaseID(r.ID), Team: f.Team, Channel: f.Channel, Kind: f.State, At: f.At, Credential: f.Credential,
		})
	})
	if err != nil {
		return fmt.Errorf("keep feedback of team %s: %w", f.Team, err)
	}
	return nil
}

// heard tells whether a received document was found to say this before.
func heard(tx *gorm.DB, r feedbackRow) (again bool, err error) {
	if r.InboundID == nil {
		return false, nil
	}
	err = tx.Raw(`
		SELECT EXISTS (SELECT 1 FROM feedback WHERE release_id = @release AND inbound_id = @inbound AND state = @state AND counts = @counts
			AND usefulness = @usefulness AND comment = @comment)`, map[string]any{
		"release": r.ReleaseID, "inbound": r.InboundID, "state": r.State, "counts": r.Counts, "usefulness": r.Usefulness, "comment": r.Comment,
	}).Scan(&again).Error
	return again, err
}

// releaseSpokenOf finds the release to a team that it speaks of.
func releaseSpokenOf(tx *gorm.DB, f exchange.Feedback) (releaseRow, error) {
	var rows []releaseRow
	err := tx.Raw(`
		SELECT * FROM releases
		WHERE state = 'released' AND (team_id = @team OR team_id IS NULL) AND (id = @release OR @release = '' AND advisory_id = @advisory)
		ORDER BY (team_id IS NULL), revision DESC, released_at DESC`,
		map[string]any{"team": f.Team, "release": f.Release, "advisory": f.Advisory}).Find(&rows).Error
	if err != nil {
		return releaseRow{}, err
	}
	for _, r := range rows {
		if f.Version == "" {
			return r, nil
		}
		a, err := keptRevision(tx, advisory.ID(r.AdvisoryID), r.Revision)
		if err != nil {
			return releaseRow{}, err
		}
		if strconv.Itoa(a.Version()) == f.Version {
			return r, nil
		}
	}
	return releaseRow{}, missing("release of", string(f.Advisory)+" "+f.Version)
}

// Feedback lists what peers said of an advisory, the first first.
func (s *Store) Feedback(ctx context.Context, id advisory.ID) ([]exchange.Feedback, error) {
	var rows []feedbackRow
	if err := s.read(ctx).Where("advisory_id = ?", id).Order("num").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list feedback on advisory %s: %w", id, fault(err))
	}
	return mapped(rows, feedbackRow.feedback), nil
}
