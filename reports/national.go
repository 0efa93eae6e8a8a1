package reports

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Common is a weakness over many organisations. Where too few have it for
// the reader to know how many, Few is set and the counts are 0.
type Common struct {
	Check         inventory.CheckID  `json:"check"`
	Title         string             `json:"title"`
	Severity      inventory.Severity `json:"severity"`
	Why           string             `json:"why"`
	Fix           string             `json:"fix"`
	CVEs          []string           `json:"cves"`
	Ransomware    bool               `json:"ransomware"`
	EPSS          float64            `json:"epss"`
	Few           bool               `json:"few,omitempty"`
	Findings      int                `json:"findings"`
	Assets        int                `json:"assets"`
	Organizations int                `json:"organizations"`
	KEV           int                `json:"kev"`
	Overdue       int                `json:"overdue"`
	Waived        int                `json:"waived"`
	FalsePositive int                `json:"false_positive"`
	New           int                `json:"new"`
	Fixed         int                `json:"fixed"`
	OldestDays    int                `json:"oldest_days"`
}

// A Spread tells how a number differs between operators.
type Spread struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Range
}

// summary builds the report of a sector or of the nation from sums.
func (b builder) summary(r *Report) {
	r.Organizations = b.organizations()
	r.Sectors = sectorsOf(r.Organizations)
	r.Weaknesses = b.weaknesses(r.Edition)
	r.Basis = summaryBasis(r.Organizations)
	r.Card = b.summaryCard(*r)
	r.Trends = b.summaryTrends(*r)
	if r.Edition == EditionNational {
		r.Clock = b.clock()
		return
	}
	r.Spread = spreads(r.Organizations)
	if len(r.Organizations) < MinPeers { // each could be guessed
		r.Trends.Weeks, r.Weaknesses, r.Spread, r.Sectors = []Week{}, []Common{}, []Spread{}, []Group{}
		r.Card = r.Card[:1] // how many there are
	}
	if !r.Named {
		number(r)
	}
}

// organizations makes a line for each, the most urgent first.
func (b builder) organizations() []Group {
	standing := map[inventory.OrganizationID]Standing{}
	for _, s := range b.Standings {
		standing[s.Org] = s
	}
	out := []Group{}
	for id, o := range b.Orgs {
		s := standing[id]
		s.Org = id
		out = append(out, groupOf(s, o, b.At))
	}
	slices.SortFunc(out, func(x, y Group) int {
		return cmp.Or(
			cmp.Compare(y.KEVOverdue, x.KEVOverdue), cmp.Compare(y.Overdue, x.Overdue), cmp.Compare(y.KEV, x.KEV), cmp.Compare(y.Critical, x.Critical),
			cmp.Compare(y.High, x.High), cmp.Compare(y.Medium, x.Medium), compareIDs(x.ID, y.ID),
		)
	})
	return out
}

// sectorsOf sums organisations up, in the order of the screens.
func sectorsOf(orgs []Group) []Group {
	by := map[inventory.Sector]*Group{}
	for _, g := range orgs {
		s := by[g.Sector]
		if s == nil {
			s = &Group{ID: string(g.Sector), Name: string(g.Sector), Sector: g.Sector}
			by[g.Sector] = s
		}
		s.merge(g)
	}
	out := []Group{}
	for _, s := range by {
		out = append(out, *s)
	}
	order := inventory.Sectors()
	slices.SortFunc(out, func(x, y Group) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.Sector), slices.Index(order, y.Sector)), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// number takes from the operators of a sector what tells who they are. They
// are numbered in the order of what the table shows of them anyway; how many
// assets and services they have, and when they were scanned, would give away
// the large ones.
func number(r *Report) {
	for i, g := range r.Organizations {
		r.Organizations[i] = Group{
			ID: "operator-" + strconv.Itoa(i+1), Name: strconv.Itoa(i + 1), Sector: g.Sector, Organizations: 1,
			Critical: g.Critical, High: g.High, Medium: g.Medium, Low: g.Low, Info: g.Info,
			KEV: g.KEV, KEVOverdue: g.KEVOverdue, Overdue: g.Overdue, Waived: g.Waived,
			New: g.New, Reopened: g.Reopened, Fixed: g.Fixed, MedianAge: g.MedianAge, ToClose: g.ToClose, Due: g.Due, Met: g.Met,
		}
	}
	if len(r.Organizations) < MinPeers {
		r.Organizations = []Group{}
	}
}

// weaknesses lists the checks with open findings, those of most organisations
// first. A sector's readers do not learn of what few of them have: the rest
// would know who.
func (b builder) weaknesses(edition Edition) []Common {
	out := []Common{}
	for _, w := range b.Weaknesses {
		c := b.check(inventory.Finding{FindingKey: inventory.FindingKey{Check: w.Check}})
		ransomware, epss := b.threat(c)
		line := Common{
			Check: w.Check, Title: line(c.Title), Severity: cmp.Or(c.Severity, inventory.SeverityInfo), Why: paragraph(c.Why), Fix: paragraph(c.Fix), CVEs: lines(c.CVEs),
			Ransomware: ransomware, EPSS: epss,
		}
		if edition == EditionSector && w.Organizations < MinPeers {
			line.Few = true
		} else {
			line.Findings, line.Assets, line.Organizations, line.KEV, line.Overdue = w.Findings, w.Assets, w.Organizations, w.KEV, w.Overdue
			line.Waived, line.FalsePositive, line.New, line.Fixed, line.OldestDays = w.Waived, w.FalsePositive, w.New, w.Fixed, w.OldestDays
		}
		out = append(out, line)
	}
	slices.SortFunc(out, func(x, y Common) int {
		return cmp.Or(
			cmp.Compare(y.Organizations, x.Organizations), cmp.Compare(y.Findings, x.Findings),
			cmp.Compare(y.Severity.Rank(), x.Severity.Rank()), cmp.Compare(x.Title, y.Title), cmp.Compare(x.Check, y.Check),
		)
	})
	return out
}

func summaryBasis(orgs []Group) Basis {
	assets, asked, reached := 0, 0, 0
	for _, g := range orgs {
		assets, asked, reached = assets+g.Assets, asked+g.InScope, reached+g.Reached
	}
	switch {
	case assets == 0:
		return BasisEmpty
	case asked == 0:
		return BasisUntested
	case reached == 0:
		return BasisUnreached
	case reached < assets:
		return BasisPart
	}
	return BasisWhole
}

// spreads are the quartiles over a sector's operators.
func spreads(orgs []Group) []Spread {
	out := []Spread{}
	for _, m := range []struct {
		key, label string
		of         func(Group) *int
	}{
		{"urgent", "Open critical and high findings", func(g Group) *int { return new(g.Urgent()) }},
		{"open", "All open findings but information", func(g Group) *int { return new(g.Open()) }},
		{"kev", "Known exploited", func(g Group) *int { return new(g.KEV) }},
		{"overdue", "Overdue", func(g Group) *int { return new(g.Overdue) }},
		{"median_age_days", "Median age of open findings, in days", func(g Group) *int { return g.MedianAge }},
		{"median_close_days", "Median days to close in this period", func(g Group) *int { return g.ToClose }},
		{"closed_in_time_percent", "Deadlines met in this period, in percent", Group.MetShare},
		{"reached_percent", "Assets reached, in percent", func(g Group) *int {
			if g.Assets == 0 {
				return nil
			}
			return new(g.Reached * 100 / g.Assets)
		}},
	} {
		var all []int
		for _, g := range orgs {
			if n := m.of(g); n != nil {
				all = append(all, *n)
			}
		}
		out = append(out, Spread{Key: m.key, Label: m.label, Range: quartiles(all)})
	}
	return out
}

func (b builder) clock() []ClockEntry {
	out := []ClockEntry{}
	for _, c := range b.Clock {
		c.ID, c.Team, c.Title, c.TLP = line(c.ID), line(c.Team), line(c.Title), line(c.TLP)
		c.ReceivedAt = c.ReceivedAt.UTC()
		for _, t := range []**time.Time{&c.MatchedAt, &c.DecidedAt, &c.FixedAt} {
			if *t != nil {
				*t = utc(**t)
			}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y ClockEntry) int { return cmp.Or(y.ReceivedAt.Compare(x.ReceivedAt), cmp.Compare(x.ID, y.ID)) })
	return out
}

// summaryTrends has the kept weeks, and this one from the groups.
func (b builder) summaryTrends(r Report) Trends {
	t, last := Trends{Weeks: b.past(), Peers: []Band{}}, WeekEnd(b.To)
	if !r.Basis.Known() {
		return t
	}
	now := Week{Name: isoWeek(last.Add(-time.Nanosecond)), Until: last}
	for _, g := range r.Organizations {
		now.Critical, now.High, now.Medium, now.Low, now.Info = now.Critical+g.Critical, now.High+g.High, now.Medium+g.Medium, now.Low+g.Low, now.Info+g.Info
		now.KEV, now.New, now.Closed = now.KEV+g.KEV, now.New+g.New+g.Reopened, now.Closed+g.Fixed
		now.Due, now.Met = now.Due+g.Due, now.Met+g.Met
	}
	t.Weeks = append(t.Weeks, now)
	return t
}

// summaryCard sums the cards of the organisations up.
func (b builder) summaryCard(r Report) []Figure {
	var all Group
	for _, g := range r.Organizations {
		all.merge(g)
	}
	added, removed, hosts, newServices := 0, 0, 0, 0
	for _, s := range b.Standings {
		if _, ours := b.Orgs[s.Org]; ours {
			added, removed, hosts, newServices = added+s.Added, removed+s.Removed, hosts+s.Hosts, newServices+s.NewServices
		}
	}
	before := map[inventory.Severity]*int{}
	var kev *int
	for _, w := range b.Past {
		if w.Until.Equal(b.From) {
			before[inventory.SeverityCritical], before[inventory.SeverityHigh] = new(all.Critical-w.Critical), new(all.High-w.High)
			before[inventory.SeverityMedium], before[inventory.SeverityLow] = new(all.Medium-w.Medium), new(all.Low-w.Low)
			before[inventory.SeverityInfo], kev = new(all.Info-w.Info), new(all.KEV-w.KEV)
		}
	}
	out := []Figure{
		{Key: "organizations", Label: labelOf("organizations"), Value: all.Organizations},
		figureOfAssets(all.Assets, added, removed),
		{Key: "in_scope", Label: labelOf("in_scope"), Value: all.InScope},
		{Key: "reached", Label: labelOf("reached"), Value: all.Reached},
		{Key: "not_tested", Label: labelOf("not_tested"), Value: all.Missed()},
		{Key: "hosts_up", Label: labelOf("hosts_up"), Value: hosts},
		figureOfServices(all.Services, all.Risky, newServices),
	}
	for i, s := range bySeverity() {
		n := []int{all.Critical, all.High, all.Medium, all.Low, all.Info}[i]
		out = append(out, Figure{Key: openKey + string(s), Label: labelOf(openKey + string(s)), Value: n, Delta: before[s]})
	}
	out = append(out,
		Figure{Key: "waived", Label: labelOf("waived"), Value: all.Waived},
		Figure{Key: "kev", Label: labelOf("kev"), Value: all.KEV, Delta: kev},
		Figure{Key: "overdue", Label: labelOf("overdue"), Value: all.Overdue},
		Figure{Key: "kev_overdue", Label: labelOf("kev_overdue"), Value: all.KEVOverdue},
		Figure{Key: "silent", Label: labelOf("silent"), Value: all.Silent})
	return unknown(out, r.Basis)
}
