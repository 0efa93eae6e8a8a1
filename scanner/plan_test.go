package scanner

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

var planTime = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func asset(t *testing.T, id, address string, change ...func(*inventory.Asset)) inventory.Asset {
	t.Helper()
	a, err := inventory.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	out := inventory.Asset{ID: inventory.AssetID(id), Org: "ORG-1", Address: a, Class: inventory.IT}
	for _, f := range change {
		f(&out)
	}
	return out
}

func ot(a *inventory.Asset) { a.Class = inventory.OT }

func atMost(l inventory.Level) func(*inventory.Asset) {
	return func(a *inventory.Asset) { a.AtMost = l }
}
func retired(a *inventory.Asset) { a.RetiredAt = &planTime }

func planScope(level inventory.Level) inventory.Scope {
	return inventory.NewScope([]inventory.Authorization{{
		ID: "AUTH-1", Org: "ORG-1", Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/25")},
		Names: []string{"portal.example.lk"}, Method: inventory.MethodMandate, State: inventory.AuthActive,
		Level: level, OTLevel: inventory.LevelLight, TimeZone: "UTC",
		From: planTime.Add(-time.Hour), Until: planTime.Add(time.Hour),
	}}, []inventory.Exclusion{{
		ID: "X-1", Prefix: netip.MustParsePrefix("192.0.2.13/32"), Reason: "old PLC", Until: planTime.Add(time.Hour),
	}, {
		ID: "X-2", Name: "old.example.lk", Reason: "by order", Until: planTime.Add(time.Hour),
	}}, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")})
}

// limitsOf are the limits as the store reads them of the assets.
func limitsOf(assets []inventory.Asset) map[inventory.AssetID]inventory.Level {
	out := map[inventory.AssetID]inventory.Level{}
	for _, a := range assets {
		if a.AtMost != inventory.LevelNothing && a.RetiredAt == nil {
			out[a.ID] = a.AtMost
		}
	}
	return out
}

func makePlan(t *testing.T, profile string, level inventory.Level, assets ...inventory.Asset) Plan {
	t.Helper()
	p, err := ProfileByName(profile)
	if err != nil {
		t.Fatal(err)
	}
	return MakePlan(PlanInput{
		Profile: p, Assets: assets, Scope: planScope(level).WithLimits(limitsOf(assets)), At: planTime,
		Resolved: map[string]Resolution{
			"portal.example.lk": {Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.20")}},
			"old.example.lk":    {Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.20")}},
			"moved.example.lk":  {Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.200")}},
			"gone.example.lk":   {Err: errors.New("no such name")},
			"empty.example.lk":  {},
		},
	})
}

// show prints a plan on one line for each task, for comparing.
func show(p Plan) string {
	var b strings.Builder
	for _, task := range p.Tasks {
		fmt.Fprintf(&b, "%s:", task.Profile)
		for _, h := range task.Hosts {
			fmt.Fprintf(&b, " %s=%s", h.Addr, h.Asset)
			if h.Name != "" {
				fmt.Fprintf(&b, "(%s)", h.Name)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestMakePlan(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile string
		level   inventory.Level
		assets  []inventory.Asset
		want    string
		skipped []string // a part of each reason, in order
	}{
		{"an address", "standard", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "192.0.2.10")}, "standard: 192.0.2.10=A-1\n", nil},
		{"outside the authorisation", "standard", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "192.0.2.200")}, "", []string{"not in an authorised scope"}},
		{"excluded whatever is authorised", "standard", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "192.0.2.13")}, "", []string{"old PLC"}},
		{"retired", "standard", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "192.0.2.10", retired)}, "", []string{"retired"}},
		{"a profile above the level", "intensive", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "192.0.2.10")}, "", []string{"needs intensive"}},
		{
			"OT is scanned as OT whatever the profile", "standard", inventory.LevelStandard,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.10", ot), asset(t, "A-2", "192.0.2.11")},
			"ot: 192.0.2.10=A-1\nstandard: 192.0.2.11=A-2\n", nil,
		},
		{
			"one OT asset makes a shared address OT", "standard", inventory.LevelStandard,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.20"), asset(t, "A-2", "portal.example.lk", ot)},
			"ot: 192.0.2.20=A-1 192.0.2.20=A-2(portal.example.lk)\n", nil,
		},
		{
			"an asset of its own limit is scanned within it", "standard", inventory.LevelStandard,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.8/31"), asset(t, "A-2", "192.0.2.9", atMost(inventory.LevelLight))},
			"standard: 192.0.2.8=A-1\nlight: 192.0.2.9=A-2\n", nil,
		},
		{
			"what its owner wants nothing sent to is left out, whatever wider asset it is in", "standard", inventory.LevelStandard,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.8/31"), asset(t, "A-2", "192.0.2.9", atMost(inventory.LevelPassive))},
			"standard: 192.0.2.8=A-1\n",
			[]string{"passively only", "passively only"},
		},
		{
			"a limit counts where its own asset may not be scanned", "standard", inventory.LevelStandard,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.20"), asset(t, "A-2", "portal.example.lk", atMost(inventory.LevelLight), retired), asset(t, "A-3", "old.example.lk", atMost(inventory.LevelLight))},
			"light: 192.0.2.20=A-1\n",
			[]string{"retired", "by order"},
		},
		{
			"a retired one limits nothing", "standard", inventory.LevelStandard,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.9"), asset(t, "A-2", "192.0.2.8/30", atMost(inventory.LevelLight), retired)},
			"standard: 192.0.2.9=A-1\n",
			[]string{"retired"},
		},
		{
			"the strictest limit of all that have the address", "intensive", inventory.LevelIntensive,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.20", atMost(inventory.LevelIntensive)), asset(t, "A-2", "192.0.2.16/28", atMost(inventory.LevelStandard)), asset(t, "A-3", "portal.example.lk", atMost(inventory.LevelLight))},
			"standard: 192.0.2.16=A-2 192.0.2.17=A-2 192.0.2.18=A-2 192.0.2.19=A-2 192.0.2.21=A-2 192.0.2.22=A-2 192.0.2.23=A-2 192.0.2.24=A-2 " +
				"192.0.2.25=A-2 192.0.2.26=A-2 192.0.2.27=A-2 192.0.2.28=A-2 192.0.2.29=A-2 192.0.2.30=A-2 192.0.2.31=A-2\n" +
				"light: 192.0.2.20=A-1 192.0.2.20=A-3(portal.example.lk)\n", nil,
		},
		{
			"part of a prefix is excluded, and said once", "standard", inventory.LevelStandard,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.12/30")},
			"standard: 192.0.2.12=A-1 192.0.2.14=A-1 192.0.2.15=A-1\n",
			[]string{"1 of its addresses"},
		},
		{
			"the more specific asset owns the address", "standard", inventory.LevelStandard,
			[]inventory.Asset{asset(t, "A-1", "192.0.2.8/30"), asset(t, "A-2", "192.0.2.9")},
			"standard: 192.0.2.8=A-1 192.0.2.9=A-2 192.0.2.10=A-1 192.0.2.11=A-1\n", nil,
		},
		{"a name", "standard", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "portal.example.lk")}, "standard: 192.0.2.20=A-1(portal.example.lk)\n", nil},
		{"a name that leads outside", "standard", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "moved.example.lk")}, "", []string{"not in an authorised scope"}},
		{"a name that does not resolve", "standard", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "gone.example.lk")}, "", []string{"does not resolve"}},
		{"a name without an address", "standard", inventory.LevelStandard, []inventory.Asset{asset(t, "A-1", "empty.example.lk")}, "", []string{"no address"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := makePlan(t, c.profile, c.level, c.assets...)
			if got := show(p); got != c.want {
				t.Errorf("plan is\n%swant\n%s", got, c.want)
			}
			if len(p.Skipped) != len(c.skipped) {
				t.Fatalf("skipped %v, want %d", p.Skipped, len(c.skipped))
			}
			for i, part := range c.skipped {
				if !strings.Contains(p.Skipped[i].Reason, part) {
					t.Errorf("reason %q, want one with %q", p.Skipped[i].Reason, part)
				}
			}
		})
	}
}

// What the worker asks the scope about is all that is known of an address: one
// OT asset makes all of it OT, and wider assets have their say.
func TestPlanTellsTheWorkerOfAllAssets(t *testing.T) {
	p := makePlan(t, "standard", inventory.LevelStandard,
		asset(t, "A-1", "192.0.2.20/30"), asset(t, "A-2", "192.0.2.20"), asset(t, "A-3", "portal.example.lk", ot), asset(t, "A-4", "192.0.2.16/28"))
	var at []Host
	for _, task := range p.Tasks {
		for _, h := range task.Hosts {
			if h.Addr == netip.MustParseAddr("192.0.2.20") {
				at = append(at, h)
			}
		}
	}
	addr := netip.MustParseAddr("192.0.2.20")
	want := []Host{
		{Addr: addr, Asset: "A-2", Class: inventory.OT, Within: []inventory.AssetID{"A-1", "A-4"}},
		{Addr: addr, Asset: "A-3", Class: inventory.OT, Name: "portal.example.lk"},
	}
	if !reflect.DeepEqual(at, want) {
		t.Errorf("hosts %+v, want %+v", at, want)
	}
}

func TestPlanOfANameWithManyAddresses(t *testing.T) {
	var addrs []netip.Addr
	for addr := netip.MustParseAddr("192.0.2.20"); len(addrs) < 17; addr = addr.Next() {
		addrs = append(addrs, addr)
	}
	p, err := ProfileByName("light")
	if err != nil {
		t.Fatal(err)
	}
	plan := MakePlan(PlanInput{
		Profile: p, Assets: []inventory.Asset{asset(t, "A-1", "portal.example.lk")}, Scope: planScope(inventory.LevelStandard), At: planTime,
		Resolved: map[string]Resolution{"portal.example.lk": {Addrs: addrs}},
	})
	if len(plan.Tasks) != 1 || len(plan.Tasks[0].Hosts) != 16 || len(plan.Skipped) != 1 || !strings.Contains(plan.Skipped[0].Reason, "only the first 16") {
		t.Errorf("plan %s\nskipped %v", show(plan), plan.Skipped)
	}
}

// Whose an address is, and that it is OT, does not depend on what was asked
// to be scanned.
func TestMakePlanOfOneAsset(t *testing.T) {
	const noOT = "192.0.2.64/28" // of AUTH-2, which allows OT nothing active
	scope := func() inventory.Scope {
		auth := inventory.Authorization{
			Org: "ORG-1", Method: inventory.MethodMandate, State: inventory.AuthActive, TimeZone: "UTC",
			Level: inventory.LevelStandard, From: planTime.Add(-time.Hour), Until: planTime.Add(time.Hour),
		}
		first, second := auth, auth
		first.ID, first.Prefixes, first.OTLevel = "AUTH-1", []netip.Prefix{netip.MustParsePrefix("192.0.2.0/26")}, inventory.LevelLight
		first.Names = []string{"portal.example.lk"}
		second.ID, second.Prefixes, second.OTLevel = "AUTH-2", []netip.Prefix{netip.MustParsePrefix(noOT)}, inventory.LevelPassive
		return inventory.NewScope([]inventory.Authorization{first, second}, nil, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")})
	}()
	for _, c := range []struct {
		name   string
		only   inventory.AssetID
		assets []inventory.Asset
		want   string
		skips  int
	}{
		{
			"a name that leads to an OT asset", "A-2",
			[]inventory.Asset{asset(t, "A-1", "192.0.2.20", ot), asset(t, "A-2", "portal.example.lk"), asset(t, "A-3", "192.0.2.21")},
			"ot: 192.0.2.20=A-1 192.0.2.20=A-2(portal.example.lk)\n", 0,
		},
		{
			"an address to which an OT name leads", "A-1",
			[]inventory.Asset{asset(t, "A-1", "192.0.2.20"), asset(t, "A-2", "portal.example.lk", ot)},
			"ot: 192.0.2.20=A-1 192.0.2.20=A-2(portal.example.lk)\n", 0,
		},
		{
			"a prefix with an asset of its own in it", "A-1",
			[]inventory.Asset{asset(t, "A-1", "192.0.2.8/31"), asset(t, "A-2", "192.0.2.9"), asset(t, "A-3", "192.0.2.0/26")},
			"standard: 192.0.2.8=A-1 192.0.2.9=A-2\n", 0,
		},
		{
			"an address to which a name of a lower limit leads", "A-1",
			[]inventory.Asset{asset(t, "A-1", "192.0.2.20"), asset(t, "A-2", "portal.example.lk", atMost(inventory.LevelLight))},
			"light: 192.0.2.20=A-1 192.0.2.20=A-2(portal.example.lk)\n", 0,
		},
		{
			"an address in a prefix of a lower limit", "A-1",
			[]inventory.Asset{asset(t, "A-1", "192.0.2.20"), asset(t, "A-2", "192.0.2.0/26", atMost(inventory.LevelPassive))},
			"", 1,
		},
		{
			"a retired OT asset is no machine any more", "A-1",
			[]inventory.Asset{asset(t, "A-1", "192.0.2.8"), asset(t, "A-2", "192.0.2.8/31", ot, retired)},
			"standard: 192.0.2.8=A-1\n", 0,
		},
		{
			"an OT machine that may not be scanned, in an IT prefix", "A-1",
			[]inventory.Asset{asset(t, "A-1", "192.0.2.66/31"), asset(t, "A-2", "192.0.2.66", ot)},
			"standard: 192.0.2.67=A-1\n", 1,
		},
		{
			"the same in a scan of everything", "",
			[]inventory.Asset{asset(t, "A-1", "192.0.2.66/31"), asset(t, "A-2", "192.0.2.66", ot)},
			"standard: 192.0.2.67=A-1\n", 2,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			profile, err := ProfileByName("standard")
			if err != nil {
				t.Fatal(err)
			}
			p := MakePlan(PlanInput{
				Profile: profile, Assets: c.assets, Only: c.only, Scope: scope.WithLimits(limitsOf(c.assets)), At: planTime,
				Resolved: map[string]Resolution{"portal.example.lk": {Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.20")}}},
			})
			if got := show(p); got != c.want || len(p.Skipped) != c.skips {
				t.Errorf("plan is\n%swant\n%sskipped %v, want %d", got, c.want, p.Skipped, c.skips)
			}
		})
	}
}

func TestTasksAreBounded(t *testing.T) {
	p := makePlan(t, "standard", inventory.LevelStandard, asset(t, "A-1", "192.0.2.0/25"))
	seen := map[netip.Addr]bool{}
	for _, task := range p.Tasks {
		if n := len(task.Addresses()); n > 32 {
			t.Errorf("a task of %d addresses, want at most 32", n)
		}
		for _, a := range task.Addresses() {
			if seen[a] {
				t.Errorf("%s is in two tasks", a)
			}
			seen[a] = true
		}
	}
	if len(seen) != 127 { // 128 without the excluded one
		t.Errorf("%d addresses planned, want 127", len(seen))
	}
}

func TestAURLBringsItsPort(t *testing.T) {
	shared := makePlan(t, "standard", inventory.LevelStandard, asset(t, "A-1", "192.0.2.10"), asset(t, "A-2", "https://192.0.2.10:8444/"))
	if got := shared.Tasks[0].Hosts; len(got) != 2 || got[0].Asset != "A-1" || got[1].Port != 8444 {
		t.Errorf("hosts = %+v, want the address's asset, and the URL's port besides", got)
	}
	p := makePlan(t, "standard", inventory.LevelStandard, asset(t, "A-1", "https://portal.example.lk:8444/login"))
	if got := p.Tasks[0].Hosts[0].Port; got != 8444 {
		t.Errorf("port = %d, want the URL's 8444", got)
	}
}

func TestMergeKeepsTheWorseOutcome(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.1")
	r := Result{Hosts: []inventory.HostResult{{Asset: "A-1", Addr: a, Outcome: inventory.Complete}}, Requests: 1}
	r.Merge(Result{Hosts: []inventory.HostResult{{Asset: "A-1", Addr: a, Outcome: inventory.Partial, Reason: "slow"}}, Requests: 2, Method: "syn"})
	r.Merge(Result{Hosts: []inventory.HostResult{{Asset: "A-1", Addr: a, Outcome: inventory.Complete}}})
	if len(r.Hosts) != 1 || r.Hosts[0].Outcome != inventory.Partial || r.Requests != 3 || r.Method != "syn" {
		t.Errorf("merged = %+v", r)
	}
}
