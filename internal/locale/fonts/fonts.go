// Package fonts holds the fonts of the region's scripts, so that a page or a
// report looks the same everywhere, also without the internet.
package fonts

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed files/*.woff2
var files embed.FS

// A Font is one file, for the characters of one script.
type Font struct {
	Family string // of CSS: one for text, one for what machines write
	File   string // name of its WOFF2 file
	Weight string // of CSS: what the file can be
	Range  string // of CSS: the characters that it is for
}

// Families. Text is said in one family, whatever its scripts.
const (
	Text = "Noto Sans"
	Mono = "Noto Sans Mono"
)

const (
	latin    = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"
	anything = "100 900"
)

// All lists the fonts, Latin first.
func All() []Font {
	return []Font{
		{Text, "noto-sans-latin.woff2", anything, latin},
		{Mono, "noto-sans-mono-latin.woff2", anything, latin},
		{Text, "noto-sans-latin-ext.woff2", anything, "U+0100-0130,U+0132-0151,U+0154-02BA,U+02BD-02C5,U+02C7-02CC,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+20A0-20AB,U+20AD-20C0"},
		{Text, "noto-sans-bengali.woff2", anything, "U+0951-0952,U+0964-0965,U+0980-09FE,U+200C-200D,U+20B9,U+25CC"},
		{Text, "noto-sans-devanagari.woff2", anything, "U+0900-0950,U+0953-097F,U+0964-0965,U+1CD0-1CF9,U+200C-200D,U+20B9,U+25CC,U+A830-A839,U+A8E0-A8FF"},
		{Text, "noto-sans-sinhala.woff2", anything, "U+0D81-0DF4,U+200C-200D,U+25CC"},
		{Text, "noto-sans-tamil.woff2", anything, "U+0B82-0BFA,U+200C-200D,U+25CC"},
		{Text, "noto-sans-thai.woff2", anything, "U+0E01-0E5B,U+200C-200D,U+25CC"},
		{Text, "noto-sans-myanmar.woff2", anything, "U+1000-109F,U+200C-200D,U+25CC,U+A92E,U+A9E0-A9FE,U+AA60-AA7F"},
		// It has one weight, but says it has all: among faces of one family a
		// browser takes those of the closest weights and forgets the others, so
		// that plain Latin text would lose its font to this one.
		{Text, "noto-serif-tibetan.woff2", anything, "U+0F00-0FFF,U+200C-200D,U+25CC,U+3008-300B"},
	}
}

// Needed lists the fonts that a text needs, for files that carry their own.
// Joiners and the like, which many fonts have, call for none of them.
func Needed(text string) []Font {
	var out []Font
	seen := map[rune]bool{}
	for _, r := range text {
		if r > 0xff {
			seen[r] = true
		}
	}
	for i, f := range All() {
		if i < 2 || f.has(seen) { // the Latin ones always
			out = append(out, f)
		}
	}
	return out
}

// has tells whether the font is for one of the characters, and not only for
// marks that it shares with others.
func (f Font) has(runes map[rune]bool) bool {
	for r := range runes {
		if r == 0x200c || r == 0x200d || r == 0x25cc || r == 0x20b9 {
			continue
		}
		for part := range strings.SplitSeq(f.Range, ",") {
			first, last, ranged := strings.Cut(strings.TrimPrefix(part, "U+"), "-")
			if !ranged {
				last = first
			}
			from, errFrom := strconv.ParseInt(first, 16, 32)
			to, errTo := strconv.ParseInt(last, 16, 32)
			if errFrom == nil && errTo == nil && r >= rune(from) && r <= rune(to) {
				return true
			}
		}
	}
	return false
}

// WOFF2 is the file of the font.
func (f Font) WOFF2() ([]byte, error) {
	b, err := files.ReadFile("files/" + f.File)
	if err != nil {
		return nil, fmt.Errorf("read font %s: %w", f.File, err)
	}
	return b, nil
}

// Face is the font's rule of CSS; url says where its file is.
func (f Font) Face(url string) string {
	return fmt.Sprintf("@font-face{font-family:%q;font-style:normal;font-weight:%s;font-display:swap;src:url(%q) format(\"woff2\");unicode-range:%s}\n",
		f.Family, f.Weight, url, f.Range)
}
