package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/inventory"
	"golang.org/x/text/encoding/charmap"
)

// An entity is a header and a body: a mail, or a part of one.
type entity struct {
	header mail.Header
	body   []byte
	media  string // lower case; "application/octet-stream" when it says nonsense
	params map[string]string
}

func readEntity(raw []byte) (entity, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return entity{}, malformed("a header cannot be read")
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return entity{}, malformed("a part cannot be read")
	}
	// Programs differ in which of two they believe.
	for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"} {
		if len(m.Header[name]) > 1 {
			return entity{}, malformed("a part has two headers " + name)
		}
	}
	e := entity{header: m.Header, body: body, media: "text/plain"}
	if v := m.Header.Get("Content-Type"); v != "" {
		if e.media, e.params, err = mime.ParseMediaType(v); err != nil {
			e.media, e.params = "application/octet-stream", nil
		}
	}
	return e, nil
}

// parts cuts a multipart body. The parts keep their bytes exactly, since
// signatures are over them.
func (e entity) parts(most int) ([][]byte, error) {
	boundary := e.params["boundary"]
	if boundary == "" || len(boundary) > 200 {
		return nil, malformed("a multipart has no boundary")
	}
	delimiter := []byte("--" + boundary)
	var parts [][]byte
	start := -1 // of the part that is open
	for pos := 0; pos < len(e.body); {
		end := len(e.body)
		if i := bytes.IndexByte(e.body[pos:], '\n'); i >= 0 {
			end = pos + i + 1
		}
		rest, isDelimiter := bytes.CutPrefix(bytes.TrimRight(e.body[pos:end], " \t\r\n"), delimiter)
		last := string(rest) == "--"
		if isDelimiter && (last || len(rest) == 0) {
			if start >= 0 {
				parts = append(parts, withoutLineEnd(e.body[start:pos]))
			}
			if last {
				return parts, nil
			}
			if start = end; len(parts) >= most {
				return nil, tooLarge("has too many parts")
			}
		}
		pos = end
	}
	return nil, malformed("a multipart is cut off")
}

// withoutLineEnd drops the line end that belongs to the delimiter after it.
func withoutLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// content is the body with its transfer encoding undone.
func (e entity) content() ([]byte, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(e.header.Get("Content-Transfer-Encoding"))); encoding {
	case "", "7bit", "8bit", "binary":
		return e.body, nil
	case "base64":
		b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(e.body)))
		if err != nil {
			return nil, malformed("a part is no base64")
		}
		return b, nil
	case "quoted-printable":
		b, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(e.body)))
		if err != nil {
			return nil, malformed("a part is no quoted-printable")
		}
		return b, nil
	default:
		return nil, malformed("a part has an unknown transfer encoding")
	}
}

// fileName is the part's name as a file, without folders; "" for none.
func (e entity) fileName() string {
	_, params, err := mime.ParseMediaType(e.header.Get("Content-Disposition"))
	name := params["filename"]
	if err != nil || name == "" {
		name = e.params["name"]
	}
	return baseName(words(name))
}

// baseName is a name without folders and control characters.
func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == ".." || name == "/" {
		return ""
	}
	return oneLine(name, 200)
}

// oneLine is a text fit for a header or a list.
func oneLine(s string, most int) string {
	return strings.Join(strings.Fields(inventory.CleanText(s, most)), " ")
}

// words decodes a header's encoded words, where it can.
func words(s string) string {
	if out, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return out
	}
	return s
}

// text reads the content as UTF-8.
func text(content []byte, charset string) string {
	switch strings.ToLower(charset) {
	case "iso-8859-1", "latin1", "windows-1252":
		if b, err := charmap.Windows1252.NewDecoder().Bytes(content); err == nil {
			content = b
		}
	}
	if !utf8.Valid(content) {
		content = bytes.ToValidUTF8(content, []byte("\uFFFD"))
	}
	return strings.ReplaceAll(string(content), "\r\n", "\n")
}

func malformed(what string) error {
	return fmt.Errorf("read mail: %w", &inventory.InputError{Field: "mail", Message: what, Hint: "save the mail again as a file, complete and unchanged"})
}

func tooLarge(what string) error {
	return fmt.Errorf("read mail: %w", &inventory.InputError{Field: "mail", Message: what, Hint: "ask the sender to use another way for it"})
}
