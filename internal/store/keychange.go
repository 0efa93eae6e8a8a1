package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type credentialRow struct {
	Num         int64 `gorm:"primaryKey;->;default:(-)"`
	TeamID      string
	Kind        string
	Fingerprint string
	Material    string
	Subject     string
	ValidFrom   time.Time
	ValidUntil  *time.Time
	VerifiedBy  string
	VerifiedHow string
	AddedAt     time.Time
	RevokedAt   *time.Time
}

func (credentialRow) TableName() string { return "team_credentials" }

func (r credentialRow) key() exchange.Key {
	return exchange.Key{
		Fingerprint: r.Fingerprint, Armored: r.Material, ValidFrom: r.ValidFrom.UTC(), ValidUntil: utc(r.ValidUntil),
		VerifiedBy: r.VerifiedBy, VerifiedHow: r.VerifiedHow, AddedAt: r.AddedAt.UTC(), RevokedAt: utc(r.RevokedAt),
	}
}

func (r credentialRow) certificate() exchange.Certificate {
	return exchange.Certificate{
		SHA256: r.Fingerprint, PEM: r.Material, Subject: r.Subject, ValidFrom: r.ValidFrom.UTC(), ValidUntil: orZero(r.ValidUntil),
		VerifiedBy: r.VerifiedBy, VerifiedHow: r.VerifiedHow, AddedAt: r.AddedAt.UTC(), RevokedAt: utc(r.RevokedAt),
	}
}

type keyChangeRow struct {
	Num         int64  `gorm:"->;default:(-)"`
	ID          string `gorm:"primaryKey;->;default:(-)"`
	TeamID      string
	Kind        string
	Revoke      bool
	Fingerprint string
	Key         document[*exchange.Key]         `gorm:"type:jsonb"`
	Certificate document[*exchange.Certificate] `gorm:"type:jsonb"`
	RequestedBy string
	RequestedAt time.Time
	Reason      string
	ConfirmedBy string
	ConfirmedAt *time.Time
	RejectedAt  *time.Time
}

func (keyChangeRow) TableName() string { return "key_changes" }

func (r keyChangeRow) number() int64 { return r.Num }

func (r keyChangeRow) change() exchange.KeyChange {
	return exchange.KeyChange{
		ID: exchange.KeyChangeID(r.ID), Team: exchange.TeamID(r.TeamID), Kind: exchange.CredentialKind(r.Kind), Revoke: r.Revoke,
		Key: r.Key.V, Certificate: r.Certificate.V, Fingerprint: r.Fingerprint, RequestedBy: r.RequestedBy,
		RequestedAt: r.RequestedAt.UTC(), Reason: r.Reason, ConfirmedBy: r.ConfirmedBy, ConfirmedAt: utc(r.ConfirmedAt),
		RejectedAt: utc(r.RejectedAt),
	}
}

// credential is what a confirmed change adds.
func (r keyChangeRow) credential(at time.Time) credentialRow {
	c := credentialRow{TeamID: r.TeamID, Kind: r.Kind, Fingerprint: r.Fingerprint, AddedAt: at}
	if k := r.Key.V; k != nil {
		c.Material, c.ValidFrom, c.ValidUntil, c.VerifiedBy, c.VerifiedHow = k.Armored, k.ValidFrom, k.ValidUntil, k.VerifiedBy, k.VerifiedHow
	}
	if k := r.Certificate.V; k != nil {
		c.Material, c.Subject, c.ValidFrom, c.ValidUntil = k.PEM, k.Subject, k.ValidFrom, &k.ValidUntil
		c.VerifiedBy, c.VerifiedHow = k.VerifiedBy, k.VerifiedHow
	}
	return c
}

// RequestKeyChange asks to trust, or no more to trust, a credential. Nothing
// changes until another person confirms it.
func (s *Store) RequestKeyChange(ctx context.Context, who string, c exchange.KeyChange) (exchange.KeyChange, error) {
	var row keyChangeRow
	entry := audit.Entry{Actor: who, Act: "team.key.request"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		team, err := one[teamRow](tx.Raw("SELECT * FROM teams WHERE id = ? FOR UPDATE", c.Team), "team", c.Team)
		if err != nil {
			return err
		}
		known, err := withCredentials(tx, []teamRow{team})
		if err != nil {
			return err
		}
		if c, err = exchange.NewKeyChange(known[0], c, who, s.now()); err != nil {
			return err
		}
		row = keyChangeRow{
			TeamID: string(c.Team), Kind: string(c.Kind), Revoke: c.Revoke, Fingerprint: c.Fingerprint,
			Key: document[*exchange.Key]{c.Key}, Certificate: document[*exchange.Certificate]{c.Certificate},
			RequestedBy: c.RequestedBy, RequestedAt: c.RequestedAt, Reason: c.Reason,
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object, entry.Detail = row.ID, row.detail()
		return nil
	})
	if err != nil {
		return exchange.KeyChange{}, fmt.Errorf("request key change for team %s: %w", c.Team, err)
	}
	return row.change(), nil
}

func (r keyChangeRow) detail() map[string]any {
	return map[string]any{"team": r.TeamID, "kind": r.Kind, "revoke": r.Revoke, "fingerprint": r.Fingerprint, "requested_by": r.RequestedBy, "reason": r.Reason}
}

// ConfirmKeyChange lets a change take effect. Who asked for it may not:
// inventory.ErrForbidden.
func (s *Store) ConfirmKeyChange(ctx context.Context, who string, id exchange.KeyChangeID) error {
	return s.decideKeyChange(ctx, who, "team.key.confirm", id, func(tx *gorm.DB, row keyChangeRow, c *exchange.KeyChange) error {
		now := s.now()
		if err := c.Confirm(who, now); err != nil {
			return err
		}
		if !row.Revoke {
			added := row.credential(now)
			return tx.Create(&added).Error
		}
		return touchOne(tx.Exec(`
			UPDATE team_credentials SET revoked_at = ? WHERE team_id = ? AND kind = ? AND fingerprint = ? AND revoked_at IS NULL`,
			now, row.TeamID, row.Kind, row.Fingerprint), "trusted credential", row.Fingerprint)
	})
}

// RejectKeyChange puts a change away. Who asked for it may do that, too.
func (s *Store) RejectKeyChange(ctx context.Context, who string, id exchange.KeyChangeID) error {
	return s.decideKeyChange(ctx, who, "team.key.reject", id, func(_ *gorm.DB, _ keyChangeRow, c *exchange.KeyChange) error {
		return c.Reject(who, s.now())
	})
}

func (s *Store) decideKeyChange(ctx context.Context, who, act string, id exchange.KeyChangeID, decide func(*gorm.DB, keyChangeRow, *exchange.KeyChange) error) error {
	entry := audit.Entry{Actor: who, Act: act, Object: string(id)}
	return s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[keyChangeRow](tx.Raw("SELECT * FROM key_changes WHERE id = ? FOR UPDATE", id), "key change", id)
		if err != nil {
			return err
		}
		entry.Detail = row.detail()
		c := row.change()
		if err := decide(tx, row, &c); err != nil {
			return err
		}
		return tx.Exec("UPDATE key_changes SET confirmed_by = ?, confirmed_at = ?, rejected_at = ? WHERE id = ?",
			c.ConfirmedBy, c.ConfirmedAt, c.RejectedAt, id).Error
	})
}

// KeyChanges lists what the filter selects, newest first.
func (s *Store) KeyChanges(ctx context.Context, f exchange.KeyChangeFilter, p inventory.Page) ([]exchange.KeyChange, string, error) {
	q := s.read(ctx)
	q = given(q, "team_id = ?", f.Team)
	const waits = "confirmed_at IS NULL AND rejected_at IS NULL"
	switch f.State {
	case exchange.KeyChangeWaiting:
		q = q.Where(waits)
	case exchange.KeyChangeDecided:
		q = q.Where("NOT (" + waits + ")")
	}
	rows, next, err := page[keyChangeRow](q, listing{name: "key-changes", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list key changes: %w", err)
	}
	return mapped(rows, keyChangeRow.change), next, nil
}
