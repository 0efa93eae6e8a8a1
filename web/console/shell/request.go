package shell

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// A Request is one call of a page by one person.
type Request struct {
	W http.ResponseWriter
	R *http.Request
	*locale.Printer
	Who     auth.Identity   // zero where nobody is signed in
	Session account.Session // likewise
	API     *client.Client  // acts as Who with the context of Context

	shell   *shell
	page    Page
	form    url.Values // what Form has read
	formErr error
	shown   bool              // a page was made, and nothing was wrong with it
	names   map[string]string // of objects, as they were looked up for this page
}

// Context is the request's, for calls of the API.
func (q *Request) Context() context.Context { return q.R.Context() }

// Path is a wildcard of the route.
func (q *Request) Path(name string) string { return q.R.PathValue(name) }

// Now is the present.
func (q *Request) Now() time.Time { return q.shell.Now() }

// May tells whether the person may call an operation of the API.
func (q *Request) May(operation string) bool { return q.shell.May(operation, q.Who.Role) }

// Form reads the form that was sent.
func (q *Request) Form() (Form, error) {
	if q.form == nil && q.formErr == nil {
		q.formErr = q.readForm()
		q.form = q.R.PostForm
	}
	if q.formErr != nil {
		return Form{}, fmt.Errorf("%w: %w", errBadForm, q.formErr)
	}
	return Form{Values: q.form, say: q.Word}, nil
}

func (q *Request) readForm() error {
	err := q.R.ParseForm()
	if strings.HasPrefix(q.R.Header.Get("Content-Type"), "multipart/form-data") {
		err = q.R.ParseMultipartForm(MaxForm) // larger files go to disk
	}
	return err
}

// Takes tells whether a form may be sent to the path, by somebody signed in.
func (q *Request) Takes(path string) bool {
	p, ok := q.shell.pageAt(http.MethodPost, path)
	return ok && !p.Public
}

// Opens is the path where a page can be opened by it, and else that of the
// home page: some only take forms.
func (q *Request) Opens(path string) string {
	if _, ok := q.shell.pageAt(http.MethodGet, path); ok {
		return path
	}
	return "/"
}

// pageAt is the page that answers at a path of this server.
func (s *shell) pageAt(method, path string) (Page, bool) {
	if Local(path) != path {
		return Page{}, false
	}
	r, err := http.NewRequest(method, path, nil) //nolint:noctx // is never sent
	if err != nil {
		return Page{}, false
	}
	_, route := s.mux.Handler(r)
	p, ok := s.pages[route]
	return p, ok
}

// Redirect leads on, after a form was taken.
func (q *Request) Redirect(to string) error {
	http.Redirect(q.W, q.R, to, http.StatusSeeOther)
	return nil
}

// Local makes an address that somebody gave safe to lead to: one of this
// server, or the home page.
func Local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, "\\") {
		return "/"
	}
	return to
}

// Fail answers with a page that says what is wrong and what to do.
func (q *Request) Fail(status int, what, advice string) error {
	view := errorView{View: q.View(what), Advice: advice, RequestID: q.requestID()}
	if q.R.Method == http.MethodGet && q.R.URL.RawQuery != "" && (status == http.StatusBadRequest || status == http.StatusUnprocessableEntity) {
		view.Whole = q.R.URL.Path
	}
	return q.renderStatus(status, basic, "error", view)
}

type errorView struct {
	View
	Advice, RequestID string
	Whole             string // the page without the filters that were wrong, "" where none were
}
