package inventory

import "time"

// ClosingPolicy says how much proof ends a finding.
type ClosingPolicy struct {
	Negatives    int           // tests in a row without a match; at least 1, usually 2
	ReopenWithin time.Duration // a finding seen again within this is the same one
}

// DefaultClosing is two negatives and ninety days.
var DefaultClosing = ClosingPolicy{Negatives: 2, ReopenWithin: 90 * 24 * time.Hour}

// Seen is everything one task brought back.
type Seen struct {
	Task         TaskID
	Observations []Observation
	Ports        []PortCoverage
	Checks       []CheckCoverage
	Hosts        []HostResult
}

// A Change is a finding as it is to be stored, and why. A new finding has no
// ID yet, and its events no Finding.
type Change struct {
	Finding Finding
	Events  []FindingEvent
}

// Reconcile compares what is known of the assets in seen with what one task
// saw, and returns the findings that change, in the order of their keys. It
// closes only on proof: the same check ran to its end on the same address and
// port, or the port answered closed, policy.Negatives times in a row. checks
// holds what is known about each check that can be in seen.
func Reconcile(known []Finding, seen Seen, checks map[CheckID]Check, policy ClosingPolicy, at time.Time) []Change {
	return reconcile(known, seen, checks, policy, at)
}
