// Package advisories shows what the CERT writes of weaknesses for others, lets
// people write and judge it, and gives it out as a file.
package advisories

import (
	"embed"
	"net/url"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of advisories.
func Pages() []shell.Page {
	out := []shell.Page{
		{Route: "GET /advisories", Needs: "list-advisories", Handle: list},
		{Route: "GET /advisories/found", Needs: "list-advisories", Handle: found},
		{Route: "GET /advisories/new", Needs: "create-advisory", Handle: begin},
		{Route: "POST /advisories/new", Needs: "create-advisory", Handle: create},
		{Route: "POST /advisories/preview", Needs: "edit-advisory", Handle: preview},
		{Route: "POST /advisories/from-check", Needs: "draft-advisory", Handle: fromCheck},
		{Route: "GET /advisories/{id}", Needs: "get-advisory", Opens: "advisory", Handle: show},
		{Route: "GET /advisories/{id}/edit", Needs: "edit-advisory", Handle: edit},
		{Route: "POST /advisories/{id}/edit", Needs: "edit-advisory", Handle: save},
		{Route: "GET /advisories/{id}/affected", Needs: "get-advisory-affected", Handle: affected},
		{Route: "GET /advisories/{id}/diff", Needs: "diff-advisory", Handle: compare},
		{Route: "GET /advisories/{id}/export", Needs: "export-advisory", Handle: export},
		{Route: "POST /advisories/{id}/revise", Needs: "revise-advisory", Handle: revise},
		{Route: "POST /advisories/{id}/withdraw", Needs: "withdraw-advisory", Handle: withdraw},
		{Route: "POST /advisories/{id}/supersede", Needs: "supersede-advisory", Handle: supersede},
		{Route: "POST /advisories/{id}/permit", Needs: "permit-origin", Handle: permit},
		{Route: "POST /advisories/{id}/comments", Needs: "add-comment", Handle: say},
		{Route: "POST /advisories/{id}/comments/{comment}/resolve", Needs: "resolve-comment", Handle: resolve},
	}
	for _, verb := range []string{"submit", "return", "approve", "approve-legal", "finish", "publish"} {
		operation := verb + "-advisory"
		if verb == "approve-legal" {
			operation = "approve-advisory-legal"
		}
		out = append(out, shell.Page{Route: "POST /advisories/{id}/" + verb, Needs: operation, Handle: direct(verb)})
	}
	return out
}

type listView struct {
	shell.View
	List         wire.List[wire.Advisory]
	States, TLPs []string
}

// states are those of an advisory, in the order in which it passes through
// them; labels are those of TLP 2.0, the most open first.
var (
	states = []string{"draft", "in_review", "approved", "released", "updated", "withdrawn"}
	labels = []string{"clear", "green", "amber", "amber+strict", "red"}
)

func list(q *shell.Request) error {
	found, err := q.API.AdvisoryPage(q.Context(), q.Filters("state", "tlp", "check"))
	if err != nil {
		return err
	}
	return q.Render(pages, "list", listView{q.View(q.T("Advisories")), found, states, labels})
}

// found are the drafts whose number or title has what was typed, for fields
// that add something to one: the last of them.
func found(q *shell.Request) error {
	drafts, err := q.API.AdvisoryPage(q.Context(), url.Values{"state": {"draft"}, "limit": {"500"}})
	if err != nil {
		return err
	}
	words := strings.ToLower(q.R.URL.Query().Get("q"))
	var options []shell.Option
	for _, a := range drafts.Items { // the last first
		if len(options) < mostFound && strings.Contains(strings.ToLower(a.ID+" "+a.Title), words) {
			options = append(options, shell.Option{Value: a.ID, Text: a.Title})
		}
	}
	return q.Options(options)
}

// mostFound is how many drafts a field offers.
const mostFound = 20

// at is the page of an advisory.
func at(id string) string { return "/advisories/" + url.PathEscape(id) }

// fromCheck drafts one from what is open of a check.
func fromCheck(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	a, err := q.API.DraftAdvisory(q.Context(), wire.NewAdvisory{Check: strings.TrimSpace(form.Get("check")), TLP: form.Get("tlp")})
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		return render(q, q.RenderForm, q.T("New advisory"), "", form)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The draft is made of the open findings. Read it, and mend its words.")})
	return q.Redirect(at(a.ID) + "/edit")
}

func export(q *shell.Request) error {
	format := q.R.URL.Query().Get("format")
	f, err := q.API.ExportAdvisory(q.Context(), q.Path("id"), client.Export{Format: format, Draft: q.R.URL.Query().Get("draft") != ""})
	if err != nil {
		return err
	}
	return q.Send(f)
}

type affectedView struct {
	shell.View
	Advisory wire.Advisory
	Places   []wire.Affected
}

// affected lists who has the weakness, for the CERT alone.
func affected(q *shell.Request) error {
	a, err := q.API.Advisory(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	all, err := q.API.AdvisoryAffected(q.Context(), a.ID)
	if err != nil {
		return err
	}
	return q.Render(pages, "affected", affectedView{q.View(q.T("Who had it when it was drafted")), a, all})
}
