package match

import "strings"

// maxSpared bounds what is weighed against each warning. Of more, the warnings
// stand.
const maxSpared = 200

// spares tells whether a statement that a version is not affected counts for
// some software. The maker's word is none on a distribution's build of the
// same number, nor the other way round: some weaknesses are only in one.
func (s statement) spares(sw *software) bool {
	return !sw.packaged && !s.span.packaged && !packagePattern.MatchString(strings.ToLower(s.span.text))
}

// against weighs a warning against what the document says not to be affected
// by the same weakness. It falls where that surely is what runs, and narrower
// than the warning; it stays as it is where the warning is the narrower one,
// and in doubt where neither is, or nothing tells which of them is meant.
func (s speaker) against(spared []speaker) (_ speaker, stands bool) {
	for _, n := range spared {
		if n.about != s.about || n.cve != "" && n.cve != s.cve || s.narrower(n) {
			continue
		}
		narrower := n.narrower(s)
		switch {
		case n.certain && narrower && s.edition == "":
			return s, false
		case s.certain && n.certain:
			s.certain, s.clash = false, "not affected"
		case s.certain && (narrower || n.edition != ""):
			s.certain, s.clash = false, "perhaps not affected"
		}
	}
	return s, true
}

// narrower tells whether s surely is about less than o is.
func (s speaker) narrower(o speaker) bool {
	return !s.span.packaged && !o.span.packaged && s.part.within(o.part) && !o.part.within(s.part)
}

// around is the part of the range that holds a version, or may hold it.
func (r span) around(v version) interval {
	var part interval
	f := outside
	for _, e := range r.equals {
		if g := satisfies(v.compare(e), equal); g > f {
			f, part = g, interval{&bound{">=", e}, &bound{"<=", e}}
		}
	}
	for _, i := range r.intervals {
		if g := i.holds(v); g > f {
			f, part = g, i
		}
	}
	return part
}

// within tells whether all of i surely is in o.
func (i interval) within(o interval) bool {
	return (o.low == nil || i.low != nil && i.low.inside(*o.low, 1)) && (o.high == nil || i.high != nil && i.high.inside(*o.high, -1))
}

// inside tells whether b leaves no more than o does, of which both are lower
// bounds (side 1) or upper ones (-1).
func (b bound) inside(o bound, side int) bool {
	if c := b.v.order(o.v) * side; c != 0 {
		return c > 0
	}
	return b.v.compare(o.v) == equal && (len(b.op) == 1 || len(o.op) == 2) // "<" is inside "<="
}
