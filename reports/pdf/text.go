package pdf

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// contains tells whether words stand in the text of one of the pages.
func (d *document) contains(pages []int, words string) (bool, error) {
	for _, page := range pages {
		text, err := d.pageText(page)
		if err != nil {
			return false, fmt.Errorf("read the text of a page: %w", err)
		}
		if strings.Contains(text, strings.ReplaceAll(words, " ", "")) {
			return true, nil
		}
	}
	return false, nil
}

// pageText is the text of a page without spaces: runs of glyphs, each in a
// font that says which letter a glyph is (ISO 32000-1, 9.10.2).
func (d *document) pageText(page int) (string, error) {
	content, err := d.stream(refers(d.object(page), "Contents"))
	if err != nil {
		return "", err
	}
	fonts, err := d.pageFonts(page)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	var now font
	last := ""
	for t := (tokens{content}); ; {
		token, ok := t.next()
		if !ok {
			return strings.ReplaceAll(out.String(), " ", ""), nil
		}
		switch {
		case strings.HasPrefix(token, "/"):
			last = token[1:]
		case token == "Tf":
			now = fonts[last]
		case strings.HasPrefix(token, "<") && now.digits > 0:
			for i := 1; i+now.digits <= len(token); i += now.digits {
				out.WriteString(now.letters[strings.ToUpper(token[i:i+now.digits])])
			}
		}
	}
}

var (
	fontsOfPage = regexp.MustCompile(`/Font <<([^>]*)>>`)
	fontOfPage  = regexp.MustCompile(`/(\S+) (\d+) 0 R`)
)

// A font says which letters a glyph is. Glyphs of fonts that were embedded
// whole have four digits, those of variable ones, which are drawn, have two.
type font struct {
	letters map[string]string
	digits  int
}

// pageFonts are the fonts of a page, by name.
func (d *document) pageFonts(page int) (map[string]font, error) {
	dict := d.object(page)
	if shared := refers(dict, "Resources"); shared > 0 {
		dict = d.object(shared)
	}
	out := map[string]font{}
	m := fontsOfPage.FindSubmatch(dict)
	if m == nil {
		return out, nil
	}
	for _, f := range fontOfPage.FindAllSubmatch(m[1], -1) {
		letters := refers(d.object(atoi(f[2])), "ToUnicode")
		if letters == 0 {
			continue // of pictures, such as emoji
		}
		text, err := d.stream(letters)
		if err != nil {
			return nil, err
		}
		out[string(f[1])] = cmap(text)
	}
	return out, nil
}

// cmap reads which letters glyphs are: sections of pairs, and of ranges.
func cmap(text []byte) font {
	out := font{letters: map[string]string{}}
	var args []string
	for t := (tokens{text}); ; {
		token, ok := t.next()
		if !ok {
			return out
		}
		switch token {
		case "begincodespacerange", "beginbfchar", "beginbfrange":
			args = nil
		case "endcodespacerange":
			if len(args) > 0 {
				out.digits = len(glyph(args[0]))
			}
		case "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				out.letters[glyph(args[i])] = letters(args[i+1], 0)
			}
		case "endbfrange":
			for i := 0; i+2 < len(args); i += 3 {
				out.addRange(args[i], args[i+1], args[i+2])
			}
		default:
			if strings.HasPrefix(token, "<") {
				args = append(args, token)
			}
		}
	}
}

// addRange adds a range whose letters follow one another. One that lists them
// is left out: Chromium writes none.
func (f *font) addRange(from, to, first string) {
	a, err1 := strconv.ParseUint(glyph(from), 16, 16)
	b, err2 := strconv.ParseUint(glyph(to), 16, 16)
	if err1 != nil || err2 != nil {
		return
	}
	for g := a; g <= b; g++ {
		f.letters[fmt.Sprintf("%0*X", f.digits, g)] = letters(first, uint16(g-a))
	}
}

func glyph(token string) string { return strings.ToUpper(strings.TrimPrefix(token, "<")) }

// letters reads UTF-16, its last unit raised by plus.
func letters(token string, plus uint16) string {
	raw, err := hex.DecodeString(glyph(token))
	if err != nil || len(raw) < 2 {
		return ""
	}
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	units[len(units)-1] += plus
	return string(utf16.Decode(units))
}

// tokens splits PDF syntax: names, hex strings (without their ">") and words;
// text in brackets and numbers are passed over or returned as they come.
type tokens struct{ rest []byte }

func (t *tokens) next() (string, bool) {
	for len(t.rest) > 0 {
		c := t.rest[0]
		switch {
		case bytes.IndexByte([]byte(" \t\r\n\x00\f[]{}>"), c) >= 0:
			t.rest = t.rest[1:]
		case c == '%':
			t.skipTo('\n')
		case c == '(':
			t.skipLiteral()
		case c == '<':
			return t.until(func(c byte) bool { return c == '>' }), true
		default:
			return t.until(func(c byte) bool { return bytes.IndexByte([]byte(" \t\r\n\x00\f[]{}<>()/%"), c) >= 0 }), true
		}
	}
	return "", false
}

func (t *tokens) until(end func(byte) bool) string {
	i := 1
	for i < len(t.rest) && !end(t.rest[i]) {
		i++
	}
	token := string(t.rest[:i])
	t.rest = t.rest[i:]
	return token
}

func (t *tokens) skipTo(c byte) {
	i := bytes.IndexByte(t.rest, c)
	if i < 0 {
		i = len(t.rest) - 1
	}
	t.rest = t.rest[i+1:]
}

func (t *tokens) skipLiteral() {
	depth := 0
	for i := 0; i < len(t.rest); i++ {
		switch t.rest[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				t.rest = t.rest[i+1:]
				return
			}
		}
	}
	t.rest = nil
}
