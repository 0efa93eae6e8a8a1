package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

type accountRow struct {
	Num          int64  `gorm:"->;default:(-)"`
	ID           string `gorm:"primaryKey;->;default:(-)"`
	Name         string
	Role         account.Role
	OrgID        *string
	Handle       string
	Issuer       *string
	Subject      *string
	PasswordHash *string
	Language     string
	Theme        string
	Zone         string
	NoKeys       bool
	CreatedAt    time.Time
	DisabledAt   *time.Time
}

func (accountRow) TableName() string { return "accounts" }

func (r accountRow) number() int64 { return r.Num }

func (r accountRow) account() account.Account {
	return account.Account{
		ID: account.ID(r.ID), Name: r.Name, Role: r.Role, Org: inventory.OrganizationID(value(r.OrgID)),
		Handle: r.Handle, Language: r.Language, Issuer: value(r.Issuer), CreatedAt: r.CreatedAt.UTC(), DisabledAt: utc(r.DisabledAt),
	}
}

// hidden are the columns that only signing in needs: an organisation's own
// people may not read them, not even of their own.
var hidden = []string{"handle", "issuer", "subject", "password_hash", "language", "theme", "zone", "no_keys"}

// accounts is a handle for reading accounts.
func (s *Store) accounts(ctx context.Context) *gorm.DB {
	q := s.read(ctx)
	if _, limited := account.Limit(ctx); limited {
		q = q.Omit(hidden...)
	}
	return q
}

// Account finds one.
func (s *Store) Account(ctx context.Context, id account.ID) (account.Account, error) {
	row, err := one[accountRow](s.accounts(ctx).Where("id = ?", id), "account", id)
	if err != nil {
		return account.Account{}, err
	}
	return row.account(), nil
}

// Accounts lists those that the filter chooses, oldest first.
func (s *Store) Accounts(ctx context.Context, f account.Filter, p inventory.Page) ([]account.Account, string, error) {
	q := s.accounts(ctx)
	q = given(q, "org_id = ?", f.Org)
	q = given(q, "role = ?", f.Role)
	if f.Name != "" {
		q = q.Where("strpos(name, ?) > 0", account.Fold(f.Name))
	}
	if f.CERT {
		q = q.Where("org_id IS NULL")
	}
	switch f.State {
	case account.StateEnabled:
		q = q.Where("disabled_at IS NULL")
	case account.StateDisabled:
		q = q.Where("disabled_at IS NOT NULL")
	}
	rows, next, err := page[accountRow](q, listing{name: "accounts", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list accounts: %w", err)
	}
	return mapped(rows, accountRow.account), next, nil
}

// OwnNames are those of the names by which the organisation's own people act,
// or did.
func (s *Store) OwnNames(ctx context.Context, org inventory.OrganizationID, names []string) (map[string]bool, error) {
	var found []string
	err := s.read(ctx).Raw(`
		SELECT name FROM accounts WHERE org_id = @org AND name IN @names UNION
		SELECT user_name FROM tokens WHERE org_id = @org AND user_name IN @names`,
		map[string]any{"org": org, "names": names}).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("tell whose people they are: %w", fault(err))
	}
	out := make(map[string]bool, len(found))
	for _, name := range found {
		out[name] = true
	}
	return out, nil
}

// DisableAccount lets nobody in by it from now on: its sessions, its API
// tokens and the invitations it gave end with it. The last administrator stays.
func (s *Store) DisableAccount(ctx context.Context, who string, id account.ID) error {
	return s.changeAccount(ctx, audit.Entry{Actor: who, Act: "account.disable"}, id, func(tx *gorm.DB, was accountRow) error {
		if was.DisabledAt != nil {
			return fmt.Errorf("it is disabled already: %w", inventory.ErrConflict)
		}
		if err := spareLastAdministrator(tx, was); err != nil {
			return err
		}
		now := s.now()
		if err := tx.Exec("UPDATE accounts SET disabled_at = ? WHERE id = ?", now, id).Error; err != nil {
			return err
		}
		return endRights(tx, was, now)
	})
}

// EnableAccount lets a disabled account sign in again.
func (s *Store) EnableAccount(ctx context.Context, who string, id account.ID) error {
	return s.changeAccount(ctx, audit.Entry{Actor: who, Act: "account.enable"}, id, func(tx *gorm.DB, _ accountRow) error {
		return touchOne(tx.Exec("UPDATE accounts SET disabled_at = NULL WHERE id = ? AND disabled_at IS NOT NULL", id), "disabled account", id)
	})
}

// SetRole gives an account another role. What it was given under the old one
// ends: sessions, API tokens and the invitations it gave.
func (s *Store) SetRole(ctx context.Context, who string, id account.ID, role account.Role, org inventory.OrganizationID) error {
	if err := account.CheckRole(role, org); err != nil {
		return err
	}
	entry := audit.Entry{Actor: who, Act: "account.role", Detail: map[string]any{"role": role, "organization": org}}
	return s.changeAccount(ctx, entry, id, func(tx *gorm.DB, was accountRow) error {
		if role != account.Administrator {
			if err := spareLastAdministrator(tx, was); err != nil {
				return err
			}
		}
		if err := tx.Exec("UPDATE accounts SET role = ?, org_id = ? WHERE id = ?", role, optional(org), id).Error; err != nil {
			return err
		}
		return endRights(tx, was, s.now())
	})
}

// SetPassword replaces the password's hash and ends all sessions but keep,
// which may be "".
func (s *Store) SetPassword(ctx context.Context, who string, id account.ID, hash string, keep account.SessionID) error {
	return s.changeAccount(ctx, audit.Entry{Actor: who, Act: "account.password"}, id, func(tx *gorm.DB, was accountRow) error {
		if was.account().Foreign() {
			return fmt.Errorf("its provider keeps its password: %w", inventory.ErrConflict)
		}
		if err := tx.Exec("UPDATE accounts SET password_hash = ? WHERE id = ?", hash, id).Error; err != nil {
			return err
		}
		return endSessions(tx, id, keep, s.now()).Error
	})
}

// SetTOTP gives the account the secret of its one-time codes, in place of any
// before, of which the code of step has been seen, and ends all sessions but
// keep, which may be "".
func (s *Store) SetTOTP(ctx context.Context, who string, id account.ID, secret string, step int64, keep account.SessionID) error {
	return s.changeAccount(ctx, audit.Entry{Actor: who, Act: "account.totp"}, id, func(tx *gorm.DB, _ accountRow) error {
		now := s.now()
		err := tx.Exec(`
			INSERT INTO account_totp (account_id, secret, last_step, enrolled_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step, enrolled_at = excluded.enrolled_at`,
			id, secret, step, now).Error
		if err != nil {
			return err
		}
		return endSessions(tx, id, keep, now).Error
	})
}

// SetRecoveryCodes replaces all recovery codes, used and unused.
func (s *Store) SetRecoveryCodes(ctx context.Context, who string, id account.ID, hashes []account.Hash) error {
	if err := account.CheckRecovery(hashes); err != nil {
		return err
	}
	return s.changeAccount(ctx, audit.Entry{Actor: who, Act: "account.recovery_codes"}, id, func(tx *gorm.DB, _ accountRow) error {
		if err := tx.Exec("DELETE FROM recovery_codes WHERE account_id = ?", id).Error; err != nil {
			return err
		}
		return addRecoveryCodes(tx, id, hashes)
	})
}

func addRecoveryCodes(tx *gorm.DB, id account.ID, hashes []account.Hash) error {
	return tx.Exec("INSERT INTO recovery_codes (account_id, sha256) SELECT ?, unnest(?::text[])", id, words(hashes)).Error
}

// RecoveryCodesLeft counts the recovery codes that an account has not used.
func (s *Store) RecoveryCodesLeft(ctx context.Context, id account.ID) (int, error) {
	var n int
	err := s.read(ctx).Raw("SELECT count(*) FROM recovery_codes WHERE account_id = ? AND used_at IS NULL", id).Row().Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count recovery codes of %s: %w", id, fault(err))
	}
	return n, nil
}

// SetPreferences keeps how the account's holder wants the console to be. That
// is nobody else's affair, and has no audit entry.
func (s *Store) SetPreferences(ctx context.Context, id account.ID, p account.Preferences) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		return touchOne(tx.Exec("UPDATE accounts SET language = ?, theme = ?, zone = ?, no_keys = ? WHERE id = ?",
			p.Language, p.Theme, p.Zone, p.NoKeys, id), "account", id)
	})
	if err != nil {
		return fmt.Errorf("keep preferences of %s: %w", id, err)
	}
	return nil
}

// changeAccount changes one account under its lock.
func (s *Store) changeAccount(ctx context.Context, entry audit.Entry, id account.ID, change func(*gorm.DB, accountRow) error) error {
	entry.Object = string(id)
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		// Before any single account, so that two who disable each other do not
		// each wait for the other.
		if err := lockAdministrators(tx); err != nil {
			return err
		}
		was, err := lockAccount(tx, id)
		if err != nil {
			return err
		}
		return change(tx, was)
	})
	if err != nil {
		return fmt.Errorf("%s of %s: %w", entry.Act, id, err)
	}
	return nil
}

func lockAccount(tx *gorm.DB, id account.ID) (accountRow, error) {
	return one[accountRow](tx.Raw("SELECT * FROM accounts WHERE id = ? FOR UPDATE", id), "account", id)
}

// administratorsLock is the key of the advisory lock under which administrators
// come and go.
const administratorsLock = 0x61636374

func lockAdministrators(tx *gorm.DB) error {
	return tx.Exec("SELECT pg_advisory_xact_lock(?)", administratorsLock).Error
}

// administrators counts those who can sign in, besides one. Whoever lost the
// second factor cannot, until a link of ResetAccount was used.
func administrators(tx *gorm.DB, besides string) (int, error) {
	var n int
	err := tx.Raw(`
		SELECT count(*) FROM accounts a WHERE role = ? AND disabled_at IS NULL AND id <> ? AND (issuer IS NOT NULL
			OR EXISTS (SELECT 1 FROM account_totp WHERE account_id = a.id) OR EXISTS (SELECT 1 FROM passkeys WHERE account_id = a.id))`,
		account.Administrator, besides).Row().Scan(&n)
	return n, err
}

func spareLastAdministrator(tx *gorm.DB, a accountRow) error {
	if a.Role != account.Administrator || a.DisabledAt != nil {
		return nil
	}
	n, err := administrators(tx, a.ID)
	if err == nil && n == 0 {
		err = fmt.Errorf("it is the last administrator: %w", inventory.ErrConflict)
	}
	return err
}

// endRights ends everything by which the account acts or lets others in, and
// the links by which its factors could be set anew.
func endRights(tx *gorm.DB, a accountRow, now time.Time) error {
	if err := endSessions(tx, account.ID(a.ID), "", now).Error; err != nil {
		return err
	}
	if err := tx.Exec("UPDATE tokens SET revoked_at = ? WHERE user_name = ? AND revoked_at IS NULL", now, a.Name).Error; err != nil {
		return err
	}
	return tx.Exec(`
		UPDATE invitations SET revoked_at = ? WHERE (invited_by = ? OR renews = ?) AND accepted_at IS NULL AND revoked_at IS NULL`,
		now, a.Name, a.ID).Error
}
