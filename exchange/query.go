package exchange

import (
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A ReleaseFilter selects releases; zero fields select all.
type ReleaseFilter struct {
	Advisory advisory.ID
	Team     TeamID
	State    ReleaseState
}

// An InboundFilter selects what was received; zero fields select all.
type InboundFilter struct {
	Team    TeamID
	Source  SourceID
	State   InboundState
	Channel Channel
}

// A MatchFilter selects matches; zero fields select all.
type MatchFilter struct {
	Inbound InboundID
	Org     inventory.OrganizationID
	Asset   inventory.AssetID
	Assets  []inventory.AssetID // any of these; none: all
	Verdict Verdict
	Scan    string // id of a targeted scan
}

// A Bundle says what the sequence number of an offline bundle tells: whether
// it came before, and which numbers before it never came.
type Bundle struct {
	Again   bool
	Missing []Gap
}

// A Running is one service of an asset in use, with what matching and its
// consequences need to know of the asset.
type Running struct {
	inventory.Service
	Org         inventory.OrganizationID
	Criticality inventory.Criticality
	Sector      inventory.Sector
}

// A Weak is one asset on which a check found something that is still there.
type Weak struct {
	Finding inventory.FindingID
	Org     inventory.OrganizationID
	Asset   inventory.AssetID
	Addr    netip.Addr
	Port    uint16
	Proto   inventory.Transport
	Check   inventory.CheckID
	CVEs    []string // of the check
	Since   time.Time
}

// A Spot is a place where a service may be.
type Spot struct {
	Addr      netip.Addr
	Port      uint16
	Transport inventory.Transport
}

// A Covered is what a scan asked at one place.
type Covered struct {
	Spot
	Ran    []inventory.CheckID // to an end
	Missed []inventory.Missed
}

// A FoundThere is an open finding and its proof.
type FoundThere struct {
	Weak
	Evidence inventory.EvidenceID
	Severity inventory.Severity
}

// A Proven is what is known of one asset after a targeted scan.
type Proven struct {
	Retired bool
	Waiting bool // the scan has not ended
	Running []Running
	Found   []FoundThere
	Closed  []Spot // ports that answered so
	Covered []Covered
}
