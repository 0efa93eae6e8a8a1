package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// Notices lists all mails that a query selects, as the API takes it.
func (c *Client) Notices(ctx context.Context, query url.Values) ([]wire.Notice, error) {
	return all[wire.Notice](ctx, c, "/notices", query)
}

// NoticePage returns one page of mails: query is as the API takes it.
func (c *Client) NoticePage(ctx context.Context, query url.Values) (wire.List[wire.Notice], error) {
	return page[wire.Notice](ctx, c, "/notices", query)
}

// Notice returns one with its words.
func (c *Client) Notice(ctx context.Context, id string) (wire.NoticeDetail, error) {
	return get[wire.NoticeDetail](ctx, c, "/notices/"+url.PathEscape(id))
}

// ResendNotice sends one again, to contact unless that is empty.
func (c *Client) ResendNotice(ctx context.Context, id, contact string) (wire.Notice, error) {
	return post[wire.Notice](ctx, c, "/notices/"+url.PathEscape(id)+"/resend", wire.NoticeResend{ContactID: contact})
}

// ConfirmNotice says that one was read.
func (c *Client) ConfirmNotice(ctx context.Context, id string) (wire.NoticeDetail, error) {
	return post[wire.NoticeDetail](ctx, c, "/notices/"+url.PathEscape(id)+"/confirm", nil)
}

// ReadBounce takes in a message that came back.
func (c *Client) ReadBounce(ctx context.Context, raw []byte) (wire.BounceResult, error) {
	return post[wire.BounceResult](ctx, c, "/notices/returned", wire.ReturnedMail{Content: raw})
}

// PreviewLetter shows how a kind of mail looks.
func (c *Client) PreviewLetter(ctx context.Context, kind, language string, bilingual bool) (wire.LetterPreview, error) {
	q := filter("kind", kind, "language", language)
	if bilingual {
		q.Set("bilingual", "true")
	}
	return get[wire.LetterPreview](ctx, c, "/letters?"+q.Encode())
}

// MailState tells whether mail goes out.
func (c *Client) MailState(ctx context.Context) (wire.MailState, error) {
	return get[wire.MailState](ctx, c, "/mail")
}

// MailContactPage returns one page of contacts with what is known of their
// mail: query is as the API takes it.
func (c *Client) MailContactPage(ctx context.Context, query url.Values) (wire.List[wire.MailContact], error) {
	return page[wire.MailContact](ctx, c, "/mail-contacts", query)
}

// UpdateMailContact says how a contact's mail is handled.
func (c *Client) UpdateMailContact(ctx context.Context, id string, u wire.MailContactUpdate) error {
	return c.call(ctx, http.MethodPost, "/mail-contacts/"+url.PathEscape(id), u, nil)
}

// SendTestMail mails a contact a code.
func (c *Client) SendTestMail(ctx context.Context, id string) (wire.Notice, error) {
	return post[wire.Notice](ctx, c, "/mail-contacts/"+url.PathEscape(id)+"/test", nil)
}

// ConfirmMailContact confirms a contact's address with the code.
func (c *Client) ConfirmMailContact(ctx context.Context, id, code string) error {
	return c.call(ctx, http.MethodPost, "/mail-contacts/"+url.PathEscape(id)+"/confirm", wire.MailCode{Code: code}, nil)
}
