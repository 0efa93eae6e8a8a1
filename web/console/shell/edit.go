package shell

import (
	"errors"
	"net/url"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Edit is what becomes of a form that replaces something.
type Edit struct {
	Pages  Templates
	Page   string     // the form's
	View   func() any // of the form as it is when it is shown again
	Theirs url.Values // what is saved, as the form has it
	Fields []Option   // of the form, as Overtaken takes them
	Said   string     // when it is saved,
	To     string     // and where that leads
}

// Edited answers an edit by what the API said to it: with the page that it
// leads to, with what is wrong beside the fields, or with both texts when
// somebody else was faster.
func (q *Request) Edited(err error, form *Form, e Edit) error {
	switch {
	case err == nil:
		q.Tell(Note{Kind: "done", Text: e.Said})
		return q.Redirect(e.To)
	case errors.Is(err, inventory.ErrStale):
		form.Overtaken(e.Theirs, e.Fields...)
		return q.RenderStale(e.Pages, e.Page, e.View())
	case form.Refused(err):
		return q.RenderForm(e.Pages, e.Page, e.View())
	}
	return err
}
