package inventory

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// parseHostname puts a full domain name into canonical form: ASCII, lower
// case, no trailing dot. field is how the user calls the input.
func parseHostname(field, s string) (string, error) {
	if strings.ContainsRune(s, '_') {
		return "", invalid(field, s, "host names have no underscore", "check the spelling, or register the address instead")
	}
	name, err := idna.Lookup.ToASCII(s)
	if err != nil || !utf8.ValidString(s) { // a URL's host can be escaped bytes
		return "", invalid(field, s, "not a host name", "use letters, digits, hyphens and dots; a name in another script must be valid under IDNA")
	}
	// The root's dot may itself have been written in another script, so this
	// comes after the mapping, like everything below.
	name = strings.TrimSuffix(name, ".")
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return "", invalid(field, s, "a part between dots is empty or longer than 63 characters", "")
		}
		if strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return "", invalid(field, s, "a part between dots begins or ends with a hyphen", "")
		}
	}
	switch last := labels[len(labels)-1]; {
	case len(name) > 253:
		return "", invalid(field, s, "longer than 253 characters", "")
	case isNumeric(last):
		// Programs read 010.0.0.1, 0x7f.1 and 127.1 as addresses, and not all
		// as the same one.
		return "", invalid(field, s, "looks like an IP address but is not one", "write four numbers from 0 to 255 without leading zeros: 192.0.2.10")
	case len(labels) == 1:
		return "", invalid(field, s, "not a full domain name", "write the whole name, such as "+name+".example.org, or the address")
	}
	return name, nil
}

// isNumeric tells whether a label is a number in some program's eyes: digits,
// or hexadecimal after 0x.
func isNumeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return isDigits(label)
}

// parseNamePattern is parseHostname that also takes "*.example.org", which
// covers every name below example.org but not example.org itself.
func parseNamePattern(field, s string) (string, error) {
	s = strings.TrimSpace(s)
	base, wild := strings.CutPrefix(s, "*.")
	name, err := parseHostname(field, base)
	if err != nil || !wild {
		return name, err
	}
	return "*." + name, nil
}

// nameMatches tells whether a canonical pattern covers a canonical name.
func nameMatches(pattern, name string) bool {
	if name == "" {
		return false
	}
	if base, wild := strings.CutPrefix(pattern, "*"); wild {
		return strings.HasSuffix(name, base) && len(name) > len(base)
	}
	return pattern == name
}
