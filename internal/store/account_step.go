package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// KeepStep keeps what a sign-in has come to until its next request, which
// brings the secret. It is the machine's bookkeeping, without an audit entry.
func (s *Store) KeepStep(ctx context.Context, kind string, data any, life time.Duration) (secret string, err error) {
	body, err := json.Marshal(data)
	if err != nil {
		return "", fmt.Errorf("keep step of a sign-in: %w", err)
	}
	secret = account.NewSecret()
	now := s.now()
	err = s.work(ctx, func(tx *gorm.DB) error {
		// A few that are over make place.
		err := tx.Exec(`
			DELETE FROM sign_in_steps WHERE sha256 IN (
				SELECT sha256 FROM sign_in_steps WHERE until_at < ? LIMIT 10 FOR UPDATE SKIP LOCKED)`, now).Error
		if err != nil {
			return err
		}
		return tx.Exec("INSERT INTO sign_in_steps (sha256, kind, data, until_at) VALUES (?, ?, ?, ?)",
			account.HashSecret(secret), kind, string(body), now.Add(life)).Error
	})
	if err != nil {
		return "", fmt.Errorf("keep step of a sign-in: %w", err)
	}
	return secret, nil
}

// Step reads what KeepStep kept, and leaves it. One that is over, was taken,
// or is of another kind is inventory.ErrNotFound.
func (s *Store) Step(ctx context.Context, kind, secret string, into any) error {
	return s.step(ctx, "SELECT data FROM sign_in_steps WHERE sha256 = ? AND kind = ? AND until_at > ?", kind, secret, into)
}

// TakeStep is Step, once.
func (s *Store) TakeStep(ctx context.Context, kind, secret string, into any) error {
	return s.step(ctx, "DELETE FROM sign_in_steps WHERE sha256 = ? AND kind = ? AND until_at > ? RETURNING data", kind, secret, into)
}

func (s *Store) step(ctx context.Context, statement, kind, secret string, into any) error {
	var found []string
	if err := s.read(ctx).Raw(statement, account.HashSecret(secret), kind, s.now()).Scan(&found).Error; err != nil {
		return fmt.Errorf("read step of a sign-in: %w", fault(err))
	}
	if len(found) == 0 {
		return fmt.Errorf("step of a sign-in: %w", inventory.ErrNotFound)
	}
	if err := json.Unmarshal([]byte(found[0]), into); err != nil {
		return fmt.Errorf("read step of a sign-in: %w", err)
	}
	return nil
}
