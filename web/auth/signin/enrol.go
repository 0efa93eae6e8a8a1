package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/account/password"
	"github.com/ciiscan/ciiscan/web/auth/account/totp"
)

// enrolLife is how long somebody may look for the phone.
const enrolLife = 30 * time.Minute

// An enrolStep is an invitation whose name and password were chosen.
type enrolStep struct {
	Invitation account.Hash
	Name       string
	Handle     string
	Password   string // its hash
	Key        string // of one-time codes, sealed; "" where there are none
}

// A Phone is what an authenticator program is told.
type Phone struct {
	Secret string // to type
	QR     []byte // PNG, to scan
}

// Enrol begins an account: it checks name and password, and keeps them for
// the second factor. Of an account that is set anew the name stays, whatever
// was typed.
func (s *Service) Enrol(ctx context.Context, invitation, typed, pass string) (step string, err error) {
	ctx = account.Unbound(ctx)
	inv, err := s.Store.InvitationBySecret(ctx, invitation)
	if err != nil {
		return "", err
	}
	name, handle, wrong := inv.Name, "", error(nil)
	if inv.Renews != "" {
		of, err := s.Store.Account(ctx, inv.Renews)
		if err != nil {
			return "", err
		}
		typed, handle = of.Name, of.Handle
	} else {
		handle = account.NewHandle()
		if name, wrong = s.newName(ctx, typed); wrong != nil && !errors.Is(wrong, inventory.ErrInvalid) {
			return "", wrong
		}
	}
	if err := errors.Join(wrong, password.Check(pass, account.Fold(typed))); err != nil {
		return "", err
	}
	e := enrolStep{Invitation: account.HashSecret(invitation), Name: name, Handle: handle}
	if e.Password, err = s.Hasher.Hash(ctx, pass); err != nil {
		return "", err
	}
	if e.Key, err = s.newKey(name, e.Handle); err != nil {
		return "", err
	}
	return s.Store.KeepStep(ctx, stepEnrol, e, enrolLife)
}

// newName is what was typed, if nobody has it.
func (s *Service) newName(ctx context.Context, typed string) (string, error) {
	name, err := account.ParseName(typed)
	if err != nil {
		return "", err
	}
	taken, err := s.Store.NameTaken(ctx, name)
	if err == nil && taken {
		err = nameTaken(name)
	}
	return name, err
}

func nameTaken(name string) error {
	return &inventory.InputError{Field: "name", Value: name, Message: "somebody has that name", Hint: "choose another"}
}

// newKey makes a key for one-time codes, sealed; "" when there are none here.
func (s *Service) newKey(name, handle string) (string, error) {
	if s.Sealer == nil {
		return "", nil
	}
	key, err := totp.New(s.Site, name)
	if err != nil {
		return "", err
	}
	return s.Sealer.Seal(key.URI, handle), nil
}

// phone opens a key of newKey; it is empty when there is none.
func (s *Service) phone(sealed, handle string) (Phone, error) {
	if s.Sealer == nil || sealed == "" {
		return Phone{}, nil
	}
	uri, err := s.Sealer.Open(sealed, handle)
	if err != nil {
		return Phone{}, err
	}
	secret, qr, err := totp.Show(uri)
	return Phone{secret, qr}, err
}

// Enrolling tells what the second factor is made of.
func (s *Service) Enrolling(ctx context.Context, invitation, step string) (name string, p Phone, err error) {
	e, err := s.enrolling(account.Unbound(ctx), invitation, step)
	if err != nil {
		return "", Phone{}, err
	}
	p, err = s.phone(e.Key, e.Handle)
	return e.Name, p, err
}

func (s *Service) enrolling(ctx context.Context, invitation, step string) (enrolStep, error) {
	var e enrolStep
	if err := s.Store.Step(ctx, stepEnrol, step, &e); err != nil {
		return e, over(err)
	}
	if e.Invitation != account.HashSecret(invitation) {
		return e, ErrOver
	}
	return e, nil
}

// wrongCode refuses the first code of a phone.
func wrongCode() error {
	return &inventory.InputError{
		Field: "code", Message: "is not the code of now", Hint: "type the six digits that the phone shows; its clock has to be right",
	}
}

// firstCode checks the first code of a new key, and returns what is stored.
func (s *Service) firstCode(sealed, handle, typed string) (secret string, step int64, err error) {
	p, err := s.phone(sealed, handle)
	if err != nil {
		return "", 0, err
	}
	if step, _ = totp.Match(p.Secret, typed, s.Now(), 0); step == 0 {
		return "", 0, wrongCode()
	}
	return s.Sealer.Seal(p.Secret, handle), step, nil
}

// EnrolByCode makes the account, with one-time codes. The recovery codes are
// returned here and nowhere else.
func (s *Service) EnrolByCode(ctx context.Context, invitation, step, code string, from account.Browser) (Begun, []string, error) {
	ctx = account.Unbound(ctx)
	e, err := s.enrolling(ctx, invitation, step)
	if err != nil {
		return Begun{}, nil, err
	}
	secret, used, err := s.firstCode(e.Key, e.Handle, code)
	if err != nil {
		return Begun{}, nil, err
	}
	return s.accept(ctx, invitation, step, e, account.Enrolment{TOTPSecret: secret, TOTPStep: used}, from)
}

// AskEnrolPasskey asks for the first passkey of an account.
func (s *Service) AskEnrolPasskey(ctx context.Context, invitation, step, host string) (Asked, error) {
	ctx = account.Unbound(ctx)
	if s.Passkeys == nil {
		return Asked{}, ErrNoPasskeys
	}
	e, err := s.enrolling(ctx, invitation, step)
	if err != nil {
		return Asked{}, err
	}
	c, err := s.Passkeys.Make(account.PasskeyHolder{Handle: e.Handle, Name: e.Name}, s.Passkeys.Origin(host))
	if err != nil {
		return Asked{}, err
	}
	return s.asked(ctx, stepMake, c, ceremonyStep{Step: account.HashSecret(step)})
}

// EnrolByPasskey makes the account, with a passkey.
func (s *Service) EnrolByPasskey(ctx context.Context, invitation, step, ceremony string, answer []byte, from account.Browser) (Begun, []string, error) {
	ctx = account.Unbound(ctx)
	e, err := s.enrolling(ctx, invitation, step)
	if err != nil {
		return Begun{}, nil, err
	}
	var asked ceremonyStep
	if err := s.Store.TakeStep(ctx, stepMake, ceremony, &asked); err != nil {
		return Begun{}, nil, over(err)
	}
	if asked.Step != account.HashSecret(step) || s.Passkeys == nil {
		return Begun{}, nil, ErrOver
	}
	made, err := s.Passkeys.Made(account.PasskeyHolder{Handle: e.Handle, Name: e.Name}, asked.State, answer)
	if err != nil {
		return Begun{}, nil, err
	}
	made.Name = "first passkey"
	return s.accept(ctx, invitation, step, e, account.Enrolment{Passkey: &made}, from)
}

func (s *Service) accept(ctx context.Context, invitation, step string, e enrolStep, with account.Enrolment, from account.Browser) (Begun, []string, error) {
	codes := account.NewRecoveryCodes()
	with.Name, with.Handle, with.PasswordHash, with.Recovery = e.Name, e.Handle, e.Password, account.HashAllRecovery(codes)
	made, err := s.Store.AcceptInvitation(ctx, invitation, with)
	if errors.Is(err, inventory.ErrConflict) {
		if taken, looking := s.Store.NameTaken(ctx, e.Name); looking == nil && taken {
			err = nameTaken(e.Name)
		}
	}
	if err != nil {
		return Begun{}, nil, err
	}
	if err := s.Store.TakeStep(ctx, stepEnrol, step, &e); err != nil && !errors.Is(err, inventory.ErrNotFound) {
		return Begun{}, nil, fmt.Errorf("end enrolment: %w", err)
	}
	var out Begun
	out.Secret, out.Session, err = s.Store.EnrolledSession(ctx, made.ID, from)
	return out, codes, err
}
