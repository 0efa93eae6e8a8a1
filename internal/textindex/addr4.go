package textindex

import (
	"net/netip"
	"strconv"
)

// Addrs4 knows every IPv4 address that texts may tell: in octets with dots,
// dashes, underscores or defanged dots between, in either order and with
// zeroes before; as one number, decimal or hexadecimal; mapped into IPv6. No
// letter or digit of ASCII may stand beside it.
type Addrs4 struct {
	whole map[uint32]struct{}
	nets  map[uint32]struct{} // the octets before the last one or two
}

// NewAddrs4 makes an empty index.
func NewAddrs4() *Addrs4 {
	return &Addrs4{map[uint32]struct{}{}, map[uint32]struct{}{}}
}

// Add adds a text in lower case.
func (x *Addrs4) Add(text string) {
	var c chain
	end := 0
	for i := 0; i < len(text); {
		if !alnum(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && alnum(text[i]) {
			i++
		}
		x.word(text[start:i], text[end:start], &c)
		end = i
	}
}

// chain is what came before a word: octets in a row, and the last two groups
// of an IPv6 address.
type chain struct {
	octets uint32
	length int
	groups uint32
	mapped int // how many groups came since "ffff", and that one; 0: none
}

func (x *Addrs4) word(w, before string, c *chain) {
	if !separates(before) {
		c.length = 0
	}
	if n, err := strconv.ParseUint(w, 10, 8); err == nil && len(w) <= 3 {
		c.octets, c.length = c.octets<<8|uint32(n), c.length+1
	} else {
		c.length = 0
	}
	if c.length >= 4 {
		x.whole[c.octets] = struct{}{}
		x.whole[c.octets<<24|c.octets<<8&0xFF0000|c.octets>>8&0xFF00|c.octets>>24] = struct{}{}
	}
	if c.length >= 3 {
		x.nets[c.octets<<8] = struct{}{}
	}
	if c.length >= 2 {
		x.nets[c.octets<<16|1] = struct{}{} // the mark of two octets only
	}
	if n, err := strconv.ParseUint(w, 10, 32); err == nil {
		x.whole[uint32(n)] = struct{}{}
	}
	digits := w
	if len(w) == 10 && w[:2] == "0x" {
		digits = w[2:]
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err == nil && len(digits) == 8 {
		x.whole[uint32(n)] = struct{}{}
	}
	switch {
	case c.mapped > 0 && err == nil && len(w) <= 4:
		c.groups, c.mapped = c.groups<<16|uint32(n), c.mapped+1
		if c.mapped >= 3 {
			x.whole[c.groups] = struct{}{}
		}
	case w == "ffff":
		c.mapped = 1
	default:
		c.mapped = 0
	}
}

// MayHold tells whether a text may tell an IPv4 address.
func (x *Addrs4) MayHold(a netip.Addr) bool {
	_, ok := x.whole[number(a)]
	return ok
}

// MayHoldNet tells whether a text may have the first 16 or 24 bits of an
// address as its first octets.
func (x *Addrs4) MayHoldNet(a netip.Addr, bits int) bool {
	key := number(a) &^ 0xFF
	if bits == 16 {
		key = key&^0xFFFF | 1
	}
	_, ok := x.nets[key]
	return ok
}

func number(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

func alnum(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' }

// separates tells whether so little stands between two octets.
func separates(s string) bool {
	return len(s) == 1 && (s[0] == '.' || s[0] == '-' || s[0] == '_') || s == "[.]"
}
