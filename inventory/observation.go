package inventory

import (
	"net/netip"
	"time"
)

// An Observation is something an engine saw, with the bytes that show it.
// Exactly one of Service and Match is set.
type Observation struct {
	Asset     AssetID
	Addr      netip.Addr
	Port      uint16 // 0 when it concerns the host or a name, not a port
	Transport Transport
	Hostname  string // the virtual host asked for, or ""
	At        time.Time
	Service   *Service
	Match     *Match
	Evidence  *Evidence
}

// A Match says that a check found what it looks for.
type Match struct {
	Check     CheckID
	Matcher   string // the matcher's name when a check has several, or ""
	Extracted []string
	Location  string // URL or host:port asked
}

// Evidence is what was sent and what came back. It is hostile until cleaned
// for the place where it is shown.
type Evidence struct {
	Request  []byte // at most MaxEvidence bytes
	Response []byte // at most MaxEvidence bytes
}

// MaxEvidence caps each side of an Evidence, in bytes.
const MaxEvidence = 16 << 10

// PortCoverage says which ports of one address were asked, and what each
// answered. A port in none of the sets was not asked.
type PortCoverage struct {
	Asset     AssetID
	Addr      netip.Addr
	Transport Transport
	Open      PortSet
	Closed    PortSet // answered: nothing listens here
	Filtered  PortSet // did not answer, or "prohibited": nothing is known
}

// CheckCoverage says which checks ran to an end against one address and port,
// and why others did not.
type CheckCoverage struct {
	Asset     AssetID
	Addr      netip.Addr
	Port      uint16
	Transport Transport
	Hostname  string
	Ran       []CheckID // sorted
	Missed    []Missed
}

// Missed is a check that should have run and did not run to an end.
type Missed struct {
	Check  CheckID
	Reason string // one plain clause: "timed out", "host skipped after errors"
}

// Outcome is how the look at one address, or a whole task, ended.
type Outcome string

// Outcomes, from best to worst.
const (
	Complete    Outcome = "complete"
	Partial     Outcome = "partial"     // some of it was not looked at
	Unreachable Outcome = "unreachable" // nothing answered; nothing is known
	Blocked     Outcome = "blocked"     // we may not, or are kept from it
	Failed      Outcome = "failed"      // our own fault
)

// A HostResult is how one address of a task fared.
type HostResult struct {
	Asset   AssetID
	Addr    netip.Addr
	Outcome Outcome
	Reason  string // empty when complete
}
