package advisory

import "github.com/ciiscan/ciiscan/inventory"

// A Filter selects advisories; zero fields select all.
type Filter struct {
	State   State
	TLP     TLP
	Check   inventory.CheckID
	Interim bool // only those to be followed by a final one
}
