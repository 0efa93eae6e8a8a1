// Package admin shows what scans look for and which threat feeds are known, and
// takes new feeds.
package admin

import (
	"embed"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// maxFeed bounds a feed's file, in bytes: EPSS is the largest, and comes
// compressed.
const maxFeed = 30 << 20

// Pages are the pages of feeds and checks.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /feeds", Needs: "import-feed", Handle: func(q *shell.Request) error { return feeds(q, shell.Form{}) }},
		{Route: "POST /feeds", Needs: "import-feed", Upload: maxFeed + shell.MaxForm, Handle: importFeed},
		{Route: "GET /checks", Needs: "list-checks", Handle: checks},
	}
}

type feedsView struct {
	shell.View
	Form  shell.Form
	Feeds []wire.Feed
}

func feeds(q *shell.Request, form shell.Form) error {
	h, err := q.API.Health(q.Context())
	if err != nil {
		return err
	}
	view := feedsView{q.View(q.T("Threat feeds")), form, h.Feeds}
	if form.Problem != nil {
		return q.RenderForm(pages, "feeds", view)
	}
	return q.Render(pages, "feeds", view)
}

func importFeed(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	_, content, err := q.Upload("file")
	if err != nil {
		return err
	}
	if len(content) == 0 {
		form.Problem = &shell.Mistake{Message: q.T("No file was chosen"), Hint: q.T("Choose the file as it is published.")}
		return feeds(q, form)
	}
	got, err := q.API.ImportFeed(q.Context(), form.Get("feed"), content)
	if err != nil {
		if form.Refused(err) {
			return feeds(q, form)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.N("The feed tells of %s CVE.", "The feed tells of %s CVEs.", got.CVEs)})
	return q.Redirect("/feeds")
}

type checksView struct {
	shell.View
	Checks []wire.Check
	Shown  int
}

// checks lists what scans look for. It is as long as the catalogue, which
// comes with the program.
func checks(q *shell.Request) error {
	all, err := q.API.Checks(q.Context())
	if err != nil {
		return err
	}
	text, severity := strings.ToLower(q.R.URL.Query().Get("q")), q.R.URL.Query().Get("severity")
	kept := slices.DeleteFunc(all, func(c wire.Check) bool {
		return severity != "" && c.Severity != severity || !strings.Contains(strings.ToLower(c.ID+" "+c.Title+" "+c.Protocol+" "+strings.Join(c.CVEs, " ")), text)
	})
	return q.Render(pages, "checks", checksView{q.View(q.T("What scans look for")), kept, len(kept)})
}
