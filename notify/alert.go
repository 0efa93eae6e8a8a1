package notify

import (
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// News is an event in the life of a finding, with the finding as it is now.
type News struct {
	Finding inventory.Finding
	Event   inventory.FindingEvent
	// Exploited says that a feed lists the check's CVE, whether or not the
	// finding was judged since.
	Exploited bool
}

// AlertOf tells whether an event is news for the same day, why, and which
// telling of the finding that is. The table is the whole rule:
//
//	known to be exploited       newly found, found again, or since a feed says so
//	critical                    newly found, or found again
//	an exposed service          newly reachable: OT, RDP, Telnet, SMB and the like
//	severity rises to high      from below
//
// What is gone or waived is no news.
func AlertOf(n News, at time.Time) (reason Reason, stage string, ok bool) {
	f := n.Finding
	if !f.Detection.Present() || f.Waiver.InForce(at) {
		return "", "", false
	}
	if n.Exploited && n.Event.Kind == "" {
		return ReasonKEV, "kev", true
	}
	switch n.Event.Kind {
	case inventory.EventOpened, inventory.EventReopened:
		stage = "new"
		if n.Event.Kind == inventory.EventReopened { // one that comes and goes is told once a week
			stage = "again@" + Week(n.Event.At.UTC())
		}
		switch {
		case f.KEV || n.Exploited:
			if stage == "new" {
				stage = "kev"
			}
			return ReasonKEV, stage, true
		case f.Severity == inventory.SeverityCritical:
			return ReasonCritical, stage, true
		case isExposure(f.Check):
			return ReasonExposed, stage, true
		}
	case inventory.EventChanged:
		switch {
		case n.Event.To == inventory.KnownExploited:
			return ReasonKEV, "kev", true
		case raised(n.Event.From, n.Event.To):
			return ReasonRaised, "raised", true
		}
	default: // nothing that cannot wait
	}
	return "", "", false
}

// raised tells whether a severity crossed to high.
func raised(from, to string) bool {
	before, err := inventory.ParseSeverity(from)
	after, err2 := inventory.ParseSeverity(to)
	high := inventory.SeverityHigh.Rank()
	return err == nil && err2 == nil && before.Rank() < high && after.Rank() >= high
}

// isExposure tells the checks that a port alone decides; all of them are of
// services that are not for strangers.
func isExposure(id inventory.CheckID) bool { return strings.HasPrefix(string(id), "exposed-") }

// ReasonFor is the reason of an item, by its stage and the finding as it is
// when the mail is written.
func ReasonFor(kind Kind, stage string, f inventory.Finding) Reason {
	head, _, _ := strings.Cut(stage, "-")
	switch {
	case kind == Reminder && head == "due":
		return ReasonDue
	case kind == Reminder && head == "overdue":
		return ReasonOverdue
	case kind == Reminder:
		return ReasonStill
	case stage == "kev" || f.KEV:
		return ReasonKEV
	case stage == "raised":
		return ReasonRaised
	case f.Severity == inventory.SeverityCritical:
		return ReasonCritical
	}
	return ReasonExposed
}
