package account

import (
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/auth/signin"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// An invitationView is a page on the way to an account.
type invitationView struct {
	shell.View
	Form       shell.Form
	Secret     string
	Invitation account.Invitation
	Step       string
	Name       string
	Phone      phone
	Passkeys   bool
}

// A phone is a signin.Phone as a page shows it.
type phone struct {
	Secret string
	QR     template.URL
}

func shown(p signin.Phone) phone {
	if p.Secret == "" {
		return phone{}
	}
	// The picture is ours, made of a URI that we made.
	return phone{p.Secret, template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(p.QR))} //nolint:gosec // as above
}

// invited finds the invitation, or answers that there is none.
func (p *pages) invited(q *shell.Request) (v invitationView, ok bool, err error) {
	v = invitationView{View: q.View(q.T("Make your account")), Secret: q.Path("secret"), Passkeys: p.door.Passkeys != nil}
	v.Invitation, err = p.store.InvitationBySecret(own(q), v.Secret)
	if errors.Is(err, inventory.ErrNotFound) {
		return v, false, q.Fail(http.StatusNotFound, q.T("This link does not work"),
			q.T("It was used, taken back, or is too old. Ask whoever gave it to you for a new one; if you have made your account with it, sign in."))
	}
	if v.Invitation.Renews != "" {
		v.Title = q.T("Sign in anew")
	}
	return v, err == nil, err
}

func (p *pages) invitation(q *shell.Request) error {
	v, ok, err := p.invited(q)
	if !ok {
		return err
	}
	return q.Render(templates, "invitation", v)
}

func (p *pages) enrol(q *shell.Request) error {
	v, ok, err := p.invited(q)
	if !ok {
		return err
	}
	if v.Form, err = q.Form(); err != nil {
		return err
	}
	if v.Form.Get("password") != v.Form.Get("again") {
		err = &inventory.InputError{Field: "again", Message: "differs from the password", Hint: "type the same twice"}
	} else {
		v.Step, err = p.door.Enrol(q.Context(), v.Secret, v.Form.Get("name"), v.Form.Get("password"))
	}
	v.Form.Values.Del("password")
	v.Form.Values.Del("again")
	if v.Form.Refused(err) {
		return q.RenderForm(templates, "invitation", v)
	}
	if err != nil {
		return err
	}
	v.Form = shell.Form{}
	return p.factor(q, v, http.StatusOK)
}

// factor asks for the second factor.
func (p *pages) factor(q *shell.Request, v invitationView, status int) error {
	name, ph, err := p.door.Enrolling(q.Context(), v.Secret, v.Step)
	if errors.Is(err, signin.ErrOver) {
		v.Form = shell.Form{Problem: &shell.Mistake{Message: q.T("This took too long"), Hint: q.T("Choose name and password once more.")}}
		return q.RenderForm(templates, "invitation", v)
	}
	if err != nil {
		return err
	}
	v.Title, v.Name, v.Phone = q.T("Your second factor"), name, shown(ph)
	return q.RenderStatus(status, templates, "factor", v)
}

func (p *pages) enrolCode(q *shell.Request) error {
	return p.enrolled(q, func(v *invitationView) (signin.Begun, []string, error) {
		return p.door.EnrolByCode(q.Context(), v.Secret, v.Step, v.Form.Get("code"), q.Browser())
	})
}

func (p *pages) enrolPasskey(q *shell.Request) error {
	return p.enrolled(q, func(v *invitationView) (signin.Begun, []string, error) {
		return p.door.EnrolByPasskey(q.Context(), v.Secret, v.Step, v.Form.Get("ceremony"), []byte(v.Form.Get("answer")), q.Browser())
	})
}

// enrolled makes the account, and shows its recovery codes this once.
func (p *pages) enrolled(q *shell.Request, end func(*invitationView) (signin.Begun, []string, error)) error {
	v, ok, err := p.invited(q)
	if !ok {
		return err
	}
	if v.Form, err = q.Form(); err != nil {
		return err
	}
	v.Step = v.Form.Get("step")
	begun, codes, err := end(&v)
	v.Form.Values.Del("code")
	switch {
	case err == nil:
		if err := p.begin(q, begun); err != nil {
			return err
		}
		return q.Render(templates, "recovery-codes", codesView{View: q.View(q.T("Keep your recovery codes")), Codes: codes, Next: "/"})
	case errors.Is(err, account.ErrPasskey):
		v.Form.Problem = &shell.Mistake{Message: q.T("The passkey did not fit"), Hint: q.T("Try again, or use one-time codes.")}
	case errors.Is(err, signin.ErrOver):
		// factor tells what to do
	case v.Form.Refused(err):
		if v.Form.Mistakes["name"] != nil {
			return q.RenderForm(templates, "invitation", v)
		}
	default:
		return err
	}
	return p.factor(q, v, http.StatusUnprocessableEntity)
}

func (p *pages) askEnrolPasskey(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	a, err := p.door.AskEnrolPasskey(q.Context(), q.Path("secret"), f.Get("step"), q.R.Host)
	return asked(q, a, err)
}

// A codesView shows recovery codes, once.
type codesView struct {
	shell.View
	Form  shell.Form
	Codes []string // none asks whether to make new ones
	Left  int
	Next  string
}
