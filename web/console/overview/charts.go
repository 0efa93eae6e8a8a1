package overview

import (
	"html/template"
	"net/url"
	"time"

	"github.com/ciiscan/ciiscan/reports/chart"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// A lister gives the address of the list of findings of the page's scope with
// a filter.
type lister func(query string) string

const present = "detection=open&detection=back_again"

// pairedWeeks is how many weeks bars tell of: each has its two lines.
const pairedWeeks = 12

// closedSince is from when on the times to fix count.
func closedSince(o wire.Overview) string { return moment(o.At.AddDate(0, 0, -90)) }

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func openOverTime(v shell.View, o wire.Overview, list lister) template.HTML {
	var moments []chart.Moment
	series := make([]chart.Series, len(severities))
	for i, s := range severities {
		series[i] = chart.Series{Label: v.Word(s), Tone: chart.Tone(s), Href: list(present + "&severity=" + s)}
	}
	for _, w := range o.Weeks {
		moments = append(moments, chart.Moment{Label: v.Day(w.End)})
		for i, s := range severities {
			series[i].Values = append(series[i].Values, w.Open[s])
		}
	}
	return chart.Areas(chart.Frame{
		ID: "open", Title: v.N("Open findings by severity, %s week", "Open findings by severity, %s weeks", len(o.Weeks)),
		Desc: v.T("An area for each severity, the worst at the bottom, counted at the end of each week."),
		Rows: v.T("Week to"), Unit: v.T("Open findings"), Empty: v.T("Nothing was found in these weeks."), Table: v.T("The numbers"),
		Unknown: v.T("not known"), Number: v.Number,
	}, moments, series)
}

func comingAndGoing(v shell.View, o wire.Overview, list lister) template.HTML {
	weeks := o.Weeks[max(0, len(o.Weeks)-pairedWeeks):]
	if len(weeks) == 0 {
		return ""
	}
	begin := weeks[0].End.AddDate(0, 0, -7)
	since := "&since=" + url.QueryEscape(moment(begin))
	come := chart.Series{Label: v.T("New"), Tone: chart.High, Href: list("change=new" + since)}
	gone := chart.Series{Label: v.T("Fixed"), Tone: chart.Good, Href: list("change=fixed" + since)}
	var moments []chart.Moment
	for _, w := range weeks {
		week := url.Values{"from": {moment(w.End.AddDate(0, 0, -7))}, "to": {moment(w.End)}}
		moments = append(moments, chart.Moment{Label: v.Day(w.End), Href: "/diff?" + narrowed(list, week).Encode()})
		come.Values, gone.Values = append(come.Values, w.New), append(gone.Values, w.Closed)
	}
	return chart.Pairs(chart.Frame{
		ID: "change", Title: v.T("New and fixed by week"), Desc: v.T("Two bars for each week, the newest first: what was found for the first time, and what was fixed."),
		Rows: v.T("Week to"), Unit: v.T("Findings"), Empty: v.T("Nothing came or went in these weeks."), Table: v.T("The numbers"),
		Unknown: v.T("not known"), Number: v.Number,
	}, moments, come, gone)
}

// narrowed adds the page's scope to another page's query.
func narrowed(list lister, query url.Values) url.Values {
	if u, err := url.Parse(list("")); err == nil {
		for key, values := range u.Query() {
			query[key] = values
		}
	}
	return query
}

func ages(v shell.View, o wire.Overview, list lister) template.HTML {
	names := []string{v.T("under 7 days"), v.T("7 to 14 days"), v.T("15 to 30 days"), v.T("31 to 60 days"), v.T("61 to 90 days"), v.T("over 90 days")}
	tones := []chart.Tone{chart.Info, chart.Info, chart.Low, chart.Medium, chart.High, chart.Critical}
	var bars []chart.Bar
	for i, a := range o.Ages[:min(len(o.Ages), len(names))] {
		query := present
		if a.From != nil {
			query += "&first_from=" + url.QueryEscape(a.From.Format(time.RFC3339Nano))
		}
		if a.Until != nil {
			query += "&first_until=" + url.QueryEscape(a.Until.Format(time.RFC3339Nano))
		}
		bars = append(bars, chart.Bar{Label: names[i], Value: a.Open, Tone: tones[i], Href: list(query)})
	}
	return chart.Bars(chart.Frame{
		ID: "ages", Title: v.T("Age of open findings"), Desc: v.T("A bar for each age, counted from when a finding was first seen."),
		Rows: v.T("Age"), Unit: v.T("Open findings"), Empty: v.T("No finding is open."), Table: v.T("The numbers"), Number: v.Number,
	}, bars)
}

// fixTimes groups what was closed by how long that took: one bar for each
// group, made of severities.
func fixTimes(v shell.View, o wire.Overview, list lister) template.HTML {
	names := []string{v.T("within a day"), v.T("2 to 7 days"), v.T("8 to 15 days"), v.T("16 to 30 days"), v.T("31 to 90 days"), v.T("over 90 days")}
	stacks := make([]chart.Stack, len(names))
	var parts []chart.Part
	for _, f := range o.FixTimes {
		if f.Severity == "" {
			continue
		}
		parts = append(parts, chart.Part{
			Label: v.Word(f.Severity), Tone: chart.Tone(f.Severity),
			Href: list("change=fixed&since=" + url.QueryEscape(closedSince(o)) + "&severity=" + f.Severity),
		})
		for i, n := range f.Within[:min(len(f.Within), len(names))] {
			stacks[i].Values = append(stacks[i].Values, n)
		}
	}
	for i, name := range names {
		stacks[i].Label = name
	}
	return chart.Stacks(chart.Frame{
		ID: "fixed", Title: v.T("Time to fix"), Desc: v.T("A bar for each length of time, made of severities: how long what was closed within 90 days had been open."),
		Rows: v.T("Time"), Unit: v.T("Fixed"), Empty: v.T("Nothing was closed within 90 days."), Table: v.T("The numbers"), Number: v.Number,
	}, parts, stacks)
}

func services(v shell.View, o wire.Overview, scope url.Values) template.HTML {
	bars := make([]chart.Bar, len(o.Services))
	for i, s := range o.Services {
		bars[i] = chart.Bar{
			Label: serviceName(v, s), Value: s.Open, Also: []int{s.Appeared, s.Gone}, Note: v.T("▲ %s new, ▼ %s gone", v.Number(s.Appeared), v.Number(s.Gone)),
		}
		if s.Name != "" && scope.Get("criticality") == "" {
			query := url.Values{"service": {s.Name}}
			for _, key := range []string{"org", "sector"} {
				if value := scope.Get(key); value != "" {
					query.Set(key, value)
				}
			}
			bars[i].Href = "/assets?" + query.Encode()
		}
	}
	return chart.Bars(chart.Frame{
		ID: "services", Title: v.T("Most frequent open services"), Desc: v.T("A bar for each kind of service, the most frequent first, with how many came and went."),
		Rows: v.T("Service"), Unit: v.T("Open"), Empty: v.T("No open service is known."), Table: v.T("The numbers"), Number: v.Number,
	}, bars, v.T("New"), v.T("Gone"))
}

func serviceName(v shell.View, s wire.ServiceTally) string {
	if s.Name == "" {
		return v.T("not recognised")
	}
	return s.Name
}
