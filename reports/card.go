package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// card counts the report card. Differences of findings are computed from the
// events of the period, so that they cannot disagree with its changes.
func (b builder) card(r Report) []Figure {
	inScope, reachedAssets := 0, 0
	hosts := map[string]bool{}
	for _, l := range r.Coverage {
		if l.Addresses > 0 {
			inScope++
		}
		if l.Reached > 0 {
			reachedAssets++
		}
	}
	for _, c := range b.Coverage {
		if a, ok := b.Assets[c.Asset]; ok && b.mine(a.Org) && c.Addr.IsValid() && reached(c.Outcome) {
			hosts[c.Addr.String()] = true
		}
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
		{Key: "assets", Label: "Assets registered", Value: len(b.assets), Delta: new(added - removed), Note: scopeNote(added, removed)},
		{Key: "in_scope", Label: "In scope of scans", Value: inScope, Note: "at least one address was asked"},
		{Key: "reached", Label: "Reached", Value: reachedAssets, Note: "answered at the last look"},
		{Key: "not_tested", Label: "Not tested", Value: len(b.assets) - reachedAssets, Note: "reasons under Coverage"},
		{Key: "hosts_up", Label: "Hosts up", Value: len(hosts), Note: "addresses that answered"},
		{Key: "services", Label: "Exposed services", Value: len(r.Services), Note: fmt.Sprintf("%d risky, %d first seen in this period", risky, newServices)},
	}
	for _, s := range []inventory.Severity{inventory.SeverityCritical, inventory.SeverityHigh, inventory.SeverityMedium, inventory.SeverityLow, inventory.SeverityInfo} {
		out = append(out, Figure{
			Key: "open_" + string(s), Label: "Open, " + string(s), Value: now.open[s], Delta: new(now.open[s] - before.open[s]),
		})
	}
	return append(out,
		Figure{Key: "waived", Label: "Open but waived", Value: now.waived, Note: "among the open ones; each has an end date"},
		Figure{Key: "kev", Label: "Known exploited", Value: now.kev, Delta: new(now.kev - before.kev)},
		Figure{Key: "overdue", Label: "Overdue", Value: now.overdue, Delta: new(now.overdue - before.overdue)},
	)
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

func scopeNote(added, removed int) string {
	if added == 0 && removed == 0 {
		return "no change in this period"
	}
	return fmt.Sprintf("%d added, %d retired in this period", added, removed)
}

// tally counts findings at one moment.
type tally struct {
	open                 map[inventory.Severity]int
	waived, kev, overdue int
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
