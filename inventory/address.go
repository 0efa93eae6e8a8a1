package inventory

import (
	"net/netip"
)

// AddressKind is the form of an asset's address.
type AddressKind string

// Address kinds.
const (
	KindIPv4     AddressKind = "ipv4"
	KindIPv6     AddressKind = "ipv6"
	KindCIDR     AddressKind = "cidr"
	KindHostname AddressKind = "hostname"
	KindURL      AddressKind = "url"
)

// An Address is where an asset is, in one canonical form, so that two ways to
// write it are one asset. Only ParseAddress makes one that is not zero.
type Address struct {
	kind   AddressKind
	text   string       // canonical
	prefix netip.Prefix // for ipv4, ipv6 and cidr
	host   string       // for hostname and url: the ASCII name, or an IP
	port   uint16       // for url: explicit or the scheme's
	path   string       // for url: begins with "/"
	scheme string       // for url
}

// Kind returns the address's form.
func (a Address) Kind() AddressKind { return a.kind }

// String returns the canonical text, which ParseAddress reads back.
func (a Address) String() string { return a.text }

// Prefix returns the addresses that a itself names; false for names and URLs
// (but a URL with an IP for a host has one).
func (a Address) Prefix() (netip.Prefix, bool) { return a.prefix, a.prefix.IsValid() }

// Host returns the name that must be resolved, lower case and ASCII; "" for
// addresses.
func (a Address) Host() string { return a.host }

// Port returns a URL's port, or 0.
func (a Address) Port() uint16 { return a.port }

// Path returns a URL's path, beginning with "/", or "".
func (a Address) Path() string { return a.path }

// Scheme returns a URL's scheme, http or https, or "".
func (a Address) Scheme() string { return a.scheme }

// ParseAddress reads an IPv4 or IPv6 address, a CIDR prefix, a host name or
// an http(s) URL, and puts it into canonical form: IDN as ASCII (RFC 5891),
// lower case, no trailing dot, 4-in-6 unmapped, prefixes masked, default
// ports and fragments dropped. A prefix may hold at most 65,536 addresses.
func ParseAddress(s string) (Address, error) { return parseAddress(s) }
