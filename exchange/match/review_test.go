package match

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

func TestReview(t *testing.T) {
	doc := about(exchange.Product{CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*", Range: "vers:generic/<6.2.6"})
	r := running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9")
	m := exchange.Match{Inbound: "IN-1", Org: "ORG-1", Asset: "A-1", Service: "192.0.2.2 6379/tcp", How: "as it was"}
	spot := exchange.Spot{Addr: netip.MustParseAddr("192.0.2.2"), Port: 6379, Transport: inventory.TCP}
	run := func(r exchange.Running) []exchange.Running { return []exchange.Running{r} }
	updated := running(1, "Redis key-value store", "6.2.7", "", "cpe:/a:redislabs:redis:6.2.7")
	other := running(1, "Memcached", "1.6.18", "", "cpe:/a:memcached:memcached:1.6.18")
	covered := []exchange.Covered{{Spot: spot, Ran: []inventory.CheckID{"redis-lua"}}}
	elsewhere := []exchange.Covered{{Spot: exchange.Spot{Addr: spot.Addr, Port: 6380, Transport: inventory.TCP}, Ran: []inventory.CheckID{"redis-lua"}}}
	found := []exchange.FoundThere{{Evidence: "EV-1", Weak: exchange.Weak{Finding: "F-1", Asset: "A-1", Addr: spot.Addr, Port: 6379, Proto: inventory.TCP, Check: "redis-lua"}}}
	for _, tt := range []struct {
		reason string
		proven exchange.Proven
		want   exchange.Verdict
		why    string
	}{
		{"before the scan", exchange.Proven{Waiting: true, Running: run(r)}, exchange.VerdictPending, "scan"},
		{"a check found it", exchange.Proven{Running: run(r), Found: found, Covered: covered}, exchange.VerdictAffected, "F-1"},
		{"a check found nothing", exchange.Proven{Running: run(r), Covered: covered}, exchange.VerdictFixed, "redis-lua"},
		{"a check on another port says nothing", exchange.Proven{Running: run(r), Covered: elsewhere}, exchange.VerdictAffected, "<6.2.6"},
		{"it was updated", exchange.Proven{Running: run(updated)}, exchange.VerdictFixed, "6.2.7"},
		{"something else is there", exchange.Proven{Running: run(other)}, exchange.VerdictNotPresent, "Memcached"},
		{"the port is closed", exchange.Proven{Closed: []exchange.Spot{spot}}, exchange.VerdictNotPresent, "closed"},
		{"the asset was retired", exchange.Proven{Retired: true, Running: run(r)}, exchange.VerdictNotPresent, "not in use"},
		{"nothing answered", exchange.Proven{}, exchange.VerdictUnknown, "nothing answered"},
	} {
		got := catalogue().Review(m, doc, tt.proven)
		if got.Verdict != tt.want || !strings.Contains(got.Why, tt.why) {
			t.Errorf("%s: %+v, want %s because of %q", tt.reason, got, tt.want, tt.why)
		}
	}
}
