package csaf

import (
	"fmt"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/csaf/tree"
	"github.com/gocsaf/csaf/v3/csaf"
)

// Limits of what Validate says.
const (
	maxFaults = 100
	maxFault  = 300 // bytes
)

// Validate tells where a received document does not keep to the schema of
// CSAF 2.0: "PLACE: what is wrong", at most 100 times. What the schema cannot
// say is for package semantic. The error is of bytes beyond the limits of
// package tree, or that are no JSON.
func Validate(raw []byte) ([]string, error) {
	root, err := tree.Parse(raw)
	if err != nil {
		return nil, err
	}
	faults, err := csaf.ValidateCSAF(root.Value())
	if err != nil {
		return nil, fmt.Errorf("validate CSAF: %w", err)
	}
	faults = faults[:min(len(faults), maxFaults)]
	for i := range faults {
		faults[i] = inventory.CleanText(faults[i], maxFault)
	}
	return faults, nil
}
