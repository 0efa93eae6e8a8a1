// Package releases lets people ask for an advisory to leave, see to the byte
// what would leave, decide about what others asked for, and follow how far it
// has come.
package releases

import (
	"embed"
	"net/url"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of releases.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /releases", Needs: "list-releases", Handle: list},
		{Route: "GET /releases/new", Needs: "request-release", Handle: begin},
		{Route: "POST /releases/preview", Needs: "preview-release", Handle: preview},
		{Route: "POST /releases", Needs: "request-release", Handle: request},
		{Route: "GET /releases/{id}", Needs: "get-release", Handle: show},
		{Route: "GET /releases/{id}/file", Needs: "get-release-file", Handle: file},
		{Route: "POST /releases/{id}/approve", Needs: "approve-release", Handle: approve},
		{Route: "POST /releases/{id}/approve-legal", Needs: "approve-release-legal", Handle: agree},
		{Route: "POST /releases/{id}/refuse", Needs: "refuse-release", Handle: refuse},
	}
}

type listView struct {
	shell.View
	List wire.List[wire.Release]
}

func list(q *shell.Request) error {
	found, err := q.API.ReleasePage(q.Context(), q.Filters("state", "peer", "advisory"))
	if err != nil {
		return err
	}
	shell.Learn(q, "peer", found.Items, func(v wire.Release) string { return v.PeerID })
	return q.Render(pages, "list", listView{q.View(q.T("Releases")), found})
}

// kinds are the values about those affected that a profile decides on.
var kinds = []string{"organization", "address", "hostname", "site", "sector", "evidence"}

type newView struct {
	shell.View
	Form    shell.Form
	Preview *wire.ReleasePreview
	Kinds   []string
}

// Channels are the ways by which something may leave.
func (newView) Channels() []shell.Option {
	out := []shell.Option{}
	for _, c := range []string{"csaf", "taxii", "misp", "push", "mail", "bundle"} {
		out = append(out, shell.Option{Value: c, Text: strings.ToUpper(c)})
	}
	return out
}

// Treatments are what may be done with one kind of value.
func (v newView) Treatments() []shell.Option {
	return []shell.Option{{Value: "drop", Text: v.T("left out")}, {Value: "coarsen", Text: v.T("made coarse")}, {Value: "keep", Text: v.T("kept")}}
}

// Audiences are for whom a release may be.
func (v newView) Audiences() []shell.Option {
	return []shell.Option{
		{Value: "peer", Text: v.T("One peer"), Hint: v.T("By an agreement, redacted for them.")},
		{Value: "public", Text: v.T("Everybody"), Hint: v.T("TLP:CLEAR only, with nobody affected in it.")},
	}
}

func begin(q *shell.Request) error {
	query := q.R.URL.Query()
	values := url.Values{"advisory_id": query["advisory"], "peer_id": query["peer"], "to": {"peer"}}
	return q.Render(pages, "new", newView{q.View(q.T("Release an advisory")), shell.Form{Values: values}, nil, kinds})
}

// wish is what a form asks for.
func wish(f shell.Form) wire.NewRelease {
	n := wire.NewRelease{
		AdvisoryID: strings.TrimSpace(f.Get("advisory_id")), Public: f.Get("to") == "public", Channels: f.Values["channels"],
		Referral: f.Get("referral") != "", Reason: f.Get("reason"),
	}
	if !n.Public {
		n.PeerID = strings.TrimSpace(f.Get("peer_id"))
	}
	chosen := func(kind string) bool { return f.Get("profile_"+kind) != "" }
	if slices.ContainsFunc(kinds, chosen) {
		n.Profile = &wire.RedactionProfile{
			Organization: f.Get("profile_organization"), Address: f.Get("profile_address"), Hostname: f.Get("profile_hostname"),
			Site: f.Get("profile_site"), Sector: f.Get("profile_sector"), Evidence: f.Get("profile_evidence"),
		}
	}
	return n
}

// preview is the form again, with what would leave.
func preview(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	view := newView{q.View(q.T("Release an advisory")), form, nil, kinds}
	p, err := q.API.PreviewRelease(q.Context(), wish(form))
	if err != nil {
		return view.refused(q, err)
	}
	view.Preview = &p
	return q.Render(pages, "new", view)
}

func (v newView) refused(q *shell.Request, err error) error {
	if !v.Form.Forbade(err) {
		return err
	}
	return q.RenderForm(pages, "new", v)
}

func request(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	r, err := q.API.RequestRelease(q.Context(), wish(form))
	if err == nil {
		q.Tell(shell.Note{Kind: "done", Text: q.T("Release %s waits for another person's approval.", r.ID)})
		return q.Redirect(at(r.ID))
	}
	view := newView{q.View(q.T("Release an advisory")), form, nil, kinds}
	if p, err := q.API.PreviewRelease(q.Context(), wish(form)); err == nil {
		view.Preview = &p // why it was refused
	}
	return view.refused(q, err)
}

// at is the page of a release.
func at(id string) string { return "/releases/" + url.PathEscape(id) }
