package worker

import (
	"net/netip"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Engines fall silent when the first of their targets must be left alone, in
// whatever order they stand.
func TestScanningStopsWithTheFirstPermission(t *testing.T) {
	at := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	docs := netip.MustParsePrefix("192.0.2.0/24")
	permit := func(id inventory.AuthorizationID, addr netip.Addr, hours int) inventory.Authorization {
		return inventory.Authorization{
			ID: id, Prefixes: []netip.Prefix{netip.PrefixFrom(addr, 32)}, Method: inventory.MethodMandate, State: inventory.AuthActive,
			Level: inventory.LevelStandard, From: at.Add(-time.Hour), Until: at.Add(time.Duration(hours) * time.Hour), TimeZone: "UTC",
		}
	}
	soon, late := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	scope := inventory.NewScope([]inventory.Authorization{permit("AUTH-1", soon, 1), permit("AUTH-2", late, 2)}, nil, []netip.Prefix{docs})
	for _, order := range [][]netip.Addr{{soon, late}, {late, soon}} {
		var targets []inventory.Target
		for _, addr := range order {
			target, err := scope.Authorize(addr, inventory.Subject{Asset: "A-1", Class: inventory.IT}, at)
			if err != nil {
				t.Fatal(err)
			}
			targets = append(targets, target)
		}
		if got := stopBy(targets); !got.Equal(at.Add(time.Hour)) {
			t.Errorf("of %v it stops at %s, want %s", order, got, at.Add(time.Hour))
		}
	}
}
