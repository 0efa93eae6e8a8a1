package reports

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/chart"
)

//go:embed report.css
var styleSheet string

//go:embed report.html.tmpl
var pageSource string

// dateForm is read alike everywhere: no country mistakes the month.
const dateForm = "2 Jan 2006"

// maxRows caps each table of the page, which a browser must open; a table
// that is cut says so, and the CSV files have every row.
const maxRows = 500

// page is the HTML report: one file, no script, nothing fetched.
var page = template.Must(template.New("report").Funcs(template.FuncMap{
	// Both are replaced for each report's time zone.
	"date": func(t time.Time) string { return t.Format(dateForm) },
	"when": func(t time.Time) string { return t.Format(dateForm + " 15:04") },
}).Parse(pageSource))

// A view is what the template shows; all words and numbers are made here.
type view struct {
	Report
	Style  template.CSS
	Policy string // Content-Security-Policy: only our own style sheet
	Title  string
	For    string // whom it is for
	Period string
	Zone   string
	Tiles  []tile
	Charts charts
	Open   []openProblem
	Groups []changeGroup
	Missed []Look // not reached, or in part
	Fine   []Look
	Risky  []Service
	Plain  []Service

	National bool
	Calm     bool // nothing is to be done
}

// A tile is a figure of the card.
type tile struct {
	Figure
	Change string // "+2 since the period began"
	Good   bool   // the change is for the better
	Bad    bool
}

// An openProblem is a problem with the rows that the page shows of it.
type openProblem struct {
	Problem
	Rows []Finding
	More int // rows left out
}

type changeGroup struct {
	Kind    ChangeKind
	Heading string
	About   string
	All     []Change
	Rows    []Change
	More    int
}

// limit cuts rows to what a page shows, and counts the others.
func limit[T any](rows []T) (shown []T, more int) {
	more = max(0, len(rows)-maxRows)
	return rows[:len(rows)-more], more
}

func writeHTML(w io.Writer, r Report, _ Options) error {
	zone, err := time.LoadLocation(zoneOf(r))
	if err != nil { // a zone that this machine does not know
		zone = time.UTC
	}
	p, err := page.Clone()
	if err != nil {
		return err
	}
	p.Funcs(template.FuncMap{
		"date": func(t time.Time) string { return t.In(zone).Format(dateForm) },
		"when": func(t time.Time) string { return t.In(zone).Format(dateForm + " 15:04") },
	})
	return p.Execute(w, newView(r, zone))
}

func zoneOf(r Report) string {
	if r.Organization == nil {
		return "UTC"
	}
	return cmp.Or(r.Organization.TimeZone, "UTC")
}

func newView(r Report, zone *time.Location) view {
	style := styleSheet + chart.Style
	sum := sha256.Sum256([]byte(style))
	v := view{
		Report: r, Style: template.CSS(style), //nolint:gosec // our own embedded files
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
		Title:  "Weekly exposure report", For: "National edition", National: r.Edition == EditionNational,
		Period: fmt.Sprintf("%s to %s", r.From.In(zone).Format(dateForm), r.To.Add(-time.Nanosecond).In(zone).Format(dateForm)),
		Zone:   r.At.In(zone).Format("UTC-07:00"), Calm: len(r.First) == 0,
	}
	if r.Organization != nil {
		v.For = r.Organization.Name
	}
	for _, f := range r.Card {
		if _, drawn := severityOf(f); !drawn {
			v.Tiles = append(v.Tiles, newTile(f))
		}
	}
	v.Charts = newCharts(r)
	for _, p := range r.Problems {
		o := openProblem{Problem: p}
		o.Rows, o.More = limit(p.Findings)
		v.Open = append(v.Open, o)
	}
	v.Groups = groupChanges(r.Changes)
	for _, l := range r.Coverage {
		if lookRank(l) == 2 {
			v.Fine = append(v.Fine, l)
		} else {
			v.Missed = append(v.Missed, l)
		}
	}
	for _, s := range r.Services {
		if s.Risky != "" {
			v.Risky = append(v.Risky, s)
		} else {
			v.Plain = append(v.Plain, s)
		}
	}
	return v
}

func newTile(f Figure) tile {
	t := tile{Figure: f}
	if f.Delta == nil {
		return t
	}
	d := *f.Delta
	t.Change = "unchanged"
	if d != 0 {
		t.Change = fmt.Sprintf("%+d", d)
	}
	if f.Key != "assets" { // more findings are worse, more assets are not
		t.Good, t.Bad = d < 0, d > 0
	}
	return t
}

// A table is what the template's tables of one kind need.
type table[T any] struct {
	ID, Heading string // the id of the heading, and its text where the table has its own
	Rows        []T
	More        int
	National    bool
	Sectors     bool // rows are sectors, not organisations
}

func newTable[T any](v view, id, heading string, rows []T) table[T] {
	t := table[T]{ID: id, Heading: heading, National: v.National}
	t.Rows, t.More = limit(rows)
	return t
}

// SectorTable is the national table of sectors.
func (v view) SectorTable() table[Group] {
	t := newTable(v, "sectors-h", "By sector", v.Sectors)
	t.Sectors = true
	return t
}

// OrganizationTable is the national table of organisations.
func (v view) OrganizationTable() table[Group] {
	return newTable(v, "orgs-h", "By organisation", v.Organizations)
}

// LookTable is a table of coverage under the heading id.
func (v view) LookTable(id string, rows []Look) table[Look] {
	return newTable(v, id, "", rows)
}

// ServiceTable is a table of services under the heading id.
func (v view) ServiceTable(id string, rows []Service) table[Service] {
	return newTable(v, id, "", rows)
}

func groupChanges(all []Change) []changeGroup {
	groups := []changeGroup{
		{Kind: ChangeNew, Heading: "New", About: "Seen for the first time."},
		{Kind: ChangeReopened, Heading: "Back again", About: "Were fixed and are seen again within 90 days. Their age counts from the first time."},
		{Kind: ChangeFixed, Heading: "Fixed", About: "Proven gone. Thank you."},
		{Kind: ChangeUrgency, Heading: "More or less urgent", About: "The severity changed, or attacks became known."},
	}
	for _, c := range all {
		for i := range groups {
			if groups[i].Kind == c.Kind {
				groups[i].All = append(groups[i].All, c)
			}
		}
	}
	for i := range groups {
		groups[i].Rows, groups[i].More = limit(groups[i].All)
	}
	return groups
}

// Place reads "192.0.2.7 port 443/tcp".
func (f Finding) Place() string { return place(f.Address, f.Port, f.Transport) }

// Place reads "192.0.2.7 port 443/tcp".
func (s Service) Place() string { return place(s.Address, s.Port, s.Transport) }

func place(addr string, port uint16, t inventory.Transport) string {
	if port == 0 {
		return addr
	}
	return fmt.Sprintf("%s port %d/%s", addr, port, t)
}

// What reads "Redis 7.0.15", or the service's name, or "not identified".
func (s Service) What() string {
	return cmp.Or(strings.TrimSpace(s.Product+" "+s.Version), s.Name, "not identified")
}

// Short is the evidence's id as people read it aloud; the files have it whole.
func (c Change) Short() string { return string(c.Evidence)[:min(12, len(c.Evidence))] }

// Words tells the outcome to a reader.
func (l Look) Words() string {
	if l.LastLook == nil {
		return "not looked at"
	}
	return outcomeWord(l.Outcome)
}

// StateWords reads "back again, in progress".
func (f Finding) StateWords() string {
	state := string(f.Detection)
	if f.Detection == inventory.Reopened {
		state = "back again"
	}
	return state + ", " + words(string(cmp.Or(f.Work, inventory.WorkNew)))
}

// WaiverWords reads "accepted risk".
func (f Finding) WaiverWords() string { return words(string(f.Waiver)) }

func words(s string) string { return strings.ReplaceAll(s, "_", " ") }
