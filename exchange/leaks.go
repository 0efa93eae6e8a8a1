package exchange

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A Leak is a value that should have been dropped, found in bytes that were to
// leave.
type Leak struct {
	Text  int    `json:"text"`  // index of the text that has it
	Value string `json:"value"` // as dropped
	Form  string `json:"form"`  // how it was written there: "as it is", "base64"
}

// Leaks searches texts, whatever their format, for values that must not be in
// them: as they are, in any case, accent, width and punctuation, with JSON,
// percent and HTML escapes, as base64 and hexadecimal digits, an address also
// in its other spellings and reversed, an international host name in both of
// its. One leak is told per text and value.
//
// It finds the values themselves and nothing near to them, so that a network
// or a pseudonym may stand where the address or the name must not; what prose
// says about somebody in other words is advisory.FindLeaks' matter.
//
// A text in quotes and a telephone number are those that advisory.Whole and
// advisory.Phone know.
//
// It takes a whole register: texts are indexed once, and only the values that
// they may have are looked for.
func Leaks(texts [][]byte, dropped []string) []Leak {
	leaks := []Leak{}
	hays := make([]leakHay, len(texts))
	for i, t := range texts {
		hays[i] = newLeakHay(t)
	}
	mayHold := func(value string) bool { return strings.TrimSpace(value) != "" }
	if len(dropped) > fewValues {
		mayHold = newLeakIndex(hays).mayHold
	}
	for _, d := range dropped {
		if !mayHold(d) {
			continue
		}
		n := newLeakNeedle(d)
		for i, h := range hays {
			if form := n.in(h); form != "" {
				leaks = append(leaks, Leak{Text: i, Value: n.value, Form: form})
			}
		}
	}
	slices.SortFunc(leaks, func(a, b Leak) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value)) })
	return slices.Compact(leaks)
}

// leakHay is one text in the forms that values are searched in.
type leakHay struct {
	plain    string   // as it is, folded
	unpacked []string // with escapes undone, folded
	words    string   // of all of these: words with one space around each
	letters  string   // and without any space
	packed   string   // as it is, and with escapes undone, without white space: for base64
	digits   string   // packed in lower case, for hexadecimal digits
}

func newLeakHay(raw []byte) leakHay {
	s := string(wideToUTF8(raw))
	h := leakHay{plain: foldText(s)}
	coded := s
	for seen := s; ; { // an escape may hide another
		next := unescape(seen)
		if next == seen || len(h.unpacked) == 4 {
			break
		}
		h.unpacked = append(h.unpacked, foldText(next))
		seen, coded = next, coded+"\n\n"+next
	}
	all := h.plain + "\n" + strings.Join(h.unpacked, "\n")
	h.words = wordText(all)
	h.letters = strings.ReplaceAll(h.words, " ", "")
	h.packed = strings.Join(strings.Fields(unwrapped.Replace(coded)), "")
	h.digits = strings.ToLower(h.packed)
	return h
}

// wideToUTF8 undoes UTF-16, which begins with a mark or has zeroes between
// plain letters.
func wideToUTF8(raw []byte) []byte {
	if bytes.Count(raw, []byte{0}) < max(1, len(raw)/4) {
		return raw
	}
	low := 0 // the place of the low byte
	if len(raw) > 1 && raw[0] == 0 || bytes.HasPrefix(raw, []byte{0xFE, 0xFF}) {
		low = 1
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i+low])|uint16(raw[i+1-low])<<8)
	}
	return append(append(slices.Clone(raw), '\n'), string(utf16.Decode(units))...)
}

var (
	jsonEscape    = regexp.MustCompile(`(?:\\+u[0-9a-fA-F]{4})+|\\+[nrtbf"/]`)
	percentEscape = regexp.MustCompile(`(?:%[0-9a-fA-F]{2})+`)
	quotedEscape  = regexp.MustCompile(`(?:=[0-9A-F]{2})+|=\r?\n`) // of mail
)

var (
	unwrapped = strings.NewReplacer(`\n`, "", `\r`, "", `\/`, "/")
	defanged  = strings.NewReplacer(".", "[.]", ":", "[:]")
	urlSafe   = strings.NewReplacer("+", "-", "/", "_")
)

func unescape(s string) string {
	s = jsonEscape.ReplaceAllStringFunc(s, func(m string) string {
		short := `\` + strings.TrimLeft(m, `\`)
		if short[1] != 'u' {
			if short[1] == '"' || short[1] == '/' {
				return short[1:]
			}
			return " "
		}
		var units []uint16
		for _, four := range strings.Split(strings.ReplaceAll(m, `\`, ""), "u")[1:] {
			n, err := strconv.ParseUint(four, 16, 16)
			if err != nil {
				return m
			}
			units = append(units, uint16(n))
		}
		return string(utf16.Decode(units))
	})
	s = percentEscape.ReplaceAllStringFunc(s, func(m string) string {
		if u, err := url.PathUnescape(m); err == nil {
			return u
		}
		return m
	})
	s = quotedEscape.ReplaceAllStringFunc(s, func(m string) string {
		if raw, err := hex.DecodeString(strings.ReplaceAll(m, "=", "")); err == nil {
			return string(raw)
		}
		return ""
	})
	return html.UnescapeString(s)
}

// A leakNeedle is one value in the ways to write it.
type leakNeedle struct {
	value  string
	forms  []string // folded
	places bool     // an address or a host name: no letter or digit beside it
	words  string   // of a name
	base64 []string
	hex    []string
	phone  *regexp.Regexp // of a telephone number, and then nothing else
}

func newLeakNeedle(value string) leakNeedle {
	n := leakNeedle{value: value}
	if digits, ok := advisory.Phone(value); ok {
		n.forms, n.phone = []string{digits}, advisory.PhonePattern(digits)
		return n
	}
	v, whole := advisory.Whole(value)
	if !whole {
		v = strings.TrimSpace(value)
	}
	forms, isPlace := placeForms(v)
	n.places = isPlace || whole || len(v) < 6
	for _, f := range append(forms, v) {
		if f = foldText(f); !slices.Contains(n.forms, f) {
			n.forms = append(n.forms, f)
		}
	}
	if !isPlace { // of a text with several lines, formats write the breaks in their own ways
		n.words = wordText(foldText(v))
	}
	for _, f := range []string{v, strings.ToLower(v), strings.ToUpper(v)} {
		if len(f) >= 6 {
			n.base64 = append(n.base64, base64Forms(f)...)
			n.hex = append(n.hex, hex.EncodeToString([]byte(f)))
		}
	}
	return n
}

// in returns how the text has the value, or "".
func (n leakNeedle) in(h leakHay) string {
	if n.phone != nil {
		if n.phone.MatchString(h.plain) || slices.ContainsFunc(h.unpacked, n.phone.MatchString) {
			return "by its digits"
		}
		return ""
	}
	for _, f := range n.forms {
		if n.has(h.plain, f) {
			return "as it is"
		}
		for _, u := range h.unpacked {
			if n.has(u, f) {
				return "escaped"
			}
		}
	}
	if len(n.words) > 2 && strings.Contains(h.words, n.words) {
		return "with other punctuation"
	}
	if run := strings.ReplaceAll(n.words, " ", ""); len(run) >= 8 && strings.Contains(strings.TrimSpace(n.words), " ") && strings.Contains(h.letters, run) {
		return "run together"
	}
	for _, f := range n.base64 {
		if strings.Contains(h.packed, f) {
			return "base64"
		}
	}
	for _, f := range n.hex {
		if strings.Contains(h.digits, f) {
			return "hexadecimal"
		}
	}
	return ""
}

func (n leakNeedle) has(text, form string) bool {
	if !n.places {
		return strings.Contains(text, form)
	}
	for from := 0; ; {
		i := strings.Index(text[from:], form)
		if i < 0 || form == "" {
			return false
		}
		start, end := from+i, from+i+len(form)
		if !touches(text[:start], true) && !touches(text[end:], false) {
			return true
		}
		from = start + 1
	}
}

// touches tells whether a text ends (or begins) with a sign that makes
// another word of what follows (or comes before).
func touches(s string, atEnd bool) bool {
	r := []rune(s[:min(len(s), 4)])
	if atEnd {
		r = []rune(s[max(0, len(s)-4):])
		slices.Reverse(r)
	}
	return len(r) > 0 && (unicode.IsLetter(r[0]) && r[0] != unicode.ReplacementChar || unicode.IsDigit(r[0]))
}

// placeForms are the spellings of an address, a prefix or a host name.
func placeForms(v string) (forms []string, ok bool) {
	if p, err := netip.ParsePrefix(v); err == nil {
		return []string{p.String(), p.Masked().String(), p.Addr().StringExpanded() + fmt.Sprintf("/%d", p.Bits())}, true
	}
	if a, err := netip.ParseAddr(strings.Trim(v, "[]")); err == nil {
		return addrForms(a.Unmap().WithZone("")), true
	}
	host := strings.ToLower(strings.TrimSuffix(v, "."))
	if !strings.Contains(host, ".") || strings.ContainsAny(host, " /@:") {
		return nil, false
	}
	forms = []string{host, strings.ReplaceAll(host, ".", "[.]"), strings.ReplaceAll(host, ".", "(.)")}
	labels := strings.Split(host, ".")
	slices.Reverse(labels)
	forms = append(forms, strings.Join(labels, "."))
	if u, err := idna.ToUnicode(host); err == nil {
		forms = append(forms, u)
	}
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		forms = append(forms, a)
	}
	return forms, true
}

func addrForms(a netip.Addr) []string {
	forms := []string{a.String(), a.StringExpanded(), defanged.Replace(a.String())}
	if !a.Is4() {
		nibbles := strings.Split(strings.ReplaceAll(a.StringExpanded(), ":", ""), "")
		forms = append(forms, strings.Join(nibbles, ""), strings.ReplaceAll(a.StringExpanded(), ":", "-"))
		slices.Reverse(nibbles)
		groups := strings.Split(a.StringExpanded(), ":")
		for i, g := range groups {
			groups[i] = cmp.Or(strings.TrimLeft(g, "0"), "0")
		}
		return append(forms, strings.Join(nibbles, "."), strings.Join(groups, ":"))
	}
	b := a.As4()
	on, back := []any{b[0], b[1], b[2], b[3]}, []any{b[3], b[2], b[1], b[0]}
	for _, f := range []string{"%d.%d.%d.%d", "%d-%d-%d-%d", "%d_%d_%d_%d", "%03d.%03d.%03d.%03d"} {
		forms = append(forms, fmt.Sprintf(f, on...), fmt.Sprintf(f, back...))
	}
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	mapped := netip.AddrFrom16(a.As16())
	return append(forms, fmt.Sprint(n), fmt.Sprintf("0x%08x", n), mapped.StringExpanded(), mapped.String(),
		fmt.Sprintf("::ffff:%x:%x", n>>16, n&0xffff))
}

// base64Forms are what is constant of a value's base64 wherever in a longer
// text it begins.
func base64Forms(v string) []string {
	var out []string
	for lead := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, lead), v...))
		from, to := (lead*8+5)/6, (lead+len(v))*8/6
		out = append(out, text[from:to])
		if safe := urlSafe.Replace(text[from:to]); safe != text[from:to] {
			out = append(out, safe)
		}
	}
	return out
}

// foldText removes what does not change a word for its reader: case, accents,
// width, and signs that cannot be seen.
func foldText(s string) string {
	if isLowerASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Cf, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// wordText keeps letters and digits, one space between words and around.
func wordText(s string) string {
	f := strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mc, r)
	})
	return " " + strings.Join(f, " ") + " "
}
