package inventory

import (
	"net/netip"
	"time"
)

// JudgeInput is everything needed to judge what one task brought back.
type JudgeInput struct {
	Org      OrganizationID
	Known    []Finding // of the task's assets
	Seen     Seen
	Services []Service // known open services of the task's assets, before
	Checks   map[CheckID]Check
	Assets   map[AssetID]Asset
	Threats  map[CheckID]Threat
	States   []AddressState // of the task's addresses, before; new ones are absent
	Policy   ClosingPolicy
	At       time.Time
}

// JudgeOutput is what is to be stored, all of it in one transaction.
type JudgeOutput struct {
	Changes  []Change
	Services []Service // open now: the full new list for the addresses whose ports were covered
	Gone     []Service // were open before, answered closed now
	States   []AddressState
}

// An AddressState is when an address of an asset is to be looked at next.
type AddressState struct {
	Asset    AssetID
	Addr     netip.Addr
	Up       bool
	Priority Priority
	LastScan time.Time
	NextScan time.Time
	Outcome  Outcome // of the last scan
	Reason   string
}

// Judge is the pure heart of a scan: it reconciles findings, keeps the list
// of services, decides urgency and deadlines, and sets when each address is
// looked at again.
func Judge(in JudgeInput) JudgeOutput { return judge(in) }
