package console_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// A number that the program gave to an organisation or a peer says nothing to
// people: what they read is the name. Numbers stand in addresses and in fields
// that take one.
func TestPagesNameOrganisationsAndPeers(t *testing.T) {
	w := consoletest.New(t)
	read := regexp.MustCompile(`>\s*(?:ORG|TEAM)-[0-9]+\s*<`)
	for role, paths := range map[string][]string{
		"administrator": {
			"/scans", "/scans/{id}", "/calendar", "/schedules", "/permits", "/permits/{id}", "/imports", "/people", "/people/{id}", "/invitations",
			"/assets/{id}", "/agreements", "/agreements/{id}", "/releases", "/releases/{id}", "/inbox", "/inbox/{id}", "/advisories/{id}", "/reminders",
		},
		"operator_admin": {"/account", "/imports", "/calendar", "/schedules", "/scans", "/permits/{id}", "/people/{id}", "/invitations", "/assets/{id}"},
	} {
		for _, route := range paths {
			path, ok := w.Fill(route)
			page := w.As(role).Get(path)
			if !ok || page.Status != 200 {
				t.Errorf("%s as %s = %d", path, role, page.Status)
			}
			if m := read.FindString(page.Body); m != "" {
				t.Errorf("%s as %s shows %s", path, role, m)
			}
		}
	}
}

// A filter that cannot be is left by one link, and no way leads on from it to
// the first page only.
func TestWrongFiltersAreRemoved(t *testing.T) {
	w := consoletest.New(t)
	for _, path := range []string{"/findings?port=abc", "/assets?criticality=odd", "/reports?week=odd", "/disputes?state=odd"} {
		page := w.As("analyst").Get(path)
		whole, _, _ := strings.Cut(path, "?")
		if page.Status < 400 || page.Status >= 500 || !page.Has(`<a class="button primary" href="`+whole+`">Remove all filters</a>`) {
			t.Errorf("%s = %d, want a way to %s\n%.2000s", path, page.Status, whole, page.Body)
		}
	}
}
