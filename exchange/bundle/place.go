package bundle

import (
	"fmt"
	"slices"
	"strings"
)

// Status is where a bundle's number stands among those seen.
type Status string

// Statuses. Only a replay is not to be used.
const (
	New    Status = "new"
	Replay Status = "replay"
	Gap    Status = "gap" // new, and others are still missing
)

// A Range is numbers from From to To, both included.
type Range struct{ From, To int64 }

// String writes "4" or "4-6".
func (r Range) String() string {
	if r.From == r.To {
		return fmt.Sprint(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

// A Placement is a Status and what has not arrived below the highest number.
type Placement struct {
	Status  Status
	Missing []Range // sorted
}

// String writes "gap: 4-6, 9 missing".
func (p Placement) String() string {
	if len(p.Missing) == 0 {
		return string(p.Status)
	}
	var list []string
	for _, r := range p.Missing {
		list = append(list, r.String())
	}
	return fmt.Sprintf("%s: %s missing", p.Status, strings.Join(list, ", "))
}

// Place tells where a number stands among those seen from the same sender, in
// any order. Numbers count from 1, so what never arrived before the first that
// did is missing, too. A late one that fills a gap is new.
func Place(seen []int64, sequence int64) Placement {
	all := slices.Clone(seen)
	p := Placement{Status: Replay}
	if !slices.Contains(seen, sequence) {
		p.Status = New
		all = append(all, sequence)
	}
	slices.Sort(all)
	expected := int64(1)
	for _, n := range all {
		if n > expected {
			p.Missing = append(p.Missing, Range{expected, n - 1})
		}
		expected = max(expected, n+1)
	}
	if p.Status == New && len(p.Missing) > 0 {
		p.Status = Gap
	}
	return p
}
