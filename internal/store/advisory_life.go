package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// SubmitAdvisory hands a draft over for review.
func (s *Store) SubmitAdvisory(ctx context.Context, who string, id advisory.ID) (advisory.Advisory, error) {
	return s.changeAdvisory(ctx, who, "advisory.submit", id, func(_ *gorm.DB, a advisory.Advisory) (advisory.Advisory, error) {
		return advisory.Submit(a, s.now())
	})
}

// ApproveAdvisory approves a draft or one in review. Its author may not:
// inventory.ErrForbidden. In any other state it is inventory.ErrConflict.
func (s *Store) ApproveAdvisory(ctx context.Context, who string, id advisory.ID) (advisory.Advisory, error) {
	return s.changeAdvisory(ctx, who, "advisory.approve", id, func(_ *gorm.DB, a advisory.Advisory) (advisory.Advisory, error) {
		return advisory.Approve(a, who, s.now())
	})
}

// ApproveLegal keeps the legal officer's word.
func (s *Store) ApproveLegal(ctx context.Context, who string, id advisory.ID) (advisory.Advisory, error) {
	return s.changeAdvisory(ctx, who, "advisory.approve_legal", id, func(_ *gorm.DB, a advisory.Advisory) (advisory.Advisory, error) {
		return advisory.ApproveLegal(a, who, s.now())
	})
}

// ReviseAdvisory lets change edit a draft, send it back, or begin the next
// revision of what was released. The id and the day of creation stay. Only
// the acts of their own approve and release: a change that does is
// inventory.ErrForbidden.
func (s *Store) ReviseAdvisory(ctx context.Context, who string, id advisory.ID, change func(advisory.Advisory) (advisory.Advisory, error)) (advisory.Advisory, error) {
	return s.changeAdvisory(ctx, who, "advisory.revise", id, func(tx *gorm.DB, was advisory.Advisory) (advisory.Advisory, error) {
		a, err := change(was)
		if err != nil {
			return a, err
		}
		newApproval := a.Approver != "" && (a.Approver != was.Approver || a.Revision != was.Revision) ||
			a.LegalBy != "" && (a.LegalBy != was.LegalBy || a.Revision != was.Revision)
		if newApproval || a.State != was.State && a.State != advisory.Draft {
			return a, fmt.Errorf("revise advisory %s: only writing is revising: %w", id, inventory.ErrForbidden)
		}
		a.ID, a.CreatedAt = was.ID, was.CreatedAt
		if was.State == advisory.Approved && a.State == advisory.Draft && a.Revision == was.Revision {
			err = putAway(tx, id, a.Revision)
		}
		return a, err
	})
}

// putAway ends the wishes to release a revision whose words may change: who
// asked has seen others than those that would leave.
func putAway(tx *gorm.DB, id advisory.ID, revision int) error {
	return tx.Exec(`
		UPDATE releases SET state = 'refused', refused_why = 'the advisory was sent back to its author'
		WHERE advisory_id = ? AND revision = ? AND state = 'requested'`, id, revision).Error
}

// WithdrawAdvisory takes back what was released, and asks for the release of
// the withdrawal to everybody who got it: each request, named in Releases, is
// approved by another person as any other.
func (s *Store) WithdrawAdvisory(ctx context.Context, who string, id advisory.ID, reason string) (advisory.Advisory, error) {
	return s.changeAdvisory(ctx, who, "advisory.withdraw", id, func(tx *gorm.DB, a advisory.Advisory) (advisory.Advisory, error) {
		a, err := asReleased(tx, a)
		if err != nil {
			return a, err
		}
		if a, err = advisory.Withdraw(a, who, reason, s.now()); err != nil {
			return a, err
		}
		if err := endBulletin(tx, a); err != nil {
			return a, err
		}
		return a, s.requestWithdrawals(tx, who, a, reason)
	})
}

// SupersedeAdvisory ends a released advisory in favour of another, and asks
// for the release of that as WithdrawAdvisory does.
func (s *Store) SupersedeAdvisory(ctx context.Context, who string, id, by advisory.ID) (advisory.Advisory, error) {
	return s.changeAdvisory(ctx, who, "advisory.supersede", id, func(tx *gorm.DB, a advisory.Advisory) (advisory.Advisory, error) {
		if _, err := one[advisoryRow](tx.Where("id = ?", by), "advisory", by); err != nil {
			return a, err
		}
		a, err := asReleased(tx, a)
		if err != nil {
			return a, err
		}
		if a, err = advisory.Supersede(a, by, who, s.now()); err != nil {
			return a, err
		}
		if err := endBulletin(tx, a); err != nil {
			return a, err
		}
		return a, s.requestWithdrawals(tx, who, a, "Superseded by "+string(by)+".")
	})
}

// asReleased is an advisory as its readers have it, while its next revision is
// being written: of that, nobody has approved a word or a label.
func asReleased(tx *gorm.DB, a advisory.Advisory) (advisory.Advisory, error) {
	last := 0
	for _, c := range a.History {
		if c.Released {
			last = max(last, c.Revision)
		}
	}
	if last == 0 || a.Revision == last || a.State == advisory.Withdrawn {
		return a, nil
	}
	out, err := keptRevision(tx, a.ID, last)
	if err != nil {
		return a, err
	}
	out.Revision, out.History = a.Revision, a.History
	return out, nil
}

// requestWithdrawalsSQL asks for the newest revision, by the terms of the last
// release to each audience. It is to go every way that any release of it went
// and that is still agreed: who was told by mail is not told by a feed. Where
// the agreement of then has ended and there is another, it goes under that. A
// request under one that has ended is refused at the gate; it shows that
// somebody there has what was withdrawn.
const requestWithdrawalsSQL = `
WITH last AS (
	SELECT DISTINCT ON (team_id, referral) * FROM releases WHERE advisory_id = @advisory AND state = 'released'
	ORDER BY team_id, referral, num DESC
), bound AS (
	SELECT l.*, coalesce((
		SELECT g.id FROM agreements g WHERE g.team_id = l.team_id AND ` + activeSQL + `
		ORDER BY g.id = l.agreement_id DESC, g.effective_at DESC, g.num DESC LIMIT 1), l.agreement_id) AS under
	FROM last l
)
INSERT INTO releases (advisory_id, revision, team_id, agreement_id, state, category, tlp, iep, profile, referral, clause, channels,
	reason, requested_by, requested_at, approved_by, legal_by, withdrawal, supersedes, refused_why, title, summary)
SELECT advisory_id, @revision, team_id, under, 'requested', category, tlp, iep, profile, referral, '', coalesce((
		SELECT jsonb_agg(DISTINCT way) FROM releases r CROSS JOIN jsonb_array_elements(r.channels) AS way
		LEFT JOIN agreements g ON g.id = b.under
		WHERE r.advisory_id = b.advisory_id AND r.team_id IS NOT DISTINCT FROM b.team_id AND r.referral = b.referral AND r.state = 'released'
			AND (g.id IS NULL OR g.give->'channels' @> way)), channels),
	@reason, @who, @now, '', '', true, id, '', @title, @summary
FROM bound b`

func (s *Store) requestWithdrawals(tx *gorm.DB, who string, a advisory.Advisory, reason string) error {
	return execAll(tx, map[string]any{
		"advisory": a.ID, "revision": a.Revision, "reason": reason, "who": who, "now": s.now(), "title": a.Title, "summary": a.Summary,
		"why": "the advisory was withdrawn",
	}, "UPDATE releases SET state = 'refused', refused_why = @why WHERE advisory_id = @advisory AND state = 'requested'", requestWithdrawalsSQL)
}

func (s *Store) changeAdvisory(ctx context.Context, who, act string, id advisory.ID, change func(*gorm.DB, advisory.Advisory) (advisory.Advisory, error)) (advisory.Advisory, error) {
	var a advisory.Advisory
	entry := audit.Entry{Actor: who, Act: act, Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := lockAdvisory(tx, id)
		if err != nil {
			return err
		}
		was := row.advisory()
		if a, err = change(tx, was); err != nil {
			return err
		}
		entry.Detail = map[string]any{"revision": a.Revision, "author": a.Author, "from": was.State, "to": a.State, "tlp": a.TLP}
		return keepAdvisory(tx, was, a, s.now())
	})
	if err != nil {
		return advisory.Advisory{}, err // says already what was to be done
	}
	return a, nil
}

func lockAdvisory(tx *gorm.DB, id advisory.ID) (advisoryRow, error) {
	return one[advisoryRow](tx.Raw("SELECT * FROM advisories WHERE id = ? FOR NO KEY UPDATE", id), "advisory", id)
}

// keepAdvisory stores what became of an advisory. The revision before a new
// one was updated by it.
func keepAdvisory(tx *gorm.DB, was, a advisory.Advisory, at time.Time) error {
	if was.Revision != a.Revision && was.State == advisory.Released {
		was.State = advisory.Updated
		if err := keepRevision(tx, was, at); err != nil {
			return err
		}
	}
	changed := advisoryRowOf(a)
	if err := tx.Select("*").Where("id = ?", a.ID).Updates(&changed).Error; err != nil {
		return fmt.Errorf("change advisory %s: %w", a.ID, err)
	}
	return keepRevision(tx, a, at)
}

// AdvisoryRevisions returns each revision as it last was, the first first.
func (s *Store) AdvisoryRevisions(ctx context.Context, id advisory.ID) ([]advisory.Advisory, error) {
	if _, err := s.Advisory(ctx, id); err != nil {
		return nil, err
	}
	var rows []struct{ Document document[advisory.Advisory] }
	err := s.read(ctx).Raw(`
		SELECT DISTINCT ON (revision) document FROM advisory_revisions WHERE advisory_id = ?
		ORDER BY revision, num DESC`, id).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read revisions of advisory %s: %w", id, fault(err))
	}
	out := make([]advisory.Advisory, len(rows))
	for i, r := range rows {
		out[i] = r.Document.V
		out[i].ID = id
	}
	return out, nil
}

// revisionOf is a revision of a locked advisory, which may be an earlier one
// than that which is being written.
func revisionOf(tx *gorm.DB, row advisoryRow, revision int) (advisory.Advisory, error) {
	a := row.advisory()
	if a.Revision == revision {
		return a, nil
	}
	if a.State == advisory.Withdrawn {
		return a, fmt.Errorf("advisory %s was withdrawn, and revision %d may not go out any more: %w", a.ID, revision, inventory.ErrConflict)
	}
	return keptRevision(tx, a.ID, revision)
}

// keptRevision is a revision as it last was.
func keptRevision(tx *gorm.DB, id advisory.ID, revision int) (advisory.Advisory, error) {
	kept, err := one[struct{ Document document[advisory.Advisory] }](tx.Raw(`
		SELECT document FROM advisory_revisions WHERE advisory_id = ? AND revision = ? AND state <> 'updated' ORDER BY num DESC LIMIT 1`,
		id, revision), "revision of advisory", id)
	kept.Document.V.ID = id
	return kept.Document.V, err
}

type commentRow struct {
	Num        int64  `gorm:"->;default:(-)"`
	ID         string `gorm:"primaryKey;->;default:(-)"`
	AdvisoryID string
	Revision   int
	At         time.Time
	Author     string
	Field      string
	Body       string
	ResolvedBy string
	ResolvedAt *time.Time
}

func (commentRow) TableName() string { return "advisory_comments" }

func (r commentRow) comment() advisory.Comment {
	return advisory.Comment{
		ID: advisory.CommentID(r.ID), Advisory: advisory.ID(r.AdvisoryID), Revision: r.Revision, By: r.Author, At: r.At.UTC(),
		Field: r.Field, Text: r.Body, Resolved: r.ResolvedAt != nil, ResolvedBy: r.ResolvedBy, ResolvedAt: utc(r.ResolvedAt),
	}
}

// CommentAdvisory keeps what somebody says about a field of an advisory as it
// stands, or with field "" about the whole.
func (s *Store) CommentAdvisory(ctx context.Context, who string, id advisory.ID, field, text string) (advisory.Comment, error) {
	var row commentRow
	entry := audit.Entry{Actor: who, Act: "advisory.comment", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		a, err := one[advisoryRow](tx.Where("id = ?", id), "advisory", id)
		if err != nil {
			return err
		}
		if row, err = addComment(tx, a.advisory(), who, field, text, s.now()); err != nil {
			return err
		}
		entry.Detail = map[string]any{"comment": row.ID, "revision": row.Revision, "field": row.Field}
		return nil
	})
	if err != nil {
		return advisory.Comment{}, fmt.Errorf("comment on advisory %s: %w", id, err)
	}
	return row.comment(), nil
}

func addComment(tx *gorm.DB, a advisory.Advisory, who, field, text string, at time.Time) (commentRow, error) {
	c, err := advisory.NewComment(a, who, field, text, at)
	if err != nil {
		return commentRow{}, err
	}
	row := commentRow{AdvisoryID: string(a.ID), Revision: c.Revision, At: c.At, Author: c.By, Field: c.Field, Body: c.Text}
	return row, tx.Create(&row).Error
}

// ResolveComment notes that a comment was dealt with.
func (s *Store) ResolveComment(ctx context.Context, who string, id advisory.CommentID) error {
	entry := audit.Entry{Actor: who, Act: "advisory.comment.resolve", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		row, err := one[commentRow](tx.Raw("SELECT * FROM advisory_comments WHERE id = ? FOR UPDATE", id), "comment", id)
		if err != nil {
			return err
		}
		c, err := row.comment().Resolve(who, s.now())
		if err != nil {
			return err
		}
		return tx.Exec("UPDATE advisory_comments SET resolved_by = ?, resolved_at = ? WHERE id = ?", c.ResolvedBy, c.ResolvedAt, id).Error
	})
	if err != nil {
		return fmt.Errorf("resolve comment %s: %w", id, err)
	}
	return nil
}

// Comments lists what was said about an advisory, the first first.
func (s *Store) Comments(ctx context.Context, id advisory.ID) ([]advisory.Comment, error) {
	if _, err := s.Advisory(ctx, id); err != nil {
		return nil, err
	}
	var rows []commentRow
	if err := s.read(ctx).Where("advisory_id = ?", id).Order("num").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list comments on advisory %s: %w", id, fault(err))
	}
	return mapped(rows, commentRow.comment), nil
}

// noteWithdrawn tells the authors of advisories that rest on a received
// document that its sender has withdrawn it.
func noteWithdrawn(tx *gorm.DB, in exchange.Inbound, at time.Time) ([]advisory.ID, error) {
	var rows []advisoryRow
	err := tx.Raw(`
		SELECT a.* FROM advisories a
		WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(nullif(a.document->'origins', 'null')) o
			WHERE o->>'team' = ? AND (o->>'document' = ? OR starts_with(o->>'document', ?)))
		ORDER BY a.num`, in.Team, originName(in), originName(in)+" ").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var out []advisory.ID
	for _, row := range rows {
		a := row.advisory()
		text := fmt.Sprintf("%s, which this rests on, was withdrawn by its sender (%s): %s. Revise or withdraw this advisory.",
			originName(in), in.ID, in.Document.Title)
		if _, err := addComment(tx, a, "inbox", "origins", text, at); err != nil {
			return nil, err
		}
		out = append(out, a.ID)
	}
	return out, nil
}

// originName is how an Origin names a document, but for its version.
func originName(in exchange.Inbound) string {
	return in.Document.Namespace + "/" + in.Document.TrackingID
}
