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

type passkeyRow struct {
	Num        int64  `gorm:"->;default:(-)"`
	ID         string `gorm:"primaryKey;->;default:(-)"`
	AccountID  string
	Credential []byte
	Record     string
	Name       string
	CreatedAt  time.Time
	UsedAt     *time.Time
}

func (passkeyRow) TableName() string { return "passkeys" }

func (r passkeyRow) passkey() account.Passkey {
	return account.Passkey{
		ID: account.PasskeyID(r.ID), Account: account.ID(r.AccountID), Name: r.Name, Credential: r.Credential,
		Record: []byte(r.Record), CreatedAt: r.CreatedAt.UTC(), UsedAt: utc(r.UsedAt),
	}
}

// Passkeys lists an account's, oldest first. There are few.
func (s *Store) Passkeys(ctx context.Context, of account.ID) ([]account.Passkey, error) {
	var rows []passkeyRow
	if err := s.read(ctx).Where("account_id = ?", of).Order("num").Limit(maxLimit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list passkeys of %s: %w", of, fault(err))
	}
	return mapped(rows, passkeyRow.passkey), nil
}

// AddPasskey gives the account one more. One that some account has already is
// inventory.ErrConflict.
func (s *Store) AddPasskey(ctx context.Context, who string, of account.ID, k account.Passkey) error {
	entry := audit.Entry{Actor: who, Act: "passkey.add", Detail: map[string]any{"name": k.Name}}
	return s.changeAccount(ctx, entry, of, func(tx *gorm.DB, was accountRow) error {
		if was.account().Foreign() { // it would outlive what the provider says
			return fmt.Errorf("its provider vouches for it: %w", inventory.ErrConflict)
		}
		var n int
		if err := tx.Raw("SELECT count(*) FROM passkeys WHERE account_id = ?", of).Row().Scan(&n); err != nil {
			return err
		}
		if n >= account.MaxPasskeys {
			return fmt.Errorf("it has %d passkeys already, remove one first: %w", n, inventory.ErrConflict)
		}
		return addPasskey(tx, of, k, s.now())
	})
}

func addPasskey(tx *gorm.DB, of account.ID, k account.Passkey, now time.Time) error {
	return tx.Create(&passkeyRow{AccountID: string(of), Credential: k.Credential, Record: string(k.Record), Name: k.Name, CreatedAt: now}).Error
}

// RenamePasskey changes what its holder calls it.
func (s *Store) RenamePasskey(ctx context.Context, who string, of account.ID, id account.PasskeyID, name string) error {
	entry := audit.Entry{Actor: who, Act: "passkey.rename", Detail: map[string]any{"passkey": id, "name": name}}
	return s.changeAccount(ctx, entry, of, func(tx *gorm.DB, _ accountRow) error {
		return touchOne(tx.Exec("UPDATE passkeys SET name = ? WHERE id = ? AND account_id = ?", name, id, of), "passkey", id)
	})
}

// RemovePasskey takes one away. The last stays with an account that has no
// one-time codes: it would have no second factor.
func (s *Store) RemovePasskey(ctx context.Context, who string, of account.ID, id account.PasskeyID) error {
	entry := audit.Entry{Actor: who, Act: "passkey.remove", Detail: map[string]any{"passkey": id}}
	return s.changeAccount(ctx, entry, of, func(tx *gorm.DB, was accountRow) error {
		if err := touchOne(tx.Exec("DELETE FROM passkeys WHERE id = ? AND account_id = ?", id, of), "passkey", id); err != nil {
			return err
		}
		var left int
		err := tx.Raw("SELECT (SELECT count(*) FROM passkeys WHERE account_id = @id) + (SELECT count(*) FROM account_totp WHERE account_id = @id)",
			map[string]any{"id": of}).Row().Scan(&left)
		if err == nil && left == 0 && !was.account().Foreign() {
			err = fmt.Errorf("it is the only second factor, set up one-time codes or another passkey first: %w", inventory.ErrConflict)
		}
		return err
	})
}

// PasskeyAttempt begins the sign-in of a passkey that has answered: which it
// is, and whose. One that nobody has is inventory.ErrNotFound. Nothing is
// counted: a signature is not found by trying.
func (s *Store) PasskeyAttempt(ctx context.Context, credential []byte, from account.Browser) (account.Attempt, account.Passkey, error) {
	a := account.Attempt{Browser: from.Clean(), At: s.now()}
	q := s.read(ctx)
	key, err := one[passkeyRow](q.Where("credential = ?", credential), "passkey", "given")
	if err != nil {
		return a, account.Passkey{}, err
	}
	row, err := one[accountRow](s.read(ctx).Where("id = ?", key.AccountID), "account", key.AccountID)
	if err == nil {
		err = fillAttempt(s.read(ctx), &a, row)
	}
	if err != nil {
		return a, account.Passkey{}, fmt.Errorf("begin sign-in by passkey: %w", fault(err))
	}
	return a, key.passkey(), nil
}
