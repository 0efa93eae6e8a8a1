package advisories

import (
	"errors"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/markdown"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// An editView is the editor: of a new advisory where ID is empty.
type editView struct {
	shell.View
	ID       string
	Form     shell.Form
	Products []wire.AdvisoryProduct // with some empty ones behind
	Exposed  exposed
	Version  string
	Beside   locale.Language     // written beside English; Tag "" for none
	Texts    []wire.AdvisoryText // what is written in other languages
}

// emptyProducts is how many more products fit into the form at once.
const emptyProducts = 2

// HTML renders one of the texts as readers will see it.
func (editView) HTML(s string) template.HTML { return markdown.HTML(s) }

// Languages are the choices of what to write beside English.
func (editView) Languages() []shell.Option {
	var out []shell.Option
	for _, l := range locale.Languages() {
		if l.Tag != locale.Default {
			out = append(out, shell.Option{Value: l.Tag, Text: l.Name + " (" + l.English + ")"})
		}
	}
	return out
}

// Carried are the texts in languages that are not shown, which the form keeps.
func (v editView) Carried() []shell.Option {
	var out []shell.Option
	for _, name := range translatedNames() {
		if text := v.Form.Get(name); text != "" && !strings.HasPrefix(name, "translations."+v.Beside.Tag+".") {
			out = append(out, shell.Option{Value: name, Text: text})
		}
	}
	return out
}

// Action is where the form goes.
func (v editView) Action() string {
	if v.ID == "" {
		return "/advisories/new"
	}
	return at(v.ID) + "/edit"
}

// Options are the choices of the form's lists.
func (v editView) Options(of string) []shell.Option {
	choices := map[string][]string{
		"tlp": labels, "category": {"vulnerability", "exposure", "indicators", "incident", "statistics"},
		"severity": {"critical", "high", "medium", "low", "info"}, "status": {"affected", "fixed", "under_investigation"},
	}[of]
	out := make([]shell.Option, len(choices))
	for i, c := range choices {
		out[i] = shell.Option{Value: c, Text: v.Word(strings.ReplaceAll(c, "_", " "))}
		if of == "tlp" {
			out[i].Text = "TLP:" + strings.ToUpper(c)
		}
	}
	return out
}

func editorOf(q *shell.Request, title, id string, form shell.Form) (editView, error) {
	v := editView{View: q.View(title), ID: id, Form: form, Version: form.Get("version")}
	for _, l := range locale.Languages() {
		if l.Tag == form.Get("beside") && l.Tag != locale.Default {
			v.Beside = l
		}
	}
	v.Texts = translations(form)
	v.Products = append(products(form), make([]wire.AdvisoryProduct, emptyProducts)...)
	var err error
	v.Exposed, err = exposedTo(q, strings.TrimSpace(form.Get("check")), strings.Fields(form.Get("cves")))
	return v, err
}

// render answers with the editor, in one of the shell's ways.
func render(q *shell.Request, how func(shell.Templates, string, any) error, title, id string, form shell.Form) error {
	v, err := editorOf(q, title, id, form)
	if err != nil {
		return err
	}
	return how(pages, "edit", v)
}

func begin(q *shell.Request) error {
	values := url.Values{
		"check": q.R.URL.Query()["check"], "tlp": {"amber"}, "category": {"vulnerability"},
	}
	return render(q, q.Render, q.T("New advisory"), "", shell.Form{Values: values})
}

func create(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	a, err := q.API.NewAdvisory(q.Context(), fields(form))
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		return render(q, q.RenderForm, q.T("New advisory"), "", form)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Draft %s is kept.", a.ID)})
	return q.Redirect(at(a.ID))
}

func edit(q *shell.Request) error {
	a, err := q.API.Advisory(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	filled := values(a)
	filled.Set("beside", q.R.URL.Query().Get("beside"))
	return render(q, q.Render, q.T("Edit %s", a.ID), a.ID, shell.Form{Values: filled})
}

// preview is the editor with what was typed, and how it will look. With
// scripts the picture alone is taken from it.
func preview(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	title := q.T("New advisory")
	if id := form.Get("id"); id != "" {
		title = q.T("Edit %s", id)
	}
	return render(q, q.Render, title, form.Get("id"), form)
}

func save(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	change := wire.AdvisoryEdit{AdvisoryFields: fields(form)}
	seen, err := time.Parse(time.RFC3339Nano, form.Get("version"))
	if err == nil {
		change.Version = &seen
	} else {
		change.Version = &time.Time{} // a form of ours has one: nothing is overwritten unseen
	}
	_, err = q.API.EditAdvisoryFrom(q.Context(), q.Path("id"), change)
	title := q.T("Edit %s", q.Path("id"))
	switch {
	case err == nil:
		q.Tell(shell.Note{Kind: "done", Text: q.T("Your changes are kept.")})
		return q.Redirect(at(q.Path("id")))
	case errors.Is(err, inventory.ErrStale):
		return merge(q, title, form)
	case form.Refused(err):
		return render(q, q.RenderForm, title, q.Path("id"), form)
	}
	return err
}

// merge shows both texts. The form keeps what was typed, and is made from what
// was saved meanwhile: sent again it is a decision.
func merge(q *shell.Request, title string, form shell.Form) error {
	a, err := q.API.Advisory(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	fields := make([]shell.Option, len(written))
	for i, field := range written {
		fields[i] = shell.Option{Value: field, Text: q.Word(strings.ReplaceAll(field, "_", " "))}
	}
	for _, name := range translatedNames() {
		parts := strings.Split(name, ".")
		fields = append(fields, shell.Option{Value: name, Text: q.Word(parts[2]) + ", " + languageName(parts[1])})
	}
	form.Overtaken(values(a), fields...)
	return render(q, q.RenderStale, title, a.ID, form)
}
