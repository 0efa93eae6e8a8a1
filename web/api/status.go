package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// A verdict is what the world learns of an error.
type verdict struct {
	status int
	kind   string
	hint   string // when the error itself has none
	opaque string // shown in place of the error's text, which stays in the log
}

// fault is the verdict on errors that nobody expected.
var fault = verdict{
	http.StatusInternalServerError, wire.KindFault,
	"the server's log tells more under this request's id", "a fault of the server",
}

// httpStatus is the only place where errors become status codes.
func httpStatus(err error) verdict {
	for _, m := range []struct {
		err error
		verdict
	}{
		{auth.ErrUnauthenticated, verdict{
			http.StatusUnauthorized, wire.KindUnauthenticated,
			"send a valid token: in CIISCAN_TOKEN for ciiscan, as Authorization: Bearer cii_… for other programs", "",
		}},
		{inventory.ErrInvalid, verdict{http.StatusUnprocessableEntity, wire.KindInvalid, "", ""}},
		{inventory.ErrNotFound, verdict{http.StatusNotFound, wire.KindNotFound, "", ""}},
		{inventory.ErrConflict, verdict{http.StatusConflict, wire.KindConflict, "", ""}},
		{inventory.ErrStale, verdict{
			http.StatusPreconditionFailed, wire.KindStale,
			"read it again, and decide again on what it says now", "",
		}},
		{inventory.ErrOutOfScope, verdict{
			http.StatusForbidden, wire.KindOutOfScope,
			"see the organisation's authorisations; record a new one if the operator agrees", "",
		}},
		{inventory.ErrForbidden, verdict{http.StatusForbidden, wire.KindForbidden, "", ""}},
		{inventory.ErrUnavailable, verdict{
			http.StatusServiceUnavailable, wire.KindUnavailable,
			"try again soon; if it stays so, see that PostgreSQL runs and its disk has room; the server's log tells more under this request's id",
			"the database, or something else that this needs, cannot be reached or is not set up",
		}},
		{context.DeadlineExceeded, verdict{
			http.StatusServiceUnavailable, wire.KindUnavailable,
			"try again; if it goes on, ask for less at once", "it took too long",
		}},
	} {
		if errors.Is(err, m.err) {
			return m.verdict
		}
	}
	return fault
}

// kindOf is the kind of a status that was decided without an error of ours.
func kindOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return wire.KindUnauthenticated
	case http.StatusForbidden:
		return wire.KindForbidden
	case http.StatusNotFound:
		return wire.KindNotFound
	case http.StatusConflict:
		return wire.KindConflict
	case http.StatusPreconditionFailed:
		return wire.KindStale
	case http.StatusServiceUnavailable:
		return wire.KindUnavailable
	}
	if status >= http.StatusInternalServerError {
		return wire.KindFault
	}
	return wire.KindInvalid
}
