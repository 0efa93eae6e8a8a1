package scanner

import (
	"errors"
	"slices"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
)

func TestAimed(t *testing.T) {
	for _, c := range []struct {
		reason, profile string
		aim             Aim
		tcp, udp        string
		templates       bool
	}{
		{"no aim changes nothing", "ot", Aim{}, "80,102,443,502,1911,2404,4840,20000,44818", "", true},
		{"ports alone run no templates", "standard", Aim{TCP: "6379,8443"}, "6379,8443", "", false},
		{"a port beyond the profile's list was seen by another", "light", Aim{TCP: "31337", Checks: []inventory.CheckID{"x"}}, "31337", "", true},
		{"OT is asked no more than it always is", "ot", Aim{TCP: "502,6379", UDP: "161", Checks: []inventory.CheckID{"x"}}, "502", "", true},
		{"UDP where the profile does UDP", "standard", Aim{UDP: "161"}, "", "161", false},
	} {
		p, err := ProfileByName(c.profile)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Aimed(c.aim)
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
		}
		if got.TCP.String() != c.tcp || got.UDP.String() != c.udp || got.Templates != c.templates || !slices.Equal(got.Checks, c.aim.Checks) {
			t.Errorf("%s: TCP %s, UDP %s, templates %t, checks %v", c.reason, got.TCP, got.UDP, got.Templates, got.Checks)
		}
		if got.PacketsPerSecond != p.PacketsPerSecond || got.Serial != p.Serial || got.Level != p.Level {
			t.Errorf("%s: the pace changed", c.reason)
		}
	}
	if _, err := (Profile{}).Aimed(Aim{TCP: "many"}); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("unreadable ports: %v", err)
	}
}
