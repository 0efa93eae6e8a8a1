package signin

import (
	"context"

	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/password"
)

// ChangePassword replaces the password of the session's holder, and ends the
// other sessions.
func (s *Service) ChangePassword(ctx context.Context, of account.Session, pass string) error {
	ctx = account.Unbound(ctx)
	if err := password.Check(pass, of.Name); err != nil {
		return err
	}
	hash, err := s.Hasher.Hash(ctx, pass)
	if err != nil {
		return err
	}
	return s.Store.SetPassword(ctx, of.Name, of.Account, hash, of.ID)
}

// A totpStep is a new key that was shown.
type totpStep struct {
	Account account.ID
	Key     string
}

// NewCodes makes a new key for one-time codes, which counts when CheckCodes
// has seen a code of it.
func (s *Service) NewCodes(ctx context.Context, of account.Session) (step string, p Phone, err error) {
	ctx = account.Unbound(ctx)
	a, err := s.Store.Account(ctx, of.Account)
	if err != nil {
		return "", Phone{}, err
	}
	key, err := s.newKey(a.Name, a.Handle)
	if err != nil || key == "" {
		return "", Phone{}, err
	}
	if step, err = s.Store.KeepStep(ctx, stepTOTP, totpStep{a.ID, key}, enrolLife); err != nil {
		return "", Phone{}, err
	}
	p, err = s.phone(key, a.Handle)
	return step, p, err
}

// CheckCodes puts the new key in place of the one before, and ends the other
// sessions. With a wrong code it tells the phone's part again.
func (s *Service) CheckCodes(ctx context.Context, of account.Session, step, code string) (Phone, error) {
	ctx = account.Unbound(ctx)
	var t totpStep
	if err := s.Store.Step(ctx, stepTOTP, step, &t); err != nil {
		return Phone{}, over(err)
	}
	if t.Account != of.Account {
		return Phone{}, ErrOver
	}
	a, err := s.Store.Account(ctx, of.Account)
	if err != nil {
		return Phone{}, err
	}
	secret, used, err := s.firstCode(t.Key, a.Handle, code)
	if err != nil {
		p, opening := s.phone(t.Key, a.Handle)
		if opening != nil {
			return Phone{}, opening
		}
		return p, err
	}
	if err := s.Store.TakeStep(ctx, stepTOTP, step, &t); err != nil {
		return Phone{}, over(err)
	}
	return Phone{}, s.Store.SetTOTP(ctx, of.Name, of.Account, secret, used, of.ID)
}

// NewRecovery replaces the recovery codes; they are returned here and nowhere
// else.
func (s *Service) NewRecovery(ctx context.Context, of account.Session) ([]string, error) {
	codes := account.NewRecoveryCodes()
	return codes, s.Store.SetRecoveryCodes(account.Unbound(ctx), of.Name, of.Account, account.HashAllRecovery(codes))
}
