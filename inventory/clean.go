package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// CleanText makes foreign text fit to be stored and shown as one value: C0
// and C1 control characters go, except newline and tab, and so do the
// characters that reorder or hide text (bidirectional overrides and isolates,
// line and paragraph separators, byte-order marks, tag characters). Bytes
// that are not UTF-8 show as \xNN. The result is valid UTF-8 of at most max
// bytes; a text that was cut ends with "…". Cleaning twice changes nothing.
//
// A page, a spreadsheet and a terminal still need their own escaping.
func CleanText(s string, max int) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case isControl(r) || isInvisible(r):
		default:
			b.WriteRune(r)
		}
		i += size
		// The longest that one step can add is 4 bytes; stop early, so that
		// a hostile gigabyte costs no more than what is kept of it.
		if b.Len() > max+utf8.UTFMax {
			break
		}
	}
	return cut(b.String(), max)
}

// CleanEvidence returns e as it is stored: valid UTF-8, each side at most
// MaxEvidence bytes. Unlike CleanText it shows what it disarms, control bytes
// as \xNN and reordering characters as \uNNNN, because the bytes of a binary
// protocol are the proof. A carriage return before a newline goes silently.
// Passwords, keys and the like are hidden: they would make the store of proofs
// a prize by itself.
// Cleaning twice changes nothing.
func CleanEvidence(e Evidence) Evidence {
	return Evidence{Request: cleanBytes(e.Request), Response: cleanBytes(e.Response)}
}

// ID names e by its cleaned content, so that the same proof seen twice is
// stored once. It is the SHA-256 of the cleaned request, its length in front,
// and the cleaned response.
func (e Evidence) ID() EvidenceID {
	c := CleanEvidence(e)
	h := sha256.New()
	fmt.Fprintf(h, "%d\n", len(c.Request)) // hash.Hash never fails
	h.Write(c.Request)
	h.Write(c.Response)
	return EvidenceID(hex.EncodeToString(h.Sum(nil)))
}

func cleanBytes(raw []byte) []byte {
	if len(raw) == 0 {
		return nil
	}
	var b strings.Builder
	for i := 0; i < len(raw) && b.Len() <= MaxEvidence; {
		r, size := utf8.DecodeRune(raw[i:])
		switch {
		case r == '\r' && i+1 < len(raw) && raw[i+1] == '\n':
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, raw[i])
		case isControl(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xFFFF && isInvisible(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case isInvisible(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return []byte(cutHiding(b.String(), MaxEvidence))
}

// isControl is C0, DEL and C1 without newline and tab.
func isControl(r rune) bool {
	return r < 0x20 && r != '\n' && r != '\t' || r >= 0x7F && r <= 0x9F
}

// isInvisible is what reorders or hides text. Zero-width joiners stay: the
// region's scripts need them.
func isInvisible(r rune) bool {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // bidirectional overrides, isolates
	case r == 0x2028, r == 0x2029, r == 0xFEFF: // separators, byte-order mark
	case r >= 0xE0000 && r <= 0xE007F: // tags
	default:
		return false
	}
	return true
}

// cut shortens valid UTF-8 to at most max bytes, at the end of a rune.
func cut(s string, max int) string {
	const mark = "…"
	if len(s) <= max {
		return s
	}
	end := max - len(mark)
	if end < 0 {
		return ""
	}
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}
