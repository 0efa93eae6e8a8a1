package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

const problemType = "application/problem+json"

// maxShown is how much of a wrong value is shown back, in characters.
const maxShown = 100

// A problem is an answer on its way; huma sends it with its status.
type problem struct{ wire.Problem }

func (p *problem) Error() string           { return p.Detail }
func (p *problem) GetStatus() int          { return p.Status }
func (*problem) ContentType(string) string { return problemType }

// newProblem translates err. place is where a request of this kind carries
// its fields: "body" or "query".
func newProblem(err error, place, requestID string) *problem {
	v := httpStatus(err)
	p := &problem{wire.Problem{
		Type: "about:blank", Title: http.StatusText(v.status), Status: v.status,
		Kind: v.kind, Detail: err.Error(), Hint: cmp.Or(inventory.HintOf(err), v.hint), RequestID: requestID,
	}}
	if v.opaque != "" {
		p.Detail = v.opaque
	}
	mistakes := inputErrors(err)
	for _, m := range mistakes {
		p.Errors = append(p.Errors, wire.ProblemDetail{
			Location: location(place, m.Field), Value: shorten(m.Value), Message: m.Message, Hint: m.Hint,
		})
	}
	switch len(mistakes) {
	case 0:
	case 1:
		p.Detail, p.Hint = mistakes[0].Error(), mistakes[0].Hint
	default:
		p.Detail = fmt.Sprintf("%d mistakes, the first: %s", len(mistakes), mistakes[0].Error())
	}
	return p
}

// inputErrors finds every mistake in a tree of wrapped and joined errors.
func inputErrors(err error) []*inventory.InputError {
	//nolint:errorlint // the tree is walked by hand: As would stop at the first.
	switch e := err.(type) {
	case *inventory.InputError:
		return []*inventory.InputError{e}
	case interface{ Unwrap() []error }:
		var all []*inventory.InputError
		for _, one := range e.Unwrap() {
			all = append(all, inputErrors(one)...)
		}
		return all
	}
	if inner := errors.Unwrap(err); inner != nil {
		return inputErrors(inner)
	}
	return nil
}

// location names a field's place; one that a file's reader named in words
// ("row 3, column B") already does.
func location(place, field string) string {
	if field == "" || strings.Contains(field, " ") {
		return field
	}
	return place + "." + field
}

func shorten(s string) string {
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}

// translate is a huma.Transformer: the framework's own refusals become
// problems like ours.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &problem{wire.Problem{
		Type: "about:blank", Title: http.StatusText(m.Status), Status: m.Status,
		Kind: kindOf(m.Status), Detail: m.Detail, RequestID: requestID(ctx.Context()),
	}}
	for _, d := range m.Errors {
		p.Errors = append(p.Errors, plainDetail(d))
	}
	if len(p.Errors) > 0 {
		p.Detail, p.Hint = headline(p.Errors[0]), p.Errors[0].Hint
	}
	return p, nil
}

// headline is a mistake in one line: "sector "x": unknown sector".
func headline(d wire.ProblemDetail) string {
	field := d.Location
	if _, name, ok := strings.Cut(field, "."); ok {
		field = name
	}
	e := inventory.InputError{Field: field, Value: d.Value, Message: d.Message}
	if field == "" {
		return d.Message
	}
	return e.Error()
}

// writtenAs tells how what a schema expects is written in JSON.
var writtenAs = map[string]string{
	"expected integer": "write a whole number without quotes, such as 72",
	"expected number":  "write a number without quotes, such as 7.5",
	"expected boolean": "write true or false, without quotes",
	"expected string":  `write it in quotes, such as "text"`,
	"expected array":   `write a list, such as ["one", "two"]`,
	"expected object":  `write names and values, such as {"name": "value"}`,
}

// plainDetail puts the words of the schema's validation into plain language.
func plainDetail(d *huma.ErrorDetail) wire.ProblemDetail {
	out := wire.ProblemDetail{Location: d.Location, Message: d.Message}
	switch v := d.Value.(type) {
	case nil, map[string]any, []any: // the whole body: says nothing
	case string:
		out.Value = shorten(v)
	default:
		out.Value = shorten(fmt.Sprint(v))
	}
	if at, _, ok := strings.Cut(d.Location, "["); ok && strings.HasPrefix(at, "query.") {
		out.Location = at // people give a filter's words one by one: severity, not severity[0]
	}
	last := out.Location[strings.LastIndexByte(out.Location, '.')+1:]
	if words, ok := between(d.Message, `expected value to be one of "`, `"`); ok {
		out.Message, out.Hint = "unknown "+strings.ReplaceAll(last, "_", " "), "use one of: "+words
	}
	if name, ok := between(d.Message, "expected required property ", " to be present"); ok {
		out.Location, out.Message = d.Location+"."+name, "is missing"
	}
	if d.Message == "expected length >= 1" {
		out.Message = "is missing"
	}
	if d.Message == "unexpected property" || d.Message == "unknown query parameter" {
		out.Value, out.Message, out.Hint = "", "unknown field", "see /api/v1/openapi.json for the fields"
	}
	if strings.HasPrefix(d.Message, "expected string to be RFC 3339 date") {
		out.Message, out.Hint = "not a time", "write it like 2027-01-31T00:00:00Z"
	}
	if how := writtenAs[d.Message]; how != "" {
		out.Hint = how
	}
	if d.Location == "body" { // could not be parsed: the value is all of it
		out.Value = ""
	}
	return out
}

func between(s, prefix, suffix string) (string, bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, suffix)
}

// writeProblem answers outside of the framework.
func writeProblem(w http.ResponseWriter, p *problem) {
	w.Header().Set("Content-Type", problemType)
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="ciiscan"`)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone
}
