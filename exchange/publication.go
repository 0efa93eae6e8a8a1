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
	Revision   int
	TrackingID string // as the document names itself
	Title      string
	Summary    string
	TLP        advisory.TLP // in force for this audience
	Category   advisory.Category
	// InitialReleased is when the advisory was first let out, to whomever, and
	// CurrentReleased when this file was let out to this audience: the dates
	// in the document itself. Readers fetch by them, so they are never of the
	// time before our own release.
	InitialReleased time.Time
	CurrentReleased time.Time
	Withdrawn       bool // the file says that the advisory is withdrawn
	File            File // without Bytes in a listing
}
