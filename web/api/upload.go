package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// unwrapUploads lets the two operations that take a file take it from a form
// as well, as browsers and curl -F send it: the form becomes the body that
// the operation documents.
func unwrapUploads(next http.Handler) http.Handler {
	unwrap := map[string]func(*http.Request) error{
		Base + "/assets/import":  formToFile,
		Base + "/authorizations": formToJSON,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // an unreadable one is no form
		form, ok := unwrap[r.URL.Path]
		if r.Method != http.MethodPost || media != "multipart/form-data" || !ok {
			next.ServeHTTP(w, r)
			return
		}
		if err := form(r); err != nil {
			writeProblem(w, newProblem(err, "body", requestID(r.Context())))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// takesForm documents a form of a JSON part and a file.
func takesForm(jsonPart, filePart string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		op.MaxBodyBytes = maxUpload
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{
			"multipart/form-data": {Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{
				jsonPart: {Type: "string", Description: "The JSON body without the file."},
				filePart: {Type: "string", Format: "binary", Description: "The file."},
			}}},
		}}
	}
}

// formToFile makes the form's file the body, and its name the query's.
func formToFile(r *http.Request) error {
	_, file, err := readForm(r, "", "file")
	if err != nil {
		return err
	}
	q := r.URL.Query()
	if !q.Has("name") {
		q.Set("name", file.Name)
		r.URL.RawQuery = q.Encode()
	}
	setBody(r, "application/octet-stream", file.Content)
	return nil
}

// formToJSON puts the form's document into its JSON part.
func formToJSON(r *http.Request) error {
	text, file, err := readForm(r, "authorization", "document")
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return mistake("authorization", "", "is not a JSON object", "send the fields of the JSON body, without document")
	}
	if fields["document"], err = json.Marshal(file); err != nil {
		return fmt.Errorf("encode document: %w", err)
	}
	whole, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("encode authorization: %w", err)
	}
	setBody(r, "application/json", whole)
	return nil
}

// readForm reads the text part ("" wants none) and the file part of a form.
func readForm(r *http.Request, textPart, filePart string) (text []byte, file wire.NewDocument, err error) {
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, file, mistake("form", "", "cannot be read", "send it as multipart/form-data with a boundary")
	}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, file, formError(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, file, formError(err)
		}
		switch part.FormName() {
		case filePart:
			file = wire.NewDocument{Name: fileName(part), Content: content}
		case textPart:
			text = content
		}
	}
	if file.Content == nil {
		return nil, file, mistake(filePart, "", "is missing", "send the file as the form's part "+filePart)
	}
	return text, file, nil
}

func fileName(part *multipart.Part) string {
	if name := part.FileName(); name != "" {
		return name
	}
	return part.FormName()
}

func formError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return mistake("form", "", fmt.Sprintf("is larger than %d MiB", tooLarge.Limit>>20), "send a smaller file, or split it")
	}
	return fmt.Errorf("read form: %w: %w", inventory.ErrInvalid, err)
}

func setBody(r *http.Request, contentType string, content []byte) {
	r.Body = io.NopCloser(bytes.NewReader(content))
	r.ContentLength = int64(len(content))
	r.Header.Set("Content-Type", contentType)
}
