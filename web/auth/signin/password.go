package signin

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/totp"
)

// ErrOver says that a sign-in took too long, was finished, or was begun in
// another place: it has to begin anew.
var ErrOver = errors.New("this sign-in is over")

// A codeStep is a sign-in whose password was right.
type codeStep struct {
	Attempt  account.Attempt
	Rehashed string
	Tries    int
}

// mostTries is how many second factors one right password allows.
const mostTries = 5

// A Next is what a sign-in still needs.
type Next struct {
	Step     string // a secret of the browser's
	Codes    bool   // one-time codes may be given
	Passkeys bool   // a passkey may answer
}

// Password begins a sign-in. A wrong password, and a name that nobody has, are
// account.ErrRefused; too many of them an *account.ThrottledError.
func (s *Service) Password(ctx context.Context, name, typed string, from account.Browser) (Next, error) {
	ctx = account.Unbound(ctx)
	a, err := s.Store.BeginSignIn(ctx, name, from)
	if err != nil {
		return Next{}, err
	}
	ok, rehash, err := s.Hasher.Verify(ctx, a.PasswordHash, typed)
	if err != nil {
		return Next{}, fmt.Errorf("sign in: %w", err)
	}
	switch {
	case a.Account.ID == "":
		return Next{}, s.refuse(ctx, a, account.NoAccount)
	case !ok:
		return Next{}, s.refuse(ctx, a, account.WrongPassword)
	case a.Account.DisabledAt != nil:
		return Next{}, s.refuse(ctx, a, account.Disabled)
	}
	step := codeStep{Attempt: a}
	if rehash {
		if step.Rehashed, err = s.Hasher.Hash(ctx, typed); err != nil {
			return Next{}, err
		}
	}
	return s.keep(ctx, step)
}

func (s *Service) keep(ctx context.Context, step codeStep) (Next, error) {
	left := account.AttemptLife - s.Now().Sub(step.Attempt.At)
	if step.Tries >= mostTries || left <= 0 {
		return Next{}, ErrOver
	}
	secret, err := s.Store.KeepStep(ctx, stepCode, step, left)
	return Next{Step: secret, Codes: step.Attempt.TOTPSecret != "" && s.Sealer != nil, Passkeys: step.Attempt.Passkeys > 0 && s.Passkeys != nil}, err
}

// refuse writes down why, and tells nothing.
func (s *Service) refuse(ctx context.Context, a account.Attempt, why account.Reason) error {
	return errors.Join(account.ErrRefused, s.Store.RefuseSignIn(ctx, a, why))
}

// Code ends a sign-in with a one-time code or a recovery code. When it is
// refused, Next is for another try, and ErrOver says that there is none.
func (s *Service) Code(ctx context.Context, step, typed string, from account.Browser) (Begun, Next, error) {
	ctx = account.Unbound(ctx)
	c, err := s.resume(ctx, step, from)
	if err != nil {
		return s.keepFor(ctx, c, err)
	}
	proof, why := s.proofOf(c.Attempt, typed)
	if why != "" {
		err = s.refuse(ctx, c.Attempt, why)
	} else {
		proof.Rehashed = c.Rehashed
		var out Begun
		if out.Secret, out.Session, err = s.Store.FinishSignIn(ctx, c.Attempt, proof); err == nil {
			return out, Next{}, nil
		}
	}
	if !errors.Is(err, account.ErrRefused) {
		return Begun{}, Next{}, err
	}
	c.Tries++
	return s.keepFor(ctx, c, err)
}

// keepFor keeps a step for another try after err, if it has an account.
func (s *Service) keepFor(ctx context.Context, c codeStep, err error) (Begun, Next, error) {
	if c.Attempt.Account.ID == "" {
		return Begun{}, Next{}, err
	}
	next, keeping := s.keep(ctx, c)
	return Begun{}, next, errors.Join(err, keeping)
}

// resume takes a step. A second try is an attempt of its own, so that the
// throttle counts it; with an error the step may be kept again if it has an
// account.
func (s *Service) resume(ctx context.Context, secret string, from account.Browser) (codeStep, error) {
	var c codeStep
	err := s.Store.TakeStep(ctx, stepCode, secret, &c)
	if errors.Is(err, inventory.ErrNotFound) {
		return codeStep{}, ErrOver
	}
	if err != nil || c.Tries == 0 {
		return c, err
	}
	again, err := s.Store.BeginSignIn(ctx, c.Attempt.Account.Name, from)
	if err != nil {
		return c, err
	}
	if again.PasswordHash != c.Attempt.PasswordHash {
		return codeStep{}, errors.Join(ErrOver, s.refuse(ctx, again, account.Changed))
	}
	again.At = c.Attempt.At // the limit counts from the password
	c.Attempt = again
	return c, nil
}

// oneTime is a one-time code as people type it.
var oneTime = regexp.MustCompile(`^[0-9 ]{6,9}$`)

// proofOf makes a proof of a code, or says why it is none.
func (s *Service) proofOf(a account.Attempt, typed string) (account.Proof, account.Reason) {
	typed = strings.TrimSpace(typed)
	if !oneTime.MatchString(typed) {
		return account.Proof{Recovery: account.HashRecovery(typed)}, ""
	}
	secret := ""
	if s.Sealer != nil && a.TOTPSecret != "" {
		secret, _ = s.Sealer.Open(a.TOTPSecret, a.Account.Handle) // "" matches no code
	}
	step, fresh := totp.Match(secret, typed, s.Now(), a.TOTPStep)
	switch {
	case step == 0:
		return account.Proof{}, account.WrongCode
	case !fresh:
		return account.Proof{}, account.UsedCode
	}
	return account.Proof{Step: step}, ""
}

// Prove proves again that the session's holder is there, by the password or a
// code. It counts and is throttled as a sign-in is.
func (s *Service) Prove(ctx context.Context, of account.Session, pass, code string, from account.Browser) error {
	ctx = account.Unbound(ctx)
	a, err := s.Store.BeginSignIn(ctx, of.Name, from)
	if err != nil {
		return err
	}
	if pass == "" && code != "" {
		proof, why := s.proofOf(a, code)
		if why != "" {
			return s.refuse(ctx, a, why)
		}
		return s.Store.ProveSession(ctx, of.ID, a, proof)
	}
	ok, _, err := s.Hasher.Verify(ctx, a.PasswordHash, pass)
	if err != nil {
		return fmt.Errorf("prove session: %w", err)
	}
	if !ok {
		return s.refuse(ctx, a, account.WrongPassword)
	}
	return s.Store.ProveSession(ctx, of.ID, a, account.Proof{Password: true})
}
