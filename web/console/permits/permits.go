// Package permits shows permissions to scan, and lets people draw them up,
// prove them, put them into force and end them.
package permits

import (
	"embed"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// maxUpload bounds a form with a letter, in bytes.
const maxUpload = 16<<20 + 1<<20

// Pages are the pages of permissions to scan.
func Pages() []shell.Page {
	out := []shell.Page{
		{Route: "GET /permits", Needs: "list-authorizations", Handle: list},
		{Route: "GET /permits/new", Needs: "draft-authorization", Handle: begin},
		{Route: "POST /permits", Needs: "draft-authorization", Handle: draft},
		{Route: "GET /permits/{id}", Needs: "get-authorization", Handle: show},
		{Route: "GET /permits/{id}/edit", Needs: "edit-authorization", Handle: edit},
		{Route: "POST /permits/{id}/edit", Needs: "edit-authorization", Handle: save},
		{Route: "POST /permits/{id}/letter", Needs: "attach-letter", Upload: maxUpload, Handle: attach},
		{Route: "GET /permits/{id}/letter", Needs: "get-letter", Handle: letter},
		{Route: "POST /permits/{id}/check", Needs: "check-proof", Handle: check},
		{Route: "POST /permits/{id}/submit", Needs: "submit-authorization", Handle: submit},
		{Route: "POST /permits/{id}/revoke", Needs: "revoke-authorization", Handle: revoke},
	}
	for _, act := range []string{"activate", "return", "suspend", "resume"} {
		out = append(out, shell.Page{Route: "POST /permits/{id}/" + act, Needs: act + "-authorization", Handle: decide(act)})
	}
	return out
}

type listView struct {
	shell.View
	List wire.List[wire.Authorization]
}

func list(q *shell.Request) error {
	found, err := q.API.AuthorizationPage(q.Context(), q.Filters("org", "state"))
	if err != nil {
		return err
	}
	shell.Learn(q, "org", found.Items, func(v wire.Authorization) string { return v.OrgID })
	return q.Render(pages, "list", listView{q.View(q.T("Permissions to scan")), found})
}

type formView struct {
	shell.View
	Form shell.Form
	ID   string // "" of a new one
	Days []shell.Option
}

func (q pageRequest) form(title string, form shell.Form, id string) formView {
	days := make([]shell.Option, 7)
	for i := range days {
		d := time.Weekday((i + 1) % 7)
		days[i] = shell.Option{Value: d.String()[:3], Text: q.Word(d.String())}
	}
	return formView{View: q.View(title), Form: form, ID: id, Days: days}
}

type pageRequest struct{ *shell.Request }

func begin(q *shell.Request) error {
	now := q.Now()
	form := shell.Form{Values: url.Values{
		"org_id": {q.R.URL.Query().Get("org")}, "method": {"letter"}, "level": {"standard"}, "ot_level": {"light"},
		"what": {permittable(q.R.URL.Query().Get("what"))}, "from": {now.Format(time.DateOnly)}, "until": {now.AddDate(1, 0, 0).Format(time.DateOnly)}, "start": {"22:00"}, "end": {"05:00"},
	}}
	return q.Render(pages, "form", pageRequest{q}.form(q.T("Permit scanning"), form, ""))
}

// permittable is what a permission has to name for an asset: the name in a web
// address, or else what was asked for.
func permittable(what string) string {
	if a, err := inventory.ParseAddress(what); err == nil && a.Host() != "" {
		return a.Host()
	}
	return what
}

// read makes of the form what the API takes. Days and times become windows.
func read(form shell.Form) wire.NewAuthorization {
	n := wire.NewAuthorization{
		OrgID: form.Get("org_id"), Method: form.Get("method"), Level: form.Get("level"), OTLevel: form.Get("ot_level"),
		TimeZone: form.Get("time_zone"), SignedBy: form.Get("signed_by"), Reference: form.Get("reference"),
		Windows: windows(form), Prefixes: []string{}, Names: []string{},
	}
	for word := range strings.FieldsFuncSeq(form.Get("what"), func(c rune) bool { return c == ',' || c == ';' || c == '\n' || c == '\r' || c == ' ' }) {
		if _, err := inventory.ParseAddress(strings.TrimPrefix(word, "*.")); err == nil && isName(word) {
			n.Names = append(n.Names, word)
		} else {
			n.Prefixes = append(n.Prefixes, word)
		}
	}
	n.From, _ = time.Parse(time.DateOnly, form.Get("from"))   // the API says what is wrong with none
	n.Until, _ = time.Parse(time.DateOnly, form.Get("until")) // likewise
	return n
}

// isName tells whether what people wrote is a host name, or a pattern of some.
func isName(word string) bool {
	a, err := inventory.ParseAddress(strings.TrimPrefix(word, "*."))
	return err == nil && a.Kind() == inventory.KindHostname
}

func windows(form shell.Form) string {
	if form.Get("any_time") != "" {
		return ""
	}
	if text := strings.TrimSpace(form.Get("windows")); text != "" {
		return text
	}
	times := form.Get("start") + "-" + form.Get("end")
	if times == "-" {
		times = ""
	}
	return strings.TrimSpace(strings.Join(form.Values["days"], ",") + " " + times)
}

// refused takes up what the API said, beside the fields that the form has for
// what the API takes apart.
func refused(form *shell.Form, err error) bool {
	if !form.Refused(err) {
		return false
	}
	form.Under("org_id", "organization")
	form.Under("what", "authorization", "prefix", "name")
	form.Under("ot_level", "OT level", "ot level")
	if !form.Values.Has("windows") {
		form.Under("days", "window")
	}
	form.Under("windows", "window")
	return true
}

func draft(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	a, err := q.API.DraftAuthorization(q.Context(), read(form))
	if err != nil {
		if !refused(&form, err) {
			return err
		}
		return q.RenderForm(pages, "form", pageRequest{q}.form(q.T("Permit scanning"), form, ""))
	}
	return q.Redirect("/permits/" + a.ID)
}

func edit(q *shell.Request) error {
	a, err := q.API.Authorization(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	if a.State != "draft" {
		q.Tell(shell.Note{Kind: "warning", Text: q.T("Only a draft can be changed. When the CERT returns it, it is one again; or draw up a new one.")})
		return q.Redirect("/permits/" + a.ID)
	}
	return q.Render(pages, "form", pageRequest{q}.form(q.T("Edit %s", a.ID), shell.Form{Values: values(a)}, a.ID))
}

// values are a draft as its form has it.
func values(a wire.Authorization) url.Values {
	out := url.Values{
		"version": {strconv.Itoa(a.Version)}, "method": {a.Method}, "level": {a.Level}, "ot_level": {a.OTLevel}, "time_zone": {a.TimeZone},
		"from": {a.From.Format(time.DateOnly)}, "until": {a.Until.Format(time.DateOnly)}, "windows": {a.Windows}, "signed_by": {a.SignedBy},
		"what": {strings.Join(append(append([]string{}, a.Prefixes...), a.Names...), "\n")}, "org_id": {a.OrgID},
	}
	if a.Windows == "" {
		out.Set("any_time", "yes")
	}
	return out
}

func save(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	version, _ := strconv.Atoi(form.Get("version")) // none of ours: the API refuses 0
	_, err = q.API.EditAuthorization(q.Context(), q.Path("id"), wire.PermitEdit{Version: version, NewAuthorization: read(form)})
	if err == nil {
		q.Tell(shell.Note{Kind: "done", Text: q.T("Saved.")})
		return q.Redirect("/permits/" + q.Path("id"))
	}
	title := q.T("Edit %s", q.Path("id"))
	if errors.Is(err, inventory.ErrStale) {
		now, err := q.API.Authorization(q.Context(), q.Path("id"))
		if err != nil {
			return err
		}
		form.Overtaken(values(now),
			shell.Option{Value: "what", Text: q.T("What may be scanned")}, shell.Option{Value: "method", Text: q.T("How you prove it")},
			shell.Option{Value: "level", Text: q.T("How deep")}, shell.Option{Value: "ot_level", Text: q.T("How deep on OT")},
			shell.Option{Value: "any_time", Text: q.T("At any time")}, shell.Option{Value: "windows", Text: q.T("Windows")},
			shell.Option{Value: "time_zone", Text: q.T("Time zone")}, shell.Option{Value: "from", Text: q.T("First day")},
			shell.Option{Value: "until", Text: q.T("Ends on")}, shell.Option{Value: "signed_by", Text: q.T("Signed by")})
		return q.RenderStale(pages, "form", pageRequest{q}.form(title, form, now.ID))
	}
	if !refused(&form, err) {
		return err
	}
	return q.RenderForm(pages, "form", pageRequest{q}.form(title, form, q.Path("id")))
}

type pageView struct {
	shell.View
	Permit wire.Authorization
	Proof  *wire.ProofCheck
	Form   shell.Form
}

// Records are the TXT records that prove a permission by DNS. One proves a name
// and all below it.
func (v pageView) Records() []wire.ProofRecord {
	var all, out []wire.ProofRecord
	if v.Proof != nil {
		all = v.Proof.Records
	} else {
		for _, name := range v.Permit.Names {
			all = append(all, wire.ProofRecord{Name: inventory.ProofName(name), Value: v.Permit.Reference})
		}
	}
	for _, r := range all {
		if !slices.ContainsFunc(out, func(o wire.ProofRecord) bool { return o.Name == r.Name }) {
			out = append(out, r)
		}
	}
	return out
}

// Proved tells whether there is what the CERT reads before it decides.
func (v pageView) Proved() bool {
	return v.Permit.Method != "letter" || v.Permit.Document != nil
}

// Step is how far the permission is on its way into force, from 1; 0 when it
// is on none.
func (v pageView) Step() int {
	switch {
	case v.Permit.State == "submitted":
		return 4
	case v.Permit.State != "draft":
		return 0
	case v.Permit.Method == "letter" && v.Proved():
		return 3
	}
	return 2
}

func show(q *shell.Request) error { return page(q, nil, shell.Form{}, nil) }

func page(q *shell.Request, proof *wire.ProofCheck, form shell.Form, refused error) error {
	a, err := q.API.Authorization(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	view := pageView{View: q.View(q.T("Permission %s", a.ID)), Permit: a, Proof: proof, Form: form}
	if refused != nil {
		return q.RenderForm(pages, "page", view)
	}
	return q.Render(pages, "page", view)
}

// do runs one step and leads back to the page; what the API refuses shows
// there.
func do(q *shell.Request, done string, step func(form shell.Form) error) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	if err := step(form); err != nil {
		if !form.Refused(err) && !forbidden(&form, err) {
			return err
		}
		form.Under("letter", "document")
		return page(q, nil, form, err)
	}
	q.Tell(shell.Note{Kind: "done", Text: done})
	return q.Redirect("/permits/" + q.Path("id"))
}

// forbidden tells on the page itself that another person has to act.
func forbidden(form *shell.Form, err error) bool {
	if !errors.Is(err, inventory.ErrForbidden) {
		return false
	}
	form.Problem = &shell.Mistake{Message: err.Error()}
	return true
}

func attach(q *shell.Request) error {
	return do(q, q.T("The letter is kept. Hand the permission in when it is complete."), func(shell.Form) error {
		n := wire.NewDocument{Name: "letter"}
		if f := q.R.MultipartForm; f != nil && len(f.File["letter"]) > 0 {
			header := f.File["letter"][0]
			file, err := header.Open()
			if err != nil {
				return err
			}
			defer file.Close()
			if n.Content, err = io.ReadAll(file); err != nil {
				return err
			}
			n.Name = header.Filename
		}
		_, err := q.API.AttachLetter(q.Context(), q.Path("id"), n)
		return err
	})
}

func letter(q *shell.Request) error {
	f, err := q.API.Letter(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	return q.Send(f)
}

func check(q *shell.Request) error {
	proof, err := q.API.CheckProof(q.Context(), q.Path("id"))
	if err != nil {
		form := shell.Form{}
		if !form.Refused(err) {
			return err
		}
		return page(q, nil, form, err)
	}
	return page(q, &proof, shell.Form{}, nil)
}

func submit(q *shell.Request) error {
	return do(q, q.T("Handed in. The CERT looks at it, and you hear of it here."), func(shell.Form) error {
		_, err := q.API.SubmitAuthorization(q.Context(), q.Path("id"))
		return err
	})
}

func revoke(q *shell.Request) error {
	return do(q, q.T("Revoked. Nothing is scanned by it any more."), func(form shell.Form) error {
		return q.API.RevokeAuthorization(q.Context(), q.Path("id"), form.Get("reason"))
	})
}

// decide is the handler of one act.
func decide(act string) func(*shell.Request) error {
	done := map[string]string{
		"activate": "In force. It is scanned by from now on.", "return": "Returned to who handed it in.",
		"suspend": "Suspended. Nothing is scanned by it until it is resumed.", "resume": "In force again.",
	}[act]
	return func(q *shell.Request) error {
		return do(q, q.Word(done), func(form shell.Form) error {
			_, err := q.API.DecideAuthorization(q.Context(), q.Path("id"), act, wire.PermitDecision{
				Reason: form.Get("reason"), MoreForOT: form.Get("more_for_ot") != "",
			})
			return err
		})
	}
}
