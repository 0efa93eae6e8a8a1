package console

import (
	"testing"

	"github.com/ciiscan/ciiscan/web/console/shell"
)

func TestMenuIsGrouped(t *testing.T) {
	got := grouped([]shell.NavItem{
		{Path: "/audit"}, {Path: "/scans"}, {Path: "/findings"}, {Path: "/"}, {Path: "/odd", Group: "Sharing"}, {Path: "/calendar"}, {Path: "/findings", Bound: true},
	})
	want := []shell.NavItem{
		{Path: "/"},
		{Path: "/findings", Group: "Work"},
		{Path: "/findings", Bound: true},
		{Path: "/scans", Group: "Scans"},
		{Path: "/calendar", Group: "Scans"},
		{Path: "/odd", Group: "Sharing"},
		{Path: "/audit", Group: "Administration"},
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

// TestKeysOfTheMenuAreUnique: two lines with one key would leave one of them
// without.
func TestKeysOfTheMenuAreUnique(t *testing.T) {
	seen := map[[2]any]string{}
	for _, n := range nav {
		key := [2]any{n.Key, n.Bound}
		if n.Key != "" && seen[key] != "" {
			t.Errorf("g %s leads to %s and to %s", n.Key, seen[key], n.Path)
		}
		seen[key] = n.Path
	}
}
