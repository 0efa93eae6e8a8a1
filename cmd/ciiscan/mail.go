package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// maxReturned is the largest message that is passed on, in bytes.
const maxReturned = 4 << 20

var noticeColumns = []column[wire.Notice]{
	{name: "id", value: func(n wire.Notice) string { return n.ID }},
	{name: "org", value: func(n wire.Notice) string { return n.OrgName }},
	{name: "to", value: func(n wire.Notice) string { return n.To }},
	{name: "kind", value: func(n wire.Notice) string { return n.Kind }},
	{name: "state", value: func(n wire.Notice) string { return n.State }},
	{name: "protection", value: func(n wire.Notice) string { return n.Protection }},
	{name: "created_at", value: func(n wire.Notice) string { return moment(n.CreatedAt) }},
	{name: "sent_at", value: func(n wire.Notice) string { return maybe(n.SentAt) }},
	{name: "confirmed_at", value: func(n wire.Notice) string { return maybe(n.ConfirmedAt) }},
	{name: "subject", value: func(n wire.Notice) string { return n.Subject }, wide: true},
	{name: "contact_id", value: func(n wire.Notice) string { return n.ContactID }, wide: true},
	{name: "attempts", value: func(n wire.Notice) string { return strconv.Itoa(n.Attempts) }, wide: true},
	{name: "next_at", value: func(n wire.Notice) string { return maybe(n.NextAt) }, wide: true},
	{name: "last_error", value: func(n wire.Notice) string { return n.LastError }, wide: true},
	{name: "message_id", value: func(n wire.Notice) string { return n.MessageID }, wide: true},
	{name: "resend_of", value: func(n wire.Notice) string { return n.ResendOf }, wide: true},
}

var noticeDetailColumns = append(
	derived(noticeColumns, func(n wire.NoticeDetail) wire.Notice { return n.Notice }),
	column[wire.NoticeDetail]{name: "text", value: func(n wire.NoticeDetail) string { return n.Text }},
)

var bounceColumns = []column[wire.BounceResult]{
	{name: "notice_id", value: func(b wire.BounceResult) string { return b.NoticeID }},
	{name: "org_id", value: func(b wire.BounceResult) string { return b.OrgID }},
	{name: "hard", value: func(b wire.BounceResult) string { return yesNo(b.Hard) }},
	{name: "known", value: func(b wire.BounceResult) string { return yesNo(b.Known) }},
	{name: "status", value: func(b wire.BounceResult) string { return b.Status }},
	{name: "reason", value: func(b wire.BounceResult) string { return b.Reason }},
}

func (a *app) mailCommand() *cobra.Command {
	return a.group("mail", "What operators were told by mail, and what came back",
		a.mailList(),
		a.command("show N", "Show a mail and what became of it", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			n, err := c.Notice(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, n, noticeDetailColumns)
		}),
		a.mailResend(), a.mailPreview(),
		a.command("send-test CONTACT", "Mail a contact a code to confirm its address with", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, args []string) error {
				n, err := c.SendTestMail(ctx, args[0])
				if err != nil {
					return err
				}
				return object(a, n, noticeColumns)
			}),
		a.mailBounce(),
	)
}

func (a *app) mailList() *cobra.Command {
	var org, contact, state, kind, about string
	l := a.command("list", "List what was mailed, newest first", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		q := url.Values{}
		for key, v := range map[string]string{"org": org, "contact": contact, "state": word(state), "kind": word(kind), "about": about} {
			if v != "" {
				q.Set(key, v)
			}
		}
		all, err := c.Notices(ctx, q)
		if err != nil {
			return err
		}
		return list(a, all, noticeColumns)
	})
	l.Flags().StringVar(&org, "org", "", "only to this organisation (`ID`)")
	l.Flags().StringVar(&contact, "contact", "", "only to this contact (`ID`)")
	l.Flags().StringVar(&state, "state", "", "only `WORD`: queued, sent, failed, bounced, dry_run or cancelled")
	l.Flags().StringVar(&kind, "kind", "", "only `WORD`: weekly, alert, digest, reminder, waiver_ending, permission_ending, unconfirmed, advisory or verify")
	l.Flags().StringVar(&about, "about", "", "only those that tell of this finding, permission or week (`ID`)")
	return l
}

func (a *app) mailResend() *cobra.Command {
	var contact string
	r := a.command("resend N", "Send a mail again, or to another contact", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		n, err := c.ResendNotice(ctx, args[0], contact)
		if err != nil {
			return err
		}
		return object(a, n, noticeColumns)
	})
	r.Flags().StringVar(&contact, "contact", "", "to this contact of the same organisation (`ID`)")
	return r
}

func (a *app) mailPreview() *cobra.Command {
	var language string
	var bilingual, html, link bool
	p := a.command("preview KIND", "Show how a kind of mail looks, with invented findings", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			l, err := c.PreviewLetter(ctx, word(args[0]), language, bilingual)
			if err != nil {
				return err
			}
			text := "Subject: " + l.Subject + "\n\n" + l.Text
			switch {
			case html:
				text = l.HTML
			case link:
				text = "Subject: " + l.LinkSubject + "\n\n" + l.Link
			}
			_, err = io.WriteString(a.stdout, text)
			return err
		})
	p.Flags().StringVar(&language, "language", "en", "`TAG` of the language")
	p.Flags().BoolVar(&bilingual, "bilingual", false, "with English below")
	p.Flags().BoolVar(&html, "html", false, "the HTML part")
	p.Flags().BoolVar(&link, "link", false, "what a contact without a key gets")
	return p
}

// mailBounce is what a mail server pipes returned messages into.
func (a *app) mailBounce() *cobra.Command {
	return a.command("bounce [FILE]", "Take in a message that came back, from a mail server's pipe", cobra.MaximumNArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			var raw []byte
			var err error
			if len(args) == 1 {
				raw, _, err = readFile("FILE", args[0], maxReturned)
			} else {
				raw, err = readMessage(os.Stdin)
			}
			if err != nil {
				return err
			}
			b, err := c.ReadBounce(ctx, raw)
			if err != nil {
				return err
			}
			return object(a, b, bounceColumns)
		})
}

func readMessage(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxReturned+1))
	if err != nil {
		return nil, fmt.Errorf("read the message: %w", err)
	}
	if len(raw) > maxReturned {
		return nil, &inventory.InputError{Field: "message", Message: "is larger than a returned message may be", Hint: "pass on one message at a time"}
	}
	return raw, nil
}
