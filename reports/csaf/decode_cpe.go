package csaf

import (
	"net/url"
	"strings"
)

// readCPE returns a CPE as a 2.3 formatted string; "" when s is none.
func readCPE(s string) string {
	if strings.HasPrefix(s, "cpe:2.3:") {
		if len(cpeParts(s)) != 13 {
			return ""
		}
		return s
	}
	rest, ok := strings.CutPrefix(s, "cpe:/")
	if !ok {
		return ""
	}
	parts := strings.Split(strings.ToLower(rest), ":")
	if len(parts) < 2 || len(parts) > 7 {
		return ""
	}
	// part, vendor, product, version, update, edition, language; the edition
	// may hold the five that came later: ~edition~sw_edition~target_sw~...
	out := make([]string, 11)
	copy(out, parts)
	if extended := strings.Split(out[5], "~"); len(extended) == 6 {
		out[5] = extended[1]
		copy(out[7:], extended[2:])
	}
	for i, p := range out {
		value, ok := cpeValue(p)
		if !ok {
			return ""
		}
		out[i] = value
	}
	return "cpe:2.3:" + strings.Join(out, ":")
}

// cpeValue rewrites one part of a CPE 2.2 URI for a 2.3 string, in which
// all but letters, digits and a few signs is quoted.
func cpeValue(s string) (string, bool) {
	switch s {
	case "":
		return "*", true
	case "-":
		return "-", true
	}
	s, err := url.PathUnescape(s)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == 1: // %01 and %02 are the wildcards
			b.WriteByte('?')
		case r == 2:
			b.WriteByte('*')
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-':
			b.WriteRune(r)
		case r > ' ' && r < 0x7f:
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			return "", false
		}
	}
	return b.String(), true
}

// cpeParts splits at the colons that are not quoted.
func cpeParts(s string) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ':':
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// cpeVersion is the version that a 2.3 string names, "" for any.
func cpeVersion(cpe string) string {
	parts := cpeParts(cpe)
	if len(parts) != 13 || parts[5] == "*" || parts[5] == "-" {
		return ""
	}
	return strings.ReplaceAll(parts[5], `\`, "")
}
