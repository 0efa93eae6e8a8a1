// Package overview shows how the nation, a sector and an organisation stand,
// and is the first page that people see.
package overview

import (
	"cmp"
	"embed"
	"html/template"
	"net/url"
	"slices"
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
		{Route: "GET /overview/section", Needs: "get-overview", Handle: section},
		{Route: "GET /diff", Needs: "get-diff", Handle: diff},
		{Route: "GET /diff/export", Needs: "export-diff", Handle: exportDiff},
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
	KEV      []wire.Finding        // known to be exploited, the most overdue first
	Report   *wire.Report          // the last that was sent
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
		"detection": {"open", "back_again"}, "exception": {"hide"}, "sort": {"priority"}, "limit": {strconv.Itoa(firstThings)},
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
	sent, err := q.API.ReportPage(q.Context(), url.Values{"limit": {"1"}})
	if err != nil {
		return err
	}
	if len(sent.Items) > 0 {
		view.Report = &sent.Items[0]
	}
	if view.KEV, err = exploited(q, nil); err != nil {
		return err
	}
	view.Asked, view.Steps = asked.Items, begun.Steps
	view.Chart = openOverTime(view.View, o, view.List)
	return q.Render(pages, "home", view)
}

// exploited are the open findings known to be exploited of a scope, past due
// on top.
func exploited(q *shell.Request, scope url.Values) ([]wire.Finding, error) {
	query := url.Values{"kev": {"yes"}, "detection": {"open", "back_again"}, "exception": {"hide"}, "sort": {"due"}, "limit": {"10"}}
	for _, key := range scoped {
		if value := scope.Get(key); value != "" {
			query.Set(key, value)
		}
	}
	found, err := q.API.FindingPage(q.Context(), query)
	return found.Items, err
}

// scoped are the filters that the overview and lists of findings share.
var scoped = []string{"org", "sector", "criticality"}

type overviewView struct {
	shell.View
	Overview   wire.Overview
	Severities []string
	KEV        []wire.Finding // known to be exploited, the most overdue first
	Chart      template.HTML
	Changes    template.HTML
	Ages       template.HTML
	FixTimes   template.HTML
	Services   template.HTML
	Scope      url.Values // of the filters, for links
}

func overview(q *shell.Request) error {
	if q.Who.Bound() {
		return q.Redirect("/") // theirs is the home page: they see no nation
	}
	query := q.Filters(filters...)
	o, err := q.API.Overview(q.Context(), query)
	if err != nil {
		return err
	}
	title := q.T("National overview")
	if sector := query.Get("sector"); sector != "" {
		title = q.T("Sector overview: %s", q.Word(sector))
	}
	view := overviewView{View: q.View(title), Overview: o, Severities: severities, Scope: query}
	if view.KEV, err = exploited(q, query); err != nil {
		return err
	}
	view.Chart = openOverTime(view.View, o, view.List)
	view.Changes = comingAndGoing(view.View, o, view.List)
	view.Ages = ages(view.View, o, view.List)
	view.FixTimes = fixTimes(view.View, o, view.List)
	view.Services = services(view.View, o, query)
	return q.Render(pages, "overview", view)
}

// filters are the keys of the overview's address, as the API takes them.
var filters = []string{"org", "sector", "criticality", "days", "weeks", "rank"}

// Section is the address of the same numbers as text for a report.
func (v overviewView) Section() string { return "/overview/section?" + v.Scope.Encode() }

// Looked is the list of the assets that were looked at; "" where no list can be
// of the same.
func (v overviewView) Looked(sector string) string {
	query := url.Values{"looked_from": {v.SinceDay()}}
	if v.Scope.Get("criticality") != "" { // of the organisation; lists of assets go by the asset's own
		return ""
	}
	for key, value := range map[string]string{"org": v.Scope.Get("org"), "sector": cmp.Or(sector, v.Scope.Get("sector"))} {
		if value != "" {
			query.Set(key, value)
		}
	}
	return "/assets?" + query.Encode()
}

// Looked is the list of the assets that were looked at.
func (v homeView) Looked(string) string {
	return "/assets?" + url.Values{"looked_from": {v.SinceDay()}}.Encode()
}

// Closed is the list of what was closed in the time that the times to fix are of.
func (v overviewView) Closed(severity string) string {
	query := url.Values{"change": {"fixed"}, "since": {closedSince(v.Overview)}}
	if severity != "" {
		query.Set("severity", severity)
	}
	return v.List(query.Encode())
}

// InTime is how many of those that had a deadline kept it.
func (v overviewView) InTime(f wire.FixTime) string {
	if f.Due == 0 {
		return v.T("none had a deadline")
	}
	return v.Percent(float64(f.InTime) / float64(f.Due))
}

// Trend is an organisation's weeks as a line.
func (v overviewView) Trend(s wire.Standing) template.HTML {
	if len(s.Weeks) == 0 {
		return ""
	}
	last := len(s.Weeks) - 1
	return chart.Spark(v.T("Open in twelve weeks: from %s to %s, at most %s", v.Number(s.Weeks[0]), v.Number(s.Weeks[last]), v.Number(slices.Max(s.Weeks))), s.Weeks)
}

// RankBy is the page with the organisations in another order.
func (v overviewView) RankBy(rank string) string { return v.With("rank", rank) }

// SinceDay is the first moment of what counts as a change, as lists take it.
func (v overviewView) SinceDay() string { return v.Overview.Since.Format(time.RFC3339) }

// SinceDay is the first moment of what counts as a change, as lists take it.
func (v homeView) SinceDay() string { return v.Overview.Since.Format(time.RFC3339) }

// List is the list of findings with a filter, and with the page's own.
func (v overviewView) List(query string) string {
	more := url.Values{}
	for _, key := range scoped {
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

// In is the list of findings of a sector with a filter and the page's own.
func (v overviewView) In(sector, query string) string {
	if v.Scope.Get("sector") == "" {
		query += "&sector=" + url.QueryEscape(sector)
	}
	return v.List(query)
}

// Late tells whether it took longer than it should.
func (overviewView) Late(f wire.FixTime) bool {
	return f.TargetDays > 0 && f.MedianDays > float64(f.TargetDays)
}
