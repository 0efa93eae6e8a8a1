package notify

import (
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

const day = 24 * time.Hour

// A spacing says how often the same finding may be brought up again.
type spacing struct {
	before  int // days before its deadline, once; 0 means not
	overdue int // days between tellings once the deadline has passed; 0 means never
	still   int // days between tellings without a deadline
	// escalate is the telling after which the management hears of it, too;
	// 0 means never. Repeating to who does not answer helps little.
	escalate int
}

// spacings is the one table of reminders.
var spacings = map[inventory.Severity]spacing{
	inventory.SeverityCritical: {before: 3, overdue: 7, still: 60, escalate: 2},
	inventory.SeverityHigh:     {before: 3, overdue: 14, still: 60, escalate: 2},
	inventory.SeverityMedium:   {before: 7, overdue: 60, still: 120},
	inventory.SeverityLow:      {overdue: 180, still: 540},
}

// ReminderOf tells whether a finding is due to be brought up, which telling
// that is, and whether it goes to the management as well. Exploited ones
// count as critical.
func ReminderOf(f inventory.Finding, at time.Time) (stage string, escalate, ok bool) {
	s, known := spacings[f.Severity]
	if f.KEV {
		s, known = spacings[inventory.SeverityCritical], true
	}
	if !known || !f.Detection.Present() || f.Waiver.InForce(at) {
		return "", false, false
	}
	if f.DueAt == nil {
		n := int(at.Sub(f.FirstSeen)/day) / s.still
		return fmt.Sprintf("still-%d", n), false, n > 0
	}
	left := f.DueAt.Sub(at)
	switch {
	case left > time.Duration(s.before)*day:
		return "", false, false
	case left > 0:
		return "due-" + f.DueAt.UTC().Format(time.DateOnly), false, true
	case s.overdue == 0:
		return "", false, false
	}
	n := int(-left/day) / s.overdue
	return fmt.Sprintf("overdue-%d", n), s.escalate > 0 && n >= s.escalate, true
}

// endingDays are how long before an end somebody is told, the latest first.
var endingDays = []int{7, 30}

// EndingStage tells whether an end is near enough to be told, and which
// telling that is. An end that moves is told anew.
func EndingStage(end, at time.Time) (stage string, ok bool) {
	left := end.Sub(at)
	if left <= 0 {
		return "", false
	}
	for _, d := range endingDays {
		if left <= time.Duration(d)*day {
			return fmt.Sprintf("%d@%s", d, end.UTC().Format(time.DateOnly)), true
		}
	}
	return "", false
}
