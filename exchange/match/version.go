package match

import (
	"regexp"
	"strings"
)

// outcomes are the ways in which a comparison of two versions can end. More
// than one means that what is known does not tell.
type outcomes uint8

const (
	less outcomes = 1 << iota
	equal
	greater
	unclear = less | equal | greater
)

// A version is a maker's version number, as it stands in banners, CPEs and
// ranges: 1.2.3, 9.2p1, 1.0.2k, 2.0-rc1.
type version struct {
	text  string
	parts []part
	vague bool // it does not say one version: 3.X, 2.0 - 2.4, nothing
}

// A part is a run of digits, without leading zeros, or of letters.
type part struct {
	text string
	word bool
}

const maxVersion = 100 // bytes

var (
	vaguePattern   = regexp.MustCompile(`\d[._]x\b|\bx[._]|[|*?]|\s-\s|\bor (later|earlier)\b|\b(before|after|prior|through)\b`)
	mariaDBPrefix  = regexp.MustCompile(`^5\.5\.5-(\d+\.\d)`) // which MariaDB puts before its own, for old clients
	epochPattern   = regexp.MustCompile(`^\d{1,3}:`)
	packagePattern = regexp.MustCompile(`[-+][^-]*(deb\d|ubuntu|dfsg|\bel\d|\.el\d|\.fc\d|\.amzn|alpine|raspbian).*$`)
	partPattern    = regexp.MustCompile(`\d+|[a-z]+|~`)
)

// parseVersion reads what a banner, a CPE or a range gives as version.
func parseVersion(s string) version {
	s = strings.ToLower(strings.TrimSpace(s))
	v := version{text: s}
	if len(s) > maxVersion {
		v.text, v.vague = s[:maxVersion], true
		return v
	}
	if strings.Trim(s, "0123456789.") != "" {
		s = v.strip(s)
	}
	for _, t := range partPattern.FindAllString(s, -1) {
		p := part{text: t, word: t[0] < '0' || t[0] > '9'}
		if !p.word {
			p.text = strings.TrimLeft(t, "0")
		}
		if p.word && (t == "final" || t == "ga" || t == "release" || t == "stable") {
			continue
		}
		v.parts = append(v.parts, p)
	}
	if len(v.parts) == 0 || v.parts[0].word {
		v.vague = true
	}
	return v
}

// strip takes off what packagers and banners put around the maker's number.
func (v *version) strip(s string) string {
	v.vague = vaguePattern.MatchString(s)
	s, _, _ = strings.Cut(s, " ") // 9.2p1 Debian 2+deb12u1
	s = mariaDBPrefix.ReplaceAllString(s, "$1")
	s = epochPattern.ReplaceAllString(s, "")
	s = packagePattern.ReplaceAllString(s, "")
	s, _, _ = strings.Cut(s, "+") // a build says nothing of the order
	return strings.TrimPrefix(s, "v")
}

// compare tells how v, which something runs, may stand to bound, which
// somebody wrote into a document.
func (v version) compare(bound version) outcomes {
	if v.vague || bound.vague {
		return unclear
	}
	for i := 0; ; i++ {
		switch {
		case i == len(v.parts) && i == len(bound.parts):
			return equal
		case i == len(v.parts):
			return shorter(bound.parts[i:])
		case i == len(bound.parts):
			return longer(v.parts[i:], i)
		}
		if o := v.parts[i].compare(bound.parts[i]); o != equal {
			if v.parts[i].word && (counts(v.parts[i+1:]) || counts(bound.parts[i+1:])) && !v.parts[i].known(bound.parts[i]) {
				return unclear // R2 and X75 are lines of releases, and not in the order of their letters
			}
			return o
		}
	}
}

// order sorts the bounds of a range, of which each is what it says: 2.4 is
// before 2.4.50. What cannot be told stays as it stands.
func (v version) order(w version) int {
	for i := range max(len(v.parts), len(w.parts)) {
		a, b := part{}, part{}
		if i < len(v.parts) {
			a = v.parts[i]
		}
		if i < len(w.parts) {
			b = w.parts[i]
		}
		switch a.compare(b) {
		case less:
			return -1
		case greater:
			return 1
		case equal:
		case unclear:
			return 0
		}
	}
	return 0
}

// shorter is how 2.4 stands to a bound of 2.4 and rest.
func shorter(rest []part) outcomes {
	switch {
	case zeros(rest):
		return equal
	case rest[0].early() >= 0: // 2.4 and 2.4-rc1
		return greater
	case rest[0].word: // 9.2 and 9.2p1: the suffix may have been left out
		return less | equal
	}
	return unclear // 2.4 may be any 2.4.x
}

// longer is how a bound, of n parts, with rest after it stands to the bound.
func longer(rest []part, n int) outcomes {
	switch {
	case zeros(rest):
		return equal
	case rest[0].early() >= 0:
		return less
	case rest[0].word: // 9.2p1 is a 9.2
		return equal | greater
	case n < 3: // makers write 7.0 for all of 7.0.x, too
		return equal | greater
	}
	return greater
}

// counts tells whether a number follows.
func counts(rest []part) bool { return len(rest) > 0 && !rest[0].word }

// known tells whether one of two words is known to come before a release.
func (p part) known(q part) bool { return p.early() >= 0 || q.early() >= 0 }

func zeros(parts []part) bool {
	for _, p := range parts {
		if p.word || p.text != "" {
			return false
		}
	}
	return true
}

func (p part) compare(q part) outcomes {
	switch {
	case p == q:
		return equal
	case !p.word && !q.word:
		if len(p.text) != len(q.text) {
			return order(len(p.text) < len(q.text))
		}
		return order(p.text < q.text)
	}
	a, b := p.early(), q.early()
	switch {
	case a >= 0 && b >= 0 && a != b:
		return order(a < b)
	case a >= 0 && b < 0: // a release candidate comes before everything
		return less
	case a < 0 && b >= 0:
		return greater
	case p.word && q.word && len(p.text) == 1 && len(q.text) == 1: // 1.0.2k, 1.0.2u
		return order(p.text < q.text)
	}
	return unclear
}

func order(isLess bool) outcomes {
	if isLess {
		return less
	}
	return greater
}

// early ranks the words of what comes before a release; -1 is none of them.
func (p part) early() int {
	switch p.text {
	case "dev", "snapshot", "nightly":
		return 0
	case "alpha":
		return 1
	case "beta":
		return 2
	case "~", "pre", "preview":
		return 3
	case "rc":
		return 4
	}
	return -1
}
