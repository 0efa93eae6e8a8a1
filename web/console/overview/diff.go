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

// All is the list of all the changes of a kind; beneath the number where no
// other list has them.
func (v diffView) All(kind string) string {
	change, ok := map[string]string{"finding_new": "new", "finding_back_again": "back_again", "finding_fixed": "fixed"}[kind]
	if !ok {
		return "#" + kind
	}
	query := url.Values{"change": {change}, "since": {moment(v.Diff.From)}, "until": {moment(v.Diff.To)}}
	for key, value := range map[string]string{"org": v.Diff.OrgID, "sector": v.Query("sector"), "criticality": v.Query("criticality")} {
		if value != "" && (key != "org" || !v.Bound()) {
			query.Set(key, value)
		}
	}
	return "/findings?" + query.Encode()
}

// Export is the address of all changes as a file.
func (v diffView) Export(format string) string {
	query := url.Values{"format": {format}}
	for _, key := range compared {
		if value := v.Query(key); value != "" {
			query.Set(key, value)
		}
	}
	return "/diff/export?" + query.Encode()
}

// compared are the keys of the page's address that the API knows.
var compared = []string{"org", "sector", "criticality", "from", "to", "from_scan", "to_scan"}

// asked is the query for the API: the last day that was named counts to its end.
func asked(q *shell.Request) url.Values {
	query := q.BeginDays(q.Filters(compared...), "from")
	if t, err := time.ParseInLocation(time.DateOnly, query.Get("to"), q.Session.Preferences.Location()); err == nil {
		query.Set("to", t.AddDate(0, 0, 1).Format(time.RFC3339))
	}
	return query
}

// exportDiff hands the API's file on.
func exportDiff(q *shell.Request) error {
	query := asked(q)
	query.Set("format", q.R.URL.Query().Get("format"))
	file, err := q.API.DifferenceFile(q.Context(), query)
	if err != nil {
		return err
	}
	return q.Send(file)
}

func diff(q *shell.Request) error {
	view := diffView{View: q.View(q.T("Compare two dates or scans")), Form: shell.Form{Values: q.R.URL.Query()}, Kinds: []kind{
		{"finding_new", q.T("New findings")},
		{"finding_back_again", q.T("Back again")},
		{"finding_fixed", q.T("Fixed")},
		{"service_appeared", q.T("Services that appeared")},
		{"service_gone", q.T("Services that are gone")},
		{"asset_added", q.T("Assets added")},
		{"asset_retired", q.T("Assets retired")},
	}}
	d, err := q.API.Difference(q.Context(), asked(q))
	if err != nil {
		if view.Form.Refused(err) {
			return q.RenderForm(pages, "diff", view)
		}
		return err
	}
	view.Diff = d
	return q.Render(pages, "diff", view)
}
