package shell

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// A View is what the frame around a page shows. Pages embed it in what they
// give to their template: {{$.T "Open findings"}} then says it in the reader's
// language.
type View struct {
	*locale.Printer
	Title string // in the reader's language
	Notes []Note
	q     *Request
}

// View begins the view of a page with its title, in the reader's language.
func (q *Request) View(title string) View {
	return View{Printer: q.Printer, Title: title, Notes: q.takeNotes(), q: q}
}

// Site is the installation's name.
func (v View) Site() string { return v.q.shell.Title }

// User is who is signed in, "" where nobody is.
func (v View) User() string { return v.q.Who.User }

// Role is the user's, in words.
func (v View) Role() string { return v.Word(roleNames[v.q.Who.Role]) }

// RoleName is a role in words.
func (v View) RoleName(role string) string { return v.Word(roleNames[auth.Role(role)]) }

// Bound tells whether the user is one of an organisation's people.
func (v View) Bound() bool { return v.q.Who.Bound() }

// May tells whether the user may call an operation of the API.
func (v View) May(operation string) bool { return v.q.May(operation) }

// Preferences are the user's.
func (v View) Preferences() account.Preferences { return v.q.Session.Preferences }

// Person is who did something, as the reader may know it: to an organisation's
// people the API says CERT of everybody there.
func (v View) Person(name string) string {
	if name == "CERT" && v.Bound() {
		return v.T("your CERT")
	}
	return name
}

// Now is the present.
func (v View) Now() time.Time { return v.q.Now() }

// Moment writes a time in the user's zone.
func (v View) Moment(t time.Time) string { return v.Time(t.In(v.q.Session.Preferences.Location())) }

// Day writes a day in the user's zone.
func (v View) Day(t time.Time) string { return v.Date(t.In(v.q.Session.Preferences.Location())) }

// Fresh says how long ago something was, in the largest unit that fits.
func (v View) Fresh(t time.Time) string {
	switch d := v.Now().Sub(t); {
	case d < time.Hour:
		return v.N("%s minute ago", "%s minutes ago", max(0, int(d.Minutes())))
	case d < 48*time.Hour:
		return v.N("%s hour ago", "%s hours ago", int(d.Hours()))
	default:
		return v.N("%s day ago", "%s days ago", int(d.Hours())/24)
	}
}

// LanguageName is what a language's speakers call it.
func (v View) LanguageName(tag string) string { return locale.For(tag).Language().Name }

// Called is what people call the object with that id, under the key that it
// has in filters; the id itself where there is none or the reader may not know.
func (v View) Called(key, id string) string { return cmp.Or(v.q.name(key, id), id) }

// Path is the page's own, without its query.
func (v View) Path() string { return v.q.R.URL.Path }

// Query is one value of the page's address.
func (v View) Query(key string) string { return v.q.R.URL.Query().Get(key) }

// Queries are all values of a key of the page's address.
func (v View) Queries(key string) []string { return v.q.R.URL.Query()[key] }

// Filtered tells whether the page's address asks for some of a list only.
func (v View) Filtered() bool {
	for _, values := range v.q.R.URL.Query() {
		if strings.Join(values, "") != "" {
			return true
		}
	}
	return false
}

// With is the page's own address with one value of its query replaced, or
// taken out by "". What is on a later page of a list begins anew.
func (v View) With(key, value string) string {
	query := v.q.R.URL.Query()
	query.Del(key)
	if key != "cursor" {
		query.Del("cursor")
	}
	if value != "" {
		query.Set(key, value)
	}
	return address(v.q.R.URL.Path, query)
}

// Without is the page's own address without one value of a key.
func (v View) Without(key, value string) string {
	query := v.q.R.URL.Query()
	query.Del("cursor")
	query[key] = slices.DeleteFunc(query[key], func(s string) bool { return s == value })
	return address(v.q.R.URL.Path, query)
}

func address(path string, query url.Values) string {
	if s := query.Encode(); s != "" {
		return path + "?" + s
	}
	return path
}

// Asset is the address of a file of the console's own.
func (View) Asset(name string) string { return assetPath(name) }

// A Note is told once, on the next page.
type Note struct {
	Kind string // done, warning
	Text string
	Undo string `json:",omitempty"` // where a form undoes it, "" for nowhere
}

// noteCookie carries a note to the next page. Over TLS no other host may set
// it.
func (q *Request) noteCookie() string {
	if secure(q.R) {
		return "__Host-ciiscan-note"
	}
	return "ciiscan-note"
}

// maxNote is how many letters a note may have: a browser drops a cookie of
// 4 KiB.
const maxNote = 500

// Tell shows a note on the page that Redirect leads to.
func (q *Request) Tell(n Note) {
	if text := []rune(n.Text); len(text) > maxNote {
		n.Text = string(text[:maxNote]) + "…"
	}
	b, err := json.Marshal(n)
	if err != nil {
		return // of three texts: cannot happen
	}
	http.SetCookie(q.W, q.note(base64.RawURLEncoding.EncodeToString(b), 60))
}

// Said tells what came of an act: done, or what the API refused and what to do
// about it. What else went wrong is returned.
func (q *Request) Said(err error, done func() string) error {
	form := Form{}
	switch {
	case err == nil:
		q.Tell(Note{Kind: "done", Text: done()})
	case form.Refused(err):
		q.Tell(Note{Kind: "warning", Text: strings.TrimSpace(form.Problem.Message + ". " + form.Problem.Hint)})
	default:
		return err
	}
	return nil
}

func (q *Request) note(value string, seconds int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever the connection is
		Name: q.noteCookie(), Value: value, Path: "/", MaxAge: seconds, Secure: secure(q.R), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func (q *Request) takeNotes() []Note {
	c, err := q.R.Cookie(q.noteCookie())
	if err != nil || q.R.Method == http.MethodHead {
		return nil
	}
	http.SetCookie(q.W, q.note("", -1))
	var n Note
	if b, err := base64.RawURLEncoding.DecodeString(c.Value); err != nil || json.Unmarshal(b, &n) != nil || n.Text == "" {
		return nil
	}
	if n.Kind != "warning" && n.Kind != "wrong" {
		n.Kind = "done"
	}
	if n.Undo != "" && Local(n.Undo) != n.Undo {
		n.Undo = ""
	}
	return []Note{n}
}
