package inventory

import (
	"regexp"
	"slices"
	"strings"
)

// hidden stands in place of a secret.
const hidden = "***"

var (
	secretNames = secretStems()

	// secretValue is what follows such a name, and the value: in settings
	// ("DB_PASSWORD=x"), headers ("X-Api-Key: x"), JSON, also Spring's with
	// {"value": "x"}, and the rows of an HTML table. Its bounds keep a hostile
	// answer that is all names from costing more than it is long.
	secretValue = regexp.MustCompile(`^([\w.-]{0,40}["']?(?:\s{0,9}[=:]\s{0,9}(?:\{\s{0,9}"value"\s{0,9}:\s{0,9})?|\s{0,9}</t[dh]>\s{0,9}<td[^<>]{0,99}>\s{0,9}))` +
		`("[^"\n]*"?|'[^'\n]*'?|[^\s,;&<>"'{}\[\]]+)`)

	// urlPassword is the password in scheme://user:password@host.
	urlPassword = regexp.MustCompile(`(://[^/\s:@"'<>]*:)([^/\s@"'<>]+)(@)`)

	privateKey = regexp.MustCompile(`(-----BEGIN [A-Z ]*PRIVATE KEY-----)([^-]*)(-----END [A-Z ]*PRIVATE KEY-----|-*)`)
)

// secretStems lists what names of secrets hold, in lower case.
func secretStems() []string {
	out := []string{"password", "passwd", "passphrase", "_pass", "pwd", "secret", "token", "credential"}
	for _, kind := range []string{"api", "app", "access", "private", "secret", "encryption", "signing"} {
		for _, joint := range []string{"", "_", "-", "."} {
			out = append(out, kind+joint+"key")
		}
	}
	return out
}

// cutHiding hides secrets and cuts. What is hidden or cut can make something
// else look like a secret, so it goes on until nothing changes; each round
// leaves less that could.
func cutHiding(s string, max int) string {
	const rounds = 16
	for range rounds {
		next := cut(hideSecrets(s), max)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// hideSecrets masks values that are secret by their name or form: that a file
// with a password can be read is the finding, and does not need the password.
// The names stay, so that its owner knows what to replace.
func hideSecrets(s string) string {
	if strings.Contains(s, "://") {
		s = hideMatches(s, urlPassword.FindAllStringSubmatchIndex(s, -1), hidden)
	}
	if strings.Contains(s, "PRIVATE KEY-----") {
		s = hideMatches(s, privateKey.FindAllStringSubmatchIndex(s, -1), "\n"+hidden+"\n")
	}
	return hideMatches(s, namedSecrets(s), hidden)
}

// namedSecrets finds the values that follow the names of secrets, in order, in
// the manner of regexp's FindAllStringSubmatchIndex.
func namedSecrets(s string) [][]int {
	lower := strings.Map(func(r rune) rune { // of ASCII only: other letters change their length
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
	var ends []int
	for _, name := range secretNames {
		for at := 0; ; {
			i := strings.Index(lower[at:], name)
			if i < 0 {
				break
			}
			at += i + len(name)
			ends = append(ends, at)
		}
	}
	slices.Sort(ends)
	var out [][]int
	done := 0
	for _, end := range ends {
		if end < done {
			continue
		}
		if m := secretValue.FindStringSubmatchIndex(s[end:]); m != nil {
			for i := range m {
				m[i] += end
			}
			out, done = append(out, m), m[1]
		}
	}
	return out
}

// hideMatches puts mask in place of each match's second group, unless that is
// a mask already, or what a cut left of one.
func hideMatches(s string, matches [][]int, mask string) string {
	if len(matches) == 0 {
		return s
	}
	var b strings.Builder
	end := 0
	for _, m := range matches {
		value := strings.TrimLeft(s[m[4]:m[5]], "\"'\n")
		if value == "" || strings.HasPrefix(value, "*") || strings.HasPrefix(value, "…") {
			continue
		}
		b.WriteString(s[end:m[4]])
		b.WriteString(mask)
		end = m[5]
	}
	b.WriteString(s[end:])
	return b.String()
}
