package organizations

import (
	"net/url"
	"strconv"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/shell"
)

// languageNames are the languages in which contacts can be written to, each by
// its own name.
var languageNames = map[string]string{
	"en": "English", "bn": "বাংলা", "hi": "हिन्दी", "ne": "नेपाली", "si": "සිංහල", "ta": "தமிழ்", "th": "ไทย", "my": "မြန်မာ", "dz": "རྫོང་ཁ",
}

func contactView(q *shell.Request, title string, org wire.Organization, contact string, form shell.Form) formView {
	view := formView{View: q.View(title), Form: form, Org: org, Contact: contact}
	for _, tag := range inventory.Languages() {
		view.Languages = append(view.Languages, shell.Option{Value: tag, Text: languageNames[tag]})
	}
	return view
}

func newContact(q *shell.Request) error {
	o, err := q.API.Organization(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	form := shell.Form{Values: url.Values{"role": {"technical"}, "language": {"en"}, "position": {"1"}, "digest": {"yes"}, "alerts": {"yes"}}}
	return q.Render(pages, "contact", contactView(q, q.T("Add a contact"), o, "", form))
}

// contactOf reads the form.
func contactOf(form shell.Form) wire.NewContact {
	position, _ := strconv.Atoi(form.Get("position")) // the API takes none for the first
	return wire.NewContact{
		Role: form.Get("role"), Name: form.Get("name"), Email: form.Get("email"), Phone: form.Get("phone"), OpenPGPKey: form.Get("openpgp_key"),
		SMIMECertificate: form.Get("smime_certificate"), Language: form.Get("language"), TimeZone: form.Get("time_zone"), Position: position,
		NoDigest: form.Get("digest") == "", NoAlerts: form.Get("alerts") == "",
	}
}

func addContact(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	o, err := q.API.Organization(q.Context(), q.Path("id"))
	if err != nil {
		return err
	}
	if _, err := q.API.AddContact(q.Context(), o.ID, contactOf(form)); err != nil {
		if !form.Refused(err) {
			return err
		}
		return q.RenderForm(pages, "contact", contactView(q, q.T("Add a contact"), o, "", form))
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The contact is kept.")})
	return q.Redirect("/organizations/" + o.ID + "#contacts")
}

// contact finds the one that the address names.
func contact(q *shell.Request) (wire.Organization, wire.Contact, error) {
	o, err := q.API.Organization(q.Context(), q.Path("id"))
	if err != nil {
		return o, wire.Contact{}, err
	}
	for _, c := range o.Contacts {
		if c.ID == q.Path("contact") {
			return o, c, nil
		}
	}
	return o, wire.Contact{}, inventory.ErrNotFound
}

func editContact(q *shell.Request) error {
	o, c, err := contact(q)
	if err != nil {
		return err
	}
	return q.Render(pages, "contact", contactView(q, q.T("Edit contact"), o, c.ID, shell.Form{Values: valuesOf(c)}))
}

func valuesOf(c wire.Contact) url.Values {
	out := url.Values{
		"role": {c.Role}, "name": {c.Name}, "email": {c.Email}, "phone": {c.Phone}, "openpgp_key": {c.OpenPGPKey},
		"smime_certificate": {c.SMIMECertificate}, "language": {c.Language}, "time_zone": {c.TimeZone},
		"position": {strconv.Itoa(c.Position)}, "version": {strconv.Itoa(c.Version)},
	}
	if c.Digest {
		out.Set("digest", "yes")
	}
	if c.Alerts {
		out.Set("alerts", "yes")
	}
	return out
}

func saveContact(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	o, c, err := contact(q)
	if err != nil {
		return err
	}
	_, err = q.API.EditContact(q.Context(), o.ID, c.ID, wire.ContactEdit{Version: version(form), NewContact: contactOf(form)})
	return q.Edited(err, &form, shell.Edit{
		Pages: pages, Page: "contact", Theirs: valuesOf(c), Said: q.T("The contact is kept."), To: "/organizations/" + o.ID + "#contacts",
		View: func() any { return contactView(q, q.T("Edit contact"), o, c.ID, form) },
		Fields: []shell.Option{
			{Value: "name", Text: q.T("Name")},
			{Value: "role", Text: q.T("Told about")},
			{Value: "email", Text: q.T("E-mail")},
			{Value: "phone", Text: q.T("Telephone")},
			{Value: "language", Text: q.T("Language of mails and reports")},
			{Value: "time_zone", Text: q.T("Time zone")},
			{Value: "position", Text: q.T("Turn")},
			{Value: "digest", Text: q.T("Gets the weekly mail")},
			{Value: "alerts", Text: q.T("Is told of urgent findings the same day")},
			{Value: "openpgp_key", Text: q.T("OpenPGP key")},
			{Value: "smime_certificate", Text: q.T("S/MIME certificate")},
		},
	})
}

func removeContact(q *shell.Request) error {
	if err := q.API.RemoveContact(q.Context(), q.Path("id"), q.Path("contact")); err != nil {
		return err
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The contact is removed.")})
	return q.Redirect("/organizations/" + q.Path("id") + "#contacts")
}

// testContact mails a contact a code that proves the address.
func testContact(q *shell.Request) error {
	o, c, err := contact(q)
	if err != nil {
		return err
	}
	n, err := q.API.SendTestMail(q.Context(), c.ID)
	err = q.Said(err, func() string { return q.T("A test mail goes to %s. Ask for the code in it.", n.To) })
	if err != nil {
		return err
	}
	return q.Redirect("/organizations/" + o.ID + "#contact-" + c.ID)
}

// confirmContact takes the code of a test mail.
func confirmContact(q *shell.Request) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	o, c, err := contact(q)
	if err != nil {
		return err
	}
	if err := q.API.ConfirmMailContact(q.Context(), c.ID, form.Get("code")); err != nil {
		if !form.Refused(err) {
			return err
		}
		return page(q, form, c.ID)
	}
	q.Tell(shell.Note{Kind: "done", Text: q.T("The address is confirmed.")})
	return q.Redirect("/organizations/" + o.ID + "#contact-" + c.ID)
}
