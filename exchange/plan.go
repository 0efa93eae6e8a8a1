package exchange

import (
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A PlanReport shows what the exchange did in a year for each of the five
// themes of a regional action plan, in counts of stored facts.
type PlanReport struct {
	Year   int            `json:"year"`
	At     time.Time      `json:"at"`
	TLP    advisory.TLP   `json:"tlp"`
	Themes []ThemeSection `json:"themes"`
}

// A ThemeSection is one theme: the agreements that serve it, and figures.
type ThemeSection struct {
	Theme      Theme           `json:"theme"`
	Agreements []AgreementLine `json:"agreements"`
	Figures    []LedgerFigure  `json:"figures"`
}

// An AgreementLine is an agreement in a list.
type AgreementLine struct {
	ID        AgreementID    `json:"id"`
	Reference string         `json:"reference"`
	Team      TeamID         `json:"team"`
	TeamName  string         `json:"team_name"`
	State     AgreementState `json:"state"`
	ExpiresAt time.Time      `json:"expires_at"`
}

// A LedgerFigure is one number. Exactly one of the values counts, as its unit
// says.
type LedgerFigure struct {
	Key   string        `json:"key"`
	Label string        `json:"label"`
	Unit  FigureUnit    `json:"unit"`
	Count int           `json:"count"`
	Mean  float64       `json:"mean"`
	Span  time.Duration `json:"span"`
}

// FigureUnit says which value of a figure counts.
type FigureUnit string

// Figure units. None means that there is nothing to measure.
const (
	UnitCount FigureUnit = "count"
	UnitMean  FigureUnit = "mean"
	UnitSpan  FigureUnit = "span"
	UnitNone  FigureUnit = "none"
)

// Plan makes the report over all teams. Every number is of the year, except
// those of agreements and contacts, which are as of at.
func Plan(f LedgerFacts, year int, at time.Time) PlanReport {
	y := Ledger(f, "", year)
	r := PlanReport{Year: year, At: at.UTC(), TLP: advisory.Amber}
	figures := map[Theme][]LedgerFigure{
		ThemeExchange:   exchangeFigures(f, y, at),
		ThemeCybercrime: cybercrimeFigures(f, y, at),
		ThemeCII:        ciiFigures(y),
		ThemeIncident:   incidentFigures(f, y),
		ThemeNorms:      normsFigures(f, y, year, at),
	}
	for _, t := range Themes() {
		r.Themes = append(r.Themes, ThemeSection{Theme: t, Agreements: serving(f, t, at), Figures: figures[t]})
	}
	return r
}

func serving(f LedgerFacts, t Theme, at time.Time) []AgreementLine {
	out := []AgreementLine{}
	for _, a := range f.Agreements {
		if slices.Contains(a.Themes, t) && a.State != AgreementDraft {
			out = append(out, AgreementLine{
				ID: a.ID, Reference: a.Reference, Team: a.Team, TeamName: teamName(f.Teams, a.Team),
				State: a.StateAt(at), ExpiresAt: a.ExpiresAt,
			})
		}
	}
	return out
}

func counted(key, label string, n int) LedgerFigure {
	return LedgerFigure{Key: key, Label: label, Unit: UnitCount, Count: n}
}

func averaged(key, label string, mean float64, of int) LedgerFigure {
	if of == 0 {
		return LedgerFigure{Key: key, Label: label, Unit: UnitNone}
	}
	return LedgerFigure{Key: key, Label: label, Unit: UnitMean, Mean: mean}
}

func spanned(key, label string, d time.Duration, of int) LedgerFigure {
	if of == 0 {
		return LedgerFigure{Key: key, Label: label, Unit: UnitNone}
	}
	return LedgerFigure{Key: key, Label: label, Unit: UnitSpan, Span: d}
}

func exchangeFigures(f LedgerFacts, y LedgerYear, at time.Time) []LedgerFigure {
	return []LedgerFigure{
		counted("agreements_active", "Agreements in force", countOf(f.Agreements, func(a Agreement) bool { return a.StateAt(at) == AgreementActive })),
		counted("teams_confirmed", "Confirmed teams", countOf(f.Teams, func(t Team) bool { return t.State == TeamConfirmed })),
		counted("given", "Advisories given", y.Given.Advisories),
		counted("received", "Documents received", y.Received.Documents),
		spanned("given_ack_median", "Time until peers acknowledged, median", y.Given.Acknowledge.Median, y.Given.Acknowledge.Count),
		spanned("received_ack_median", "Time until we answered, median", y.Received.Acknowledge.Median, y.Received.Acknowledge.Count),
		averaged("given_usefulness", "Usefulness of what was given, as peers rate it (1 to 5)", y.Given.Usefulness, y.Given.Rated),
		averaged("received_usefulness", "Usefulness of what was received, as we rate it (1 to 5)", y.Received.Usefulness, y.Received.Rated),
	}
}

func countOf[T any](all []T, is func(T) bool) int {
	n := 0
	for _, v := range all {
		if is(v) {
			n++
		}
	}
	return n
}

func cybercrimeFigures(f LedgerFacts, y LedgerYear, at time.Time) []LedgerFigure {
	return []LedgerFigure{
		counted("referrals", "Referrals to law-enforcement contacts", y.Given.Referrals),
		counted("referral_agreements", "Agreements in force that allow referrals", countOf(f.Agreements, func(a Agreement) bool {
			return a.StateAt(at) == AgreementActive && a.Give.ReferralOK
		})),
		counted("law_enforcement_contacts", "Teams with a law-enforcement contact", countOf(f.Teams, func(t Team) bool { return t.hasRole(LawEnforcement) })),
	}
}

// hasRole tells whether a confirmed team has a contact for something.
func (t Team) hasRole(r ContactRole) bool {
	return t.State == TeamConfirmed && slices.ContainsFunc(t.Contacts, func(c Contact) bool { return c.Role == r })
}

func ciiFigures(y LedgerYear) []LedgerFigure {
	var whole, matched []time.Duration
	for _, c := range y.Clocks {
		if c.Given {
			continue
		}
		if d, ok := Took(c.Fetched, c.Matched); ok {
			matched = append(matched, d)
		}
		if d, ok := Took(c.Fetched, c.Fixed); ok {
			whole = append(whole, d)
		}
	}
	m, w := spansOf(matched), spansOf(whole)
	return []LedgerFigure{
		counted("given_weaknesses", "Advisories given about weaknesses and exposures", inCategories(y.Given.ByCategory, advisory.Vulnerability, advisory.Exposure)),
		counted("received_weaknesses", "Documents received about weaknesses and exposures", inCategories(y.Received.ByCategory, advisory.Vulnerability, advisory.Exposure)),
		counted("matched", "Documents received that concern an asset here", y.Received.Matched),
		counted("affected", "Documents received that found an asset affected", y.Received.Affected),
		counted("fixed", "Assets fixed after a document received", y.Received.Fixed),
		counted("matched_there", "Advisories given that found assets affected at a peer", y.Given.Matched),
		spanned("match_median", "Time from arrival to the first match here, median", m.Median, m.Count),
		spanned("fix_median", "Time from arrival to the last repair here, median", w.Median, w.Count),
	}
}

func inCategories(lines []CategoryLine, which ...advisory.Category) int {
	n := 0
	for _, l := range lines {
		if slices.Contains(which, l.Category) {
			n += l.Total
		}
	}
	return n
}

func incidentFigures(f LedgerFacts, y LedgerYear) []LedgerFigure {
	return []LedgerFigure{
		counted("given_incidents", "Advisories given about incidents and indicators", inCategories(y.Given.ByCategory, advisory.Incident, advisory.Indicators)),
		counted("received_incidents", "Documents received about incidents and indicators", inCategories(y.Received.ByCategory, advisory.Incident, advisory.Indicators)),
		counted("round_the_clock", "Teams with a contact round the clock", countOf(f.Teams, func(t Team) bool { return t.hasRole(PointOfContact) })),
		counted("overdue", "Releases not acknowledged in the agreed time", y.Given.Overdue),
		spanned("given_ack_max", "Longest time until a peer acknowledged", y.Given.Acknowledge.Max, y.Given.Acknowledge.Count),
	}
}

func normsFigures(f LedgerFacts, y LedgerYear, year int, at time.Time) []LedgerFigure {
	meetings := 0
	for _, a := range f.Agreements {
		meetings += countOf(a.Meetings, func(m Meeting) bool { return m.At.UTC().Year() == year })
	}
	legal := countOf(f.Agreements, func(a Agreement) bool {
		return a.StateAt(at) == AgreementActive && a.Ours.LegalBasis != "" && a.Theirs.LegalBasis != ""
	})
	return []LedgerFigure{
		counted("legal_basis", "Agreements in force that name the law of both sides", legal),
		counted("meetings", "Meetings of joint committees", meetings),
		counted("refused", "Releases refused by the gate or a person", y.Given.Refused),
		counted("withdrawn", "Withdrawals sent to peers", y.Given.Withdrawn),
		counted("withdrawals_confirmed", "Withdrawals that peers confirmed", y.Given.Confirmed),
	}
}

// Words reads the figure to people: "12", "4.2", "3 d 4 h", "none".
func (x LedgerFigure) Words() string {
	switch x.Unit {
	case UnitCount:
		return fmt.Sprint(x.Count)
	case UnitMean:
		return fmt.Sprintf("%.1f", x.Mean)
	case UnitSpan:
		return spanWords(x.Span)
	case UnitNone:
	}
	return "none"
}

// spanWords reads "3 d 4 h", "4 h 20 min", "20 min".
func spanWords(d time.Duration) string {
	d = d.Round(time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	}
	return fmt.Sprintf("%d min", minutes)
}
