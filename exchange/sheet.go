package exchange

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A sheet is a report as tables of words, from which both the page and the
// spreadsheet are made, so that they say the same.
type sheet struct {
	Title    string
	For      string
	TLP      string
	At       time.Time
	Sections []section
}

type section struct {
	ID      string
	Heading string
	Note    string
	Head    []string
	Rows    [][]string
	Numbers bool   // all columns but the first are numbers
	Empty   string // said in place of an empty table
}

// dayWords and momentWords are read alike everywhere: no country mistakes the month.
func dayWords(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006")
}

func momentWords(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006 15:04")
}

func wordsOf(s string) string { return strings.ReplaceAll(s, "_", " ") }

func (r CommitteeReport) sheet() sheet {
	a := r.Agreement
	s := sheet{
		Title: fmt.Sprintf("Joint committee report %d", r.Year), For: fmt.Sprintf("%s with %s", nameAgreement(a), r.TeamName),
		TLP: r.TLP.String(), At: r.At,
	}
	facts := [][]string{
		{"Reference", a.Reference},
		{"Title", a.Title},
		{"Our side", partyWords(a.Ours)},
		{"Their side", partyWords(a.Theirs)},
		{"State", string(r.State)},
		{"In effect from", dayWords(a.EffectiveAt)},
		{"Until", dayWords(a.ExpiresAt)},
		{"We may give", termWords(a.Give)},
		{"They may send", termWords(a.Take)},
		{"On reciprocity", a.Reciprocity},
	}
	s.Sections = append(s.Sections, section{ID: "agreement", Heading: "Agreement", Head: []string{"", ""}, Rows: facts})
	s.Sections = append(s.Sections, committeeSection(a.Committee), meetingsSection(r.Meetings))
	s.Sections = append(s.Sections, withoutRows(r.Ledger.sections(), "Referrals", "Refused")...) // see forBothSides
	s.Sections = append(s.Sections, r.Reciprocity.section(), openSection(r.Open), clockSection(r.Ledger.Clocks))
	return s
}

func partyWords(p Party) string {
	return strings.Join(strings.FieldsFunc(p.Authority+"\n"+p.CERT, func(c rune) bool { return c == '\n' }), ", ")
}

func termWords(t Terms) string {
	if len(t.Categories) == 0 {
		return "nothing"
	}
	out := fmt.Sprintf("%s, up to %s", list(t.Categories), t.Ceiling)
	if len(t.Sectors) > 0 {
		out += ", of " + list(t.Sectors)
	}
	if t.AckHours > 0 {
		out += fmt.Sprintf(", to be acknowledged in %d h", t.AckHours)
	}
	return out
}

func committeeSection(members []Member) section {
	s := section{ID: "members", Heading: "Members of the committee", Head: []string{"Name", "Title", "Side"}, Empty: "No members are on record."}
	for _, m := range members {
		s.Rows = append(s.Rows, []string{m.Name, m.Title, m.Side})
	}
	return s
}

func meetingsSection(all []Meeting) section {
	s := section{ID: "meetings", Heading: "Meetings", Head: []string{"Day", "Place", "Minutes"}, Empty: "No meeting of this year is on record."}
	for _, m := range all {
		s.Rows = append(s.Rows, []string{dayWords(m.At), m.Place, m.Minutes})
	}
	return s
}

// sections are the ledger's tables: what was given and what was received.
func (y LedgerYear) sections() []section {
	g, t := y.Given, y.Received
	n := strconv.Itoa
	spans := func(s Spans) (median, max string) {
		if s.Count == 0 {
			return "none", "none"
		}
		return spanWords(s.Median), spanWords(s.Max)
	}
	mean := func(v float64, of int) string { return averaged("", "", v, of).Words() }
	gMedian, gMax := spans(g.Acknowledge)
	tMedian, tMax := spans(t.Acknowledge)
	share := "none"
	if t.Accepted > 0 {
		share = fmt.Sprintf("%.0f %%", 100*t.Share())
	}
	return []section{
		{ID: "given", Heading: "Given", Head: []string{"Figure", "Value"}, Numbers: true, Rows: [][]string{
			{"Advisories", n(g.Advisories)},
			{"Updates", n(g.Updates)},
			{"Referrals", n(g.Referrals)},
			{"Refused", n(g.Refused)},
			{"Acknowledged", n(g.Acknowledge.Count)},
			{"Time to acknowledge, median", gMedian},
			{"Time to acknowledge, longest", gMax},
			{"Acknowledged late", n(g.Late)},
			{"Acknowledgements overdue", n(g.Overdue)},
			{"Withdrawn", n(g.Withdrawn)},
			{"Withdrawals confirmed", n(g.Confirmed)},
			{"Usefulness (1 to 5)", mean(g.Usefulness, g.Rated)},
			{"Found affected assets there", n(g.Matched)},
		}},
		categorySection("given-by", "Given, by category and severity", g.ByCategory),
		{ID: "received", Heading: "Received", Head: []string{"Figure", "Value"}, Numbers: true, Rows: [][]string{
			{"Documents", n(t.Documents)},
			{"Updates", n(t.Updates)},
			{"Duplicates", n(t.Duplicates)},
			{"Accepted", n(t.Accepted)},
			{"Rejected", n(t.Rejected)},
			{"Waiting for a decision", n(t.Waiting)},
			{"Withdrawn by the sender", n(t.Withdrawn)},
			{"Answered", n(t.Answered)},
			{"Time to the first answer, median", tMedian},
			{"Time to the first answer, longest", tMax},
			{"Usefulness (1 to 5)", mean(t.Usefulness, t.Rated)},
			{"Concern an asset here", n(t.Matched)},
			{"Share of the accepted that do", share},
			{"Found affected assets here", n(t.Affected)},
		}},
		categorySection("received-by", "Received, by category and severity", t.ByCategory),
	}
}

func withoutRows(all []section, names ...string) []section {
	for i := range all {
		all[i].Rows = slices.DeleteFunc(all[i].Rows, func(row []string) bool { return slices.Contains(names, row[0]) })
	}
	return all
}

func categorySection(id, heading string, lines []CategoryLine) section {
	s := section{ID: id, Heading: heading, Numbers: true, Head: []string{"Category"}, Empty: "Nothing."}
	severities := inventory.Severities()
	for i := len(severities) - 1; i >= 0; i-- {
		s.Head = append(s.Head, string(severities[i]))
	}
	s.Head = append(s.Head, "not said", "all")
	for _, l := range lines {
		row := []string{wordsOf(string(l.Category))}
		for i := len(severities) - 1; i >= 0; i-- {
			row = append(row, strconv.Itoa(l.BySeverity[severities[i]]))
		}
		s.Rows = append(s.Rows, append(row, strconv.Itoa(l.BySeverity[""]), strconv.Itoa(l.Total)))
	}
	return s
}

func (r Reciprocity) section() section {
	s := section{ID: "reciprocity", Heading: "Both directions", Head: []string{"Figure", "Given", "Received"}, Numbers: true}
	percent := func(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }
	s.Rows = [][]string{
		{"Advisories", strconv.Itoa(r.Given), strconv.Itoa(r.Received)},
		{"Acknowledged or answered by the receiver", percent(r.TheyAnswered), percent(r.WeAnswered)},
	}
	return s
}

func openSection(all []OpenItem) section {
	s := section{ID: "open", Heading: "Still open", Head: []string{"What", "Owed by", "Object", "Since"}, Empty: "Neither side owes the other anything."}
	for _, o := range all {
		side := "us"
		if o.Side == "theirs" {
			side = "them"
		}
		s.Rows = append(s.Rows, []string{o.What, side, o.Object, momentWords(o.Since)})
	}
	return s
}

func clockSection(all []AdvisoryClock) section {
	s := section{
		ID: "clock", Heading: "From detection to repair", Empty: "Nothing.",
		Note: "Times are UTC. Of what is TLP:RED or a referral no title is shown. What was not told is left empty.",
		Head: []string{"Object", "Title", "TLP", "Direction", "Detected", "Released", "Fetched", "Matched", "Fixed"},
	}
	for _, c := range all {
		direction := "received"
		if c.Given {
			direction = "given"
		}
		label := ""
		if c.TLP != "" {
			label = c.TLP.String()
		}
		s.Rows = append(s.Rows, []string{
			c.Object, c.Title, label, direction,
			momentWords(c.Detected), momentWords(c.Released), momentWords(c.Fetched), momentWords(c.Matched), momentWords(c.Fixed),
		})
	}
	return s
}

// themeTitles are the themes as people call them.
var themeTitles = map[Theme]string{
	ThemeExchange:   "Information exchange",
	ThemeCybercrime: "Cybercrime",
	ThemeCII:        "Protection of critical information infrastructure",
	ThemeIncident:   "Incident response",
	ThemeNorms:      "Cyber norms",
}

func (r PlanReport) sheet() sheet {
	s := sheet{
		Title: fmt.Sprintf("Action plan report %d", r.Year), For: "Five themes, counted from the exchange's records",
		TLP: r.TLP.String(), At: r.At,
	}
	for _, t := range r.Themes {
		x := section{ID: string(t.Theme), Heading: themeTitles[t.Theme], Head: []string{"Figure", "Value"}, Numbers: true}
		for _, f := range t.Figures {
			x.Rows = append(x.Rows, []string{f.Label, f.Words()})
		}
		y := section{
			ID: string(t.Theme) + "-agreements", Heading: themeTitles[t.Theme] + ": agreements",
			Head: []string{"Reference", "Team", "State", "Until"}, Empty: "No agreement names this theme.",
		}
		for _, a := range t.Agreements {
			y.Rows = append(y.Rows, []string{a.Reference, a.TeamName, string(a.State), dayWords(a.ExpiresAt)})
		}
		s.Sections = append(s.Sections, x, y)
	}
	return s
}

// sheet is a year of the ledger by itself.
func (y LedgerYear) sheet(name string, at time.Time) sheet {
	label := advisory.Amber
	if y.Team == "" {
		label = advisory.AmberStrict // it tells of all peers
	}
	s := sheet{Title: fmt.Sprintf("Exchange ledger %d", y.Year), For: name, TLP: StrictestTLP(label, labelOf(y.Clocks)).String(), At: at}
	s.Sections = append(y.sections(), y.Reciprocity().section(), clockSection(y.Clocks))
	return s
}
