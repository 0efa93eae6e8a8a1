package signin

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/ciiscan/ciiscan/web/auth/account"
)

// A flowStep is a browser that went to the provider.
type flowStep struct {
	Flow json.RawMessage
	Kept string
}

// ToProvider returns where the browser goes, and the secret of a cookie that
// it brings back, so that nobody is signed in by another's answer. kept comes
// back, too.
func (s *Service) ToProvider(ctx context.Context, kept string) (address, cookie string, err error) {
	address, flow, err := s.Provider.Begin(ctx)
	if err != nil {
		return "", "", err
	}
	cookie, err = s.Store.KeepStep(account.Unbound(ctx), stepProvider, flowStep{flow, kept}, 2*account.AttemptLife)
	return address, cookie, err
}

// FromProvider ends the sign-in with the provider's answer. Who has no role is
// account.ErrNoRole, and written down; what an earlier role gave ends.
func (s *Service) FromProvider(ctx context.Context, cookie string, query url.Values, from account.Browser) (out Begun, kept string, err error) {
	ctx = account.Unbound(ctx)
	var step flowStep
	if err := s.Store.TakeStep(ctx, stepProvider, cookie, &step); err != nil {
		return Begun{}, "", over(err)
	}
	person, err := s.Provider.Finish(ctx, step.Flow, query)
	if errors.Is(err, account.ErrNoRole) {
		refused := account.Attempt{Account: account.Account{Name: person.Name}, Browser: from}
		return Begun{}, step.Kept, errors.Join(err, s.refuse(ctx, refused, account.NoRole), s.Store.LoseRole(ctx, person))
	}
	if err != nil {
		return Begun{}, step.Kept, err
	}
	out.Secret, out.Session, err = s.Store.SignInForeign(ctx, person, from)
	return out, step.Kept, err
}
