package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// An Error is a problem that the server told of. errors.Is matches it with
// the inventory error of its kind.
type Error struct{ Problem wire.Problem }

// sentinels are the errors that a problem's kind stands for. Who is not known
// is forbidden everything.
var sentinels = map[string]error{
	wire.KindInvalid:         inventory.ErrInvalid,
	wire.KindNotFound:        inventory.ErrNotFound,
	wire.KindConflict:        inventory.ErrConflict,
	wire.KindStale:           inventory.ErrStale,
	wire.KindOutOfScope:      inventory.ErrOutOfScope,
	wire.KindForbidden:       inventory.ErrForbidden,
	wire.KindUnauthenticated: inventory.ErrForbidden,
	wire.KindUnavailable:     inventory.ErrUnavailable,
}

// Error is the problem's detail.
func (e *Error) Error() string {
	if e.Problem.Kind == wire.KindFault && e.Problem.RequestID != "" {
		return fmt.Sprintf("%s (request %s)", e.Problem.Detail, e.Problem.RequestID)
	}
	return e.Problem.Detail
}

// Is matches the inventory error of the problem's kind.
func (e *Error) Is(target error) bool { return sentinels[e.Problem.Kind] == target && target != nil }

// Advice returns what to do about it, or "".
func (e *Error) Advice() string { return e.Problem.Hint }

// Mistakes returns each mistake in the input, by the name that people use for
// its place.
func (e *Error) Mistakes() []*inventory.InputError {
	var out []*inventory.InputError
	for _, d := range e.Problem.Errors {
		field := d.Location
		for _, place := range []string{"body.", "query.", "path.", "header."} {
			field = strings.TrimPrefix(field, place)
		}
		out = append(out, &inventory.InputError{Field: field, Value: d.Value, Message: d.Message, Hint: d.Hint})
	}
	return out
}

// problemError reads a refusal; one that is no problem comes from something
// between us and the server.
func problemError(status int, media string, content []byte) error {
	var p wire.Problem
	if media == "application/problem+json" && json.Unmarshal(content, &p) == nil && p.Detail != "" {
		return &Error{p}
	}
	return &Error{wire.Problem{
		Status: status, Kind: wire.KindFault,
		Detail: fmt.Sprintf("the server answered %d %s, not as CIIScan does", status, http.StatusText(status)),
		Hint:   "check that --server names a CIIScan server, and what stands between",
	}}
}
