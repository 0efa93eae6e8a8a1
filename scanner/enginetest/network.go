package enginetest

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// AddAddr gives the namespace's own host another address, which can be used at
// once: without nodad, one of IPv6 waits until the kernel finds time to see
// that nobody else has it.
func AddAddr(t *testing.T, addrs ...string) {
	t.Helper()
	for _, a := range addrs {
		addr := netip.MustParseAddr(a)
		args := []string{"addr", "add", netip.PrefixFrom(addr, addr.BitLen()).String(), "dev", "lo"}
		if addr.Is6() {
			args = append(args, "nodad")
		}
		ip(t, args...)
	}
}

// AddSilentRange gives a prefix a route that ends in nothing: packets to its
// addresses leave, and no answer comes, as with hosts that are switched off.
// It can be called once.
func AddSilentRange(t *testing.T, prefix string) {
	t.Helper()
	const near, far, gateway, hardware = "silent0", "silent1", "203.0.113.254", "02:00:00:00:02:54"
	ip(t, "link", "add", near, "type", "veth", "peer", "name", far)
	ip(t, "link", "set", near, "up")
	ip(t, "link", "set", far, "up")
	ip(t, "addr", "add", "203.0.113.253/31", "dev", near)
	ip(t, "neigh", "add", gateway, "lladdr", hardware, "dev", near, "nud", "permanent")
	ip(t, "route", "add", prefix, "via", gateway, "dev", near, "onlink")
}

// Drop makes a packet filter swallow what is sent to ports of an address, as
// nmap's "filtered". Ports are written as in inventory.PortSet.
func Drop(t *testing.T, addr, transport, ports string) {
	t.Helper()
	a := netip.MustParseAddr(addr)
	nft(t, fmt.Sprintf("add rule inet enginetest in %s daddr %s %s dport { %s } drop", family(a), a, transport, ports))
}

// CountPackets counts what arrives at an address from now on: TCP packets that
// open a connection, and UDP packets.
func CountPackets(t *testing.T, addr string) func() int {
	t.Helper()
	a := netip.MustParseAddr(addr)
	name := "count_" + strings.NewReplacer(".", "_", ":", "_").Replace(addr)
	nft(t, fmt.Sprintf(`add counter inet enginetest %[1]s
insert rule inet enginetest in %[2]s daddr %[3]s tcp flags & (syn|ack) == syn counter name %[1]s
insert rule inet enginetest in %[2]s daddr %[3]s meta l4proto udp counter name %[1]s`, name, family(a), a))
	return func() int {
		t.Helper()
		text := command(t, "nft", "nftables", "", "-j", "list", "counter", "inet", "enginetest", name)
		var doc struct {
			Objects []struct {
				Counter *struct {
					Packets int `json:"packets"`
				} `json:"counter"`
			} `json:"nftables"`
		}
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatalf("read nft's counter: %v", err)
		}
		for _, o := range doc.Objects {
			if o.Counter != nil {
				return o.Counter.Packets
			}
		}
		t.Fatalf("nft does not list the counter %s:\n%s", name, text)
		return 0
	}
}

// nft adds rules to the test's own table, which it makes when it is not there.
func nft(t *testing.T, rules string) {
	t.Helper()
	command(t, "nft", "nftables", "add table inet enginetest\n"+
		"add chain inet enginetest in { type filter hook input priority 0; }\n"+rules+"\n", "-f", "-")
}

// family is nft's word for an address's version.
func family(a netip.Addr) string {
	if a.Is4() {
		return "ip"
	}
	return "ip6"
}
