package csaf

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The words that issuers write for ranges, where they leave no doubt. "Up to"
// does: nobody knows whether it is with or without.
const versionWord = `v?([0-9][0-9A-Za-z._+~:-]*)`

var (
	versForm    = regexp.MustCompile(`^vers:[a-z0-9.+-]+/[^\s]+$`)
	everyForm   = regexp.MustCompile(`(?i)^(all|any|\*|all versions|any version|vers:all/\*)$`)
	prefixForm  = regexp.MustCompile(`(?i)^(all versions|versions|version)\s+`)
	beforeForm  = regexp.MustCompile(`(?i)^(?:before|prior to|earlier than|older than)\s+` + versionWord + `$`)
	fromForm    = regexp.MustCompile(`(?i)^from\s+` + versionWord + `\s+before\s+` + versionWord + `$`)
	earlierForm = regexp.MustCompile(`(?i)^` + versionWord + `\s+(?:and|or)\s+(?:earlier|prior|older|below)(?:\s+versions)?$`)
	laterForm   = regexp.MustCompile(`(?i)^` + versionWord + `\s+(?:and|or)\s+(?:later|newer|above)(?:\s+versions)?$`)
	boundForm   = regexp.MustCompile(`(?i)^(<=|>=|<|>)\s*` + versionWord)
	betweenForm = regexp.MustCompile(`(?i)^(\s*[|,]\s*|\s+and\s+|\s+)`)
	rangeWords  = regexp.MustCompile(`(?i)[<>=*|,≤≥]|(^|\s)(after|all|any|before|earlier|later|prior|versions|from|to)(\s|$)`)
)

// exactly is the range of one version.
func exactly(version string) string { return "vers:generic/" + url.PathEscape(version) }

// versionRange reads the name of a product_version. Some issuers put ranges
// there, which the standard forbids.
func versionRange(name string) (vers string, vague bool) {
	switch {
	case name == "" || name == "-" || strings.EqualFold(name, "n/a"):
		return "", false
	case rangeWords.MatchString(name):
		return readRange(name)
	}
	if len(name) > 1 && strings.EqualFold(name[:1], "v") && name[1] >= '0' && name[1] <= '9' {
		name = name[1:] // V6.2 is 6.2
	}
	return exactly(name), false
}

// readRange reads the name of a product_version_range: a vers specifier, or
// words. Of what leaves a doubt it says that it is vague.
func readRange(name string) (vers string, vague bool) {
	if name == "" {
		return "", false
	}
	s := strings.Join(strings.Fields(name), " ")
	s = strings.NewReplacer("≤", "<=", "≥", ">=").Replace(s)
	if everyForm.MatchString(s) {
		return "vers:generic/*", false
	}
	if versForm.MatchString(name) {
		return name, false
	}
	s = prefixForm.ReplaceAllString(s, "")
	if m := beforeForm.FindStringSubmatch(s); m != nil {
		return bounds("", "<"+m[1])
	}
	if m := fromForm.FindStringSubmatch(s); m != nil {
		return bounds(">="+m[1], "<"+m[2])
	}
	if m := earlierForm.FindStringSubmatch(s); m != nil {
		return bounds("", "<="+m[1])
	}
	if m := laterForm.FindStringSubmatch(s); m != nil {
		return bounds(">="+m[1], "")
	}
	return readBounds(s)
}

// readBounds reads "<6.2.6" or ">=6.0, <6.2.6": one bound of each side at most.
func readBounds(s string) (vers string, vague bool) {
	var low, high string
	for s != "" {
		m := boundForm.FindStringSubmatch(s)
		if m == nil {
			return "", true
		}
		side := &high
		if strings.HasPrefix(m[1], ">") {
			side = &low
		}
		if *side != "" {
			return "", true
		}
		*side = m[1] + m[2]
		s = s[len(m[0]):]
		between := betweenForm.FindString(s)
		if s != "" && (between == "" || len(between) == len(s)) {
			return "", true
		}
		s = s[len(between):]
	}
	return bounds(low, high)
}

// bounds joins a lower and an upper one, either of which may be missing.
func bounds(low, high string) (vers string, vague bool) {
	all := slices.DeleteFunc([]string{low, high}, func(s string) bool { return s == "" })
	return "vers:generic/" + strings.Join(all, "|"), len(all) == 0
}
