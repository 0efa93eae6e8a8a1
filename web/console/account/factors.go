package account

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/signin"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// proven lets through who has proved lately to be there, and asks others to.
func (p *pages) proven(page func(*shell.Request) error) func(*shell.Request) error {
	return func(q *shell.Request) error {
		if q.Session.Proven(q.Now()) {
			return page(q)
		}
		next := q.R.URL.Path
		if q.R.Method != http.MethodGet { // its text is sent again from its page
			next = "/account"
		}
		return q.Redirect("/account/prove?" + url.Values{"next": {next}}.Encode())
	}
}

// A factorView is a form about what one signs in with.
type factorView struct {
	shell.View
	Form     shell.Form
	Next     string
	Step     string
	Phone    phone
	Passkeys bool
	Foreign  bool
}

func (p *pages) prove(q *shell.Request) error {
	return p.showProve(q, http.StatusOK, shell.Form{Values: q.R.URL.Query()})
}

func (p *pages) showProve(q *shell.Request, status int, f shell.Form) error {
	a, err := p.store.Account(own(q), q.Session.Account)
	if err != nil {
		return err
	}
	return q.RenderStatus(status, templates, "prove", factorView{
		View: q.View(q.T("Show that it is you")), Form: f, Next: shell.Local(f.Get("next")), Passkeys: p.door.Passkeys != nil, Foreign: a.Foreign(),
	})
}

func (p *pages) proved(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	err = p.door.Prove(q.Context(), q.Session, f.Get("password"), f.Get("code"), q.Browser())
	return p.afterProof(q, f, err)
}

func (p *pages) provedByPasskey(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	err = p.door.ProveByPasskey(q.Context(), q.Session, f.Get("ceremony"), []byte(f.Get("answer")), q.Browser())
	return p.afterProof(q, f, err)
}

func (p *pages) afterProof(q *shell.Request, f shell.Form, err error) error {
	next := shell.Local(f.Get("next"))
	f.Values = url.Values{"next": {next}}
	status := http.StatusUnprocessableEntity
	throttled, slow := errors.AsType[*account.ThrottledError](err)
	switch {
	case err == nil:
		return q.Redirect(next)
	case slow:
		status = http.StatusTooManyRequests
		q.W.Header().Set("Retry-After", strconv.Itoa(throttled.Seconds()))
		f.Problem = &shell.Mistake{
			Message: q.T("There were too many attempts"),
			Hint:    q.N("Wait %s second, and try again.", "Wait %s seconds, and try again.", throttled.Seconds()),
		}
	case errors.Is(err, account.ErrRefused), errors.Is(err, signin.ErrOver):
		f.Problem = &shell.Mistake{Message: q.T("That did not fit"), Hint: q.T("Type your password, or a code that you have not used yet.")}
	default:
		return err
	}
	return p.showProve(q, status, f)
}

func (p *pages) askToProve(q *shell.Request) error {
	a, err := p.door.AskToProve(q.Context(), q.Session, q.R.Host)
	return asked(q, a, err)
}

func (p *pages) newPassword(q *shell.Request) error {
	return q.Render(templates, "password", factorView{View: q.View(q.T("Change your password"))})
}

func (p *pages) setPassword(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	if f.Get("password") != f.Get("again") {
		err = &inventory.InputError{Field: "again", Message: "differs from the password", Hint: "type the same twice"}
	} else {
		err = p.door.ChangePassword(q.Context(), q.Session, f.Get("password"))
	}
	f.Values = nil
	if f.Refused(err) {
		return q.RenderForm(templates, "password", factorView{View: q.View(q.T("Change your password")), Form: f})
	}
	return p.changed(q, err, q.T("Your password is changed, and your other browsers are signed out."))
}

// changed ends a change: what is impossible is told as it is.
func (p *pages) changed(q *shell.Request, err error, done string) error {
	if errors.Is(err, inventory.ErrConflict) {
		return q.Fail(http.StatusConflict, q.T("This cannot be done"), err.Error())
	}
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: done})
	return q.Redirect("/account#security")
}

func (p *pages) newCodes(q *shell.Request) error {
	step, ph, err := p.door.NewCodes(q.Context(), q.Session)
	if err != nil {
		return err
	}
	return q.Render(templates, "codes", factorView{View: q.View(q.T("One-time codes")), Step: step, Phone: shown(ph)})
}

func (p *pages) setCodes(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	step := f.Get("step")
	ph, err := p.door.CheckCodes(q.Context(), q.Session, step, f.Get("code"))
	f.Values = nil
	if errors.Is(err, signin.ErrOver) {
		q.Tell(shell.Note{Kind: "warning", Text: q.T("That took too long. Here is a new picture.")})
		return q.Redirect("/account/codes")
	}
	if f.Refused(err) {
		return q.RenderForm(templates, "codes", factorView{View: q.View(q.T("One-time codes")), Form: f, Step: step, Phone: shown(ph)})
	}
	return p.changed(q, err, q.T("Your phone's codes count from now on, and your other browsers are signed out."))
}

func (p *pages) recovery(q *shell.Request) error {
	left, err := p.store.RecoveryCodesLeft(own(q), q.Session.Account)
	if err != nil {
		return err
	}
	return q.Render(templates, "recovery-codes", codesView{View: q.View(q.T("New recovery codes")), Left: left})
}

func (p *pages) newRecovery(q *shell.Request) error {
	codes, err := p.door.NewRecovery(q.Context(), q.Session)
	if err != nil {
		return err
	}
	return q.Render(templates, "recovery-codes", codesView{View: q.View(q.T("Keep your recovery codes")), Codes: codes, Next: "/account"})
}

func (p *pages) newPasskey(q *shell.Request) error {
	return q.Render(templates, "passkey", factorView{View: q.View(q.T("New passkey")), Passkeys: p.door.Passkeys != nil})
}

func (p *pages) askNewPasskey(q *shell.Request) error {
	a, err := p.door.AskNewPasskey(q.Context(), q.Session, q.R.Host)
	return asked(q, a, err)
}

func (p *pages) addPasskey(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	err = p.door.AddPasskey(q.Context(), q.Session, f.Get("ceremony"), []byte(f.Get("answer")), f.Get("name"))
	view := factorView{View: q.View(q.T("New passkey")), Passkeys: true}
	if errors.Is(err, account.ErrPasskey) || errors.Is(err, signin.ErrOver) {
		f.Problem = &shell.Mistake{Message: q.T("The passkey did not fit"), Hint: q.T("Try again.")}
	} else if !f.Refused(err) {
		return p.changed(q, err, q.T("The passkey is yours now."))
	}
	view.Form = f
	return q.RenderForm(templates, "passkey", view)
}

func (p *pages) renamePasskey(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	name, err := account.ParseLabel("name", f.Get("name"))
	if err != nil {
		return q.Fail(http.StatusUnprocessableEntity, q.T("A passkey needs a name"), q.T("Use a word by which you will know it, such as laptop."))
	}
	err = p.store.RenamePasskey(own(q), q.Who.User, q.Session.Account, account.PasskeyID(q.Path("id")), name)
	return p.changed(q, err, q.T("Kept."))
}

func (p *pages) removePasskey(q *shell.Request) error {
	err := p.store.RemovePasskey(own(q), q.Who.User, q.Session.Account, account.PasskeyID(q.Path("id")))
	return p.changed(q, err, q.T("The passkey opens nothing any more. Remove it from your device, too."))
}
