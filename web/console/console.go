// Package console puts the pages together that people open in a browser.
package console

import (
	"net/http"
	"slices"

	"github.com/ciiscan/ciiscan/web/console/findings"
	"github.com/ciiscan/ciiscan/web/console/overview"
	"github.com/ciiscan/ciiscan/web/console/people"
	"github.com/ciiscan/ciiscan/web/console/scans"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// New returns the handler of the console. o.Nav is filled in here. more are
// pages that need other parts of the program than the API: sign-in.
func New(o shell.Options, more ...shell.Page) http.Handler {
	o.Nav = grouped(nav)
	return shell.New(o, append(Pages(), more...))
}

// Pages are all pages of the console.
func Pages() []shell.Page {
	return slices.Concat(
		overview.Pages(),
		findings.Pages(),
		scans.Pages(),
		people.Pages(),
	)
}

// nav is the menu: an organisation's people see less, and their own words.
var nav = []shell.NavItem{
	{Text: "Overview", Path: "/overview", Needs: "get-overview", Key: "o"},
	{Text: "Home", Path: "/", Needs: "get-overview", Key: "h", Bound: true},
	{Text: "Findings", Path: "/findings", Needs: "list-findings", Key: "f"},
	{Text: "Scans", Path: "/scans", Needs: "list-scans", Key: "s"},
	{Text: "My findings", Path: "/findings", Needs: "list-findings", Key: "f", Bound: true},
	{Text: "Scans", Path: "/scans", Needs: "list-scans", Key: "s", Bound: true},
	{Text: "Users & roles", Path: "/people", Needs: "list-accounts", Key: "u"},
	{Text: "People", Path: "/people", Needs: "list-accounts", Key: "u", Bound: true},
}
