// Package organizations shows the operators of critical infrastructure: who
// they are, whom to tell, what they permit, and how they stand in their sector.
package organizations

import (
	"embed"
	"html/template"
	"math"
	"net/url"
	"slices"
	"strconv"

	"github.com/ciiscan/ciiscan/reports/chart"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of organisations and their contacts.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /organizations", Needs: "list-organization-lines", Handle: list},
		{Route: "GET /organizations/found", Needs: "list-organizations", Handle: found},
		{Route: "GET /organizations/new", Needs: "create-organization", Handle: begin},
		{Route: "POST /organizations", Needs: "create-organization", Handle: create},
		{Route: "GET /organizations/{id}", Needs: "get-organization", Opens: "organization", Handle: show},
		{Route: "GET /organizations/{id}/edit", Needs: "edit-organization", Handle: edit},
		{Route: "POST /organizations/{id}/edit", Needs: "edit-organization", Handle: save},
		{Route: "GET /organizations/{id}/contacts/new", Needs: "add-contact", Handle: newContact},
		{Route: "POST /organizations/{id}/contacts", Needs: "add-contact", Handle: addContact},
		{Route: "GET /organizations/{id}/contacts/{contact}", Needs: "edit-contact", Handle: editContact},
		{Route: "POST /organizations/{id}/contacts/{contact}", Needs: "edit-contact", Handle: saveContact},
		{Route: "POST /organizations/{id}/contacts/{contact}/test", Needs: "send-test-mail", Handle: testContact},
		{Route: "POST /organizations/{id}/contacts/{contact}/confirm", Needs: "confirm-mail-contact", Handle: confirmContact},
		{Route: "POST /organizations/{id}/contacts/{contact}/remove", Needs: "remove-contact", Handle: removeContact},
	}
}

type listView struct {
	shell.View
	List wire.List[wire.OrganizationLine]
}

// Trend is an organisation's weeks as a line.
func (v listView) Trend(weeks []int) template.HTML {
	if len(weeks) == 0 {
		return ""
	}
	return chart.Spark(v.T("Open in twelve weeks: from %s to %s, at most %s", v.Number(weeks[0]), v.Number(weeks[len(weeks)-1]), v.Number(slices.Max(weeks))), weeks)
}

func list(q *shell.Request) error {
	all, err := q.API.OrganizationPage(q.Context(), q.Filters("q", "sector"))
	if err != nil {
		return err
	}
	return q.Render(pages, "list", listView{q.View(q.T("Organisations")), all})
}

// found answers fields that look up an organisation while somebody types.
func found(q *shell.Request) error {
	all, err := q.API.FindOrganizations(q.Context(), q.R.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	options := make([]shell.Option, len(all))
	for i, o := range all {
		options[i] = shell.Option{Value: o.ID, Text: o.Name}
	}
	return q.Options(options)
}

type pageView struct {
	shell.View
	Org        wire.Organization
	Keys       map[string]wire.ContactKeys
	Comparison wire.Comparison
	Permits    []wire.Authorization
	Orders     []wire.Exclusion // not to scan, that stand in the way of the permits
	Reports    []wire.Report    // the last weeks
	Mail       map[string]wire.MailContact
	Form       shell.Form
	Of         string // the contact that Form is about
}

// Told tells whether the weekly report reaches anybody.
func (v pageView) Told() bool {
	return slices.ContainsFunc(v.Org.Contacts, func(c wire.Contact) bool {
		return c.Email != "" && c.Digest && (c.Role == "distribution" || c.Role == "technical")
	})
}

// Days writes a number of days, or a dash where nothing is known.
func (v pageView) Days(n *float64) string {
	if n == nil {
		return "–"
	}
	return v.Number(int(math.Round(*n)))
}

func show(q *shell.Request) error { return page(q, shell.Form{}, "") }

// page shows an organisation; form is what was wrong about one of its contacts.
func page(q *shell.Request, form shell.Form, of string) error {
	id := q.Path("id")
	o, err := q.API.Organization(q.Context(), id)
	if err != nil {
		return err
	}
	view := pageView{View: q.View(o.Name), Org: o, Keys: map[string]wire.ContactKeys{}, Mail: map[string]wire.MailContact{}, Form: form, Of: of}
	keys, err := q.API.ContactKeys(q.Context(), id)
	if err != nil {
		return err
	}
	for _, k := range keys {
		view.Keys[k.ContactID] = k
	}
	states, err := q.API.MailContactPage(q.Context(), url.Values{"org": {id}, "limit": {"500"}})
	if err != nil {
		return err
	}
	for _, c := range states.Items {
		view.Mail[c.ID] = c
	}
	if view.Orders, err = q.API.OrganizationExclusions(q.Context(), id); err != nil {
		return err
	}
	if view.Comparison, err = q.API.Comparison(q.Context(), id); err != nil {
		return err
	}
	permits, err := q.API.AuthorizationPage(q.Context(), url.Values{"org": {id}, "limit": {"20"}})
	if err != nil {
		return err
	}
	reports, err := q.API.ReportPage(q.Context(), url.Values{"org": {id}, "limit": {"4"}})
	if err != nil {
		return err
	}
	view.Permits, view.Reports = permits.Items, reports.Items
	if form.Problem != nil {
		return q.RenderForm(pages, "page", view)
	}
	return q.Render(pages, "page", view)
}

type formView struct {
	shell.View
	Form      shell.Form
	Org       wire.Organization
	Contact   string // "" of a new one
	Languages []shell.Option
}

func begin(q *shell.Request) error {
	return q.Render(pages, "form", formView{View: q.View(q.T("Add an organisation")), Form: shell.Form{Values: url.Values{"criticality": {"medium"}}}})
}

func create(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	o, err := q.API.CreateOrganization(q.Context(), wire.NewOrganization{
		Name: form.Get("name"), Sector: form.Get("sector"), Country: form.Get("country"), Criticality: form.Get("criticality"), TimeZone: form.Get("time_zone"),
	})
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		return q.RenderForm(pages, "form", formView{View: q.View(q.T("Add an organisation")), Form: form})
	}
	return q.Redirect("/onboarding?org=" + o.ID)
}

func edit(q *shell.Request) error {
	o, err := q.API.Organization(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	return q.Render(pages, "form", formView{View: q.View(q.T("Edit %s", o.Name)), Form: shell.Form{Values: values(o)}, Org: o})
}

// values are an organisation as its form has it.
func values(o wire.Organization) url.Values {
	return url.Values{
		"name": {o.Name}, "sector": {o.Sector}, "country": {o.Country}, "criticality": {o.Criticality}, "time_zone": {o.TimeZone},
		"version": {strconv.Itoa(o.Version)},
	}
}

func save(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	o, err := q.API.Organization(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	_, err = q.API.EditOrganization(q.Context(), o.ID, wire.OrganizationEdit{
		Version: version(form), Name: form.Get("name"), Sector: form.Get("sector"), Country: form.Get("country"),
		Criticality: form.Get("criticality"), TimeZone: form.Get("time_zone"),
	})
	return q.Edited(err, &form, shell.Edit{
		Pages: pages, Page: "form", Theirs: values(o), Said: q.T("Saved."), To: "/organizations/" + o.ID,
		View: func() any { return formView{View: q.View(q.T("Edit %s", o.Name)), Form: form, Org: o} },
		Fields: []shell.Option{
			{Value: "name", Text: q.T("Name")},
			{Value: "sector", Text: q.T("Sector")},
			{Value: "country", Text: q.T("Country")},
			{Value: "criticality", Text: q.T("Criticality")},
			{Value: "time_zone", Text: q.T("Time zone")},
		},
	})
}

func version(form shell.Form) int {
	n, _ := strconv.Atoi(form.Get("version")) // none of ours: the API refuses 0
	return n
}
