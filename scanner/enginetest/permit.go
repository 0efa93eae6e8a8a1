package enginetest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Permit is what a test's authorisation says; zero fields are generous.
type Permit struct {
	Subject inventory.Subject
	Level   inventory.Level // 0 means intensive
	Until   time.Time       // zero means an hour from now
}

// Target asks a scope of the test's own for a permit to scan one address.
func Target(t *testing.T, addr string, p Permit) inventory.Target {
	t.Helper()
	if p.Level == 0 {
		p.Level = inventory.LevelIntensive
	}
	if p.Until.IsZero() {
		p.Until = time.Now().Add(time.Hour)
	}
	if p.Subject.Asset == "" {
		p.Subject.Asset = "A-1"
	}
	if p.Subject.Class == "" {
		p.Subject.Class = inventory.IT
	}
	a := netip.MustParseAddr(addr)
	one := []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}
	scope := inventory.NewScope([]inventory.Authorization{{
		ID: "AUTH-1", Org: "ORG-1", Prefixes: one, Method: inventory.MethodMandate,
		State: inventory.AuthActive, Level: p.Level, OTLevel: min(p.Level, inventory.LevelLight),
		From: time.Now().Add(-time.Hour), Until: p.Until, TimeZone: "UTC",
	}}, nil, one)
	// A moment before the permit's end, so that a test can have one that is over.
	at := time.Now()
	if !at.Before(p.Until) {
		at = p.Until.Add(-time.Second)
	}
	target, err := scope.Authorize(a, p.Subject, at)
	if err != nil {
		t.Fatalf("authorise %s: %v", addr, err)
	}
	return target
}

// Targets asks for generous permits, all for one asset.
func Targets(t *testing.T, addrs ...string) []inventory.Target {
	t.Helper()
	out := make([]inventory.Target, len(addrs))
	for i, a := range addrs {
		out[i] = Target(t, a, Permit{})
	}
	return out
}
