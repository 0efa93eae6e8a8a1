package peers

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type editView struct {
	shell.View
	ID       string // empty for a new one
	Form     shell.Form
	Examples []wire.NewPeer
	Contacts []wire.PeerContact // with some empty ones behind
	Kinds    []string
}

// roles are those of a peer's contacts; kinds are the values that a profile
// decides on.
var (
	roles = []string{"poc_24x7", "focal_point", "exchange", "legal", "law_enforcement"}
	kinds = []string{"organization", "address", "hostname", "site", "sector", "evidence"}
)

// Roles are those of a contact.
func (editView) Roles() []string { return roles }

// Treatments are what may be done with one kind of value.
func (v editView) Treatments() []shell.Option {
	return []shell.Option{{Value: "drop", Text: v.T("left out")}, {Value: "coarsen", Text: v.T("made coarse")}, {Value: "keep", Text: v.T("kept")}}
}

func editor(q *shell.Request, id string, form shell.Form) editView {
	v := editView{View: q.View(q.T("Edit %s", id)), ID: id, Form: form, Kinds: kinds}
	v.Contacts = append(contacts(form), make([]wire.PeerContact, 2)...)
	return v
}

// first is the editor of a new peer, with examples to take it from.
func first(q *shell.Request, form shell.Form) (v editView, err error) {
	v = editor(q, "", form)
	v.Title = q.T("New peer")
	v.Examples, err = q.API.PeerExamples(q.Context())
	return v, err
}

func begin(q *shell.Request) error {
	query := q.R.URL.Query()
	v, err := first(q, shell.Form{Values: url.Values{"name": query["name"], "country": query["country"]}})
	if err != nil {
		return err
	}
	return q.Render(pages, "edit", v)
}

func create(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	n := wire.NewPeer{
		Name: form.Get("name"), Country: form.Get("country"), RFC2350: form.Get("rfc2350"), Memberships: lines(form, "memberships"),
		Contacts: contacts(form), Namespaces: lines(form, "namespaces"), MISPOrg: form.Get("misp_org"), STIXIdentity: form.Get("stix_identity"),
		TimeZone: form.Get("time_zone"), Languages: lines(form, "languages"), Profile: profile(form),
	}
	p, err := q.API.CreatePeer(q.Context(), n)
	if form.Refused(err) {
		v, err := first(q, form)
		if err != nil {
			return err
		}
		return q.RenderForm(pages, "edit", v)
	}
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("%s is noted. Nothing passes until somebody confirms it.", p.Name)})
	return q.Redirect(at(p.ID))
}

func edit(q *shell.Request) error {
	p, err := q.API.Peer(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	return q.Render(pages, "edit", editor(q, p.ID, shell.Form{Values: valuesOf(p)}))
}

// valuesOf is a peer as its form has it.
func valuesOf(p wire.Peer) url.Values {
	values := url.Values{
		"version": {p.Version}, "name": {p.Name}, "country": {p.Country}, "rfc2350": {p.RFC2350}, "misp_org": {p.MISPOrg}, "stix_identity": {p.STIXIdentity},
		"time_zone": {p.TimeZone}, "memberships": {strings.Join(p.Memberships, "\n")}, "namespaces": {strings.Join(p.Namespaces, "\n")},
		"languages":    {strings.Join(p.Languages, "\n")},
		"organization": {p.Profile.Organization}, "address": {p.Profile.Address}, "hostname": {p.Profile.Hostname},
		"site": {p.Profile.Site}, "sector": {p.Profile.Sector}, "evidence": {p.Profile.Evidence},
	}
	for _, c := range p.Contacts {
		values.Add("contact_role", c.Role)
		values.Add("contact_name", c.Name)
		values.Add("contact_email", c.Email)
		values.Add("contact_phone", c.Phone)
	}
	return values
}

func save(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	p, err := q.API.Peer(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	text := func(name string) *string { s := strings.TrimSpace(form.Get(name)); return &s }
	redaction := profile(form)
	_, err = q.API.UpdatePeer(q.Context(), p.ID, wire.PeerChange{
		Version: cmp.Or(form.Get("version"), "none"), // a form of ours has one: nothing is overwritten unseen
		Name:    text("name"), Country: text("country"), RFC2350: text("rfc2350"), MISPOrg: text("misp_org"), STIXIdentity: text("stix_identity"),
		TimeZone: text("time_zone"), Memberships: lines(form, "memberships"), Namespaces: lines(form, "namespaces"), Languages: lines(form, "languages"),
		Contacts: contacts(form), Profile: &redaction,
	})
	theirs := valuesOf(p)
	for _, values := range []url.Values{form.Values, theirs} { // a line for each, as people compare them
		for _, c := range contacts(shell.Form{Values: values}) {
			values.Add("contacts", strings.Join([]string{c.Role, c.Name, c.Email, c.Phone}, ", "))
		}
	}
	return q.Edited(err, &form, shell.Edit{
		Pages: pages, Page: "edit", Theirs: theirs, Fields: fields(q), Said: q.T("Your changes are kept."), To: at(p.ID),
		View: func() any { return editor(q, p.ID, form) },
	})
}

// fields are those of the form.
func fields(q *shell.Request) []shell.Option {
	out := []shell.Option{
		{Value: "name", Text: q.T("Name")},
		{Value: "country", Text: q.T("Country")},
		{Value: "rfc2350", Text: "RFC 2350"},
		{Value: "time_zone", Text: q.T("Time zone")},
		{Value: "namespaces", Text: q.T("Namespaces of their CSAF documents")},
		{Value: "memberships", Text: q.T("Memberships")},
		{Value: "languages", Text: q.T("Languages")},
		{Value: "misp_org", Text: q.T("Organisation in MISP")},
		{Value: "stix_identity", Text: q.T("Identity in STIX")},
		{Value: "contacts", Text: q.T("Contacts")},
	}
	for _, kind := range kinds {
		out = append(out, shell.Option{Value: kind, Text: q.Word(kind)})
	}
	return out
}

// lines are what a field says, one a line.
func lines(f shell.Form, name string) []string {
	out := []string{}
	for line := range strings.Lines(f.Get(name)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func profile(f shell.Form) wire.RedactionProfile {
	return wire.RedactionProfile{
		Organization: f.Get("organization"), Address: f.Get("address"), Hostname: f.Get("hostname"),
		Site: f.Get("site"), Sector: f.Get("sector"), Evidence: f.Get("evidence"),
	}
}

// contacts are the rows of the form that say something.
func contacts(f shell.Form) []wire.PeerContact {
	cell := func(name string, row int) string {
		if all := f.Values["contact_"+name]; row < len(all) {
			return strings.TrimSpace(all[row])
		}
		return ""
	}
	out := []wire.PeerContact{}
	for i := range f.Values["contact_role"] {
		c := wire.PeerContact{Role: cell("role", i), Name: cell("name", i), Email: cell("email", i), Phone: cell("phone", i)}
		if c.Name != "" || c.Email != "" || c.Phone != "" {
			out = append(out, c)
		}
	}
	return out
}
