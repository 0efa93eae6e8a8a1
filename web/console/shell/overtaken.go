package shell

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A Conflict is a field that two people wrote otherwise.
type Conflict struct {
	Field, Yours, Theirs string
	Words                bool // they are words of the program
}

// Overtaken makes of a form one that is made from theirs, which somebody saved
// meanwhile: it keeps what was typed, the page shows both where they differ,
// and sent again it is a decision. A field's Value is its name, and its Text
// what the form calls it.
func (f *Form) Overtaken(theirs url.Values, fields ...Option) {
	f.Problem, f.Mistakes, f.Stale, f.Conflicts = nil, nil, true, nil
	f.Values.Set("version", theirs.Get("version"))
	for _, field := range fields {
		yours, other := plain(f.Values[field.Value]), plain(theirs[field.Value])
		if yours != other {
			c := Conflict{Field: field.Text, Words: word.MatchString(yours) && word.MatchString(other)}
			c.Yours, c.Theirs = differing(yours, other)
			f.Conflicts = append(f.Conflicts, c)
		}
	}
}

// word is what the program calls something, or nothing.
var word = regexp.MustCompile(`^[a-z_]*$`)

// plain is a field's text as people compare it.
func plain(values []string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.Join(values, "\n"), "\r\n", "\n"))
}

// differing leaves out the lines that two texts begin or end with, but for one
// that says where it is.
func differing(a, b string) (string, string) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	first, last := 0, 0
	for first < min(len(x), len(y)) && x[first] == y[first] {
		first++
	}
	for last < min(len(x), len(y))-first && x[len(x)-1-last] == y[len(y)-1-last] {
		last++
	}
	first, last = max(first-1, 0), max(last-1, 0)
	part := func(all []string) string {
		out := slices.Clone(all[first : len(all)-last])
		if first > 0 {
			out = slices.Insert(out, 0, "…")
		}
		if last > 0 {
			out = append(out, "…")
		}
		return strings.Join(out, "\n")
	}
	return part(x), part(y)
}
