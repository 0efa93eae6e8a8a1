package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
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
	SHA256    []byte `gorm:"column:sha256;primaryKey"`
	UserName  string
	Name      string
	Role      account.Role
	OrgID     *string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt *time.Time
}

func (tokenRow) TableName() string { return "tokens" }

// CreateToken makes a secret by which a user calls the API. It is returned
// here and nowhere else: only its hash is stored.
func (s *Store) CreateToken(ctx context.Context, who string, of account.Identity, name string, expires time.Time) (string, error) {
	user, role := of.User, of.Role
	now := s.now()
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
	raw := make([]byte, 32)
	rand.Read(raw) // never fails: crypto/rand ends the program instead
	secret := tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
	sum := sha256.Sum256([]byte(secret))
	row := tokenRow{SHA256: sum[:], UserName: user, Name: name, Role: role, OrgID: (*string)(optional(of.Org)), CreatedAt: now, ExpiresAt: expires}
	entry := audit.Entry{
		Actor: who, Act: "token.create", Object: user + "/" + name,
		Detail: map[string]any{"role": role, "organization": of.Org, "expires": expires.UTC()},
	}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error { return tx.Create(&row).Error })
	if err != nil {
		return "", fmt.Errorf("create token %q of %s: %w", name, user, err)
	}
	return secret, nil
}

// UserByToken tells whose secret it is. One that is unknown, expired or
// revoked is inventory.ErrNotFound, without saying which.
func (s *Store) UserByToken(ctx context.Context, secret string) (account.Identity, error) {
	// Looked up by hash: no comparison here depends on the secret's bytes.
	sum := sha256.Sum256([]byte(secret))
	row, err := one[tokenRow](s.read(ctx).
		Where("sha256 = ? AND revoked_at IS NULL AND expires_at > ?", sum[:], s.now()), "token", "given")
	return account.Identity{User: row.UserName, Role: row.Role, Org: inventory.OrganizationID(value(row.OrgID))}, err
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
