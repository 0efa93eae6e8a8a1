// Package account is how people sign in, make an account of an invitation,
// and keep what they sign in with. Its pages call the sign-in service, and not
// the API: nobody may do these things for another.
package account

import (
	"context"
	"embed"
	"errors"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/signin"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var templates = shell.Parse(files)

// Store keeps what people see and change of their own accounts.
type Store interface {
	Account(ctx context.Context, id account.ID) (account.Account, error)
	SetPreferences(ctx context.Context, id account.ID, p account.Preferences) error
	InvitationBySecret(ctx context.Context, secret string) (account.Invitation, error)

	Passkeys(ctx context.Context, of account.ID) ([]account.Passkey, error)
	RenamePasskey(ctx context.Context, who string, of account.ID, id account.PasskeyID, name string) error
	RemovePasskey(ctx context.Context, who string, of account.ID, id account.PasskeyID) error
	RecoveryCodesLeft(ctx context.Context, id account.ID) (int, error)

	Sessions(ctx context.Context, id account.ID) ([]account.Session, error)
	RevokeSession(ctx context.Context, who string, of account.ID, id account.SessionID) error
	RevokeSessions(ctx context.Context, who string, of account.ID, keep account.SessionID) error

	CreateOwnToken(ctx context.Context, of account.ID, name string, scope account.Scope, expires time.Time) (string, error)
	OwnTokens(ctx context.Context, of account.ID) ([]account.Token, error)
	RevokeOwnToken(ctx context.Context, of account.ID, id account.TokenID) error
}

// pages are the pages at work.
type pages struct {
	door  *signin.Service
	store Store
}

// Pages are the pages of accounts.
func Pages(door *signin.Service, store Store) []shell.Page {
	p := &pages{door, store}
	return []shell.Page{
		{Route: "GET /sign-in", Public: true, Handle: p.signIn},
		{Route: "POST /sign-in", Public: true, Handle: p.password},
		{Route: "POST /sign-in/code", Public: true, Handle: p.code},
		{Route: "POST /sign-in/passkey/ask", Public: true, Handle: p.askPasskey},
		{Route: "POST /sign-in/passkey", Public: true, Handle: p.passkey},
		{Route: "POST /sign-in/provider", Public: true, Handle: p.toProvider},
		{Route: "GET /sign-in/provider", Public: true, Handle: p.fromProvider},
		{Route: "POST /sign-out", Public: true, Handle: p.signOut},

		{Route: "GET /invitation/{secret}", Public: true, Handle: p.invitation},
		{Route: "POST /invitation/{secret}", Public: true, Handle: p.enrol},
		{Route: "POST /invitation/{secret}/code", Public: true, Handle: p.enrolCode},
		{Route: "POST /invitation/{secret}/passkey/ask", Public: true, Handle: p.askEnrolPasskey},
		{Route: "POST /invitation/{secret}/passkey", Public: true, Handle: p.enrolPasskey},

		{Route: "GET /account", Handle: p.overview},
		{Route: "POST /account/preferences", Handle: p.preferences},
		{Route: "GET /account/prove", Handle: p.prove},
		{Route: "POST /account/prove", Handle: p.proved},
		{Route: "POST /account/prove/passkey/ask", Handle: p.askToProve},
		{Route: "POST /account/prove/passkey", Handle: p.provedByPasskey},
		{Route: "GET /account/password", Handle: p.proven(p.newPassword)},
		{Route: "POST /account/password", Handle: p.proven(p.setPassword)},
		{Route: "GET /account/codes", Handle: p.proven(p.newCodes)},
		{Route: "POST /account/codes", Handle: p.proven(p.setCodes)},
		{Route: "GET /account/recovery", Handle: p.proven(p.recovery)},
		{Route: "POST /account/recovery", Handle: p.proven(p.newRecovery)},
		{Route: "GET /account/passkeys", Handle: p.proven(p.newPasskey)},
		{Route: "POST /account/passkeys/ask", Handle: p.proven(p.askNewPasskey)},
		{Route: "POST /account/passkeys", Handle: p.proven(p.addPasskey)},
		{Route: "POST /account/passkeys/{id}/rename", Handle: p.renamePasskey},
		{Route: "POST /account/passkeys/{id}/remove", Handle: p.proven(p.removePasskey)},
		{Route: "POST /account/sessions/{id}/revoke", Handle: p.revokeSession},
		{Route: "POST /account/sessions/revoke", Handle: p.revokeSessions},
		{Route: "GET /account/tokens", Handle: p.proven(p.newToken)},
		{Route: "POST /account/tokens", Handle: p.proven(p.createToken)},
		{Route: "POST /account/tokens/{id}/revoke", Handle: p.revokeToken},
	}
}

// own is the context of calls about one's own account: no operator's session
// of the database reads how one signs in.
func own(q *shell.Request) context.Context { return account.Unbound(q.Context()) }

// begin puts the session into the browser, in place of the one that was there:
// the browser forgets that one's secret, so that nobody could end it here.
func (p *pages) begin(q *shell.Request, b signin.Begun) error {
	if q.Session.ID != "" {
		err := p.store.RevokeSession(own(q), q.Who.User, q.Session.Account, q.Session.ID)
		if err != nil && !errors.Is(err, inventory.ErrNotFound) {
			return err
		}
	}
	q.Begin(b.Secret, b.Session.Until)
	q.Session, q.Who = b.Session, b.Session.Identity()
	return nil
}
