package console

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// groups are the headings of the menu, in their order, and the first parts of
// the paths below them. A line that says its own group keeps it.
var groups = []struct{ heading, paths string }{
	{"", "home"},
	{locale.Key("Work"), "overview triage findings waivers disputes history diff"},
	{locale.Key("Register"), "organizations organisations operators sectors assets imports import permits authorizations certificates people contacts"},
	{locale.Key("Scans"), "scans calendar schedules scanning exclusions workers"},
	{locale.Key("Reports"), "reports runs mail notices messages"},
	{locale.Key("Sharing"), "advisories bulletins peers agreements inbox ledger releases exchange"},
	{locale.Key("Administration"), "accounts users invitations sessions tokens audit health feeds settings checks backups"},
}

// grouped puts the lines of the menu under their headings. An organisation's
// people have few lines, which need none.
func grouped(nav []shell.NavItem) []shell.NavItem {
	out := slices.Clone(nav)
	for i, n := range out {
		if n.Group == "" && !n.Bound {
			out[i].Group = groups[place(n)].heading
		}
	}
	slices.SortStableFunc(out, func(a, b shell.NavItem) int { return cmp.Compare(place(a), place(b)) })
	return out
}

// place is where the line's group comes; what no group names is for
// administrators.
func place(n shell.NavItem) int {
	first, _, _ := strings.Cut(strings.TrimPrefix(n.Path, "/"), "/")
	for i, g := range groups {
		if n.Group != "" && n.Group == g.heading || n.Group == "" && slices.Contains(strings.Fields(g.paths), cmp.Or(first, "home")) {
			return i
		}
	}
	return len(groups) - 1
}
