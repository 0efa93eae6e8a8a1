package post

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	outbound "github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/notify/letter"
)

// MaxAttached is the most bytes that go along with a letter: in base64 they
// become a third more. What is larger stays in the portal.
const MaxAttached = 5 << 20

// A Written mail is ready to be sent.
type Written struct {
	Raw        []byte
	Envelope   string // where it comes back to
	Protection notify.Protection
	Problem    notify.Problem // with the contact's key
	Detail     string
}

// A cover is how a letter is protected.
type cover struct {
	how         notify.Protection
	openPGP     string
	certificate *x509.Certificate
	problem     notify.Problem
	detail      string
}

// coverFor chooses the best protection that a contact's keys allow at a time.
func coverFor(l notify.Letter, who notify.Addressee, signer *pgp.Signer, at time.Time) cover {
	var c cover
	if who.OpenPGP != "" {
		problem, err := keyProblem(who.OpenPGP, at)
		switch {
		case err == nil && signer != nil:
			return cover{how: notify.OpenPGP, openPGP: who.OpenPGP}
		case err != nil:
			c.problem, c.detail = problem, "OpenPGP key: "+err.Error()
		}
	}
	if who.SMIME != "" {
		certificate, problem, err := recipientOf(who.SMIME, at)
		if err == nil {
			return cover{how: notify.SMIME, certificate: certificate, problem: c.problem, detail: c.detail}
		}
		if c.problem == notify.NoProblem {
			c.problem, c.detail = problem, "S/MIME certificate: "+err.Error()
		}
	}
	c.how = notify.Plain
	if l.Restricted() {
		c.how = notify.LinkOnly
	}
	return c
}

// keyProblem says why nothing can be encrypted to a key.
func keyProblem(armored string, at time.Time) (notify.Problem, error) {
	info, err := pgp.Inspect(armored, at)
	switch {
	case err != nil:
		return notify.KeyBroken, err
	case info.Expires != nil && !at.Before(*info.Expires):
		return notify.KeyExpired, fmt.Errorf("it expired on %s", info.Expires.Format(time.DateOnly))
	case info.Revoked:
		return notify.KeyBroken, errors.New("it was revoked")
	case !info.CanEncrypt:
		return notify.KeyBroken, errors.New("nothing can be encrypted to it")
	}
	return notify.NoProblem, nil
}

// Write makes the mail of a notice to a contact. Files go along only when the
// mail is encrypted.
func (p *Post) Write(n notify.Notice, who notify.Addressee, files []notify.File, at time.Time) (Written, error) {
	c := coverFor(n.Letter, who, p.Signer, at)
	printer := locale.For(n.Language)
	put := letter.Full
	if c.how == notify.LinkOnly {
		put = letter.Link
	}
	if c.how == notify.LinkOnly || c.how == notify.Plain {
		files = nil
	}
	words, err := put(n, p.sender(), printer)
	if err != nil {
		return Written{}, err
	}
	local, domain, _ := strings.Cut(n.MessageID, "@")
	m := outbound.Message{
		ID: local, Domain: domain, From: p.From, To: []string{addressOf(who)}, At: n.CreatedAt,
		Subject: words.Subject, Outer: words.Outer, Text: words.Text, HTML: words.HTML, Attachments: attachments(fitting(files)), Header: p.header(n),
	}
	out := Written{Envelope: p.envelope(n), Protection: c.how, Problem: c.problem, Detail: c.detail}
	switch {
	case c.how == notify.OpenPGP:
		out.Raw, err = outbound.Compose(m, p.Signer, []string{c.openPGP})
	case c.how == notify.SMIME:
		out.Raw, err = outbound.ComposeSealed(m, func(entity []byte) ([]byte, error) { return seal(entity, c.certificate, p.Identity) })
	case p.Signer != nil:
		out.Raw, err = outbound.ComposeSigned(m, p.Signer)
	default:
		out.Raw, err = outbound.ComposePlain(m)
	}
	if err != nil {
		return Written{}, fmt.Errorf("write notice %s: %w", n.ID, err)
	}
	return out, nil
}

func attachments(files []notify.File) []outbound.Attachment {
	var out []outbound.Attachment
	for _, f := range files {
		out = append(out, outbound.Attachment{Name: f.Name, MediaType: f.MediaType, Bytes: f.Bytes})
	}
	return out
}

// fitting are as many of the files, from the first on, as may go along
// together.
func fitting(files []notify.File) []notify.File {
	size := 0
	for i, f := range files {
		if size += len(f.Bytes); size > MaxAttached {
			return files[:i]
		}
	}
	return files
}

// addressOf is a contact's address with its name, on one line.
func addressOf(who notify.Addressee) string {
	name := strings.Join(strings.Fields(inventory.CleanText(who.Name, 100)), " ")
	return (&mail.Address{Name: name, Address: who.Email}).String()
}

func (p *Post) sender() letter.Sender {
	s := letter.Sender{Name: p.Name, Portal: p.Portal, Phone: p.Phone}
	if p.Signer != nil {
		s.Fingerprint = p.Signer.Fingerprint()
	}
	return s
}

// header are the lines that a program which sends by itself owes to others'.
func (p *Post) header(n notify.Notice) []outbound.Field {
	domain := domainOf(p.From)
	out := []outbound.Field{
		{Name: "Auto-Submitted", Value: "auto-generated"},
		{Name: "User-Agent", Value: "CIIScan"},
		{Name: "List-Id", Value: "CIIScan notices <" + n.Kind.List() + ".notices.ciiscan." + domain + ">"},
		{Name: "X-Auto-Response-Suppress", Value: "OOF, AutoReply"},
	}
	if p.ReplyTo != "" {
		out = append(out, outbound.Field{Name: "Reply-To", Value: p.ReplyTo})
	}
	if n.Thread != "" && n.Thread != n.MessageID {
		id := "<" + n.Thread + ">"
		out = append(out, outbound.Field{Name: "In-Reply-To", Value: id}, outbound.Field{Name: "References", Value: id})
	}
	return out
}

func domainOf(address string) string {
	if a, err := mail.ParseAddress(address); err == nil {
		address = a.Address
	}
	_, domain, _ := strings.Cut(address, "@")
	return strings.TrimSpace(domain)
}

// envelope is the address that the notice comes back to: one of its own where
// there is a mailbox for that.
func (p *Post) envelope(n notify.Notice) string {
	if p.Bounces == "" {
		return p.From
	}
	local, domain, _ := strings.Cut(p.Bounces, "@")
	return local + "+n-" + n.Token + "@" + domain
}
