package notify

import (
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

// TestLabel: what tells where somebody is weak is amber by any one of its
// parts alone.
func TestLabel(t *testing.T) {
	for what, c := range map[string]struct {
		letter Letter
		want   string
	}{
		"a code":                     {Letter{Kind: Verify}, Clear},
		"a permission that ends":     {Letter{Kind: PermissionEnds, Endings: []Ending{{Kind: PermissionEnds}}}, Green},
		"a waiver that ends":         {Letter{Kind: WaiverEnds, Endings: []Ending{{Kind: PermissionEnds}, {Kind: WaiverEnds}}}, Amber},
		"a weakness":                 {Letter{Kind: Alert, Matters: []Matter{{Check: "telnet", Severity: inventory.SeverityHigh}}}, Amber},
		"a number of weaknesses":     {Letter{Kind: Alert, Left: 3}, Amber},
		"a report that goes along":   {Letter{Kind: Alert, Report: &Report{ID: "R-1"}}, Amber},
		"a week's numbers":           {Letter{Kind: Weekly, Week: "2026-W47"}, Amber},
		"advice":                     {Letter{Kind: Advisory, Advised: []Advised{{ID: "ADV-1"}}}, Amber},
		"a report nobody has opened": {Letter{Kind: Unconfirmed, Earlier: &Earlier{Notice: "N-1"}}, Amber},
	} {
		if got := c.letter.Label(); got != c.want {
			t.Errorf("%s is %s, want %s", what, got, c.want)
		}
	}
}

// TestRestricted: a label that nobody knows is none to be read by everybody.
func TestRestricted(t *testing.T) {
	for label, want := range map[string]bool{Clear: false, Green: false, Amber: true, "TLP:AMBER+STRICT": true, "TLP:RED": true, "": true} {
		if got := (Letter{TLP: label}).Restricted(); got != want {
			t.Errorf("%q is restricted: %t", label, got)
		}
	}
}
