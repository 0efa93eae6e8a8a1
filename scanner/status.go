package scanner

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A ScanStatus is a scan with what has come of it so far.
type ScanStatus struct {
	Scan
	Tasks    TaskCounts
	Hosts    int // addresses that answered
	Services int // open services seen
	Findings FindingCounts
	// Remarks say why addresses were not looked at to the end, the most
	// frequent reason first, up to twenty. Lists of scans leave them out.
	Remarks []Remark
	// SkippedMore is how many more were left out than Skipped tells of.
	SkippedMore int
}

// A ScanFilter selects scans; zero fields select everything.
type ScanFilter struct {
	Org      inventory.OrganizationID
	Asset    inventory.AssetID
	States   []ScanState
	Trigger  Trigger
	From, To time.Time // by when they were asked for; To is exclusive
}

// A TaskStatus is one task of a scan as it stands.
type TaskStatus struct {
	ID        inventory.TaskID
	State     TaskState
	Addresses []string // of its hosts, the first few
	Hosts     int
	Worker    string
	Note      string
	ClaimedAt *time.Time
	EndedAt   *time.Time
	Findings  FindingCounts // once it was judged
}

// A HostFilter selects addresses of a scan; zero fields select all.
type HostFilter struct {
	Outcome  string // of inventory.Outcome, or Answered or Waiting
	Services bool   // only those with an open service
}

// What addresses may be selected by besides their outcomes.
const (
	HostsAnswered = "answered" // looked at, to the end or in part
	HostsWaiting  = "waiting"  // nobody has looked yet
)

// A HostStatus is what came of one address of a scan.
type HostStatus struct {
	Asset    inventory.AssetID
	Address  string
	Task     inventory.TaskID
	Outcome  inventory.Outcome // "" while nobody has looked
	Reason   string
	Services []string // open ones: "443/tcp https"
}

// ScanChanges are what one scan found different from the look before it at
// the same addresses. Cut tells that there is more of a kind than listed.
type ScanChanges struct {
	Services []ServiceChange
	Findings []FindingChange
	Cut      bool
}

// A ServiceChange is an open service that came or went.
type ServiceChange struct {
	Asset   inventory.AssetID
	Address string
	Port    int
	Proto   inventory.Transport
	Name    string // what it is taken for
	Gone    bool
}

// A FindingChange is what a scan said of a finding.
type FindingChange struct {
	Finding  inventory.FindingID
	Title    string
	Severity inventory.Severity
	Asset    inventory.AssetID
	Kind     inventory.EventKind
	Reason   string
}

// A DayCount is how many scans were asked for on one day.
type DayCount struct {
	Day   string // as 2026-11-22, in the calendar's zone
	State ScanState
	Scans int
}

// A Remark is what several addresses of a scan have in common.
type Remark struct {
	Outcome   inventory.Outcome
	Reason    string
	Addresses int
}

// TaskCounts counts a scan's tasks by where they stand.
type TaskCounts struct {
	Total, Queued, Running                          int
	Complete, Partial, Unreachable, Blocked, Failed int
	Cancelled                                       int
}

// Ended counts the tasks to which nothing more will happen.
func (c TaskCounts) Ended() int { return c.Total - c.Queued - c.Running }

// FindingCounts is what a scan changed, counted when its tasks were judged.
type FindingCounts struct {
	New   int // opened or back_again by the scan
	Open  int // present on the scan's addresses after it
	Fixed int // closed by the scan
}

// A StopOrder is the installation's stop switch. While it is on no task
// starts, and every running one is told to end.
type StopOrder struct {
	On     bool
	Reason string
	By     string
	At     time.Time // when it was last moved; zero if never
}

// MaxLease is the longest for which a worker may hold a task without renewing
// it. One that ends later was given by a clock that has been put back.
const MaxLease = 30 * time.Second

// An Order is what a worker hears when it renews a task's lease.
type Order struct {
	Stop   bool // end the task now and say why
	Reason string
}

// A Report is what a worker hands in for a task that it claimed. Task carries
// the claim (id, worker, attempt) by which a late report is told from a valid
// one.
type Report struct {
	Task    Task
	Outcome inventory.Outcome
	Note    string
	Result  Result
}
