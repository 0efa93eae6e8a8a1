package inventory

import (
	"fmt"
	"net/netip"
	"slices"
)

// reserved lists IANA's special-purpose address registries (RFC 6890 and
// later), with multicast: what no operator's authorisation can mean. Narrower
// prefixes stand before those that hold them, for the better word.
var reserved = []struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "carrier-grade NAT"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "protocol assignments"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("192.31.196.0/24"), "AS112"},
	{netip.MustParsePrefix("192.52.193.0/24"), "multicast tunnelling"},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("192.175.48.0/24"), "AS112"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarking"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("255.255.255.255/32"), "broadcast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},

	{netip.MustParsePrefix("::/128"), "unspecified"},
	{netip.MustParsePrefix("::1/128"), "loopback"},
	{netip.MustParsePrefix("::ffff:0:0/96"), "mapped IPv4"},
	{netip.MustParsePrefix("::/96"), "IPv4-compatible"},
	{netip.MustParsePrefix("64:ff9b::/96"), "NAT64"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "NAT64"},
	{netip.MustParsePrefix("100::/64"), "discard"},
	{netip.MustParsePrefix("2001::/32"), "Teredo"},
	{netip.MustParsePrefix("2001:2::/48"), "benchmarking"},
	{netip.MustParsePrefix("2001:10::/28"), "ORCHID"},
	{netip.MustParsePrefix("2001:20::/28"), "ORCHID"},
	{netip.MustParsePrefix("2001::/23"), "protocol assignments"},
	{netip.MustParsePrefix("2001:db8::/32"), "documentation"},
	{netip.MustParsePrefix("2002::/16"), "6to4"},
	{netip.MustParsePrefix("2620:4f:8000::/48"), "AS112"},
	{netip.MustParsePrefix("3fff::/20"), "documentation"},
	{netip.MustParsePrefix("5f00::/16"), "segment routing"},
	{netip.MustParsePrefix("fc00::/7"), "unique local"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("fec0::/10"), "site-local"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
}

// globalUnicast6 is all of IPv6 that IANA gives to networks.
var globalUnicast6 = netip.MustParsePrefix("2000::/3")

// reservedAs says what an address is reserved for, or "".
func reservedAs(addr netip.Addr) string {
	for _, r := range reserved {
		if r.prefix.Contains(addr) {
			return r.what
		}
	}
	if addr.Is6() && !globalUnicast6.Contains(addr) {
		return "unassigned"
	}
	return ""
}

func admitted(p netip.Prefix, admit []netip.Prefix) bool {
	return slices.ContainsFunc(admit, func(a netip.Prefix) bool { return within(p, a) })
}

// within tells whether all of inner is in outer.
func within(inner, outer netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

const admitHint = "an installation that may scan it, such as a laboratory, admits the prefix in its configuration: scan.allow_reserved"

// checkReservedPrefix refuses a prefix that is in a reserved one or holds one,
// unless the part that is reserved is admitted.
func checkReservedPrefix(p netip.Prefix, admit []netip.Prefix) error {
	for _, r := range reserved {
		part := p
		if within(r.prefix, p) {
			part = r.prefix
		}
		if p.Overlaps(r.prefix) && !admitted(part, admit) {
			return invalid("prefix", p.String(), fmt.Sprintf("reserved (%s: %s)", r.what, r.prefix), admitHint)
		}
	}
	if p.Addr().Is6() && !within(p, globalUnicast6) && !admitted(p, admit) {
		return invalid("prefix", p.String(), "reserved (unassigned)", admitHint)
	}
	return nil
}
