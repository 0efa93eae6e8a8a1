package releases

import (
	"strings"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// maxShown bounds how much of a file a page shows, in bytes; all of it is a
// download.
const maxShown = 100_000

type pageView struct {
	shell.View
	Release wire.ReleaseDetail
	Preview *wire.ReleasePreview // of one that waits
	Why     string               // why there is none
	Form    shell.Form
	Asked   bool // by the reader
}

// Text is the beginning of a file.
func (pageView) Text(b []byte) string { return text(b) }

// Text is the beginning of a file.
func (newView) Text(b []byte) string { return text(b) }

func text(b []byte) string {
	if len(b) > maxShown {
		b = b[:maxShown]
	}
	if !utf8.Valid(b) {
		return strings.ToValidUTF8(string(b), "�")
	}
	return string(b)
}

func show(q *shell.Request) error {
	r, err := q.API.Release(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	v := pageView{View: q.View(q.T("Release %s", r.ID)), Release: r, Asked: strings.EqualFold(r.RequestedBy, q.Who.User)}
	if r.State == "requested" {
		p, err := q.API.PreviewRequested(q.Context(), r.ID)
		var form shell.Form
		switch {
		case err == nil:
			v.Preview = &p
		case form.Forbade(err):
			v.Why = form.Problem.Message
		default:
			return err
		}
	}
	shell.Learn(q, "peer", r.Deliveries, func(v wire.Delivery) string { return v.PeerID })
	return q.Render(pages, "page", v)
}

// file hands out a released file; without a name there is only the page.
func file(q *shell.Request) error {
	name := q.R.URL.Query().Get("name")
	if name == "" {
		return q.Redirect(at(q.Path("id")))
	}
	f, err := q.API.ReleaseFile(q.Context(), q.Path("id"), name)
	if err != nil {
		return err
	}
	return q.Send(f)
}

func approve(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("It is released. What follows is on this page."), func(shell.Form) error {
		_, err := q.API.ApproveRelease(q.Context(), q.Path("id"))
		return err
	})
}

func agree(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("The legal officer's word is kept, for every audience."), func(shell.Form) error {
		_, err := q.API.ApproveReleaseLegal(q.Context(), q.Path("id"))
		return err
	})
}

func refuse(q *shell.Request) error {
	return q.Act(at(q.Path("id")), q.T("The request is refused. Nothing leaves."), func(f shell.Form) error {
		return q.API.RefuseRelease(q.Context(), q.Path("id"), f.Get("reason"))
	})
}
