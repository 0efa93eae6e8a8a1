package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/inventory"
)

// A Message is a mail to be written.
type Message struct {
	// ID names the message for good. A message that is sent again because
	// nobody knows whether it arrived keeps its ID, so that it is read once.
	ID          string
	From        string   // "CERT A <exchange@cert.example>"
	To          []string // likewise
	At          time.Time
	Subject     string // readable only by the receivers, except in ComposeSigned
	Text        string
	Attachments []Attachment
}

// An Attachment is a file that goes along.
type Attachment struct {
	Name      string // "adv-3.json"
	MediaType string // "application/json", "application/stix+json;version=2.1"
	Bytes     []byte
}

// outerSubject is what those see who carry the mail.
const outerSubject = "..."

// Compose writes the message, signed and encrypted to the armoured public
// keys, as it goes over the wire.
func Compose(m Message, signer *pgp.Signer, recipients []string) ([]byte, error) {
	h, err := headOf(m)
	if err != nil {
		return nil, err
	}
	inner, err := h.inner(m)
	if err != nil {
		return nil, err
	}
	msg, err := pgp.Encrypt(inner, recipients, signer)
	if err != nil {
		return nil, err
	}
	armored, err := pgp.Armor(msg)
	if err != nil {
		return nil, err
	}
	boundary := h.boundary + "=o"
	var b bytes.Buffer
	h.write(&b, outerSubject)
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\n")
	fmt.Fprintf(&b, "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n\tboundary=\"%s\"\r\n\r\n", boundary)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n", boundary)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\nContent-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n", boundary)
	b.Write(crlf([]byte(strings.TrimSpace(armored) + "\n")))
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes(), nil
}

// ComposeSigned writes the message, signed but not encrypted (RFC 3156 section
// 5), for receivers who have no key. Everybody on the way can read it, its
// subject first of all: give it one that tells nothing, and a text that may be
// read by anybody.
func ComposeSigned(m Message, signer *pgp.Signer) ([]byte, error) {
	h, err := headOf(m)
	if err != nil {
		return nil, err
	}
	inner, err := h.inner(m)
	if err != nil {
		return nil, err
	}
	sig, err := signer.Sign(inner)
	if err != nil {
		return nil, err
	}
	digest, err := pgp.Digest(sig)
	if err != nil {
		return nil, err
	}
	boundary := h.boundary + "=o"
	var b bytes.Buffer
	h.write(&b, encodedSubject(m))
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\n")
	fmt.Fprintf(&b, "Content-Type: multipart/signed; micalg=pgp-%s; protocol=\"application/pgp-signature\";\r\n\tboundary=\"%s\"\r\n\r\n", digest, boundary)
	fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, inner)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n", boundary)
	b.Write(crlf([]byte(strings.TrimSpace(sig) + "\n")))
	fmt.Fprintf(&b, "\r\n--%s--\r\n", boundary)
	return b.Bytes(), nil
}

// A head is what outer and inner headers have in common, ready to be written.
type head struct {
	id, from, to, date string
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
	return head{
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
	fmt.Fprintf(b, "From: %s\r\nTo: %s\r\nDate: %s\r\nMessage-ID: %s\r\nSubject: %s\r\n", h.from, h.to, h.date, h.id, subject)
}

// encodedSubject folds between encoded words: a line of mail is bounded.
func encodedSubject(m Message) string {
	encoded := mime.QEncoding.Encode("utf-8", oneLine(m.Subject, 300))
	return strings.ReplaceAll(encoded, "?= =?", "?=\r\n\t=?")
}

// inner is the MIME entity that is encrypted or signed.
func (h head) inner(m Message) ([]byte, error) {
	boundary := h.boundary + "=i"
	var b bytes.Buffer
	h.write(&b, encodedSubject(m))
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; protected-headers=\"v1\";\r\n\tboundary=\"%s\"\r\n\r\n", boundary)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary)
	text := quotedprintable.NewWriter(&b)
	if _, err := text.Write(crlf([]byte(m.Text))); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	if err := text.Close(); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	b.WriteString("\r\n")
	for _, a := range m.Attachments {
		if baseName(a.Name) != a.Name || a.Name == "" {
			return nil, &inventory.InputError{Field: "attachment", Value: inventory.CleanText(a.Name, 100), Message: "is no file name", Hint: "leave out folders and control characters"}
		}
		contentType, err := contentTypeOf(a)
		if err != nil {
			return nil, err
		}
		disposition := mime.FormatMediaType("attachment", map[string]string{"filename": a.Name})
		fmt.Fprintf(&b, "--%s\r\nContent-Type: %s\r\nContent-Disposition: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n", boundary, contentType, disposition)
		writeBase64(&b, a.Bytes)
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.Bytes(), nil
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
