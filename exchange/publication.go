package exchange

import (
	"time"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A Publication is one released file as a door shows it: what a listing needs
// to know, and, when the file itself was asked for, its bytes.
type Publication struct {
	Release    ReleaseID
	Advisory   advisory.ID
	TrackingID string // as the document names itself
	Title      string
	Summary    string
	TLP        advisory.TLP // in force for this audience
	Category   advisory.Category
	// The instants of our own releases to this audience, the first and the
	// newest: readers fetch by date, so a document's own past counts nothing.
	InitialReleased time.Time
	CurrentReleased time.Time
	Withdrawn       bool // the file says that the advisory is withdrawn
	File            File // without Bytes in a listing
}
