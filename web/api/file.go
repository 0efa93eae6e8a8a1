package api

import (
	"mime"

	"github.com/danielgtaylor/huma/v2"
)

// A file is an answer that is not JSON of ours.
type file struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func newFile(name, contentType string, content []byte) *file {
	return &file{
		Type: contentType, Body: content,
		Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": name}),
	}
}

// answersFile documents the types of file that an operation answers with.
func answersFile(types ...string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		content := map[string]*huma.MediaType{}
		for _, t := range types {
			content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
		}
		op.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: content}}
	}
}

// advised gives an error a hint.
type advised struct {
	err  error
	hint string
}

func (e *advised) Error() string { return e.err.Error() }
func (e *advised) Unwrap() error { return e.err }

// Advice returns the hint.
func (e *advised) Advice() string { return e.hint }
