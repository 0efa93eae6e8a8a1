package post

import (
	"context"
	"errors"
	"fmt"
	"time"

	outbound "github.com/ciiscan/ciiscan/exchange/mail"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/notify/letter"
)

// A Book knows the notices, and is told what became of them.
type Book interface {
	// TakeNotice is false for what is not to be sent now.
	TakeNotice(ctx context.Context, num int64) (notify.Notice, notify.Addressee, bool, error)
	NoticeSent(ctx context.Context, id notify.ID, p notify.Protection, key notify.Problem, detail string) error
	// NoticeFailed: final for what will not succeed later; address when it is
	// the recipient that was refused.
	NoticeFailed(ctx context.Context, id notify.ID, cause error, final, address bool) error
	// ReportFiles are those that go along with a week's report, in the
	// languages that are wanted, the first before the others.
	ReportFiles(ctx context.Context, report string, languages []string) ([]notify.File, error)
}

// A Carrier hands a mail on, to all of its receivers or to none.
type Carrier interface {
	Send(ctx context.Context, from string, to []string, raw []byte) error
}

// Post sends notices. It may be used by several goroutines.
type Post struct {
	Book     Book
	Carrier  Carrier     // nil: no mail server is known
	Signer   *pgp.Signer // nil: nothing is signed by OpenPGP, nor encrypted
	Identity *Identity   // nil: S/MIME is encrypted and not signed
	Name     string      // of the CERT
	From     string      // "CERT A <ciiscan@cert.example>"
	ReplyTo  string      // of the ticket desk, or ""
	Bounces  string      // mailbox for what comes back, which must take +suffixes; or ""
	Portal   string      // address of the console, or ""
	Phone    string      // where people ask whether a mail is genuine, or ""
	Now      func() time.Time
}

// noteTimeout bounds noting what became of a notice when we are told to stop.
const noteTimeout = 10 * time.Second

// Send sends one notice. It does nothing, without error, for one that is sent
// already or may not be sent now. After an error it is to be called again.
func (p *Post) Send(ctx context.Context, num int64) error {
	n, who, due, err := p.Book.TakeNotice(ctx, num)
	if err != nil || !due {
		return err
	}
	written, err := p.carry(ctx, n, who)
	// What was sent must not be sent again, even when we are told to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	if err == nil {
		return p.Book.NoticeSent(ctx, n.ID, written.Protection, written.Problem, written.Detail)
	}
	err = fmt.Errorf("send notice %s: %w", n.ID, err)
	refusal, refused := errors.AsType[*outbound.Refusal](err)
	noted := p.Book.NoticeFailed(ctx, n.ID, err, refused, refused && refusal.Recipient)
	if refused {
		return noted // trying again would change nothing
	}
	return errors.Join(err, noted)
}

func (p *Post) carry(ctx context.Context, n notify.Notice, who notify.Addressee) (Written, error) {
	if p.Carrier == nil {
		return Written{}, errors.New("mail.server is not set")
	}
	var files []notify.File
	if n.Letter.Report != nil && n.Letter.Report.Bytes <= MaxAttached {
		languages := []string{n.Language}
		if n.Bilingual {
			languages = append(languages, locale.Default)
		}
		var err error
		if files, err = p.Book.ReportFiles(ctx, n.Letter.Report.ID, languages); err != nil {
			return Written{}, err
		}
	}
	written, err := p.Write(n, who, files, p.Now())
	if err != nil {
		return Written{}, err
	}
	return written, p.Carrier.Send(ctx, written.Envelope, []string{who.Email}, written.Raw)
}

// Tell sends a letter that is no notice to one address. Whoever tells the same
// again gives the same id, by which mail programs know it.
func (p *Post) Tell(ctx context.Context, id, to string, words letter.Words) error {
	if p.Carrier == nil {
		return errors.New("mail.server is not set")
	}
	m := outbound.Message{
		ID: id, From: p.From, To: []string{to}, At: p.Now(), Subject: words.Subject, Text: words.Text,
		Header: []outbound.Field{{Name: "Auto-Submitted", Value: "auto-generated"}, {Name: "User-Agent", Value: "CIIScan"}},
	}
	if p.ReplyTo != "" {
		m.Header = append(m.Header, outbound.Field{Name: "Reply-To", Value: p.ReplyTo})
	}
	write := outbound.ComposePlain
	if p.Signer != nil {
		write = func(m outbound.Message) ([]byte, error) { return outbound.ComposeSigned(m, p.Signer) }
	}
	raw, err := write(m)
	if err != nil {
		return fmt.Errorf("write to %s: %w", to, err)
	}
	return p.Carrier.Send(ctx, p.From, m.To, raw)
}
