package inventory

import (
	"fmt"
	"slices"
	"time"
)

// An OrganizationOverview is an organisation with what a list tells of it.
type OrganizationOverview struct {
	Organization
	Assets   int // in use
	Open     map[Severity]int
	Permits  int // in force now
	Drafts   int // authorisations drawn up or handed in
	TestedAt *time.Time
	// Weeks are how many were open at the ends of the last twelve weeks, oldest
	// first, info left out. A week that was not kept is not there.
	Weeks []int
}

// An OrganizationFilter selects organisations; zero fields select everything.
type OrganizationFilter struct {
	ID     OrganizationID
	IDs    []OrganizationID // these, when any
	Text   string           // in the name, or the id
	Sector Sector
}

// KPIs are an organisation's numbers.
type KPIs struct {
	Assets     int
	Open       int      // findings that are present and not waived
	Urgent     int      // of these critical or high
	KEV        int      // of these known to be exploited
	Overdue    int      // of these past their deadline
	MedianDays *float64 // from first seen to closed, of what closed in 90 days; nil without any
}

// MinSector is how many organisations a sector needs before its medians are
// shown: with fewer, one could work out another's numbers.
const MinSector = 5

// A Comparison is an organisation's numbers beside its sector's medians.
type Comparison struct {
	Own    KPIs
	Sector Sector
	Peers  int   // organisations of the sector with assets, this one among them
	Median *KPIs // nil with fewer than MinSector
}

// An OnboardingStep is one thing that an organisation has to do before its
// first report.
type OnboardingStep struct {
	Name OnboardingName
	Done bool
	At   time.Time // of the first report: when it comes; else zero
	N    int       // what there is of it: assets, contacts, permits
}

// OnboardingName names a step.
type OnboardingName string

// Steps of onboarding, in order.
const (
	StepAssets   OnboardingName = "assets"
	StepPermit   OnboardingName = "permit"
	StepContacts OnboardingName = "contacts"
	StepWindows  OnboardingName = "windows"
	StepScan     OnboardingName = "scan"
	StepReport   OnboardingName = "report"
)

// Onboarding is how far an organisation is.
type Onboarding struct {
	Org      OrganizationID
	TimeZone string
	Steps    []OnboardingStep
	// Waiting tells that an authorisation was handed in and waits for the CERT.
	Waiting bool
	// Cron is a weekly time within the windows of the permits in force, in the
	// organisation's zone, that a first schedule could have; "" without a
	// permit.
	Cron string
	// Level is the highest of the permits in force.
	Level Level
}

// Done tells whether every step is.
func (o Onboarding) Done() bool {
	for _, s := range o.Steps {
		if !s.Done {
			return false
		}
	}
	return true
}

// ProposeCron returns a weekly cron expression in zone that begins a quarter of
// an hour into the first window of the week after Sunday midnight, or on Monday
// at two in the morning when any time is allowed. Organisations begin at
// different minutes, so that the workers are not all asked at once.
func ProposeCron(windows []Window, windowZone, zone string, spread int) (string, error) {
	from, err := loadZone(windowZone)
	if err != nil {
		return "", err
	}
	to, err := loadZone(zone)
	if err != nil {
		return "", err
	}
	minute := (spread%12+12)%12*5 + 1
	if len(windows) == 0 {
		return fmt.Sprintf("%d 2 * * 1", minute), nil
	}
	// Any Monday will do: a week of windows is the same as the next.
	monday := time.Date(2026, 1, 5, 0, 0, 0, 0, from)
	at, open := monday, false
	if _, open = openUntil(windows, from, monday); !open {
		at = opensAfter(windows, from, monday)
	}
	if at.IsZero() {
		return "", invalid("window", FormatWindows(windows), "never opens", "choose other windows")
	}
	at = at.Add(15 * time.Minute)
	if end, ok := openUntil(windows, from, at); !ok || end.Sub(at) < time.Hour {
		at = at.Add(-14 * time.Minute) // a short window: every minute counts
	} else {
		at = at.Add(time.Duration(minute) * time.Minute / 2)
	}
	local := at.In(to)
	return fmt.Sprintf("%d %d * * %d", local.Minute(), local.Hour(), int(local.Weekday())), nil
}

// OnboardingFacts are what the steps are judged by.
type OnboardingFacts struct {
	Organization Organization
	Assets       int
	Permits      []Authorization // drawn up, handed in or active
	NextScan     time.Time       // zero without a schedule
	Scanned      bool
}

// Judge tells how far an organisation is. reportAt says when the next report
// after a moment comes; nil when nobody knows.
func (f OnboardingFacts) Judge(at time.Time, reportAt func(after time.Time) time.Time) Onboarding {
	out := Onboarding{Org: f.Organization.ID, TimeZone: f.Organization.TimeZone}
	var inForce []Authorization
	chosen := false
	for _, p := range f.Permits {
		out.Waiting = out.Waiting || p.State == AuthSubmitted
		chosen = true
		if p.State == AuthActive && at.Before(p.Until) {
			inForce = append(inForce, p)
		}
	}
	first, second := f.Organization.reachable()
	scan := OnboardingStep{Name: StepScan, Done: f.Scanned || !f.NextScan.IsZero(), At: f.NextScan}
	report := OnboardingStep{Name: StepReport, Done: f.Scanned}
	if reportAt != nil && scan.Done {
		from := f.NextScan
		if f.Scanned || from.Before(at) {
			from = at
		}
		report.At = reportAt(from)
	}
	out.Steps = []OnboardingStep{
		{Name: StepAssets, Done: f.Assets > 0, N: f.Assets},
		{Name: StepPermit, Done: len(inForce) > 0, N: len(inForce)},
		{Name: StepContacts, Done: first && second, N: len(f.Organization.Contacts)},
		{Name: StepWindows, Done: chosen, N: len(f.Permits)},
		scan, report,
	}
	for _, p := range inForce {
		out.Level = max(out.Level, p.Level)
	}
	if len(inForce) > 0 {
		out.Cron, _ = ProposeCron(inForce[0].Windows, inForce[0].TimeZone, f.Organization.TimeZone, len(f.Organization.ID)+len(f.Organization.Name))
	}
	return out
}

// reachable tells whether there is somebody who gets the weekly report, and
// somebody else to ask when nobody answers.
func (o Organization) reachable() (report, second bool) {
	for _, c := range o.Contacts {
		report = report || c.Email != "" && c.Role == RoleDistribution
		second = second || c.Position == 2 || c.Role == RoleEmergency
	}
	return report, second
}

// Compare puts an organisation's numbers beside the medians of those of its
// sector that have assets. all has the organisation itself among them.
func Compare(sector Sector, own KPIs, all []KPIs) Comparison {
	c := Comparison{Own: own, Sector: sector}
	all = slices.DeleteFunc(slices.Clone(all), func(k KPIs) bool { return k.Assets == 0 })
	c.Peers = len(all)
	if c.Peers < MinSector {
		return c
	}
	of := func(get func(KPIs) int) int {
		n := make([]int, len(all))
		for i, k := range all {
			n[i] = get(k)
		}
		slices.Sort(n)
		return n[len(n)/2]
	}
	c.Median = &KPIs{
		Assets: of(func(k KPIs) int { return k.Assets }), Open: of(func(k KPIs) int { return k.Open }),
		Urgent: of(func(k KPIs) int { return k.Urgent }), KEV: of(func(k KPIs) int { return k.KEV }),
		Overdue: of(func(k KPIs) int { return k.Overdue }),
	}
	var days []float64
	for _, k := range all {
		if k.MedianDays != nil {
			days = append(days, *k.MedianDays)
		}
	}
	if len(days) >= MinSector {
		slices.Sort(days)
		c.Median.MedianDays = &days[len(days)/2]
	}
	return c
}
