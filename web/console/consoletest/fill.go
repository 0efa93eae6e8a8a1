package consoletest

import (
	"regexp"
	"strings"
)

// wildcard is a part of a route that stands for something of the world.
var wildcard = regexp.MustCompile(`\{([a-z]+)(?:\.\.\.)?\}`)

// Fill puts things of the world into the wildcards of a page's route, chosen
// by what stands before them: "/findings/{id}" is a finding. It is false for a
// route of which the world has nothing.
func (w *World) Fill(route string) (path string, ok bool) {
	route = strings.TrimSuffix(route, "{$}")
	ok = true
	for {
		at := wildcard.FindStringSubmatchIndex(route)
		if at == nil {
			return route, ok
		}
		value, found := w.thing(route[:at[0]], route[at[2]:at[3]])
		ok = ok && found
		route = route[:at[0]] + value + route[at[1]:]
	}
}

// thing is what the world has at a place of a path.
func (w *World) thing(before, name string) (string, bool) {
	parts := strings.FieldsFunc(before, func(r rune) bool { return r == '/' })
	if len(parts) == 0 {
		return "", false
	}
	things := map[string]string{
		"findings": string(w.Findings[0].ID), "triage": string(w.Findings[0].ID), "evidence": string(w.Findings[0].Evidence),
		"assets": string(w.Assets[0].ID), "organizations": string(w.Grid), "organisations": string(w.Grid), "sectors": "energy",
		"advisories": string(w.Advisory), "peers": w.Team, "teams": w.Team, "agreements": w.Agreement, "inbox": w.Inbound,
		"releases": w.Release, "scans": w.Scan, "schedules": w.Schedule, "checks": "test-portal", "hosts": "192.0.2.10", "addresses": "192.0.2.10",
	}
	value, ok := things[parts[len(parts)-1]]
	if name == "org" {
		return string(w.Grid), true
	}
	return value, ok
}
