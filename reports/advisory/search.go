package advisory

import "slices"

// FindLeaks returns those of forbidden that text names, sorted. It finds the
// same spellings as CheckLeaks, which searches a whole advisory.
func FindLeaks(text string, forbidden []string) []string {
	hay := newHaystack(text)
	out := []string{}
	for _, f := range near([]haystack{hay}, forbidden) {
		if slices.ContainsFunc(needlesFor(f), func(n needle) bool { return n.in(hay) }) {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
