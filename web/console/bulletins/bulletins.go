// Package bulletins shows operators the advisories that are for them, in their
// language; to the CERT, as operators read them.
package bulletins

import (
	"cmp"
	"embed"
	"html/template"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/markdown"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of bulletins.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /bulletins", Needs: "list-bulletins", Handle: list},
		{Route: "GET /bulletins/{id}", Needs: "get-bulletin", Opens: "bulletin", Handle: show},
	}
}

type listView struct {
	shell.View
	List wire.List[wire.Bulletin]
}

func list(q *shell.Request) error {
	query := q.Filters()
	query.Set("lang", language(q))
	found, err := q.API.BulletinPage(q.Context(), query)
	if err != nil {
		return err
	}
	return q.Render(pages, "list", listView{q.View(q.T("Advisories")), found})
}

// language is the reader's, where advisories can be written in it.
func language(q *shell.Request) string {
	for _, l := range locale.Languages() {
		if l.Tag == q.Tag() {
			return l.Tag
		}
	}
	return locale.Default
}

type pageView struct {
	shell.View
	Bulletin wire.Bulletin
	Asked    string // the language
}

// HTML renders one of the advisory's texts.
func (pageView) HTML(s string) template.HTML { return markdown.HTML(s) }

func show(q *shell.Request) error {
	asked := cmp.Or(q.R.URL.Query().Get("lang"), language(q))
	b, err := q.API.Bulletin(q.Context(), q.Path("id"), asked)
	if err != nil {
		return err
	}
	return q.Render(pages, "page", pageView{q.View(b.Title), b, asked})
}
