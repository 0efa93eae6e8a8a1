package mail

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
)

// A Mail is what arrived. Sender, subject and date are the sender's words.
type Mail struct {
	From      string
	To        string
	Subject   string // the protected one, where there is one
	MessageID string
	Date      time.Time // zero when it names none
	Text      string
	Encrypted bool
	// Signature is the one that covers the text.
	Signature pgp.Result
	Documents []Document
	Left      []string // files that are no documents, by name
}

// A Document is a JSON file that came along.
type Document struct {
	Name      string // without folders
	MediaType string
	Bytes     []byte
	// Signature covers these bytes: that of the mail around them, or of a file
	// beside them with the same name and ".asc".
	Signature pgp.Result
}

// Limits bound what a mail may cost. Zero fields take generous values.
type Limits struct {
	Raw    int64 // bytes of the mail as it arrived
	Opened int64 // bytes of all parts together, decrypted and decoded
	Parts  int
	Depth  int // of parts in parts
}

// orDefault is generous for advisories and too little for mischief.
func (l Limits) orDefault() Limits {
	return Limits{
		Raw: cmp.Or(l.Raw, 48<<20), Opened: cmp.Or(l.Opened, 64<<20),
		Parts: cmp.Or(l.Parts, 200), Depth: cmp.Or(l.Depth, 8),
	}
}

// Keys are what a mail is opened and judged with.
type Keys struct {
	Own    *pgp.Signer // nil opens nothing
	Pinned []pgp.PinnedKey
}

// Parse reads a mail as it was received, at a moment. An unsigned or badly
// signed mail is no error: look at the signature of each document. A mail that
// is malformed, over a limit, or encrypted to somebody else is.
func Parse(raw []byte, keys Keys, at time.Time, limits Limits) (Mail, error) {
	p := parser{keys: keys, at: at, limits: limits.orDefault(), outermost: true, signatures: map[string][]byte{}}
	if int64(len(raw)) > p.limits.Raw {
		return Mail{}, tooLarge(fmt.Sprintf("is larger than the %d bytes that are read here", p.limits.Raw))
	}
	root, err := readEntity(raw)
	if err != nil {
		return Mail{}, err
	}
	p.envelope(root)
	if err := p.walk(root, pgp.Result{Status: pgp.None, Why: "there is no signature"}, 0); err != nil {
		return Mail{}, err
	}
	p.finish()
	return p.mail, nil
}

// A parser walks a mail once.
type parser struct {
	keys       Keys
	at         time.Time
	limits     Limits
	mail       Mail
	opened     int64
	parts      int
	outermost  bool // nothing but signing and encrypting so far
	hasText    bool
	signatures map[string][]byte // detached, by the name of what they sign
}

// envelope takes over what the headers say. Those inside the encryption come
// later and win.
func (p *parser) envelope(e entity) {
	set := func(to *string, name string) {
		if v := e.header.Get(name); v != "" {
			*to = oneLine(words(v), 300)
		}
	}
	set(&p.mail.From, "From")
	set(&p.mail.To, "To")
	set(&p.mail.Subject, "Subject")
	set(&p.mail.MessageID, "Message-Id")
	if d, err := e.header.Date(); err == nil {
		p.mail.Date = d.UTC()
	}
}

// walk reads an entity that is covered by a signature so far.
func (p *parser) walk(e entity, cover pgp.Result, depth int) error {
	if depth > p.limits.Depth {
		return tooLarge("has parts in parts too deep")
	}
	if p.parts++; p.parts > p.limits.Parts {
		return tooLarge("has too many parts")
	}
	switch {
	case e.media == "multipart/encrypted" && strings.EqualFold(e.params["protocol"], "application/pgp-encrypted"):
		return p.encrypted(e, cover, depth)
	case e.media == "multipart/signed" && strings.EqualFold(e.params["protocol"], "application/pgp-signature"):
		return p.signed(e, cover, depth)
	}
	p.outermost = false
	switch {
	case strings.HasPrefix(e.media, "multipart/"):
		parts, err := e.parts(p.limits.Parts)
		if err != nil {
			return err
		}
		for _, raw := range parts {
			if err := p.walkRaw(raw, cover, depth); err != nil {
				return err
			}
		}
		return nil
	case e.media == "message/rfc822": // a mail that somebody passes on
		content, err := p.content(e)
		if err != nil {
			return err
		}
		return p.walkRaw(content, cover, depth)
	}
	return p.leaf(e, cover)
}

func (p *parser) walkRaw(raw []byte, cover pgp.Result, depth int) error {
	e, err := readEntity(raw)
	if err != nil {
		return err
	}
	return p.walk(e, cover, depth+1)
}

// content decodes a part, and counts its bytes.
func (p *parser) content(e entity) ([]byte, error) {
	b, err := e.content()
	if err != nil {
		return nil, err
	}
	if p.opened += int64(len(b)); p.opened > p.limits.Opened {
		return nil, tooLarge(fmt.Sprintf("opens to more than the %d bytes that are read here", p.limits.Opened))
	}
	return b, nil
}

// encrypted opens RFC 3156 section 4.
func (p *parser) encrypted(e entity, cover pgp.Result, depth int) error {
	if p.mail.Encrypted {
		return malformed("holds more than one encrypted part")
	}
	control, message, err := two(e)
	if err != nil {
		return err
	}
	if control.media != "application/pgp-encrypted" || message.media != "application/octet-stream" {
		return malformed("an encrypted part is not as RFC 3156 wants it")
	}
	if p.keys.Own == nil {
		return malformed("is encrypted, and there is no key here to open it")
	}
	content, err := p.content(message)
	if err != nil {
		return err
	}
	opened, err := pgp.Decrypt(content, p.keys.Own, p.keys.Pinned, p.at, p.limits.Opened-p.opened)
	if err != nil {
		return fmt.Errorf("read mail: %w", err)
	}
	p.opened += int64(len(opened.Data))
	p.mail.Encrypted = true
	return p.protected(opened.Data, better(cover, opened.Signature), depth)
}

// signed checks RFC 3156 section 5. The signature is over the first part with
// its headers, each line ending as in mail.
func (p *parser) signed(e entity, cover pgp.Result, depth int) error {
	raw, err := e.parts(p.limits.Parts)
	if err != nil {
		return err
	}
	_, sig, err := two(e)
	if err != nil {
		return err
	}
	if sig.media != "application/pgp-signature" {
		return malformed("a signed part is not as RFC 3156 wants it")
	}
	asc, err := p.content(sig)
	if err != nil {
		return err
	}
	return p.protected(raw[0], better(cover, pgp.Verify(crlf(raw[0]), asc, p.keys.Pinned, p.at)), depth)
}

// protected walks what a signature or encryption is around. At the root of a
// mail its headers count, rather than those that anybody could write outside.
func (p *parser) protected(raw []byte, cover pgp.Result, depth int) error {
	e, err := readEntity(raw)
	if err != nil {
		return err
	}
	if p.outermost {
		p.envelope(e)
	}
	return p.walk(e, cover, depth+1)
}

// two reads the two parts that a signed or encrypted multipart has.
func two(e entity) (first, second entity, err error) {
	raw, err := e.parts(3)
	if err != nil {
		return first, second, err
	}
	if len(raw) != 2 {
		return first, second, malformed("a signed or encrypted part has not two parts")
	}
	if first, err = readEntity(raw[0]); err != nil {
		return first, second, err
	}
	second, err = readEntity(raw[1])
	return first, second, err
}

// better is the result that says more for what both cover.
func better(outer, inner pgp.Result) pgp.Result {
	if outer.Status == pgp.Good || inner.Status == pgp.None {
		return outer
	}
	return inner
}

// leaf keeps a part that has no parts.
func (p *parser) leaf(e entity, cover pgp.Result) error {
	content, err := p.content(e)
	if err != nil {
		return err
	}
	name := e.fileName()
	ext := strings.ToLower(path.Ext(name))
	switch {
	case ext == ".asc" || e.media == "application/pgp-signature":
		p.signatures[strings.TrimSuffix(name, path.Ext(name))] = content
	case ext == ".json" || e.media == "application/json" || strings.HasSuffix(e.media, "+json"):
		if name == "" {
			name = fmt.Sprintf("part-%d.json", p.parts)
		}
		p.mail.Documents = append(p.mail.Documents, Document{Name: name, MediaType: e.media, Bytes: content, Signature: cover})
	case e.media == "text/plain" && name == "" && !p.hasText:
		p.hasText = true
		p.mail.Text = text(content, e.params["charset"])
		p.mail.Signature = cover
		if cover.Status == pgp.None && bytes.Contains(content, []byte("-----BEGIN PGP ")) {
			p.mail.Signature.Why = "OpenPGP within the text is not read; PGP/MIME is"
		}
	case name != "":
		p.mail.Left = append(p.mail.Left, name)
	}
	return nil
}

// finish pairs documents with signatures that came as files beside them. A
// file that travelled as text had its line ends changed on the way; where the
// signature says so, the document is what it was before.
func (p *parser) finish() {
	for i := range p.mail.Documents {
		d := &p.mail.Documents[i]
		asc, ok := p.signatures[d.Name]
		if !ok || d.Signature.Status == pgp.Good {
			continue
		}
		d.Signature = pgp.Verify(d.Bytes, asc, p.keys.Pinned, p.at)
		before := bytes.ReplaceAll(d.Bytes, []byte("\r\n"), []byte("\n"))
		if r := pgp.Verify(before, asc, p.keys.Pinned, p.at); d.Signature.Status == pgp.Bad && r.Status == pgp.Good {
			d.Bytes, d.Signature = before, r
		}
	}
	if !p.hasText {
		p.mail.Signature = pgp.Result{Status: pgp.None, Why: "there is no text"}
		if len(p.mail.Documents) > 0 {
			p.mail.Signature = p.mail.Documents[0].Signature
		}
	}
}
