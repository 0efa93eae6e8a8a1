package shell

import (
	"fmt"
	"html/template"
	"net/url"
	"time"

	"github.com/ciiscan/ciiscan/reports/chart"
)

// styleguide are the pages that show every part in every state, to
// administrators: they write no data.
func styleguide() []Page {
	const needs = "allow-scanning" // an operation of administrators only
	return []Page{
		{Route: "GET /styleguide", Needs: needs, Handle: showStyles},
		{Route: "POST /styleguide", Needs: needs, Handle: refuseStyles},
		{Route: "GET /styleguide/found", Needs: needs, Handle: func(q *Request) error {
			return q.Options([]Option{{Value: "ORG-1", Text: "Grid"}, {Value: "ORG-2", Text: "Water & Sewage"}})
		}},
		{Route: "GET /styleguide/live", Needs: needs, Stream: true, Handle: countStyles},
	}
}

type sampleRow struct {
	ID, Severity, Name, Where, State string
	KEV                              bool
	Age                              int
}

type stylesView struct {
	View
	Rows    []sampleRow
	Options []Option
	Form    Form
	Chart   template.HTML
}

func styles(q *Request, form Form) stylesView {
	rows := []sampleRow{
		{"F-10231", "critical", "Remote desktop without network level authentication", "192.0.2.10:3389/tcp", "new", true, 4},
		{"F-10188", "high", "Modbus answers from the internet", "192.0.2.44:502/tcp", "notified", false, 12},
		{"F-9921", "medium", "Certificate ends within 14 days", "portal.example.org:443/tcp", "in_progress", false, 31},
		{"F-9004", "low", "Server tells its exact version, and has a long name that wraps", "[2001:db8::12]:8443/tcp", "back_again", false, 120},
	}
	if want := q.R.URL.Query().Get("severity"); want != "" {
		kept := rows[:0]
		for _, r := range rows {
			if r.Severity == want {
				kept = append(kept, r)
			}
		}
		rows = kept
	}
	picture := chart.Bars(
		chart.Frame{ID: "sample", Title: "Open findings by severity", Desc: "High is the most.", Rows: "Severity", Unit: "Open findings"},
		[]chart.Bar{
			{Label: "Critical", Tone: chart.Critical, Value: 12, Href: "/findings?severity=critical"},
			{Label: "High", Tone: chart.High, Value: 40, Href: "/findings?severity=high"},
			{Label: "Medium", Tone: chart.Medium, Value: 27, Href: "/findings?severity=medium"},
		})
	return stylesView{
		View: q.View("Style guide"), Rows: rows, Form: form, Chart: picture,
		Options: []Option{{"energy", "Energy", "power and gas"}, {"water", "Water", ""}, {"rail", "Rail", ""}},
	}
}

func showStyles(q *Request) error { return q.Render(basic, "styleguide", styles(q, Form{})) }

// refuseStyles shows a form with mistakes.
func refuseStyles(q *Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	form.Values = url.Values{"name": {"Grid"}, "address": {"300.1.1.1"}, "level": {"water"}, "days": {"rail", "energy"}, "sector": {"rail"}}
	form.Problem = &Mistake{Message: "Two things have to be put right", Hint: "Nothing was saved."}
	form.Mistakes = map[string][]Mistake{
		"address": {{Message: "300.1.1.1 is not an address", Hint: "write it as 192.0.2.10"}},
		"days":    {{Message: "too many days", Hint: "choose one"}},
		"agree":   {{Message: "missing"}},
	}
	return q.RenderForm(basic, "styleguide", styles(q, form))
}

// countStyles sends three parts, slowly enough to be seen.
func countStyles(q *Request) error {
	return q.Events(func(send func(name, html string) error) error {
		for i := range 3 {
			if err := send("", fmt.Sprintf("<p>%s</p>", template.HTMLEscapeString(q.T("Part %s of 3", q.Number(i+1))))); err != nil {
				return err
			}
			select {
			case <-q.Context().Done():
				return q.Context().Err()
			case <-time.After(200 * time.Millisecond):
			}
		}
		return nil
	})
}
