package signin

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// ErrNoPasskeys says that the installation has no address for which passkeys
// could be made.
var ErrNoPasskeys = errors.New("passkeys need console.url")

// ErrNoneYet says that the account has no passkey that could answer.
var ErrNoneYet = errors.New("the account has no passkey")

// An Asked is what a browser is asked for a passkey.
type Asked struct {
	Options  json.RawMessage `json:"options"`
	Ceremony string          `json:"ceremony"` // comes back with the answer
}

// A ceremonyStep is what was asked of a passkey, and for whom: nobody known
// yet, whoever gave the password, or whoever is signed in.
type ceremonyStep struct {
	State   json.RawMessage
	Account account.ID
	Session account.SessionID
	Step    account.Hash // of the sign-in's step
}

func (s *Service) asked(ctx context.Context, kind string, c account.Ceremony, of ceremonyStep) (Asked, error) {
	of.State = c.State
	secret, err := s.Store.KeepStep(ctx, kind, of, account.AttemptLife)
	return Asked{Options: c.Options, Ceremony: secret}, err
}

// holder is an account as the passkey package wants it.
func (s *Service) holder(ctx context.Context, a account.Account) (account.PasskeyHolder, error) {
	keys, err := s.Store.Passkeys(ctx, a.ID)
	return account.PasskeyHolder{Handle: a.Handle, Name: a.Name, Keys: keys}, err
}

// AskPasskey asks for a passkey: with step of who gave the password there,
// without one of anybody. host is what the browser asked for.
func (s *Service) AskPasskey(ctx context.Context, step, host string) (Asked, error) {
	ctx = account.Unbound(ctx)
	if s.Passkeys == nil {
		return Asked{}, ErrNoPasskeys
	}
	if step == "" {
		c, err := s.Passkeys.AskAnybody(s.Passkeys.Origin(host))
		if err != nil {
			return Asked{}, err
		}
		return s.asked(ctx, stepAsk, c, ceremonyStep{})
	}
	var c codeStep
	if err := s.Store.Step(ctx, stepCode, step, &c); err != nil {
		return Asked{}, over(err)
	}
	return s.askOf(ctx, c.Attempt.Account, host, ceremonyStep{Account: c.Attempt.Account.ID, Step: account.HashSecret(step)})
}

func (s *Service) askOf(ctx context.Context, a account.Account, host string, of ceremonyStep) (Asked, error) {
	u, err := s.holder(ctx, a)
	if err == nil && len(u.Keys) == 0 {
		err = ErrNoneYet
	}
	if err != nil {
		return Asked{}, err
	}
	c, err := s.Passkeys.Ask(u, s.Passkeys.Origin(host))
	if err != nil {
		return Asked{}, err
	}
	return s.asked(ctx, stepAsk, c, of)
}

// over makes a step that is gone ErrOver.
func over(err error) error {
	if errors.Is(err, inventory.ErrNotFound) {
		return ErrOver
	}
	return err
}

// Passkey ends a sign-in with a passkey's answer. With a step the passkey is
// the second factor, and refused leaves the step for another try.
func (s *Service) Passkey(ctx context.Context, step, ceremony string, answer []byte, from account.Browser) (Begun, Next, error) {
	ctx = account.Unbound(ctx)
	if s.Passkeys == nil {
		return Begun{}, Next{}, ErrNoPasskeys
	}
	var asked ceremonyStep
	if err := s.Store.TakeStep(ctx, stepAsk, ceremony, &asked); err != nil {
		return Begun{}, Next{}, over(err)
	}
	if step == "" {
		if asked.Account != "" {
			return Begun{}, Next{}, ErrOver
		}
		out, err := s.passkeyAlone(ctx, asked, answer, from)
		return out, Next{}, err
	}
	if asked.Session != "" || asked.Step != account.HashSecret(step) {
		return Begun{}, Next{}, ErrOver
	}
	c, err := s.resume(ctx, step, from)
	if err != nil {
		return s.keepFor(ctx, c, err)
	}
	out, err := s.finish(ctx, c.Attempt, asked, answer, c.Rehashed)
	if err == nil || !errors.Is(err, account.ErrRefused) {
		return out, Next{}, err
	}
	c.Tries++
	return s.keepFor(ctx, c, err)
}

// passkeyAlone signs in whoever's passkey answered.
func (s *Service) passkeyAlone(ctx context.Context, asked ceremonyStep, answer []byte, from account.Browser) (Begun, error) {
	credential, err := s.Passkeys.Credential(answer)
	if err != nil {
		return Begun{}, s.refuseStranger(ctx, from)
	}
	a, _, err := s.Store.PasskeyAttempt(ctx, credential, from)
	if errors.Is(err, inventory.ErrNotFound) {
		return Begun{}, s.refuseStranger(ctx, from)
	}
	if err != nil {
		return Begun{}, err
	}
	return s.finish(ctx, a, asked, answer, "")
}

// refuseStranger refuses a passkey that nobody has. A signature is not found by
// trying, but each refusal is written down: who goes on has to wait, as with a
// wrong name.
func (s *Service) refuseStranger(ctx context.Context, from account.Browser) error {
	nobody, err := s.Store.BeginSignIn(ctx, "", from)
	if err != nil {
		return err
	}
	return s.refuse(ctx, nobody, account.WrongPasskey)
}

func (s *Service) finish(ctx context.Context, a account.Attempt, asked ceremonyStep, answer []byte, rehashed string) (out Begun, err error) {
	proof, err := s.passkeyProof(ctx, a, asked, answer)
	if err != nil {
		return Begun{}, err
	}
	proof.Rehashed = rehashed
	out.Secret, out.Session, err = s.Store.FinishSignIn(ctx, a, proof)
	return out, err
}

// passkeyProof checks the answer, and refuses the attempt where it is none.
func (s *Service) passkeyProof(ctx context.Context, a account.Attempt, asked ceremonyStep, answer []byte) (account.Proof, error) {
	u, err := s.holder(ctx, a.Account)
	if err != nil {
		return account.Proof{}, err
	}
	id, record, err := s.Passkeys.Check(u, asked.State, answer)
	switch {
	case errors.Is(err, account.ErrPasskeyCopied):
		return account.Proof{}, s.refuse(ctx, a, account.CopiedPasskey)
	case errors.Is(err, account.ErrPasskey):
		return account.Proof{}, errors.Join(err, s.refuse(ctx, a, account.WrongPasskey))
	}
	return account.Proof{Passkey: id, Record: record}, err
}

// withPasskeys is the session's holder, where passkeys work at all.
func (s *Service) withPasskeys(ctx context.Context, of account.Session) (account.Account, error) {
	if s.Passkeys == nil {
		return account.Account{}, ErrNoPasskeys
	}
	return s.Store.Account(ctx, of.Account)
}

// AskToProve asks the session's holder for a passkey.
func (s *Service) AskToProve(ctx context.Context, of account.Session, host string) (Asked, error) {
	ctx = account.Unbound(ctx)
	a, err := s.withPasskeys(ctx, of)
	if err != nil {
		return Asked{}, err
	}
	return s.askOf(ctx, a, host, ceremonyStep{Account: a.ID, Session: of.ID})
}

// ProveByPasskey proves again that the session's holder is there.
func (s *Service) ProveByPasskey(ctx context.Context, of account.Session, ceremony string, answer []byte, from account.Browser) error {
	ctx = account.Unbound(ctx)
	var asked ceremonyStep
	if err := s.Store.TakeStep(ctx, stepAsk, ceremony, &asked); err != nil {
		return over(err)
	}
	if s.Passkeys == nil || asked.Session != of.ID {
		return ErrOver
	}
	credential, err := s.Passkeys.Credential(answer)
	if err != nil {
		return s.refuse(ctx, account.Attempt{Browser: from}, account.WrongPasskey)
	}
	a, _, err := s.Store.PasskeyAttempt(ctx, credential, from)
	if err == nil && a.Account.ID != of.Account {
		return s.refuse(ctx, a, account.WrongPasskey)
	}
	if err != nil {
		return over(err)
	}
	proof, err := s.passkeyProof(ctx, a, asked, answer)
	if err != nil {
		return err
	}
	return s.Store.ProveSession(ctx, of.ID, a, proof)
}

// AskNewPasskey asks the session's holder for a new passkey.
func (s *Service) AskNewPasskey(ctx context.Context, of account.Session, host string) (Asked, error) {
	ctx = account.Unbound(ctx)
	a, err := s.withPasskeys(ctx, of)
	if err != nil {
		return Asked{}, err
	}
	u, err := s.holder(ctx, a)
	if err != nil {
		return Asked{}, err
	}
	c, err := s.Passkeys.Make(u, s.Passkeys.Origin(host))
	if err != nil {
		return Asked{}, err
	}
	return s.asked(ctx, stepMake, c, ceremonyStep{Account: a.ID, Session: of.ID})
}

// AddPasskey gives the session's holder the passkey that was made.
func (s *Service) AddPasskey(ctx context.Context, of account.Session, ceremony string, answer []byte, label string) error {
	ctx = account.Unbound(ctx)
	name, err := account.ParseLabel("name", label)
	if err != nil {
		return err
	}
	var asked ceremonyStep
	if err := s.Store.TakeStep(ctx, stepMake, ceremony, &asked); err != nil {
		return over(err)
	}
	if asked.Session != of.ID || s.Passkeys == nil {
		return ErrOver
	}
	a, err := s.Store.Account(ctx, of.Account)
	if err != nil {
		return err
	}
	made, err := s.Passkeys.Made(account.PasskeyHolder{Handle: a.Handle, Name: a.Name}, asked.State, answer)
	if err != nil {
		return err
	}
	made.Name = name
	return s.Store.AddPasskey(ctx, of.Name, a.ID, made)
}
