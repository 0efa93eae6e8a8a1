package shell

import (
	"net/url"
	"slices"
	"strings"
)

// A Link leads somewhere.
type Link struct {
	Text, Path string
	Here       bool
	Key        string
}

// A LinkGroup is some lines of the menu under one heading, which may be empty.
type LinkGroup struct {
	Text  string
	Links []Link
}

// Groups are the parts of the menu that the user may follow, in the order of
// their first lines.
func (v View) Groups() []LinkGroup {
	if v.q.Who.User == "" {
		return nil
	}
	var out []LinkGroup
	here := v.navHere()
	for i, n := range v.q.shell.Nav {
		if !v.sees(n) {
			continue
		}
		text := v.Word(n.Group)
		at := slices.IndexFunc(out, func(g LinkGroup) bool { return g.Text == text })
		if at < 0 {
			at, out = len(out), append(out, LinkGroup{Text: text})
		}
		out[at].Links = append(out[at].Links, Link{Text: v.Word(n.Text), Path: n.Path, Here: i == here, Key: n.Key})
	}
	return out
}

// Nav are the lines of the menu that the user may follow.
func (v View) Nav() []Link {
	var out []Link
	for _, g := range v.Groups() {
		out = append(out, g.Links...)
	}
	return out
}

func (v View) sees(n NavItem) bool {
	return n.Bound == v.q.Who.Bound() && (n.Needs == "" || v.May(n.Needs))
}

// navHere is the line of the menu that this page belongs to, the most exact
// one, or -1.
func (v View) navHere() int {
	best := -1
	for i, n := range v.q.shell.Nav {
		within := v.Path() == n.Path || n.Path != "/" && strings.HasPrefix(v.Path(), n.Path+"/")
		if within && v.sees(n) && (best < 0 || len(n.Path) > len(v.q.shell.Nav[best].Path)) {
			best = i
		}
	}
	return best
}

// CanSearch tells whether there is a search that the user may open.
func (v View) CanSearch() bool {
	p, ok := v.q.shell.search()
	return ok && v.q.Who.User != "" && (p.Needs == "" || v.May(p.Needs))
}

// Best is the place of the link that says most of where this page is, or -1:
// each is a dict with an href. A link fits when its path is the page's and
// every value of its query is in the page's too.
func (v View) Best(links []any) int {
	best, most := -1, -1
	for i, l := range links {
		m, _ := l.(map[string]any)
		href, _ := m["href"].(string)
		u, err := url.Parse(href)
		if err != nil || u.Path != v.Path() || len(u.Query()) <= most || !v.contains(u.Query()) {
			continue
		}
		best, most = i, len(u.Query())
	}
	return best
}

func (v View) contains(query url.Values) bool {
	own := v.q.R.URL.Query()
	for key, values := range query {
		for _, value := range values {
			if !slices.Contains(own[key], value) {
				return false
			}
		}
	}
	return true
}
