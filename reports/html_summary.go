package reports

import (
	"cmp"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// A summaryView is what only the pages of a sector and of the nation have.
type summaryView struct {
	National bool
	Few      bool // too few operators to tell anything about
	Brief    []string
	Heat     []heatRow
	Scale    []inventory.Severity
	Ranking  rows[Group] // with something known exploited, by what is overdue
	Gaps     rows[Group] // with assets that were not reached
	Silent   rows[Group]
	Slow     rows[Group] // whose open findings are the oldest
	Doubts   rows[Common]
	Top      []Common // the ten most widespread
	Exploit  rows[Common]
	Clock    rows[ClockEntry]
	Everyone rows[Group]
	Health   health
}

// TopWeaknesses is how many weaknesses the summary shows.
const TopWeaknesses = 10

// A heatRow is a sector's counts with how strong each cell is drawn.
type heatRow struct {
	Group
	Cells []heatCell
}

// A heatCell is one count; Heat is 0 for none to 4 for the most of its column.
type heatCell struct {
	N, Heat int
	Portal  string
}

type health struct{ Scans, Failed, Late int }

func newSummaryView(v *view) *summaryView {
	s := &summaryView{
		National: v.Edition == EditionNational, Few: v.Edition == EditionSector && len(v.Organizations) < MinPeers,
		Clock: cutRows(v.Clock), Everyone: cutRows(v.Organizations), Scale: bySeverity()[:4],
	}
	s.Heat = v.heat()
	pick := func(keep func(Group) bool, order func(x, y Group) int) rows[Group] {
		out := slices.DeleteFunc(slices.Clone(v.Organizations), func(g Group) bool { return !keep(g) })
		slices.SortStableFunc(out, order)
		return cutRows(out)
	}
	s.Ranking = pick(func(g Group) bool { return g.KEV > 0 || g.Overdue > 0 }, func(x, y Group) int {
		return cmp.Or(cmp.Compare(y.KEVOverdue, x.KEVOverdue), cmp.Compare(y.Overdue, x.Overdue), cmp.Compare(y.KEV, x.KEV))
	})
	s.Gaps = pick(func(g Group) bool { return g.Missed() > 0 }, func(x, y Group) int { return cmp.Compare(y.Missed(), x.Missed()) })
	s.Silent = pick(func(g Group) bool { return g.Silent > 0 }, func(x, y Group) int { return cmp.Compare(y.Urgent(), x.Urgent()) })
	s.Slow = pick(func(g Group) bool { return g.MedianAge != nil && *g.MedianAge > SilentDays }, func(x, y Group) int { return cmp.Compare(*y.MedianAge, *x.MedianAge) })
	s.Slow.Shown = s.Slow.Shown[:min(len(s.Slow.Shown), 20)]
	s.weaknesses(v)
	for _, g := range v.Organizations {
		s.Health.Scans, s.Health.Failed, s.Health.Late = s.Health.Scans+g.Scans, s.Health.Failed+g.ScansFailed, s.Health.Late+g.LateScan
	}
	s.Brief = v.brief(s)
	return s
}

func (s *summaryView) weaknesses(v *view) {
	var doubts, exploited []Common
	for _, c := range v.Weaknesses {
		if len(s.Top) < TopWeaknesses && c.Severity != inventory.SeverityInfo {
			s.Top = append(s.Top, c)
		}
		if c.Waived > 0 {
			doubts = append(doubts, c)
		}
		if c.KEV > 0 || c.Ransomware && !c.Few {
			exploited = append(exploited, c)
		}
	}
	slices.SortStableFunc(doubts, func(x, y Common) int {
		return cmp.Or(cmp.Compare(y.FalsePositive, x.FalsePositive), cmp.Compare(y.Waived, x.Waived))
	})
	slices.SortStableFunc(exploited, func(x, y Common) int {
		return cmp.Or(cmp.Compare(y.Overdue, x.Overdue), cmp.Compare(y.KEV, x.KEV), cmp.Compare(y.Findings, x.Findings))
	})
	s.Doubts, s.Exploit = cutRows(doubts), cutRows(exploited)
}

// heat draws each column of the table by itself: there are always more low
// findings than critical ones.
func (v *view) heat() []heatRow {
	numbers := func(g Group) []int { return []int{g.Critical, g.High, g.Medium, g.Low} }
	most := make([]int, 4)
	for _, g := range v.Sectors {
		for i, n := range numbers(g) {
			most[i] = max(most[i], n)
		}
	}
	var out []heatRow
	for _, g := range v.Sectors {
		row := heatRow{Group: g}
		for i, n := range numbers(g) {
			cell := heatCell{N: n, Portal: v.To("/findings", "sector", string(g.Sector), "severity", string(bySeverity()[i]), "detection", "open", "detection", "back_again")}
			if n > 0 {
				cell.Heat = 1 + 3*n/most[i]
			}
			row.Cells = append(row.Cells, cell)
		}
		out = append(out, row)
	}
	return out
}

// brief is the page for those who have a minute.
func (v *view) brief(s *summaryView) []string {
	if s.Few || !v.Basis.Known() {
		return nil
	}
	var all Group
	for _, g := range v.Organizations {
		all.merge(g)
	}
	find := func(key string) (f Figure) {
		for _, x := range v.Card {
			if x.Key == key {
				f = x
			}
		}
		return f
	}
	var out []string
	urgent := find("open_critical").Value + find("open_high").Value
	out = append(out, v.N("%s critical or high weakness is open, at %s organisations.", "%s critical or high weaknesses are open, at %s organisations.", urgent,
		v.Number(countIf(v.Organizations, func(g Group) bool { return g.Urgent() > 0 }))))
	if a, b := find("open_critical").Delta, find("open_high").Delta; a != nil && b != nil {
		switch d := *a + *b; {
		case d < 0:
			out = append(out, v.T("That is %s fewer than a week before.", v.Number(-d)))
		case d > 0:
			out = append(out, v.T("That is %s more than a week before.", v.Number(d)))
		default:
			out = append(out, v.T("That is as many as a week before."))
		}
	}
	if all.KEV > 0 {
		out = append(out, v.T("%s of the open weaknesses are known to be used in attacks; %s of these are past their deadline.", v.Number(all.KEV), v.Number(all.KEVOverdue)))
	}
	out = append(out, v.T("%s weaknesses were closed in this period, and %s came new.", v.Number(all.Fixed), v.Number(all.New+all.Reopened)))
	if assets, reached := find("assets").Value, find("reached").Value; assets > 0 {
		out = append(out, v.T("%s of %s registered assets answered when they were last looked at. What was not reached is not known to be safe.", v.Number(reached), v.Number(assets)))
	}
	if s.National && s.Silent.All > 0 {
		out = append(out, v.N("%s organisation has work to do and has not answered for four weeks.", "%s organisations have work to do and have not answered for four weeks.", s.Silent.All))
	}
	if len(s.Top) > 0 && !s.Top[0].Few {
		out = append(out, v.T("The most widespread weakness: %s (%s organisations).", v.Word(s.Top[0].Title), v.Number(s.Top[0].Organizations)))
	}
	return out
}

func countIf[T any](all []T, keep func(T) bool) int {
	n := 0
	for _, x := range all {
		if keep(x) {
			n++
		}
	}
	return n
}

func (v *view) summaryContents() []link {
	out := []link{{"brief", v.T("In brief")}, {"card", v.T("Report card")}}
	if v.Edition == EditionSector {
		return append(out,
			link{"spread", v.T("How operators differ")}, link{"organizations", v.T("Operators")}, link{"weaknesses", v.T("Common weaknesses")},
			link{"exploited", v.T("Known exploited")}, link{"trends", v.T("Trends")}, link{"advice", v.T("Advice")})
	}
	return append(out,
		link{"heat", v.T("Sectors")}, link{"ranking", v.T("Overdue and known exploited")}, link{"gaps", v.T("Coverage gaps")},
		link{"silent", v.T("Silent for four weeks")}, link{"slow", v.T("Slow movers")}, link{"weaknesses", v.T("Common weaknesses")},
		link{"doubts", v.T("Checks with most waivers")}, link{"clock", v.T("Advisories of peers")}, link{"health", v.T("Scan health")},
		link{"trends", v.T("Trends")}, link{"organizations", v.T("All organisations")})
}
