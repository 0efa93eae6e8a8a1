package shell

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
)

// Act does what a small form asks for and leads on to a page. What was done,
// or what was wrong with the form, is told there; what the person may not do
// is a page of its own, in the API's words.
func (q *Request) Act(to, done string, do func(Form) error) error {
	form, err := q.Form()
	if err != nil {
		return err
	}
	note := Note{Kind: "done", Text: done}
	if err := do(form); err != nil {
		if !form.Refused(err) {
			return err
		}
		note = Note{Kind: "wrong", Text: form.Problem.Message}
		if form.Problem.Hint != "" {
			note.Text += ". " + form.Problem.Hint
		}
	}
	q.Tell(note)
	return q.Redirect(to)
}

// Forbade is Refused for a form of which a refusal in the API's words, such as
// that of a second person, is better told beside what was typed.
func (f *Form) Forbade(err error) bool {
	var problem *client.Error
	if errors.As(err, &problem) && problem.Problem.Status == http.StatusForbidden {
		f.Mistakes, f.Problem = map[string][]Mistake{}, &Mistake{Message: problem.Error(), Hint: problem.Advice()}
		return true
	}
	return f.Refused(err)
}

// Filters are those of the page's address that a list of the API takes: the
// keys that are named, all without any, and where in the list it is. What a
// form left empty is no filter.
func (q *Request) Filters(keys ...string) url.Values {
	out := url.Values{}
	for key, values := range q.R.URL.Query() {
		if len(keys) > 0 && key != "cursor" && !slices.Contains(keys, key) {
			continue
		}
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" {
				out.Add(key, v)
			}
		}
	}
	return out
}

// BeginDays makes the days that a query has under the keys into moments: their
// beginning where the reader is, as the API takes it. What is no day stays as
// it is, and the API says so.
func (q *Request) BeginDays(query url.Values, keys ...string) url.Values {
	for _, key := range keys {
		if t, err := time.ParseInLocation(time.DateOnly, query.Get(key), q.Session.Preferences.Location()); err == nil {
			query.Set(key, t.Format(time.RFC3339))
		}
	}
	return query
}

// Today is the present, where the reader is.
func (q *Request) Today() time.Time { return q.Now().In(q.Session.Preferences.Location()) }

// Day reads a field that has a day: its beginning where the reader is. What is
// none is a mistake of the field.
func (q *Request) Day(f Form, field string) (time.Time, error) {
	typed := strings.TrimSpace(f.Get(field))
	day, err := time.ParseInLocation(time.DateOnly, typed, q.Session.Preferences.Location())
	if err != nil {
		return time.Time{}, &inventory.InputError{Field: field, Value: typed, Message: q.T("not a day"), Hint: q.T("write it like 2027-01-31")}
	}
	return day.UTC(), nil
}

// LastDay reads the day until which something holds: that day's last second.
func (q *Request) LastDay(f Form, field string) (time.Time, error) {
	day, err := q.Day(f, field)
	if err != nil {
		return day, err
	}
	return day.In(q.Session.Preferences.Location()).AddDate(0, 0, 1).Add(-time.Second).UTC(), nil
}

// Upload is a file of a form that was read by Form; nil content where none was
// chosen.
func (q *Request) Upload(field string) (name string, content []byte, err error) {
	if q.R.MultipartForm == nil || len(q.R.MultipartForm.File[field]) == 0 {
		return "", nil, nil
	}
	header := q.R.MultipartForm.File[field][0]
	f, err := header.Open()
	if err != nil {
		return "", nil, fmt.Errorf("open %s: %w", field, err)
	}
	defer f.Close()
	if content, err = io.ReadAll(f); err != nil {
		return "", nil, fmt.Errorf("read %s: %w", field, err)
	}
	return header.Filename, content, nil
}
