package match

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A fit says whether a version is in a range. The values are in order, so
// that the larger of two is their "or" and the smaller their "and".
type fit uint8

const (
	outside fit = iota
	perhaps
	inside
)

// A span is a range of versions.
type span struct {
	text      string
	every     bool
	none      bool // it says that there is no such version
	unknown   bool // nobody can read it, or it says nothing
	equals    []version
	except    []version
	intervals []interval
	// packaged versions are those of a distribution: its numbers are not the
	// maker's, which is what a banner tells.
	packaged bool
}

// An interval has a lower bound, an upper one, or both.
type interval struct{ low, high *bound }

type bound struct {
	op string // < <= > >=
	v  version
}

const (
	maxSpan        = 4096 // bytes
	maxConstraints = 200
)

var constraintPattern = regexp.MustCompile(`^(<=|>=|!=|<|>|==?|)\s*([vV]?[0-9][0-9A-Za-z._:+~-]*)$`)

// parseSpan reads a vers specifier (vers:generic/>=1.0|<2.0), or operators
// without its beginning (>=1.0, <2.0).
func parseSpan(s string) span {
	s = strings.TrimSpace(s)
	r := span{text: s}
	if s == "" || len(s) > maxSpan {
		return span{text: s[:min(len(s), maxVersion)], unknown: true}
	}
	body, vers := strings.CutPrefix(s, "vers:")
	if vers {
		scheme, rest, ok := strings.Cut(body, "/")
		if !ok {
			return span{text: s, unknown: true}
		}
		r.none = scheme == "none"
		r.packaged = slices.Contains([]string{"deb", "rpm", "apk", "alpm", "ebuild"}, scheme)
		r.text, body = rest, rest
	}
	if r.none {
		return r
	}
	constraints := strings.FieldsFunc(body, func(c rune) bool { return c == '|' || c == ',' })
	if len(constraints) == 0 || len(constraints) > maxConstraints {
		return span{text: r.text, unknown: true}
	}
	var bounds []bound
	for _, c := range constraints {
		c = strings.TrimSpace(c)
		if vers {
			plain, err := url.PathUnescape(c)
			if err != nil {
				return span{text: r.text, unknown: true}
			}
			c = plain
		}
		if c == "*" && len(constraints) == 1 {
			r.every = true
			return r
		}
		m := constraintPattern.FindStringSubmatch(c)
		if m == nil {
			return span{text: r.text, unknown: true}
		}
		v := parseVersion(m[2])
		switch m[1] {
		case "", "=", "==":
			r.equals = append(r.equals, v)
		case "!=":
			r.except = append(r.except, v)
		default:
			bounds = append(bounds, bound{m[1], v})
		}
	}
	r.intervals = intervalsOf(bounds)
	return r
}

// intervalsOf pairs bounds as vers wants them: in order, each lower one with
// the next upper one. Of several lower ones in a row the first counts, and of
// several upper ones the last.
func intervalsOf(bounds []bound) []interval {
	slices.SortStableFunc(bounds, func(a, b bound) int { return a.v.order(b.v) })
	var out []interval
	for i := range bounds {
		b := &bounds[i]
		n := len(out)
		switch {
		case b.lower() && (n == 0 || out[n-1].high != nil):
			out = append(out, interval{low: b})
		case b.lower(): // inside the one that is open
		case n == 0:
			out = append(out, interval{high: b})
		default:
			out[n-1].high = b
		}
	}
	return out
}

func (b bound) lower() bool { return b.op[0] == '>' }

// holds tells whether a version is in the range.
func (r span) holds(v version) fit {
	switch {
	case r.none:
		return outside
	case r.every:
		return inside
	case r.unknown || v.vague:
		return perhaps
	}
	f := outside
	if len(r.equals)+len(r.intervals) == 0 { // all but the exceptions
		f = inside
	}
	for _, e := range r.equals {
		f = max(f, satisfies(v.compare(e), equal))
	}
	for _, i := range r.intervals {
		f = max(f, i.holds(v))
	}
	for _, e := range r.except {
		f = min(f, inside-satisfies(v.compare(e), equal))
	}
	return f
}

func (i interval) holds(v version) fit {
	f := inside
	for _, b := range []*bound{i.low, i.high} {
		if b == nil {
			continue
		}
		var wanted outcomes
		switch b.op {
		case "<":
			wanted = less
		case "<=":
			wanted = less | equal
		case ">":
			wanted = greater
		case ">=":
			wanted = greater | equal
		}
		f = min(f, satisfies(v.compare(b.v), wanted))
	}
	return f
}

// satisfies tells whether what can be is what is wanted.
func satisfies(can, wanted outcomes) fit {
	switch {
	case can&^wanted == 0:
		return inside
	case can&wanted == 0:
		return outside
	}
	return perhaps
}
