package scanner

import (
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Schedule asks for scans at the moments of a cron expression.
type Schedule struct {
	ID        ScheduleID
	Org       inventory.OrganizationID
	Cron      string // five fields, "CRON_TZ=Zone " before them at will
	Profile   string
	Jitter    time.Duration // a scan starts up to this much after its slot
	Misfire   Misfire
	Paused    bool
	NextAt    time.Time // the next slot, without jitter
	LastSlot  time.Time // the last slot dealt with
	CreatedAt time.Time
}

// A Slot is a moment at which a schedule asks for a scan.
type Slot struct {
	Schedule Schedule
	At       time.Time
}

// Misfire is what to do with slots that passed while no scheduler ran.
type Misfire string

// Misfire policies.
const (
	MisfireOnce Misfire = "once" // run the latest missed slot on coming back
	MisfireSkip Misfire = "skip"
)

// A DueAsset is an asset whose next look, by the priority table, is due.
type DueAsset struct {
	Org     inventory.OrganizationID
	Asset   inventory.AssetID
	Profile string    // the profile of its last scan
	Due     time.Time // when it fell due; with Asset it names the slot
}
