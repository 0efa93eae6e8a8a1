package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type agreementRow struct {
	Num            int64  `gorm:"->;default:(-)"`
	ID             string `gorm:"primaryKey;->;default:(-)"`
	TeamID         string
	Reference      string
	Title          string
	Ours           document[exchange.Party] `gorm:"type:jsonb"`
	Theirs         document[exchange.Party] `gorm:"type:jsonb"`
	State          string
	SignedAt       *time.Time
	EffectiveAt    time.Time
	ExpiresAt      time.Time
	AutoRenew      bool
	NoticeDays     int
	ReviewAt       *time.Time
	DocumentName   string
	DocumentSHA256 *string `gorm:"column:document_sha256"`
	Reciprocity    string
	Give           document[exchange.Terms] `gorm:"type:jsonb"`
	Take           document[exchange.Terms] `gorm:"type:jsonb"`
	Committee      list[exchange.Member]    `gorm:"type:jsonb"`
	Meetings       list[exchange.Meeting]   `gorm:"type:jsonb"`
	Themes         list[exchange.Theme]     `gorm:"type:jsonb"`
	EndedBy        string
	EndedWhy       string
	EndedAt        *time.Time
	CreatedAt      time.Time
}

func (agreementRow) TableName() string { return "agreements" }

func (r agreementRow) number() int64 { return r.Num }

func (r agreementRow) agreement() exchange.Agreement {
	return exchange.Agreement{
		ID: exchange.AgreementID(r.ID), Team: exchange.TeamID(r.TeamID), Reference: r.Reference, Title: r.Title,
		Ours: r.Ours.V, Theirs: r.Theirs.V, State: exchange.AgreementState(r.State), SignedAt: utc(r.SignedAt),
		EffectiveAt: r.EffectiveAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), AutoRenew: r.AutoRenew, NoticeDays: r.NoticeDays,
		ReviewAt: orZero(r.ReviewAt), DocumentName: r.DocumentName, DocumentSHA256: value(r.DocumentSHA256),
		Reciprocity: r.Reciprocity, Give: r.Give.V, Take: r.Take.V, Committee: r.Committee, Meetings: r.Meetings,
		Themes: r.Themes, EndedBy: r.EndedBy, EndedWhy: r.EndedWhy, EndedAt: utc(r.EndedAt), CreatedAt: r.CreatedAt.UTC(),
	}
}

func agreementRowOf(a exchange.Agreement) agreementRow {
	return agreementRow{
		ID: string(a.ID), TeamID: string(a.Team), Reference: a.Reference, Title: a.Title,
		Ours: document[exchange.Party]{a.Ours}, Theirs: document[exchange.Party]{a.Theirs}, State: string(a.State),
		SignedAt: a.SignedAt, EffectiveAt: a.EffectiveAt, ExpiresAt: a.ExpiresAt, AutoRenew: a.AutoRenew, NoticeDays: a.NoticeDays,
		ReviewAt: orNull(a.ReviewAt), DocumentName: a.DocumentName, DocumentSHA256: optional(a.DocumentSHA256),
		Reciprocity: a.Reciprocity, Give: document[exchange.Terms]{a.Give}, Take: document[exchange.Terms]{a.Take},
		Committee: a.Committee, Meetings: a.Meetings, Themes: a.Themes, EndedBy: a.EndedBy, EndedWhy: a.EndedWhy,
		EndedAt: a.EndedAt, CreatedAt: a.CreatedAt,
	}
}

// CreateAgreement stores a draft. It allows nothing until it is signed.
func (s *Store) CreateAgreement(ctx context.Context, who string, a exchange.Agreement) (exchange.Agreement, error) {
	a.State, a.SignedAt, a.DocumentName, a.DocumentSHA256 = exchange.AgreementDraft, nil, "", ""
	a.EndedBy, a.EndedWhy, a.EndedAt, a.CreatedAt = "", "", nil, s.now()
	if err := needSpan(a); err != nil {
		return exchange.Agreement{}, err
	}
	row := agreementRowOf(a)
	entry := audit.Entry{Actor: who, Act: "agreement.create"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{"team": a.Team, "reference": a.Reference, "give": a.Give, "take": a.Take, "expires": a.ExpiresAt.UTC()}
		return nil
	})
	if err != nil {
		return exchange.Agreement{}, fmt.Errorf("create agreement %q: %w", a.Reference, err)
	}
	return row.agreement(), nil
}

func needSpan(a exchange.Agreement) error {
	if a.ExpiresAt.After(a.EffectiveAt) {
		return nil
	}
	return &inventory.InputError{
		Field: "expires", Value: a.ExpiresAt.Format(time.DateOnly), Message: "not after the agreement takes effect",
		Hint: "give a later day; five years are usual",
	}
}

// SignAgreement brings a draft into force, from its effective date on, with
// the signed text as proof. The text is kept.
func (s *Store) SignAgreement(ctx context.Context, who string, id exchange.AgreementID, signedAt time.Time, name string, text []byte) (exchange.Agreement, error) {
	now := s.now()
	return s.changeAgreement(ctx, who, "agreement.sign", id, func(tx *gorm.DB, a *exchange.Agreement) error {
		if signedAt.Truncate(time.Microsecond).After(now) { // as now is: "this very moment" is not later
			return &inventory.InputError{Field: "signed", Value: signedAt.Format(time.DateOnly), Message: "in the future", Hint: "give the day on which it was signed"}
		}
		if err := a.Sign(signedAt, name, text); err != nil {
			return err
		}
		_, err := keepDocument(tx, text, now)
		return err
	})
}

// keepDocument stores bytes once, by their hash.
func keepDocument(tx *gorm.DB, content []byte, now time.Time) (sha string, err error) {
	if content == nil {
		content = []byte{}
	}
	sum := sha256.Sum256(content)
	sha = hex.EncodeToString(sum[:])
	const sql = "INSERT INTO documents (sha256, content, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
	return sha, tx.Exec(sql, sha, content, now).Error
}

// ChangeAgreement lets change do what act names to an agreement, under a lock:
// mend a draft, suspend, resume, terminate, renew, note a meeting. What was
// signed, and that it was, only SignAgreement sets. At the moment of an end,
// what was not delivered yet is stopped.
func (s *Store) ChangeAgreement(ctx context.Context, who, act string, id exchange.AgreementID, change func(*exchange.Agreement) error) (exchange.Agreement, error) {
	return s.changeAgreement(ctx, who, act, id, func(_ *gorm.DB, a *exchange.Agreement) error {
		was := *a
		if err := change(a); err != nil {
			return err
		}
		a.ID, a.Team, a.CreatedAt = was.ID, was.Team, was.CreatedAt
		a.SignedAt, a.DocumentName, a.DocumentSHA256 = was.SignedAt, was.DocumentName, was.DocumentSHA256
		allowing := a.State != exchange.AgreementDraft && a.State != exchange.AgreementTerminated
		if was.State == exchange.AgreementDraft && allowing {
			return fmt.Errorf("it is a draft and cannot become %s before it is signed: %w", a.State, inventory.ErrConflict)
		}
		if was.State != exchange.AgreementDraft && a.State == exchange.AgreementDraft {
			return fmt.Errorf("it was signed and cannot become a draft again: %w", inventory.ErrConflict)
		}
		return needSpan(*a)
	})
}

func (s *Store) changeAgreement(ctx context.Context, who, act string, id exchange.AgreementID, change func(*gorm.DB, *exchange.Agreement) error) (exchange.Agreement, error) {
	var a exchange.Agreement
	entry := audit.Entry{Actor: who, Act: act, Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := lockAgreement(tx, id)
		if err != nil {
			return err
		}
		a = row.agreement()
		if err := change(tx, &a); err != nil {
			return err
		}
		entry.Detail = map[string]any{
			"from": row.State, "to": a.State, "expires": a.ExpiresAt.UTC(), "why": a.EndedWhy, "document": a.DocumentSHA256,
		}
		changed := agreementRowOf(a)
		if err := tx.Select("*").Where("id = ?", id).Updates(&changed).Error; err != nil {
			return err
		}
		return stopDeliveries(tx, s.now())
	})
	if err != nil {
		return exchange.Agreement{}, fmt.Errorf("%s %s: %w", act, id, err)
	}
	return a, nil
}

func lockAgreement(tx *gorm.DB, id exchange.AgreementID) (agreementRow, error) {
	return one[agreementRow](tx.Raw("SELECT * FROM agreements WHERE id = ? FOR NO KEY UPDATE", id), "agreement", id)
}

// Agreement finds one.
func (s *Store) Agreement(ctx context.Context, id exchange.AgreementID) (exchange.Agreement, error) {
	row, err := one[agreementRow](s.read(ctx).Where("id = ?", id), "agreement", id)
	if err != nil {
		return exchange.Agreement{}, err
	}
	return row.agreement(), nil
}

// AgreementDocument returns the signed text.
func (s *Store) AgreementDocument(ctx context.Context, id exchange.AgreementID) ([]byte, error) {
	row, err := one[struct{ Content []byte }](s.read(ctx).Raw(`
		SELECT d.content FROM agreements a JOIN documents d ON d.sha256 = a.document_sha256
		WHERE a.id = ?`, id), "document of agreement", id)
	return row.Content, err
}

// Agreements lists a team's, or with "" everybody's, newest first.
func (s *Store) Agreements(ctx context.Context, team exchange.TeamID, p inventory.Page) ([]exchange.Agreement, string, error) {
	q := s.read(ctx)
	q = given(q, "team_id = ?", team)
	rows, next, err := page[agreementRow](q, listing{name: "agreements", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list agreements: %w", err)
	}
	return mapped(rows, agreementRow.agreement), next, nil
}

// activeSQL tells whether agreement g is active by the clock, as
// Agreement.StateAt does.
const activeSQL = "g.state IN ('signed', 'active') AND g.effective_at <= @now AND @now < g.expires_at"

// AgreementWith finds the agreement with a team that is active at a moment;
// of several, the one that took effect last.
func (s *Store) AgreementWith(ctx context.Context, team exchange.TeamID, at time.Time) (exchange.Agreement, error) {
	row, err := agreementWith(s.read(ctx), team, at)
	if err != nil {
		return exchange.Agreement{}, err
	}
	return row.agreement(), nil
}

func agreementWith(tx *gorm.DB, team exchange.TeamID, at time.Time) (agreementRow, error) {
	return one[agreementRow](tx.Raw(`
		SELECT g.* FROM agreements g WHERE g.team_id = @team AND `+activeSQL+` ORDER BY g.effective_at DESC, g.num DESC`,
		map[string]any{"team": team, "now": at.UTC()}), "active agreement with", team)
}
