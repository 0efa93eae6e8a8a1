package account

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/signin"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// A doorView is a page on the way in.
type doorView struct {
	shell.View
	Form     shell.Form
	Next     string // where the way leads
	Kept     string // a form that is kept on the way, as keep wrote it
	Step     signin.Next
	Passkeys bool
	Provider string
	Away     bool // the provider
}

func (p *pages) door0(q *shell.Request, title string, f shell.Form, kept string) doorView {
	v := doorView{View: q.View(title), Form: f, Next: shell.Local(f.Get("next")), Kept: kept, Passkeys: p.door.Passkeys != nil}
	if p.door.Provider != nil {
		v.Provider, v.Away = p.door.Provider.Name(), p.door.Provider.Away()
	}
	return v
}

func (p *pages) signIn(q *shell.Request) error {
	f := shell.Form{Values: q.R.URL.Query()}
	if q.Who.User != "" {
		return q.Redirect(shell.Local(f.Get("next")))
	}
	return q.Render(templates, "sign-in", p.door0(q, q.T("Sign in"), f, ""))
}

// Expired answers a form that came without a session: it is kept on the way
// through sign-in.
func Expired(door *signin.Service) func(*shell.Request) error {
	p := &pages{door: door}
	return func(q *shell.Request) error {
		f, err := q.Form()
		if err != nil {
			return err
		}
		kept, whole := keep(q, f)
		view := p.door0(q, q.T("Sign in"), shell.Form{Values: map[string][]string{"next": {q.Opens(q.R.URL.Path)}}}, kept)
		view.Form.Problem = &shell.Mistake{Message: q.T("You are not signed in any more"), Hint: q.T("Sign in again. What you typed is kept, and you can send it then.")}
		if !whole {
			view.Form.Problem.Hint = q.T("Sign in again. What you sent was too large to keep, or had a file: go back in your browser to copy it first.")
		}
		return q.RenderStatus(http.StatusUnauthorized, templates, "sign-in", view)
	}
}

func (p *pages) password(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	next, err := p.door.Password(q.Context(), f.Get("name"), f.Get("password"), q.Browser())
	if err != nil {
		return p.refused(q, "sign-in", p.door0(q, q.T("Sign in"), f, f.Get("kept")), err)
	}
	view := p.door0(q, q.T("Second step"), f, f.Get("kept"))
	view.Step = next
	return q.Render(templates, "code", view)
}

// refused shows a way-in page again. Nothing tells which part was wrong.
func (p *pages) refused(q *shell.Request, page string, v doorView, err error) error {
	status := http.StatusUnprocessableEntity
	v.Form.Values.Del("password")
	v.Form.Values.Del("code")
	throttled, slow := errors.AsType[*account.ThrottledError](err)
	switch {
	case slow:
		status = http.StatusTooManyRequests
		q.W.Header().Set("Retry-After", strconv.Itoa(throttled.Seconds()))
		v.Form.Problem = &shell.Mistake{
			Message: q.T("There were too many attempts"),
			Hint:    q.N("Wait %s second, and try again.", "Wait %s seconds, and try again.", throttled.Seconds()),
		}
	case errors.Is(err, signin.ErrOver):
		page = "sign-in"
		v.Form.Problem = &shell.Mistake{Message: q.T("This sign-in is over"), Hint: q.T("It took too long, was tried too often or is finished. Begin again.")}
	case errors.Is(err, account.ErrRefused) && page == "code":
		v.Form.Problem = &shell.Mistake{Message: q.T("That did not fit"), Hint: q.T("A code works once. Wait for the next one, or use a recovery code.")}
	case errors.Is(err, account.ErrRefused):
		v.Form.Problem = &shell.Mistake{Message: q.T("Name, password or code is wrong"), Hint: q.T("Try again. Who has lost the way in asks an administrator for a new invitation.")}
	default:
		return err
	}
	v.Title = q.T("Sign in")
	return q.RenderStatus(status, templates, page, v)
}

func (p *pages) code(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	begun, again, err := p.door.Code(q.Context(), f.Get("step"), f.Get("code"), q.Browser())
	if err != nil {
		view := p.door0(q, q.T("Second step"), f, f.Get("kept"))
		view.Step = again
		return p.refused(q, "code", view, err)
	}
	return p.arrive(q, begun, f.Get("next"), f.Get("kept"))
}

// arrive ends the way in: where it led to, or with the form that was kept.
func (p *pages) arrive(q *shell.Request, b signin.Begun, next, kept string) error {
	if err := p.begin(q, b); err != nil {
		return err
	}
	if form, ok := open(q, kept); ok {
		return q.Render(templates, "kept", keptView{q.View(q.T("You are signed in again")), form, q.Opens(form.Path)})
	}
	return q.Redirect(shell.Local(next))
}

// asked answers the script that asks for a passkey.
func asked(q *shell.Request, a signin.Asked, err error) error {
	if errors.Is(err, signin.ErrOver) || errors.Is(err, signin.ErrNoPasskeys) || errors.Is(err, signin.ErrNoneYet) || errors.Is(err, inventory.ErrNotFound) {
		http.Error(q.W, err.Error(), http.StatusConflict)
		return nil
	}
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.W).Encode(a)
}

func (p *pages) askPasskey(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	a, err := p.door.AskPasskey(q.Context(), f.Get("step"), q.R.Host)
	return asked(q, a, err)
}

func (p *pages) passkey(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	begun, again, err := p.door.Passkey(q.Context(), f.Get("step"), f.Get("ceremony"), []byte(f.Get("answer")), q.Browser())
	if err != nil {
		view := p.door0(q, q.T("Sign in"), f, f.Get("kept"))
		page := "sign-in"
		if view.Step = again; again.Step != "" {
			page = "code"
		}
		return p.refused(q, page, view, err)
	}
	return p.arrive(q, begun, f.Get("next"), f.Get("kept"))
}

func (p *pages) signOut(q *shell.Request) error {
	if q.Who.User != "" {
		err := p.store.RevokeSession(own(q), q.Who.User, q.Session.Account, q.Session.ID)
		if err != nil && !errors.Is(err, inventory.ErrNotFound) { // another tab was first
			return err
		}
	}
	q.End()
	q.Tell(shell.Note{Kind: "done", Text: q.T("You are signed out.")})
	return q.Redirect("/sign-in")
}

// flowCookie ties a browser to its sign-in at the provider.
const flowCookie = "ciiscan-provider"

func (p *pages) toProvider(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	if p.door.Provider == nil {
		return &absent{}
	}
	kept := f.Get("kept")
	if _, ok := open(q, kept); !ok {
		kept = "" // anybody may send anything, and here it would be stored
	}
	back, err := json.Marshal([]string{shell.Local(f.Get("next")), kept})
	if err != nil {
		return err
	}
	address, cookie, err := p.door.ToProvider(q.Context(), string(back))
	if errors.Is(err, inventory.ErrUnavailable) {
		return q.Fail(http.StatusServiceUnavailable, q.T("The provider does not answer"), q.T("Try again in a minute, or sign in with a password if you have one here."))
	}
	if err != nil {
		return err
	}
	q.Remember(flowCookie, cookie, "/sign-in/provider")
	// A form may lead only to this server (form-action), so that the browser
	// is sent on by a page.
	q.W.Header().Set("Refresh", "0; url="+address)
	view := p.door0(q, q.T("On to %s", p.door.Provider.Name()), f, "")
	view.Next = address
	return q.Render(templates, "onward", view)
}

type absent struct{}

func (*absent) Error() string        { return "no provider is set up" }
func (*absent) Is(target error) bool { return target == inventory.ErrNotFound }

func (p *pages) fromProvider(q *shell.Request) error {
	if p.door.Provider == nil {
		return &absent{}
	}
	c, err := q.R.Cookie(flowCookie)
	if err != nil {
		c = &http.Cookie{}
	}
	q.Remember(flowCookie, "", "/sign-in/provider")
	begun, kept, err := p.door.FromProvider(q.Context(), c.Value, q.R.URL.Query(), q.Browser())
	back := []string{"/", ""}
	if json.Unmarshal([]byte(kept), &back) != nil || len(back) != 2 {
		back = []string{"/", ""}
	}
	switch {
	case err == nil:
		return p.arrive(q, begun, back[0], back[1])
	case errors.Is(err, account.ErrNoRole):
		return q.Fail(http.StatusForbidden, q.T("You have no role here"),
			q.T("%s knows you, and none of your groups has a role in this installation. Ask an administrator for a group that has one.", p.door.Provider.Name()))
	case errors.Is(err, account.ErrNameTaken):
		return q.Fail(http.StatusForbidden, q.T("Another account has your name"), q.T("Ask an administrator: the account that has it is not joined to yours."))
	case errors.Is(err, account.ErrRefused):
		return q.Fail(http.StatusForbidden, q.T("You may not sign in"), q.T("Ask an administrator. The audit log says why."))
	case errors.Is(err, inventory.ErrUnavailable):
		return q.Fail(http.StatusServiceUnavailable, q.T("The provider does not answer"), q.T("Try again in a minute."))
	case errors.Is(err, inventory.ErrConflict):
		return q.Fail(http.StatusForbidden, q.T("You may not sign in"), q.T("Your groups have changed, and you are the last administrator. Whoever runs the machine can make somebody else one first: ciiscan user role."))
	case !errors.Is(err, signin.ErrOver) && !errors.Is(err, account.ErrAnswer):
		return err
	}
	view := p.door0(q, q.T("Sign in"), shell.Form{Values: map[string][]string{"next": {back[0]}}}, back[1])
	view.Form.Problem = &shell.Mistake{Message: q.T("The provider's answer did not fit"), Hint: q.T("It may be too late, or of another tab. Begin again here.")}
	return q.RenderStatus(http.StatusForbidden, templates, "sign-in", view)
}
