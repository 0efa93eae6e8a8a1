// Package agreements shows by what right we share with other CERTs, and lets
// people draft, sign, suspend, renew and end agreements.
package agreements

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// maxDocument bounds a form with a signed text, in bytes.
const maxDocument = 16<<20 + 1<<20

// Pages are the pages of agreements.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /agreements", Needs: "list-agreements", Handle: list},
		{Route: "GET /agreements/new", Needs: "create-agreement", Handle: begin},
		{Route: "POST /agreements", Needs: "create-agreement", Handle: create},
		{Route: "GET /agreements/{id}", Needs: "get-agreement", Handle: show},
		{Route: "GET /agreements/{id}/edit", Needs: "update-agreement", Handle: edit},
		{Route: "POST /agreements/{id}/edit", Needs: "update-agreement", Handle: save},
		{Route: "GET /agreements/{id}/document", Needs: "get-agreement-document", Handle: document},
		{Route: "POST /agreements/{id}/sign", Needs: "sign-agreement", Upload: maxDocument, Handle: sign},
		{Route: "POST /agreements/{id}/suspend", Needs: "suspend-agreement", Handle: suspend},
		{Route: "POST /agreements/{id}/resume", Needs: "resume-agreement", Handle: resume},
		{Route: "POST /agreements/{id}/terminate", Needs: "terminate-agreement", Handle: terminate},
		{Route: "POST /agreements/{id}/renew", Needs: "renew-agreement", Handle: renew},
		{Route: "POST /agreements/{id}/meetings", Needs: "add-meeting", Handle: meet},
	}
}

type listView struct {
	shell.View
	List wire.List[wire.Agreement]
}

// Left is how many days an agreement still holds; less than 0 when it does not.
func (v listView) Left(a wire.Agreement) int { return left(v.View, a) }

func left(v shell.View, a wire.Agreement) int { return int(a.ExpiresAt.Sub(v.Now()).Hours() / 24) }

func list(q *shell.Request) error {
	found, err := q.API.AgreementPage(q.Context(), q.Filters("peer"))
	if err != nil {
		return err
	}
	shell.Learn(q, "peer", found.Items, func(v wire.Agreement) string { return v.PeerID })
	return q.Render(pages, "list", listView{q.View(q.T("Agreements")), found})
}

type pageView struct {
	shell.View
	Agreement wire.Agreement
	Form      shell.Form
}

// Left is how many days it still holds.
func (v pageView) Left() int { return left(v.View, v.Agreement) }

// Year is the present one.
func (v pageView) Year() int { return v.Now().Year() }

func show(q *shell.Request) error { return render(q, shell.Form{}) }

func render(q *shell.Request, form shell.Form) error {
	a, err := q.API.Agreement(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	title := a.Title
	if title == "" {
		title = a.Reference
	}
	v := pageView{q.View(title), a, form}
	if form.Problem != nil {
		return q.RenderForm(pages, "page", v)
	}
	return q.Render(pages, "page", v)
}

// at is the page of an agreement.
func at(id string) string { return "/agreements/" + url.PathEscape(id) }

func document(q *shell.Request) error {
	f, err := q.API.AgreementDocument(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	return q.Send(f)
}

// An editView is the form of the terms: with fields for the usual ones, or as
// the agreement's file.
type editView struct {
	shell.View
	ID    string
	Form  shell.Form
	Plain bool
}

// fields is the form of a file with its fields filled in.
func fields(q *shell.Request, title, id, version, text string) editView {
	v := editView{View: q.View(title), ID: id, Form: shell.Form{Values: url.Values{"terms": {text}}}}
	if f, err := parse(text); err == nil {
		v.Form.Values, v.Plain = f.plain(), true
	}
	v.Form.Values.Set("version", version)
	return v
}

func begin(q *shell.Request) error {
	f, err := q.API.AgreementFile(q.Context(), "")
	if err != nil {
		return err
	}
	text := string(f.Content)
	if peer := q.R.URL.Query().Get("peer"); peer != "" {
		quoted, _ := json.Marshal(peer) // of a text: cannot fail
		text = strings.Replace(text, `"TEAM-1"`, string(quoted), 1)
	}
	return q.Render(pages, "edit", fields(q, q.T("New agreement"), "", "", text))
}

func create(q *shell.Request) error {
	return keep(q, q.T("New agreement"), "", func(_ string, terms []byte) (wire.Agreement, error) {
		return q.API.CreateAgreement(q.Context(), terms)
	})
}

func edit(q *shell.Request) error {
	a, err := q.API.Agreement(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	if a.State != "draft" {
		q.Tell(shell.Note{Kind: "warning", Text: q.T("Its terms are signed. Draft a new one for other terms.")})
		return q.Redirect(at(a.ID))
	}
	f, err := q.API.AgreementFile(q.Context(), a.ID)
	if err != nil {
		return err
	}
	return q.Render(pages, "edit", fields(q, q.T("Edit %s", a.ID), a.ID, a.Version, string(f.Content)))
}

func save(q *shell.Request) error {
	id := q.Path("id")
	return keep(q, q.T("Edit %s", id), id, func(version string, terms []byte) (wire.Agreement, error) {
		return q.API.UpdateAgreement(q.Context(), id, cmp.Or(version, "none"), terms) // a form of ours has one: nothing is overwritten unseen
	})
}

// keep sends the terms, or shows them again with what is wrong.
func keep(q *shell.Request, title, id string, send func(version string, terms []byte) (wire.Agreement, error)) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	view := editView{ID: id}
	if f, err := parse(form.Get("terms")); err == nil && form.Has("plain", "yes") {
		view.Plain = true
		f.take(form)
		form.Values.Set("terms", f.String())
	}
	switch form.Get("do") {
	case "json":
		view.View, view.Form, view.Plain = q.View(title), shell.Form{Values: form.Values}, false
		return q.Render(pages, "edit", view)
	case "plain":
		if view = fields(q, title, id, form.Get("version"), form.Get("terms")); view.Plain {
			return q.Render(pages, "edit", view)
		}
	}
	terms := []byte(form.Get("terms"))
	var any json.RawMessage
	if err := json.Unmarshal(terms, &any); err != nil {
		wrong := shell.Mistake{Message: q.T("The terms are not written as JSON: %s", err.Error())}
		if at, ok := errors.AsType[*json.SyntaxError](err); ok {
			line := bytes.Count(terms[:min(int(at.Offset), len(terms))], []byte("\n")) + 1
			wrong.Message = q.T("Line %s is not JSON: %s", q.Number(line), err.Error())
		}
		wrong.Hint = q.T("Look for a missing comma, quote or bracket just before it.")
		form.Problem, form.Mistakes = &wrong, map[string][]shell.Mistake{"terms": {wrong}}
		return q.RenderForm(pages, "edit", editView{q.View(title), id, form, false})
	}
	a, err := send(form.Get("version"), terms)
	if errors.Is(err, inventory.ErrStale) {
		view.View, view.Form = q.View(title), form
		return overtaken(q, view)
	}
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		view.View, view.Form = q.View(title), form
		return q.RenderForm(pages, "edit", view)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The draft is kept. It holds when it is signed.")})
	return q.Redirect(at(a.ID))
}

// overtaken shows the terms that somebody saved meanwhile, too.
func overtaken(q *shell.Request, v editView) error {
	a, err := q.API.Agreement(q.Context(), v.ID)
	if err != nil {
		return err
	}
	f, err := q.API.AgreementFile(q.Context(), v.ID)
	if err != nil {
		return err
	}
	terms := string(f.Content)
	if now, err := parse(terms); err == nil && v.Plain {
		terms = now.String() // in the same order
	}
	v.Form.Overtaken(url.Values{"terms": {terms}, "version": {a.Version}}, shell.Option{Value: "terms", Text: q.T("Terms, as JSON")})
	return q.RenderStale(pages, "edit", v)
}

func sign(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	var n wire.Signature
	if n.Document.Name, n.Document.Content, err = q.Upload("document"); err != nil {
		return err
	}
	if len(n.Document.Content) == 0 {
		form.Problem = &shell.Mistake{Message: q.T("Choose the signed text"), Hint: q.T("An agreement holds only with the document that both sides signed.")}
		form.Mistakes = map[string][]shell.Mistake{"document": {*form.Problem}}
		return render(q, form)
	}
	if n.SignedAt, err = day(q, form, "signed_at"); err == nil {
		_, err = q.API.SignAgreement(q.Context(), q.Path("id"), n)
	}
	if form.Refused(err) {
		return render(q, form)
	}
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The agreement is signed.")})
	return q.Redirect(at(q.Path("id")))
}

// day is a field's day, nil where it is empty.
func day(q *shell.Request, form shell.Form, field string) (*time.Time, error) {
	if form.Get(field) == "" {
		return nil, nil
	}
	t, err := q.Day(form, field)
	return &t, err
}

func suspend(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("Everything under it has stopped."), func(f shell.Form) error {
		_, err := q.API.SuspendAgreement(q.Context(), q.Path("id"), f.Get("reason"))
		return err
	})
}

func resume(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("It is in force again."), func(shell.Form) error {
		_, err := q.API.ResumeAgreement(q.Context(), q.Path("id"))
		return err
	})
}

func terminate(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("The agreement is ended for good."), func(f shell.Form) error {
		_, err := q.API.TerminateAgreement(q.Context(), q.Path("id"), f.Get("reason"))
		return err
	})
}

func renew(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("It holds for longer."), func(f shell.Form) error {
		until, err := day(q, f, "until")
		if err == nil {
			_, err = q.API.RenewAgreement(q.Context(), q.Path("id"), wire.Renewal{Until: until})
		}
		return err
	})
}

func meet(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	held, err := q.Day(form, "at")
	if err == nil {
		_, err = q.API.AddMeeting(q.Context(), q.Path("id"), wire.Meeting{At: held, Place: form.Get("place"), Minutes: form.Get("minutes")})
	}
	if form.Refused(err) {
		return render(q, form)
	}
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The meeting is noted.")})
	return q.Redirect(at(q.Path("id")) + "#meetings")
}
