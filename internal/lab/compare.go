package lab

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Finding is one weakness as both the truth and a scan tell it. Two are the
// same when all fields but Detection agree.
type Finding struct {
	Owner     string // an Operator's Key
	Addr      netip.Addr
	Port      uint16
	Transport inventory.Transport
	Hostname  string
	Check     inventory.CheckID
	Detection inventory.Detection // what the scan says; the truth leaves it empty
}

// String reads "energy 198.51.100.13 6379/tcp exposed-redis".
func (f Finding) String() string {
	where := f.Addr.String()
	if f.Port != 0 {
		where = fmt.Sprintf("%s %d/%s", f.Addr, f.Port, f.Transport)
	}
	if f.Hostname != "" {
		where += " (" + f.Hostname + ")"
	}
	return fmt.Sprintf("%s %s %s", f.Owner, where, f.Check)
}

// A Difference is one point in which a scan and the truth do not agree.
type Difference struct {
	Kind    DifferenceKind
	Finding Finding
}

// DifferenceKind says how they disagree.
type DifferenceKind string

// Kinds of differences.
const (
	Missing    DifferenceKind = "missing"    // is there, was not found
	Unexpected DifferenceKind = "unexpected" // is not there, was found
	Twice      DifferenceKind = "twice"      // was found more than once
	NotFixed   DifferenceKind = "not fixed"  // was repaired, is still held open
	NotOpen    DifferenceKind = "not open"   // is still there, is held fixed
)

// String reads "missing: energy 198.51.100.13 6379/tcp exposed-redis".
func (d Difference) String() string { return string(d.Kind) + ": " + d.Finding.String() }

// Compare holds what a scan found against the truth before and after repairs:
// what is in both must be open, what is only in before must be known and
// fixed, what is only in after must be open, and there must be nothing else.
// For a first scan before and after are the same. The result is sorted, and
// empty when all is well.
func Compare(before, after Truth, got []Finding) []Difference {
	was, is := keys(before.Expected()), keys(after.Expected())
	var diffs []Difference
	add := func(kind DifferenceKind, f Finding) { diffs = append(diffs, Difference{kind, f}) }

	seen := map[Finding]int{}
	for _, f := range got {
		k := f.key()
		seen[k]++
		switch {
		case seen[k] == 2:
			add(Twice, k)
		case seen[k] > 2:
			// said already
		case is[k] && !f.Detection.Present():
			add(NotOpen, k)
		case !is[k] && was[k] && f.Detection != inventory.Fixed:
			add(NotFixed, k)
		case !is[k] && !was[k]:
			add(Unexpected, k)
		}
	}
	for _, k := range union(was, is) {
		if seen[k] == 0 {
			add(Missing, k)
		}
	}
	slices.SortFunc(diffs, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), compareFindings(a.Finding, b.Finding))
	})
	return diffs
}

// key drops what does not identify a finding. A finding about a host or name
// as a whole has no transport worth comparing.
func (f Finding) key() Finding {
	f.Detection = ""
	if f.Port == 0 {
		f.Transport = ""
	}
	return f
}

func keys(all []Finding) map[Finding]bool {
	m := map[Finding]bool{}
	for _, f := range all {
		m[f.key()] = true
	}
	return m
}

func union(a, b map[Finding]bool) []Finding {
	var all []Finding
	for k := range a {
		all = append(all, k)
	}
	for k := range b {
		if !a[k] {
			all = append(all, k)
		}
	}
	return all
}

func sortFindings(all []Finding) { slices.SortFunc(all, compareFindings) }

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Owner, b.Owner), a.Addr.Compare(b.Addr), cmp.Compare(a.Port, b.Port),
		cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Hostname, b.Hostname), cmp.Compare(a.Check, b.Check),
	)
}
