package reports

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"golang.org/x/net/html"
)

// chartTable reads the numbers beneath a chart, row by row.
func chartTable(t *testing.T, page document, id string) map[string][]int {
	t.Helper()
	out := map[string][]int{}
	for n := range page.root.Descendants() {
		if n.Data != "div" || attr(n, "aria-labelledby") != id+"-title" {
			continue
		}
		for _, tr := range (document{n}).all("", "tbody", "tr") {
			var name string
			var row []int
			for c := range tr.ChildNodes() {
				switch c.Data {
				case "th":
					name = text(c)
				case "td":
					v, err := strconv.Atoi(strings.ReplaceAll(text(c), ",", ""))
					if err != nil {
						t.Fatal(err)
					}
					row = append(row, v)
				}
			}
			out[name] = row
		}
	}
	return out
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// The pictures show the numbers of the card and of the lists, and no others.
func TestChartsAgree(t *testing.T) {
	for name, d := range map[string]Data{"operator": operator(sample(t)), "other": of(sample(t), "ORG-8")} {
		r := build(t, d)
		page := parse(t, render(t, r)[".html"])
		figures := map[string]int{}
		open := 0
		severities := chartTable(t, page, "severity")
		for _, f := range r.Card {
			figures[f.Key] = f.Value
			s, ok := strings.CutPrefix(f.Key, openKey)
			if !ok {
				continue
			}
			open += f.Value
			if got := severities[s]; len(got) != 4 || got[0] != f.Value {
				t.Errorf("%s: %s = %v, the card has %d", name, s, got, f.Value)
			}
		}
		came := [3]int{}
		for _, row := range severities {
			for i := range came {
				came[i] += row[i+1]
			}
		}
		want := [3]int{}
		for _, c := range r.Changes {
			for i, k := range []ChangeKind{ChangeNew, ChangeReopened, ChangeFixed} {
				if c.Kind == k {
					want[i]++
				}
			}
		}
		if came != want {
			t.Errorf("%s: new, back again and fixed = %v, the changes have %v", name, came, want)
		}
		problems := 0
		for _, row := range chartTable(t, page, "common") {
			problems += row[0]
		}
		if problems != open || open == 0 {
			t.Errorf("%s: %d findings by problem, the card has %d", name, problems, open)
		}
		var reach []int
		rows := chartTable(t, page, "reach")
		for _, part := range []string{"fully reached", "reached in part", "asked, but not reached", "not looked at"} {
			reach = append(reach, rows[part]...)
		}
		if len(reach) != 4 || reach[0]+reach[1] != figures["reached"] || reach[2]+reach[3] != figures["not_tested"] || reach[0]+reach[1]+reach[2] != figures["in_scope"] {
			t.Errorf("%s: reach = %v, the card has %v", name, reach, figures)
		}
	}
}

// Problems beyond the longest bars share one, so that the sum stays.
func TestManyProblems(t *testing.T) {
	for count, want := range map[int]string{maxBars + 1: "Problem I", maxBars + 2: "2 other problems"} {
		r := Report{Edition: EditionOperator, Basis: BasisWhole, Organization: &Organization{}, To: to, At: to}
		for i := range count {
			r.Problems = append(r.Problems, Problem{Severity: inventory.SeverityHigh, Title: "Problem " + string(rune('A'+i)), Findings: slices.Repeat([]Finding{{Waiver: inventory.WaiverNone}}, 3), Assets: 1})
		}
		got := string(newView(r, Options{}).Charts.Problems)
		if !strings.Contains(got, `<tspan class="chart-name">`+want+`</tspan>`) {
			t.Errorf("%d problems: no bar %q", count, want)
		}
		if bars := strings.Count(got, `<rect class="chart-target"`); bars != maxBars+1 {
			t.Errorf("%d problems: %d bars", count, bars)
		}
	}
}
