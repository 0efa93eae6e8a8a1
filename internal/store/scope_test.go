package store_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// What is registered later as a URL counts by the name or the address in it,
// and a limit that the task keeps anyway does not.
func TestTaskScopeReadsURLs(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org, other := w.org("Power"), w.org("Bank")
	site, four, six := w.asset(org, "www.example.org"), w.asset(org, "192.0.2.2"), w.asset(org, "2600::7")
	byName := host(site, "192.0.2.1")
	byName.Name = "www.example.org"
	w.scan(org, []scanner.Host{byName, host(four, "192.0.2.2"), host(six, "2600::7")})
	task := w.claim("worker-1")
	for _, c := range []struct {
		url    string
		class  inventory.AssetClass
		atMost inventory.Level
		want   string // of the address
		why    string
	}{
		{"https://www.example.org/plc", inventory.OT, 0, "192.0.2.1", "registered as OT after"},
		{"https://www.example.org/bank", inventory.IT, inventory.LevelLight, "192.0.2.1", "a limit was set for it after"},
		{"http://192.0.2.2:8080/", inventory.OT, 0, "192.0.2.2", "registered as OT after"},
		{"https://[2600::7]/", inventory.OT, 0, "2600::7", "registered as OT after"},
		{"https://[2600::7]/", inventory.IT, inventory.LevelStandard, "", ""}, // as deep as was planned
		{"https://mail.example.org/", inventory.OT, 0, "", ""},
		{"https://192.0.2.200/", inventory.OT, 0, "", ""},
	} {
		made := must(w.CreateAssets(ctx, "mara", []inventory.Asset{{
			Org: other, Address: address(t, c.url), Class: c.class, AtMost: c.atMost, Criticality: inventory.CriticalityHigh,
		}}))(t)[0]
		scope := must(w.TaskScope(ctx, task))(t)
		for _, h := range task.Hosts {
			_, err := scope.Authorize(h.Addr, inventory.Subject{Asset: h.Asset, Class: h.Class, Name: h.Name}, start)
			told := err != nil && (strings.Contains(err.Error(), "registered as OT") || strings.Contains(err.Error(), "a limit was set"))
			if refused := h.Addr.String() == c.want; told != refused || refused && !strings.Contains(err.Error(), c.why) {
				t.Errorf("%s as %s at most %s, then %s: %v", c.url, c.class, c.atMost, h.Addr, err)
			}
		}
		if err := w.RetireAsset(ctx, "mara", made.ID, "a test"); err != nil {
			t.Fatal(err)
		}
	}
}

// A task outlives the moment at which its assets were the organisation's.
func TestTaskScopeFollowsItsAssets(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org, other := w.org("Power"), w.org("Bank")
	stays, moves, retires := w.asset(org, "192.0.2.1"), w.asset(org, "192.0.2.2"), w.asset(org, "192.0.2.3")
	must(w.CreateAuthorization(ctx, "mara", inventory.Authorization{
		Org: org, Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Method: inventory.MethodLetter, State: inventory.AuthActive,
		Level: inventory.LevelStandard, OTLevel: inventory.LevelLight, From: start, Until: start.Add(time.Hour), TimeZone: "UTC",
	}, []byte("letter")))(t)
	w.scan(org, []scanner.Host{host(stays, addressOf(1)), host(moves, addressOf(2)), host(retires, addressOf(3))})
	task := w.claim("worker-1")

	refused := func() map[inventory.AssetID]string {
		t.Helper()
		scope := must(w.TaskScope(ctx, task))(t)
		out := map[inventory.AssetID]string{}
		for _, h := range task.Hosts {
			if _, err := scope.Authorize(h.Addr, inventory.Subject{Asset: h.Asset, Class: h.Class}, start); err != nil {
				out[h.Asset] = err.Error()
			}
		}
		return out
	}
	if got := refused(); len(got) > 0 {
		t.Fatalf("refused before anything happened: %v", got)
	}
	// Its owner lowers how one may be looked at while it waits for a worker.
	limit := func(l inventory.Level) {
		t.Helper()
		must(w.ChangeAssets(ctx, "mara", []inventory.AssetID{stays.ID}, inventory.AssetAct{AtMost: &l}))(t)
	}
	limit(inventory.LevelPassive)
	if got := refused(); len(got) != 1 || !strings.Contains(got[stays.ID], "passively only") {
		t.Fatalf("refused after a limit was set: %v", got)
	}
	found, _, err := w.Assets(ctx, inventory.AssetFilter{Limited: true}, inventory.Page{})
	if err != nil || len(found) != 1 || found[0].ID != stays.ID {
		t.Errorf("assets with a limit: %v, %v", found, err)
	}
	limit(inventory.LevelNothing)
	// What is registered later counts as well, whoever does it.
	addr := must(inventory.ParseAddress("192.0.2.0/29"))(t)
	later := func(a inventory.Asset) {
		t.Helper()
		a.Org, a.Address, a.Criticality = other, addr, inventory.CriticalityHigh
		made := must(w.CreateAssets(ctx, "mara", []inventory.Asset{a}))(t)[0]
		want := "registered as OT after"
		if a.Class == inventory.IT {
			want = "a limit was set for it after"
		}
		if got := refused(); len(got) != 3 || !strings.Contains(got[stays.ID], want) {
			t.Errorf("refused after %s at most %s was registered: %v", a.Class, a.AtMost, got)
		}
		if err := w.RetireAsset(ctx, "mara", made.ID, "a test"); err != nil {
			t.Fatal(err)
		}
		if got := refused(); len(got) > 0 {
			t.Errorf("refused after that was retired: %v", got)
		}
	}
	later(inventory.Asset{Class: inventory.OT})
	later(inventory.Asset{Class: inventory.IT, AtMost: inventory.LevelLight})
	turn := func(class inventory.AssetClass) {
		t.Helper()
		must(w.ChangeAssets(ctx, "mara", []inventory.AssetID{stays.ID}, inventory.AssetAct{Class: class}))(t)
	}
	turn(inventory.OT)
	if got := refused(); len(got) != 1 || !strings.Contains(got[stays.ID], "registered as OT after") {
		t.Errorf("refused after one turned out to be OT: %v", got)
	}
	turn(inventory.IT)
	if err := w.MoveAsset(ctx, "mara", moves.ID, other, "sold"); err != nil {
		t.Fatal(err)
	}
	if err := w.RetireAsset(ctx, "mara", retires.ID, "switched off"); err != nil {
		t.Fatal(err)
	}
	got := refused()
	if len(got) != 2 || !strings.Contains(got[moves.ID], "moved to another organisation") || !strings.Contains(got[retires.ID], "is retired") {
		t.Errorf("refused: %v", got)
	}
}

// An asset that is known by its name alone is protected at the addresses that
// the plan found under that name, and by the name wherever else it leads.
func TestTaskHeedsNames(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org, other := w.org("Power"), w.org("Bank")
	named := func(org inventory.OrganizationID, name string, a inventory.Asset) inventory.Asset {
		t.Helper()
		a.Org, a.Address, a.Criticality = org, must(inventory.ParseAddress(name))(t), inventory.CriticalityHigh
		if a.Class == "" {
			a.Class = inventory.IT
		}
		return must(w.CreateAssets(ctx, "mara", []inventory.Asset{a}))(t)[0]
	}
	web, shared := named(org, "web.example.org", inventory.Asset{}), named(org, "shared.example.org", inventory.Asset{AtMost: inventory.LevelLight})
	plain := w.asset(org, "192.0.2.9")
	at := host(web, addressOf(1))
	at.Name, at.Within = "web.example.org", []inventory.AssetID{shared.ID}
	w.scan(org, []scanner.Host{at, host(plain, addressOf(9))})
	task := w.claim("worker-1")
	check := func(what string, barred []string, names ...scanner.GentleName) {
		t.Helper()
		changed := map[string]bool{}
		scope := must(w.TaskScope(ctx, task))(t)
		for _, h := range task.Hosts {
			_, err := scope.Authorize(h.Addr, inventory.Subject{Asset: h.Asset, Class: h.Class, Name: h.Name}, start)
			changed[h.Addr.String()] = err != nil && strings.Contains(err.Error(), "after the scan was planned")
		}
		for _, h := range task.Hosts {
			if want := slices.Contains(barred, h.Addr.String()); changed[h.Addr.String()] != want {
				t.Errorf("%s: %s barred: %v, want %v", what, h.Addr, !want, want)
			}
		}
		if got := must(w.GentleNames(ctx, task))(t); !slices.Equal(got, names) {
			t.Errorf("%s: names %v, want %v", what, got, names)
		}
	}
	check("what the plan knew", nil)
	change := func(a inventory.Asset, act inventory.AssetAct) {
		t.Helper()
		must(w.ChangeAssets(ctx, "mara", []inventory.AssetID{a.ID}, act))(t)
	}
	change(web, inventory.AssetAct{Class: inventory.OT})
	check("a planned name that is OT", []string{"192.0.2.1"}, scanner.GentleName{Name: "web.example.org", OT: true})
	change(web, inventory.AssetAct{Class: inventory.IT})
	change(shared, inventory.AssetAct{Class: inventory.OT})
	check("OT by another name that the plan found there", nil, scanner.GentleName{Name: "shared.example.org", OT: true})
	change(shared, inventory.AssetAct{Class: inventory.IT})

	standard := named(org, "standard.example.org", inventory.Asset{AtMost: inventory.LevelStandard})
	check("a limit as deep as the task", nil)
	limited := named(org, "https://limited.example.org:8443/login", inventory.Asset{AtMost: inventory.LevelLight})
	check("a limit", nil, scanner.GentleName{Name: "limited.example.org", Limited: true})
	named(other, "rival.example.org", inventory.Asset{Class: inventory.OT})
	check("another's name", nil, scanner.GentleName{Name: "limited.example.org", Limited: true})
	named(org, "https://192.0.2.77/", inventory.Asset{Class: inventory.OT})
	named(org, "https://[2600::77]/", inventory.Asset{Class: inventory.OT})
	check("addresses, which nobody looks up", nil, scanner.GentleName{Name: "limited.example.org", Limited: true})
	for _, a := range []inventory.Asset{standard, limited} {
		if err := w.RetireAsset(ctx, "mara", a.ID, "a test"); err != nil {
			t.Fatal(err)
		}
	}
	check("what is retired", nil)
	for _, name := range []string{"relay.example.org", "*.example.net"} {
		must(w.CreateExclusion(ctx, "mara", inventory.Exclusion{Name: name, Reason: "fragile", Until: start.Add(time.Hour)}))(t)
	}
	check("an excluded name", nil, scanner.GentleName{Name: "relay.example.org", Excluded: true})
}
