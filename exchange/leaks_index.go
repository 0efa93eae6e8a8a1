package exchange

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/internal/textindex"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// fewValues are searched faster than texts are indexed.
const fewValues = 16

// leakIndex tells of a value, without writing it in its many ways, that none
// of the texts has it in any of them. A register has some hundred thousand
// values, and a text tells a handful.
type leakIndex struct {
	plain   *textindex.Grams // of plain and unpacked texts, also without defanging
	letters *textindex.Grams
	addrs   *textindex.Addrs4
	coded   *textindex.Coded
}

var refanged = strings.NewReplacer("[.]", ".", "(.)", ".", "[:]", ":")

func newLeakIndex(hays []leakHay) leakIndex {
	var plain, letters, packed int
	for _, h := range hays {
		plain += len(h.plain)
		for _, u := range h.unpacked {
			plain += len(u)
		}
		letters += len(h.letters)
		packed += len(h.packed)
	}
	x := leakIndex{
		plain: textindex.NewGrams(plain), letters: textindex.NewGrams(letters),
		addrs: textindex.NewAddrs4(), coded: textindex.NewCoded(packed),
	}
	for _, h := range hays {
		for _, t := range append([]string{h.plain}, h.unpacked...) {
			x.plain.Add(t)
			if fanged := refanged.Replace(t); fanged != t {
				x.plain.Add(fanged)
			}
			x.addrs.Add(t)
		}
		x.letters.Add(h.letters)
		x.coded.Add(h.packed)
	}
	return x
}

// mayHold has to say yes wherever leakNeedle.in finds the value.
func (x leakIndex) mayHold(value string) bool {
	v := strings.TrimSpace(value)
	if v == "" {
		return false
	}
	if digits, ok := advisory.Phone(v); ok {
		return x.letters.MayHold(digits)
	}
	if text, ok := advisory.Whole(v); ok {
		v = text
	}
	if len(v) >= 6 && x.coded.MayHold(v) {
		return true
	}
	// Of an address in its usual form there are no capitals, and no more forms
	// than these.
	a, err := netip.ParseAddr(strings.Trim(v, "[]"))
	if err == nil && a.Is4() && len(v) == len(a.String()) {
		return x.addrs.MayHold(a)
	}
	for _, f := range []string{strings.ToLower(v), strings.ToUpper(v)} {
		if len(f) >= 6 && f != v && x.coded.MayHold(f) {
			return true
		}
	}
	switch {
	case err == nil:
		return x.mayHoldAddr(v, a.Unmap().WithZone(""))
	case simpleHost(v):
		return x.mayHoldHost(strings.ToLower(v))
	}
	forms, isPlace := placeForms(v)
	if !isPlace { // the name in every form has these letters in this order
		return x.letters.MayHold(strings.ReplaceAll(wordText(foldText(v)), " ", ""))
	}
	return slices.ContainsFunc(append(forms, v), func(f string) bool { return x.plain.MayHold(foldText(f)) })
}

// mayHoldAddr is for an address of IPv6, and for one that is written in an
// unusual way.
func (x leakIndex) mayHoldAddr(as string, a netip.Addr) bool {
	if x.plain.MayHold(foldText(as)) {
		return true
	}
	if a.Is4() {
		return x.addrs.MayHold(a)
	}
	raw := a.As16()
	var nibbles, back [32]byte
	hex.Encode(nibbles[:], raw[:])
	var dotted [63]byte
	groups := make([]byte, 0, 39)
	for i, d := range nibbles {
		back[31-i] = d
		if i%4 == 0 && i > 0 {
			groups = append(groups, ':')
		}
		if d != '0' || i%4 == 3 || len(groups) > 0 && groups[len(groups)-1] != ':' {
			groups = append(groups, d)
		}
	}
	for i, d := range back {
		dotted[2*i] = d
		if i < 31 {
			dotted[2*i+1] = '.'
		}
	}
	return x.letters.MayHoldBytes(nibbles[:]) || x.plain.MayHoldBytes(dotted[:]) ||
		x.plain.MayHoldBytes(groups) || x.plain.MayHold(a.String())
}

// mayHoldHost is for a host name in small letters.
func (x leakIndex) mayHoldHost(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if x.plain.MayHold(host) {
		return true
	}
	labels := strings.Split(host, ".")
	slices.Reverse(labels)
	return x.plain.MayHold(strings.Join(labels, "."))
}

// simpleHost tells whether a value is a host name of which there is no
// international spelling.
func simpleHost(v string) bool {
	dot := false
	for i := range len(v) {
		c := v[i] | 0x20
		switch {
		case v[i] == '.':
			dot = dot || i < len(v)-1
		case c >= 'a' && c <= 'z' || v[i] >= '0' && v[i] <= '9' || v[i] == '-' || v[i] == '_':
		default:
			return false
		}
	}
	return dot && !strings.Contains(strings.ToLower(v), "xn--")
}
