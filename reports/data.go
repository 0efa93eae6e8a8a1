package reports

import (
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Data is one snapshot of the store, the only source of a report.
type Data struct {
	Org      *inventory.Organization // nil for the national edition
	Orgs     map[inventory.OrganizationID]inventory.Organization
	From, To time.Time // the period, [From, To)
	At       time.Time // when the snapshot was taken
	Issue    Issue

	// Assets are those in use, those retired within the period, and those
	// that findings name.
	Assets   map[inventory.AssetID]inventory.Asset
	Services []inventory.Service // open now
	// Findings are those present now, and those closed within the period.
	Findings []inventory.Finding
	// Events are those of the period, oldest first.
	Events   []inventory.FindingEvent
	Coverage []Coverage
	Checks   map[inventory.CheckID]inventory.Check
	Scans    []ScanRun
}

// Coverage is the latest look at one address of an asset, or why there was
// none (Addr and At are then zero).
type Coverage struct {
	Asset   inventory.AssetID
	Addr    netip.Addr
	At      time.Time
	Outcome inventory.Outcome
	Reason  string
}

// ScanRun is one scan of the period.
type ScanRun struct {
	ID         string
	Org        inventory.OrganizationID
	Profile    string
	StartedAt  time.Time
	FinishedAt time.Time
	State      string
}

// Issue is what people decide about a report that is sent out. The zero one is
// that of a report which somebody looks at now.
type Issue struct {
	Week     string // "2026-W47"; "" means that of the period's last day
	Revision int    // 2 for "revision 2"; 0 and 1 are the first issue
	Because  string // why there is a revision
	Note     string // the analyst's word to the reader
}
