// Package assets shows what organisations answer for, what runs there and what
// was seen beside it, and lets people keep the register.
package assets

import (
	"cmp"
	"embed"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of assets and of what was discovered.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /assets", Needs: "list-assets", Handle: list},
		{Route: "GET /assets/export", Needs: "export-assets", Handle: export},
		{Route: "POST /assets/change", Needs: "change-assets", Handle: change},
		{Route: "POST /asset-undos/{id}", Needs: "undo-assets", Handle: undo},
		{Route: "GET /assets/found", Needs: "list-assets", Handle: found},
		{Route: "GET /assets/new", Needs: "create-asset", Handle: newAsset},
		{Route: "POST /assets", Needs: "create-asset", Handle: create},
		{Route: "GET /assets/{id}", Needs: "get-asset-page", Opens: "asset", Handle: show},
		{Route: "GET /assets/{id}/edit", Needs: "edit-asset", Handle: edit},
		{Route: "POST /assets/{id}/edit", Needs: "edit-asset", Handle: save},
		{Route: "POST /assets/{id}/sharing", Needs: "set-asset-consent", Handle: consent},
		{Route: "POST /assets/{id}/scan", Needs: "start-scan", Handle: scan},
		{Route: "POST /assets/{id}/retire", Needs: "retire-asset", Handle: retire},
		{Route: "POST /assets/{id}/move", Needs: "move-asset", Handle: move},
		{Route: "GET /certificates", Needs: "list-certificates", Handle: certificates},
		{Route: "GET /discoveries", Needs: "list-discoveries", Handle: discoveries},
		{Route: "POST /discoveries/{id}/claim", Needs: "claim-discovery", Handle: claim},
		{Route: "POST /discoveries/{id}/reject", Needs: "reject-discovery", Handle: reject},
	}
}

type listView struct {
	shell.View
	List wire.List[wire.AssetLine]
	Form shell.Form
}

// filters are the keys of the list's address that the API knows.
var filters = []string{
	"q", "org", "sector", "kind", "address_kind", "criticality", "tag", "certificate", "contact", "permit", "sharing", "unreachable", "stale", "looked_from", "service", "retired", "sort", "cursor",
}

// found answers fields that look up an asset while somebody types.
func found(q *shell.Request) error {
	all, err := q.API.AssetPage(q.Context(), url.Values{"q": {q.R.URL.Query().Get("q")}, "limit": {"20"}})
	if err != nil {
		return err
	}
	var options []shell.Option
	for _, a := range all.Items {
		text := a.Address
		if a.Name != "" {
			text = a.Name + ", " + a.Address
		}
		if !q.Who.Bound() {
			text += ", " + a.OrgName
		}
		options = append(options, shell.Option{Value: a.ID, Text: text})
	}
	return q.Options(options)
}

func list(q *shell.Request) error {
	found, err := q.API.AssetPage(q.Context(), q.Filters(filters...))
	if err != nil {
		return err
	}
	title := q.T("Assets")
	if q.Who.Bound() {
		title = q.T("My assets")
	}
	return q.Render(pages, "list", listView{View: q.View(title), List: found})
}

// Export is the list's own address with the same filters, as a file.
func (v listView) Export(format string) string {
	_, rest, _ := strings.Cut(v.With("format", format), "?")
	return "/assets/export?" + rest
}

func export(q *shell.Request) error {
	selection := q.Filters(filters...)
	selection.Del("cursor")
	if format := q.R.URL.Query().Get("format"); format != "" {
		selection.Set("format", format)
	}
	f, err := q.API.ExportAssets(q.Context(), selection)
	if err != nil {
		return err
	}
	return q.Send(f)
}

// change does what the bar below the list says with the chosen assets, and
// leads back to the list as it was.
func change(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	back := shell.Local(form.Get("back"))
	n := wire.AssetChange{IDs: form.Values["id"]}
	if len(n.IDs) == 0 {
		q.Tell(shell.Note{Kind: "warning", Text: q.T("Nothing was selected. Tick the assets first.")})
		return q.Redirect(back)
	}
	switch form.Get("do") {
	case "tag":
		n.AddTag = form.Get("tag")
	case "untag":
		n.RemoveTag = form.Get("tag")
	case "criticality":
		n.Criticality = form.Get("criticality")
	case "limit":
		n.AtMost = form.Get("at_most")
	case "sharing":
		n.Sharing = form.Get("sharing")
	case "retire":
		n.Retire = form.Get("reason")
	case "move":
		return moveMany(q, form, n.IDs, back)
	case "scan":
		return scanMany(q, form, n.IDs, back)
	}
	done, err := q.API.ChangeAssets(q.Context(), n)
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		q.Tell(shell.Note{Kind: "warning", Text: form.Problem.Message + " " + form.Problem.Hint})
		return q.Redirect(back)
	}
	note := shell.Note{Kind: "done", Text: q.N("%s asset changed.", "%s assets changed.", done.Changed)}
	if done.Undo != "" {
		note.Undo = "/asset-undos/" + done.Undo + "?back=" + url.QueryEscape(back)
	}
	q.Tell(note)
	return q.Redirect(back)
}

// maxScans is how many assets can be scanned at once from the list: more are a
// scan of their organisation.
const maxScans = 20

func scanMany(q *shell.Request, form shell.Form, ids []string, back string) error {
	if len(ids) > maxScans {
		q.Tell(shell.Note{Kind: "warning", Text: q.T("Choose at most %s assets to scan, or scan the whole organisation.", q.Number(maxScans))})
		return q.Redirect(back)
	}
	started := 0
	for _, id := range ids {
		s, err := q.API.StartScan(q.Context(), wire.NewScan{AssetID: id, Profile: cmp.Or(form.Get("profile"), profile)})
		if err != nil {
			if !form.Refused(err) {
				return err
			}
			q.Tell(shell.Note{Kind: "warning", Text: form.Problem.Message + " " + form.Problem.Hint})
			return q.Redirect(back)
		}
		if s.Tasks.Total > 0 {
			started++
		}
	}
	note := shell.Note{Kind: "done", Text: q.N("%s scan started.", "%s scans started.", started)}
	if left := len(ids) - started; left > 0 {
		note = shell.Note{Kind: "warning", Text: note.Text + " " + q.N("%s asset may not be scanned now; its page says why.", "%s assets may not be scanned now; their pages say why.", left)}
	}
	q.Tell(note)
	return q.Redirect(back)
}

// moveMany gives assets to another organisation, one after the other, up to the
// first that cannot be moved.
func moveMany(q *shell.Request, form shell.Form, ids []string, back string) error {
	moved := 0
	note := shell.Note{Kind: "done"}
	for _, id := range ids {
		if _, err := q.API.MoveAsset(q.Context(), id, strings.TrimSpace(form.Get("org_id")), form.Get("reason")); err != nil {
			if !form.Refused(err) {
				return err
			}
			note = shell.Note{Kind: "warning", Text: form.Problem.Message + " " + form.Problem.Hint + " "}
			break
		}
		moved++
	}
	note.Text += q.N("%s asset moved.", "%s assets moved.", moved)
	q.Tell(note)
	return q.Redirect(back)
}

// profile is how thoroughly a scan from a page looks.
const profile = "standard"

func undo(q *shell.Request) error {
	undone, err := q.API.UndoAssets(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	text := q.N("%s asset is as it was.", "%s assets are as they were.", undone.Restored)
	if n := len(undone.Kept); n > 0 {
		text += " " + q.N("%s was changed again since, and stays.", "%s were changed again since, and stay.", n)
	}
	q.Tell(shell.Note{Kind: "done", Text: text})
	back := shell.Local(q.R.URL.Query().Get("back"))
	if back == "/" {
		back = "/assets"
	}
	return q.Redirect(back)
}

type formView struct {
	shell.View
	Form     shell.Form
	Item     wire.Asset
	Contacts []shell.Option // who can answer for it
}

// contacts are an organisation's, to choose from; of none while nobody has said
// whose asset it is.
func contacts(q *shell.Request, org string) ([]shell.Option, error) {
	if org == "" {
		return nil, nil
	}
	o, err := q.API.Organization(q.Context(), org)
	if errors.Is(err, inventory.ErrNotFound) {
		return nil, nil // what was typed is told when it is sent
	}
	out := make([]shell.Option, len(o.Contacts))
	for i, c := range o.Contacts {
		out[i] = shell.Option{Value: c.ID, Text: cmp.Or(c.Name, c.Email, c.Phone)}
	}
	return out, err
}

func newAsset(q *shell.Request) error {
	form := shell.Form{Values: url.Values{"org_id": {cmp.Or(string(q.Who.Org), q.R.URL.Query().Get("org"))}, "criticality": {"medium"}, "kind": {"it"}}}
	return newForm(q, form)
}

// newForm shows the form of a new asset, filled in or with its mistakes.
func newForm(q *shell.Request, form shell.Form) error {
	people, err := contacts(q, cmp.Or(string(q.Who.Org), strings.TrimSpace(form.Get("org_id"))))
	if err != nil {
		return err
	}
	view := formView{View: q.View(q.T("Add an asset")), Form: form, Contacts: people}
	if form.Problem != nil {
		return q.RenderForm(pages, "new", view)
	}
	return q.Render(pages, "new", view)
}

func create(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	a, err := q.API.CreateAsset(q.Context(), wire.NewAsset{
		OrgID: form.Get("org_id"), Address: strings.TrimSpace(form.Get("address")), Name: form.Get("name"), Site: form.Get("site"),
		Function: form.Get("function"), ContactID: form.Get("contact_id"), AtMost: form.Get("at_most"), Kind: form.Get("kind"), Criticality: form.Get("criticality"), Tags: tags(form.Get("tags")),
	})
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		form.Under("contact_id", "contact")
		return newForm(q, form)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("%s is registered.", a.Address)})
	return q.Redirect("/assets/" + a.ID)
}

// tags reads what people type between commas.
func tags(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ';' || c == '\n' })
}

func edit(q *shell.Request) error {
	a, err := q.API.Asset(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	people, err := contacts(q, a.OrgID)
	if err != nil {
		return err
	}
	return q.Render(pages, "edit", formView{View: q.View(q.T("Edit %s", a.Address)), Form: shell.Form{Values: values(a)}, Item: a, Contacts: people})
}

// values are an asset as its form has it.
func values(a wire.Asset) url.Values {
	return url.Values{
		"name": {a.Name}, "site": {a.Site}, "function": {a.Function}, "contact_id": {a.ContactID}, "at_most": {a.AtMost}, "kind": {a.Kind}, "criticality": {a.Criticality}, "tags": {strings.Join(a.Tags, ", ")},
		"version": {strconv.Itoa(a.Version)},
	}
}

// save stores an edit. When somebody else was faster, it shows both.
func save(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	a, err := q.API.Asset(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	people, err := contacts(q, a.OrgID)
	if err != nil {
		return err
	}
	_, err = q.API.EditAsset(q.Context(), a.ID, wire.AssetEdit{
		Version: number(form.Get("version")), Name: form.Get("name"), Site: form.Get("site"), Kind: form.Get("kind"),
		Function: form.Get("function"), ContactID: form.Get("contact_id"), AtMost: form.Get("at_most"), Criticality: form.Get("criticality"), Tags: append([]string{}, tags(form.Get("tags"))...),
	})
	return q.Edited(err, &form, shell.Edit{
		Pages: pages, Page: "edit", Theirs: values(a), Said: q.T("Saved."), To: "/assets/" + a.ID,
		View: func() any {
			form.Under("contact_id", "contact")
			return formView{View: q.View(q.T("Edit %s", a.Address)), Form: form, Item: a, Contacts: people}
		},
		Fields: []shell.Option{
			{Value: "name", Text: q.T("Name")},
			{Value: "function", Text: q.T("Function")},
			{Value: "site", Text: q.T("Site")},
			{Value: "contact_id", Text: q.T("Who answers for it")},
			{Value: "at_most", Text: q.T("Scan it at most")},
			{Value: "criticality", Text: q.T("Criticality")},
			{Value: "kind", Text: q.T("Kind")},
			{Value: "tags", Text: q.T("Tags")},
		},
	})
}
