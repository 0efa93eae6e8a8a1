package advisory

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/internal/textindex"
	"golang.org/x/net/publicsuffix"
)

// fewForbidden are searched faster than texts are indexed.
const fewForbidden = 16

// index tells of something forbidden, without writing it in its many ways,
// that none of the texts has it in any of them.
type index struct {
	plain   *textindex.Grams
	letters *textindex.Grams
	addrs   *textindex.Addrs4
	names   map[string]bool // folded words that stand as names, as asName sees them
	exact   map[string]bool // words as they are, for initials
}

func newIndex(hays []haystack) index {
	var plain, letters int
	for _, h := range hays {
		plain, letters = plain+len(h.plain), letters+len(h.letters)
	}
	x := index{
		plain: textindex.NewGrams(plain), letters: textindex.NewGrams(letters), addrs: textindex.NewAddrs4(),
		names: map[string]bool{}, exact: map[string]bool{},
	}
	for _, h := range hays {
		x.plain.Add(h.plain)
		x.letters.Add(h.letters)
		x.addrs.Add(h.plain)
		for w := range namesIn(h.exact) {
			x.names[fold(w)] = true
		}
		for w := range strings.FieldsFuncSeq(h.exact, func(r rune) bool { return !isWord(r) }) {
			x.exact[w] = true
		}
	}
	return x
}

// near are those of forbidden, in their order, that the texts may have.
func near(hays []haystack, forbidden []string) []string {
	if len(forbidden) <= fewForbidden {
		return forbidden
	}
	x := newIndex(hays)
	var out []string
	for _, f := range forbidden {
		if x.mayHold(strings.TrimSpace(f)) {
			out = append(out, f)
		}
	}
	return out
}

// mayHold has to say yes wherever one of needlesFor matches, and follows its
// cases.
func (x index) mayHold(s string) bool {
	if s == "" {
		return false
	}
	if digits, ok := Phone(s); ok {
		return x.letters.MayHold(digits)
	}
	if text, ok := Whole(s); ok {
		return x.letters.MayHold(strings.Join(strings.Fields(wordsOf(plainText(text))), ""))
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return x.mayHoldPrefix(p) || x.plain.MayHold(plainText(s))
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return x.mayHoldAddr(a.Unmap().WithZone("")) || !a.Is4() && x.plain.MayHold(plainText(s))
	}
	if strings.Contains(s, "//") {
		if u, err := url.Parse(s); err == nil && u.Host != "" {
			return x.mayHold(strings.TrimSpace(u.Hostname())) || x.plain.MayHold(plainText(s))
		}
	}
	if _, domain, ok := strings.Cut(s, "@"); ok && !strings.Contains(s, " ") {
		return x.mayHoldHost(domain) || x.plain.MayHold(plainText(s))
	}
	if !strings.Contains(s, " ") && strings.Contains(strings.Trim(s, "."), ".") {
		return x.mayHoldHost(strings.TrimPrefix(s, "*."))
	}
	return x.mayHoldName(s)
}

func (x index) mayHoldPrefix(p netip.Prefix) bool {
	first := p.Masked().Addr()
	switch {
	case !first.Is4():
		return x.mayHoldAddr(first) // an IPv6 prefix has no other forms than an address
	case p.Bits() >= 24 && x.addrs.MayHoldNet(first, 24), p.Bits() >= 16 && p.Bits() < 24 && x.addrs.MayHoldNet(first, 16):
		return true
	}
	return x.addrs.MayHold(first)
}

func (x index) mayHoldAddr(a netip.Addr) bool {
	if a.Is4() {
		return x.addrs.MayHold(a) || x.addrs.MayHoldNet(a, 24)
	}
	raw := a.As16()
	var nibbles [32]byte
	hex.Encode(nibbles[:], raw[:])
	if x.letters.MayHoldBytes(nibbles[:]) {
		return true
	}
	slices.Reverse(nibbles[:])
	return x.letters.MayHoldBytes(nibbles[:]) || x.plain.MayHold(a.String()) ||
		slices.ContainsFunc(starts6(a), x.plain.MayHold)
}

// mayHoldHost needs the registered domain only, with which all of a name's
// parents end.
func (x index) mayHoldHost(host string) bool {
	host = strings.ToLower(strings.Trim(host, "."))
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}
	if strings.ContainsFunc(host, odd) || strings.Contains(host, "xn--") { // there are other spellings
		return slices.ContainsFunc(hostForms(host), func(f string) bool { return x.plain.MayHold(plainText(f)) })
	}
	registered, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		registered = host
	}
	return x.plain.MayHold(registered)
}

func (x index) mayHoldName(name string) bool {
	words := strings.Fields(wordsOf(plainText(name)))
	if len(words) == 0 {
		return false
	}
	if x.letters.MayHold(strings.Join(words, "")) {
		return true
	}
	if lead := words[:len(words)-1]; len(lead) >= 2 && x.letters.MayHold(strings.Join(lead, "")) {
		return true
	}
	if short := initials(name); len(short) >= 3 && x.exact[short] {
		return true
	}
	return slices.ContainsFunc(words, func(w string) bool { return x.names[w] && len(tellingWords([]string{w})) > 0 })
}
