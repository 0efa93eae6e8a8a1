package exchange

import (
	"cmp"
	"strings"
)

// CompareVersions orders the versions of a document: numbers ("3"), semantic
// versions ("1.2.0", of which a pre-release comes before, and a build counts
// nothing) and the times that STIX and MISP use. Runs of digits count as
// numbers, and everything else as text.
func CompareVersions(a, b string) int {
	a, _, _ = strings.Cut(strings.TrimSpace(a), "+")
	b, _, _ = strings.Cut(strings.TrimSpace(b), "+")
	if isTime(a) && isTime(b) {
		return compareParts(times(a), times(b))
	}
	a, preA, isPreA := strings.Cut(a, "-")
	b, preB, isPreB := strings.Cut(b, "-")
	if c := compareParts(strings.Split(a, "."), strings.Split(b, ".")); c != 0 {
		return c
	}
	if isPreA != isPreB { // the one without is the finished one
		if isPreA {
			return -1
		}
		return 1
	}
	return compareParts(strings.Split(preA, "."), strings.Split(preB, "."))
}

// isTime tells whether s reads like 2026-03-02T08:00:00.123Z.
func isTime(s string) bool { return len(s) >= 20 && s[4] == '-' && s[10] == 'T' }

// times parts a time into what runs and the fraction of a second, which has
// as many digits as its writer liked.
func times(s string) []string {
	whole, fraction, _ := strings.Cut(strings.TrimSuffix(s, "Z"), ".")
	return []string{whole, "." + strings.TrimRight(fraction, "0")}
}

func compareParts(a, b []string) int {
	for i := range max(len(a), len(b)) {
		x, y := "", ""
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if c := comparePart(x, y); c != 0 {
			return c
		}
	}
	return 0
}

func comparePart(x, y string) int {
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if digits(x) && digits(y) {
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
	}
	if digits(x) != digits(y) { // numbers come before words, nothing before both
		if digits(x) {
			return -1
		}
		return 1
	}
	return cmp.Compare(x, y)
}
