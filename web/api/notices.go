package api

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/notify/letter"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// Notices keeps what operators are told by mail.
type Notices interface {
	Notices(ctx context.Context, f notify.Filter, page inventory.Page) ([]notify.Notice, string, error)
	Notice(ctx context.Context, id notify.ID) (notify.Notice, error)
	ResendNotice(ctx context.Context, who string, id notify.ID, to inventory.ContactID) (notify.Notice, error)
	ConfirmNotice(ctx context.Context, who string, id notify.ID) (notify.Notice, error)
	Addressee(ctx context.Context, id inventory.ContactID) (notify.Addressee, error)
	Addressees(ctx context.Context, org inventory.OrganizationID) ([]notify.Addressee, error)
	ContactStates(ctx context.Context, org inventory.OrganizationID, troubled bool, page inventory.Page) ([]notify.ContactState, string, error)
	SendTest(ctx context.Context, who string, contact inventory.ContactID) (notify.Notice, error)
	ConfirmContact(ctx context.Context, who string, contact inventory.ContactID, code string) error
	SetContactMail(ctx context.Context, who string, contact inventory.ContactID, bilingual, cleared bool) error
	KeepBounce(ctx context.Context, b notify.Bounce) (notify.BounceResult, error)
}

// Mail is how this installation's mail looks.
type Mail struct {
	Sender     letter.Sender
	State      string // on, off or dry_run
	ReadBounce func(raw []byte) (notify.Bounce, error)
}

const maxBounceBody = 8 << 20

func (s *server) registerNotices() {
	handle(s, "list-notices", "GET /notices", "List what organisations were told by mail, newest first", s.listNotices)
	handle(s, "get-notice", "GET /notices/{id}", "Show a mail and what became of it", s.getNotice)
	handle(s, "resend-notice", "POST /notices/{id}/resend", "Send a mail again, or to another contact", s.resendNotice, creates)
	handle(s, "confirm-notice", "POST /notices/{id}/confirm", "Say that a mail was read", s.confirmNotice)
	handle(s, "read-bounce", "POST /notices/returned", "Take in a message that came back", s.readBounce,
		func(op *huma.Operation) { op.MaxBodyBytes = maxBounceBody })
	handle(s, "preview-letter", "GET /letters", "Show how a kind of mail looks, with invented findings", s.previewLetter)
	handle(s, "get-mail-state", "GET /mail", "Tell whether mail goes out", s.mailState)
	handle(s, "list-mail-contacts", "GET /mail-contacts", "List contacts with what is known of their mail", s.listMailContacts)
	handle(s, "update-mail-contact", "POST /mail-contacts/{id}", "Say how a contact's mail is handled", s.updateMailContact)
	handle(s, "send-test-mail", "POST /mail-contacts/{id}/test", "Mail a contact a code to confirm its address with", s.sendTestMail, creates)
	handle(s, "confirm-mail-contact", "POST /mail-contacts/{id}/confirm", "Confirm a contact's address with the code of a test mail", s.confirmMailContact)
}

// A noticeQuery is the input of the list of notices.
type noticeQuery struct {
	Paging
	Org     string `query:"org" maxLength:"40" doc:"Only to this organisation."`
	Contact string `query:"contact" maxLength:"40" doc:"Only to this contact."`
	State   string `query:"state" enum:"queued,sent,failed,bounced,dry_run,cancelled"`
	Kind    string `query:"kind" enum:"weekly,alert,digest,reminder,waiver_ending,permission_ending,unconfirmed,advisory,verify"`
	Object  string `query:"about" maxLength:"40" doc:"Only those that tell of this finding, permission or week."`

	From time.Time `query:"from" doc:"Only those written since."`
}

func (s *server) listNotices(ctx context.Context, in *noticeQuery) (*listed[wire.Notice], error) {
	f := notify.Filter{
		Org: inventory.OrganizationID(in.Org), Contact: inventory.ContactID(in.Contact), State: notify.State(in.State),
		Kind: notify.Kind(in.Kind), Object: in.Object, From: in.From,
	}
	var err error
	if f.Org, err = boundTo(ctx, f.Org); err != nil {
		return nil, err
	}
	all, next, err := s.Notices.Notices(ctx, f, in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, s.noticeFor(ctx)), nil
}

// notice finds one that the caller may see.
func (s *server) notice(ctx context.Context, id string) (notify.Notice, error) {
	n, err := s.Notices.Notice(ctx, notify.ID(id))
	if err != nil {
		return n, err
	}
	return n, theirs(ctx, "notice", id, n.Org)
}

func (s *server) getNotice(ctx context.Context, in *ByID) (*body[wire.NoticeDetail], error) {
	n, err := s.notice(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.noticeDetail(ctx, n)
}

func (s *server) noticeDetail(ctx context.Context, n notify.Notice) (*body[wire.NoticeDetail], error) {
	n.Letter.Code = hiddenCode(n.Letter.Code) // whoever has the mailbox knows it
	words, err := letter.Full(n, s.Mail.Sender, locale.For(n.Language))
	if err != nil {
		return nil, err
	}
	return answer(wire.NoticeDetail{Notice: s.noticeFor(ctx)(n), Text: words.Text}), nil
}

func hiddenCode(code string) string {
	if code == "" {
		return ""
	}
	return "********"
}

func (s *server) resendNotice(ctx context.Context, in *struct {
	ByID
	Body wire.NoticeResend
},
) (*created[wire.Notice], error) {
	n, err := s.Notices.ResendNotice(ctx, who(ctx), notify.ID(in.ID), inventory.ContactID(in.Body.ContactID))
	if err != nil {
		return nil, err
	}
	return newObject("notices", string(n.ID), s.noticeFor(ctx)(n)), nil
}

func (s *server) confirmNotice(ctx context.Context, in *ByID) (*body[wire.NoticeDetail], error) {
	if _, err := s.notice(ctx, in.ID); err != nil {
		return nil, err
	}
	n, err := s.Notices.ConfirmNotice(ctx, who(ctx), notify.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return s.noticeDetail(ctx, n)
}

func (s *server) readBounce(ctx context.Context, in *body[wire.ReturnedMail]) (*body[wire.BounceResult], error) {
	if s.Mail.ReadBounce == nil {
		return nil, fmt.Errorf("read returned mail: %w", inventory.ErrUnavailable)
	}
	b, err := s.Mail.ReadBounce(in.Body.Content)
	if err != nil {
		return nil, err
	}
	r, err := s.Notices.KeepBounce(ctx, b)
	if err != nil {
		return nil, err
	}
	return answer(wire.BounceResult{
		NoticeID: string(r.Notice), OrgID: string(r.Org), Known: r.Again, Hard: b.Hard, Status: b.Status,
		Reason: inventory.CleanText(b.Diagnostic, 500),
	}), nil
}

func (s *server) previewLetter(_ context.Context, in *struct {
	Kind      string `query:"kind" enum:"weekly,alert,digest,reminder,waiver_ending,permission_ending,unconfirmed,advisory,verify" default:"weekly"`
	Language  string `query:"language" maxLength:"10" default:"en"`
	Bilingual bool   `query:"bilingual" doc:"With English below."`
},
) (*body[wire.LetterPreview], error) {
	n := letter.Sample(notify.Kind(in.Kind), in.Language, in.Bilingual, s.Now().UTC())
	full, err := letter.Full(n, s.Mail.Sender, locale.For(in.Language))
	if err != nil {
		return nil, err
	}
	link, err := letter.Link(n, s.Mail.Sender, locale.For(in.Language))
	if err != nil {
		return nil, err
	}
	return answer(wire.LetterPreview{Subject: full.Subject, Outer: full.Outer, Text: full.Text, HTML: full.HTML, Link: link.Text, LinkSubject: link.Subject}), nil
}

func (s *server) mailState(ctx context.Context, _ *struct{}) (*body[wire.MailState], error) {
	troubled, _, err := s.Notices.ContactStates(ctx, "", true, inventory.Page{Limit: 500})
	if err != nil {
		return nil, err
	}
	return answer(wire.MailState{State: cmp.Or(s.Mail.State, "off"), Waiting: len(troubled)}), nil
}

func (s *server) listMailContacts(ctx context.Context, in *struct {
	Paging
	Org     string `query:"org" maxLength:"40" doc:"Only of this organisation."`
	Problem string `query:"problem" enum:"yes" doc:"Only those with a problem."`
},
) (*listed[wire.MailContact], error) {
	org, err := boundTo(ctx, inventory.OrganizationID(in.Org))
	if err != nil {
		return nil, err
	}
	all, next, err := s.Notices.ContactStates(ctx, org, in.Problem != "", in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, mailContact), nil
}

// contactOf refuses a contact of another organisation than the caller's.
func (s *server) contactOf(ctx context.Context, id string) (inventory.ContactID, error) {
	a, err := s.Notices.Addressee(ctx, inventory.ContactID(id))
	if err != nil {
		return "", err
	}
	return a.ID, theirs(ctx, "contact", id, a.Org)
}

func (s *server) updateMailContact(ctx context.Context, in *struct {
	ByID
	Body wire.MailContactUpdate
},
) (*struct{}, error) {
	return nil, s.Notices.SetContactMail(ctx, who(ctx), inventory.ContactID(in.ID), in.Body.Bilingual, in.Body.Cleared)
}

func (s *server) sendTestMail(ctx context.Context, in *ByID) (*created[wire.Notice], error) {
	id, err := s.contactOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	// The contact is theirs; the outbox and the code are not.
	n, err := s.Notices.SendTest(account.Unbound(ctx), who(ctx), id)
	if err != nil {
		return nil, err
	}
	return newObject("notices", string(n.ID), s.noticeFor(ctx)(n)), nil
}

func (s *server) confirmMailContact(ctx context.Context, in *struct {
	ByID
	Body wire.MailCode
},
) (*struct{}, error) {
	id, err := s.contactOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Notices.ConfirmContact(ctx, who(ctx), id, in.Body.Code)
}

// noticeFor translates for the one who asks: what servers answered is the
// CERT's own matter.
func (s *server) noticeFor(ctx context.Context) func(notify.Notice) wire.Notice {
	who, _ := auth.FromContext(ctx)
	return func(n notify.Notice) wire.Notice {
		words := letter.Subject(n, s.Mail.Sender, locale.For(n.Language))
		out := wire.Notice{
			ID: string(n.ID), OrgID: string(n.Org), OrgName: n.Letter.OrgName, ContactID: string(n.Contact), Role: string(n.Role),
			To: n.To, Kind: string(n.Kind), Subject: words, TLP: n.Letter.TLP, Week: n.Letter.Week, Findings: n.Letter.Findings(),
			Language: n.Language, State: string(n.State), Protection: string(n.Protection), Attempts: n.Attempts,
			LastError: inventory.CleanText(n.LastError, 1000), MessageID: n.MessageID, CreatedAt: n.CreatedAt.UTC(), SentAt: utc(n.SentAt),
			BouncedAt: utc(n.BouncedAt), ConfirmedAt: utc(n.ConfirmedAt), ConfirmedBy: n.ConfirmedBy, ResendOf: string(n.ResendOf),
		}
		if n.State == notify.Queued {
			out.NextAt = some(n.NextAt)
		}
		if who.Bound() {
			out.LastError, out.MessageID, out.Attempts, out.NextAt = "", "", 0, (*time.Time)(nil)
		}
		return out
	}
}

func mailContact(c notify.ContactState) wire.MailContact {
	return wire.MailContact{
		ID: string(c.Contact), OrgID: string(c.Org), OrgName: c.OrgName, Role: string(c.Role), Name: c.Name, Email: c.Email,
		Bilingual: c.Bilingual, Problem: string(c.Problem), ProblemAt: utc(c.ProblemAt), Detail: inventory.CleanText(c.Detail, 500),
		VerifiedAt: utc(c.VerifiedAt),
	}
}
