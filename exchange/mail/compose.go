package mail

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
)

// A Message is a mail to be written.
type Message struct {
	// ID names the message for good. A message that is sent again because
	// nobody knows whether it arrived keeps its ID, so that it is read once.
	ID          string
	Domain      string   // of the Message-ID; "" means that of From
	From        string   // "CERT A <exchange@cert.example>"
	To          []string // likewise
	At          time.Time
	Subject     string // readable only by the receivers, except in ComposeSigned
	Outer       string // subject for those who carry an encrypted mail; "" means "..."
	Text        string
	HTML        string  // the same for programs that show pages, or ""
	Header      []Field // more lines of the header
	Attachments []Attachment
}

// A Field is one line of a header.
type Field struct{ Name, Value string }

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
	h.write(&b, h.outer)
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

// ComposeSealed writes the message with what seal makes of it, an encrypted CMS
// message (RFC 8551): everything but the outer header is inside.
func ComposeSealed(m Message, seal func(entity []byte) ([]byte, error)) ([]byte, error) {
	h, err := headOf(m)
	if err != nil {
		return nil, err
	}
	inner, err := h.inner(m)
	if err != nil {
		return nil, err
	}
	sealed, err := seal(inner)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	h.write(&b, h.outer)
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"\r\n" +
		"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n")
	writeBase64(&b, sealed)
	return b.Bytes(), nil
}

// ComposePlain writes the message neither signed nor encrypted.
func ComposePlain(m Message) ([]byte, error) {
	h, err := headOf(m)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	h.write(&b, encodedSubject(m))
	b.WriteString("MIME-Version: 1.0\r\n")
	if err := h.body(&b, m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
