// Package overview shows how the nation, a sector and an organisation stand,
// and is the first page that people see.
package overview

import (
	"embed"
	"html/template"
	"net/url"
	"strconv"
	"time"

	"github.com/ciiscan/ciiscan/reports/chart"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the home page and the overview.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /{$}", Needs: "get-overview", Handle: home},
		{Route: "GET /overview", Needs: "get-overview", Handle: overview},
		{Route: "GET /diff", Needs: "get-diff", Handle: diff},
	}
}

// severities, the worst first.
var severities = []string{"critical", "high", "medium", "low", "info"}

// firstThings is how many findings the home page asks to see to first.
const firstThings = 5

type homeView struct {
	shell.View
	Overview wire.Overview
	First    []wire.Finding
	Chart    template.HTML
	Asked    []wire.Dispute        // in which the CERT waits for their word
	Steps    []wire.OnboardingStep // to the first scan and its report
}

// NextReport is when the next one comes; nil before the first scan is booked,
// and where no weekly reports are made.
func (v homeView) NextReport() *time.Time {
	for _, step := range v.Steps {
		if step.Name == "report" {
			return step.At
		}
	}
	return nil
}

// home is what an organisation's people see first; the CERT's own people see
// the overview.
func home(q *shell.Request) error {
	if !q.Who.Bound() {
		return overview(q)
	}
	o, err := q.API.Overview(q.Context(), nil)
	if err != nil {
		return err
	}
	first, err := q.API.FindingPage(q.Context(), url.Values{
		"detection": {"open", "reopened"}, "exception": {"hide"}, "sort": {"priority"}, "limit": {strconv.Itoa(firstThings)},
	})
	if err != nil {
		return err
	}
	view := homeView{View: q.View(q.T("Home")), Overview: o, First: first.Items}
	asked, err := q.API.DisputePage(q.Context(), url.Values{"state": {"answered"}, "limit": {strconv.Itoa(firstThings)}})
	if err != nil {
		return err
	}
	begun, err := q.API.Onboarding(q.Context(), string(q.Who.Org))
	if err != nil {
		return err
	}
	view.Asked, view.Steps = asked.Items, begun.Steps
	view.Chart = openOverTime(view.View, o)
	return q.Render(pages, "home", view)
}

type overviewView struct {
	shell.View
	Overview   wire.Overview
	Severities []string
	Chart      template.HTML
	Changes    template.HTML
	Services   template.HTML
	Scope      url.Values // of the filters, for links
}

func overview(q *shell.Request) error {
	if q.Who.Bound() {
		return q.Redirect("/") // theirs is the home page: they see no nation
	}
	query := q.Filters("org", "sector", "criticality", "days")
	o, err := q.API.Overview(q.Context(), query)
	if err != nil {
		return err
	}
	title := q.T("National overview")
	if sector := query.Get("sector"); sector != "" {
		title = q.T("Sector overview: %s", q.Word(sector))
	}
	view := overviewView{View: q.View(title), Overview: o, Severities: severities, Scope: query}
	view.Chart = openOverTime(view.View, o)
	view.Changes = comingAndGoing(view.View, o)
	view.Services = services(view.View, o)
	return q.Render(pages, "overview", view)
}

// SinceDay is the first moment of what counts as a change, as lists take it.
func (v overviewView) SinceDay() string { return v.Overview.Since.Format(time.RFC3339) }

// SinceDay is the first moment of what counts as a change, as lists take it.
func (v homeView) SinceDay() string { return v.Overview.Since.Format(time.RFC3339) }

// List is the list of findings with a filter, and with the page's own.
func (v overviewView) List(query string) string {
	more := url.Values{}
	for _, key := range []string{"org", "sector", "criticality"} {
		if value := v.Scope.Get(key); value != "" {
			more.Set(key, value)
		}
	}
	if s := more.Encode(); s != "" {
		query += "&" + s
	}
	return "/findings?" + query
}

// List is the list of findings with a filter.
func (homeView) List(query string) string { return "/findings?" + query }

// Share is a share of a whole in percent, for those who have anything.
func (v overviewView) Share(part, whole int) string {
	if whole == 0 {
		return v.T("nothing")
	}
	return v.Percent(float64(part) / float64(whole))
}

// Heat is how dark a cell is: by how many, not by how bad.
func (overviewView) Heat(n int) int {
	switch {
	case n == 0:
		return 0
	case n < 10:
		return 1
	case n < 50:
		return 2
	case n < 250:
		return 3
	}
	return 4
}

func openOverTime(v shell.View, o wire.Overview) template.HTML {
	var moments []chart.Moment
	series := make([]chart.Series, len(severities))
	for i, s := range severities {
		series[i] = chart.Series{Label: v.Word(s), Tone: chart.Tone(s), Href: "/findings?detection=open&detection=reopened&severity=" + s}
	}
	for _, w := range o.Weeks {
		moments = append(moments, chart.Moment{Label: v.Day(w.End)})
		for i, s := range severities {
			series[i].Values = append(series[i].Values, w.Open[s])
		}
	}
	return chart.Lines(chart.Frame{
		ID: "open", Title: v.T("Open findings by severity, twelve weeks"), Desc: v.T("A line for each severity, counted at the end of each week."),
		Rows: v.T("Week to"), Unit: v.T("Open findings"), Empty: v.T("Nothing was found in these weeks."), Table: v.T("The numbers"),
		Unknown: v.T("not known"), Number: v.Number,
	}, moments, series)
}

func comingAndGoing(v shell.View, o wire.Overview) template.HTML {
	var moments []chart.Moment
	come, gone := chart.Series{Label: v.T("New"), Tone: chart.High}, chart.Series{Label: v.T("Fixed"), Tone: chart.Good}
	for _, w := range o.Weeks {
		moments = append(moments, chart.Moment{Label: v.Day(w.End)})
		come.Values, gone.Values = append(come.Values, w.New), append(gone.Values, w.Closed)
	}
	return chart.Lines(chart.Frame{
		ID: "change", Title: v.T("New and fixed by week"), Desc: v.T("Two lines: what was found for the first time, and what was fixed."),
		Rows: v.T("Week to"), Unit: v.T("Findings"), Empty: v.T("Nothing came or went in these weeks."), Table: v.T("The numbers"),
		Unknown: v.T("not known"), Number: v.Number,
	}, moments, []chart.Series{come, gone})
}

func services(v shell.View, o wire.Overview) template.HTML {
	bars := make([]chart.Bar, len(o.Services))
	for i, s := range o.Services {
		name := s.Name
		if name == "" {
			name = v.T("not recognised")
		}
		bars[i] = chart.Bar{Label: name, Value: s.Open, Also: []int{s.Appeared}, Note: v.T("%s new", v.Number(s.Appeared))}
	}
	return chart.Bars(chart.Frame{
		ID: "services", Title: v.T("Most frequent open services"), Desc: v.T("A bar for each kind of service, the most frequent first."),
		Rows: v.T("Service"), Unit: v.T("Open"), Empty: v.T("No open service is known."), Table: v.T("The numbers"), Number: v.Number,
	}, bars, v.T("New"))
}
