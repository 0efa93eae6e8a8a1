package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// tokenPrefix lets people and secret scanners recognise a token.
const tokenPrefix = "cii_"

type tokenRow struct {
	Num       int64  `gorm:"->;default:(-)"`
	SHA256    []byte `gorm:"column:sha256;primaryKey"`
	UserName  string
	Name      string
	Role      account.Role
	OrgID     *string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt *time.Time
	Scope     account.Scope
	AccountID *string
	UsedAt    *time.Time
}

func (tokenRow) TableName() string { return "tokens" }

func (r tokenRow) token() account.Token {
	return account.Token{
		ID: account.TokenID("TOK-" + strconv.FormatInt(r.Num, 10)), Name: r.Name, Scope: r.Scope, Role: r.Role,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), UsedAt: utc(r.UsedAt), RevokedAt: utc(r.RevokedAt),
	}
}

// CreateToken makes a secret by which a user calls the API. It is returned
// here and nowhere else: only its hash is stored.
func (s *Store) CreateToken(ctx context.Context, who string, of account.Identity, name string, expires time.Time) (string, error) {
	user, role := of.User, of.Role
	now, scope := s.now(), account.Write
	for field, v := range map[string]string{"user": user, "name": name, "role": string(role)} {
		if strings.TrimSpace(v) == "" {
			return "", &inventory.InputError{Field: field, Message: "missing", Hint: "say whose token it is, for what, in which role"}
		}
	}
	if !expires.After(now) {
		return "", &inventory.InputError{
			Field: "expires", Value: expires.Format(time.DateOnly), Message: "not in the future", Hint: "give a later day",
		}
	}
	if of.ReadOnly {
		scope = account.Read
	}
	secret, sum := newToken()
	row := tokenRow{SHA256: sum, Scope: scope, UserName: user, Name: name, Role: role, OrgID: (*string)(optional(of.Org)), CreatedAt: now, ExpiresAt: expires}
	entry := audit.Entry{
		Actor: who, Act: "token.create", Object: user + "/" + name,
		Detail: map[string]any{"role": role, "scope": scope, "organization": of.Org, "expires": expires.UTC()},
	}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error { return tx.Create(&row).Error })
	if err != nil {
		return "", fmt.Errorf("create token %q of %s: %w", name, user, err)
	}
	return secret, nil
}

func newToken() (secret string, sum []byte) {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails: crypto/rand ends the program instead
	secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
	hash := sha256.Sum256([]byte(secret))
	return secret, hash[:]
}

// CreateOwnToken makes a secret by which programs act for the account's holder,
// in the role that the account has now. Its name is new among the live ones.
func (s *Store) CreateOwnToken(ctx context.Context, of account.ID, name string, scope account.Scope, expires time.Time) (string, error) {
	if err := account.CheckToken(scope, expires, s.now()); err != nil {
		return "", err
	}
	secret, sum := newToken()
	err := s.tx(ctx, audit.Entry{Act: "token.create"}, func(tx *gorm.DB, entry *audit.Entry) error {
		a, err := lockAccount(tx, of)
		if err != nil {
			return err
		}
		if a.DisabledAt != nil {
			return fmt.Errorf("account %s is disabled: %w", of, inventory.ErrForbidden)
		}
		var live int
		if err := tx.Raw("SELECT count(*) FROM tokens WHERE account_id = ? AND revoked_at IS NULL AND expires_at > ?", of, s.now()).Row().Scan(&live); err != nil {
			return err
		}
		if live >= account.MaxTokens {
			return fmt.Errorf("it has %d tokens already, revoke one first: %w", live, inventory.ErrConflict)
		}
		entry.Actor, entry.Object = a.Name, a.Name+"/"+name
		entry.Detail = map[string]any{"role": a.Role, "scope": scope, "organization": value(a.OrgID), "expires": expires.UTC()}
		// One that ended by itself gives its name back.
		if err := tx.Exec("UPDATE tokens SET revoked_at = expires_at WHERE user_name = ? AND name = ? AND revoked_at IS NULL AND expires_at <= ?",
			a.Name, name, s.now()).Error; err != nil {
			return err
		}
		return tx.Create(&tokenRow{
			SHA256: sum, UserName: a.Name, Name: name, Role: a.Role, OrgID: a.OrgID, Scope: scope, AccountID: &a.ID, CreatedAt: s.now(), ExpiresAt: expires,
		}).Error
	})
	if err != nil {
		return "", fmt.Errorf("create token %q of %s: %w", name, of, err)
	}
	return secret, nil
}

// OwnTokens lists those that the account's holder made, newest first, with
// those that no longer work, at most 500.
func (s *Store) OwnTokens(ctx context.Context, of account.ID) ([]account.Token, error) {
	var rows []tokenRow
	if err := s.read(ctx).Where("account_id = ?", of).Order("num DESC").Limit(maxLimit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list tokens of %s: %w", of, fault(err))
	}
	return mapped(rows, tokenRow.token), nil
}

// RevokeOwnToken ends one of the account's tokens at once.
func (s *Store) RevokeOwnToken(ctx context.Context, of account.ID, id account.TokenID) error {
	err := s.tx(ctx, audit.Entry{Act: "token.revoke"}, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[tokenRow](tx.Raw("SELECT * FROM tokens WHERE account_id = ? AND 'TOK-' || num::text = ? AND revoked_at IS NULL FOR UPDATE", of, id), "token", id)
		if err != nil {
			return err
		}
		entry.Actor, entry.Object = row.UserName, row.UserName+"/"+row.Name
		return tx.Exec("UPDATE tokens SET revoked_at = ? WHERE num = ?", s.now(), row.Num).Error
	})
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

// UserByToken tells whose secret it is, and notes that it is used. One that is unknown, expired or
// revoked is inventory.ErrNotFound, without saying which.
func (s *Store) UserByToken(ctx context.Context, secret string) (account.Identity, error) {
	// Looked up by hash: no comparison here depends on the secret's bytes.
	sum := sha256.Sum256([]byte(secret))
	now := s.now()
	row, err := one[tokenRow](s.read(ctx).
		Where("sha256 = ? AND revoked_at IS NULL AND expires_at > ?", sum[:], now), "token", "given")
	if err != nil {
		return account.Identity{}, err
	}
	if row.UsedAt == nil || now.Sub(*row.UsedAt) >= account.TouchEvery {
		// Bookkeeping of the machine, without an audit entry.
		if err := s.read(ctx).Exec("UPDATE tokens SET used_at = ? WHERE num = ?", now, row.Num).Error; err != nil {
			return account.Identity{}, fmt.Errorf("note use of token: %w", fault(err))
		}
	}
	return account.Identity{
		User: row.UserName, Role: row.Role, Org: inventory.OrganizationID(value(row.OrgID)), ReadOnly: row.Scope != account.Write,
	}, nil
}

// RevokeToken ends the user's token of that name at once.
func (s *Store) RevokeToken(ctx context.Context, who, user, name string) error {
	object := user + "/" + name
	entry := audit.Entry{Actor: who, Act: "token.revoke", Object: object}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return touchOne(tx.Exec(`
			UPDATE tokens SET revoked_at = ? WHERE user_name = ? AND name = ? AND revoked_at IS NULL`,
			s.now(), user, name), "token", object)
	})
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}
