package reports

import (
	"cmp"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// An operatorView is what only an operator's page has, part by part.
type operatorView struct {
	Begin   int // so many of what to do first are on paper
	Risk    []riskTile
	Praise  []string // what went well
	Groups  []changeGroup
	Between rows[Between]
	Missed  rows[Look] // not reached, or in part
	Fine    rows[Look]
	KEV     rows[Finding]
	Manage  rows[Service]
	OT      rows[Service]
	Open    []openProblem
	Hidden  int // findings that the page leaves out
	ByAsset rows[assetLine]
	Ending  rows[Finding] // waivers that end within WaiverNotice days
	Waived  rows[Finding]
	Kinds   []kindCount
	Advised rows[Advisory]
	Scope   rows[Registered]
	Hosts   rows[Host]
	Risky   rows[Service]
	Plain   rows[Service]
	Certs   rows[Certificate] // those that ended, or end soon
	Failed  int               // scans of the period
}

// WaiverNotice is how many days before its end a waiver is announced.
const WaiverNotice = 30

// A riskTile is a kind of risky service, in the reader's words.
type riskTile struct {
	Tile
	Title, State string
}

// An openProblem is a problem with the rows that the page shows of it.
type openProblem struct {
	Problem
	Verify string
	Rows   []findingRow
	More   int
	Paper  int // rows on paper
}

// A findingRow may be for the screen only.
type findingRow struct {
	Finding
	Screen bool
}

// An assetLine is an asset with urgent findings.
type assetLine struct {
	Asset          AssetRef
	Critical, High int
	Findings       []Finding
}

type kindCount struct {
	Kind inventory.WaiverKind
	N    int
}

type changeGroup struct {
	Kind    ChangeKind
	Heading string
	About   string
	Rows    rows[Change]
}

func newOperatorView(v *view) *operatorView {
	o := &operatorView{
		Begin: paperFirst, Groups: v.groupChanges(), Between: brief(v.Between, paperBrief), Advised: cutRows(v.Advisories), Scope: cutRows(v.Scope), Hosts: cutRows(v.Hosts),
	}
	o.Praise = v.praise()
	for _, t := range v.Report.Tiles {
		o.Risk = append(o.Risk, riskTile{t, v.Word(t.Title), v.tileWords(t)})
	}
	o.looks(v)
	o.services(v)
	o.findings(v)
	for _, s := range v.Scans {
		if s.State == "failed" {
			o.Failed++
		}
	}
	return o
}

func (v *view) tileWords(t Tile) string {
	switch t.State {
	case TileUntested:
		return v.T("not tested")
	case TileNew:
		return v.T("%s open, %s newly opened", v.Number(t.Open), v.Number(t.New))
	case TileOpen:
		return v.T("%s open, none new", v.Number(t.Open))
	default:
		return v.T("none open")
	}
}

func (o *operatorView) looks(v *view) {
	var missed, fine []Look
	for _, l := range v.Coverage {
		if lookRank(l) == 2 {
			fine = append(fine, l)
		} else {
			missed = append(missed, l)
		}
	}
	o.Missed, o.Fine = cutRows(missed), cutRows(fine)
}

func (o *operatorView) services(v *view) {
	var manage, ot, dangerous, plain []Service
	for _, s := range v.Services {
		if s.IsManagement() {
			manage = append(manage, s)
		}
		if s.IsOT() {
			ot = append(ot, s)
		}
		if s.Risky != "" {
			dangerous = append(dangerous, s)
		} else {
			plain = append(plain, s)
		}
	}
	ending := slices.DeleteFunc(slices.Clone(v.Certificates), func(c Certificate) bool {
		return c.Standing != inventory.CertificateEnded && c.Standing != inventory.CertificateEnding
	})
	o.Certs = cutRows(ending)
	o.Manage, o.OT = brief(manage, paperBrief), brief(ot, paperBrief)
	o.Risky, o.Plain = cutRows(dangerous), cutRows(plain)
}

func (o *operatorView) findings(v *view) {
	var kev, ending []Finding
	assets := map[inventory.AssetID]*assetLine{}
	screen, paper := maxFindings, paperMinor
	for _, p := range v.Problems {
		open := openProblem{Problem: p, Verify: v.Word(p.Verification())}
		for i, f := range p.Findings {
			if f.KEV && !f.Waived() {
				kev = append(kev, f)
			}
			if f.Severity.Rank() >= inventory.SeverityHigh.Rank() {
				line := assets[f.Asset.ID]
				if line == nil {
					line = &assetLine{Asset: f.Asset}
					assets[f.Asset.ID] = line
				}
				line.add(f)
			}
			if i >= maxRows || screen <= 0 {
				open.More++
				continue
			}
			screen--
			row := findingRow{f, false}
			if !f.Urgent() {
				row.Screen = paper <= 0
				paper--
			}
			if !row.Screen {
				open.Paper++
			}
			open.Rows = append(open.Rows, row)
		}
		o.Hidden += open.More
		o.Open = append(o.Open, open)
	}
	slices.SortStableFunc(kev, func(x, y Finding) int { return cmp.Or(compareDue(x.DueAt, y.DueAt), compareFindings(x, y)) })
	all := waived(v.Problems)
	count := map[inventory.WaiverKind]int{}
	for _, f := range all {
		count[f.Waiver]++
		if f.WaivedTill.Before(v.At.AddDate(0, 0, WaiverNotice)) {
			ending = append(ending, f)
		}
	}
	for _, k := range []inventory.WaiverKind{inventory.WaiverFalsePositive, inventory.WaiverAcceptedRisk, inventory.WaiverCompensating, inventory.WaiverDisputed} {
		if count[k] > 0 {
			o.Kinds = append(o.Kinds, kindCount{k, count[k]})
		}
	}
	o.KEV, o.Ending, o.Waived = brief(kev, paperKEV), brief(ending, paperBrief), cutRows(all)
	o.ByAsset = cutRows(assetLines(assets))
}

func (l *assetLine) add(f Finding) {
	if f.Severity == inventory.SeverityCritical {
		l.Critical++
	} else {
		l.High++
	}
	l.Findings = append(l.Findings, f)
}

// assetLines puts the asset with the most critical findings first.
func assetLines(by map[inventory.AssetID]*assetLine) []assetLine {
	var out []assetLine
	for _, l := range by {
		slices.SortFunc(l.Findings, compareFindings)
		out = append(out, *l)
	}
	slices.SortFunc(out, func(x, y assetLine) int {
		return cmp.Or(cmp.Compare(y.Critical, x.Critical), cmp.Compare(y.High, x.High), compareIDs(string(x.Asset.ID), string(y.Asset.ID)))
	})
	return out
}

// praise says what went well, so that it is done again.
func (v *view) praise() []string {
	var out []string
	if n := len(v.Closed); n > 0 {
		out = append(out, v.N("%s finding was closed in this period. Thank you.", "%s findings were closed in this period. Thank you.", n))
	}
	urgent, delta := 0, 0
	for _, f := range v.Card {
		if (f.Key == "open_critical" || f.Key == "open_high") && f.Delta != nil {
			urgent, delta = urgent+f.Value, delta+*f.Delta
		}
	}
	if delta < 0 {
		out = append(out, v.T("Open critical and high findings went down from %s to %s. Well done, please keep going.", v.Number(urgent-delta), v.Number(urgent)))
	}
	if n := len(v.Trends.Weeks); n > 0 {
		if w := v.Trends.Weeks[n-1]; w.Due > 0 && w.Due == w.Met {
			out = append(out, v.T("Everything that closed with a deadline closed in time."))
		}
	}
	return out
}

func (v *view) groupChanges() []changeGroup {
	groups := []changeGroup{
		{Kind: ChangeNew, Heading: v.T("New"), About: v.T("Seen for the first time.")},
		{Kind: ChangeReopened, Heading: v.T("Back again"), About: v.T("Were fixed and are seen again within 90 days. Their age counts from the first time.")},
		{Kind: ChangeFixed, Heading: v.T("Fixed"), About: v.T("Proven gone. Thank you.")},
		{Kind: ChangeUrgency, Heading: v.T("More or less urgent"), About: v.T("The severity changed, or attacks became known.")},
	}
	for i := range groups {
		var of []Change
		for _, c := range v.Changes {
			if c.Kind == groups[i].Kind {
				of = append(of, c)
			}
		}
		groups[i].Rows = brief(of, paperBrief)
	}
	return groups
}

// DaysLeft says how long until a deadline, or how long it is past.
func (v *view) DaysLeft(f Finding) string {
	if f.DueAt == nil {
		return v.T("no deadline")
	}
	return v.TimeLeft(*f.DueAt, v.At)
}
