package browse

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// readers are who may look at a page, those first who may do most there.
func readers(p shell.Page) []auth.Role {
	if p.Public {
		return []auth.Role{""}
	}
	all := slices.Concat([]auth.Role{auth.Administrator, auth.OperatorAdmin}, auth.Roles())
	return slices.DeleteFunc(all, func(r auth.Role) bool { return p.Needs != "" && !api.May(p.Needs, r) })
}

// TestEveryPageIsForEverybody opens all pages there are, so that a new one is
// judged without anybody's doing. A page that a second role has otherwise, in
// more than its words, is judged again, once for those who have the same.
func TestEveryPageIsForEverybody(t *testing.T) {
	w := consoletest.New(t)
	for _, p := range w.Pages {
		route, ok := strings.CutPrefix(p.Route, "GET ")
		if !ok || p.Stream || route == "/sign-in/provider" { // where a provider sends people back to
			continue
		}
		path, ok := w.Fill(route)
		if !ok {
			t.Errorf("consoletest's Fill has nothing for %s: give the world one", route)
			continue
		}
		judged := map[string]bool{}
		for _, role := range readers(p) {
			page := w.As(string(role)).Get(path)
			theirs := page.Status == http.StatusNotFound && role.Bound() // another organisation's
			if page.Status >= http.StatusBadRequest && !theirs {
				t.Errorf("GET %s as %q = %d", path, role, page.Status)
				continue
			}
			if page.Status != http.StatusOK || !strings.Contains(page.Body, "<!doctype html>") {
				continue // leads on, or is a file
			}
			built := structure(page.Body)
			if judged[built] {
				continue
			}
			judged[built] = true
			t.Run(strings.TrimSpace(string(role)+" "+route), func(t *testing.T) {
				t.Parallel()
				b := as(t, w, string(role))
				if role == "" || role == auth.Administrator || role == auth.OperatorAdmin {
					look(b, path)
				} else { // the same in other colours and widths, with less of it
					b.Open(path)
					b.Axe()
				}
				if n := b.Count("h1"); n != 1 {
					t.Errorf("%d headings of the first order, want one", n)
				}
			})
		}
	}
}

// structure is how the main part of a page is built: its elements and their
// classes, without words. Of rows and entries of the same kind one is enough.
func structure(body string) string {
	_, body, _ = strings.Cut(body, "<main")
	var built []string
	for _, m := range elements.FindAllStringSubmatch(body, -1) {
		if one := m[1] + "." + m[2]; !slices.Contains(built, one) {
			built = append(built, one)
		}
	}
	return strings.Join(built, " ")
}

var elements = regexp.MustCompile(`<([a-z0-9]+)(?:[^>]*? class="([^"]*)")?`)

var links = regexp.MustCompile(`(?:href|src)="(/[^"]*)"`)

// enough pages are those that one role opens: lists without end have filters
// without end.
const enough = 400

// TestEveryLinkLeadsSomewhere follows all links as people of each role find
// them: none may end at a page that is not there, or is not theirs.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	w := consoletest.New(t)
	dead := map[string][]string{} // roles by link
	for _, role := range auth.Roles() {
		for _, link := range deadLinks(w.As(string(role))) {
			dead[link] = append(dead[link], string(role))
		}
	}
	for link, roles := range dead {
		t.Errorf("%s (as %s)", link, strings.Join(roles, ", "))
	}
}

// deadLinks are those that a visitor finds from the first page on.
func deadLinks(visitor *consoletest.Visitor) []string {
	var dead []string
	from := map[string]string{"/": "the address bar"}
	kinds := map[string]int{}
	for queue := []string{"/"}; len(queue) > 0 && len(from) < enough; {
		path := queue[0]
		queue = queue[1:]
		page := visitor.Get(path)
		if page.Status >= http.StatusBadRequest {
			dead = append(dead, fmt.Sprintf("%s leads to %s: %d", pattern(from[path]), pattern(path), page.Status))
		}
		next := []string{page.Location}
		for _, m := range links.FindAllStringSubmatch(page.Body, -1) {
			next = append(next, html.UnescapeString(m[1]))
		}
		for _, to := range next {
			to, _, _ = strings.Cut(to, "#")
			if kind := pattern(to); strings.HasPrefix(to, "/") && from[to] == "" && kinds[kind] < 4 { // four of a kind are enough
				kinds[kind]++
				from[to] = path
				queue = append(queue, to)
			}
		}
	}
	slices.Sort(dead)
	return slices.Compact(dead)
}

var number = regexp.MustCompile(`[0-9]+`)

// pattern is what many addresses have in common: the path without its numbers,
// and the names of its filters.
func pattern(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	var keys []string
	for k := range u.Query() {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return number.ReplaceAllString(u.Path, "0") + "?" + strings.Join(keys, "&")
}
