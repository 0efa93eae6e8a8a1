// Package findings shows what was found, and lets people say what becomes of
// it.
package findings

import (
	"embed"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of findings.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /findings", Needs: "list-findings", Handle: list},
	}
}

type listView struct {
	shell.View
	List wire.List[wire.Finding]
}

func list(q *shell.Request) error {
	found, err := q.API.FindingPage(q.Context(), q.R.URL.Query())
	if err != nil {
		return err
	}
	return q.Render(pages, "list", listView{q.View(q.T("Findings")), found})
}
