package shell

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
)

// A Form is what somebody typed, with what is wrong with it.
type Form struct {
	Values   url.Values
	Mistakes map[string][]Mistake // by field
	Problem  *Mistake             // of the whole

	// Stale says that somebody else saved something meanwhile; Conflicts is
	// where it differs.
	Stale     bool
	Conflicts []Conflict
}

// A Mistake is what is wrong, and what to do.
type Mistake struct {
	Message, Hint string
	Value         string // which of several in one field, as it was typed
}

// A Conflict is a field that two people wrote otherwise.
type Conflict struct {
	Field, Yours, Theirs string
	Words                bool // they are words of the program
}

// An Option is one choice of a field.
type Option struct{ Value, Text, Hint string }

// Get is the first value of a field.
func (f Form) Get(field string) string { return f.Values.Get(field) }

// Has tells whether a field has a value, for boxes that are ticked.
func (f Form) Has(field, value string) bool {
	for _, v := range f.Values[field] {
		if v == value {
			return true
		}
	}
	return false
}

// Refused takes up what the API said against the form. It is false for an
// error that typing differently does not mend: give that one up.
func (f *Form) Refused(err error) bool {
	if f.mistaken(err) {
		return true
	}
	var problem *client.Error
	if !errors.As(err, &problem) || problem.Problem.Status >= 500 || problem.Problem.Status == 404 || problem.Problem.Status == 403 {
		return false
	}
	f.Mistakes = map[string][]Mistake{}
	for _, m := range problem.Mistakes() {
		f.Mistakes[m.Field] = append(f.Mistakes[m.Field], Mistake{Message: m.Message, Hint: m.Hint, Value: m.Value})
	}
	f.Problem = &Mistake{Message: problem.Error(), Hint: problem.Advice()}
	return true
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

// Under puts mistakes of other names beside the field in which people typed
// them.
func (f *Form) Under(field string, others ...string) {
	for _, other := range others {
		for _, m := range f.Mistakes[other] {
			if m.Value != "" {
				m.Message = "“" + m.Value + "”: " + m.Message
			}
			f.Mistakes[field] = append(f.Mistakes[field], m)
		}
		delete(f.Mistakes, other)
	}
}

// mistaken takes up mistakes that were found in this program.
func (f *Form) mistaken(err error) bool {
	var all []*inventory.InputError
	var walk func(error)
	walk = func(err error) {
		//nolint:errorlint // the tree is walked by hand: As would stop at the first.
		switch e := err.(type) {
		case *inventory.InputError:
			all = append(all, e)
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				walk(one)
			}
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		}
	}
	walk(err)
	f.Mistakes = map[string][]Mistake{}
	for _, m := range all {
		f.Mistakes[m.Field] = append(f.Mistakes[m.Field], Mistake{Message: m.Message, Hint: m.Hint, Value: m.Value})
	}
	if len(all) > 0 {
		f.Problem = &Mistake{Message: all[0].Error(), Hint: all[0].Hint}
	}
	return len(all) > 0
}
