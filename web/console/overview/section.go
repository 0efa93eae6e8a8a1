package overview

import (
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/web/console/shell"
)

type sectionView struct {
	shell.View
	Text string
	Rows int
}

// section shows the overview as text that goes into a report or an advisory.
func section(q *shell.Request) error {
	if q.Who.Bound() {
		return q.Redirect("/")
	}
	query := q.Filters(filters...)
	o, err := q.API.Overview(q.Context(), query)
	if err != nil {
		return err
	}
	view := overviewView{View: q.View(q.T("Section for a report")), Overview: o, Scope: query}
	text := view.markdown()
	return q.Render(pages, "section", sectionView{view.View, text, strings.Count(text, "\n") + 1})
}

// markdown writes the numbers of the page, as the reader's language has them.
func (v overviewView) markdown() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	o, n := v.Overview, v.Number
	line("## %s\n", v.heading())
	line("%s\n", v.T("Counted at %s; changes since %s.", v.Moment(o.At), v.Day(o.Since)))
	for _, kpi := range []struct {
		name string
		n    int
	}{
		{v.T("Open findings"), o.Total.Open},
		{v.T("New"), o.Total.New},
		{v.T("Fixed"), o.Total.Fixed},
		{v.T("Back again"), o.Total.Back},
		{v.T("Overdue"), o.Total.Overdue},
		{v.T("KEV past due"), o.Total.KEVOverdue},
	} {
		line("- %s: **%s**", kpi.name, n(kpi.n))
	}
	if o.MedianDays != nil {
		line("- %s: **%s**", v.T("Days to fix, median"), v.Decimal(*o.MedianDays, 1))
	}
	line("- %s: **%s** (%s)", v.T("Assets looked at"), n(o.Looked), v.Share(o.Looked, o.Assets))
	head := []string{v.T("Sector")}
	for _, s := range severities {
		head = append(head, v.Word(s))
	}
	head = append(head, v.T("KEV past due"), v.T("Organisations"), v.T("Assets looked at"))
	line("\n### %s\n", v.T("Open findings by sector and severity"))
	line("%s", row(head))
	line("%s", row(strings.Fields("---"+strings.Repeat(" ---:", len(head)-1))))
	for _, s := range o.Sectors {
		cells := []string{v.Word(s.Sector)}
		for _, severity := range severities {
			cells = append(cells, n(s.Severities[severity]))
		}
		line("%s", row(append(cells, n(s.Tally.KEVOverdue), n(s.Organizations), v.Share(s.Looked, s.Assets))))
	}
	v.servicesSection(&b)
	return b.String()
}

func (v overviewView) heading() string {
	if sector := v.Scope.Get("sector"); sector != "" {
		return v.T("Sector overview: %s", v.Word(sector))
	}
	return v.T("National overview")
}

func (v overviewView) servicesSection(b *strings.Builder) {
	if len(v.Overview.Services) == 0 {
		return
	}
	fmt.Fprintf(b, "\n### %s\n\n%s\n%s\n", v.T("Most frequent open services"),
		row([]string{v.T("Service"), v.T("Open"), "▲ " + v.T("New"), "▼ " + v.T("Gone")}), row([]string{"---", "---:", "---:", "---:"}))
	for _, s := range v.Overview.Services {
		fmt.Fprintln(b, row([]string{plain(serviceName(v.View, s)), v.Number(s.Open), v.Number(s.Appeared), v.Number(s.Gone)}))
	}
}

// row writes cells as Markdown does.
func row(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// plain takes from foreign text what Markdown would read.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("|*_`[]<>\\\n", r) {
			return ' '
		}
		return r
	}, text)
}
