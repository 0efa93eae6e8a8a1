// Package peers shows the CERTs with which we exchange, by what they are
// known, and what is fetched from them.
package peers

import (
	"embed"
	"net/url"
	"strings"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// maxCredential bounds a form with a key, in bytes.
const maxCredential = 1 << 20

// Pages are the pages of peers.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /peers", Needs: "list-peers", Handle: list},
		{Route: "GET /peers/found", Needs: "list-peers", Handle: found},
		{Route: "GET /peers/new", Needs: "create-peer", Handle: begin},
		{Route: "POST /peers", Needs: "create-peer", Handle: create},
		{Route: "GET /peers/{id}", Needs: "get-peer", Opens: "peer", Handle: show},
		{Route: "GET /peers/{id}/edit", Needs: "update-peer", Handle: edit},
		{Route: "POST /peers/{id}/edit", Needs: "update-peer", Handle: save},
		{Route: "POST /peers/{id}/confirm", Needs: "confirm-peer", Handle: confirm},
		{Route: "POST /peers/{id}/former", Needs: "update-peer", Handle: end},
		{Route: "POST /peers/{id}/keys", Needs: "request-peer-key", Upload: maxCredential, Handle: askKey},
		{Route: "POST /peers/{id}/keys/revoke", Needs: "request-key-revocation", Handle: askRevocation},
		{Route: "POST /peers/{id}/api-keys", Needs: "create-peer-api-key", Handle: giveSecret},
		{Route: "POST /peers/{id}/api-keys/revoke", Needs: "revoke-peer-api-key", Handle: takeSecret},
		{Route: "POST /peers/{id}/sources", Needs: "create-source", Handle: addSource},
		{Route: "POST /peers/{id}/sources/pause", Needs: "pause-source", Handle: direct("pause")},
		{Route: "POST /peers/{id}/sources/resume", Needs: "resume-source", Handle: direct("resume")},
		{Route: "POST /peers/{id}/sources/poll", Needs: "poll-source", Handle: direct("poll")},
		{Route: "GET /key-changes", Needs: "list-key-changes", Handle: changes},
		{Route: "POST /key-changes/confirm", Needs: "confirm-key-change", Handle: confirmChange},
		{Route: "POST /key-changes/reject", Needs: "reject-key-change", Handle: rejectChange},
	}
}

type listView struct {
	shell.View
	List    wire.List[wire.Peer]
	Waiting wire.List[wire.KeyChange] // the first that do
}

func list(q *shell.Request) error {
	all, err := q.API.PeerPage(q.Context(), q.Filters("cursor"))
	if err != nil {
		return err
	}
	waiting, err := q.API.KeyChangePage(q.Context(), url.Values{"state": {"waiting"}})
	if err != nil {
		return err
	}
	return q.Render(pages, "list", listView{q.View(q.T("Peers")), all, waiting})
}

// found answers fields that look up a peer while somebody types.
func found(q *shell.Request) error {
	all, err := q.API.PeerPage(q.Context(), url.Values{"limit": {"500"}})
	if err != nil {
		return err
	}
	words := strings.ToLower(q.R.URL.Query().Get("q"))
	var options []shell.Option
	for _, p := range all.Items {
		if strings.Contains(strings.ToLower(p.ID+" "+p.Name+" "+p.Country), words) {
			options = append(options, shell.Option{Value: p.ID, Text: p.Name + " (" + p.Country + ")"})
		}
	}
	return q.Options(options)
}

type pageView struct {
	shell.View
	Peer       wire.Peer
	Changes    wire.List[wire.KeyChange] // that wait
	Sources    []wire.Source
	Agreements wire.List[wire.Agreement]
	Form       shell.Form
	Secret     *wire.PeerSecret // shown this once
}

func show(q *shell.Request) error { return render(q, shell.Form{}, nil) }

// render shows a peer, with a form that was refused or a secret just made.
func render(q *shell.Request, form shell.Form, secret *wire.PeerSecret) error {
	ctx, id := q.Context(), q.Path("id")
	p, err := q.API.Peer(ctx, id)
	if err != nil {
		return err
	}
	v := pageView{View: q.View(p.Name), Peer: p, Form: form, Secret: secret}
	if v.Changes, err = q.API.KeyChangePage(ctx, url.Values{"peer": {id}, "state": {"waiting"}}); err != nil {
		return err
	}
	if v.Sources, err = q.API.Sources(ctx, id); err != nil {
		return err
	}
	if v.Agreements, err = q.API.AgreementPage(ctx, url.Values{"peer": {id}}); err != nil {
		return err
	}
	if form.Problem != nil {
		return q.RenderForm(pages, "page", v)
	}
	return q.Render(pages, "page", v)
}

// at is the page of a peer.
func at(id string) string { return "/peers/" + url.PathEscape(id) }

func confirm(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("The peer is confirmed. What the agreements allow may pass."), func(shell.Form) error {
		_, err := q.API.ConfirmPeer(q.Context(), q.Path("id"))
		return err
	})
}

func end(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("The acquaintance is ended. Nothing passes any more."), func(shell.Form) error {
		_, err := q.API.UpdatePeer(q.Context(), q.Path("id"), wire.PeerChange{State: "former"})
		return err
	})
}

func direct(verb string) func(*shell.Request) error {
	return func(q *shell.Request) error {
		done := map[string]string{
			"pause": q.T("The source is paused."), "resume": q.T("The source is polled again."), "poll": q.T("The source is polled now."),
		}[verb]
		return q.Act(at(q.Path("id"))+"#sources", done, func(f shell.Form) error {
			return q.API.DirectSource(q.Context(), f.Get("source"), verb)
		})
	}
}

func addSource(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	_, err = q.API.CreateSource(q.Context(), wire.NewSource{
		PeerID: q.Path("id"), Channel: form.Get("channel"), URL: strings.TrimSpace(form.Get("url")), Hosts: strings.Fields(form.Get("hosts")),
		User: form.Get("user"), APIKey: form.Get("api_key"), CA: form.Get("ca"), Every: form.Get("every"),
	})
	if err != nil {
		form.Values.Del("api_key") // a secret is typed again
		if form.Refused(err) {
			return render(q, form, nil)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The source is polled from now on.")})
	return q.Redirect(at(q.Path("id")) + "#sources")
}
