// Package inbox shows what peers sent, what is wrong with it and whom it
// concerns, lets people accept or reject it, and answers its senders. All that
// it shows is a stranger's.
package inbox

import (
	"embed"
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/markdown"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// maxUpload bounds a form with a document or a bundle, in bytes.
const maxUpload = 32<<20 + 1<<20

// Pages are the pages of the inbox.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /inbox", Needs: "list-inbox", Handle: list},
		{Route: "GET /inbox/import", Needs: "import-inbound", Handle: begin},
		{Route: "POST /inbox/import", Needs: "import-inbound", Upload: maxUpload, Handle: take},
		{Route: "POST /inbox/bundle", Needs: "read-bundle", Upload: maxUpload, Handle: readBundle},
		{Route: "POST /inbox/write-bundle", Needs: "write-bundle", Handle: writeBundle},
		{Route: "GET /inbox/{id}", Needs: "get-inbound", Opens: "inbound", Handle: show},
		{Route: "GET /inbox/{id}/raw", Needs: "get-inbound-raw", Handle: raw},
		{Route: "POST /inbox/{id}/accept", Needs: "accept-inbound", Handle: decide(true)},
		{Route: "POST /inbox/{id}/reject", Needs: "reject-inbound", Handle: decide(false)},
		{Route: "POST /inbox/{id}/advisory", Needs: "draft-from-inbound", Handle: draft},
		{Route: "POST /inbox/{id}/answer/preview", Needs: "preview-answer", Handle: previewAnswer},
		{Route: "POST /inbox/{id}/answer", Needs: "send-answer", Handle: sendAnswer},
	}
}

type listView struct {
	shell.View
	List             wire.List[wire.Inbound]
	States, Channels []string
}

func list(q *shell.Request) error {
	found, err := q.API.InboxPage(q.Context(), q.Filters("state", "peer", "channel", "source"))
	if err != nil {
		return err
	}
	shell.Learn(q, "peer", found.Items, func(v wire.Inbound) string { return v.PeerID })
	return q.Render(pages, "list", listView{
		q.View(q.T("Inbox")), found,
		[]string{"quarantined", "accepted", "rejected", "duplicate", "superseded", "withdrawn", "noted"},
		[]string{"csaf", "taxii", "misp", "push", "mail", "bundle"},
	})
}

type pageView struct {
	shell.View
	Item    wire.InboundDetail
	Matches wire.List[wire.Match]
	Form    shell.Form
	Answer  *wire.Answer // as it would be sent
}

// HTML renders one of the document's texts.
func (pageView) HTML(s string) template.HTML { return markdown.HTML(s) }

// Bytes is the document's size.
func (v pageView) Bytes() int { return int(v.Item.Size) }

// Fatal tells whether something keeps the document out whatever people say.
func (v pageView) Fatal() bool {
	for _, p := range v.Item.Problems {
		if p.Fatal {
			return true
		}
	}
	return false
}

func show(q *shell.Request) error { return render(q, shell.Form{}, nil) }

func render(q *shell.Request, form shell.Form, answer *wire.Answer) error {
	x, err := q.API.Inbound(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	title := x.Title
	if title == "" {
		title = x.ID
	}
	v := pageView{View: q.View(title), Item: x, Form: form, Answer: answer}
	if v.Matches, err = q.API.InboundMatchPage(q.Context(), x.ID, q.Filters("verdict")); err != nil {
		return err
	}
	if form.Problem != nil {
		return q.RenderForm(pages, "page", v)
	}
	shell.Learn(q, "org", v.Matches.Items, func(v wire.Match) string { return v.OrgID })
	return q.Render(pages, "page", v)
}

// at is the page of a received document.
func at(id string) string { return "/inbox/" + url.PathEscape(id) }

func raw(q *shell.Request) error {
	f, err := q.API.InboundRaw(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	return q.Send(f)
}

func decide(yes bool) func(*shell.Request) error {
	return func(q *shell.Request) error {
		done := q.T("It is rejected.")
		if yes {
			done = q.T("It is accepted. Whom it concerns is found out now.")
		}
		return q.Act(at(q.Path("id")), done, func(f shell.Form) error {
			_, err := q.API.DecideInbound(q.Context(), q.Path("id"), yes, f.Get("reason"))
			return err
		})
	}
}

func draft(q *shell.Request) error {
	a, err := q.API.AdvisoryFromInbound(q.Context(), q.Path("id"))
	if err != nil {
		var form shell.Form
		if form.Refused(err) {
			return render(q, form, nil)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The draft rests on the peer's document. Read it before anything else.")})
	return q.Redirect("/advisories/" + url.PathEscape(a.ID) + "/edit")
}

// words are what a person adds to what is counted.
func words(f shell.Form) wire.NewAnswer {
	n, _ := strconv.Atoi(f.Get("usefulness")) // not rated
	return wire.NewAnswer{Usefulness: n, Comment: strings.TrimSpace(f.Get("comment"))}
}

func previewAnswer(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	a, err := q.API.PreviewAnswer(q.Context(), q.Path("id"), words(form))
	if err != nil {
		if form.Forbade(err) {
			return render(q, form, nil)
		}
		return err
	}
	return render(q, form, &a)
}

func sendAnswer(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	if _, err := q.API.SendAnswer(q.Context(), q.Path("id"), words(form)); err != nil {
		if form.Forbade(err) {
			return render(q, form, nil)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The sender is told.")})
	return q.Redirect(at(q.Path("id")))
}

type importView struct {
	shell.View
	Form shell.Form
	Read *wire.BundleRead
}

func begin(q *shell.Request) error {
	form := shell.Form{Values: url.Values{"peer_id": q.R.URL.Query()["peer"]}}
	return q.Render(pages, "import", importView{q.View(q.T("Take in a file")), form, nil})
}

// take takes in a document that somebody brings.
func take(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	n := wire.NewInbound{PeerID: strings.TrimSpace(form.Get("peer_id"))}
	if n.Name, n.Content, err = q.Upload("document"); err != nil {
		return err
	}
	if _, n.Signature, err = q.Upload("signature"); err != nil {
		return err
	}
	x, err := q.API.ImportInbound(q.Context(), n)
	if err != nil {
		if form.Forbade(err) {
			return q.RenderForm(pages, "import", importView{q.View(q.T("Take in a file")), form, nil})
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("It is taken in. See what is wrong with it, if anything.")})
	return q.Redirect(at(x.ID))
}

// readBundle takes in a peer's bundle, and says what was in it.
func readBundle(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	var n wire.NewDocument
	if n.Name, n.Content, err = q.Upload("bundle"); err != nil {
		return err
	}
	view := importView{q.View(q.T("Take in a file")), form, nil}
	got, err := q.API.ReadBundle(q.Context(), n)
	if err != nil {
		if view.Form.Forbade(err) {
			return q.RenderForm(pages, "import", view)
		}
		return err
	}
	view.Read = &got
	return q.Render(pages, "import", view)
}

// writeBundle packs what a peer has not got yet into a file to carry.
func writeBundle(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	b, err := q.API.WriteBundle(q.Context(), strings.TrimSpace(form.Get("bundle_peer")))
	if err != nil {
		if form.Forbade(err) {
			return q.RenderForm(pages, "import", importView{q.View(q.T("Take in a file")), form, nil})
		}
		return err
	}
	return q.Send(client.File{Name: b.Name, Type: "application/octet-stream", Content: b.Content})
}
