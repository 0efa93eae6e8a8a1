package reports

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
)

// maxRefs is how many assets an action names.
const maxRefs = 10

// problems groups what is open by check, the most urgent first.
func (b builder) problems() []Problem {
	groups := map[inventory.CheckID]*Problem{}
	for _, f := range b.findings {
		if !f.Detection.Present() {
			continue
		}
		p := groups[f.Check]
		if p == nil {
			c := b.check(f)
			p = &Problem{
				Check: f.Check, Title: line(c.Title), Source: line(c.Source), Severity: f.Severity, Decision: f.Decision.Outcome,
				Why: paragraph(c.Why), Fix: paragraph(c.Fix), References: links(c.References), CVEs: lines(c.CVEs), CWEs: lines(c.CWEs),
			}
			p.Ransomware, p.EPSS = b.threat(c)
			p.CVSS, p.CVSSVector = c.CVSS.Score, line(c.CVSS.Vector)
			groups[f.Check] = p
		}
		if f.Severity.Rank() > p.Severity.Rank() {
			p.Severity = f.Severity
		}
		if f.Decision.Outcome.Rank() > p.Decision.Rank() {
			p.Decision = f.Decision.Outcome
		}
		p.KEV = p.KEV || f.KEV
		one := b.finding(f)
		one.Ransomware = p.Ransomware
		p.Findings = append(p.Findings, one)
	}
	out := []Problem{}
	for _, p := range groups {
		slices.SortFunc(p.Findings, compareFindings)
		p.Assets = len(assetsOf(p.Findings))
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y Problem) int {
		return cmp.Or(
			cmp.Compare(y.Decision.Rank(), x.Decision.Rank()),
			cmp.Compare(y.Severity.Rank(), x.Severity.Rank()),
			cmp.Compare(len(y.Findings), len(x.Findings)),
			cmp.Compare(x.Title, y.Title), cmp.Compare(x.Check, y.Check),
		)
	})
	return out
}

// Verification tells how to see for oneself that the problem is gone.
func (p Problem) Verification() string { return verification(p.Source) }

func verification(source string) string {
	if source == "exposure" {
		return locale.Key("From a network that is not yours, the port must not answer any more. Then ask for a new look in the portal: when the port answers closed twice in a row, the finding closes by itself.")
	}
	return locale.Key("Ask for a new look in the portal. The same check then runs again on the same address and port; when it has seen nothing twice in a row, the finding closes by itself.")
}

// threat tells whether ransomware uses a CVE of the check, and the highest
// EPSS of them.
func (b builder) threat(c inventory.Check) (ransomware bool, epss float64) {
	for _, cve := range c.CVEs {
		t := b.Threats[cve]
		ransomware, epss = ransomware || t.Ransomware, max(epss, t.EPSS)
	}
	return ransomware, epss
}

func (b builder) finding(f inventory.Finding) Finding {
	out := Finding{
		ID: f.ID, Check: f.Check, Title: line(cmp.Or(f.Title, b.check(f).Title)), Severity: f.Severity, KEV: f.KEV,
		Detection: f.Detection, Work: f.Work, Waiver: inventory.WaiverNone,
		Asset: b.asset(f.Asset), Address: f.Addr.String(), Port: f.Port, Transport: f.Transport, Hostname: line(f.Hostname),
		FirstSeen: f.FirstSeen.UTC(), LastSeen: f.LastSeen.UTC(), LastTested: f.LastTested.UTC(), NotTested: line(f.NotTested),
		AgeDays:  wholeDays(b.At.Sub(f.FirstSeen)),
		Decision: f.Decision.Outcome, Path: line(f.Decision.Path), Overdue: overdue(f, b.At), Evidence: f.Evidence,
		Advisories: append([]string{}, b.touched[f.ID]...),
	}
	if f.Waiver.InForce(b.At) {
		out.Waiver, out.WaivedTill, out.WaivedFor = f.Waiver.Kind, utc(f.Waiver.Until), line(f.Waiver.Reason)
	}
	out.Disputed = f.Detection.Present() && f.Dispute != ""
	if f.DueAt != nil {
		out.DueAt = utc(*f.DueAt)
	}
	return out
}

// overdue tells whether something is owed and late. A waived finding is not.
func overdue(f inventory.Finding, at time.Time) bool {
	return f.Detection.Present() && f.DueAt != nil && f.DueAt.Before(at) && !f.Waiver.InForce(at)
}

// actions are the problems to solve first: what the tree calls most urgent,
// then what is due first. Waived findings and mere information are not work.
func (b builder) actions(problems []Problem) (first []Action, more int) {
	first = []Action{}
	for _, p := range problems {
		open := slices.DeleteFunc(slices.Clone(p.Findings), func(f Finding) bool {
			return f.Waiver != inventory.WaiverNone || f.Severity == inventory.SeverityInfo && f.DueAt == nil
		})
		if len(open) > 0 {
			first = append(first, action(p, open))
		}
	}
	slices.SortStableFunc(first, func(x, y Action) int {
		return cmp.Or(
			cmp.Compare(y.Decision.Rank(), x.Decision.Rank()),
			compareDue(x.DueAt, y.DueAt),
			cmp.Compare(y.Severity.Rank(), x.Severity.Rank()),
			cmp.Compare(y.Findings, x.Findings),
		)
	})
	more = max(0, len(first)-MaxActions)
	first = first[:len(first)-more]
	for i := range first {
		first[i].Rank = i + 1
	}
	return first, more
}

func action(p Problem, open []Finding) Action {
	worst := open[0] // the most urgent, by compareFindings
	a := Action{
		Decision: worst.Decision, Severity: worst.Severity, Check: p.Check, Title: p.Title, Path: worst.Path,
		Action: cmp.Or(p.Fix, "Find out with your CERT what to do about it."), Why: p.Why, Findings: len(open),
	}
	orgs := map[inventory.OrganizationID]bool{}
	for _, f := range open {
		orgs[f.Asset.Org] = true
		a.KEV = a.KEV || f.KEV
		a.Overdue = a.Overdue || f.Overdue
		if compareDue(f.DueAt, a.DueAt) < 0 {
			a.DueAt = f.DueAt
		}
	}
	a.Organizations = len(orgs)
	a.Assets = assetsOf(open)
	a.MoreAssets = max(0, len(a.Assets)-maxRefs)
	a.Assets = a.Assets[:len(a.Assets)-a.MoreAssets]
	return a
}

// assetsOf lists the assets of findings once each, in the findings' order.
func assetsOf(findings []Finding) []AssetRef {
	out := []AssetRef{}
	seen := map[inventory.AssetID]bool{}
	for _, f := range findings {
		if !seen[f.Asset.ID] {
			seen[f.Asset.ID] = true
			out = append(out, f.Asset)
		}
	}
	return out
}

// compareFindings puts the most urgent first.
func compareFindings(x, y Finding) int {
	return cmp.Or(
		cmp.Compare(y.Decision.Rank(), x.Decision.Rank()),
		compareDue(x.DueAt, y.DueAt),
		cmp.Compare(y.Severity.Rank(), x.Severity.Rank()),
		compareIDs(string(x.Asset.ID), string(y.Asset.ID)),
		compareAddresses(x.Address, y.Address),
		cmp.Compare(x.Port, y.Port),
		compareIDs(string(x.ID), string(y.ID)),
	)
}

// compareDue puts the earlier deadline first, and none last.
func compareDue(x, y *time.Time) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return 1
	case y == nil:
		return -1
	}
	return x.Compare(*y)
}

// changes lists the events of the period that matter to a reader, by kind,
// the newest first.
func (b builder) changes() []Change {
	out := []Change{}
	for _, e := range b.events {
		kind, ok := changeKind(e)
		if !ok {
			continue
		}
		f := b.byID[e.Finding]
		c := Change{
			At: e.At.UTC(), Kind: kind, Finding: f.ID, Severity: f.Severity, Title: line(cmp.Or(f.Title, b.check(f).Title)),
			Asset: b.asset(f.Asset), Place: f.Place(), Reason: line(e.Reason), Evidence: e.Evidence, Task: e.Task,
		}
		if kind == ChangeUrgency {
			c.From, c.To = line(e.From), line(e.To)
		}
		c.Evidence = cmp.Or(c.Evidence, f.Evidence)
		out = append(out, c)
	}
	order := []ChangeKind{ChangeNew, ChangeReopened, ChangeFixed, ChangeUrgency}
	slices.SortStableFunc(out, func(x, y Change) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, x.Kind), slices.Index(order, y.Kind)),
			cmp.Compare(y.Severity.Rank(), x.Severity.Rank()),
			y.At.Compare(x.At), compareIDs(string(x.Finding), string(y.Finding)),
		)
	})
	return out
}

func changeKind(e inventory.FindingEvent) (ChangeKind, bool) {
	switch e.Kind {
	case inventory.EventOpened:
		return ChangeNew, true
	case inventory.EventReopened:
		return ChangeReopened, true
	case inventory.EventFixed:
		return ChangeFixed, true
	case inventory.EventChanged:
		_, err := inventory.ParseSeverity(e.From)
		return ChangeUrgency, err == nil || strings.HasSuffix(e.To, inventory.KnownExploited)
	default:
		return "", false
	}
}

func lines(all []string) []string {
	out := []string{}
	for _, s := range all {
		if s = line(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// links keeps web addresses only: nothing else is worth a click.
func links(all []string) []string {
	return slices.DeleteFunc(lines(all), func(s string) bool {
		u, err := url.Parse(s)
		return err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http"
	})
}
