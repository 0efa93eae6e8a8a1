package match

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
)

func catalogue() Catalogue {
	return NewCatalogue(map[inventory.CheckID]inventory.Check{
		"redis-lua":     {ID: "redis-lua", CVEs: []string{"CVE-2022-0543"}},
		"redis-lua-2":   {ID: "redis-lua-2", CVEs: []string{"cve-2022-0543"}},
		"exposed-redis": {ID: "exposed-redis", Source: "exposure"},
		"other":         {ID: "other", CVEs: []string{"CVE-2020-0001"}},
	})
}

func TestVerdict(t *testing.T) {
	ids := func(ids ...inventory.CheckID) []inventory.CheckID { return ids }
	hit := func(s Standing, cves ...string) Hit {
		h := Hit{How: "cpe redis is in <6.2.6", Standing: s, CVEs: cves, Place: Place{Port: 6379}}
		if s == Possible {
			h.Doubt = "a distribution's version may have the repair"
		}
		return h
	}
	const cve, bare = "CVE-2022-0543", "CVE-2026-1111" // bare: nothing checks it
	named := hit(Possible)
	named.Checks = ids("exposed-redis", "of-theirs-only")
	for _, tt := range []struct {
		reason string
		hit    Hit
		facts  Facts
		want   exchange.Verdict
		why    string // a part of it
	}{
		{"a deciding check found it", hit(Possible, cve), Facts{Open: []Found{{"F-1", "redis-lua", "EV-9"}}}, exchange.VerdictAffected, "F-1"},
		{"though the version is repaired", hit(Fixed, cve), Facts{Open: []Found{{"F-1", "redis-lua", "EV-9"}}}, exchange.VerdictAffected, "F-1"},
		{"another check's finding says nothing", hit(Possible, cve), Facts{Open: []Found{{"F-1", "other", "EV-9"}}}, exchange.VerdictUnknown, "did not run yet"},
		{"a scan is due", hit(Possible, cve), Facts{Waiting: true}, exchange.VerdictPending, "scan"},
		{"a scan is due, whatever the version says", hit(Affected, cve), Facts{Waiting: true}, exchange.VerdictPending, "scan"},
		{"no check ran, and the version is sure", hit(Affected, cve), Facts{Evidence: "EV-1"}, exchange.VerdictAffected, "<6.2.6"},
		{"the checks found nothing", hit(Possible, cve), Facts{Ran: ids("redis-lua", "redis-lua-2")}, exchange.VerdictFixed, "redis-lua, redis-lua-2 ran"},
		{"a check outweighs the version", hit(Affected, cve), Facts{Ran: ids("redis-lua")}, exchange.VerdictFixed, "check redis-lua ran"},
		{"but not for what it does not check", hit(Affected, cve, bare), Facts{Ran: ids("redis-lua")}, exchange.VerdictAffected, "nothing checks " + bare},
		{"nor makes a doubt sure", hit(Possible, cve, bare), Facts{Ran: ids("redis-lua")}, exchange.VerdictUnknown, "nothing checks " + bare},
		{"the version is repaired", hit(Fixed, cve), Facts{}, exchange.VerdictFixed, "<6.2.6"},
		{"the port answered closed", hit(Affected, cve), Facts{Gone: "the port answered closed", Waiting: true}, exchange.VerdictNotPresent, "closed"},
		{"nothing can check it", hit(Possible, bare), Facts{}, exchange.VerdictUnknown, "no check here can decide"},
		{"the check did not end", hit(Possible, cve), Facts{Missed: []inventory.Missed{{Check: "redis-lua", Reason: "timed out"}}}, exchange.VerdictUnknown, "timed out"},
		{"one of two checks did not end", hit(Possible, cve), Facts{Ran: ids("redis-lua"), Missed: []inventory.Missed{{Check: "redis-lua-2", Reason: "timed out"}}}, exchange.VerdictUnknown, "timed out"},
		{"nor does it outweigh the version", hit(Affected, cve), Facts{Ran: ids("redis-lua"), Missed: []inventory.Missed{{Check: "redis-lua-2", Reason: "timed out"}}}, exchange.VerdictAffected, "redis-lua-2 did not run to the end"},
		{"it ended another time", hit(Possible, cve), Facts{Ran: ids("redis-lua", "redis-lua-2"), Missed: []inventory.Missed{{Check: "redis-lua-2", Reason: "timed out"}}}, exchange.VerdictFixed, "ran to the end"},
		{"a check that the document names", named, Facts{Ran: ids("exposed-redis")}, exchange.VerdictFixed, "exposed-redis"},
		{"found by a check that the document names", named, Facts{Open: []Found{{"F-2", "exposed-redis", "EV-2"}}}, exchange.VerdictAffected, "F-2"},
	} {
		got := catalogue().Verdict(tt.hit, tt.facts)
		if got.Verdict != tt.want || !strings.Contains(got.Why, tt.why) || got.Why == "" {
			t.Errorf("%s: %+v, want %s because of %q", tt.reason, got, tt.want, tt.why)
		}
	}
}

func TestPlan(t *testing.T) {
	place := func(asset inventory.AssetID, port uint16, p inventory.Transport) Place {
		return Place{Org: "ORG-1", Asset: asset, Port: port, Transport: p}
	}
	cves := []string{"CVE-2022-0543"}
	got := catalogue().Plan([]Hit{
		{Inbound: "IN-2", Place: place("A-2", 6380, inventory.TCP), CVEs: cves},
		{Inbound: "IN-1", Place: place("A-1", 6379, inventory.TCP), CVEs: cves, Exposure: "exposed-redis"},
		{Inbound: "IN-1", Place: place("A-1", 6380, inventory.TCP), CVEs: cves},
		{Inbound: "IN-2", Place: place("A-1", 53, inventory.UDP), CVEs: []string{"CVE-2020-0001"}},
		{Inbound: "IN-1", Place: place("A-3", 80, inventory.TCP), CVEs: []string{"CVE-2026-1111"}, Exposure: "exposed-redis"},
	})
	want := []Targeted{
		{"ORG-1", "A-1", []exchange.InboundID{"IN-1", "IN-2"}, []inventory.CheckID{"exposed-redis", "other", "redis-lua", "redis-lua-2"}, "6379-6380", "53"},
		{"ORG-1", "A-2", []exchange.InboundID{"IN-2"}, []inventory.CheckID{"redis-lua", "redis-lua-2"}, "6380", ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Plan (-want +got):\n%s", d)
	}
}
