package inventory

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

func TestPolicyTellsHowAnAssetMayBeScanned(t *testing.T) {
	light := letter("AUTH-1", LevelLight, "192.0.2.0/25", "*.example.org")
	deep := letter("AUTH-2", LevelStandard, "192.0.2.0/28")
	ended := letter("AUTH-3", LevelIntensive, "198.51.100.0/24")
	ended.Until = noon
	scope := NewScope([]Authorization{light, deep, ended}, []Exclusion{
		{ID: "X-1", Prefix: netip.MustParsePrefix("192.0.2.4/32"), Until: noon.Add(time.Hour)},
		{ID: "X-2", Name: "plc.example.org", Until: noon.Add(time.Hour)},
		{ID: "X-3", Prefix: netip.MustParsePrefix("192.0.2.0/24"), Until: noon}, // is over
		{ID: "X-4", Prefix: netip.MustParsePrefix("203.0.113.0/24"), Until: noon.Add(time.Hour)},
	}, docs)
	for _, c := range []struct {
		address string
		class   AssetClass
		atMost  Level
		found   string
		state   PolicyState
		auth    AuthorizationID
		level   Level
	}{
		{"192.0.2.1", IT, 0, "", PolicyPermitted, "AUTH-2", LevelStandard},
		{"192.0.2.1", OT, 0, "", PolicyPermitted, "AUTH-1", LevelLight},
		{"192.0.2.1", IT, LevelLight, "", PolicyPermitted, "AUTH-2", LevelLight},
		{"192.0.2.1", IT, LevelPassive, "", PolicyPassive, "AUTH-2", LevelPassive},
		{"192.0.2.100", IT, 0, "", PolicyPermitted, "AUTH-1", LevelLight},
		{"192.0.2.64/26", IT, 0, "", PolicyPermitted, "AUTH-1", LevelLight},
		{"192.0.2.0/24", IT, 0, "", PolicyPartly, "AUTH-2", LevelStandard},
		{"192.0.2.200", IT, 0, "", PolicyMissing, "", LevelNothing},
		{"198.51.100.1", IT, 0, "", PolicyMissing, "", LevelNothing},
		{"192.0.2.4", IT, 0, "", PolicyExcluded, "AUTH-2", LevelStandard},
		{"www.example.org", IT, 0, "", PolicyPermitted, "AUTH-1", LevelLight},
		{"www.example.org", IT, 0, "192.0.2.200", PolicyPermitted, "AUTH-1", LevelLight}, // by its name, wherever that leads
		{"www.example.lk", IT, 0, "192.0.2.200", PolicyMissing, "", LevelNothing},
		{"https://plc.example.org/x", IT, 0, "", PolicyExcluded, "AUTH-1", LevelLight},
		{"www.example.lk", IT, 0, "", PolicyMissing, "", LevelNothing},
		{"www.example.lk", IT, 0, "192.0.2.3", PolicyPermitted, "AUTH-2", LevelStandard},
		{"www.example.lk", IT, 0, "203.0.113.9", PolicyExcluded, "", LevelNothing},
		{"https://192.0.2.3:8443/", IT, 0, "", PolicyPermitted, "AUTH-2", LevelStandard},
	} {
		address, err := ParseAddress(c.address)
		if err != nil {
			t.Fatal(err)
		}
		var found []netip.Addr
		if c.found != "" {
			found = []netip.Addr{netip.MustParseAddr(c.found)}
		}
		got := scope.Policy(Asset{Address: address, Class: c.class, AtMost: c.atMost}, found, noon)
		if got.State != c.state || got.Authorization != c.auth || got.Level != c.level {
			t.Errorf("%s %s at most %s: %s by %q at %s, want %s by %q at %s",
				c.address, c.class, c.atMost, got.State, got.Authorization, got.Level, c.state, c.auth, c.level)
		}
	}
	if got := scope.Concerning(noon); len(got) != 2 || got[0].ID != "X-1" || got[1].ID != "X-2" {
		t.Errorf("orders that concern the permissions: %+v", got)
	}
}

func TestOwnersLimitTheirAssets(t *testing.T) {
	scope := NewScope([]Authorization{letter("AUTH-1", LevelStandard, "192.0.2.0/24")}, nil, docs).
		WithLimits(map[AssetID]Level{"A-1": LevelLight, "A-2": LevelPassive, "A-3": LevelIntensive})
	addr := netip.MustParseAddr("192.0.2.7")
	for asset, want := range map[AssetID]Level{"A-1": LevelLight, "A-3": LevelStandard, "A-9": LevelStandard} {
		got, err := scope.Authorize(addr, Subject{Asset: asset}, noon)
		if err != nil || got.Level() != want || got.Limited() != (asset == "A-1") {
			t.Errorf("%s: level %s, limited %v, %v; want %s", asset, got.Level(), got.Limited(), err, want)
		}
	}
	if got, err := scope.Authorize(addr, Subject{Asset: "A-3"}, noon, "A-9", "A-1"); err != nil || got.Level() != LevelLight || !got.Limited() {
		t.Errorf("shared with one of a stricter limit: level %s, limited %v, %v", got.Level(), got.Limited(), err)
	}
	if _, err := scope.Authorize(addr, Subject{Asset: "A-9"}, noon, "A-1", "A-2"); !errors.Is(err, ErrOutOfScope) {
		t.Errorf("shared with one that may be looked at passively only = %v", err)
	}
	if _, err := scope.Authorize(addr, Subject{Asset: "A-2"}, noon); !errors.Is(err, ErrOutOfScope) {
		t.Errorf("an asset that may be looked at passively only = %v", err)
	}
}
