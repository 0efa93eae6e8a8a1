// Package onboarding leads an organisation's people from nothing to their first
// weekly report.
package onboarding

import (
	"embed"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the checklist and what it books.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /onboarding", Needs: "get-onboarding", Handle: show},
		{Route: "POST /onboarding/first-scan", Needs: "book-first-scan", Handle: book},
	}
}

type view struct {
	shell.View
	Onboarding wire.Onboarding
}

// org is whose checklist it is: one's own, or for the CERT's people the one
// that the address names.
func org(q *shell.Request) string {
	if q.Who.Bound() {
		return string(q.Who.Org)
	}
	return q.R.URL.Query().Get("org")
}

func show(q *shell.Request) error {
	if org(q) == "" {
		return q.Redirect("/organizations")
	}
	o, err := q.API.Onboarding(q.Context(), org(q))
	if err != nil {
		return err
	}
	return q.Render(pages, "page", view{q.View(q.T("First steps")), o})
}

func book(q *shell.Request) error {
	s, err := q.API.BookFirstScan(q.Context(), org(q))
	if err != nil || s.NextAt != nil {
		err = q.Said(err, func() string {
			return q.T("Weekly scans are booked. The first begins on %s.", q.View("").Moment(*s.NextAt))
		})
	}
	if err != nil {
		return err
	}
	if q.Who.Bound() {
		return q.Redirect("/onboarding")
	}
	return q.Redirect("/onboarding?org=" + org(q))
}
