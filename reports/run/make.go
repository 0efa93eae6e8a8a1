package run

import (
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// Made is what came of making an edition.
type Made struct {
	Files   []MadeFile
	State   State
	Printed Printed
	Problem string // why there is no PDF
	Flags   []Flag
	Facts   Facts
}

// A MadeFile is a file of an edition, or a proof of the others.
type MadeFile struct {
	reports.File
	Proof bool
}

// A Decision is an act on editions: those that are named, or all of a run on
// which it is possible. Of a run only those without a flag are approved.
type Decision struct {
	Act      Act
	Run      RunID
	Editions []EditionID
	Reason   string
}

// An Outcome is what came of an act on one edition.
type Outcome struct {
	Edition EditionID
	State   State // after it
	Err     error // why it was refused
}

// An Opening is that somebody sees a report, or one of its files.
type Opening struct {
	Edition EditionID
	Who     string
	Org     inventory.OrganizationID // whose people they are of; "" for the CERT's
	File    string                   // "" for the report's page
	SHA256  string
}
