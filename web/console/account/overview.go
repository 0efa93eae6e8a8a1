package account

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// An overviewView is one's own account.
type overviewView struct {
	shell.View
	Form      shell.Form
	Account   account.Account
	Passkeys  []account.Passkey
	CanMake   bool // passkeys
	HasCodes  bool
	Recovery  int
	Sessions  []account.Session
	This      account.SessionID
	Tokens    []account.Token
	Languages []shell.Option
}

func (p *pages) overview(q *shell.Request) error {
	own := q.Session.Preferences
	keys := "on"
	if own.NoKeys {
		keys = "off"
	}
	return p.showOverview(q, http.StatusOK, shell.Form{Values: url.Values{
		"language": {own.Language}, "theme": {own.Theme}, "zone": {own.Zone}, "keys": {keys},
	}})
}

func (p *pages) showOverview(q *shell.Request, status int, f shell.Form) error {
	ctx, id := own(q), q.Session.Account
	v := overviewView{View: q.View(q.T("Your account")), Form: f, This: q.Session.ID, CanMake: p.door.Passkeys != nil, HasCodes: p.door.Sealer != nil}
	var errs [5]error
	v.Account, errs[0] = p.store.Account(ctx, id)
	v.Passkeys, errs[1] = p.store.Passkeys(ctx, id)
	v.Recovery, errs[2] = p.store.RecoveryCodesLeft(ctx, id)
	v.Sessions, errs[3] = p.store.Sessions(ctx, id)
	v.Tokens, errs[4] = p.store.OwnTokens(ctx, id)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	for _, l := range locale.Languages() {
		v.Languages = append(v.Languages, shell.Option{Value: l.Tag, Text: l.Name})
	}
	return q.RenderStatus(status, templates, "account", v)
}

// Live tells whether a token still works.
func (v overviewView) Live(t account.Token) bool { return t.Live(v.Now()) }

func (p *pages) preferences(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	wish := account.Preferences{Language: f.Get("language"), Theme: f.Get("theme"), Zone: f.Get("zone"), NoKeys: f.Get("keys") == "off"}
	var tags []string
	for _, l := range locale.Languages() {
		tags = append(tags, l.Tag)
	}
	if err = wish.Check(tags); err == nil {
		err = p.store.SetPreferences(own(q), q.Session.Account, wish)
	}
	if f.Refused(err) {
		return p.showOverview(q, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	said := locale.Match(q.R.Header.Get("Accept-Language"))
	if wish.Language != "" {
		said = locale.For(wish.Language)
	}
	q.Tell(shell.Note{Kind: "done", Text: said.T("Kept.")})
	return q.Redirect("/account")
}

func (p *pages) revokeSession(q *shell.Request) error {
	id := account.SessionID(q.Path("id"))
	if err := p.store.RevokeSession(own(q), q.Who.User, q.Session.Account, id); err != nil {
		return err
	}
	if id == q.Session.ID {
		q.End()
		return q.Redirect("/sign-in")
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("That browser is signed out.")})
	return q.Redirect("/account#sessions")
}

func (p *pages) revokeSessions(q *shell.Request) error {
	if err := p.store.RevokeSessions(own(q), q.Who.User, q.Session.Account, q.Session.ID); err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("All other browsers are signed out.")})
	return q.Redirect("/account#sessions")
}

// A tokenView makes a token, or shows a new one this once.
type tokenView struct {
	shell.View
	Form   shell.Form
	Secret string
	Latest time.Time // the last day on which a token may end
}

func (p *pages) newToken(q *shell.Request) error {
	return p.showToken(q, http.StatusOK, shell.Form{Values: url.Values{
		"scope": {string(account.Read)}, "expires": {q.Today().AddDate(0, 0, 90).Format(time.DateOnly)},
	}}, "")
}

func (p *pages) showToken(q *shell.Request, status int, f shell.Form, secret string) error {
	return q.RenderStatus(status, templates, "token", tokenView{q.View(q.T("New API token")), f, secret, q.Today().Add(account.LongestToken - 24*time.Hour)})
}

func (p *pages) createToken(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	name, wrongName := account.ParseLabel("name", f.Get("name"))
	until, err := q.LastDay(f, "expires")
	secret := ""
	if err = errors.Join(wrongName, err); err == nil {
		secret, err = p.store.CreateOwnToken(own(q), q.Session.Account, name, account.Scope(f.Get("scope")), until)
	}
	if errors.Is(err, inventory.ErrConflict) {
		err = &inventory.InputError{Field: "name", Value: name, Message: "you have a token of that name, or too many", Hint: "choose another name, or revoke one first"}
	}
	if f.Refused(err) {
		return p.showToken(q, http.StatusUnprocessableEntity, f, "")
	}
	if err != nil {
		return err
	}
	return p.showToken(q, http.StatusOK, f, secret)
}

func (p *pages) revokeToken(q *shell.Request) error {
	if err := p.store.RevokeOwnToken(own(q), q.Session.Account, account.TokenID(q.Path("id"))); err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The token is good for nothing now.")})
	return q.Redirect("/account#tokens")
}
