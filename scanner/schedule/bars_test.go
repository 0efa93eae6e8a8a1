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

func limited(t *testing.T, org inventory.OrganizationID, l inventory.Level) inventory.Asset {
	a := machine(t, org, "192.0.2.8/29")
	a.Class, a.AtMost = inventory.IT, l
	return a
}

// What another operator lets be looked at lightly is so looked at.
func TestPlanKeepsToOthersLimits(t *testing.T) {
	store := &fakeStore{limited: []inventory.Asset{limited(t, "ORG-2", inventory.LevelLight)}}
	_, err := NewPlanner(store, names{}, func() time.Time { return at(t, "2026-11-22T05:00:00Z") }).Plan(t.Context(), "asha",
		Request{Org: "ORG-1", Profile: "standard", Trigger: scanner.TriggerManual})
	if err != nil || len(store.profiles) != 1 || store.profiles[0] != "light" {
		t.Errorf("profiles of the tasks: %v, %v; want light", store.profiles, err)
	}
}

// The names that lead to an address are known to a scan of that address alone.
func TestPlanOfOneAssetAsksNamesWithALimit(t *testing.T) {
	name := func(id inventory.AssetID, address string, l inventory.Level) inventory.Asset {
		a := machine(t, "ORG-1", address)
		a.ID, a.Class, a.AtMost = id, inventory.IT, l
		return a
	}
	ot := machine(t, "ORG-1", "c.example")
	got := named([]inventory.Asset{name("A-1", "192.0.2.1", 0), name("A-2", "a.example", inventory.LevelLight), name("A-3", "b.example", 0), ot}, "A-1")
	if len(got) != 3 || got[1].ID != "A-2" || got[2].ID != ot.ID {
		t.Errorf("names that are asked for: %v", got)
	}
}

// What another operator registered by the name that the scan goes by counts as
// the worker counts it: or the plan would be refused each time.
func TestPlanKeepsToWhatOthersSayOfAName(t *testing.T) {
	theirs := limited(t, "ORG-2", inventory.LevelLight)
	theirs.Address = machine(t, "ORG-2", "https://portal.example/login").Address
	for name, c := range map[string]struct {
		store *fakeStore
		want  string
	}{
		"a limit":                  {&fakeStore{limited: []inventory.Asset{theirs}}, "light"},
		"OT":                       {&fakeStore{machines: []inventory.Asset{machine(t, "ORG-2", "https://portal.example/plc")}}, ""},
		"OT of another name there": {&fakeStore{machines: []inventory.Asset{machine(t, "ORG-2", "https://mail.example/")}}, "standard"},
		"its own OT":               {&fakeStore{machines: []inventory.Asset{machine(t, "ORG-1", "https://portal.example/plc")}}, "standard"},
	} {
		c.store.address = "portal.example"
		_, err := NewPlanner(c.store, names{"portal.example": "192.0.2.10"}, func() time.Time { return at(t, "2026-11-22T05:00:00Z") }).Plan(t.Context(), "asha",
			Request{Org: "ORG-1", Profile: "standard", Trigger: scanner.TriggerManual})
		if got := strings.Join(c.store.profiles, " "); err != nil || got != c.want {
			t.Errorf("%s: profiles of the tasks: %q, %v; want %q", name, got, err, c.want)
		}
	}
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
		{"from what another operator wants looked at passively only", &fakeStore{limited: []inventory.Asset{limited(t, "ORG-2", inventory.LevelPassive)}}, "passively only"},
		{"but not from the same of its own list, which its assets tell", &fakeStore{limited: []inventory.Asset{limited(t, "ORG-1", inventory.LevelPassive)}}, ""},
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
