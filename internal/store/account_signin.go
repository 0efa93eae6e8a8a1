package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

type totpRow struct {
	AccountID  string `gorm:"primaryKey"`
	Secret     string
	LastStep   int64
	EnrolledAt time.Time
}

func (totpRow) TableName() string { return "account_totp" }

type failuresRow struct {
	Key    string `gorm:"primaryKey"`
	Count  int
	LastAt time.Time
}

func (failuresRow) TableName() string { return "sign_in_failures" }

// failureKeys are by what an attempt is counted, in the order in which they
// are locked. The typed name is hashed: it may be a password in the wrong field.
func failureKeys(typed string, from account.Browser) (byName, bySource string) {
	return "name:" + string(account.HashSecret(account.Fold(typed))), "source:" + account.Network(from.Source).String()
}

// BeginSignIn admits an attempt, or returns an *account.ThrottledError. An
// attempt counts as failed until FinishSignIn: that is the machine's
// bookkeeping, and the audit entry is the end's. A name that nobody has begins
// like any other.
func (s *Store) BeginSignIn(ctx context.Context, typed string, from account.Browser) (account.Attempt, error) {
	now, from := s.now(), from.Clean()
	out := account.Attempt{Browser: from, At: now, Counted: true}
	err := s.work(ctx, func(tx *gorm.DB) error {
		var found []accountRow
		if err := tx.Where("name = ?", account.Fold(typed)).Limit(1).Find(&found).Error; err != nil {
			return err
		}
		known := false
		if len(found) > 0 {
			var err error
			if err = fillAttempt(tx, &out, found[0]); err != nil {
				return err
			}
			if known, err = knownNetwork(tx, out.Account.ID, from, now); err != nil {
				return err
			}
		}
		return countAttempt(tx, typed, from, known, now)
	})
	if err != nil {
		return account.Attempt{}, fmt.Errorf("begin sign-in: %w", err)
	}
	return out, nil
}

// fillAttempt puts in what the account proves itself by.
func fillAttempt(tx *gorm.DB, a *account.Attempt, row accountRow) error {
	a.Account, a.PasswordHash = row.account(), value(row.PasswordHash)
	var totp []totpRow
	if err := tx.Where("account_id = ?", row.ID).Limit(1).Find(&totp).Error; err != nil {
		return err
	}
	if len(totp) > 0 {
		a.TOTPSecret, a.TOTPStep = totp[0].Secret, totp[0].LastStep
	}
	return tx.Raw("SELECT count(*) FROM passkeys WHERE account_id = ?", row.ID).Row().Scan(&a.Passkeys)
}

// knownNetwork tells whether somebody has signed in to the account from there.
func knownNetwork(tx *gorm.DB, id account.ID, from account.Browser, now time.Time) (known bool, err error) {
	err = tx.Raw("SELECT EXISTS (SELECT 1 FROM sessions WHERE account_id = ? AND network = ? AND created_at > ?)",
		id, prefix(account.Network(from.Source)), now.Add(-account.KnownFor)).Row().Scan(&known)
	return known, err
}

// countAttempt counts an attempt as failed, if it may be made now. The rows'
// locks make attempts at one name, or from one network, one after another.
func countAttempt(tx *gorm.DB, typed string, from account.Browser, known bool, now time.Time) error {
	byName, bySource := failureKeys(typed, from)
	keys := array([]string{byName, bySource})
	err := tx.Exec(`
		INSERT INTO sign_in_failures (key, count, last_at) SELECT unnest(?::text[]), 0, ?
		ORDER BY 1 ON CONFLICT DO NOTHING`, keys, now).Error
	if err != nil {
		return err
	}
	var rows []failuresRow
	err = tx.Raw("SELECT * FROM sign_in_failures WHERE key = ANY(?) ORDER BY key FOR UPDATE", keys).Scan(&rows).Error
	if err != nil {
		return err
	}
	was := map[string]account.Failures{}
	for _, r := range rows {
		was[r.Key] = account.Failures{Count: r.Count, Last: r.LastAt}
	}
	if wait := account.Admit(was[bySource], was[byName], known, now); wait > 0 {
		return &account.ThrottledError{Wait: wait}
	}
	for key, rule := range map[string]account.Throttle{byName: account.PerAccount(), bySource: account.PerSource()} {
		f := rule.Fail(was[key], now)
		if err := tx.Exec("UPDATE sign_in_failures SET count = ?, last_at = ? WHERE key = ?", f.Count, f.Last, key).Error; err != nil {
			return err
		}
	}
	// A few of those that are forgotten make place, so that the table stays
	// as long as a day's failures.
	return tx.Exec(`
		DELETE FROM sign_in_failures WHERE key IN (
			SELECT key FROM sign_in_failures WHERE last_at < ? LIMIT 10 FOR UPDATE SKIP LOCKED)`,
		now.Add(-account.PerAccount().Forget)).Error
}

// RefuseSignIn writes down why an attempt failed.
func (s *Store) RefuseSignIn(ctx context.Context, a account.Attempt, why account.Reason) error {
	actor := a.Account.Name
	if actor == "" {
		actor = account.Stranger
	}
	entry := audit.Entry{
		Actor: actor, Act: "sign_in.refuse", Object: string(a.Account.ID),
		Detail: map[string]any{"reason": why, "source": sourceText(a.Browser.Source)},
	}
	if err := s.tx(ctx, entry, func(*gorm.DB, *audit.Entry) error { return nil }); err != nil {
		return fmt.Errorf("write down refused sign-in: %w", err)
	}
	return nil
}

func sourceText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// refusal is why FinishSignIn refuses.
type refusal account.Reason

func (r refusal) Error() string { return string(r) }

// FinishSignIn makes the session of an attempt whose password was right, or
// whose passkey has verified its holder, and returns its secret, here and
// nowhere else. It takes the proof, once. What must not be is
// account.ErrRefused, and written down.
func (s *Store) FinishSignIn(ctx context.Context, a account.Attempt, p account.Proof) (string, account.Session, error) {
	if err := p.Check(); err != nil {
		return "", account.Session{}, err
	}
	var out newSession
	err := s.tx(ctx, audit.Entry{Actor: a.Account.Name, Act: "session.create"}, func(tx *gorm.DB, entry *audit.Entry) error {
		was, err := s.proven(tx, a, p, s.now())
		if err != nil {
			return err
		}
		if out, err = s.beginSession(tx, was, p.Method(), a.Browser, entry); err != nil {
			return err
		}
		return forgive(tx, a)
	})
	if err = s.refused(ctx, a, err); err != nil {
		return "", account.Session{}, fmt.Errorf("sign in: %w", err)
	}
	return out.secret, out.row.session(), nil
}

// refused writes a refusal down and makes it the one that tells nothing.
func (s *Store) refused(ctx context.Context, a account.Attempt, err error) error {
	if why, ok := errors.AsType[refusal](err); ok {
		if why == refusal(account.NameTaken) {
			err = account.ErrNameTaken
		}
		return errors.Join(account.ErrRefused, err, s.RefuseSignIn(ctx, a, account.Reason(why)))
	}
	return err
}

// proven checks an attempt against what the account is now, and takes its code.
func (s *Store) proven(tx *gorm.DB, a account.Attempt, p account.Proof, now time.Time) (accountRow, error) {
	if a.Account.ID == "" {
		return accountRow{}, refusal(account.NoAccount)
	}
	if now.Sub(a.At) > account.AttemptLife {
		return accountRow{}, refusal(account.Late)
	}
	was, err := lockAccount(tx, a.Account.ID)
	switch {
	case errors.Is(err, inventory.ErrNotFound):
		return was, refusal(account.NoAccount)
	case err != nil:
		return was, err
	case was.DisabledAt != nil:
		return was, refusal(account.Disabled)
	case value(was.PasswordHash) != a.PasswordHash:
		return was, refusal(account.Changed)
	}
	if err := take(tx, a, p, now); err != nil {
		return was, err
	}
	if p.Rehashed != "" {
		err = tx.Exec("UPDATE accounts SET password_hash = ? WHERE id = ?", p.Rehashed, was.ID).Error
	}
	return was, err
}

// take takes the proof, so that it proves nothing a second time. That a
// passkey's answer is new, its challenge says, which was taken before.
func take(tx *gorm.DB, a account.Attempt, p account.Proof, now time.Time) error {
	id, why := a.Account.ID, account.UsedCode
	var took *gorm.DB
	switch {
	case p.Password: // the caller verified it, and it did not change since
		return nil
	case p.Recovery != "":
		why = account.WrongCode
		took = tx.Exec("UPDATE recovery_codes SET used_at = ? WHERE account_id = ? AND sha256 = ? AND used_at IS NULL", now, id, p.Recovery)
	case p.Passkey != "":
		why = account.WrongPasskey // it was removed meanwhile
		took = tx.Exec("UPDATE passkeys SET record = ?, used_at = ? WHERE account_id = ? AND id = ?", string(p.Record), now, id, p.Passkey)
	default:
		took = tx.Exec("UPDATE account_totp SET last_step = ? WHERE account_id = ? AND secret = ? AND last_step < ?", p.Step, id, a.TOTPSecret, p.Step)
	}
	if took.Error == nil && took.RowsAffected == 0 {
		return refusal(why)
	}
	return took.Error
}

// forgive takes the attempt itself off the source's count, and no more, or
// whoever has one account could try others without end; and forgets what
// strangers did to the account.
func forgive(tx *gorm.DB, a account.Attempt) error {
	if !a.Counted {
		return nil
	}
	byName, bySource := failureKeys(a.Account.Name, a.Browser)
	if err := tx.Exec("DELETE FROM sign_in_failures WHERE key = ?", byName).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE sign_in_failures SET count = greatest(count - 1, 0) WHERE key = ?", bySource).Error
}
