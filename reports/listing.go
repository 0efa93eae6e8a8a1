package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
)

// A listing is one table of a report's files: a CSV file, or a sheet of the
// workbook. Both write the same cells.
type listing struct {
	name    string // of the file and the sheet
	about   string // what a row is, for the reader
	columns []string
	count   int
	row     func(i int) []any // a cell is nil, a string, an int or a time.Time
}

// A column gives one cell of each row. A value is an int, a bool, a time.Time,
// a pointer to one, or else text.
type column[T any] struct {
	name  string
	value func(T) any
}

// list makes a listing of rows; every one carries the label of the report.
func list[T any](tlp, name, about string, rows []T, columns ...[]column[T]) listing {
	all := append(slices.Concat(columns...), column[T]{"tlp", func(T) any { return tlp }})
	l := listing{name: name, about: about, count: len(rows)}
	for _, c := range all {
		l.columns = append(l.columns, c.name)
	}
	l.row = func(i int) []any {
		cells := make([]any, len(all))
		for n, c := range all {
			cells[n] = cellOf(c.value(rows[i]))
		}
		return cells
	}
	return l
}

// listings are all tables of a report, in the order in which a reader needs
// them. One without rows is there as well: its absence would say nothing.
func listings(r Report) []listing {
	if r.Edition != EditionOperator {
		return summaryListings(r)
	}
	var open []openFinding
	for i := range r.Problems {
		for _, f := range r.Problems[i].Findings {
			open = append(open, openFinding{f, &r.Problems[i]})
		}
	}
	return []listing{
		list(r.TLP, "findings", "every open finding, the most urgent problem first", open,
			findingColumns(func(o openFinding) Finding { return o.Finding }), openColumns),
		list(r.TLP, "changes", "what happened to findings within the period", r.Changes, changeColumns,
			assetColumns(func(c Change) AssetRef { return c.Asset })),
		list(r.TLP, "closed", "findings that ended within the period, and the proof", r.Closed, closedColumns,
			findingColumns(func(c Closed) Finding { return c.Finding })),
		list(r.TLP, "between", "open findings seen within the period that the last look did not confirm: please check them", r.Between, betweenColumns,
			findingColumns(func(b Between) Finding { return b.Finding })),
		list(r.TLP, "services", "every open port that was found", r.Services, serviceColumns,
			assetColumns(func(s Service) AssetRef { return s.Asset })),
		list(r.TLP, "risky-services", "those of the services that should not face a network that others use", risky(r.Services), riskyColumns,
			assetColumns(func(s Service) AssetRef { return s.Asset })),
		list(r.TLP, "certificates", "what services prove their identity with, the next to end first", r.Certificates, certificateColumns,
			assetColumns(func(c Certificate) AssetRef { return c.Asset })),
		list(r.TLP, "hosts", "addresses that answered at the last look", r.Hosts, hostColumns,
			assetColumns(func(h Host) AssetRef { return h.Asset })),
		list(r.TLP, "scope", "the assets in use as they are registered: please check that nothing is missing or not yours", r.Scope,
			assetColumns(func(g Registered) AssetRef { return g.Asset }), scopeColumns),
		list(r.TLP, "coverage", "how each asset fared when it was last looked at, those not reached first", r.Coverage,
			assetColumns(func(l Look) AssetRef { return l.Asset }), lookColumns),
		list(r.TLP, "waivers", "open findings that were decided to be left open, the first to end at the top", waived(r.Problems), waiverColumns(r.At),
			findingColumns(func(f Finding) Finding { return f })),
		list(r.TLP, "trends", "how things stood at the end of each week, and what is usual in the sector", trendRows(r.Trends), trendColumns),
		list(r.TLP, "advisories", "advisories that concern the assets, and what came of them", r.Advisories, advisoryColumns),
	}
}

// summaryListings are the tables of a sector's and of the nation's report.
func summaryListings(r Report) []listing {
	trends := list(r.TLP, "trends", "how things stood at the end of each week", trendRows(r.Trends), trendColumns[:len(trendColumns)-4])
	weaknesses := list(r.TLP, "weaknesses", "every check with open findings, the most widespread first", r.Weaknesses, commonColumns)
	if r.Edition == EditionNational {
		return []listing{
			list(r.TLP, "sectors", "the numbers of each sector", r.Sectors, groupColumns("sector")),
			list(r.TLP, "organizations", "the numbers of each organisation, the most urgent first", r.Organizations, groupColumns("organization_id")),
			weaknesses, trends,
			list(r.TLP, "advisories", "documents of peers, and how far they have come", r.Clock, clockColumns),
		}
	}
	operators := list(r.TLP, "operators", "the numbers of each operator, the most urgent first; names are not told", r.Organizations,
		[]column[Group]{{"operator", func(g Group) any { return g.ID }}}, anonymousNumbers())
	if r.Named {
		operators = list(r.TLP, "operators", "the numbers of each operator, the most urgent first", r.Organizations, groupColumns("organization_id"))
	}
	return []listing{
		operators, list(r.TLP, "spread", "how operators differ: the lower quarter, the one in the middle, the upper quarter", r.Spread, spreadColumns),
		weaknesses, trends,
	}
}

// cellOf cleans and disarms a value for a spreadsheet. An empty one is nil.
func cellOf(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case int:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Truncate(time.Second)
	case *time.Time:
		if v == nil {
			return nil
		}
		return cellOf(*v)
	default:
		if s := safeText(fmt.Sprint(v)); s != "" {
			return s
		}
		return nil
	}
}

// safeText disarms s: a spreadsheet runs a cell that starts with one of these
// signs, also behind spaces and in their full-width forms. The apostrophe
// makes it text. The workbook, whose cells are text anyway, has it too: so it
// stays harmless when somebody saves a sheet as CSV.
func safeText(s string) string {
	s = strings.Join(strings.Fields(inventory.CleanText(s, 10_000)), " ")
	first := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if first != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(first)[0]) {
		return "'" + s
	}
	return s
}
