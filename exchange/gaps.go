package exchange

import "slices"

// A Gap is a run of sequence numbers that never came, both ends included.
type Gap struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Gaps finds what is missing before the highest of the sequence numbers seen,
// counting from 1. The numbers come in any order and more than once: bundles
// are carried by hand, and replayed.
func Gaps(seen []int64) []Gap {
	seen = slices.Compact(slices.Sorted(slices.Values(seen))) // no number after the highest, which may have no next
	gaps := []Gap{}
	next := int64(1)
	for _, n := range seen {
		if n < next {
			continue
		}
		if n > next {
			gaps = append(gaps, Gap{From: next, To: n - 1})
		}
		next = n + 1
	}
	return gaps
}
