package shell

import (
	"errors"
	"net/url"

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

	say func(text string) string // in the reader's language; nil leaves it English
}

// A Mistake is what is wrong, and what to do.
type Mistake struct {
	Message, Hint string
	Value         string // which of several in one field, as it was typed
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
	f.take(problem.Mistakes())
	f.Problem = f.whole(problem.Error(), problem.Advice(), problem.Mistakes())
	return true
}

// take puts mistakes beside their fields.
func (f *Form) take(all []*inventory.InputError) {
	f.Mistakes = map[string][]Mistake{}
	for _, m := range all {
		f.Mistakes[m.Field] = append(f.Mistakes[m.Field], Mistake{f.said(m.Message), f.said(m.Hint), m.Value})
	}
}

func (f *Form) said(text string) string {
	if f.say == nil {
		return text
	}
	return f.say(text)
}

// whole is what is wrong with the form. It names the first mistake as a program
// would; in another language it says that instead.
func (f *Form) whole(message, hint string, all []*inventory.InputError) *Mistake {
	out := &Mistake{Message: f.said(message), Hint: f.said(hint)}
	if len(all) == 0 || out.Message != message {
		return out
	}
	if said := f.said(all[0].Message); said != all[0].Message {
		out.Message = said
		if all[0].Value != "" {
			out.Message = "\u201c" + all[0].Value + "\u201d: " + said
		}
	}
	return out
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
	f.take(all)
	if len(all) > 0 {
		f.Problem = f.whole(all[0].Error(), all[0].Hint, all)
	}
	return len(all) > 0
}
