package reports

import (
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
)

// openKey begins the keys of the card's findings by severity.
const openKey = "open_"

// bySeverity lists the severities as a card does, the worst first.
func bySeverity() []inventory.Severity {
	all := inventory.Severities()
	slices.Reverse(all)
	return all
}

// labels are what the card calls its figures.
var labels = map[string]string{
	"organizations":   locale.Key("Organisations"),
	"assets":          locale.Key("Assets registered"),
	"in_scope":        locale.Key("In scope of scans"),
	"reached":         locale.Key("Reached"),
	"not_tested":      locale.Key("Not tested"),
	"blocked":         locale.Key("Possibly blocked"),
	"hosts_up":        locale.Key("Hosts up"),
	"services":        locale.Key("Exposed services"),
	"open_critical":   locale.Key("Open, critical"),
	"open_high":       locale.Key("Open, high"),
	"open_medium":     locale.Key("Open, medium"),
	"open_low":        locale.Key("Open, low"),
	"open_info":       locale.Key("Open, info"),
	"waived":          locale.Key("Open but waived"),
	"disputed":        locale.Key("Open but disputed"),
	"kev":             locale.Key("Known exploited"),
	"overdue":         locale.Key("Overdue"),
	"oldest_critical": locale.Key("Oldest critical, days"),
	"oldest_kev":      locale.Key("Oldest known exploited, days"),
	"kev_overdue":     locale.Key("Known exploited and overdue"),
	"silent":          locale.Key("Silent for four weeks"),
}

func labelOf(key string) string { return labels[key] }

// noteOf is the word beside a figure.
func noteOf(p *locale.Printer, f Figure) string {
	switch f.Key {
	case "assets":
		if f.Parts["added"] == 0 && f.Parts["retired"] == 0 {
			return p.T("no change in this period")
		}
		return p.T("%s added, %s retired in this period", p.Number(f.Parts["added"]), p.Number(f.Parts["retired"]))
	case "in_scope":
		return p.T("at least one address was asked")
	case "reached":
		return p.T("answered at the last look")
	case "not_tested":
		return p.T("reasons under Coverage")
	case "blocked":
		return p.T("something on the way may keep our scans out")
	case "hosts_up":
		return p.T("addresses that answered")
	case "services":
		return p.T("%s risky, %s first seen in this period", p.Number(f.Parts["risky"]), p.Number(f.Parts["new"]))
	case "waived":
		return p.T("among the open ones; each has an end date")
	case "disputed":
		return p.T("they count until the CERT has decided")
	case "silent":
		return p.T("work to do, and no answer")
	}
	return ""
}

// unknown marks what nobody can count, because nothing answered.
func unknown(card []Figure, basis Basis) []Figure {
	english := locale.For(locale.Default)
	for i, f := range card {
		counts := strings.HasPrefix(f.Key, openKey) || slices.Contains([]string{"hosts_up", "services", "kev", "overdue", "kev_overdue"}, f.Key)
		card[i].Unknown = counts && f.Value == 0 && !basis.Known()
		card[i].Note = noteOf(english, f)
	}
	return card
}

func figureOfAssets(n, added, removed int) Figure {
	return Figure{Key: "assets", Label: labelOf("assets"), Value: n, Delta: new(added - removed), Parts: map[string]int{"added": added, "retired": removed}}
}

func figureOfServices(n, risky, fresh int) Figure {
	return Figure{Key: "services", Label: labelOf("services"), Value: n, Parts: map[string]int{"risky": risky, "new": fresh}}
}

// card counts the report card. Differences of findings are computed from the
// events of the period, so that they cannot disagree with its changes.
func (b builder) card(r Report) []Figure {
	inScope, reachedAssets, blocked := 0, 0, 0
	for _, l := range r.Coverage {
		if l.Addresses > 0 {
			inScope++
		}
		if l.Reached > 0 {
			reachedAssets++
		}
		if l.Blocked {
			blocked++
		}
	}
	hosts := map[string]bool{}
	for _, h := range r.Hosts {
		hosts[h.Address] = true
	}
	newServices, risky := 0, 0
	for _, s := range r.Services {
		if s.New {
			newServices++
		}
		if s.Risky != "" {
			risky++
		}
	}
	added, removed := b.scopeDelta()
	now, before := b.countNow(), b.countBefore()
	out := []Figure{
		figureOfAssets(len(b.assets), added, removed),
		{Key: "in_scope", Label: labelOf("in_scope"), Value: inScope},
		{Key: "reached", Label: labelOf("reached"), Value: reachedAssets},
		{Key: "not_tested", Label: labelOf("not_tested"), Value: len(b.assets) - reachedAssets},
		{Key: "blocked", Label: labelOf("blocked"), Value: blocked},
		{Key: "hosts_up", Label: labelOf("hosts_up"), Value: len(hosts)},
		figureOfServices(len(r.Services), risky, newServices),
	}
	for _, s := range bySeverity() {
		out = append(out, Figure{Key: openKey + string(s), Label: labelOf(openKey + string(s)), Value: now.open[s], Delta: new(now.open[s] - before.open[s])})
	}
	out = append(out,
		Figure{Key: "waived", Label: labelOf("waived"), Value: now.waived},
		Figure{Key: "disputed", Label: labelOf("disputed"), Value: now.disputed},
		Figure{Key: "kev", Label: labelOf("kev"), Value: now.kev, Delta: new(now.kev - before.kev)},
		Figure{Key: "overdue", Label: labelOf("overdue"), Value: now.overdue, Delta: new(now.overdue - before.overdue)})
	return unknown(append(out, oldest(r)...), r.Basis)
}

// oldest are the ages of the oldest critical and known exploited findings that
// nobody waived. Without any there is no such figure.
func oldest(r Report) (out []Figure) {
	for _, age := range []struct {
		key  string
		mine func(Finding) bool
	}{
		{"oldest_critical", func(f Finding) bool { return f.Severity == inventory.SeverityCritical }},
		{"oldest_kev", func(f Finding) bool { return f.KEV }},
	} {
		most := -1
		for _, p := range r.Problems {
			for _, f := range p.Findings {
				if age.mine(f) && f.Waiver == inventory.WaiverNone {
					most = max(most, f.AgeDays)
				}
			}
		}
		if most >= 0 {
			out = append(out, Figure{Key: age.key, Label: labelOf(age.key), Value: most})
		}
	}
	return out
}

// scopeDelta counts the assets that came and went within the period.
func (b builder) scopeDelta() (added, removed int) {
	within := func(t time.Time) bool { return !t.Before(b.From) && t.Before(b.To) }
	for _, a := range b.Assets {
		if !b.mine(a.Org) {
			continue
		}
		if within(a.CreatedAt) {
			added++
		}
		if a.RetiredAt != nil && within(*a.RetiredAt) {
			removed++
		}
	}
	return added, removed
}

// tally counts findings at one moment.
type tally struct {
	open                           map[inventory.Severity]int
	waived, disputed, kev, overdue int
}

func (b builder) countNow() tally {
	t := tally{open: map[inventory.Severity]int{}}
	for _, f := range b.findings {
		t.add(f, b.At)
	}
	return t
}

// countBefore counts the findings as they were when the period began, by
// taking its events back.
func (b builder) countBefore() tally {
	events := map[inventory.FindingID][]inventory.FindingEvent{}
	for _, e := range b.events {
		events[e.Finding] = append(events[e.Finding], e)
	}
	t := tally{open: map[inventory.Severity]int{}}
	for _, f := range b.findings {
		if was, existed := rollBack(f, events[f.ID], b.From); existed {
			t.add(was, b.From)
		}
	}
	return t
}

func (t *tally) add(f inventory.Finding, at time.Time) {
	if !f.Detection.Present() {
		return
	}
	t.open[f.Severity]++
	if f.Dispute != "" {
		t.disputed++
	}
	if f.Waiver.InForce(at) {
		t.waived++
		return
	}
	if f.KEV {
		t.kev++
	}
	if overdue(f, at) {
		t.overdue++
	}
}

// rollBack takes back what the events, oldest first, did to f; false when f
// did not exist before them.
func rollBack(f inventory.Finding, events []inventory.FindingEvent, from time.Time) (inventory.Finding, bool) {
	if f.Detection == inventory.Fixed { // the deadline went when it was fixed
		f.DueAt = inventory.Deadline(f)
	}
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		switch e.Kind {
		case inventory.EventOpened:
			return f, false
		case inventory.EventFixed:
			f.Detection = inventory.Detection(e.From)
			if !f.Detection.Present() {
				f.Detection = inventory.Open
			}
		case inventory.EventReopened:
			f.Detection = inventory.Fixed
		case inventory.EventWaived:
			f.Waiver.Kind = inventory.WaiverKind(e.From)
		case inventory.EventChanged:
			undo(&f, e)
		default: // the others change no number of the card
		}
	}
	if !f.FirstSeen.Before(from) && len(events) == 0 { // its opening is not among the events
		return f, false
	}
	return f, true
}

func undo(f *inventory.Finding, e inventory.FindingEvent) {
	if s, err := inventory.ParseSeverity(e.From); err == nil {
		f.Severity = s
	}
	switch {
	case e.From == inventory.KnownExploited:
		f.KEV = true
	case e.To == inventory.KnownExploited:
		f.KEV = false
	case e.From == "no deadline":
		f.DueAt = nil
	case strings.HasPrefix(e.From, "due "):
		if due, err := time.Parse(time.DateOnly, strings.TrimPrefix(e.From, "due ")); err == nil {
			f.DueAt = &due
		}
	}
}
