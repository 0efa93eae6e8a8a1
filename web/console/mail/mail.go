// Package mail shows what organisations were told by mail and what became of
// it: to the CERT all of it, with the contacts whom mail does not reach; to an
// organisation's own people what was sent to them, to be read and confirmed.
package mail

import (
	"embed"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

//go:embed *.html
var files embed.FS

var pages = shell.Parse(files)

// Pages are the pages of mail.
func Pages() []shell.Page {
	return []shell.Page{
		{Route: "GET /mail", Needs: "list-notices", Handle: list},
		{Route: "GET /mail/{id}", Needs: "get-notice", Handle: show},
		{Route: "POST /mail/{id}/resend", Needs: "resend-notice", Handle: resend},
		{Route: "POST /mail/{id}/confirm", Needs: "confirm-notice", Handle: confirm},
		{Route: "GET /mail/preview", Needs: "preview-letter", Handle: preview},
		{Route: "GET /mail-contacts", Needs: "list-mail-contacts", Handle: contacts},
		{Route: "POST /mail-contacts/{id}", Needs: "update-mail-contact", Handle: update},
		{Route: "POST /mail-contacts/{id}/test", Needs: "send-test-mail", Handle: sendTest},
		{Route: "POST /mail-contacts/{id}/confirm", Needs: "confirm-mail-contact", Handle: confirmContact},
	}
}

var (
	states = []string{"queued", "sent", "failed", "bounced", "dry_run", "cancelled"}
	kinds  = []string{"weekly", "alert", "digest", "reminder", "waiver_ending", "permission_ending", "unconfirmed", "advisory", "verify"}
)

type listView struct {
	shell.View
	List          wire.List[wire.Notice]
	Mail          wire.MailState
	States, Kinds []string
}

func list(q *shell.Request) error {
	found, err := q.API.NoticePage(q.Context(), q.Filters())
	if err != nil {
		return err
	}
	v := listView{q.View(title(q)), found, wire.MailState{State: "on"}, states, kinds}
	if q.May("get-mail-state") {
		if v.Mail, err = q.API.MailState(q.Context()); err != nil {
			return err
		}
	}
	return q.Render(pages, "list", v)
}

func title(q *shell.Request) string {
	if q.Who.Bound() {
		return q.T("Mail to us")
	}
	return q.T("Mail to operators")
}

type noticeView struct {
	shell.View
	Notice   wire.NoticeDetail
	Contacts []wire.MailContact // to whom it could go instead
	Form     shell.Form
}

func show(q *shell.Request) error { return showWith(q, shell.Form{}) }

func showWith(q *shell.Request, f shell.Form) error {
	n, err := q.API.Notice(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	v := noticeView{View: q.View(q.T("Mail %s", n.ID)), Notice: n, Form: f}
	if q.May("resend-notice") {
		others, err := q.API.MailContactPage(q.Context(), url.Values{"org": {n.OrgID}, "limit": {"100"}})
		if err != nil {
			return err
		}
		v.Contacts = others.Items
	}
	if f.Problem != nil {
		return q.RenderForm(pages, "notice", v)
	}
	return q.Render(pages, "notice", v)
}

// CanResend tells whether the mail can be sent again.
func (v noticeView) CanResend() bool {
	return v.May("resend-notice") && v.Notice.State != "queued" && v.Notice.Kind != "verify"
}

// CanConfirm tells whether somebody is still to say that it was read.
func (v noticeView) CanConfirm() bool {
	return v.May("confirm-notice") && v.Notice.ConfirmedAt == nil && v.Notice.Kind != "verify"
}

func resend(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	n, err := q.API.ResendNotice(q.Context(), q.Path("id"), f.Get("contact_id"))
	if err != nil {
		if f.Refused(err) {
			return showWith(q, f)
		}
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("It goes out again as %s, to %s.", n.ID, n.To)})
	return q.Redirect("/mail/" + url.PathEscape(n.ID))
}

func confirm(q *shell.Request) error {
	n, err := q.API.ConfirmNotice(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("Thank you. It is noted that you have read it.")})
	return q.Redirect("/mail/" + url.PathEscape(n.ID))
}

type previewView struct {
	shell.View
	Letter    wire.LetterPreview
	Kinds     []string
	Kind      string
	Language  string
	Languages []string
	Bilingual bool
}

// languages are those in which contacts can be written to.
var languages = []string{"en", "bn", "hi", "ne", "si", "ta", "th", "my", "dz"}

func preview(q *shell.Request) error {
	query := q.R.URL.Query()
	v := previewView{
		View: q.View(q.T("How mail looks")), Kinds: kinds, Kind: query.Get("kind"), Language: query.Get("language"),
		Languages: languages, Bilingual: query.Get("bilingual") != "",
	}
	if v.Kind == "" {
		v.Kind = "weekly"
	}
	if v.Language == "" {
		v.Language = "en"
	}
	var err error
	if v.Letter, err = q.API.PreviewLetter(q.Context(), v.Kind, v.Language, v.Bilingual); err != nil {
		return err
	}
	return q.Render(pages, "preview", v)
}
