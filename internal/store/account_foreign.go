package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// SignInForeign makes the session of somebody for whom an OpenID provider
// vouches, and the account at the first time. A role that the provider changed
// since is the account's from now on. What must not be is account.ErrRefused,
// and written down; a name that another account has is account.ErrNameTaken.
func (s *Store) SignInForeign(ctx context.Context, f account.Foreign, from account.Browser) (string, account.Session, error) {
	if err := account.CheckRole(f.Role, f.Org); err != nil {
		return "", account.Session{}, err
	}
	from = from.Clean()
	attempt := account.Attempt{Account: account.Account{Name: f.Name}, Browser: from, At: s.now()}
	row, err := s.foreignAccount(ctx, f)
	if err != nil {
		return "", account.Session{}, fmt.Errorf("sign in by %s: %w", f.Issuer, s.refused(ctx, attempt, err))
	}
	attempt.Account = row.account()
	if row.Role != f.Role || value(row.OrgID) != string(f.Org) {
		if err := s.SetRole(ctx, "system", attempt.Account.ID, f.Role, f.Org); err != nil {
			return "", account.Session{}, fmt.Errorf("sign in by %s: %w", f.Issuer, err)
		}
	}
	var out newSession
	err = s.tx(ctx, audit.Entry{Actor: row.Name, Act: "session.create"}, func(tx *gorm.DB, entry *audit.Entry) error {
		was, err := lockAccount(tx, attempt.Account.ID)
		if err == nil && was.DisabledAt != nil {
			err = refusal(account.Disabled)
		}
		if err == nil {
			out, err = s.beginSession(tx, was, "provider", from, entry)
		}
		return err
	})
	if err = s.refused(ctx, attempt, err); err != nil {
		return "", account.Session{}, fmt.Errorf("sign in by %s: %w", f.Issuer, err)
	}
	return out.secret, out.row.session(), nil
}

// LoseRole ends the sessions, the API tokens and the invitations of somebody
// to whom the provider's groups give no role any more. Who never had an
// account has nothing to lose.
func (s *Store) LoseRole(ctx context.Context, f account.Foreign) error {
	rows, err := foreign(s.read(ctx), f)
	if err != nil || len(rows) == 0 {
		return err
	}
	entry := audit.Entry{Actor: "system", Act: "account.role_lost", Detail: map[string]any{"issuer": f.Issuer}}
	return s.changeAccount(ctx, entry, account.ID(rows[0].ID), func(tx *gorm.DB, was accountRow) error {
		return endRights(tx, was, s.now())
	})
}

// foreign finds the account of the provider's own id of the person, if there
// is one: names change hands.
func foreign(q *gorm.DB, f account.Foreign) ([]accountRow, error) {
	var rows []accountRow
	err := q.Where("issuer = ? AND subject = ?", f.Issuer, f.Subject).Limit(1).Find(&rows).Error
	return rows, fault(err)
}

// foreignAccount finds the account that the provider vouches for, or makes it.
func (s *Store) foreignAccount(ctx context.Context, f account.Foreign) (accountRow, error) {
	rows, err := foreign(s.read(ctx), f)
	if err != nil || len(rows) > 0 {
		return append(rows, accountRow{})[0], err
	}
	row := accountRow{
		Name: f.Name, Handle: account.NewHandle(), Issuer: &f.Issuer, Subject: &f.Subject, Role: f.Role, OrgID: (*string)(optional(f.Org)),
	}
	err = s.tx(ctx, audit.Entry{Actor: f.Name, Act: "account.create"}, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := lockAdministrators(tx); err != nil {
			return err
		}
		// Two first sign-ins at once make one account.
		if rows, err = foreign(tx, f); err != nil || len(rows) > 0 {
			return err
		}
		var taken int
		if err := tx.Raw("SELECT count(*) FROM accounts WHERE name = ?", f.Name).Row().Scan(&taken); err != nil {
			return err
		}
		if err := spareTokenHolders(tx, f.Name, row.OrgID); err != nil && !errors.Is(err, inventory.ErrInvalid) {
			return err
		} else if err != nil || taken > 0 {
			return refusal(account.NameTaken)
		}
		row.CreatedAt = s.now()
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{"role": f.Role, "organization": f.Org, "issuer": f.Issuer}
		return nil
	})
	if len(rows) > 0 {
		return rows[0], err
	}
	return row, err
}
