package inventory

import (
	"slices"
	"time"
)

// A FindingFilter selects findings; zero fields select everything.
type FindingFilter struct {
	IDs         []FindingID
	Org         OrganizationID
	Asset       AssetID
	Check       CheckID
	Detections  []Detection
	Severities  []Severity
	Works       []Work
	Waiver      WaiverKind
	Exceptions  Exceptions
	KEV         Presence
	EPSS        float64 // the least, from 0 to 1
	CVSS        float64 // the least, from 0 to 10
	Sectors     []Sector
	Criticality Criticality // of the organisation
	Port        int         // 0 selects every port
	Transport   Transport   // with Port
	Service     string      // its name
	Tag         string      // of the finding or its asset
	CVE         string
	SeenFrom    time.Time // first seen at or after
	SeenUntil   time.Time // first seen before
	Due         DueFilter
	Assignee    string // a name, or Nobody
	Source      string // of the check: template or exposure
	Change      ChangeFilter
	Since       time.Time // with Change
	Until       time.Time // with Change: before; zero for up to now
	Scan        string    // with Change: what this scan changed; alone: what was present on its addresses when it had looked
	Answer      Answer
	WaiverEnds  time.Time // its waiver ends before
	Disputed    bool      // only those of which a dispute waits
	Text        string    // words of its title, an address, a name, an id
	Sort        FindingSort
}

// Nobody as an assignee selects what nobody has in hand.
const Nobody = "none"

// Exceptions says what becomes of findings whose waiver is in force.
type Exceptions string

// Ways with exceptions; the zero value shows them among the others.
const (
	ExceptionsShown  Exceptions = "show"
	ExceptionsHidden Exceptions = "hide"
	ExceptionsOnly   Exceptions = "only"
)

// Presence asks for what has a quality, or for what has it not.
type Presence string

// Presences; the zero value does not ask.
const (
	With    Presence = "yes"
	Without Presence = "no"
)

// DueFilter selects by deadline.
type DueFilter string

// Deadlines. A finding whose waiver is in force is not overdue.
const (
	DueOverdue DueFilter = "overdue"
	DueWeek    DueFilter = "week" // within seven days, not yet overdue
	DueAny     DueFilter = "any"
	DueNone    DueFilter = "none"
)

// ChangeFilter selects what changed since a time.
type ChangeFilter string

// Changes.
const (
	ChangeNew   ChangeFilter = "new"        // seen for the first time
	ChangeBack  ChangeFilter = "back_again" // seen again after it was closed
	ChangeFixed ChangeFilter = "fixed"      // closed
)

// FindingSort is an order of findings.
type FindingSort string

// Orders. The zero value is by number.
const (
	SortNumber   FindingSort = ""
	SortPriority FindingSort = "priority" // the most urgent first
	SortSeverity FindingSort = "severity" // the worst first
	SortAge      FindingSort = "age"      // the oldest first
	SortNewest   FindingSort = "newest"
	SortDue      FindingSort = "due"       // the next deadline first, none last
	SortLastSeen FindingSort = "last_seen" // the last seen first
	SortCVSS     FindingSort = "cvss"      // the highest score first, none last; of equal scores each check's together
	SortEPSS     FindingSort = "epss"      // likewise
	// SortWaiver is of findings with a waiver only: the next to end first.
	SortWaiver FindingSort = "waiver"
)

// A FindingLine is a finding with what a list shows beside it.
type FindingLine struct {
	Finding
	OrgName    string
	Sector     Sector
	AssetName  string
	AssetClass AssetClass
	CVEs       []string
	EPSS       float64
	CVSS       CVSS
	Ransomware bool
	Source     string // of the check: template, exposure, or "" when it is gone
}

// An Outlook is what is known around a finding: what answers at its place now,
// and when it is looked at next.
type Outlook struct {
	Service  *Service  // nil where nothing is known, or it concerns no port
	NextLook time.Time // zero when none is planned
}

// LooksToClose is how many looks in a row that do not see it close a finding;
// 0 when it is closed.
func (f Finding) LooksToClose(policy ClosingPolicy) int {
	if !f.Detection.Present() {
		return 0
	}
	return max(1, policy.Negatives-f.Negatives)
}

// Overdue tells whether a deadline has passed that no waiver holds up.
func (f Finding) Overdue(at time.Time) bool {
	return f.DueAt != nil && f.DueAt.Before(at) && f.Detection.Present() && !f.Waiver.InForce(at)
}

// A Count is how many a filter selects, as far as it was worth counting.
type Count struct {
	N    int
	More bool // there are more than N
}

// Works lists the states of work in their order.
func Works() []Work {
	return []Work{WorkNew, WorkTriaged, WorkNotified, WorkAcknowledged, WorkInProgress}
}

// ParseWork accepts exactly the constants.
func ParseWork(s string) (Work, error) {
	if w := Work(s); slices.Contains(Works(), w) {
		return w, nil
	}
	return "", invalid("work", s, "unknown state of work", "use one of: "+join(Works()))
}
