package findings

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// pageRows is how many findings a page shows.
const pageRows = "50"

type listView struct {
	shell.View
	List   wire.List[wire.Finding]
	Count  wire.Count
	Of     wire.Count // without filters; asked only where nothing matches
	Views  []wire.FindingView
	Names  []any
	Cols   []string
	Form   shell.Form
	Filter shell.Form // the query, as a form shows it
	Bulk   url.Values // what is done to all that match goes to this query

	Address url.Values // the query of the page, with its own words
}

// columns are those that can be chosen, with those that are shown at first.
var columns = []struct {
	Key   string
	First bool
	Cert  bool // not for operators, to whom it says nothing
}{
	{"where", true, false},
	{"operator", true, true},
	{"sector", false, true},
	{"cvss", false, false},
	{"epss", false, false},
	{"due", true, false},
	{"age", true, false},
	{"first", false, false},
	{"last", false, false},
	{"state", true, false},
	{"answer", false, false},
	{"owner", true, true},
	{"tags", false, true},
	{"source", false, false},
}

// A Column is one that can be chosen.
type Column struct {
	Key, Text string
	On        bool
}

var columnNames = map[string]string{
	"where": "Where", "operator": "Operator", "sector": "Sector", "cvss": "CVSS", "epss": "EPSS", "due": "Deadline", "age": "Age, days", "first": "First seen",
	"last": "Last seen", "state": "State", "answer": "Answer", "owner": "Assigned to", "tags": "Tags", "source": "Found by",
}

// A Way is how a column sorts.
type Way struct{ Aria, Text string }

// Way says how the list is sorted by a column's key.
func (v listView) Way(key string) Way {
	switch key {
	case "severity":
		return Way{"descending", v.T("worst first")}
	case "due":
		return Way{"ascending", v.T("next first")}
	case "age": // the column has days
		return Way{"descending", v.T("oldest first")}
	case "newest", "last_seen":
		return Way{"descending", v.T("newest first")}
	}
	return Way{"descending", v.T("highest first")}
}

// Columns are all that the reader may choose from.
func (v listView) Columns() []Column {
	var out []Column
	for _, c := range columns {
		if !c.Cert || !v.Bound() {
			out = append(out, Column{Key: c.Key, Text: v.Word(columnNames[c.Key]), On: v.Has(c.Key)})
		}
	}
	return out
}

// Has tells whether a column is shown.
func (v listView) Has(key string) bool { return slices.Contains(v.Cols, key) }

// Age is how many days old a finding is.
func (v listView) Age(f wire.Finding) int { return Age(f, v.Now()) }

// IsNew tells whether a finding was first seen within a week.
func (v listView) IsNew(f wire.Finding) bool { return v.Now().Sub(f.FirstSeen) < 7*24*time.Hour }

// Compact tells whether rows are low.
func (v listView) Compact() bool { return v.Query("density") == "compact" }

// Export is the address of the whole list as a file.
func (v listView) Export(format string) string {
	query := url.Values{}
	for key, values := range v.Bulk {
		query[key] = values
	}
	query.Set("format", format)
	return "/findings/export?" + query.Encode()
}

// BulkPath is where the form of the list goes. It keeps all of the page's
// address, so that what was done leads back to the same place.
func (v listView) BulkPath() string { return "/findings/bulk?" + v.Address.Encode() }

// Sources are what finds findings, in words.
func (v listView) Sources() []shell.Option {
	return []shell.Option{{Value: "template", Text: v.T("vulnerability check (nuclei)")}, {Value: "exposure", Text: v.T("open service (nmap)")}}
}

// Source says what found a finding.
func (v listView) Source(source string) string {
	for _, s := range v.Sources() {
		if s.Value == source {
			return s.Text
		}
	}
	return v.T("a check that is gone")
}

func list(q *shell.Request) error {
	views, err := q.API.FindingViews(q.Context())
	if err != nil {
		return err
	}
	first := standard
	for _, v := range views {
		if v.Standard {
			first = v.Query + "&view=" + url.QueryEscape(v.ID)
		}
	}
	begin(q, first)
	view, err := listOf(q, shell.Form{}, views)
	if err != nil {
		return err
	}
	return q.Render(pages, "list", view)
}

// listOf makes the list of the page's address; form is one that was refused.
func listOf(q *shell.Request, form shell.Form, views []wire.FindingView) (listView, error) {
	title := q.T("Findings")
	if q.Who.Bound() {
		title = q.T("My findings")
	}
	asked := q.R.URL.Query()
	query := Query(asked)
	v := listView{
		View: q.View(title), Views: views, Names: filterNames(q), Form: form, Filter: shell.Form{Values: asked},
		Cols: asked["cols"], Bulk: url.Values{}, Address: asked,
	}
	for key, values := range query {
		if key != "cursor" && key != "limit" {
			v.Bulk[key] = values
		}
	}
	if len(v.Cols) == 0 {
		for _, c := range columns {
			if (c.First || c.Key == query.Get("sort")) && (!c.Cert || !v.Bound()) { // what it is sorted by is seen
				v.Cols = append(v.Cols, c.Key)
			}
		}
	}
	if query.Get("limit") == "" {
		query.Set("limit", pageRows)
	}
	var err error
	if v.List, err = q.API.FindingPage(q.Context(), query); err != nil {
		return v, err
	}
	switch {
	case len(v.List.Items) == 0 && query.Get("cursor") == "":
		v.Of, err = q.API.CountFindings(q.Context(), nil)
	case v.List.NextCursor == "" && query.Get("cursor") == "":
		v.Count.Count = len(v.List.Items) // they are all here
	default:
		count := url.Values{}
		for key, values := range v.Bulk {
			if key != "sort" {
				count[key] = values
			}
		}
		v.Count, err = q.API.CountFindings(q.Context(), count)
	}
	return v, err
}

// Matches says how many findings match, as far as they were counted.
func (v listView) Matches() string {
	switch {
	case v.Count.More && v.Count.Count == 0:
		return v.T("Many match: narrow the filter to have them counted")
	case v.Count.More:
		return v.T("More than %s match", v.Number(v.Count.Count))
	}
	return v.N("%s finding matches", "%s findings match", v.Count.Count)
}

// OfAll says how many there are without a filter.
func (v listView) OfAll() string {
	if v.Of.More {
		return v.T("0 of more than %s match", v.Number(v.Of.Count))
	}
	return v.T("0 of %s match", v.Number(v.Of.Count))
}

// Score is a CVSS score as people write it.
func (listView) Score(cvss float64) string { return strconv.FormatFloat(cvss, 'f', 1, 64) }

// Share is an EPSS score in percent.
func (listView) Share(epss float64) string { return strconv.FormatFloat(epss*100, 'f', 1, 64) }

// refuse shows the list again, with what is wrong with a form of it.
func refuse(q *shell.Request, form shell.Form) error {
	views, err := q.API.FindingViews(q.Context())
	if err != nil {
		return err
	}
	u := *q.R.URL
	u.Path = "/findings"
	r := *q.R
	r.URL = &u
	q.R = &r
	view, err := listOf(q, form, views)
	if err != nil {
		return err
	}
	return q.RenderForm(pages, "list", view)
}
