package reports

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/chart"
)

// charts are the pictures of the report. They count nothing of their own: each
// number is one of the card or of the trends, or the length of a list.
type charts struct {
	Severity, Problems, Reach template.HTML
	Open, Flow, Urgent, Age   template.HTML
	ToClose, Met, Ages        template.HTML
}

// maxBars is how many problems are drawn; the others share one bar.
const maxBars = 8

func newCharts(v *view) charts {
	c := charts{Severity: v.severityChart()}
	if v.Edition == EditionOperator {
		c.Problems, c.Reach, c.Ages = v.problemChart(), v.reachChart(), v.agesChart()
	}
	c.trends(v)
	return c
}

func (v *view) severityChart() template.HTML {
	count := map[ChangeKind]map[inventory.Severity]int{ChangeNew: {}, ChangeReopened: {}, ChangeFixed: {}}
	for _, c := range v.Changes {
		if by := count[c.Kind]; by != nil {
			by[c.Severity]++
		}
	}
	var bars []chart.Bar
	open := 0
	for _, f := range v.Card {
		name, ok := strings.CutPrefix(f.Key, openKey)
		if !ok {
			continue
		}
		s := inventory.Severity(name)
		open += f.Value
		bar := chart.Bar{Label: v.Term(s), Value: f.Value, Tone: chart.Tone(s), Href: hash(anchors[f.Key])}
		if f.Unknown {
			bar.Value = chart.Unknown
		}
		var notes []string
		if v.Edition == EditionOperator {
			for _, n := range []struct{ kind, said string }{
				{string(ChangeNew), v.T("%s new", v.Number(count[ChangeNew][s]))},
				{string(ChangeReopened), v.T("%s back again", v.Number(count[ChangeReopened][s]))},
				{string(ChangeFixed), v.T("%s fixed", v.Number(count[ChangeFixed][s]))},
			} {
				many := count[ChangeKind(n.kind)][s]
				bar.Also = append(bar.Also, many)
				if many > 0 {
					notes = append(notes, n.said)
				}
			}
		} else {
			bar.Href = ""
		}
		bar.Note = strings.Join(notes, ", ")
		if f.Delta != nil && *f.Delta != 0 { // findings also change their severity
			bar.Note = strings.TrimSuffix(v.Signed(*f.Delta)+": "+bar.Note, ": ")
		}
		bars = append(bars, bar)
	}
	f := v.frame("severity", v.T("Open findings by severity"),
		v.N("%s finding is open, in one bar for each severity, with what came and went in this period.", "%s findings are open, in one bar for each severity, with what came and went in this period.", open),
		v.T("Severity"), v.T("Open now"), v.T("No finding is open, and none came or went in this period."))
	if !v.Basis.Known() && open == 0 {
		f.Empty = v.T("Nothing was reached, so nobody knows what is open.")
		bars = nil
	}
	if v.Edition != EditionOperator {
		return chart.Bars(f, bars)
	}
	return chart.Bars(f, bars, v.T("New"), v.T("Back again"), v.T("Fixed"))
}

func hash(anchor string) string {
	if anchor == "" {
		return ""
	}
	return "#" + anchor
}

func (v *view) problemChart() template.HTML {
	order := make([]int, len(v.Problems)) // of the problems, the most frequent first
	for i := range order {
		order[i] = i
	}
	problems := v.Problems
	slices.SortStableFunc(order, func(x, y int) int { return len(problems[y].Findings) - len(problems[x].Findings) })
	shown := order[:min(len(order), maxBars)]
	if len(order) == maxBars+1 { // one other needs no more room than its sum
		shown = order
	}
	var bars []chart.Bar
	for _, i := range shown {
		p := problems[i]
		bars = append(bars, chart.Bar{
			Label: v.Word(p.Title), Note: v.Term(p.Severity), Value: len(p.Findings), Also: []int{p.Assets}, Tone: chart.Tone(p.Severity), Href: problemLink(i),
		})
	}
	if others := order[len(shown):]; len(others) > 0 {
		bar := chart.Bar{Label: v.N("%s other problem", "%s other problems", len(others)), Also: []int{chart.Unknown}, Href: "#problems"}
		for _, i := range others {
			bar.Value += len(problems[i].Findings)
		}
		bars = append(bars, bar)
	}
	f := v.frame("common", v.T("Open findings by problem"),
		v.N("%s problem has open findings, the most frequent first. Each bar leads to its findings.", "%s problems have open findings, the most frequent first. Each bar leads to its findings.", len(problems)),
		v.T("Problem"), v.T("Open findings"), v.T("No finding is open."))
	f.Unknown = v.T("not counted")
	if !v.Basis.Known() {
		f.Empty = v.T("Nothing was reached, so nobody knows what is open.")
	}
	return chart.Bars(f, bars, v.T("Assets"))
}

// problemLink leads to the heading of the report's i-th problem.
func problemLink(i int) string { return "#problem-" + strconv.Itoa(i) }

func (v *view) reachChart() template.HTML {
	parts := []chart.Part{
		{Label: v.T("fully reached"), Tone: chart.Good, Href: "#fine"},
		{Label: v.T("reached in part"), Tone: chart.Medium, Href: "#missed"},
		{Label: v.T("asked, but not reached"), Tone: chart.High, Href: "#missed"},
		{Label: v.T("not looked at"), Tone: chart.Blank, Href: "#missed"},
	}
	values := make([]int, len(parts))
	for _, l := range v.Coverage {
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
	return chart.Stacks(v.frame("reach", v.T("How the assets were reached"),
		v.T("Of %s assets, %s answered at the last look.", v.Number(len(v.Coverage)), v.Number(values[0]+values[1])),
		v.T("At the last look"), v.T("Assets"), v.T("No asset is registered.")), parts, []chart.Stack{{Values: values}})
}

// agesChart sorts what is open, without mere information, by age.
func (v *view) agesChart() template.HTML {
	limits := []int{7, 15, 31, 61, 91}
	counts := make([]int, len(limits)+1)
	n := 0
	for _, p := range v.Problems {
		for _, f := range p.Findings {
			if f.Severity == inventory.SeverityInfo {
				continue
			}
			i, _ := slices.BinarySearch(limits, f.AgeDays+1)
			counts[i]++
			n++
		}
	}
	var bars []chart.Bar
	for i, label := range []string{
		v.T("under 7 days"), v.T("7 to 14 days"), v.T("15 to 30 days"), v.T("31 to 60 days"), v.T("61 to 90 days"), v.T("over 90 days"),
	} {
		bars = append(bars, chart.Bar{Label: label, Value: counts[i], Tone: []chart.Tone{chart.Info, chart.Info, chart.Low, chart.Medium, chart.High, chart.Critical}[i]})
	}
	return chart.Bars(v.frame("ages", v.T("Age of open findings"),
		v.N("%s open finding by how long ago it was first seen, without mere information.", "%s open findings by how long ago they were first seen, without mere information.", n),
		v.T("Age"), v.T("Open findings"), v.T("No finding is open.")), bars)
}

// trends draws the weeks. A week that nobody knows is a gap.
func (c *charts) trends(v *view) {
	ends := WeekEnds(v.Report.To)
	moments := make([]chart.Moment, len(ends))
	for i, end := range ends {
		moments[i].Label = isoWeek(end.AddDate(0, 0, -1))
	}
	pick := func(of func(Week) *int) []int {
		out := slices.Repeat([]int{chart.Unknown}, len(ends))
		for i, end := range ends {
			for _, w := range v.Trends.Weeks {
				if n := of(w); w.Until.Equal(end) && n != nil {
					out[i] = *n
				}
			}
		}
		return out
	}
	band := func(of func(Band) Range) chart.Series {
		s := chart.Series{Label: v.T("usual in the sector"), Values: slices.Repeat([]int{chart.Unknown}, len(ends)), Upto: slices.Repeat([]int{chart.Unknown}, len(ends))}
		for i, end := range ends {
			for _, p := range v.Trends.Peers {
				if r := of(p); p.Until.Equal(end) && r.Known >= MinPeers {
					s.Values[i], s.Upto[i] = r.Low, r.High
				}
			}
		}
		return s
	}
	draw := func(id, title, unit string, series ...chart.Series) template.HTML {
		series = slices.DeleteFunc(series, func(s chart.Series) bool {
			return s.Upto != nil && !slices.ContainsFunc(s.Values, func(n int) bool { return n >= 0 })
		})
		return chart.Lines(v.frame(id, title, v.T("%s, week by week, until %s. Weeks without numbers are gaps.", title, v.Week), v.T("Week"), unit,
			v.T("There are no numbers for these weeks yet.")), moments, series)
	}
	c.Open = draw("trend-open", v.T("Open findings by severity"), v.T("Open findings"),
		chart.Series{Label: v.Term("critical"), Tone: chart.Critical, Values: pick(func(w Week) *int { return &w.Critical })},
		chart.Series{Label: v.Term("high"), Tone: chart.High, Values: pick(func(w Week) *int { return &w.High })},
		chart.Series{Label: v.Term("medium"), Tone: chart.Medium, Values: pick(func(w Week) *int { return &w.Medium })},
		chart.Series{Label: v.Term("low"), Tone: chart.Low, Values: pick(func(w Week) *int { return &w.Low })})
	c.Flow = draw("trend-flow", v.T("New and closed"), v.T("Findings"),
		chart.Series{Label: v.T("new or back again"), Tone: chart.High, Values: pick(func(w Week) *int { return &w.New })},
		chart.Series{Label: v.T("closed"), Tone: chart.Good, Values: pick(func(w Week) *int { return &w.Closed })})
	if v.Edition != EditionOperator {
		return
	}
	c.Urgent = draw("trend-urgent", v.T("Open critical and high findings"), v.T("Open findings"), band(func(b Band) Range { return b.Urgent }),
		chart.Series{Label: v.T("here"), Tone: chart.High, Values: pick(func(w Week) *int { return new(w.Urgent()) })})
	c.Age = draw("trend-age", v.T("Median age of open findings"), v.T("Days"), band(func(b Band) Range { return b.Age }),
		chart.Series{Label: v.T("here"), Tone: chart.Medium, Values: pick(func(w Week) *int { return w.MedianAge })})
	c.ToClose = draw("trend-close", v.T("Median days to close"), v.T("Days"), band(func(b Band) Range { return b.ToClose }),
		chart.Series{Label: v.T("here"), Tone: chart.Low, Values: pick(func(w Week) *int { return w.ToClose })})
	c.Met = draw("trend-met", v.T("Deadlines met"), v.T("Percent"), band(func(b Band) Range { return b.MetShare }),
		chart.Series{Label: v.T("here"), Tone: chart.Good, Values: pick(Week.MetShare)})
}
