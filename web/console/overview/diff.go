package overview

import (
	"net/url"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type diffView struct {
	shell.View
	Form  shell.Form
	Diff  wire.Difference
	Kinds []kind
}

// A kind is one kind of change in words.
type kind struct{ Key, Title string }

// Of lists the changes of a kind.
func (v diffView) Of(key string) []wire.DifferenceLine {
	return slices.DeleteFunc(slices.Clone(v.Diff.Lines), func(l wire.DifferenceLine) bool { return l.Kind != key })
}

// Place is the page of what changed.
func (diffView) Place(l wire.DifferenceLine) string {
	if l.ID != "" && l.ID[0] == 'F' {
		return "/findings/" + url.PathEscape(l.ID)
	}
	return "/assets/" + url.PathEscape(l.ID)
}

func diff(q *shell.Request) error {
	view := diffView{View: q.View(q.T("Compare two dates")), Form: shell.Form{Values: q.R.URL.Query()}, Kinds: []kind{
		{"finding_new", q.T("New findings")},
		{"finding_back", q.T("Back again")},
		{"finding_fixed", q.T("Fixed")},
		{"service_appeared", q.T("Services that appeared")},
		{"service_gone", q.T("Services that are gone")},
		{"asset_added", q.T("Assets added")},
		{"asset_retired", q.T("Assets retired")},
	}}
	query := q.BeginDays(q.Filters("org", "sector", "criticality", "from", "to"), "from")
	if t, err := time.ParseInLocation(time.DateOnly, query.Get("to"), q.Session.Preferences.Location()); err == nil {
		query.Set("to", t.AddDate(0, 0, 1).Format(time.RFC3339)) // the day that was named counts
	}
	d, err := q.API.Difference(q.Context(), query)
	if err != nil {
		if view.Form.Refused(err) {
			return q.RenderForm(pages, "diff", view)
		}
		return err
	}
	view.Diff = d
	return q.Render(pages, "diff", view)
}
