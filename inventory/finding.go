package inventory

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A FindingKey is what makes two sightings one finding.
type FindingKey struct {
	Asset     AssetID
	Addr      netip.Addr
	Port      uint16
	Transport Transport
	Check     CheckID
	Matcher   string
}

// A Finding is a weakness on an asset, from first sight to proof of its end.
// Detection, Work and Waiver never mix: what the scanner knows, what people
// do, and what was decided to leave.
type Finding struct {
	ID  FindingID
	Org OrganizationID
	FindingKey
	Hostname string
	Title    string
	Severity Severity
	KEV      bool // a CVE of the check is in the known-exploited catalogue

	Detection Detection
	Work      Work
	Waiver    Waiver

	FirstSeen  time.Time
	LastSeen   time.Time
	LastTested time.Time  // last time the check ran to an end, either way
	ClosedAt   *time.Time // set while Detection is Fixed
	NotTested  string     // why the last scan could not tell, or ""
	Negatives  int        // tests in a row that ran and saw nothing
	Evidence   EvidenceID // of the last sighting

	Decision Decision
	DueAt    *time.Time // UTC; nil when nothing is owed

	Handling // what the store tells; judging leaves it alone
}

// Detection is what scanning says.
type Detection string

// Detections.
const (
	Open     Detection = "open"
	Fixed    Detection = "fixed"
	Reopened Detection = "back_again"
)

// Present tells whether the weakness is believed to be there.
func (d Detection) Present() bool { return d == Open || d == Reopened }

// Work is how far people are.
type Work string

// Work states.
const (
	WorkNew          Work = "new"
	WorkTriaged      Work = "triaged"
	WorkNotified     Work = "notified"
	WorkAcknowledged Work = "acknowledged"
	WorkInProgress   Work = "in_progress"
)

// WaiverKind is why an open finding is left open.
type WaiverKind string

// Waiver kinds.
const (
	WaiverNone          WaiverKind = "none"
	WaiverFalsePositive WaiverKind = "false_positive"
	WaiverAcceptedRisk  WaiverKind = "accepted_risk"
	WaiverCompensating  WaiverKind = "compensating_control"
	WaiverDisputed      WaiverKind = "disputed"
)

// A Waiver always ends; the zero value waives nothing.
type Waiver struct {
	Kind   WaiverKind
	Reason string
	By     string
	Until  time.Time
}

// InForce tells whether w waives anything at the given time.
func (w Waiver) InForce(at time.Time) bool {
	return w.Kind != "" && w.Kind != WaiverNone && at.Before(w.Until)
}

// Severity ranks how much a finding can hurt. It is stored as text, so that
// reordering the constants can never corrupt old rows.
type Severity string

// Severities, from least to most.
const (
	SeverityInfo     Severity = "info"
	SeverityLow      Severity = "low"
	SeverityMedium   Severity = "medium"
	SeverityHigh     Severity = "high"
	SeverityCritical Severity = "critical"
)

// Severities lists them from least to most.
func Severities() []Severity {
	return []Severity{SeverityInfo, SeverityLow, SeverityMedium, SeverityHigh, SeverityCritical}
}

// ParseSeverity accepts exactly the constants, in any case.
func ParseSeverity(s string) (Severity, error) {
	v := Severity(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(Severities(), v) {
		return v, nil
	}
	return "", invalid("severity", s, "unknown severity", "use one of: "+join(Severities()))
}

// Rank is 0 for info to 4 for critical, for sorting.
func (s Severity) Rank() int { return slices.Index(Severities(), s) }

// A FindingEvent is one line of a finding's life story.
type FindingEvent struct {
	Finding  FindingID
	At       time.Time
	Actor    string // a user's name, or "scan"
	Kind     EventKind
	From, To string // the field's old and new value, where one changed
	Reason   string // a plain sentence
	Task     TaskID // the scan task behind it, or ""
	Evidence EvidenceID
}

// EventKind says what happened to a finding.
type EventKind string

// Event kinds.
const (
	EventOpened    EventKind = "opened"
	EventVerified  EventKind = "verified" // seen again while open
	EventNegative  EventKind = "negative" // tested, not seen, not yet enough to close
	EventNotTested EventKind = "not_tested"
	EventFixed     EventKind = "fixed"
	EventReopened  EventKind = "back_again"
	EventChanged   EventKind = "changed" // severity, title, KEV or deadline
	EventWork      EventKind = "work"
	EventWaived    EventKind = "waived"
	EventAssigned  EventKind = "assigned"
	EventTagged    EventKind = "tagged"
	EventAnswered  EventKind = "answered" // by the operator
	EventDisputed  EventKind = "disputed"
	EventDecided   EventKind = "decided" // a dispute
	EventNoticed   EventKind = "noticed" // the operator was told
	EventRescan    EventKind = "rescan"  // somebody asked to look again
	EventAdvised   EventKind = "advised" // put into an advisory
)

// A Check is what is known about a check, whoever runs it.
type Check struct {
	ID         CheckID
	Title      string // plain language, no jargon
	Severity   Severity
	Why        string // why it matters, one or two sentences
	Fix        string // what to do
	References []string
	CVEs       []string
	CWEs       []string
	Tags       []string
	CVSS       CVSS
	Source     string // "template" or "exposure"
	Protocol   string // http, tcp, ssl, dns, or port
	SHA256     string // of the template's bytes; empty for exposures
}

// CVSS says how bad a weakness is by itself, wherever it is; the zero value
// that nobody has said so.
type CVSS struct {
	Score  float64 // of the base metrics, from 0 to 10
	Vector string  // "CVSS:3.1/AV:N/…"
}

// Version is that of the vector, "3.1", or "".
func (c CVSS) Version() string {
	version, _, _ := strings.Cut(strings.TrimPrefix(c.Vector, "CVSS:"), "/")
	return version
}
