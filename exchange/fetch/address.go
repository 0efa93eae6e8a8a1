package fetch

import (
	"fmt"
	"net/netip"
	"syscall"
)

// notPublic lists what lies within the public ranges and yet is not of the
// public internet (IANA special-purpose address registries). Private,
// loopback, link-local and multicast addresses are known to net/netip.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' own
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), // 6to4 relays: lead anywhere
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // Teredo among them: carries an IPv4 address
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4: likewise
	netip.MustParsePrefix("3fff::/20"),
}

// globalUnicast6 is all of IPv6 that is given out; outside it lie unique
// local addresses and the ways to write an IPv4 address as IPv6.
var globalUnicast6 = netip.MustParsePrefix("2000::/3")

// public tells whether the address is of the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.Is6() && !globalUnicast6.Contains(a) || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return false
	}
	return !within(notPublic, a)
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// control looks at each address just before it is dialled, so that no name,
// redirect or change of DNS in between can lead elsewhere.
func control(admit []netip.Prefix) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(address)
		if err != nil {
			return refuse("", fmt.Sprintf("leads to %q, which is no address", address), "")
		}
		a := target.Addr().Unmap().WithZone("")
		if public(a) || within(admit, a) {
			return nil
		}
		return refuse("", fmt.Sprintf("leads to %s, which is not on the public internet", a),
			"if the peer is really reached there, admit its network in the configuration")
	}
}
