package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// maxImport is the largest file of assets, in bytes.
const maxImport = 10 << 20

var assetColumns = []column[wire.Asset]{
	{name: "id", value: func(x wire.Asset) string { return x.ID }},
	{name: "org_id", value: func(x wire.Asset) string { return x.OrgID }},
	{name: "address", value: func(x wire.Asset) string { return x.Address }},
	{name: "address_kind", value: func(x wire.Asset) string { return x.AddressKind }, wide: true},
	{name: "name", value: func(x wire.Asset) string { return x.Name }},
	{name: "site", value: func(x wire.Asset) string { return x.Site }},
	{name: "function", value: func(x wire.Asset) string { return x.Function }, wide: true},
	{name: "kind", value: func(x wire.Asset) string { return x.Kind }},
	{name: "criticality", value: func(x wire.Asset) string { return x.Criticality }},
	{name: "tags", value: func(x wire.Asset) string { return strings.Join(x.Tags, " ") }},
	{name: "contact_id", value: func(x wire.Asset) string { return x.ContactID }, wide: true},
	{name: "at_most", value: func(x wire.Asset) string { return x.AtMost }, wide: true},
	{name: "sharing", value: func(x wire.Asset) string { return x.Sharing }, wide: true},
	{name: "created_at", value: func(x wire.Asset) string { return moment(x.CreatedAt) }, wide: true},
	{name: "retired_at", value: func(x wire.Asset) string { return maybe(x.RetiredAt) }, wide: true},
}

var ownershipColumns = []column[wire.Ownership]{
	{name: "asset_id", value: func(o wire.Ownership) string { return o.AssetID }},
	{name: "org_id", value: func(o wire.Ownership) string { return o.OrgID }},
	{name: "from", value: func(o wire.Ownership) string { return moment(o.From) }},
	{name: "until", value: func(o wire.Ownership) string { return maybe(o.Until) }},
	{name: "reason", value: func(o wire.Ownership) string { return o.Reason }},
}

func (a *app) assetCommand() *cobra.Command {
	return a.group("asset", "What organisations answer for: addresses, prefixes, names, URLs",
		a.assetAdd(), a.assetImport(), a.assetList(),
		a.command("show ID", "Show an asset", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			x, err := c.Asset(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, x, assetColumns)
		}),
		a.assetMove(), a.assetRetire(), a.assetConsent(),
		a.command("history ID", "List an asset's owners, oldest first", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, args []string) error {
				spans, err := c.AssetHistory(ctx, args[0])
				if err != nil {
					return err
				}
				return list(a, spans, ownershipColumns)
			}),
	)
}

func (a *app) assetAdd() *cobra.Command {
	var n wire.NewAsset
	add := a.command("add ADDRESS --org ID", "Register an asset: IPv4, IPv6, CIDR, host name or URL", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			n.Address, n.Kind, n.Criticality, n.AtMost = args[0], word(n.Kind), word(n.Criticality), word(n.AtMost)
			x, err := c.CreateAsset(ctx, n)
			if err != nil {
				return err
			}
			return object(a, x, assetColumns)
		})
	f := add.Flags()
	f.StringVar(&n.OrgID, "org", "", "`ID` of the organisation that answers for it")
	f.StringVar(&n.Name, "name", "", "what its owner calls it")
	f.StringVar(&n.Site, "site", "", "where it is")
	f.StringVar(&n.Function, "function", "", "what it is there for, such as SCADA or internet bank")
	f.StringVar(&n.ContactID, "contact", "", "`ID` of the organisation's contact who answers for it")
	f.StringVar(&n.AtMost, "at-most", "", "`LEVEL` above which it is never looked at: passive (not at all), light, standard")
	f.StringVar(&n.Kind, "kind", "", "`WORD`: it (when absent) or ot, which is scanned as gently as can be")
	f.StringVar(&n.Criticality, "criticality", "", "`WORD`: low, medium (when absent), high, critical")
	f.StringSliceVar(&n.Tags, "tag", nil, "`TAG`; may be given several times")
	return require(add, "org")
}

func (a *app) assetList() *cobra.Command {
	var filter client.AssetFilter
	l := a.command("list", "List assets", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		filter.Kind, filter.AddressKind = word(filter.Kind), word(filter.AddressKind)
		assets, err := c.Assets(ctx, filter)
		if err != nil {
			return err
		}
		return list(a, assets, assetColumns)
	})
	f := l.Flags()
	f.StringVar(&filter.Org, "org", "", "only those of this organisation (`ID`)")
	f.StringVar(&filter.Kind, "kind", "", "only `WORD`: it or ot")
	f.StringVar(&filter.AddressKind, "address-kind", "", "only `WORD`: ipv4, ipv6, cidr, hostname or url")
	f.StringVar(&filter.Tag, "tag", "", "only with this `TAG`")
	f.BoolVar(&filter.Retired, "retired", false, "retired assets instead of those in use")
	return l
}

func (a *app) assetMove() *cobra.Command {
	var to, why string
	move := a.command("move ID --to ORG --reason TEXT", "Give an asset to another organisation", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			x, err := c.MoveAsset(ctx, args[0], to, why)
			if err != nil {
				return err
			}
			return object(a, x, assetColumns)
		})
	move.Flags().StringVar(&to, "to", "", "`ID` of the new owner")
	move.Flags().StringVar(&why, "reason", "", "why, in a sentence")
	return require(move, "to", "reason")
}

func (a *app) assetRetire() *cobra.Command {
	var why string
	retire := a.command("retire ID --reason TEXT", "Take an asset out of use; its findings close", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			x, err := c.RetireAsset(ctx, args[0], why)
			if err != nil {
				return err
			}
			return object(a, x, assetColumns)
		})
	retire.Flags().StringVar(&why, "reason", "", "why, in a sentence")
	return require(retire, "reason")
}

func (a *app) assetConsent() *cobra.Command {
	var sharing string
	consent := a.command("consent ID --sharing WORD", "Keep the operator's word on what may be told of an asset", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			x, err := c.SetConsent(ctx, args[0], word(sharing))
			if err != nil {
				return err
			}
			return object(a, x, assetColumns)
		})
	consent.Flags().StringVar(&sharing, "sharing", "", "`WORD`: none, anonymised, or identified (to the CERT of its own country only)")
	return require(consent, "sharing")
}

func (a *app) assetImport() *cobra.Command {
	in := client.Import{}
	mode := "all"
	imp := a.command("import FILE --org ID", "Import assets from CSV, XLSX, nmap's XML (-oX) or CycloneDX in JSON; nothing is scanned by it", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			if mode = word(mode); mode != "all" && mode != "valid" {
				return invalid("--mode", mode, "unknown mode", "use all (nothing, unless every row is good) or valid (the good rows)")
			}
			content, name, err := readFile("FILE", args[0], maxImport)
			if err != nil {
				return err
			}
			in.Name, in.ValidOnly = name, mode == "valid"
			r, err := c.ImportAssets(ctx, in, content)
			if err != nil {
				return err
			}
			return a.showImport(r)
		})
	f := imp.Flags()
	f.StringVar(&in.Org, "org", "", "`ID` of the organisation that answers for them")
	f.BoolVar(&in.DryRun, "dry-run", false, "change nothing, only tell what would happen")
	f.StringVar(&mode, "mode", "all", "`WORD`: all imports nothing unless every row is good; valid imports the good rows")
	return require(imp, "org")
}

// showImport prints the assets as data and the mistakes as messages; under
// json the whole result is the data.
func (a *app) showImport(r wire.ImportResult) error {
	var err error
	if a.output == "json" {
		err = a.writeJSON(r)
	} else {
		err = list(a, r.Assets, assetColumns)
	}
	if err != nil {
		return err
	}
	for _, note := range r.Notes {
		a.say("%s", oneLine(note))
	}
	for _, e := range r.Errors {
		a.say("%s: %s", e.Location, oneLine(detailLine(e)))
	}
	verb := "imported"
	if r.DryRun {
		verb = "would be imported"
	}
	a.say("%s, %d with mistakes; %s %s, %d known already",
		count(r.Rows, "row", "rows"), r.Rows-r.Valid, count(len(r.Assets), "asset", "assets"), verb, r.Known)
	switch {
	case len(r.Errors) == 0:
		return nil
	case r.DryRun:
		return &outcome{exitUsage, count(len(r.Errors), "mistake", "mistakes") + " in the file", "mend the rows named above, or import the good ones with --mode valid"}
	}
	return &outcome{exitPartial, count(r.Rows-r.Valid, "row was", "rows were") + " left out", "mend the rows named above and import the file again: what is known already stays as it is"}
}

func detailLine(d wire.ProblemDetail) string {
	line := d.Message
	if d.Value != "" {
		line = fmt.Sprintf("%q: %s", d.Value, line)
	}
	if d.Hint != "" {
		line += " (" + d.Hint + ")"
	}
	return line
}
