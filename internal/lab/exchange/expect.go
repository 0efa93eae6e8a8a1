package main

import (
	"fmt"
	"slices"
	"strings"
)

// An expectation is one line of the table: what has to be seen. A got that
// begins and ends with … may have more around it.
type expectation struct{ line, want string }

// expectations are all that has to be seen, and nothing else may be.
func expectations() []expectation {
	return []expectation{
		{"agreement MoU 2025/11 at CERT Beta", "active"},
		{"the same person confirms a key", "…another person…"},
		{"agreement MoU 2026/4 at CERT Alpha", "active"},
		{"agreement MoU 2026/4 at CERT Beta", "active"},
		{"preview before approval", "…advisory-state…only an approved one leaves…"},
		{"preview of TLP:RED", "…tlp-ceiling…MoU 2026/4…"},
		{"the same person lets out what they asked for", "…another person…"},

		{"the warning at Beta", "accepted, signature good, amber"},
		{"the notice at Beta", "accepted, signature good, clear"},
		{"open cache at " + affectedHost, "affected"},
		{"open cache at " + mendedHost, "fixed"},
		{"open cache at " + goneHost, "not_present"},
		{"web servers of the notice", "3 unknown"},
		{"open caches after the first look", "3 affected"},
		{"Alpha hears of the warning", "accepted: 3 affected"},
		{"Alpha hears of the warning, once two are mended", "accepted"},
		{"Alpha hears of the notice", "closed: 3 unknown"},

		{"the warning by mail", "duplicate, signature good"},
		{"the bundle", "number 1 with duplicate"},
		{"the same bundle once more", "number 1 with duplicate, read before"},

		{"csaf_checker as a stranger", "passed"},
		{"csaf_downloader as a stranger", "1 documents"},
		{"csaf_downloader as Beta", "2 documents"},
		{"csaf_aggregator", "mirrors 1 of Alpha's documents"},
		{"a document of csaf_provider at Beta", "accepted, signature good"},
		{"web servers of that document", "3 unknown"},
		{"Beta's notice at Alpha", "accepted, signature good, clear"},

		{"the warning's release at Alpha", "confirmed, with receipts accepted…fetched…"},
		{"the warning at Beta after its withdrawal", "withdrawn"},
		{"the withdrawal's release at Alpha", "confirmed, with receipts closed…fetched…"},

		{"Beta sees with the agreement", "2 by CSAF, 2 by TAXII, 2 by MISP"},
		{"a stranger sees with the agreement", "1 by CSAF, 1 by TAXII, 1 by MISP"},
		{"Beta sees after its end", "1 by CSAF, 1 by TAXII, 1 by MISP"},
		{"a stranger sees after its end", "1 by CSAF, 1 by TAXII, 1 by MISP"},
		{"agreement MoU 2026/9 at CERT Alpha", "active"},
		{"agreement MoU 2026/9 at CERT Beta", "active"},
		{"Beta sees with one for a minute", "2 by CSAF, 2 by TAXII, 2 by MISP"},
		{"a stranger sees with one for a minute", "1 by CSAF, 1 by TAXII, 1 by MISP"},
		{"a bundle after one that was lost", "…2…"},
		{"Beta sees the moment it is over", "1 by CSAF, 1 by TAXII, 1 by MISP"},
		{"a stranger sees the moment it is over", "1 by CSAF, 1 by TAXII, 1 by MISP"},
		{"preview when the agreement is over", "…agreement-active…MoU 2026/9…it expired"},
		{"csaf_downloader as Beta when it is over", "1 documents"},
		{"documents that Beta's next fetch brings", "0"},

		{"audit log of CERT Alpha", "whole"},
		{"audit log of CERT Beta", "whole"},
		{"hosts that nobody may scan", "untouched"},
	}
}

// meets tells whether what was seen is what was wanted; … stands for
// anything.
func meets(got, want string) bool {
	parts := strings.Split(want, "…")
	if len(parts) == 1 {
		return got == want
	}
	if !strings.HasPrefix(got, parts[0]) || !strings.HasSuffix(got, parts[len(parts)-1]) {
		return false
	}
	for _, part := range parts {
		_, after, found := strings.Cut(got, part)
		if !found {
			return false
		}
		got = after
	}
	return true
}

// differences holds what was seen against the table.
func differences(found map[string]string) []string {
	var out []string
	known := map[string]bool{}
	for _, e := range expectations() {
		known[e.line] = true
		got, seen := found[e.line]
		switch {
		case !seen:
			out = append(out, fmt.Sprintf("%s: not seen, want %q", e.line, e.want))
		case !meets(got, e.want):
			out = append(out, fmt.Sprintf("%s: %q, want %q", e.line, got, e.want))
		}
	}
	for line, got := range found {
		if !known[line] {
			out = append(out, fmt.Sprintf("%s: %q, and the table does not expect it", line, got))
		}
	}
	slices.Sort(out)
	return out
}

// judge prints what differs and returns how much.
func (s *scenario) judge() int {
	diffs := differences(s.found)
	fmt.Fprintf(s.out, "\n%d things were seen, %d expected: %d differences\n", len(s.found), len(expectations()), len(diffs))
	for _, d := range diffs {
		s.say("%s", d)
	}
	return len(diffs)
}
