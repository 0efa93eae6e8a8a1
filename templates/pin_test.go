package templates

import (
	"flag"
	"testing"
)

var update = flag.Bool("update", false, "write the present hashes to catalogue.yaml")

// TestPins holds catalogue.yaml to the templates; -update writes the hashes.
func TestPins(t *testing.T) {
	if *update {
		if err := PinDir("."); err != nil {
			t.Fatal(err)
		}
		return
	}
	if _, err := Load(); err != nil {
		t.Fatal(err)
	}
}
