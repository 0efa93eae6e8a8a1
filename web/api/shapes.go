package api

import (
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Paging is the input of every list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"500" doc:"next_cursor of the page before; absent for the first."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"Most objects on the page."`

	asked url.URL
}

// Resolve remembers the request's URL, for the link to the next page.
func (p *Paging) Resolve(ctx huma.Context) []error {
	p.asked = ctx.URL()
	return nil
}

func (p *Paging) page() inventory.Page {
	return inventory.Page{Cursor: p.Cursor, Limit: p.Limit}
}

// A listed is one page as it goes out.
type listed[T any] struct {
	Link string `header:"Link" doc:"The next page, as RFC 8288 writes it."`
	Body wire.List[T]
}

// newPage translates a page of domain values.
func newPage[D, T any](p *Paging, items []D, next string, each func(D) T) *listed[T] {
	out := &listed[T]{Body: wire.List[T]{Items: convert(items, each), NextCursor: next}}
	if next != "" {
		q := p.asked.Query()
		q.Set("cursor", next)
		q.Set("limit", strconv.Itoa(p.Limit))
		out.Link = "<" + p.asked.Path + "?" + q.Encode() + `>; rel="next"`
	}
	return out
}

// A body is an answer of one object.
type body[T any] struct{ Body T }

// A created is an answer with a new object and where it is from now on.
type created[T any] struct {
	Location string `header:"Location" doc:"Where the new object is."`
	Body     T
}

func answer[T any](v T) *body[T] { return &body[T]{Body: v} }

func newObject[T any](collection, id string, v T) *created[T] {
	return &created[T]{Location: Base + "/" + collection + "/" + id, Body: v}
}

// convert translates a slice; the result is never nil.
func convert[D, T any](items []D, each func(D) T) []T {
	out := make([]T, 0, len(items))
	for _, item := range items {
		out = append(out, each(item))
	}
	return out
}

// words translates a slice of typed words; the result is never nil.
func words[T ~string](items []T) []string {
	return convert(items, func(v T) string { return string(v) })
}

// ByID is the input of what concerns one object.
type ByID struct {
	ID string `path:"id" maxLength:"100"`
}

// ByIDReason is the input of what has to be explained.
type ByIDReason struct {
	ByID
	Body wire.Reason
}

// utc puts a time that may be missing into UTC.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return some(*t)
}

// some is a time in UTC, or nil for the zero time.
func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// put sets what is given.
func put[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// putWord sets a word of a type, when it is given.
func putWord[T ~string](to *T, from *string) {
	if from != nil {
		*to = T(*from)
	}
}
