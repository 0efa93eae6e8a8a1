package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Error says which host did not answer as it should, and why. To errors.Is
// it is inventory.ErrForbidden (we do not go there, or they do not let us in),
// ErrInvalid (the answer is not to be had in reason), ErrNotFound or
// ErrUnavailable (worth another try).
type Error struct {
	Host   string
	Path   string // of the request; never its query, which may hold a secret
	Why    string
	Hint   string
	Status int // of the answer; 0 when there was none
	kind   error
	cause  error
}

// Error reads "feeds.example/csaf/a.json: answers 404 Not Found".
func (e *Error) Error() string { return e.Host + e.Path + ": " + e.Why }

// Is tells the kinds apart.
func (e *Error) Is(target error) bool { return target == e.kind }

// Unwrap gives the error of the network, where there is one.
func (e *Error) Unwrap() error { return e.cause }

// Advice is what to do about it.
func (e *Error) Advice() string { return e.Hint }

func refuse(host, why, hint string) *Error {
	return &Error{Host: host, Why: why, Hint: hint, kind: inventory.ErrForbidden}
}

func tooMuch(why string) *Error {
	return &Error{Why: why, Hint: "ask the peer; or raise the limit", kind: inventory.ErrInvalid}
}

func tooSlow(format string, d time.Duration) *Error {
	return &Error{Why: fmt.Sprintf(format, d), kind: inventory.ErrUnavailable}
}

// statusError is what an answer other than success means.
func statusError(res *http.Response) *Error {
	why := strings.TrimSpace(fmt.Sprintf("answers %d %s", res.StatusCode, http.StatusText(res.StatusCode)))
	e := &Error{Status: res.StatusCode, Why: why}
	switch res.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		e.kind = inventory.ErrNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		e.kind, e.Hint = inventory.ErrForbidden, "check the credentials for this source; does its agreement still hold?"
	default:
		e.kind = inventory.ErrUnavailable
	}
	return at(res.Request, e)
}

// at adds where it happened.
func at(req *http.Request, e *Error) *Error {
	e.Host, e.Path = cmp.Or(e.Host, req.URL.Host), cmp.Or(e.Path, req.URL.EscapedPath())
	return e
}

// explain turns what the network says into an *Error. The reasons that we
// gave ourselves, as the cause of a context or within the dialler, come first.
func explain(ctx context.Context, req *http.Request, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return at(req, e)
	}
	if e, ok := errors.AsType[*Error](context.Cause(ctx)); ok {
		return at(req, e)
	}
	why := err.Error()
	if inner := errors.Unwrap(err); inner != nil { // without "Get URL:", which may show a secret
		why = inner.Error()
	}
	return at(req, &Error{Why: inventory.CleanText(why, 300), kind: inventory.ErrUnavailable, cause: err})
}
