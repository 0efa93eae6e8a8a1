package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var advisoryColumns = []column[wire.Advisory]{
	{name: "id", value: func(v wire.Advisory) string { return v.ID }},
	{name: "revision", value: func(v wire.Advisory) string { return number(v.Revision) }},
	{name: "state", value: func(v wire.Advisory) string { return v.State }},
	{name: "tlp", value: func(v wire.Advisory) string { return v.TLP }},
	{name: "category", value: func(v wire.Advisory) string { return v.Category }},
	{name: "check", value: func(v wire.Advisory) string { return v.Check }},
	{name: "title", value: func(v wire.Advisory) string { return v.Title }},
	{name: "severity", value: func(v wire.Advisory) string { return v.Severity }},
	{name: "organizations", value: func(v wire.Advisory) string { return number(v.Reach.Organizations) }},
	{name: "assets", value: func(v wire.Advisory) string { return number(v.Reach.Assets) }},
	{name: "author", value: func(v wire.Advisory) string { return v.Author }},
	{name: "approver", value: func(v wire.Advisory) string { return v.Approver }},
	{name: "needs_legal", value: func(v wire.Advisory) string { return yesNo(v.NeedsLegal) }, wide: true},
	{name: "legal_by", value: func(v wire.Advisory) string { return v.LegalBy }, wide: true},
	{name: "interim", value: func(v wire.Advisory) string { return yesNo(v.Interim) }, wide: true},
	{name: "final_due", value: func(v wire.Advisory) string { return maybe(v.FinalDue) }, wide: true},
	{name: "referral", value: func(v wire.Advisory) string { return yesNo(v.Referral) }, wide: true},
	{name: "cves", value: func(v wire.Advisory) string { return strings.Join(v.CVEs, " ") }, wide: true},
	{name: "products", value: func(v wire.Advisory) string {
		return joined(v.Products, func(p wire.AdvisoryProduct) string {
			return strings.Join(strings.Fields(p.Vendor+" "+p.Name+" "+p.Version+" "+p.Range+" "+p.CPE), " ")
		})
	}, wide: true},
	{name: "origins", value: func(v wire.Advisory) string {
		return joined(v.Origins, func(o wire.AdvisoryOrigin) string {
			if len(o.Consent) == 0 {
				return o.PeerID + " " + o.Document
			}
			return o.PeerID + " " + o.Document + " (consents to " + strings.Join(o.Consent, " ") + ")"
		})
	}, wide: true},
	{name: "superseded_by", value: func(v wire.Advisory) string { return v.SupersededBy }, wide: true},
	{name: "summary", value: func(v wire.Advisory) string { return v.Summary }, wide: true},
	{name: "impact", value: func(v wire.Advisory) string { return v.Impact }, wide: true},
	{name: "fix", value: func(v wire.Advisory) string { return v.Fix }, wide: true},
	{name: "updated_at", value: func(v wire.Advisory) string { return moment(v.UpdatedAt) }, wide: true},
}

var changeColumns = []column[wire.FieldChange]{
	{name: "field", value: func(c wire.FieldChange) string { return c.Field }},
	{name: "before", value: func(c wire.FieldChange) string { return c.Before }},
	{name: "after", value: func(c wire.FieldChange) string { return c.After }},
}

var commentColumns = []column[wire.Comment]{
	{name: "id", value: func(c wire.Comment) string { return c.ID }},
	{name: "revision", value: func(c wire.Comment) string { return number(c.Revision) }},
	{name: "by", value: func(c wire.Comment) string { return c.By }},
	{name: "at", value: func(c wire.Comment) string { return moment(c.At) }},
	{name: "field", value: func(c wire.Comment) string { return c.Field }},
	{name: "text", value: func(c wire.Comment) string { return c.Text }},
	{name: "resolved_by", value: func(c wire.Comment) string { return c.ResolvedBy }},
}

var affectedColumns = []column[wire.Affected]{
	{name: "asset_id", value: func(x wire.Affected) string { return x.AssetID }},
	{name: "org_id", value: func(x wire.Affected) string { return x.OrgID }},
	{name: "org_name", value: func(x wire.Affected) string { return x.OrgName }},
	{name: "sector", value: func(x wire.Affected) string { return x.Sector }},
	{name: "country", value: func(x wire.Affected) string { return x.Country }},
	{name: "address", value: func(x wire.Affected) string { return x.Address }},
	{name: "port", value: func(x wire.Affected) string { return x.Port }},
	{name: "hostname", value: func(x wire.Affected) string { return x.Hostname }, wide: true},
	{name: "site", value: func(x wire.Affected) string { return x.Site }, wide: true},
	{name: "evidence", value: func(x wire.Affected) string { return x.Evidence }, wide: true},
	{name: "consent", value: func(x wire.Affected) string { return x.Consent }},
}

func (a *app) advisoryCommand() *cobra.Command {
	return a.group("advisory", "What others should know, without naming anybody",
		a.advisoryDraft(), a.advisoryNew(), a.advisoryEdit(),
		a.advisoryAct("from-inbound IN", "Draft an advisory that rests on a received document", (*client.Client).AdvisoryFromInbound),
		a.command("list", "List advisories", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
			all, err := c.Advisories(ctx)
			if err != nil {
				return err
			}
			return list(a, all, advisoryColumns)
		}),
		a.advisoryAct("show ID", "Show an advisory", (*client.Client).Advisory),
		a.advisoryVerb("submit", "Hand a draft over for review"),
		a.advisoryVerb("return", "Send an advisory back to its author"),
		a.advisoryApprove(),
		a.advisoryVerb("finish", "Begin the final revision of an interim advisory"),
		a.advisoryWords("revise", "summary", "what changes, for the revision history", "Begin the next revision of a released advisory", (*client.Client).ReviseAdvisory),
		a.advisoryWords("withdraw", "reason", "why, in a sentence", "Take a released advisory back, from all who got it", (*client.Client).WithdrawAdvisory),
		a.advisoryWords("supersede", "by", "`ID` of the advisory to read instead", "End a released advisory in favour of another", (*client.Client).SupersedeAdvisory),
		a.advisoryConsent(),
		advisoryList(a, "revisions ID", "List an advisory's revisions", advisoryColumns, (*client.Client).AdvisoryRevisions),
		advisoryList(a, "affected ID", "List the places that have the weakness; they never leave as they are", affectedColumns, (*client.Client).AdvisoryAffected),
		a.advisoryDiff(), a.advisoryComment(),
		advisoryList(a, "comments ID", "List what reviewers said", commentColumns, (*client.Client).Comments),
		a.advisoryExport(),
	)
}

// advisoryAct makes a command that ends with the advisory as it is then.
func (a *app) advisoryAct(use, short string, do func(*client.Client, context.Context, string) (wire.Advisory, error)) *cobra.Command {
	return a.command(use, short, cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		v, err := do(c, ctx, args[0])
		if err != nil {
			return err
		}
		return object(a, v, advisoryColumns)
	})
}

func (a *app) advisoryVerb(verb, short string) *cobra.Command {
	return a.advisoryAct(verb+" ID", short, func(c *client.Client, ctx context.Context, id string) (wire.Advisory, error) {
		return c.DirectAdvisory(ctx, id, verb)
	})
}

// advisoryWords makes a command that needs one flag of words.
func (a *app) advisoryWords(verb, flag, usage, short string, do func(*client.Client, context.Context, string, string) (wire.Advisory, error)) *cobra.Command {
	var words string
	cmd := a.advisoryAct(verb+" ID --"+flag+" TEXT", short, func(c *client.Client, ctx context.Context, id string) (wire.Advisory, error) {
		v, err := do(c, ctx, id, words)
		if err == nil && v.State == "withdrawn" {
			a.say("whoever got it is told when another person approves: ciiscan release list --state requested --advisory %s", v.ID)
		}
		return v, err
	})
	cmd.Flags().StringVar(&words, flag, "", usage)
	return require(cmd, flag)
}

func (a *app) advisoryConsent() *cobra.Command {
	var n wire.OriginConsent
	var everybody, nobody bool
	consent := a.advisoryAct("consent ID --of PEER --to PEER --reason TEXT", "Note whom an originator lets an advisory go on to", func(c *client.Client, ctx context.Context, id string) (wire.Advisory, error) {
		switch given := len(n.To) > 0; {
		case everybody && !given && !nobody:
			n.To = []string{"*"}
		case nobody && !given && !everybody:
			n.To = []string{}
		case !given || everybody || nobody:
			return wire.Advisory{}, invalid("--to", "", "say to whom", "give --to PEER, or --everybody, or --nobody to note that the consent was taken back")
		}
		return c.PermitOrigin(ctx, id, n)
	})
	f := consent.Flags()
	f.StringVar(&n.PeerID, "of", "", "`PEER` whose document the advisory rests on")
	f.StringSliceVar(&n.To, "to", nil, "`PEER` that it may go on to; several times at will")
	f.BoolVar(&everybody, "everybody", false, "it may go on to everybody")
	f.BoolVar(&nobody, "nobody", false, "the consent was taken back")
	f.StringVar(&n.Reason, "reason", "", "how the originator said so, such as: mail of 3 May")
	return require(consent, "of", "reason")
}

func advisoryList[T any](a *app, use, short string, columns []column[T], do func(*client.Client, context.Context, string) ([]T, error)) *cobra.Command {
	return a.command(use, short, cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		all, err := do(c, ctx, args[0])
		if err != nil {
			return err
		}
		return list(a, all, columns)
	})
}

func (a *app) advisoryDraft() *cobra.Command {
	var n wire.NewAdvisory
	draft := a.command("draft --check ID --tlp LABEL [--org ID]", "Draft an advisory from the open findings of a check", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			n.TLP = label(n.TLP)
			v, err := c.DraftAdvisory(ctx, n)
			if err != nil {
				return err
			}
			a.say("%s names no operator; another user approves it with: ciiscan advisory approve %s", v.ID, v.ID)
			return object(a, v, advisoryColumns)
		})
	draft.Flags().StringVar(&n.Check, "check", "", "`ID` of the check; ciiscan template list shows them")
	draft.Flags().StringVar(&n.TLP, "tlp", "", "`LABEL`: clear, green, amber, amber+strict or red")
	draft.Flags().StringSliceVar(&n.OrgIDs, "org", nil, "only the findings of this organisation (`ID`); several times at will")
	return require(draft, "check", "tlp")
}

// label reads TLP:AMBER as amber.
func label(s string) string { return strings.TrimPrefix(word(s), "tlp:") }

func (a *app) advisoryApprove() *cobra.Command {
	var legal bool
	approve := a.advisoryAct("approve ID [--legal]", "Approve an advisory that somebody else drafted",
		func(c *client.Client, ctx context.Context, id string) (wire.Advisory, error) {
			if legal {
				return c.DirectAdvisory(ctx, id, "approve-legal")
			}
			v, err := c.DirectAdvisory(ctx, id, "approve")
			if err == nil && v.NeedsLegal && v.LegalBy == "" {
				a.say("a legal officer still has to agree: ciiscan advisory approve %s --legal", v.ID)
			}
			return v, err
		})
	approve.Flags().BoolVar(&legal, "legal", false, "as legal officer, to what is red, of an incident or for law enforcement")
	return approve
}

func (a *app) advisoryDiff() *cobra.Command {
	var from, to int
	diff := a.command("diff ID [--from N] [--to N]", "Show what one revision says otherwise than another", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			all, err := c.DiffAdvisory(ctx, args[0], from, to)
			if err != nil {
				return err
			}
			return list(a, all, changeColumns)
		})
	diff.Flags().IntVar(&from, "from", 0, "revision `N`; the one before when absent")
	diff.Flags().IntVar(&to, "to", 0, "revision `N`; the newest when absent")
	return diff
}

func (a *app) advisoryComment() *cobra.Command {
	var n wire.NewComment
	add := a.command("comment ID --text TEXT [--field NAME]", "Say something about an advisory as it stands", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			x, err := c.AddComment(ctx, args[0], n)
			if err != nil {
				return err
			}
			return object(a, x, commentColumns)
		})
	add.Flags().StringVar(&n.Text, "text", "", "what is to be changed, and why; it never leaves")
	add.Flags().StringVar(&n.Field, "field", "", "`NAME` of the field, such as summary; the whole when absent")
	resolve := a.command("resolve COM", "Note that a comment was dealt with", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		if err := c.ResolveComment(ctx, args[0]); err != nil {
			return err
		}
		a.say("%s is dealt with", args[0])
		return nil
	})
	require(add, "text").AddCommand(resolve)
	return add
}

func (a *app) advisoryExport() *cobra.Command {
	var e client.Export
	var out string
	export := a.command("export ID --format csaf|stix|misp --out FILE", "Write an approved advisory for others to read", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			e.Format = word(e.Format)
			f, err := c.ExportAdvisory(ctx, args[0], e)
			if err != nil {
				return err
			}
			return a.deliver(out, f.Content)
		})
	export.Flags().StringVar(&e.Format, "format", "csaf", "`WORD`: csaf, stix or misp")
	export.Flags().StringVar(&out, "out", "-", "write to `FILE`; - is standard output")
	export.Flags().BoolVar(&e.Draft, "draft", false, "also one that nobody has approved, to look at")
	return export
}
