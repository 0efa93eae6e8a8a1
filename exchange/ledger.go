package exchange

import (
	"cmp"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A LedgerYear is what passed between us and one team, or all of them, in a
// calendar year (UTC). It is counted from stored facts and holds no judgement.
type LedgerYear struct {
	Year     int             `json:"year"`
	Team     TeamID          `json:"team"` // "": all teams, and what was for everybody
	Given    Given           `json:"given"`
	Received Taken           `json:"received"`
	Clocks   []AdvisoryClock `json:"clocks"` // of what was given, then of what was received
	Peers    []LedgerYear    `json:"peers,omitempty"`
}

// Given is what we released to the team. A later revision counts as an
// update, not as another advisory.
type Given struct {
	Advisories  int            `json:"advisories"`
	Updates     int            `json:"updates"`
	Referrals   int            `json:"referrals"`
	Refused     int            `json:"refused"`
	ByCategory  []CategoryLine `json:"by_category"`
	Acknowledge Spans          `json:"acknowledge"` // from release to acknowledgement
	Overdue     int            `json:"overdue"`     // not acknowledged in the agreed time, at the end of the year or now
	Late        int            `json:"late"`        // acknowledged, but later than agreed
	Withdrawn   int            `json:"withdrawn"`
	Confirmed   int            `json:"confirmed"` // withdrawals that the team has confirmed
	Rated       int            `json:"rated"`     // by the team
	Usefulness  float64        `json:"usefulness"`
	Matched     int            `json:"matched"` // advisories that the team found affected somewhere
}

// Taken is what the team sent us.
type Taken struct {
	Documents   int            `json:"documents"` // without duplicates and earlier revisions
	Updates     int            `json:"updates"`
	Duplicates  int            `json:"duplicates"`
	Accepted    int            `json:"accepted"`
	Rejected    int            `json:"rejected"`
	Waiting     int            `json:"waiting"` // in quarantine
	Withdrawn   int            `json:"withdrawn"`
	ByCategory  []CategoryLine `json:"by_category"`
	Acknowledge Spans          `json:"acknowledge"` // from arrival to our first answer
	Answered    int            `json:"answered"`
	Rated       int            `json:"rated"` // by us
	Usefulness  float64        `json:"usefulness"`
	Matched     int            `json:"matched"`  // accepted documents that concern an asset here
	Affected    int            `json:"affected"` // and found one affected
	Fixed       int            `json:"fixed"`    // assets that were affected and are proven gone
}

// Share is how many of the accepted documents concern an asset here, from 0
// to 1; 0 without any.
func (t Taken) Share() float64 {
	if t.Accepted == 0 {
		return 0
	}
	return float64(t.Matched) / float64(t.Accepted)
}

// A CategoryLine counts one category by severity, and in all.
type CategoryLine struct {
	Category   advisory.Category          `json:"category"`
	Total      int                        `json:"total"`
	BySeverity map[inventory.Severity]int `json:"by_severity"` // "" where the document says none
}

// Spans tells how long something took.
type Spans struct {
	Count  int           `json:"count"`
	Median time.Duration `json:"median"`
	Max    time.Duration `json:"max"`
}

// Ledger counts a year with one team; team "" counts all.
func Ledger(f LedgerFacts, team TeamID, year int) LedgerYear {
	l := newLedger(f, team, year)
	return LedgerYear{
		Year: year, Team: team, Given: l.given(), Received: l.taken(),
		Clocks: append(l.givenClocks(), l.takenClocks()...),
	}
}

// LedgerOfEach counts a year with all teams, and with each of them beneath,
// without any clocks.
func LedgerOfEach(f LedgerFacts, year int) LedgerYear {
	count := func(f LedgerFacts, team TeamID) LedgerYear {
		l := newLedger(f, team, year)
		return LedgerYear{Year: year, Team: team, Given: l.given(), Received: l.taken(), Clocks: []AdvisoryClock{}}
	}
	all := count(f, "")
	releases := groupBy(f.Releases, func(r ReleaseFact) TeamID { return r.Team })
	feedback := groupBy(f.Feedback, func(x Feedback) TeamID { return x.Team })
	inbounds := groupBy(f.Inbounds, func(in InboundFact) TeamID { return in.Team })
	for _, t := range f.Teams {
		own := LedgerFacts{Releases: releases[t.ID], Feedback: feedback[t.ID], Inbounds: inbounds[t.ID], At: f.At}
		all.Peers = append(all.Peers, count(own, t.ID))
	}
	return all
}

// ledger is the question: which facts, whose, and of when.
type ledger struct {
	f        LedgerFacts
	team     TeamID
	from, to time.Time
	releases []*ReleaseFact // that left in the year, in their order
	inbounds []*InboundFact // that arrived in the year, in their order
	before   map[audienceOf]bool
}

// audienceOf is one advisory as one team has it.
type audienceOf struct {
	advisory advisory.ID
	team     TeamID
}

func (r *ReleaseFact) audience() audienceOf { return audienceOf{r.Advisory, r.Team} }

func newLedger(f LedgerFacts, team TeamID, year int) ledger {
	l := ledger{
		f: f, team: team, from: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), to: time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC),
		before: map[audienceOf]bool{},
	}
	for i := range f.Releases {
		r := &f.Releases[i]
		if r.ReleasedAt == nil || r.State != ReleaseDone || !l.mine(r.Team) {
			continue
		}
		if l.in(*r.ReleasedAt) {
			l.releases = append(l.releases, r)
		}
		if !r.Withdrawal && r.ReleasedAt.Before(l.from) {
			l.before[r.audience()] = true // what follows is an update
		}
	}
	slices.SortStableFunc(l.releases, func(a, b *ReleaseFact) int {
		return cmp.Or(a.ReleasedAt.Compare(*b.ReleasedAt), cmp.Compare(a.ID, b.ID))
	})
	for i := range f.Inbounds {
		if in := &f.Inbounds[i]; l.mine(in.Team) && l.in(in.ReceivedAt) {
			l.inbounds = append(l.inbounds, in)
		}
	}
	slices.SortStableFunc(l.inbounds, func(a, b *InboundFact) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), cmp.Compare(a.ID, b.ID))
	})
	return l
}

func groupBy[K comparable, V any](all []V, key func(V) K) map[K][]V {
	out := map[K][]V{}
	for _, v := range all {
		out[key(v)] = append(out[key(v)], v)
	}
	return out
}

func (l ledger) mine(t TeamID) bool { return l.team == "" || l.team == t }

func (l ledger) in(t time.Time) bool { return !t.Before(l.from) && t.Before(l.to) }

func (l ledger) given() Given {
	g := Given{}
	first := map[audienceOf]bool{}
	lines := newCategoryLines()
	var spans []time.Duration
	for _, r := range l.releases {
		to := r.audience()
		switch {
		case r.Withdrawal:
			g.Withdrawn++
			if r.Confirmed || r.Acknowledged != nil {
				g.Confirmed++
			}
		case first[to] || l.before[to]:
			g.Updates++
		default:
			g.Advisories++
			lines.count(r.Category, r.Severity)
			if r.Referral {
				g.Referrals++
			}
		}
		first[to] = true
		if r.Acknowledged != nil {
			spans = append(spans, r.Acknowledged.Sub(*r.ReleasedAt))
		}
		switch {
		case r.AckBy == nil:
		case r.Acknowledged != nil && r.Acknowledged.After(*r.AckBy):
			g.Late++
		case r.Acknowledged == nil && r.AckBy.Before(l.end()):
			g.Overdue++
		}
	}
	for _, r := range l.f.Releases {
		if r.State == ReleaseRefused && l.mine(r.Team) && l.in(r.RequestedAt) {
			g.Refused++
		}
	}
	g.ByCategory, g.Acknowledge = lines.list(), spansOf(spans)
	g.Rated, g.Usefulness, g.Matched = l.feedback()
	return g
}

// end is up to when the year is known: nothing that is still to come is late.
func (l ledger) end() time.Time {
	if !l.f.At.IsZero() && l.f.At.Before(l.to) {
		return l.f.At
	}
	return l.to
}

// feedback is the team's on what we released in the year: the newest rating
// of each advisory, and how many it found at home.
func (l ledger) feedback() (rated int, mean float64, matched int) {
	given := map[audienceOf]bool{}
	for _, r := range l.releases {
		given[r.audience()] = true
	}
	type last struct {
		at     time.Time
		rating int
	}
	ratings, found := map[audienceOf]last{}, map[audienceOf]bool{}
	for _, x := range l.f.Feedback {
		of := audienceOf{x.Advisory, x.Team}
		if !l.mine(x.Team) || !given[of] && !given[audienceOf{x.Advisory, ""}] {
			continue
		}
		if x.Counts[VerdictAffected] > 0 || x.Counts[VerdictFixed] > 0 {
			found[of] = true
		}
		if x.Usefulness > 0 && !x.At.Before(ratings[of].at) {
			ratings[of] = last{x.At, x.Usefulness}
		}
	}
	sum := 0
	for _, r := range ratings {
		sum += r.rating
	}
	return len(ratings), meanOf(sum, len(ratings)), len(found)
}

func meanOf(sum, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}

func spansOf(all []time.Duration) Spans {
	s := Spans{Count: len(all)}
	if s.Count == 0 {
		return s
	}
	all = slices.Sorted(slices.Values(all))
	s.Max = all[s.Count-1]
	s.Median = all[s.Count/2]
	if s.Count%2 == 0 {
		s.Median = (all[s.Count/2-1] + all[s.Count/2]) / 2
	}
	return s
}

// categoryLines gathers lines, of the categories that occur, in their order.
type categoryLines map[advisory.Category]*CategoryLine

func newCategoryLines() categoryLines { return categoryLines{} }

func (c categoryLines) count(cat advisory.Category, sev inventory.Severity) {
	l := c[cat]
	if l == nil {
		l = &CategoryLine{Category: cat, BySeverity: map[inventory.Severity]int{}}
		c[cat] = l
	}
	if sev.Rank() < 0 {
		sev = ""
	}
	l.Total++
	l.BySeverity[sev]++
}

func (c categoryLines) list() []CategoryLine {
	out := []CategoryLine{}
	for _, l := range c {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b CategoryLine) int {
		return cmp.Or(cmp.Compare(slices.Index(Categories(), a.Category), slices.Index(Categories(), b.Category)), cmp.Compare(a.Category, b.Category))
	})
	return out
}
