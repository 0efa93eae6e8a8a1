package scanner

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

type (
	// ScanID names one run of a profile over an organisation or asset ("S-5").
	ScanID string
	// ScheduleID names a schedule ("SCH-2").
	ScheduleID string
)

// A Scan is one run: planned once, then as many tasks as its size asks for.
type Scan struct {
	ID         ScanID
	Org        inventory.OrganizationID
	Asset      inventory.AssetID // "" for the whole organisation
	Profile    string
	Aim        Aim // zero for all that the profile asks
	Trigger    Trigger
	Schedule   ScheduleID // "" unless a schedule made it
	Slot       time.Time  // the schedule's moment; zero otherwise
	Actor      string
	State      ScanState
	Priority   int // 1 first to 4 last, as the queue counts
	CreatedAt  time.Time
	StartedAt  *time.Time
	FinishedAt *time.Time
	PausedAt   *time.Time // since when no task of it begins; nil when they do
	PausedBy   string
	Skipped    []Skip
	Note       string // why it was cancelled, or could not run
}

// ScanState is where a scan stands.
type ScanState string

// Scan states. A scan is complete when all its tasks have ended and their
// results are judged; how each ended is in its counts.
const (
	ScanQueued    ScanState = "queued"
	ScanRunning   ScanState = "running"
	ScanComplete  ScanState = "complete"
	ScanPartial   ScanState = "partial" // some task did not end complete
	ScanFailed    ScanState = "failed"  // no task could run
	ScanCancelled ScanState = "cancelled"
)

// Ended tells whether nothing more will happen.
func (s ScanState) Ended() bool {
	return s != ScanQueued && s != ScanRunning
}

// Trigger is what asked for a scan.
type Trigger string

// Triggers.
const (
	TriggerManual   Trigger = "manual"
	TriggerSchedule Trigger = "schedule"
	TriggerAdaptive Trigger = "adaptive" // the priority table says it is due
	TriggerAdvisory Trigger = "advisory" // a peer's advisory matched
)

// A Task is one unit of work for one worker.
type Task struct {
	ID       inventory.TaskID
	Scan     ScanID
	Org      inventory.OrganizationID
	Profile  string
	Aim      Aim
	Hosts    []Host
	State    TaskState
	Priority int
	Attempt  int // grows with every claim; a finish with an old one is refused
	Worker   string
	Note     string
}

// A GentleName is a name whose addresses ask for more care than a task takes.
type GentleName struct {
	Name     string // in ASCII
	OT       bool   // registered as OT
	Limited  bool   // its owner wants it looked at less deeply than the task's profile does
	Excluded bool   // nobody may scan it
}

// TaskState is where a task stands; the last five are inventory.Outcome's.
type TaskState string

// Task states.
const (
	TaskQueued    TaskState = "queued"
	TaskRunning   TaskState = "running"
	TaskCancelled TaskState = "cancelled"
)

// A Host is one address to look at, for one asset. It is not a permit: the
// worker asks the scope for a Target again before the first packet.
type Host struct {
	Addr  netip.Addr           `json:"addr"`
	Asset inventory.AssetID    `json:"asset"`
	Class inventory.AssetClass `json:"class"`
	Name  string               `json:"name,omitempty"` // the virtual host
	Port  uint16               `json:"port,omitempty"` // a URL's port, asked besides the profile's
	// Within are the wider assets that have the address too: what their owner
	// allows at most counts for it as well.
	Within []inventory.AssetID `json:"within,omitempty"`
}

// A Skip is an asset, or part of one, that was left out, and why.
type Skip struct {
	Asset  inventory.AssetID `json:"asset"`
	What   string            `json:"what"` // the address or name as registered
	Reason string            `json:"reason"`
}

// Addresses lists a task's addresses once each, in order.
func (t Task) Addresses() []netip.Addr {
	var out []netip.Addr
	for _, h := range t.Hosts {
		out = append(out, h.Addr)
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return slices.Compact(out)
}

// TaskOutcome is the outcome of a whole task from those of its hosts: the
// common one where all agree, else partial.
func TaskOutcome(hosts []inventory.HostResult) inventory.Outcome {
	if len(hosts) == 0 {
		return inventory.Failed
	}
	first := hosts[0].Outcome
	for _, h := range hosts[1:] {
		if h.Outcome != first {
			return inventory.Partial
		}
	}
	return first
}

// worse tells whether a is a worse outcome than b.
func worse(a, b inventory.Outcome) bool {
	order := []inventory.Outcome{inventory.Complete, inventory.Partial, inventory.Unreachable, inventory.Blocked, inventory.Failed}
	return slices.Index(order, a) > slices.Index(order, b)
}
