package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// maxDocument is the largest signed letter, in bytes.
const maxDocument = 16 << 20

var authorizationColumns = []column[wire.Authorization]{
	{name: "id", value: func(x wire.Authorization) string { return x.ID }},
	{name: "org_id", value: func(x wire.Authorization) string { return x.OrgID }},
	{name: "state", value: func(x wire.Authorization) string { return x.State }},
	{name: "level", value: func(x wire.Authorization) string { return x.Level }},
	{name: "ot_level", value: func(x wire.Authorization) string { return x.OTLevel }, wide: true},
	{name: "prefixes", value: func(x wire.Authorization) string { return strings.Join(x.Prefixes, " ") }},
	{name: "names", value: func(x wire.Authorization) string { return strings.Join(x.Names, " ") }},
	{name: "from", value: func(x wire.Authorization) string { return moment(x.From) }},
	{name: "until", value: func(x wire.Authorization) string { return moment(x.Until) }},
	{name: "windows", value: func(x wire.Authorization) string { return x.Windows }, wide: true},
	{name: "time_zone", value: func(x wire.Authorization) string { return x.TimeZone }, wide: true},
	{name: "method", value: func(x wire.Authorization) string { return x.Method }},
	{name: "signed_by", value: func(x wire.Authorization) string { return x.SignedBy }, wide: true},
	{name: "reference", value: func(x wire.Authorization) string { return x.Reference }, wide: true},
	{name: "document_sha256", value: func(x wire.Authorization) string {
		if x.Document == nil {
			return ""
		}
		return x.Document.SHA256
	}, wide: true},
	{name: "reason", value: func(x wire.Authorization) string { return x.Reason }, wide: true},
}

var exclusionColumns = []column[wire.Exclusion]{
	{name: "id", value: func(x wire.Exclusion) string { return x.ID }},
	{name: "prefix", value: func(x wire.Exclusion) string { return x.Prefix }},
	{name: "name", value: func(x wire.Exclusion) string { return x.Name }},
	{name: "until", value: func(x wire.Exclusion) string { return moment(x.Until) }},
	{name: "reason", value: func(x wire.Exclusion) string { return x.Reason }},
	{name: "created_by", value: func(x wire.Exclusion) string { return x.CreatedBy }},
	{name: "created_at", value: func(x wire.Exclusion) string { return moment(x.CreatedAt) }, wide: true},
}

func (a *app) authorizationCommand() *cobra.Command {
	var org, why string
	l := a.command("list", "List permissions to scan", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		all, err := c.Authorizations(ctx, org)
		if err != nil {
			return err
		}
		return list(a, all, authorizationColumns)
	})
	l.Flags().StringVar(&org, "org", "", "only those of this organisation (`ID`)")

	revoke := a.command("revoke ID --reason TEXT", "End a permission to scan at once", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			if err := c.RevokeAuthorization(ctx, args[0], why); err != nil {
				return err
			}
			a.say("%s is revoked: nothing is scanned by it any more", args[0])
			return nil
		})
	revoke.Flags().StringVar(&why, "reason", "revoked on the command line", "why, in a sentence")
	return a.group("authorization", "Permissions to scan, without which no packet is sent", append(a.authorizationSteps(), a.authorizationAdd(), l, revoke)...)
}

// authorizationSteps are the steps of one that is drawn up, handed in and
// decided about by different people.
func (a *app) authorizationSteps() []*cobra.Command {
	submit := a.command("submit ID", "Hand in a draft, which its proof must support", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			made, err := c.SubmitAuthorization(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, made, authorizationColumns)
		})
	check := a.command("check ID", "Ask the DNS for the proof of one", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			proof, err := c.CheckProof(ctx, args[0])
			if err != nil {
				return err
			}
			return list(a, proof.Records, proofColumns)
		})
	out := []*cobra.Command{submit, check}
	for _, step := range []struct{ act, short string }{
		{"activate", "Put one into force that another person handed in"},
		{"return", "Return one to who handed it in"},
		{"suspend", "Scan nothing by one until it is resumed"},
		{"resume", "Put a suspended one into force again"},
	} {
		out = append(out, a.authorizationStep(step.act, step.short))
	}
	return out
}

func (a *app) authorizationStep(act, short string) *cobra.Command {
	var n wire.PermitDecision
	use := act + " ID"
	if act == "return" || act == "suspend" {
		use += " --reason TEXT"
	}
	cmd := a.command(use, short, cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		made, err := c.DecideAuthorization(ctx, args[0], act, n)
		if err != nil {
			return err
		}
		return object(a, made, authorizationColumns)
	})
	switch act {
	case "return", "suspend":
		cmd.Flags().StringVar(&n.Reason, "reason", "", "why, in a sentence")
		return require(cmd, "reason")
	case "activate":
		cmd.Flags().BoolVar(&n.MoreForOT, "more-for-ot", false, "the letter asks for more than light on OT assets in so many words")
	}
	return cmd
}

var proofColumns = []column[wire.ProofRecord]{
	{name: "name", value: func(x wire.ProofRecord) string { return x.Name }},
	{name: "value", value: func(x wire.ProofRecord) string { return x.Value }},
	{name: "found", value: func(x wire.ProofRecord) string { return strconv.FormatBool(x.Found) }},
	{name: "others", value: func(x wire.ProofRecord) string { return strconv.Itoa(x.Others) }, wide: true},
}

func (a *app) authorizationAdd() *cobra.Command {
	var n wire.NewAuthorization
	var from, until, document string
	var windows []string
	var draft bool
	add := a.command("add --org ID --prefix CIDR|--name HOST --method METHOD --from DATE --until DATE --level LEVEL",
		"Record a permission to scan", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) (err error) {
			n.Method, n.Level, n.OTLevel = word(n.Method), word(n.Level), word(n.OTLevel)
			if n.From, err = parseTime("--from", from); err != nil {
				return err
			}
			if n.Until, err = parseTime("--until", until); err != nil {
				return err
			}
			n.Windows = strings.Join(windows, "; ")
			if document != "" {
				content, name, err := readFile("--document", document, maxDocument)
				if err != nil {
					return err
				}
				n.Document = &wire.NewDocument{Name: name, Content: content}
			}
			if draft {
				return a.draftAuthorization(ctx, c, n)
			}
			made, err := c.CreateAuthorization(ctx, n)
			if err != nil {
				return err
			}
			return object(a, made, authorizationColumns)
		})
	f := add.Flags()
	f.BoolVar(&draft, "draft", false, "draw it up only: it is handed in with submit, and another person activates it")
	f.StringVar(&n.OrgID, "org", "", "`ID` of the organisation that permits")
	f.StringSliceVar(&n.Prefixes, "prefix", nil, "`CIDR` or address that may be scanned; several times at will")
	f.StringSliceVar(&n.Names, "name", nil, "`HOST` that may be scanned, *.example.org for all below; several times at will")
	f.StringVar(&n.Method, "method", "", "`METHOD` of proof: letter, dns or mandate")
	f.StringVar(&document, "document", "", "`FILE` of the signed letter")
	f.StringVar(&n.SignedBy, "signed-by", "", "who signed")
	f.StringVar(&n.Reference, "reference", "", "the TXT value, or the mandate's legal basis")
	f.StringVar(&from, "from", "", "`DATE` of the first day, from 00:00 UTC")
	f.StringVar(&until, "until", "", "`DATE` on which it has ended, at 00:00 UTC")
	f.StringVar(&n.Level, "level", "", "`LEVEL`: passive, light, standard or intensive")
	f.StringVar(&n.OTLevel, "ot-level", "", "`LEVEL` for OT assets, if the operator said so in writing; light when absent")
	f.StringArrayVar(&windows, "window", nil, "`SPAN` in which to scan, such as 'Mon-Fri 22:00-05:00' or Sat,Sun; several times at will")
	f.StringVar(&n.TimeZone, "time-zone", "", "IANA `ZONE` of the windows; the organisation's when absent")
	return require(add, "org", "method", "from", "until", "level")
}

// draftAuthorization draws one up, with its letter if there is one.
func (a *app) draftAuthorization(ctx context.Context, c *client.Client, n wire.NewAuthorization) error {
	letter := n.Document
	n.Document = nil
	made, err := c.DraftAuthorization(ctx, n)
	if err == nil && letter != nil {
		made, err = c.AttachLetter(ctx, made.ID, *letter)
	}
	if err != nil {
		return err
	}
	return object(a, made, authorizationColumns)
}

func (a *app) exclusionCommand() *cobra.Command {
	var n wire.NewExclusion
	var until string
	add := a.command("add PREFIX --reason TEXT --until DATE", "Forbid scanning an address, a prefix or (--name) a host", cobra.MaximumNArgs(1),
		func(ctx context.Context, c *client.Client, args []string) (err error) {
			if len(args) == 1 {
				n.Prefix = args[0]
			}
			if n.Until, err = parseTime("--until", until); err != nil {
				return err
			}
			made, err := c.CreateExclusion(ctx, n)
			if err != nil {
				return err
			}
			return object(a, made, exclusionColumns)
		})
	add.Flags().StringVar(&n.Name, "name", "", "`HOST` to leave alone, in place of PREFIX")
	add.Flags().StringVar(&n.Reason, "reason", "", "why, in a sentence")
	add.Flags().StringVar(&until, "until", "", "`DATE` on which it ends, at 00:00 UTC")
	return a.group("exclusion", "Orders not to scan, whatever is authorised",
		require(add, "reason", "until"),
		a.command("list", "List orders not to scan", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
			all, err := c.Exclusions(ctx)
			if err != nil {
				return err
			}
			return list(a, all, exclusionColumns)
		}),
		a.command("end ID", "End an order not to scan", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			if err := c.EndExclusion(ctx, args[0]); err != nil {
				return err
			}
			a.say("%s has ended", args[0])
			return nil
		}),
	)
}

func invalid(field, value, message, hint string) error {
	return &inventory.InputError{Field: field, Value: value, Message: message, Hint: hint}
}
