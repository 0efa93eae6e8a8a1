package reports

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/chart"
)

// charts are the pictures of the report card. They count nothing of their own:
// each number is one of the card, or the length of a list of the report.
type charts struct{ Severity, Problems, Reach template.HTML }

// maxBars is how many problems are drawn; the others share one bar.
const maxBars = 8

func newCharts(r Report) charts {
	return charts{Severity: severityChart(r), Problems: problemChart(r), Reach: reachChart(r)}
}

// severityOf tells which severity's open findings a figure counts.
func severityOf(f Figure) (inventory.Severity, bool) {
	s, ok := strings.CutPrefix(f.Key, "open_")
	return inventory.Severity(s), ok
}

func severityChart(r Report) template.HTML {
	count := map[ChangeKind]map[inventory.Severity]int{ChangeNew: {}, ChangeReopened: {}, ChangeFixed: {}}
	for _, c := range r.Changes {
		if by := count[c.Kind]; by != nil {
			by[c.Severity]++
		}
	}
	var bars []chart.Bar
	open := 0
	for _, f := range r.Card {
		s, ok := severityOf(f)
		if !ok {
			continue
		}
		open += f.Value
		bar := chart.Bar{Label: string(s), Value: f.Value, Tone: chart.Tone(s)}
		var notes []string
		for _, kind := range []ChangeKind{ChangeNew, ChangeReopened, ChangeFixed} {
			n := count[kind][s]
			bar.Also = append(bar.Also, n)
			if n > 0 {
				notes = append(notes, chart.Thousands(n)+" "+changeWord(kind))
			}
		}
		bar.Note = strings.Join(notes, ", ")
		if f.Delta != nil && *f.Delta != 0 { // findings also change their severity
			bar.Note = strings.TrimSuffix(fmt.Sprintf("%+d: %s", *f.Delta, bar.Note), ": ")
		}
		bars = append(bars, bar)
	}
	return chart.Bars(chart.Frame{
		ID: "severity", Title: "Open findings by severity", Rows: "Severity", Unit: "Open now",
		Desc:  fmt.Sprintf("%s open, in one bar for each severity, with what came and went in this period.", count1(open, "finding is", "findings are")),
		Empty: "No finding is open, and none came or went in this period.",
	}, bars, "New", "Back again", "Fixed")
}

// changeWord is the kind as the report's headings say it.
func changeWord(k ChangeKind) string {
	if k == ChangeReopened {
		return "back again"
	}
	return string(k)
}

func problemChart(r Report) template.HTML {
	order := make([]int, len(r.Problems)) // of r.Problems, the most frequent first
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return len(r.Problems[y].Findings) - len(r.Problems[x].Findings) })
	shown := order[:min(len(order), maxBars)]
	if len(order) == maxBars+1 { // one other needs no more room than its sum
		shown = order
	}
	var bars []chart.Bar
	for _, i := range shown {
		p := r.Problems[i]
		bars = append(bars, chart.Bar{
			Label: p.Title, Note: string(p.Severity), Value: len(p.Findings), Also: []int{p.Assets}, Tone: chart.Tone(p.Severity), Href: problemLink(i),
		})
	}
	if others := order[len(shown):]; len(others) > 0 {
		bar := chart.Bar{Label: chart.Thousands(len(others)) + " other problems", Also: []int{chart.Unknown}, Href: "#problems"}
		for _, i := range others {
			bar.Value += len(r.Problems[i].Findings)
		}
		bars = append(bars, bar)
	}
	return chart.Bars(chart.Frame{
		ID: "common", Title: "Open findings by problem", Rows: "Problem", Unit: "Open findings",
		Desc:    fmt.Sprintf("%s, the most frequent first. Each bar leads to its findings.", count1(len(r.Problems), "problem has open findings", "problems have open findings")),
		Empty:   "No finding is open.",
		Unknown: "not counted",
	}, bars, "Assets")
}

// problemLink leads to the heading of r.Problems[i].
func problemLink(i int) string { return fmt.Sprintf("#problem-%d", i) }

func reachChart(r Report) template.HTML {
	parts := []chart.Part{
		{Label: "fully reached", Tone: chart.Good, Href: "#fine-h"},
		{Label: "reached in part", Tone: chart.Medium, Href: "#missed-h"},
		{Label: "asked, but not reached", Tone: chart.High, Href: "#missed-h"},
		{Label: "not looked at", Tone: chart.Blank, Href: "#missed-h"},
	}
	values := make([]int, len(parts))
	for _, l := range r.Coverage {
		switch {
		case lookRank(l) == 2:
			values[0]++
		case l.Reached > 0:
			values[1]++
		case l.Addresses > 0:
			values[2]++
		default:
			values[3]++
		}
	}
	for i, n := range values {
		if n == 0 { // there is no list
			parts[i].Href = ""
		}
	}
	return chart.Stacks(chart.Frame{
		ID: "reach", Title: "How the assets were reached", Rows: "At the last look", Unit: "Assets",
		Desc:  fmt.Sprintf("Of %s, %s answered at the last look.", count1(len(r.Coverage), "asset", "assets"), chart.Thousands(values[0]+values[1])),
		Empty: "No asset is registered.",
	}, parts, []chart.Stack{{Values: values}})
}

// count1 writes a number with the word for one or for many.
func count1(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return chart.Thousands(n) + " " + many
}
