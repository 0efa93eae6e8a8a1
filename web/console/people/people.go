// Package people shows who may sign in: everybody to administrators, its own
// people to an organisation's.
package people

import (
	"embed"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var templates = shell.Parse(files)

// Pages are the pages of people.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /people", Needs: "list-accounts", Handle: list},
		{Route: "GET /people/found", Needs: "list-colleagues", Handle: found},
		{Route: "GET /people/invite", Needs: "create-invitation", Handle: newInvitation},
		{Route: "POST /people/invite", Needs: "create-invitation", Handle: invite},
		{Route: "GET /invitations", Needs: "list-invitations", Handle: invitations},
		{Route: "POST /invitations/{id}/revoke", Needs: "revoke-invitation", Handle: revokeInvitation},
		{Route: "GET /people/{id}", Needs: "get-account", Handle: person},
		{Route: "POST /people/{id}/disable", Needs: "disable-account", Handle: disable},
		{Route: "POST /people/{id}/enable", Needs: "enable-account", Handle: enable},
		{Route: "POST /people/{id}/reset", Needs: "reset-account", Handle: reset},
		{Route: "POST /people/{id}/role", Needs: "set-account-role", Handle: setRole},
		{Route: "POST /people/{id}/sessions/revoke", Needs: "revoke-account-sessions", Handle: revokeSessions},
		{Route: "POST /people/{id}/sessions/{session}/revoke", Needs: "revoke-account-session", Handle: revokeSession},
	}
}

// roles are all of them, the CERT's own first.
var roles = []string{"administrator", "analyst", "approver", "legal_officer", "auditor", "operator_admin", "operator"}

// rolesFor are those that the reader may give.
func rolesFor(q *shell.Request, v shell.View) []shell.Option {
	given := roles
	if q.Who.Bound() {
		given = roles[len(roles)-2:]
	}
	var out []shell.Option
	for _, r := range given {
		out = append(out, shell.Option{Value: r, Text: v.RoleName(r), Hint: v.Word(purposes[r])})
	}
	return out
}

// purposes say what each role is for.
var purposes = map[string]string{
	"administrator":  locale.Key("runs the installation"),
	"analyst":        locale.Key("registers, scans, works on findings, drafts advisories"),
	"approver":       locale.Key("reads, and approves what analysts draft"),
	"legal_officer":  locale.Key("reads, and agrees to what is red or of an incident"),
	"auditor":        locale.Key("reads everything, the audit log included"),
	"operator_admin": locale.Key("keeps the register and the people of one organisation"),
	"operator":       locale.Key("sees one organisation and answers its findings"),
}

// title is what the reader calls the list.
func title(q *shell.Request) string {
	if q.Who.Bound() {
		return q.T("People")
	}
	return q.T("Users & roles")
}

type listView struct {
	shell.View
	Form  shell.Form
	List  wire.List[wire.Account]
	Roles []shell.Option
}

// found answers fields that look up somebody of the CERT while one types.
func found(q *shell.Request) error {
	all, err := q.API.Colleagues(q.Context(), q.R.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	var options []shell.Option
	v := q.View("")
	for _, c := range all {
		options = append(options, shell.Option{Value: c.Name, Text: v.RoleName(c.Role)})
	}
	return q.Options(options)
}

func list(q *shell.Request) error {
	found, err := q.API.AccountPage(q.Context(), q.Filters())
	if err != nil {
		return err
	}
	v := listView{View: q.View(title(q)), Form: shell.Form{Values: q.R.URL.Query()}, List: found}
	v.Roles = rolesFor(q, v.View)
	shell.Learn(q, "org", found.Items, func(v wire.Account) string { return v.OrgID })
	return q.Render(templates, "list", v)
}

type inviteView struct {
	shell.View
	Form  shell.Form
	Roles []shell.Option
	Link  string // of the new invitation, shown this once
	Until wire.InvitationLink
}

func newInvitation(q *shell.Request) error {
	v := inviteView{View: q.View(q.T("Invite somebody")), Form: shell.Form{Values: q.R.URL.Query()}}
	v.Roles = rolesFor(q, v.View)
	return q.Render(templates, "invite", v)
}

func invite(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	v := inviteView{View: q.View(q.T("Invite somebody")), Form: f}
	v.Roles = rolesFor(q, v.View)
	v.Until, err = q.API.Invite(q.Context(), wire.NewInvitation{Role: f.Get("role"), OrgID: f.Get("organisation")})
	if v.Form.Refused(err) {
		return q.RenderForm(templates, "invite", v)
	}
	if err != nil {
		return err
	}
	v.Link = v.Until.URL
	return q.Render(templates, "invite", v)
}

type invitationsView struct {
	shell.View
	List wire.List[wire.Invitation]
}

func invitations(q *shell.Request) error {
	found, err := q.API.InvitationPage(q.Context(), q.Filters())
	if err != nil {
		return err
	}
	shell.Learn(q, "org", found.Items, func(v wire.Invitation) string { return v.OrgID })
	return q.Render(templates, "invitations", invitationsView{q.View(q.T("Invitations")), found})
}

func revokeInvitation(q *shell.Request) error {
	return done(q, q.API.RevokeInvitation(q.Context(), q.Path("id")), q.T("The link does not work any more."), "/invitations")
}

type personView struct {
	shell.View
	Form     shell.Form
	Account  wire.Account
	Sessions []wire.Session
	Roles    []shell.Option
}

func person(q *shell.Request) error {
	return show(q, http.StatusOK, shell.Form{})
}

func show(q *shell.Request, status int, f shell.Form) error {
	a, err := q.API.Account(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	v := personView{View: q.View(a.Name), Account: a, Form: f}
	if f.Values == nil {
		v.Form.Values = url.Values{"role": {a.Role}, "organisation": {a.OrgID}}
	}
	v.Roles = rolesFor(q, v.View)
	if q.May("list-account-sessions") {
		if v.Sessions, err = q.API.AccountSessions(q.Context(), a.ID); err != nil {
			return err
		}
	}
	return q.RenderStatus(status, templates, "person", v)
}

// done ends an act: what is impossible is told on a page that says so.
func done(q *shell.Request, err error, text, next string) error {
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: text})
	return q.Redirect(next)
}

func disable(q *shell.Request) error {
	_, err := q.API.DisableAccount(q.Context(), q.Path("id"))
	return done(q, err, q.T("Nobody signs in by this account any more. Its sessions, tokens and invitations have ended."), "/people/"+url.PathEscape(q.Path("id")))
}

func enable(q *shell.Request) error {
	_, err := q.API.EnableAccount(q.Context(), q.Path("id"))
	return done(q, err, q.T("This account may sign in again."), "/people/"+url.PathEscape(q.Path("id")))
}

type resetView struct {
	shell.View
	Account wire.Account
	Link    wire.AccountReset
}

// reset shows the link for somebody who lost what opens the account, once.
func reset(q *shell.Request) error {
	a, err := q.API.Account(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	link, err := q.API.ResetAccount(q.Context(), a.ID)
	if err != nil {
		return err
	}
	return q.Render(templates, "reset", resetView{q.View(q.T("The account is reset")), a, link})
}

func setRole(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	_, err = q.API.SetAccountRole(q.Context(), q.Path("id"), wire.RoleChange{Role: f.Get("role"), OrgID: f.Get("organisation")})
	if f.Refused(err) {
		return show(q, http.StatusUnprocessableEntity, f)
	}
	return done(q, err, q.T("The role is changed. Sessions, tokens and invitations of before have ended."), "/people/"+url.PathEscape(q.Path("id")))
}

func revokeSession(q *shell.Request) error {
	err := q.API.RevokeAccountSession(q.Context(), q.Path("id"), q.Path("session"))
	return done(q, err, q.T("That browser is signed out."), "/people/"+url.PathEscape(q.Path("id")))
}

func revokeSessions(q *shell.Request) error {
	err := q.API.RevokeAccountSession(q.Context(), q.Path("id"), "")
	return done(q, err, q.T("All browsers are signed out."), "/people/"+url.PathEscape(q.Path("id")))
}
