package store

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

type sessionRow struct {
	Num       int64  `gorm:"->;default:(-)"`
	ID        string `gorm:"primaryKey;->;default:(-)"`
	SHA256    string `gorm:"column:sha256"`
	AccountID string
	Role      account.Role
	OrgID     *string
	CreatedAt time.Time
	ProvedAt  time.Time
	SeenAt    time.Time
	UntilAt   time.Time
	RevokedAt *time.Time
	Source    addr
	Network   prefix
	Agent     string

	// The account's, where it was joined.
	Name     string `gorm:"->"`
	Language string `gorm:"->"`
	Theme    string `gorm:"->"`
	Zone     string `gorm:"->"`
	NoKeys   bool   `gorm:"->"`
}

func (sessionRow) TableName() string { return "sessions" }

func (r sessionRow) session() account.Session {
	return account.Session{
		ID: account.SessionID(r.ID), Account: account.ID(r.AccountID), Name: r.Name, Role: r.Role,
		Org: inventory.OrganizationID(value(r.OrgID)), CreatedAt: r.CreatedAt.UTC(), ProvedAt: r.ProvedAt.UTC(), SeenAt: r.SeenAt.UTC(),
		Until: r.UntilAt.UTC(), RevokedAt: utc(r.RevokedAt), Source: netip.Addr(r.Source), Agent: r.Agent,
		Preferences: account.Preferences{Language: r.Language, Theme: r.Theme, Zone: r.Zone, NoKeys: r.NoKeys},
	}
}

// liveSessions are those that may be used now. An account that was disabled or
// has another role has none, whatever their rows say. Who chose no zone reads
// times as the organisation does, and so as its mail has them.
func liveSessions(tx *gorm.DB, now time.Time) *gorm.DB {
	return tx.Table("sessions").Select("sessions.*, accounts.name, accounts.language, accounts.theme, accounts.no_keys,"+
		" coalesce(nullif(accounts.zone, ''), o.time_zone, '') AS zone").
		Joins("LEFT JOIN organizations o ON o.id = sessions.org_id").
		Joins("JOIN accounts ON accounts.id = sessions.account_id AND accounts.disabled_at IS NULL"+
			" AND accounts.role = sessions.role AND accounts.org_id IS NOT DISTINCT FROM sessions.org_id").
		Where("revoked_at IS NULL AND until_at > ? AND seen_at > ?", now, now.Add(-account.Idle))
}

// SessionBySecret finds the session of a cookie and notes that it is used. One
// that is unknown, ended or revoked is inventory.ErrNotFound, without saying
// which.
func (s *Store) SessionBySecret(ctx context.Context, secret string) (account.Session, error) {
	now := s.now()
	row, err := one[sessionRow](liveSessions(s.read(ctx), now).Where("sha256 = ?", account.HashSecret(secret)), "session", "given")
	if err != nil {
		return account.Session{}, err
	}
	if now.Sub(row.SeenAt) >= account.TouchEvery {
		// Bookkeeping of the machine, without an audit entry. Never backwards,
		// and never of a session that has ended meanwhile.
		err := s.read(ctx).Exec("UPDATE sessions SET seen_at = ? WHERE id = ? AND seen_at < ? AND revoked_at IS NULL", now, row.ID, now).Error
		if err != nil {
			return account.Session{}, fmt.Errorf("note use of session %s: %w", row.ID, fault(err))
		}
		row.SeenAt = now
	}
	return row.session(), nil
}

// Sessions lists an account's live sessions, newest first, at most 500.
func (s *Store) Sessions(ctx context.Context, id account.ID) ([]account.Session, error) {
	var rows []sessionRow
	q := liveSessions(s.read(ctx), s.now()).Where("account_id = ?", id)
	if err := q.Order("sessions.num DESC").Limit(maxLimit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list sessions of %s: %w", id, fault(err))
	}
	return mapped(rows, sessionRow.session), nil
}

// RevokeSession ends one session of the account at once; signing out is that,
// too.
func (s *Store) RevokeSession(ctx context.Context, who string, of account.ID, id account.SessionID) error {
	entry := audit.Entry{Actor: who, Act: "session.revoke", Object: string(id), Detail: map[string]any{"account": of}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return touchOne(tx.Exec("UPDATE sessions SET revoked_at = ? WHERE id = ? AND account_id = ? AND revoked_at IS NULL",
			s.now(), id, of), "session", id)
	})
	if err != nil {
		return fmt.Errorf("revoke session: %w", err)
	}
	return nil
}

// RevokeSessions ends all sessions of the account but keep, which may be "".
func (s *Store) RevokeSessions(ctx context.Context, who string, of account.ID, keep account.SessionID) error {
	return s.changeAccount(ctx, audit.Entry{Actor: who, Act: "session.revoke_all"}, of, func(tx *gorm.DB, _ accountRow) error {
		return endSessions(tx, of, keep, s.now()).Error
	})
}

func endSessions(tx *gorm.DB, of account.ID, keep account.SessionID, now time.Time) *gorm.DB {
	return tx.Exec("UPDATE sessions SET revoked_at = ? WHERE account_id = ? AND id <> ? AND revoked_at IS NULL", now, of, keep)
}

// ProveSession notes that the session's holder has proved again to be there.
// The proof's code is taken, once; a wrong one is account.ErrRefused, and
// written down.
func (s *Store) ProveSession(ctx context.Context, id account.SessionID, a account.Attempt, p account.Proof) error {
	entry := audit.Entry{Actor: a.Account.Name, Act: "session.prove", Object: string(id), Detail: map[string]any{"account": a.Account.ID, "by": p.Method()}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		now := s.now()
		was, err := s.proven(tx, a, p, now)
		if err != nil {
			return err
		}
		if err := touchOne(tx.Exec("UPDATE sessions SET proved_at = ? WHERE id = ? AND account_id = ? AND revoked_at IS NULL",
			now, id, was.ID), "session", id); err != nil {
			return err
		}
		return forgive(tx, a)
	})
	if err = s.refused(ctx, a, err); err != nil {
		return fmt.Errorf("prove session %s: %w", id, err)
	}
	return nil
}

// EnrolledSession begins the session of somebody who has just made the
// account, and with it proved everything that a sign-in asks.
func (s *Store) EnrolledSession(ctx context.Context, id account.ID, from account.Browser) (string, account.Session, error) {
	var out newSession
	err := s.tx(ctx, audit.Entry{Act: "session.create"}, func(tx *gorm.DB, entry *audit.Entry) error {
		was, err := lockAccount(tx, id)
		if err != nil {
			return err
		}
		entry.Actor = was.Name
		out, err = s.beginSession(tx, was, "invitation", from.Clean(), entry)
		return err
	})
	if err != nil {
		return "", account.Session{}, fmt.Errorf("begin session of %s: %w", id, err)
	}
	return out.secret, out.row.session(), nil
}

type newSession struct {
	secret string
	row    sessionRow
}

// beginSession makes a session of an account whose row is locked, and tells
// the audit entry.
func (s *Store) beginSession(tx *gorm.DB, of accountRow, by string, from account.Browser, entry *audit.Entry) (newSession, error) {
	secret, now := account.NewSecret(), s.now()
	row := sessionRow{
		SHA256: string(account.HashSecret(secret)), AccountID: of.ID, Role: of.Role, OrgID: of.OrgID,
		CreatedAt: now, ProvedAt: now, SeenAt: now, UntilAt: now.Add(account.Lifetime),
		Source: addr(from.Source), Network: prefix(account.Network(from.Source)), Agent: from.Agent,
		Name: of.Name, Language: of.Language, Theme: of.Theme, Zone: of.Zone, NoKeys: of.NoKeys,
	}
	if err := tx.Create(&row).Error; err != nil {
		return newSession{}, err
	}
	entry.Object = row.ID
	entry.Detail = map[string]any{"account": of.ID, "role": of.Role, "by": by, "source": sourceText(from.Source)}
	return newSession{secret, row}, nil
}
