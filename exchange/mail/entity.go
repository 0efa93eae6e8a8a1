package mail

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// A head is what outer and inner headers have in common, ready to be written.
type head struct {
	id, from, to, date string
	outer              string // subject, encoded
	fields             string // more lines
	boundary           string // never a line of encoded text: those have no "=_"
}

func headOf(m Message) (head, error) {
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return head{}, addressError("from", m.From)
	}
	var to []string
	for _, t := range m.To {
		a, err := mail.ParseAddress(t)
		if err != nil {
			return head{}, addressError("to", t)
		}
		to = append(to, a.String())
	}
	if len(to) == 0 {
		return head{}, addressError("to", "")
	}
	if m.ID == "" || strings.ContainsFunc(m.ID, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>@\"\\()[],:;", r) }) {
		return head{}, &inventory.InputError{Field: "id", Value: inventory.CleanText(m.ID, 100), Message: "does not name a message", Hint: "use letters, digits, dots and dashes"}
	}
	sum := sha256.Sum256([]byte(m.ID))
	_, domain, _ := strings.Cut(from.Address, "@")
	domain = cmp.Or(m.Domain, domain)
	if strings.ContainsFunc(domain, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>@\"\\()[],:;", r) }) {
		return head{}, addressError("domain", domain)
	}
	fields, err := fieldLines(m.Header)
	if err != nil {
		return head{}, err
	}
	return head{
		outer: encoded(cmp.Or(m.Outer, outerSubject)), fields: fields,
		id: "<" + m.ID + "@" + domain + ">", from: from.String(), to: strings.Join(to, ",\r\n\t"),
		date: m.At.UTC().Format(time.RFC1123Z), boundary: fmt.Sprintf("=_%x", sum[:12]),
	}, nil
}

func addressError(field, value string) error {
	return &inventory.InputError{
		Field: field, Value: inventory.CleanText(value, 100), Message: "is no mail address",
		Hint: "write CERT NAME <exchange@cert.example>",
	}
}

func (h head) write(b *bytes.Buffer, subject string) {
	fmt.Fprintf(b, "From: %s\r\nTo: %s\r\nDate: %s\r\nMessage-ID: %s\r\nSubject: %s\r\n%s", h.from, h.to, h.date, h.id, subject, h.fields)
}

// fieldLines writes more lines of a header. Their names are tokens of RFC 5322;
// a value stays on its line whatever it holds.
func fieldLines(fields []Field) (string, error) {
	var b strings.Builder
	for _, f := range fields {
		if f.Name == "" || strings.ContainsFunc(f.Name, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }) {
			return "", &inventory.InputError{Field: "header", Value: inventory.CleanText(f.Name, 100), Message: "is no name of a header field"}
		}
		b.WriteString(f.Name + ": " + encoded(f.Value) + "\r\n")
	}
	return b.String(), nil
}

func encodedSubject(m Message) string { return encoded(m.Subject) }

// encoded is a text as the value of a header field. It folds between encoded
// words: a line of mail is bounded.
func encoded(s string) string {
	words := mime.QEncoding.Encode("utf-8", oneLine(s, 300))
	return strings.ReplaceAll(words, "?= =?", "?=\r\n\t=?")
}

// inner is the MIME entity that is encrypted or signed.
func (h head) inner(m Message) ([]byte, error) {
	var b bytes.Buffer
	h.write(&b, encodedSubject(m))
	if err := h.body(&b, m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// body writes the content with its own header: the text, with its other form
// beside it where there is one, and the files.
func (h head) body(b *bytes.Buffer, m Message) error {
	boundary := h.boundary + "=i"
	fmt.Fprintf(b, "Content-Type: multipart/mixed; protected-headers=\"v1\";\r\n\tboundary=\"%s\"\r\n\r\n", boundary)
	fmt.Fprintf(b, "--%s\r\n", boundary)
	if m.HTML == "" {
		if err := textPart(b, "plain", m.Text); err != nil {
			return err
		}
	} else {
		forms := h.boundary + "=a"
		fmt.Fprintf(b, "Content-Type: multipart/alternative;\r\n\tboundary=\"%s\"\r\n\r\n", forms)
		for _, form := range []struct{ kind, text string }{{"plain", m.Text}, {"html", m.HTML}} {
			fmt.Fprintf(b, "--%s\r\n", forms)
			if err := textPart(b, form.kind, form.text); err != nil {
				return err
			}
		}
		fmt.Fprintf(b, "--%s--\r\n", forms)
	}
	for _, a := range m.Attachments {
		if err := attach(b, boundary, a); err != nil {
			return err
		}
	}
	fmt.Fprintf(b, "--%s--\r\n", boundary)
	return nil
}

// textPart writes a text with its own header.
func textPart(b *bytes.Buffer, kind, text string) error {
	fmt.Fprintf(b, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", kind)
	w := quotedprintable.NewWriter(b)
	_, err := w.Write(crlf([]byte(text)))
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	b.WriteString("\r\n")
	return nil
}

func attach(b *bytes.Buffer, boundary string, a Attachment) error {
	if baseName(a.Name) != a.Name || a.Name == "" {
		return &inventory.InputError{Field: "attachment", Value: inventory.CleanText(a.Name, 100), Message: "is no file name", Hint: "leave out folders and control characters"}
	}
	contentType, err := contentTypeOf(a)
	if err != nil {
		return err
	}
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": a.Name})
	fmt.Fprintf(b, "--%s\r\nContent-Type: %s\r\nContent-Disposition: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n", boundary, contentType, disposition)
	writeBase64(b, a.Bytes)
	return nil
}

// contentTypeOf is an attachment's media type, with its name as a parameter
// more, which some programs look for.
func contentTypeOf(a Attachment) (string, error) {
	media, params, err := mime.ParseMediaType(a.MediaType)
	if err != nil {
		return "", &inventory.InputError{Field: "attachment", Value: inventory.CleanText(a.MediaType, 100), Message: "is no media type", Hint: "use application/json"}
	}
	params["name"] = a.Name
	return mime.FormatMediaType(media, params), nil
}

// writeBase64 writes lines of 76 characters, as MIME wants.
func writeBase64(b *bytes.Buffer, data []byte) {
	const perLine = 57
	for len(data) > 0 {
		n := min(perLine, len(data))
		b.WriteString(base64.StdEncoding.EncodeToString(data[:n]))
		b.WriteString("\r\n")
		data = data[n:]
	}
}

// crlf ends each line as mail does, whatever it ended with.
func crlf(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}
