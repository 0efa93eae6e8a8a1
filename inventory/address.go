package inventory

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
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
	host   string       // for hostname, and for url unless its host is an IP
	port   uint16       // for url: explicit or the scheme's
	path   string       // for url: begins with "/"
	scheme string       // for url
}

// Kind returns the address's form.
func (a Address) Kind() AddressKind { return a.kind }

// String returns the canonical text, which ParseAddress reads back.
func (a Address) String() string { return a.text }

// MarshalText writes the canonical form; the zero Address is empty.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.text), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Address) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = Address{}
		return nil
	}
	parsed, err := ParseAddress(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// Prefix returns the addresses that a itself names; false for names and URLs
// (but a URL with an IP for a host has one).
func (a Address) Prefix() (netip.Prefix, bool) { return a.prefix, a.prefix.IsValid() }

// Host returns the name that must be resolved, lower case and ASCII; "" for
// addresses, and for URLs that name one.
func (a Address) Host() string { return a.host }

// Port returns a URL's port, or 0.
func (a Address) Port() uint16 { return a.port }

// Path returns a URL's path, beginning with "/", or "".
func (a Address) Path() string { return a.path }

// Scheme returns a URL's scheme, http or https, or "".
func (a Address) Scheme() string { return a.scheme }

// maxPrefixBits is how many bits of a prefix may be free: 65,536 addresses.
const maxPrefixBits = 16

// maxAddressText is the longest text that can be an address, in bytes.
const maxAddressText = 2048

// ParseAddress reads an IPv4 or IPv6 address, a CIDR prefix, a host name or
// an http(s) URL, and puts it into canonical form: IDN as ASCII (RFC 5891),
// lower case, no trailing dot, 4-in-6 unmapped, prefixes masked, default
// ports and fragments dropped. A prefix may hold at most 65,536 addresses,
// and one that holds a single address is that address.
func ParseAddress(s string) (Address, error) {
	text := strings.TrimSpace(s)
	if err := checkAddressText(text); err != nil {
		return Address{}, err
	}
	if strings.Contains(text, "://") {
		return parseURL(text)
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		return ofAddr(text, addr)
	}
	if before, _, ok := strings.Cut(text, "/"); ok {
		if _, err := netip.ParseAddr(before); err == nil {
			return parsePrefix(text)
		}
		return Address{}, badAddress(text, "neither a prefix nor a URL", "write a web address with its scheme: https://"+text)
	}
	if err := refuseAlmostAddress(text); err != nil {
		return Address{}, err
	}
	name, err := parseHostname("address", text)
	if err != nil {
		return Address{}, err
	}
	return Address{kind: KindHostname, text: name, host: name}, nil
}

func badAddress(text, message, hint string) error {
	return invalid("address", text, message, hint)
}

// checkAddressText refuses what no form of address can hold.
func checkAddressText(text string) error {
	switch {
	case text == "":
		return badAddress(text, "empty", "write an IP address, a prefix, a host name or a URL")
	case len(text) > maxAddressText:
		return badAddress(text, "too long", "")
	case !utf8.ValidString(text):
		return badAddress(strings.ToValidUTF8(text, "?"), "not UTF-8 text", "save the file as UTF-8")
	case strings.ContainsFunc(text, unicode.IsSpace):
		return badAddress(text, "has a space in it", "one address at a time, without spaces")
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return badAddress(text, "has an invisible character in it", "type it again instead of pasting it")
	}
	return nil
}

// ofAddr makes the Address of a single IP.
func ofAddr(text string, addr netip.Addr) (Address, error) {
	if addr.Zone() != "" {
		return Address{}, badAddress(text, "has a zone, which means something on one machine only", "leave out the % and what follows")
	}
	addr = addr.Unmap()
	kind := KindIPv6
	if addr.Is4() {
		kind = KindIPv4
	}
	return Address{kind: kind, text: addr.String(), prefix: netip.PrefixFrom(addr, addr.BitLen())}, nil
}

func parsePrefix(text string) (Address, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return Address{}, badAddress(text, "not a prefix", "write the length as a number: 192.0.2.0/24 or 2001:db8::/120")
	}
	if p, err = unmapPrefix(p); err != nil {
		return Address{}, badAddress(text, err.Error(), "write it as an IPv4 prefix")
	}
	free := p.Addr().BitLen() - p.Bits()
	if free == 0 {
		return ofAddr(text, p.Addr())
	}
	if free > maxPrefixBits {
		return Address{}, badAddress(text, "prefix too large: it has more than 65,536 addresses",
			fmt.Sprintf("split it into prefixes of /%d or longer", p.Addr().BitLen()-maxPrefixBits))
	}
	return Address{kind: KindCIDR, text: p.String(), prefix: p}, nil
}

// unmapPrefix masks p and turns ::ffff:192.0.2.0/120 into 192.0.2.0/24.
func unmapPrefix(p netip.Prefix) (netip.Prefix, error) {
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, errors.New("prefix of mapped IPv4 addresses that holds others too")
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// refuseAlmostAddress explains what people write in place of an address; the
// text is neither an IP nor has it a slash.
func refuseAlmostAddress(text string) error {
	first, last, isRange := strings.Cut(text, "-")
	_, errFirst := netip.ParseAddr(first)
	host, port, hasPort := cutLast(text, ':')
	switch {
	case isRange && errFirst == nil && last != "":
		return badAddress(text, "a range", "write a prefix such as 192.0.2.0/28; ranges are understood in import files")
	case strings.ContainsRune(text, '@'):
		return badAddress(text, "an e-mail address or a name with a user in it", "write the host only")
	case hasPort && !strings.Contains(host, ":") && isDigits(port), strings.HasPrefix(text, "[") && strings.Contains(text, "]:"):
		return badAddress(text, "has a port", "leave the port out, or write a URL: https://"+text)
	case strings.HasPrefix(text, "["):
		return badAddress(text, "has brackets", "write an IPv6 address without brackets")
	case strings.ContainsRune(text, ':'):
		return badAddress(text, "not an IPv6 address", "write it like 2001:db8::1, or a URL like https://www.example.org")
	case strings.ContainsRune(text, '*'):
		return badAddress(text, "a pattern, not an address", "register each name; patterns are for authorisations")
	}
	return nil
}

// cutLast is strings.Cut around the last sep.
func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
