package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// tokenLife is how long a token lives unless somebody says otherwise.
const tokenLife = 90 * 24 * time.Hour

var checkColumns = []column[wire.Check]{
	{name: "id", value: func(c wire.Check) string { return c.ID }},
	{name: "severity", value: func(c wire.Check) string { return c.Severity }},
	{name: "protocol", value: func(c wire.Check) string { return c.Protocol }},
	{name: "source", value: func(c wire.Check) string { return c.Source }},
	{name: "title", value: func(c wire.Check) string { return c.Title }},
	{name: "why", value: func(c wire.Check) string { return c.Why }, wide: true},
	{name: "fix", value: func(c wire.Check) string { return c.Fix }, wide: true},
	{name: "cves", value: func(c wire.Check) string { return strings.Join(c.CVEs, " ") }, wide: true},
	{name: "tags", value: func(c wire.Check) string { return strings.Join(c.Tags, " ") }, wide: true},
	{name: "references", value: func(c wire.Check) string { return strings.Join(c.References, " ") }, wide: true},
	{name: "sha256", value: func(c wire.Check) string { return c.SHA256 }, wide: true},
}

var tokenColumns = []column[wire.Token]{
	{name: "user", value: func(t wire.Token) string { return t.User }},
	{name: "name", value: func(t wire.Token) string { return t.Name }},
	{name: "role", value: func(t wire.Token) string { return t.Role }},
	{name: "scope", value: func(t wire.Token) string { return t.Scope }},
	{name: "expires", value: func(t wire.Token) string { return moment(t.Expires) }},
	{name: "secret", value: func(t wire.Token) string { return t.Secret }},
}

var auditColumns = []column[wire.AuditRecord]{
	{name: "seq", value: func(r wire.AuditRecord) string { return strconv.FormatInt(r.Seq, 10) }},
	{name: "at", value: func(r wire.AuditRecord) string { return moment(r.At) }},
	{name: "actor", value: func(r wire.AuditRecord) string { return r.Actor }},
	{name: "act", value: func(r wire.AuditRecord) string { return r.Act }},
	{name: "object", value: func(r wire.AuditRecord) string { return r.Object }},
	{name: "detail", value: func(r wire.AuditRecord) string { return string(r.Detail) }},
	{name: "hash", value: func(r wire.AuditRecord) string { return r.Hash }, wide: true},
}

var identityColumns = []column[wire.Identity]{
	{name: "user", value: func(i wire.Identity) string { return i.User }},
	{name: "role", value: func(i wire.Identity) string { return i.Role }},
}

var verificationColumns = []column[wire.AuditVerification]{
	{name: "intact", value: func(v wire.AuditVerification) string { return yesNo(v.Intact) }},
	{name: "checked", value: func(v wire.AuditVerification) string { return strconv.FormatInt(v.Checked, 10) }},
	{name: "head", value: func(v wire.AuditVerification) string { return v.Head }},
	{name: "problem", value: func(v wire.AuditVerification) string { return v.Problem }},
}

func (a *app) templateCommand() *cobra.Command {
	return a.group("template", "What scans look for",
		a.command("list", "List approved scan templates and port exposures", cobra.NoArgs,
			func(ctx context.Context, c *client.Client, _ []string) error {
				all, err := c.Checks(ctx)
				if err != nil {
					return err
				}
				return list(a, all, checkColumns)
			}))
}

func (a *app) tokenCommand() *cobra.Command {
	var n wire.NewToken
	var until string
	add := a.command("add --user NAME --role ROLE", "Give a user a token, shown this once", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) (err error) {
			n.Role, n.Expires = word(n.Role), a.now().Add(tokenLife).UTC().Truncate(time.Second)
			if until != "" {
				if n.Expires, err = parseTime("--until", until); err != nil {
					return err
				}
			}
			t, err := c.CreateToken(ctx, n)
			if err != nil {
				return err
			}
			a.say("keep the secret: it is shown this once. Use it as CIISCAN_TOKEN")
			return object(a, t, tokenColumns)
		})
	f := add.Flags()
	f.StringVar(&n.User, "user", "", "`NAME` of who acts with it, as the audit log will show it")
	f.StringVar(&n.Role, "role", "", "`ROLE`: administrator, analyst, approver, legal_officer, auditor, operator_admin or operator")
	f.StringVar(&n.Scope, "scope", "write", "`SCOPE`: read, which changes nothing, or write")
	f.StringVar(&n.OrgID, "org", "", "`ORG` whose people an operator is of")
	f.StringVar(&n.Name, "name", "cli", "`NAME` of what it is for")
	f.StringVar(&until, "until", "", "`DATE` on which it ends; "+days(tokenLife)+" ahead when absent")

	revoke := a.command("revoke USER NAME", "Take a token back", cobra.ExactArgs(2), func(ctx context.Context, c *client.Client, args []string) error {
		if err := c.RevokeToken(ctx, args[0], args[1]); err != nil {
			return err
		}
		a.say("the token %s of %s is good for nothing now", args[1], args[0])
		return nil
	})
	return a.group("token", "Keys by which people and programs come in", require(add, "user", "role"), revoke)
}

func (a *app) auditCommand() *cobra.Command {
	var f client.AuditFilter
	var from, to string
	records := a.command("list", "List who did what", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		for flag, at := range map[string]struct {
			text string
			into *time.Time
		}{"--from": {from, &f.From}, "--to": {to, &f.To}} {
			if at.text == "" {
				continue
			}
			var err error
			if *at.into, err = parseTime(flag, at.text); err != nil {
				return err
			}
		}
		all, err := c.AuditRecords(ctx, f)
		if err != nil {
			return err
		}
		return list(a, all, auditColumns)
	})
	flags := records.Flags()
	flags.StringVar(&f.Actor, "actor", "", "only what `NAME` did")
	flags.StringVar(&f.Act, "act", "", "only acts that begin with `ACT`, such as finding or finding.work")
	flags.StringVar(&f.Object, "object", "", "only what was done to `ID`")
	flags.StringVar(&f.Text, "text", "", "only records with `TEXT` somewhere in them")
	flags.StringVar(&from, "from", "", "only from `DATE` on")
	flags.StringVar(&to, "to", "", "only before `DATE`")
	return a.group("audit", "Who did what, and when",
		records,
		a.command("verify", "Check that no record was changed, removed or put in", cobra.NoArgs,
			func(ctx context.Context, c *client.Client, _ []string) error {
				v, err := c.VerifyAudit(ctx)
				if err != nil {
					return err
				}
				if err := object(a, v, verificationColumns); err != nil || v.Intact {
					return err
				}
				return &outcome{exitFailed, "the audit log was tampered with: " + v.Problem, "compare with a backup from before; keep both"}
			}),
	)
}

func (a *app) whoamiCommand() *cobra.Command {
	return a.command("whoami", "Show who you are to the server", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		id, err := c.Identity(ctx)
		if err != nil {
			return fmt.Errorf("ask who we are: %w", err)
		}
		return object(a, id, identityColumns)
	})
}
