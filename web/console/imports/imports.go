// Package imports takes files and lists into the register: bring, match the
// columns, look at what would happen, decide, and take it back.
package imports

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/csv"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// maxUpload bounds a form with a file, in bytes: the largest file and what
// goes with it.
const maxUpload = 10<<20 + 1<<20

// Pages are the pages of imports.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /imports", Needs: "list-imports", Handle: list},
		{Route: "GET /imports/new", Needs: "create-import", Handle: begin},
		{Route: "POST /imports", Needs: "create-import", Upload: maxUpload, Handle: create},
		{Route: "GET /imports/template.csv", Needs: "create-import", Handle: template},
		{Route: "GET /imports/{id}", Needs: "get-import", Handle: show},
		{Route: "GET /imports/{id}/errors.csv", Needs: "list-import-rows", Handle: errorFile},
		{Route: "POST /imports/{id}/columns", Needs: "read-import", Handle: columns},
		{Route: "POST /imports/{id}/apply", Needs: "apply-import", Handle: apply},
		{Route: "POST /imports/{id}/undo", Needs: "undo-import", Handle: undo},
		{Route: "POST /imports/{id}/drop", Needs: "drop-import", Handle: drop},
	}
}

type listView struct {
	shell.View
	List wire.List[wire.Import]
}

func list(q *shell.Request) error {
	found, err := q.API.ImportPage(q.Context(), q.Filters("org", "state"))
	if err != nil {
		return err
	}
	shell.Learn(q, "org", found.Items, func(v wire.Import) string { return v.OrgID })
	return q.Render(pages, "list", listView{q.View(q.T("Imports")), found})
}

type newView struct {
	shell.View
	Form shell.Form
}

func begin(q *shell.Request) error {
	form := shell.Form{Values: url.Values{"org_id": {q.R.URL.Query().Get("org")}}}
	return q.Render(pages, "new", newView{q.View(q.T("Add assets")), form})
}

func create(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	n := wire.NewImport{OrgID: form.Get("org_id"), Text: form.Get("list")}
	if n.Name, n.Content, err = upload(q, "file"); err != nil {
		return err
	}
	if len(n.Content) > 0 {
		n.Text = "" // a file says more than what is left in the field beside it
	}
	made, err := q.API.CreateImport(q.Context(), n)
	if err != nil {
		if !form.Refused(err) {
			return err
		}
		return q.RenderForm(pages, "new", newView{q.View(q.T("Add assets")), form})
	}
	return q.Redirect("/imports/" + made.ID)
}

// upload reads a file of the form; without one its content is nil.
func upload(q *shell.Request, field string) (name string, content []byte, err error) {
	if q.R.MultipartForm == nil || len(q.R.MultipartForm.File[field]) == 0 {
		return "", nil, nil
	}
	header := q.R.MultipartForm.File[field][0]
	f, err := header.Open()
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	content, err = io.ReadAll(f)
	return header.Filename, content, err
}

type pageView struct {
	shell.View
	Import wire.Import
	Rows   wire.List[wire.ImportRow]
	Form   shell.Form
	Step   int
	Fields []string
}

// Program is whose file it is; a file of nobody's in particular has columns
// that can be told.
func (v pageView) Program() string {
	if v.Import.Format == "nmap" {
		return "nmap"
	}
	return "CycloneDX"
}

// Bad counts the rows with mistakes.
func (v pageView) Bad() int { return v.Import.Counts.Error + v.Import.Counts.Duplicate }

// Good counts the rows that change something.
func (v pageView) Good() int { return v.Import.Counts.New + v.Import.Counts.Changed }

// fields are what a column can be said to hold.
func fields() []string {
	return []string{"address", "host", "name", "function", "site", "contact", "criticality", "kind", "tags"}
}

func show(q *shell.Request) error { return page(q, shell.Form{}, nil) }

// page shows an import with a page of its rows.
func page(q *shell.Request, form shell.Form, refused error) error {
	i, err := q.API.Import(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	query := url.Values{"limit": {"50"}}
	for _, key := range []string{"class", "cursor"} {
		if v := q.R.URL.Query().Get(key); v != "" && refused == nil {
			query.Set(key, v)
		}
	}
	rows, err := q.API.ImportRows(q.Context(), i.ID, query)
	if err != nil {
		return err
	}
	view := pageView{View: q.View(cmp.Or(i.Name, i.ID)), Import: i, Rows: rows, Form: form, Step: 3, Fields: fields()}
	if i.State != "draft" {
		view.Step = 5
	}
	if refused != nil {
		return q.RenderForm(pages, "page", view)
	}
	return q.Render(pages, "page", view)
}

// refusable shows what the API refused beside the form, and gives up what
// cannot be mended.
func refusable(q *shell.Request, form shell.Form, err error) error {
	if !form.Refused(err) {
		return err
	}
	return page(q, form, err)
}

func columns(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	n := wire.ImportReading{Sheet: form.Get("sheet"), Fields: map[string]string{}}
	for key := range form.Values {
		if column, ok := strings.CutPrefix(key, "column-"); ok {
			n.Fields[column] = form.Get(key)
		}
	}
	if _, err := q.API.ReadImport(q.Context(), q.Path("id"), n); err != nil {
		return refusable(q, form, err)
	}
	return q.Redirect("/imports/" + q.Path("id"))
}

func apply(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	i, err := q.API.ApplyImport(q.Context(), q.Path("id"), cmp.Or(form.Get("mode"), "all"))
	if err != nil {
		return refusable(q, form, err)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.N("%s asset was added.", "%s assets were added.", i.Counts.New) + " " +
		q.N("%s was changed.", "%s were changed.", i.Counts.Changed)})
	return q.Redirect("/imports/" + i.ID)
}

type undoneView struct {
	shell.View
	ID     string
	Undone wire.ImportUndone
}

func undo(q *shell.Request) error {
	undone, err := q.API.UndoImport(q.Context(), q.Path("id"))
	if err != nil {
		return refusable(q, shell.Form{}, err)
	}
	return q.Render(pages, "undone", undoneView{q.View(q.T("The import is taken back")), q.Path("id"), undone})
}

func drop(q *shell.Request) error {
	if err := q.API.DropImport(q.Context(), q.Path("id")); err != nil {
		return refusable(q, shell.Form{}, err)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The file was thrown away. The register is as it was.")})
	return q.Redirect("/imports/new")
}

// template is a file to fill in.
func template(q *shell.Request) error {
	const text = "\ufeffaddress,name,function,site,contact,criticality,kind,tags\r\n" +
		"192.0.2.10,Web server,Internet bank,Head office,,high,it,\"web, dmz\"\r\n" +
		"192.0.2.32/28,Control network,SCADA,Plant 1,,critical,ot,substations\r\n" +
		"www.example.org,Public site,Public information,,,medium,it,web\r\n"
	return q.Send(client.File{Name: "assets-template.csv", Type: "text/csv; charset=utf-8", Content: []byte(text)})
}

// errorFile writes the rows with mistakes as they are in the file, with what is
// wrong behind, so that they can be mended and brought again.
func errorFile(q *shell.Request) error {
	i, err := q.API.Import(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	var head []string
	for _, c := range i.Columns {
		head = append(head, disarm(cmp.Or(c.Text, c.Field)))
	}
	_ = w.Write(append(head, "row", "mistakes")) // into memory: cannot fail
	for _, class := range []string{"error", "duplicate"} {
		rows, err := q.API.AllImportRows(q.Context(), i.ID, class)
		if err != nil {
			return err
		}
		for _, r := range rows {
			_ = w.Write(errorLine(r, len(head)))
		}
	}
	w.Flush()
	return q.Send(client.File{Name: i.ID + "-errors.csv", Type: "text/csv; charset=utf-8", Content: b.Bytes()})
}

func errorLine(r wire.ImportRow, width int) []string {
	line := make([]string, width)
	for i := range min(width, len(r.Cells)) {
		line[i] = disarm(r.Cells[i])
	}
	var wrong []string
	for _, m := range r.Mistakes {
		text := m.Message
		if m.Column != "" {
			text = m.Column + ": " + text
		}
		wrong = append(wrong, text)
	}
	return append(line, strconv.Itoa(r.Line), disarm(strings.Join(wrong, "; ")))
}

// disarm keeps a spreadsheet from running text.
func disarm(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
