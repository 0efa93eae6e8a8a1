package schedule

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

type names map[string]string

func (n names) Lookup(_ context.Context, name string) ([]netip.Addr, error) {
	if a, ok := n[name]; ok {
		return []netip.Addr{netip.MustParseAddr(a)}, nil
	}
	return nil, errors.New("no such name")
}

func machine(t *testing.T, org inventory.OrganizationID, address string) inventory.Asset {
	t.Helper()
	a, err := inventory.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	return inventory.Asset{ID: "A-9", Org: org, Address: a, Class: inventory.OT}
}

// An authorised scan of 192.0.2.10 keeps away from it when somebody else has a
// say in the address.
func TestPlanKeepsAway(t *testing.T) {
	now := at(t, "2026-11-22T05:00:00Z")
	excluded := func(name string, until time.Time) []inventory.Exclusion {
		return []inventory.Exclusion{{ID: "X-1", Name: name, Reason: "fragile", Until: until}}
	}
	for _, c := range []struct {
		name   string
		store  *fakeStore
		reason string // part of it; "" when the scan goes on
	}{
		{"from another operator's machine", &fakeStore{machines: []inventory.Asset{machine(t, "ORG-2", "192.0.2.10")}}, "by another operator"},
		{"from another operator's plant network", &fakeStore{machines: []inventory.Asset{machine(t, "ORG-2", "192.0.2.0/28")}}, "by another operator"},
		{"but not from the neighbour of one", &fakeStore{machines: []inventory.Asset{machine(t, "ORG-2", "192.0.2.11")}}, ""},
		{"and not from its own", &fakeStore{machines: []inventory.Asset{machine(t, "ORG-1", "192.0.2.10")}}, ""},
		{"from where an excluded name leads", &fakeStore{excluded: excluded("relay.example", now.Add(time.Hour))}, "relay.example leads there"},
		{"but not once the exclusion is over", &fakeStore{excluded: excluded("relay.example", now)}, ""},
		{"and not for a name that leads nowhere", &fakeStore{excluded: excluded("gone.example", now.Add(time.Hour))}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := func() time.Time { return now }
			scan, err := NewPlanner(c.store, names{"relay.example": "192.0.2.10"}, clock).Plan(t.Context(), "asha",
				Request{Org: "ORG-1", Profile: "standard", Trigger: scanner.TriggerManual})
			if err != nil {
				t.Fatal(err)
			}
			if (c.store.tasks == 0) != (c.reason != "") {
				t.Errorf("%d tasks were made", c.store.tasks)
			}
			if c.reason != "" && (len(scan.Skipped) != 1 || !strings.Contains(scan.Skipped[0].Reason, c.reason)) {
				t.Errorf("left out %+v, want a reason with %q", scan.Skipped, c.reason)
			}
		})
	}
}
