// Package ledger shows what passed between us and other CERTs in a year, by
// peer, by category and by the themes of the action plan, and what should be
// seen to soon.
package ledger

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of the ledger, and of what is due.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /ledger", Needs: "get-ledger", Handle: show},
		{Route: "GET /ledger/file", Needs: "get-ledger", Handle: file},
		{Route: "GET /ledger/plan", Needs: "get-plan-report", Handle: plan},
		{Route: "GET /ledger/committee", Needs: "get-committee-report", Handle: committee},
		{Route: "GET /reminders", Needs: "list-reminders", Handle: reminders},
	}
}

// peersAtOnce is how many peers one page lists.
const peersAtOnce = "20"

// firstYear is the earliest that a page offers.
const firstYear = 2022

type line struct {
	Peer wire.Peer
	Year wire.LedgerYear
}

type yearView struct {
	shell.View
	Year  int
	Peer  string
	All   wire.LedgerYear
	Peers []line
	Next  string
}

// Years are those to choose from, this one first.
func (v yearView) Years() []int { return years(v.Now()) }

func years(now time.Time) []int {
	var out []int
	for y := now.Year(); y >= firstYear; y-- {
		out = append(out, y)
	}
	return out
}

// Categories are those that anything passed of, with both directions.
func (v yearView) Categories() []both {
	var out []both
	add := func(lines []wire.LedgerLine, to func(*both) *wire.LedgerLine) {
		for _, l := range lines {
			i := slices.IndexFunc(out, func(b both) bool { return b.Category == l.Category })
			if i < 0 {
				i, out = len(out), append(out, both{Category: l.Category})
			}
			*to(&out[i]) = l
		}
	}
	add(v.All.Given.ByCategory, func(b *both) *wire.LedgerLine { return &b.Given })
	add(v.All.Received.ByCategory, func(b *both) *wire.LedgerLine { return &b.Received })
	return out
}

// both are the two directions of one category.
type both struct {
	Category        string
	Given, Received wire.LedgerLine
}

// Span writes how long something took.
func (v yearView) Span(s wire.LedgerSpans) string {
	if s.Count == 0 {
		return "–"
	}
	return span(v.View, s.Median)
}

func span(v shell.View, d time.Duration) string {
	if d >= 48*time.Hour {
		return v.N("%s day", "%s days", int(d.Hours()/24))
	}
	return v.N("%s hour", "%s hours", int(d.Round(time.Hour).Hours()))
}

func show(q *shell.Request) error {
	v := yearView{View: q.View(q.T("Ledger")), Year: year(q), Peer: q.R.URL.Query().Get("peer")}
	var err error
	if v.All, err = count(q, v.Year, v.Peer); err != nil {
		return err
	}
	if v.Peer != "" {
		p, err := q.API.Peer(q.Context(), v.Peer)
		if err != nil {
			return err
		}
		v.Peers = []line{{p, v.All}}
		return q.Render(pages, "ledger", v)
	}
	query := q.Filters("cursor")
	query.Set("limit", peersAtOnce)
	list, err := q.API.PeerPage(q.Context(), query)
	if err != nil {
		return err
	}
	v.Next = list.NextCursor
	for _, p := range list.Items {
		if i := slices.IndexFunc(v.All.Peers, func(y wire.LedgerYear) bool { return y.Team == p.ID }); i >= 0 {
			v.Peers = append(v.Peers, line{p, v.All.Peers[i]})
		}
	}
	return q.Render(pages, "ledger", v)
}

// year is the page's own, or this one.
func year(q *shell.Request) int {
	if y, err := strconv.Atoi(q.R.URL.Query().Get("year")); err == nil {
		return y
	}
	return q.Now().Year()
}

// count reads the ledger of a year, with one peer or with all and each.
func count(q *shell.Request, year int, peer string) (wire.LedgerYear, error) {
	return read[wire.LedgerYear](q.Context(), q.API.Ledger, client.Year{Year: year, Peer: peer, Each: peer == ""})
}

// read reads a report as the API counts it.
func read[T any](ctx context.Context, from func(context.Context, client.Year) (client.File, error), y client.Year) (T, error) {
	var out T
	y.Formats = []string{"json"}
	f, err := from(ctx, y)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(f.Content, &out); err != nil {
		return out, fmt.Errorf("read the report of %d: %w", y.Year, err)
	}
	return out, nil
}

// format is the one that a file is asked for in.
func format(q *shell.Request) []string {
	if f := q.R.URL.Query().Get("format"); f != "" {
		return []string{f}
	}
	return []string{"csv"}
}

func file(q *shell.Request) error {
	y := client.Year{Year: year(q), Peer: q.R.URL.Query().Get("peer"), Formats: format(q)}
	from := q.API.Ledger
	if q.R.URL.Query().Get("of") == "plan" {
		from = q.API.PlanReport
	}
	f, err := from(q.Context(), y)
	if err != nil {
		return err
	}
	return q.Send(f)
}

// committee hands out a year's report for an agreement's committee.
func committee(q *shell.Request) error {
	id := q.R.URL.Query().Get("agreement")
	if id == "" {
		return q.Redirect("/agreements")
	}
	f, err := q.API.CommitteeReport(q.Context(), id, client.Year{Year: year(q), Formats: format(q)})
	if err != nil {
		return err
	}
	return q.Send(f)
}

type planView struct {
	shell.View
	Plan wire.PlanReport
}

// Years are those to choose from, this one first.
func (v planView) Years() []int { return years(v.Now()) }

// Value writes a figure by its unit.
func (v planView) Value(f wire.PlanFigure) string {
	switch {
	case f.Span != 0:
		return span(v.View, f.Span)
	case f.Mean != 0:
		return strconv.FormatFloat(f.Mean, 'f', 1, 64)
	}
	return v.Number(f.Count)
}

func plan(q *shell.Request) error {
	p, err := read[wire.PlanReport](q.Context(), q.API.PlanReport, client.Year{Year: year(q)})
	if err != nil {
		return err
	}
	return q.Render(pages, "plan", planView{q.View(q.T("Action plan")), p})
}

type remindView struct {
	shell.View
	Due []wire.Reminder
}

// Where is the page about what a reminder is of.
func (remindView) Where(r wire.Reminder) string {
	id := url.PathEscape(r.Object)
	switch r.Kind {
	case "agreement_expires", "agreement_review":
		return "/agreements/" + id
	case "interim_advisory":
		return "/advisories/" + id
	case "acknowledgement_overdue":
		return "/releases?peer=" + url.QueryEscape(r.PeerID)
	}
	if r.PeerID != "" {
		return "/peers/" + url.PathEscape(r.PeerID)
	}
	return ""
}

func reminders(q *shell.Request) error {
	all, err := q.API.Reminders(q.Context())
	if err != nil {
		return err
	}
	shell.Learn(q, "peer", all, func(v wire.Reminder) string { return v.PeerID })
	return q.Render(pages, "reminders", remindView{q.View(q.T("Reminders")), all})
}
