package reports

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/chart"
)

//go:embed report.css
var styleSheet string

//go:embed *.html.tmpl
var pageSources embed.FS

// pages is the HTML report: one file, no script, nothing fetched.
var pages = template.Must(template.ParseFS(pageSources, "*.html.tmpl"))

// A view is what the templates show; all words and numbers are made here.
type view struct {
	Report
	words
	Lang, Dir string
	Style     template.CSS
	Policy    string // Content-Security-Policy: only our own style sheet and fonts
	Title     string
	For       string // whom it is for
	Period    string
	Portal    bool
	Tiles     []tile
	Charts    charts
	Contents  []link
	Operator  *operatorView
	Summary   *summaryView

	base   LinkBase
	places map[inventory.CheckID]int // of the report's problems
}

// A link leads within the page.
type link struct{ Anchor, Text string }

// with gives a part of the page its data, and keeps the view at hand.
type with struct {
	*view
	X any
}

// With is for templates.
func (v *view) With(x any) with { return with{v, x} }

// writeHTML writes the body first: which fonts the page needs is known when
// its text is.
func writeHTML(w io.Writer, r Report, o Options) error {
	v := newView(r, o)
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, "body", v); err != nil {
		return err
	}
	v.dress(body.String(), o)
	if err := pages.ExecuteTemplate(w, "head", v); err != nil {
		return err
	}
	if _, err := body.WriteTo(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "</html>\n")
	return err
}

// dress sets the style sheet with the fonts that the text needs.
func (v *view) dress(text string, o Options) {
	var css strings.Builder
	if o.Fonts != nil {
		for _, f := range o.Fonts(text) {
			css.WriteString(f.Face("data:font/woff2;base64," + base64.StdEncoding.EncodeToString(f.Data)))
		}
	}
	css.WriteString(styleSheet)
	css.WriteString(chart.Style)
	// Both are letters, digits, colons and hyphens.
	fmt.Fprintf(&css, "@media print { @page { @top-right { content: %q; } @bottom-right { content: %q; } @top-left { content: %q; } } }\n", v.TLP, v.TLP, v.ID)
	sum := sha256.Sum256([]byte(css.String()))
	v.Style = template.CSS(css.String()) //nolint:gosec // our own embedded files
	v.Policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; font-src data:; base-uri 'none'; form-action 'none'"
}

func zoneOf(r Report) *time.Location {
	name := "UTC"
	if r.Organization != nil {
		name = cmp.Or(r.Organization.TimeZone, name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil { // a zone that this machine does not know
		return time.UTC
	}
	return zone
}

func newView(r Report, o Options) *view {
	p := o.printer()
	v := &view{
		Report: r, words: words{p, zoneOf(r)}, Lang: p.Tag(), Dir: p.Dir(),
		Title: p.T("Weekly exposure report"), For: p.T("National edition"), base: o.Links, Portal: o.Links.To("", nil) != "", places: map[inventory.CheckID]int{},
	}
	for i, problem := range r.Problems {
		v.places[problem.Check] = i
	}
	v.Period = p.T("%s to %s", v.Day(r.From), v.Day(r.To.Add(-time.Nanosecond)))
	for _, f := range r.Card {
		v.Tiles = append(v.Tiles, v.newTile(f))
	}
	v.Charts = newCharts(v)
	if r.Edition == EditionOperator {
		v.For = r.Organization.Name
		v.Operator = newOperatorView(v)
	} else {
		if r.Edition == EditionSector {
			v.For = p.T("Sector: %s", v.Term(r.Sector))
		}
		v.Summary = newSummaryView(v)
	}
	v.Contents = v.contents()
	return v
}

func (v *view) contents() []link {
	if v.Operator == nil {
		return v.summaryContents()
	}
	return []link{
		{"first", v.T("What to do this week")},
		{"card", v.T("Report card")},
		{"changes", v.T("Changes")},
		{"exposed", v.T("Known exploited, management, OT")},
		{"trends", v.T("Trends")},
		{"waivers", v.T("Waivers")},
		{"coverage", v.T("Coverage and confidence")},
		{"problems", v.T("Findings by problem")},
		{"assets", v.T("By asset")},
		{"advisories", v.T("Advisories that touched you")},
		{"scope", v.T("Scope to confirm")},
		{"method", v.T("How we scanned you")},
		{"services", v.T("Services that answer")},
	}
}

// To is the address of a page of the portal, "" without one. The filter is
// names and values in turn; one without a value is left out.
func (v *view) To(path string, filter ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(filter); i += 2 {
		if filter[i+1] != "" {
			q.Add(filter[i], filter[i+1])
		}
	}
	return v.base.To(path, q)
}

// A tile is a figure of the card.
type tile struct {
	Figure
	Label, Note string
	Shown       string // the number, or that it is not known
	Change      string // "+2"
	Better      bool   // the change is for the better
	Worse       bool
	Anchor      string // its list on the page
	Portal      string // and in the portal
}

func (v *view) newTile(f Figure) tile {
	t := tile{Figure: f, Label: v.Word(f.Label), Note: noteOf(v.p, f), Shown: v.Number(f.Value), Anchor: anchors[f.Key], Portal: v.portalOf(f.Key)}
	switch v.Edition {
	case EditionNational:
		t.Anchor = nationalAnchors[f.Key]
	case EditionSector:
		if t.Anchor = sectorAnchors[f.Key]; len(v.Organizations) < MinPeers {
			t.Anchor = ""
		}
	default:
	}
	if f.Unknown {
		t.Shown, t.Note = v.T("not known"), v.T("nothing was reached, so nobody could count")
	}
	if f.Delta == nil || f.Unknown {
		return t
	}
	d := *f.Delta
	t.Change = v.T("unchanged")
	if d != 0 {
		t.Change = v.Signed(d)
	}
	if f.Key != "assets" { // more findings are worse, more assets are not
		t.Better, t.Worse = d < 0, d > 0
	}
	return t
}

// anchors are where the page lists what a figure counts.
var anchors = map[string]string{
	"assets": "scope", "in_scope": "coverage", "reached": "coverage", "not_tested": "missed", "blocked": "missed", "hosts_up": "hosts",
	"services": "services", "open_critical": "assets", "open_high": "assets", "open_medium": "problems", "open_low": "problems", "open_info": "problems",
	"waived": "waivers", "disputed": "problems", "kev": "kev", "overdue": "problems", "oldest_critical": "assets", "oldest_kev": "kev",
}

var sectorAnchors = map[string]string{
	"organizations": "organizations", "open_critical": "organizations", "open_high": "organizations", "open_medium": "organizations",
	"open_low": "organizations", "kev": "exploited", "overdue": "organizations", "kev_overdue": "organizations",
}

var nationalAnchors = map[string]string{
	"organizations": "organizations", "assets": "gaps", "in_scope": "gaps", "reached": "gaps", "not_tested": "gaps", "silent": "silent",
	"open_critical": "heat", "open_high": "heat", "open_medium": "heat", "open_low": "heat", "kev": "ranking", "overdue": "ranking", "kev_overdue": "ranking",
	"waived": "doubts",
}

// portalOf is the portal's list that makes a figure up.
func (v *view) portalOf(key string) string {
	org, sector := "", string(v.Sector)
	if v.Organization != nil {
		org = string(v.Organization.ID)
	}
	present := []string{"org", org, "sector", sector, "detection", "open", "detection", "back_again"}
	find := func(more ...string) string { return v.To("/findings", append(present, more...)...) }
	if severity, ok := strings.CutPrefix(key, openKey); ok {
		return find("severity", severity)
	}
	switch key {
	case "kev":
		return find("kev", "yes", "exception", "hide")
	case "kev_overdue":
		return find("kev", "yes", "due", "overdue")
	case "overdue":
		return find("due", "overdue")
	case "waived":
		return find("exception", "only")
	case "disputed":
		return find("disputed", "yes")
	case "assets":
		if org != "" {
			return v.To("/assets", "org", org)
		}
	}
	return ""
}

// frame surrounds a chart with words in the reader's language.
func (v *view) frame(id, title, desc, rows, unit, empty string) chart.Frame {
	return chart.Frame{
		ID: id, Title: title, Desc: desc, Rows: rows, Unit: unit, Empty: empty,
		Table: v.T("The numbers"), Unknown: v.T("not known"), Number: v.p.Number,
	}
}
