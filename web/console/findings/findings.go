// Package findings shows what was found, and lets people say what becomes of
// it: the list with its filters, views and bulk acts, the life of one finding,
// an operator's answers, disputes and waivers.
//
// A list's filters are the query of its address, as the API takes them. A few
// words more are the page's own: which columns, how dense, and which view.
package findings

import (
	"embed"

	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of findings.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /findings", Needs: "list-findings", Handle: list},
		{Route: "GET /findings/export", Needs: "export-findings", Stream: true, Handle: export},
		{Route: "POST /findings/bulk", Needs: "act-on-findings", Handle: bulk},
		{Route: "POST /findings/acts/{id}/undo", Needs: "undo-act", Handle: undo},
		{Route: "POST /findings/views", Needs: "save-finding-view", Handle: saveView},
		{Route: "POST /findings/views/{id}/delete", Needs: "delete-finding-view", Handle: deleteView},
		{Route: "GET /findings/{id}", Needs: "get-finding", Opens: "finding", Handle: show},
		{Route: "GET /findings/{id}/json", Needs: "get-finding", Handle: raw},
		{Route: "GET /findings/{id}/compare", Needs: "get-finding-evidence", Handle: compare},
		{Route: "POST /findings/{id}/act", Needs: "act-on-findings", Handle: act},
		{Route: "POST /findings/{id}/answer", Needs: "answer-finding", Handle: reply},
		{Route: "POST /findings/{id}/comments", Needs: "add-finding-comment", Handle: addComment},
		{Route: "POST /findings/{id}/rescan", Needs: "rescan-finding", Handle: rescan},
		{Route: "GET /findings/{id}/live", Needs: "get-rescan", Stream: true, Handle: live},
		{Route: "GET /disputes", Needs: "list-disputes", Handle: disputes},
		{Route: "GET /disputes/{id}", Needs: "get-dispute", Handle: dispute},
		{Route: "POST /disputes/{id}/messages", Needs: "say-in-dispute", Handle: sayInDispute},
		{Route: "POST /disputes/{id}/ruling", Needs: "rule-dispute", Handle: ruleDispute},
		{Route: "GET /triage", Needs: "act-on-findings", Handle: triage},
		{Route: "POST /triage/{id}", Needs: "act-on-findings", Handle: triaged},
		{Route: "GET /waivers", Needs: "list-findings", Handle: waivers},
		{Route: "POST /waivers", Needs: "act-on-findings", Handle: settleWaivers},
	}
}
