package reports

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Group is one line of the summary tables: a sector or an organisation. What
// is absent in JSON is 0, or withheld where operators are numbered.
type Group struct {
	ID             string           `json:"id"`
	Name           string           `json:"name"`
	Sector         inventory.Sector `json:"sector"`
	Organizations  int              `json:"organizations"`
	Assets         int              `json:"assets,omitempty"`
	InScope        int              `json:"in_scope,omitempty"`
	Reached        int              `json:"reached,omitempty"`
	Services       int              `json:"services,omitempty"`
	Risky          int              `json:"risky,omitempty"`
	OT             int              `json:"ot,omitempty"`
	Critical       int              `json:"critical"`
	High           int              `json:"high"`
	Medium         int              `json:"medium"`
	Low            int              `json:"low"`
	Info           int              `json:"info"`
	KEV            int              `json:"kev"`
	KEVOverdue     int              `json:"kev_overdue"`
	Ransomware     int              `json:"ransomware,omitempty"`
	Overdue        int              `json:"overdue"`
	Waived         int              `json:"waived"`
	New            int              `json:"new"`
	Reopened       int              `json:"back_again"`
	Fixed          int              `json:"fixed"`
	OldestCritical int              `json:"oldest_critical_days,omitempty"`
	OldestKEV      int              `json:"oldest_kev_days,omitempty"`
	MedianAge      *int             `json:"median_age_days,omitempty"`
	ToClose        *int             `json:"median_close_days,omitempty"`
	Due            int              `json:"closed_with_deadline"`
	Met            int              `json:"closed_in_time"`
	Scans          int              `json:"scans,omitempty"`
	ScansFailed    int              `json:"scans_failed,omitempty"`
	LateScan       int              `json:"late_looks,omitempty"`
	LastLook       *time.Time       `json:"last_look,omitempty"`
	LastAnswer     *time.Time       `json:"last_answer,omitempty"`
	// Silent: there is work to do, and nobody of the organisation has answered
	// for SilentDays. Of a sector, how many are.
	Silent int `json:"silent,omitempty"`
}

// SilentDays is how long an organisation with work to do may say nothing.
const SilentDays = 28

// Urgent are the open critical and high findings.
func (g Group) Urgent() int { return g.Critical + g.High }

// Open are all open findings that are more than information.
func (g Group) Open() int { return g.Critical + g.High + g.Medium + g.Low }

// Missed are the assets that were not reached.
func (g Group) Missed() int { return g.Assets - g.Reached }

// MetShare is the share of deadlines met in whole percents, or nil without any.
func (g Group) MetShare() *int {
	if g.Due == 0 {
		return nil
	}
	return new(g.Met * 100 / g.Due)
}

func groupOf(s Standing, o inventory.Organization, at time.Time) Group {
	g := Group{
		ID: string(s.Org), Name: line(o.Name), Sector: o.Sector, Organizations: 1,
		Assets: s.Assets, InScope: s.InScope, Reached: s.Reached, Services: s.Services, Risky: s.Risky, OT: s.OT,
		Critical: s.Critical, High: s.High, Medium: s.Medium, Low: s.Low, Info: s.Info,
		KEV: s.KEV, KEVOverdue: s.KEVOverdue, Ransomware: s.Ransomware, Overdue: s.Overdue, Waived: s.Waived,
		New: s.New, Reopened: s.Reopened, Fixed: s.Fixed, OldestCritical: s.OldestCritical, OldestKEV: s.OldestKEV,
		MedianAge: s.MedianAge, ToClose: s.ToClose, Due: s.Due, Met: s.Met,
		Scans: s.Scans, ScansFailed: s.ScansFailed, LateScan: s.LateScan, LastLook: utc(s.LastLook), LastAnswer: utc(s.LastAnswer),
	}
	if g.Open() > g.Waived && s.LastAnswer.Before(at.AddDate(0, 0, -SilentDays)) {
		g.Silent = 1
	}
	return g
}

// merge adds an organisation to its sector.
func (g *Group) merge(o Group) {
	for _, n := range []struct {
		to   *int
		more int
	}{
		{&g.Organizations, o.Organizations},
		{&g.Assets, o.Assets},
		{&g.InScope, o.InScope},
		{&g.Reached, o.Reached},
		{&g.Services, o.Services},
		{&g.Risky, o.Risky},
		{&g.OT, o.OT},
		{&g.Critical, o.Critical},
		{&g.High, o.High},
		{&g.Medium, o.Medium},
		{&g.Low, o.Low},
		{&g.Info, o.Info},
		{&g.KEV, o.KEV},
		{&g.KEVOverdue, o.KEVOverdue},
		{&g.Ransomware, o.Ransomware},
		{&g.Overdue, o.Overdue},
		{&g.Waived, o.Waived},
		{&g.New, o.New},
		{&g.Reopened, o.Reopened},
		{&g.Fixed, o.Fixed},
		{&g.Due, o.Due},
		{&g.Met, o.Met},
		{&g.Scans, o.Scans},
		{&g.ScansFailed, o.ScansFailed},
		{&g.LateScan, o.LateScan},
		{&g.Silent, o.Silent},
	} {
		*n.to += n.more
	}
	g.OldestCritical, g.OldestKEV = max(g.OldestCritical, o.OldestCritical), max(g.OldestKEV, o.OldestKEV)
}

// StandingOf sums an operator's report up, as it stands in those of its sector
// and of the nation. LastAnswer and LateScan are not in a report.
func StandingOf(r Report) Standing {
	s := Standing{
		Org: r.Organization.ID, Assets: len(r.Scope), Services: len(r.Services), Fixed: len(r.Closed),
		Scans: len(r.Scans),
	}
	hosts := map[string]bool{}
	for _, h := range r.Hosts {
		hosts[h.Address] = true
	}
	s.Hosts = len(hosts)
	for _, f := range r.Card {
		if f.Key == "assets" {
			s.Added, s.Removed = f.Parts["added"], f.Parts["retired"]
		}
	}
	for _, l := range r.Coverage {
		if l.Addresses > 0 {
			s.InScope++
		}
		if l.Reached > 0 {
			s.Reached++
		}
		if l.LastLook != nil && l.LastLook.After(s.LastLook) {
			s.LastLook = *l.LastLook
		}
	}
	for _, t := range r.Tiles {
		s.Risky += t.Open
		if t.OT {
			s.OT += t.Open
		}
	}
	for _, v := range r.Services {
		if v.New {
			s.NewServices++
		}
	}
	for _, c := range r.Changes {
		switch c.Kind {
		case ChangeNew:
			s.New++
		case ChangeReopened:
			s.Reopened++
		default:
		}
	}
	for _, c := range r.Scans {
		if c.State == "failed" {
			s.ScansFailed++
		}
	}
	s.findings(r)
	return s
}

func (s *Standing) findings(r Report) {
	var w Week
	var ages []int
	for _, p := range r.Problems {
		for _, f := range p.Findings {
			w.count(f.Severity)
			if f.Severity != inventory.SeverityInfo {
				ages = append(ages, f.AgeDays)
			}
			if f.Waiver != inventory.WaiverNone {
				s.Waived++
				continue
			}
			if f.Severity == inventory.SeverityCritical {
				s.OldestCritical = max(s.OldestCritical, f.AgeDays)
			}
			if f.KEV {
				s.KEV++
				s.OldestKEV = max(s.OldestKEV, f.AgeDays)
				if f.Overdue {
					s.KEVOverdue++
				}
			}
			if f.Ransomware {
				s.Ransomware++
			}
			if f.Overdue {
				s.Overdue++
			}
		}
	}
	s.Critical, s.High, s.Medium, s.Low, s.Info = w.Critical, w.High, w.Medium, w.Low, w.Info
	s.MedianAge = median(ages)
	if n := len(r.Trends.Weeks); n > 0 {
		last := r.Trends.Weeks[n-1]
		s.ToClose, s.Due, s.Met = last.ToClose, last.Due, last.Met
	}
}
