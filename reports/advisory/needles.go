package advisory

import (
	"cmp"
	"fmt"
	"iter"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// needlesFor lists the ways to write one forbidden thing, whatever it is.
func needlesFor(forbidden string) []needle {
	s := strings.TrimSpace(forbidden)
	if s == "" {
		return nil
	}
	if digits, ok := Phone(s); ok {
		return []needle{phoneNeedle(s, digits)}
	}
	if text, ok := Whole(s); ok {
		return []needle{wholeNeedle(s, text)}
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return append(prefixNeedles(s, p), plainNeedle(s, s))
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return append(addrNeedles(s, a), plainNeedle(s, s))
	}
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		return append(needlesFor(u.Hostname()), plainNeedle(s, s))
	}
	if local, domain, ok := strings.Cut(s, "@"); ok && !strings.Contains(s, " ") {
		return append(hostNeedles(s, domain), plainNeedle(s, local+"@"+domain))
	}
	if !strings.Contains(s, " ") && strings.Contains(strings.Trim(s, "."), ".") {
		return hostNeedles(s, strings.TrimPrefix(s, "*."))
	}
	return nameNeedles(s)
}

func plainNeedle(of, text string) needle {
	want := plainText(text)
	return needle{shown: text, of: of, match: func(h haystack) bool { return between(h.plain, want) }}
}

// addrNeedles finds an address, also spelled out, reversed as in DNS, with
// other separators, as one number, and its network alone.
func addrNeedles(of string, a netip.Addr) []needle {
	a = a.Unmap().WithZone("")
	forms := []string{a.String(), a.StringExpanded()}
	if a.Is4() {
		b := a.As4()
		octets := []any{b[0], b[1], b[2], b[3]}
		back := []any{b[3], b[2], b[1], b[0]}
		for _, f := range []string{"%d.%d.%d.%d", "%d-%d-%d-%d", "%d_%d_%d_%d"} {
			forms = append(forms, fmt.Sprintf(f, octets...), fmt.Sprintf(f, back...))
		}
		number := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		forms = append(forms,
			fmt.Sprintf("%03d.%03d.%03d.%03d", octets...), fmt.Sprint(number),
			fmt.Sprintf("%08x", number), fmt.Sprintf("0x%08x", number))
		return append(textNeedles(of, forms), network4(of, b[0], b[1], b[2]))
	}
	nibbles := strings.Split(strings.ReplaceAll(a.StringExpanded(), ":", ""), "")
	forms = append(forms, strings.Join(nibbles, ""))
	slices.Reverse(nibbles)
	forms = append(forms, strings.Join(nibbles, "."))
	return append(textNeedles(of, forms), network6(of, a)...)
}

func textNeedles(of string, forms []string) []needle {
	slices.Sort(forms)
	var out []needle
	for _, f := range slices.Compact(forms) {
		out = append(out, plainNeedle(of, f))
	}
	return out
}

// networkNeedle finds an address that begins with the pattern start, up to a
// further digit, an x or a star: a version number is rarely that long.
func networkNeedle(of, shown, start string) needle {
	re := regexp.MustCompile(`(^|[^0-9a-z.:])` + start)
	return needle{shown: shown, of: of, match: func(h haystack) bool { return re.MatchString(h.plain) }}
}

func network4(of string, octets ...byte) needle {
	var shown string
	for _, o := range octets {
		shown += fmt.Sprintf("%d.", o)
	}
	any := strings.Repeat(`([0-9]{1,3}|x|\*)\.`, 3-len(octets))
	return networkNeedle(of, shown, regexp.QuoteMeta(shown)+any+`([0-9]|x|\*)`)
}

// network6 finds the first 48 bits, which a site gets and which name it.
func network6(of string, a netip.Addr) []needle {
	var out []needle
	for _, s := range starts6(a) {
		out = append(out, networkNeedle(of, s, s+`[0-9a-f:x*]`))
	}
	return out
}

// starts6 are the ways to write an address's first 48 bits.
func starts6(a netip.Addr) []string {
	g := strings.Split(a.StringExpanded(), ":")[:3]
	short := make([]string, len(g))
	for i, x := range g {
		short[i] = cmp.Or(strings.TrimLeft(x, "0"), "0")
	}
	starts := []string{strings.Join(g, ":") + ":", strings.Join(short, ":") + ":"}
	if short[2] == "0" {
		starts = append(starts, strings.Join(short[:2], ":")+"::")
	}
	return starts
}

// prefixNeedles finds a prefix, its first address, and, where it covers
// whole octets, everything that begins like it.
func prefixNeedles(of string, p netip.Prefix) []needle {
	p = p.Masked()
	out := []needle{plainNeedle(of, p.String())}
	if !p.Addr().Is4() {
		out = append(out, plainNeedle(of, p.Addr().StringExpanded()))
		if p.Bits() >= 48 {
			out = append(out, network6(of, p.Addr())...)
		}
		return out
	}
	b := p.Addr().As4()
	switch {
	case p.Bits() >= 24:
		out = append(out, addrNeedles(of, p.Addr())...)
	case p.Bits() >= 16:
		out = append(out, plainNeedle(of, p.Addr().String()), network4(of, b[0], b[1]))
	default:
		out = append(out, plainNeedle(of, p.Addr().String()))
	}
	return out
}

// hostNeedles finds a host name, its parents down to the registered domain,
// and both spellings of an international one.
func hostNeedles(of, host string) []needle { return textNeedles(of, hostForms(host)) }

func hostForms(host string) []string {
	host = strings.ToLower(strings.Trim(host, "."))
	registered, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		registered = host
	}
	var forms []string
	for name := host; ; {
		forms = append(forms, name)
		if u, err := idna.ToUnicode(name); err == nil {
			forms = append(forms, u)
		}
		if a, err := idna.Lookup.ToASCII(name); err == nil {
			forms = append(forms, a)
		}
		_, parent, ok := strings.Cut(name, ".")
		if name == registered || !ok || !strings.Contains(parent, ".") {
			break
		}
		name = parent
	}
	return forms
}

// nameNeedles finds a name whatever its spacing and punctuation; its initials
// in capitals; and each word that only this name would bring, when it is
// written as a name.
func nameNeedles(name string) []needle {
	words := strings.Fields(wordsOf(plainText(name)))
	telling := tellingWords(words)
	if len(words) == 0 || len(words) == 1 && len(telling) == 0 {
		return nil // a site called "Main" names nobody
	}
	out := []needle{wholeNeedle(name, name)}
	if lead := words[:max(0, len(words)-1)]; len(lead) >= 2 { // without "Ltd", "Board", "Authority"
		part := " " + strings.Join(lead, " ") + " "
		out = append(out, needle{shown: strings.TrimSpace(part), of: name, match: func(h haystack) bool {
			return strings.Contains(h.words, part)
		}})
	}
	if short := initials(name); len(short) >= 3 {
		out = append(out, needle{shown: short, of: name, match: func(h haystack) bool { return between(h.exact, short) }})
	}
	for _, w := range telling {
		out = append(out, needle{shown: w, of: name, match: func(h haystack) bool { return asName(h.exact, w) }})
	}
	return out
}

// asName tells whether the text holds word, in any case but all small.
// Scripts without case always count.
func asName(text, word string) bool {
	for f := range namesIn(text) {
		if fold(f) == word {
			return true
		}
	}
	return false
}

func namesIn(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for f := range strings.FieldsFuncSeq(text, func(r rune) bool { return !isWord(r) && !unicode.Is(unicode.Mn, r) }) {
			small := strings.ToLower(f) == f && strings.ToUpper(f) != f
			if !small && !yield(f) {
				return
			}
		}
	}
}

// initials are the capitals of a name of three words or more: "CEB".
func initials(name string) string {
	var b strings.Builder
	for _, w := range strings.Fields(name) {
		if r := []rune(w)[0]; unicode.IsUpper(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// tellingWords leaves out words that many operators share and that texts
// about weaknesses use.
func tellingWords(words []string) []string {
	var out []string
	for _, w := range words {
		if len([]rune(w)) >= 4 && !slices.Contains(commonWords, w) && strings.Trim(w, "0123456789") != "" {
			out = append(out, w)
		}
	}
	return out
}

var commonWords = strings.Fields(`
	administration agency airport airports airlines airways army authority bank banking board broadband building
	campus central centre center city civil commercial commission communication communications company
	control cooperative corporation council country customs data defence defense department development digital
	distribution district division eastern education electric electrical electricity energy enterprise example exchange
	federal finance financial first food fuel gate general generation global government grid group harbour
	head headquarters health holdings home hospital hospitals hydro industries industry infrastructure
	insurance international internet joint limited logistics main management medical military ministry
	mobile municipal national navy network networks north northern office oil operations operator organisation
	organization petroleum plant police port ports post postal power private production provincial public
	pumping railway railways refinery region regional registry remote research reserve royal school science
	secretariat sector secure security server service services sewage shipping site social solutions south
	southern state station steel stock substation supply system systems tech technical technology telecom
	telecommunication telecommunications telephone test town trade training transmission transport treatment
	trust union united university urban water waterworks west western works`)
