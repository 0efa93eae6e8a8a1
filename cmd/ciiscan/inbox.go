package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// maxInbound is the largest document to import, in bytes: as base64 the
// server takes no more.
const maxInbound = 20 << 20

var inboundColumns = []column[wire.Inbound]{
	{name: "id", value: func(x wire.Inbound) string { return x.ID }},
	{name: "peer_id", value: func(x wire.Inbound) string { return x.PeerID }},
	{name: "channel", value: func(x wire.Inbound) string { return x.Channel }},
	{name: "received_at", value: func(x wire.Inbound) string { return moment(x.ReceivedAt) }},
	{name: "state", value: func(x wire.Inbound) string { return x.State }},
	{name: "signature", value: func(x wire.Inbound) string { return x.Signature }},
	{name: "tlp", value: func(x wire.Inbound) string { return x.TLP }},
	{name: "tracking_id", value: func(x wire.Inbound) string { return x.TrackingID }},
	{name: "version", value: func(x wire.Inbound) string { return x.Version }},
	{name: "title", value: func(x wire.Inbound) string { return x.Title }},
	{name: "severity", value: func(x wire.Inbound) string { return x.Severity }},
	{name: "namespace", value: func(x wire.Inbound) string { return x.Namespace }, wide: true},
	{name: "category", value: func(x wire.Inbound) string { return x.Category }, wide: true},
	{name: "cves", value: func(x wire.Inbound) string { return strings.Join(x.CVEs, " ") }, wide: true},
	{name: "reason", value: func(x wire.Inbound) string { return x.Reason }, wide: true},
	{name: "decided_by", value: func(x wire.Inbound) string { return x.DecidedBy }, wide: true},
	{name: "signed_by", value: func(x wire.Inbound) string { return x.SignedBy }, wide: true},
	{name: "name", value: func(x wire.Inbound) string { return x.Name }, wide: true},
	{name: "size", value: func(x wire.Inbound) string { return strconv.FormatInt(x.Size, 10) }, wide: true},
	{name: "sha256", value: func(x wire.Inbound) string { return x.SHA256 }, wide: true},
	{name: "duplicates", value: func(x wire.Inbound) string { return x.Duplicates }, wide: true},
	{name: "supersedes", value: func(x wire.Inbound) string { return x.Supersedes }, wide: true},
}

var inboundDetailColumns = append(
	derived(inboundColumns, func(x wire.InboundDetail) wire.Inbound { return x.Inbound }),
	column[wire.InboundDetail]{name: "summary", value: func(x wire.InboundDetail) string { return x.Summary }},
	column[wire.InboundDetail]{name: "remediation", value: func(x wire.InboundDetail) string { return x.Remediation }},
	column[wire.InboundDetail]{name: "products", value: func(x wire.InboundDetail) string {
		return joined(x.Products, func(p wire.IncomingProduct) string {
			return strings.Join(strings.Fields(p.Status+" "+p.Vendor+" "+p.Name+" "+p.Range+" "+p.CPE+" "+p.PURL), " ")
		})
	}},
	column[wire.InboundDetail]{name: "problems", value: func(x wire.InboundDetail) string {
		return joined(x.Problems, func(p wire.InboundProblem) string {
			words := p.Code + " " + p.Where + ": " + p.What
			if p.Fatal {
				words += " (keeps it out)"
			}
			return words
		})
	}},
)

var matchColumns = []column[wire.Match]{
	{name: "inbound_id", value: func(m wire.Match) string { return m.InboundID }},
	{name: "org_id", value: func(m wire.Match) string { return m.OrgID }},
	{name: "asset_id", value: func(m wire.Match) string { return m.AssetID }},
	{name: "service", value: func(m wire.Match) string { return m.Service }},
	{name: "verdict", value: func(m wire.Match) string { return m.Verdict }},
	{name: "how", value: func(m wire.Match) string { return m.How }},
	{name: "why", value: func(m wire.Match) string { return m.Why }},
	{name: "due_at", value: func(m wire.Match) string { return maybe(m.DueAt) }},
	{name: "checks", value: func(m wire.Match) string { return strings.Join(m.Checks, " ") }, wide: true},
	{name: "scan_id", value: func(m wire.Match) string { return m.ScanID }, wide: true},
	{name: "evidence_id", value: func(m wire.Match) string { return m.EvidenceID }, wide: true},
	{name: "told_at", value: func(m wire.Match) string { return maybe(m.ToldAt) }, wide: true},
	{name: "fixed_at", value: func(m wire.Match) string { return maybe(m.FixedAt) }, wide: true},
}

var answerColumns = []column[wire.Answer]{
	{name: "inbound_id", value: func(x wire.Answer) string { return x.InboundID }},
	{name: "peer_id", value: func(x wire.Answer) string { return x.PeerID }},
	{name: "state", value: func(x wire.Answer) string { return x.State }},
	{name: "counts", value: func(x wire.Answer) string { return countWords(x.Counts, x.Few) }},
	{name: "sectors", value: func(x wire.Answer) string { return strings.Join(x.Sectors, " ") }},
	{name: "first", value: func(x wire.Answer) string { return maybe(x.First) }, wide: true},
	{name: "last", value: func(x wire.Answer) string { return maybe(x.Last) }, wide: true},
	{name: "usefulness", value: func(x wire.Answer) string { return number(x.Usefulness) }},
	{name: "comment", value: func(x wire.Answer) string { return x.Comment }},
	{name: "channel", value: func(x wire.Answer) string { return x.Channel }},
	{name: "sent_at", value: func(x wire.Answer) string { return maybe(x.SentAt) }},
	{name: "by", value: func(x wire.Answer) string { return x.By }, wide: true},
}

var feedbackColumns = []column[wire.Feedback]{
	{name: "advisory_id", value: func(x wire.Feedback) string { return x.AdvisoryID }},
	{name: "peer_id", value: func(x wire.Feedback) string { return x.PeerID }},
	{name: "at", value: func(x wire.Feedback) string { return moment(x.At) }},
	{name: "state", value: func(x wire.Feedback) string { return x.State }},
	{name: "counts", value: func(x wire.Feedback) string { return countWords(x.Counts, nil) }},
	{name: "usefulness", value: func(x wire.Feedback) string { return number(x.Usefulness) }},
	{name: "comment", value: func(x wire.Feedback) string { return x.Comment }},
}

var bundleReadColumns = []column[wire.BundleRead]{
	{name: "peer_id", value: func(b wire.BundleRead) string { return b.PeerID }},
	{name: "sequence", value: func(b wire.BundleRead) string { return strconv.FormatInt(b.Sequence, 10) }},
	{name: "again", value: func(b wire.BundleRead) string { return yesNo(b.Again) }},
	{name: "missing", value: func(b wire.BundleRead) string { return joined(b.Missing, gapWords) }},
	{name: "inbounds", value: func(b wire.BundleRead) string {
		return joined(b.Inbounds, func(x wire.Inbound) string { return x.ID + " " + x.State })
	}},
	{name: "receipts", value: func(b wire.BundleRead) string { return number(b.Receipts) }},
}

func gapWords(g wire.Gap) string {
	if g.From == g.To {
		return strconv.FormatInt(g.From, 10)
	}
	return fmt.Sprintf("%d to %d", g.From, g.To)
}

func (a *app) inboxCommand() *cobra.Command {
	var f client.InboxFilter
	l := a.command("list", "List what peers sent, newest first", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		f.State = word(f.State)
		all, err := c.Inbox(ctx, f)
		if err != nil {
			return err
		}
		return list(a, all, inboundColumns)
	})
	l.Flags().StringVar(&f.Peer, "peer", "", "only from this peer (`ID`)")
	l.Flags().StringVar(&f.Source, "source", "", "only from this feed (`ID`)")
	l.Flags().StringVar(&f.State, "state", "", "only `WORD`: quarantined, accepted, rejected, duplicate, superseded or withdrawn")
	return a.group("inbox", "What peers sent: verified, kept as it came, and matched with our assets",
		l,
		a.command("show IN", "Show what a document says and what is wrong with it", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, args []string) error {
				x, err := c.Inbound(ctx, args[0])
				if err != nil {
					return err
				}
				return object(a, x, inboundDetailColumns)
			}),
		a.inboxRaw(), a.inboxImport(), a.inboxDecide("accept", true, "Accept a document out of quarantine"),
		a.inboxDecide("reject", false, "Reject a document"), a.inboxMatches(),
	)
}

func (a *app) inboxRaw() *cobra.Command {
	var out string
	raw := a.command("raw IN --out FILE", "Get a document exactly as it came; its bytes are a stranger's", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			f, err := c.InboundRaw(ctx, args[0])
			if err != nil {
				return err
			}
			return a.deliver(out, f.Content)
		})
	raw.Flags().StringVar(&out, "out", "", "write to `FILE`; - is standard output")
	return require(raw, "out")
}

func (a *app) inboxImport() *cobra.Command {
	var n wire.NewInbound
	var signature string
	imp := a.command("import FILE --peer ID [--signature FILE]", "Take in a peer's document that somebody brings", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) (err error) {
			if n.Content, n.Name, err = readFile("FILE", args[0], maxInbound); err != nil {
				return err
			}
			if signature != "" {
				if n.Signature, _, err = readFile("--signature", signature, maxKey); err != nil {
					return err
				}
			}
			x, err := c.ImportInbound(ctx, n)
			if err != nil {
				return err
			}
			return object(a, x, inboundColumns)
		})
	imp.Flags().StringVar(&n.PeerID, "peer", "", "`ID` of the peer that it is from")
	imp.Flags().StringVar(&signature, "signature", "", "`FILE` with the detached OpenPGP signature")
	return require(imp, "peer")
}

func (a *app) inboxDecide(verb string, yes bool, short string) *cobra.Command {
	var why string
	cmd := a.command(verb+" IN --reason TEXT", short, cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		x, err := c.DecideInbound(ctx, args[0], yes, why)
		if err != nil {
			return err
		}
		return object(a, x, inboundColumns)
	})
	cmd.Flags().StringVar(&why, "reason", "", "why, in a sentence")
	return require(cmd, "reason")
}

func (a *app) inboxMatches() *cobra.Command {
	var verdict string
	m := a.command("matches IN", "List the assets that a document concerns, with verdicts", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			all, err := c.InboundMatches(ctx, args[0], word(verdict))
			if err != nil {
				return err
			}
			return list(a, all, matchColumns)
		})
	m.Flags().StringVar(&verdict, "verdict", "", "only `WORD`: pending, affected, fixed, not_present or unknown")
	return m
}

func (a *app) sightingCommand() *cobra.Command {
	var advisory string
	l := a.command("list IN | --advisory ADV", "List what a sender was told, or what peers told of our advisory", cobra.MaximumNArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			switch {
			case (advisory == "") == (len(args) == 0):
				return invalid("IN", "", "name a received document, or an advisory of ours, and not both", "see: ciiscan inbox list, ciiscan advisory list")
			case advisory != "":
				all, err := c.AdvisoryFeedback(ctx, advisory)
				if err != nil {
					return err
				}
				return list(a, all, feedbackColumns)
			}
			all, err := c.Answers(ctx, args[0])
			if err != nil {
				return err
			}
			return list(a, all, answerColumns)
		})
	l.Flags().StringVar(&advisory, "advisory", "", "what peers told of this advisory (`ID`)")
	return a.group("sighting", "What came of advisories: counts between CERTs, and never whose", l,
		a.sightingTell("preview", "Show what the sender would be told now", (*client.Client).PreviewAnswer),
		a.sightingTell("send", "Tell the sender what came of its document", (*client.Client).SendAnswer),
	)
}

func (a *app) sightingTell(verb, short string, do func(*client.Client, context.Context, string, wire.NewAnswer) (wire.Answer, error)) *cobra.Command {
	var n wire.NewAnswer
	cmd := a.command(verb+" IN", short, cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		x, err := do(c, ctx, args[0], n)
		if err != nil {
			return err
		}
		return object(a, x, answerColumns)
	})
	cmd.Flags().IntVar(&n.Usefulness, "usefulness", 0, "`N` from 1 (useless) to 5; 0 does not rate it")
	cmd.Flags().StringVar(&n.Comment, "comment", "", "`TEXT` for their people; it may name no operator")
	return cmd
}

func (a *app) bundleCommand() *cobra.Command {
	var peer, out string
	write := a.command("write --peer ID --out FILE", "Pack what a peer has not got yet into one signed and encrypted file", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			b, err := c.WriteBundle(ctx, peer)
			if err != nil {
				return err
			}
			a.say("bundle %d for %s, with %s", b.Sequence, b.PeerID, count(len(b.Releases), "release", "releases"))
			return a.deliver(out, b.Content)
		})
	write.Flags().StringVar(&peer, "peer", "", "`ID` of the peer")
	write.Flags().StringVar(&out, "out", "", "write to `FILE`")
	read := a.command("read FILE", "Take in a peer's bundle: a replay doubles nothing, a gap is told", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			content, name, err := readFile("FILE", args[0], maxInbound)
			if err != nil {
				return err
			}
			b, err := c.ReadBundle(ctx, wire.NewDocument{Name: name, Content: content})
			if err != nil {
				return err
			}
			if err := object(a, b, bundleReadColumns); err != nil || len(b.Missing) == 0 {
				return err
			}
			return &outcome{exitPartial, "bundles never came: " + joined(b.Missing, gapWords), "ask the peer to write them again"}
		})
	return a.group("bundle", "Files to carry where links fail", require(write, "peer", "out"), read)
}
