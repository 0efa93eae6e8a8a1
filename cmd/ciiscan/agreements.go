package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var agreementColumns = []column[wire.Agreement]{
	{name: "id", value: func(x wire.Agreement) string { return x.ID }},
	{name: "peer_id", value: func(x wire.Agreement) string { return x.PeerID }},
	{name: "reference", value: func(x wire.Agreement) string { return x.Reference }},
	{name: "title", value: func(x wire.Agreement) string { return x.Title }, wide: true},
	{name: "state", value: func(x wire.Agreement) string { return x.State }},
	{name: "effective_at", value: func(x wire.Agreement) string { return moment(x.EffectiveAt) }},
	{name: "expires_at", value: func(x wire.Agreement) string { return moment(x.ExpiresAt) }},
	{name: "notice_by", value: func(x wire.Agreement) string { return moment(x.NoticeBy) }, wide: true},
	{name: "review_at", value: func(x wire.Agreement) string { return maybe(x.ReviewAt) }, wide: true},
	{name: "give", value: func(x wire.Agreement) string { return termWords(x.Give) }, wide: true},
	{name: "take", value: func(x wire.Agreement) string { return termWords(x.Take) }, wide: true},
	{name: "committee", value: func(x wire.Agreement) string {
		return joined(x.Committee, func(m wire.Member) string { return m.Name + " (" + m.Side + ")" })
	}, wide: true},
	{name: "meetings", value: func(x wire.Agreement) string {
		return joined(x.Meetings, func(m wire.Meeting) string { return moment(m.At) + " " + m.Place })
	}, wide: true},
	{name: "themes", value: func(x wire.Agreement) string { return strings.Join(x.Themes, " ") }, wide: true},
	{name: "signed_at", value: func(x wire.Agreement) string { return maybe(x.SignedAt) }, wide: true},
	{name: "document_sha256", value: func(x wire.Agreement) string {
		if x.Document == nil {
			return ""
		}
		return x.Document.SHA256
	}, wide: true},
	{name: "ended_by", value: func(x wire.Agreement) string { return x.EndedBy }, wide: true},
	{name: "ended_why", value: func(x wire.Agreement) string { return x.EndedWhy }, wide: true},
}

var reminderColumns = []column[wire.Reminder]{
	{name: "due", value: func(r wire.Reminder) string { return moment(r.Due) }},
	{name: "urgent", value: func(r wire.Reminder) string { return yesNo(r.Urgent) }},
	{name: "kind", value: func(r wire.Reminder) string { return r.Kind }},
	{name: "peer_id", value: func(r wire.Reminder) string { return r.PeerID }},
	{name: "object", value: func(r wire.Reminder) string { return r.Object }},
	{name: "what", value: func(r wire.Reminder) string { return r.What }},
}

// termWords reads "vulnerability, exposure up to TLP:AMBER by csaf, mail".
func termWords(t wire.Terms) string {
	if len(t.Categories) == 0 {
		return "nothing"
	}
	words := strings.Join(t.Categories, ", ") + " up to TLP:" + strings.ToUpper(t.Ceiling)
	if len(t.Channels) > 0 {
		words += " by " + strings.Join(t.Channels, ", ")
	}
	if t.AckHours > 0 {
		words += fmt.Sprintf(", acknowledged in %d h", t.AckHours)
	}
	return words
}

func (a *app) agreementCommand() *cobra.Command {
	var peer string
	l := a.command("list", "List agreements", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		all, err := c.Agreements(ctx, peer)
		if err != nil {
			return err
		}
		return list(a, all, agreementColumns)
	})
	l.Flags().StringVar(&peer, "peer", "", "only those with this peer (`ID`)")
	return a.group("agreement", "Rights to share: what may pass to and from a peer, and until when",
		a.agreementTemplate(), a.agreementAdd(), a.agreementEdit(), l,
		a.agreementAct("show ID", "Show an agreement as it stands now", func(ctx context.Context, c *client.Client, id string) (wire.Agreement, error) {
			return c.Agreement(ctx, id)
		}),
		a.agreementDocument(), a.agreementSign(),
		a.agreementReasoned("suspend", "Stop everything under an agreement at once", (*client.Client).SuspendAgreement),
		a.agreementAct("resume ID", "Put a suspended agreement into force again", func(ctx context.Context, c *client.Client, id string) (wire.Agreement, error) {
			return c.ResumeAgreement(ctx, id)
		}),
		a.agreementReasoned("terminate", "End an agreement for good", (*client.Client).TerminateAgreement),
		a.agreementRenew(), a.group("meeting", "Meetings of the joint committee", a.meetingAdd()), a.agreementReport(),
	)
}

// agreementAct makes a command that ends with the agreement as it is then.
func (a *app) agreementAct(use, short string, do func(context.Context, *client.Client, string) (wire.Agreement, error)) *cobra.Command {
	return a.command(use, short, cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		x, err := do(ctx, c, args[0])
		if err != nil {
			return err
		}
		return object(a, x, agreementColumns)
	})
}

func (a *app) agreementReasoned(verb, short string, do func(*client.Client, context.Context, string, string) (wire.Agreement, error)) *cobra.Command {
	var why string
	cmd := a.agreementAct(verb+" ID --reason TEXT", short, func(ctx context.Context, c *client.Client, id string) (wire.Agreement, error) {
		return do(c, ctx, id, why)
	})
	cmd.Flags().StringVar(&why, "reason", "", "why, in a sentence")
	return require(cmd, "reason")
}

func (a *app) agreementTemplate() *cobra.Command {
	var from string
	out := "-"
	t := a.command("template [--from ID] [--out FILE]", "Write an agreement to fill in", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			f, err := c.AgreementFile(ctx, from)
			if err != nil {
				return err
			}
			return a.deliver(out, f.Content)
		})
	t.Flags().StringVar(&from, "from", "", "write what is agreed in this one (`ID`)")
	t.Flags().StringVar(&out, "out", "-", "write to `FILE`; - is standard output")
	return t
}

// deliver writes content to a file and names it, or to standard output.
func (a *app) deliver(out string, content []byte) error {
	if out == "-" {
		_, err := a.stdout.Write(content)
		return err
	}
	if err := writeFile(out, content); err != nil {
		return err
	}
	return list(a, []written{{Path: out, Size: len(content)}}, writtenColumns)
}

// readAgreement reads a file of what is agreed.
func readAgreement(path string) ([]byte, error) {
	content, _, err := readFile("--file", path, 1<<20)
	if err == nil && !json.Valid(content) {
		return nil, invalid("--file", path, "is no JSON", "write one out and change it: ciiscan agreement template --out agreement.json")
	}
	return content, err
}

func (a *app) agreementAdd() *cobra.Command {
	var path string
	add := a.command("add --file FILE", "Draft an agreement from a file", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		content, err := readAgreement(path)
		if err != nil {
			return err
		}
		x, err := c.CreateAgreement(ctx, content)
		if err != nil {
			return err
		}
		a.say("it allows nothing before it is signed: ciiscan agreement sign %s --document FILE", x.ID)
		return object(a, x, agreementColumns)
	})
	add.Flags().StringVar(&path, "file", "", "JSON `FILE` as agreement template writes it")
	return require(add, "file")
}

func (a *app) agreementEdit() *cobra.Command {
	var path string
	edit := a.agreementAct("edit ID --file FILE", "Put other terms into a draft", func(ctx context.Context, c *client.Client, id string) (wire.Agreement, error) {
		content, err := readAgreement(path)
		if err != nil {
			return wire.Agreement{}, err
		}
		return c.UpdateAgreement(ctx, id, "", content)
	})
	edit.Flags().StringVar(&path, "file", "", "JSON `FILE` as agreement template --from ID writes it")
	return require(edit, "file")
}

func (a *app) agreementDocument() *cobra.Command {
	var out string
	doc := a.command("document ID --out FILE", "Get the signed text", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		f, err := c.AgreementDocument(ctx, args[0])
		if err != nil {
			return err
		}
		return a.deliver(out, f.Content)
	})
	doc.Flags().StringVar(&out, "out", "", "write to `FILE`")
	return require(doc, "out")
}

func (a *app) agreementSign() *cobra.Command {
	var document, day string
	sign := a.agreementAct("sign ID --document FILE [--at DATE]", "Bring a draft into force, with its signed text",
		func(ctx context.Context, c *client.Client, id string) (wire.Agreement, error) {
			content, name, err := readFile("--document", document, maxDocument)
			if err != nil {
				return wire.Agreement{}, err
			}
			n := wire.Signature{Document: wire.NewDocument{Name: name, Content: content}}
			if day != "" {
				at, err := parseTime("--at", day)
				if err != nil {
					return wire.Agreement{}, err
				}
				n.SignedAt = &at
			}
			return c.SignAgreement(ctx, id, n)
		})
	sign.Flags().StringVar(&document, "document", "", "`FILE` of the signed text, which is kept")
	sign.Flags().StringVar(&day, "at", "", "`DATE` on which it was signed; today when absent")
	return require(sign, "document")
}

func (a *app) agreementRenew() *cobra.Command {
	var until string
	renew := a.agreementAct("renew ID [--until DATE]", "Let an agreement hold for longer", func(ctx context.Context, c *client.Client, id string) (wire.Agreement, error) {
		var n wire.Renewal
		if until != "" {
			t, err := parseTime("--until", until)
			if err != nil {
				return wire.Agreement{}, err
			}
			n.Until = &t
		}
		return c.RenewAgreement(ctx, id, n)
	})
	renew.Flags().StringVar(&until, "until", "", "`DATE` on which it ends then; five years later than now when absent")
	return renew
}

func (a *app) meetingAdd() *cobra.Command {
	var m wire.Meeting
	var day, minutes string
	add := a.agreementAct("add ID --at DATE --minutes FILE", "Note a meeting of the joint committee",
		func(ctx context.Context, c *client.Client, id string) (x wire.Agreement, err error) {
			if m.At, err = parseTime("--at", day); err != nil {
				return x, err
			}
			content, _, err := readFile("--minutes", minutes, 20_000)
			if err != nil {
				return x, err
			}
			m.Minutes = string(content)
			return c.AddMeeting(ctx, id, m)
		})
	add.Flags().StringVar(&day, "at", "", "`DATE` of the meeting")
	add.Flags().StringVar(&m.Place, "place", "", "where")
	add.Flags().StringVar(&minutes, "minutes", "", "text `FILE` of what was decided")
	return require(add, "at", "minutes")
}

func (a *app) agreementReport() *cobra.Command {
	var out string
	y := client.Year{Archive: true}
	report := a.command("report ID --out DIR [--year YEAR]", "Write a year's report for the joint committee", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			y.Formats = wordList(y.Formats)
			f, err := c.CommitteeReport(ctx, args[0], y)
			if err != nil {
				return err
			}
			files, err := unpack(f.Content, out)
			if err != nil {
				return err
			}
			return list(a, files, writtenColumns)
		})
	report.Flags().StringVar(&out, "out", "", "write the files into `DIR`, which is made when missing")
	report.Flags().IntVar(&y.Year, "year", 0, "`YEAR`; this one when absent")
	report.Flags().StringSliceVar(&y.Formats, "format", []string{"html", "csv"}, "`WORDS`: html, csv, json")
	return require(report, "out")
}

func (a *app) remindersCommand() *cobra.Command {
	return a.command("reminders", "List what should be seen to: ends of agreements and keys, interim advisories, silence", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			all, err := c.Reminders(ctx)
			if err != nil {
				return err
			}
			return list(a, all, reminderColumns)
		})
}
