package advisory

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/inventory"
	"golang.org/x/text/unicode/norm"
)

// CheckLeaks refuses an advisory that names one of the forbidden: names of
// organisations and sites, addresses, prefixes, host names, URLs, mail
// addresses, texts in quotes, which are found as a whole only, and telephone
// numbers, "tel:" and digits, which are compared by these. What stands in Affected is forbidden in any case, everywhere
// else. It searches every text but Affected, and finds other ways to
// write the same: another case, accents or punctuation, an address reversed,
// spelled out, defanged, or cut to its network, a host name's domain, the
// telling words and the initials of a name, percent-encoding. The error is an
// InputError that says where.
//
// It cannot find a description in other words: the approver reads for that.
//
// It takes a whole country: the texts are indexed, and only what they may have
// is looked for.
func (a Advisory) CheckLeaks(forbidden []string) error {
	texts, err := a.texts()
	if err != nil {
		return fmt.Errorf("check advisory %s for leaks: %w", a.ID, err)
	}
	hays := make([]haystack, len(texts))
	for i, t := range texts {
		hays[i] = newHaystack(t.value)
	}
	return a.checkLeaks(append(a.ownNeedles(), needlesForAll(near(hays, forbidden))...))
}

func (a Advisory) checkLeaks(needles []needle) error {
	texts, err := a.texts()
	if err != nil {
		return fmt.Errorf("check advisory %s for leaks: %w", a.ID, err)
	}
	for _, t := range texts {
		if n, ok := find(needles, t.value); ok {
			return &inventory.InputError{
				Field: t.field, Value: n.shown,
				Message: "tells who is exposed (it points at " + n.of + ")",
				Hint:    "take it out: an advisory names no operator, site, address or host",
			}
		}
	}
	return nil
}

// needlesForAll is worth keeping, and not for a whole country: see near.
func needlesForAll(forbidden []string) []needle {
	var out []needle
	for _, f := range forbidden {
		out = append(out, needlesFor(f)...)
	}
	return out
}

// find returns the first needle in a text.
func find(needles []needle, text string) (needle, bool) {
	hay := newHaystack(text)
	for _, n := range needles {
		if n.in(hay) {
			return n, true
		}
	}
	return needle{}, false
}

// field is one text of an advisory, with its place: "history[0].summary".
type field struct{ field, value string }

// texts lists every text there is but those in Affected, also in fields that
// come later: it walks the advisory as JSON.
func (a Advisory) texts() ([]field, error) {
	a.Affected = nil
	raw, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	var doc any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	var out []field
	walk("", doc, &out)
	slices.SortFunc(out, func(a, b field) int { return strings.Compare(a.field, b.field) })
	return out, nil
}

func walk(path string, v any, out *[]field) {
	switch v := v.(type) {
	case string:
		*out = append(*out, field{path, v})
	case []any:
		for i, e := range v {
			walk(fmt.Sprintf("%s[%d]", path, i), e, out)
		}
	case map[string]any:
		for k, e := range v {
			walk(strings.TrimPrefix(path+"."+k, "."), e, out)
		}
	}
}

// A needle is one way to write something forbidden.
type needle struct {
	shown string // as the error shows it
	of    string // what it points at, as forbidden
	match func(haystack) bool
}

func (n needle) in(h haystack) bool { return n.match(h) }

// haystack is one text in the forms that needles are searched in.
type haystack struct {
	exact   string // decoded, case kept
	plain   string // folded: lower case, no accents, defanged
	words   string // plain, with every other sign a space, and spaces around
	letters string // plain, letters and digits only
}

func newHaystack(s string) haystack {
	all := s
	if u, err := url.PathUnescape(s); err == nil && u != s {
		all += " " + u
	}
	if u := html.UnescapeString(s); u != s {
		all += " " + u
	}
	plain := plainText(all)
	return haystack{
		exact: norm.NFKC.String(all), plain: plain,
		words: wordsOf(plain), letters: lettersOf(plain),
	}
}

// The ways to write a dot and an at sign so that no program follows it.
var (
	defangedDot = regexp.MustCompile(`\s*[\[({]\s*(dot|\.)\s*[\])}]\s*`)
	defangedAt  = regexp.MustCompile(`\s*[\[({]\s*(at|@)\s*[\])}]\s*`)
)

// plainText is s folded and without defanging.
func plainText(s string) string {
	if s = fold(s); !strings.ContainsAny(s, "[({") {
		return s
	}
	s = defangedDot.ReplaceAllString(s, ".")
	s = defangedAt.ReplaceAllString(s, "@")
	return strings.ReplaceAll(s, "[:]", ":")
}

// fold removes what does not change a word for its reader: case, accents,
// width, and characters that cannot be seen.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Cf, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// wordsOf keeps letters and digits, one space between words and around.
func wordsOf(s string) string {
	f := strings.FieldsFunc(s, func(r rune) bool { return !isWord(r) })
	return " " + strings.Join(f, " ") + " "
}

func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if isWord(r) {
			return r
		}
		return -1
	}, s)
}

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r)
}

// between tells whether s holds part with neither a letter nor a digit before
// and after it, and, where part is an address, no further piece of one.
func between(s, part string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], part)
		if part == "" || i < 0 {
			return false
		}
		start, end := from+i, from+i+len(part)
		before, _ := utf8.DecodeLastRuneInString(s[:start])
		after, _ := utf8.DecodeRuneInString(s[end:])
		if (start == 0 || !isWord(before)) && (end == len(s) || !isWord(after)) {
			return true
		}
		from = start + 1
		for from < len(s) && !utf8.RuneStart(s[from]) {
			from++
		}
	}
}
