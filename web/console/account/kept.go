package account

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/web/console/shell"
)

// maxKept is the largest form that is kept on the way through sign-in, in
// bytes of its JSON.
const maxKept = 64 << 10

// A keptForm is a form that came without a session.
type keptForm struct {
	Path   string
	Values url.Values
}

// A keptView shows it again.
type keptView struct {
	shell.View
	Kept  keptForm
	Leave string // where somebody goes who does not send it
}

// A keptField is one value, to be seen and to be sent.
type keptField struct{ Name, Value string }

// Fields are the values, by name.
func (k keptForm) Fields() []keptField {
	var out []keptField
	for _, name := range slices.Sorted(maps.Keys(k.Values)) {
		for _, v := range k.Values[name] {
			out = append(out, keptField{name, v})
		}
	}
	return out
}

// secret tells whether a field's value has no place in a page.
func secret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"password", "passphrase", "secret"}, func(s string) bool { return strings.Contains(name, s) })
}

// keep writes the request's form into a text that travels through sign-in, or
// "" when it cannot be kept. Files are never kept, and not whole is told.
func keep(q *shell.Request, f shell.Form) (kept string, whole bool) {
	if !q.Takes(q.R.URL.Path) {
		return "", false
	}
	form := keptForm{Path: q.R.URL.Path, Values: url.Values{}}
	for name, values := range f.Values {
		if !secret(name) {
			form.Values[name] = values
		}
	}
	b, err := json.Marshal(form)
	if err != nil || len(b) > maxKept {
		return "", false
	}
	m := q.R.MultipartForm
	return base64.RawURLEncoding.EncodeToString(b), m == nil || len(m.File) == 0
}

// open reads what keep wrote. It comes from the browser: only a form that this
// console takes, of no more than keep lets through, is one.
func open(q *shell.Request, kept string) (keptForm, bool) {
	if kept == "" || len(kept) > base64.RawURLEncoding.EncodedLen(maxKept) {
		return keptForm{}, false
	}
	var form keptForm
	b, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil || json.Unmarshal(b, &form) != nil || !q.Takes(form.Path) {
		return keptForm{}, false
	}
	return form, true
}
