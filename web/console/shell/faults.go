package shell

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/status"
)

// survive names and logs a request, and outlives faults that no page saw.
func (s *shell) survive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:12]
		started := s.Now()
		protect(w.Header(), secure(r))
		rec := &status.Recorder{ResponseWriter: w}
		rec.Header().Set("X-Request-Id", id)
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // the very value, by contract
					panic(v)
				}
				s.Log.Error("request panicked", "request_id", id, "panic", v, "stack", string(debug.Stack()))
				if rec.Code == 0 {
					http.Error(rec, "something went wrong here; request "+id, http.StatusInternalServerError)
				}
			}
			s.Log.Debug("page", slog.String("request_id", id), slog.String("method", r.Method), slog.String("path", loggedPath(r)),
				slog.Int("status", rec.Code), slog.Duration("took", s.Now().Sub(started).Round(time.Millisecond)))
		}()
		next.ServeHTTP(rec, r)
	})
}

// loggedPath is where a request went, without what opens a door: whoever reads
// the log must not take an invitation for himself.
func loggedPath(r *http.Request) string {
	if secret := r.PathValue("secret"); secret != "" {
		return strings.Replace(r.URL.Path, secret, "…", 1)
	}
	return r.URL.Path
}

// tidy ends a page: it removes the files that a form left on disk, and turns a
// panic into a page. An answer that had begun is broken off, so that nobody
// takes half of it for the whole.
func (q *Request) tidy() {
	v := recover()
	if q.R.MultipartForm != nil {
		_ = q.R.MultipartForm.RemoveAll() // in the system's folder for files that may go
	}
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // the very value, by contract
		panic(v)
	}
	q.shell.Log.Error("page panicked", "request_id", q.requestID(), "path", loggedPath(q.R), "panic", v, "stack", string(debug.Stack()))
	if rec, ok := q.W.(*status.Recorder); ok && rec.Code != 0 {
		panic(http.ErrAbortHandler)
	}
	q.fail(errPanicked)
}

var errPanicked = errors.New("the page panicked; its stack is in the log before this")

// errBadForm is a form that no browser sends.
var errBadForm = errors.New("form cannot be read")

func (q *Request) requestID() string { return q.W.Header().Get("X-Request-Id") }

// A mishap is an error as people are told of it.
type mishap struct {
	status       int
	what, advice string
}

// mishap finds the words for an error that a page gave up with.
func (q *Request) mishap(err error) mishap {
	tooMuch, large := errors.AsType[*http.MaxBytesError](err)
	var problem *client.Error
	switch {
	case large:
		return mishap{
			http.StatusRequestEntityTooLarge, q.T("What you sent is too large"),
			q.T("Nothing was kept. Send %s MB at a time at most.", q.Number(max(1, int(tooMuch.Limit>>20)))),
		}
	case errors.Is(err, inventory.ErrNotFound):
		return mishap{http.StatusNotFound, q.T("There is nothing here that you may see"), q.T("It was removed, is somebody else's, or never was. Check the address, or search for it.")}
	case errors.As(err, &problem) && problem.Problem.Status >= http.StatusBadRequest:
		return mishap{problem.Problem.Status, q.Word(problem.Error()), q.Word(problem.Advice())}
	case errors.Is(err, errBadForm):
		return mishap{http.StatusBadRequest, q.T("The form cannot be read"), q.T("Nothing was done. Open the page again, and send the form from there.")}
	case errors.Is(err, inventory.ErrUnavailable):
		return mishap{http.StatusServiceUnavailable, q.T("The database cannot be reached"), q.T("Nothing is lost. Try again in a minute.")}
	case errors.Is(err, context.DeadlineExceeded):
		return mishap{http.StatusGatewayTimeout, q.T("This took too long"), q.T("Ask for less at a time, with a filter.")}
	}
	return mishap{http.StatusInternalServerError, q.T("Something went wrong here"), q.T("Try again. If it stays, tell an administrator the number below.")}
}

// fail turns an error that a page gave up with into an answer.
func (q *Request) fail(err error) {
	if errors.Is(q.R.Context().Err(), context.Canceled) {
		return // the browser has gone: there is nobody to tell
	}
	m := q.mishap(err)
	if m.status >= http.StatusInternalServerError {
		q.shell.Log.Error("page failed", "request_id", q.requestID(), "path", loggedPath(q.R), "error", err)
	}
	if err := q.Fail(m.status, m.what, m.advice); err != nil {
		q.shell.Log.Error("page failed twice", "request_id", q.requestID(), "path", loggedPath(q.R), "error", err)
		http.Error(q.W, m.what, m.status)
	}
}

// nowhere answers for an address that no page has, or has for another method.
func (q *Request) nowhere(pages *http.ServeMux) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		other := q.R.Clone(q.R.Context())
		other.Method = method
		if _, route := pages.Handler(other); route != "/" && route != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 || slices.Contains(allowed, q.R.Method) {
		return q.Fail(http.StatusNotFound, q.T("There is no such page"), q.T("Check the address, or search for it."))
	}
	q.W.Header().Set("Allow", strings.Join(allowed, ", "))
	return q.Fail(http.StatusMethodNotAllowed, q.T("This page does not take what was sent"), q.T("Nothing was done. Open the page, and use what is on it."))
}
