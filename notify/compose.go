package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Facts are what is known when a letter is written, of what its items name.
type Facts struct {
	Findings    map[inventory.FindingID]inventory.Finding
	Checks      map[inventory.CheckID]inventory.Check
	Permissions map[string]inventory.Authorization
	Earlier     map[string]Earlier // by week
	Advised     map[string]Advised // by id
	Counts      Counts
	Urgent      []inventory.Finding // the organisation's, the most urgent first
	Report      *Report             // of the week, when there is one
}

// Compose makes the letter of a round out of the facts as they are now. Told
// are the items that it tells of; the others have nothing to tell any more.
// False means that nothing is left to tell.
func Compose(round Round, who Addressee, facts Facts, r Rules, at time.Time) (l Letter, told []int64, ok bool) {
	at = at.UTC()
	l = Letter{Org: who.Org, OrgName: who.OrgName, Zone: who.Zone.String(), At: at, Counts: facts.Counts}
	group := grouping{checks: facts.Checks, matters: map[inventory.CheckID]*Matter{}}
	var left []Waiting
	for _, w := range round.Items {
		if l.take(w.Item, who, facts, &group, at) {
			left, told = append(left, w), append(told, w.Num)
		}
	}
	if len(left) == 0 {
		return Letter{}, nil, false
	}
	l.Kind = kindOf(left) // what the round was made for may have passed
	if l.Week != "" {
		l.Report = facts.Report
		for _, f := range facts.Urgent {
			group.add(f, urgency(f, at))
		}
	}
	l.Matters, l.Left = group.cut(r)
	if round.Summary {
		l.Summary, l.Left, l.Matters = true, l.Findings(), nil
	}
	l.TLP = l.Label()
	return l, told, true
}

// take puts one item into the letter, unless its time has passed.
func (l *Letter) take(item Item, who Addressee, facts Facts, group *grouping, at time.Time) bool {
	switch item.Kind {
	case Weekly:
		if at.Sub(item.Due) >= staleWeek {
			return false
		}
		l.Week = max(l.Week, item.Object)
		return true
	case Unconfirmed:
		e, ok := facts.Earlier[item.Object]
		if ok {
			l.Earlier = &e
		}
		return ok
	case Advisory:
		a, ok := facts.Advised[item.Object]
		// What was withdrawn before it was told is not told; nor what is fixed.
		if told := strings.HasPrefix(item.Stage, "withdrawn"); !ok || told != a.Withdrawn || !told && a.Open == 0 {
			return false
		}
		a.Texts = slices.DeleteFunc(slices.Clone(a.Texts), func(t Text) bool { return t != a.Texts[0] && t.Language != who.Language })
		l.Advised = append(l.Advised, a)
		return true
	case PermissionEnds:
		a, ok := facts.Permissions[item.Object]
		if stage, near := EndingStage(a.Until, at); !ok || !near || stage != item.Stage {
			return false
		}
		l.Endings = append(l.Endings, Ending{Kind: PermissionEnds, Object: item.Object, At: a.Until})
		return true
	default: // is about findings: below
	}
	f, ok := facts.Findings[inventory.FindingID(item.Object)]
	if !ok || !f.Detection.Present() {
		return false
	}
	if item.Kind == WaiverEnds {
		if stage, near := EndingStage(f.Waiver.Until, at); !f.Waiver.InForce(at) || !near || stage != item.Stage {
			return false
		}
		l.Endings = append(l.Endings, Ending{Kind: WaiverEnds, Object: item.Object, Title: f.Title, At: f.Waiver.Until})
		return true
	}
	if f.Waiver.InForce(at) {
		return false
	}
	group.add(f, ReasonFor(item.Kind, item.Stage, f))
	return true
}

// staleWeek is when a week's letter that could not be sent is not sent any more.
const staleWeek = 10 * day

// urgency is why a finding stands in the week's letter.
func urgency(f inventory.Finding, at time.Time) Reason {
	switch {
	case f.KEV:
		return ReasonKEV
	case f.DueAt != nil && f.DueAt.Before(at):
		return ReasonOverdue
	case f.Severity == inventory.SeverityCritical:
		return ReasonCritical
	case f.DueAt != nil:
		return ReasonDue
	}
	return ReasonStill
}

// A grouping puts findings of one check together: one item for each problem.
type grouping struct {
	checks  map[inventory.CheckID]inventory.Check
	matters map[inventory.CheckID]*Matter
	seen    map[inventory.FindingID]bool
}

func (g *grouping) add(f inventory.Finding, reason Reason) {
	if g.seen == nil {
		g.seen = map[inventory.FindingID]bool{}
	}
	m := g.matters[f.Check]
	if m == nil {
		c := g.checks[f.Check]
		m = &Matter{Check: f.Check, Title: cmp.Or(c.Title, f.Title), Why: c.Why, Fix: c.Fix, Severity: f.Severity, Reason: reason}
		g.matters[f.Check] = m
	}
	if rank(reason) < rank(m.Reason) {
		m.Reason = reason
	}
	if f.Severity.Rank() > m.Severity.Rank() {
		m.Severity = f.Severity
	}
	m.KEV = m.KEV || f.KEV || reason == ReasonKEV
	if f.DueAt != nil && (m.Due == nil || f.DueAt.Before(*m.Due)) {
		m.Due = f.DueAt
	}
	if g.seen[f.ID] {
		return
	}
	g.seen[f.ID] = true
	m.Places = append(m.Places, Place{
		Finding: f.ID, Host: f.Hostname, Addr: f.Addr, Port: f.Port, Transport: f.Transport, FirstSeen: f.FirstSeen,
	})
}

// One is a single finding as the week's letter tells of it.
func One(f inventory.Finding, c inventory.Check, at time.Time) Matter {
	g := grouping{checks: map[inventory.CheckID]inventory.Check{f.Check: c}, matters: map[inventory.CheckID]*Matter{}}
	g.add(f, urgency(f, at))
	return *g.matters[f.Check]
}

// cut sorts the matters and keeps as many as a mail is to have; left counts the
// findings of the others.
func (g *grouping) cut(r Rules) (out []Matter, left int) {
	for _, m := range g.matters {
		slices.SortFunc(m.Places, func(a, b Place) int {
			return cmp.Or(a.Addr.Compare(b.Addr), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Finding, b.Finding))
		})
		if len(m.Places) > r.Places {
			m.Left, m.Places = len(m.Places)-r.Places, m.Places[:r.Places]
		}
		out = append(out, *m)
	}
	slices.SortFunc(out, func(a, b Matter) int {
		return cmp.Or(cmp.Compare(rank(a.Reason), rank(b.Reason)), cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(a.Check, b.Check))
	})
	if len(out) > r.Matters {
		for _, m := range out[r.Matters:] {
			left += len(m.Places) + m.Left
		}
		out = out[:r.Matters]
	}
	return out, left
}

func rank(r Reason) int { return slices.Index(Reasons(), r) }
