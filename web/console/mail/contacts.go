package mail

import (
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

type contactsView struct {
	shell.View
	List wire.List[wire.MailContact]
	Form shell.Form
	Of   string // the contact that Form is about
}

func contacts(q *shell.Request) error { return contactsWith(q, q.Filters(), shell.Form{}, "") }

func contactsWith(q *shell.Request, query url.Values, f shell.Form, of string) error {
	found, err := q.API.MailContactPage(q.Context(), query)
	if err != nil {
		return err
	}
	v := contactsView{q.View(q.T("Contacts and their mail")), found, f, of}
	if f.Problem != nil {
		return q.RenderForm(pages, "contacts", v)
	}
	return q.Render(pages, "contacts", v)
}

// back is the list from which a form was sent.
func back(f shell.Form) string {
	to := url.Values{}
	for _, key := range []string{"org", "problem"} {
		if v := f.Get(key); v != "" {
			to.Set(key, v)
		}
	}
	if len(to) == 0 {
		return "/mail-contacts"
	}
	return "/mail-contacts?" + to.Encode()
}

func update(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	u := wire.MailContactUpdate{Bilingual: f.Has("bilingual", "yes"), Cleared: f.Has("cleared", "yes")}
	if err := q.API.UpdateMailContact(q.Context(), q.Path("id"), u); err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("It is noted.")})
	return q.Redirect(back(f))
}

func sendTest(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	n, err := q.API.SendTestMail(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("A test mail goes to %s. Ask for the code in it.", n.To)})
	return q.Redirect(back(f))
}

func confirmContact(q *shell.Request) error {
	f, err := q.Form()
	if err != nil {
		return err
	}
	id := q.Path("id")
	if err := q.API.ConfirmMailContact(q.Context(), id, f.Get("code")); err != nil {
		if !f.Refused(err) {
			return err
		}
		query := url.Values{}
		if org := f.Get("org"); org != "" {
			query.Set("org", org)
		}
		return contactsWith(q, query, f, id)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The address is confirmed.")})
	return q.Redirect(back(f))
}
