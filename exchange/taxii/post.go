package taxii

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/ciiscan/ciiscan/exchange"
)

// post takes objects into an inbox. Whether they are worth anything is found
// out later; here they must be STIX 2.1 objects by their form.
func (s *server) post(c *call) (any, error) {
	x, err := s.seen(c)
	if err != nil {
		return nil, err
	}
	if !x.CanWrite {
		return nil, fail(http.StatusForbidden, "Forbidden", "You may read this collection and not write into it.")
	}
	t, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || t != "application/taxii+json" || params["version"] != "2.1" || c.Header.Get("Content-Encoding") != "" {
		return nil, fail(http.StatusUnsupportedMediaType, "Unsupported media type", "Send "+mediaType+", not compressed.")
	}
	raw, err := s.body(c)
	if err != nil {
		return nil, err
	}
	objects, refused, err := ReadEnvelope(raw, Limits{})
	if err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		return nil, fail(http.StatusUnprocessableEntity, "Cannot be processed", "None of the objects is STIX 2.1: "+refused[0].Message+".")
	}
	status, err := s.library.TAXIIReceive(c.Context(), c.who, exchange.TAXIIPost{
		Collection: x.ID, At: s.o.Now().UTC(), Raw: raw, Objects: objects, Refused: refused,
	})
	if err != nil {
		return nil, err
	}
	c.status = http.StatusAccepted
	return statusToWire(status), nil
}

func (s *server) body(c *call) ([]byte, error) {
	tooLarge := fail(http.StatusRequestEntityTooLarge, "Too large", fmt.Sprintf("At most %d bytes at a time.", s.o.MaxContent))
	if c.ContentLength > s.o.MaxContent {
		return nil, tooLarge
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, s.o.MaxContent))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge
	}
	if err != nil {
		return nil, fail(http.StatusBadRequest, "Bad request", "The body ended before its end.")
	}
	return raw, nil
}
