package main

import (
	"context"
	"errors"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var accountColumns = []column[wire.Account]{
	{name: "id", value: func(a wire.Account) string { return a.ID }},
	{name: "name", value: func(a wire.Account) string { return a.Name }},
	{name: "role", value: func(a wire.Account) string { return a.Role }},
	{name: "org_id", value: func(a wire.Account) string { return a.OrgID }},
	{name: "state", value: func(a wire.Account) string { return a.State }},
	{name: "created_at", value: func(a wire.Account) string { return moment(a.CreatedAt) }},
	{name: "disabled_at", value: func(a wire.Account) string { return maybe(a.DisabledAt) }, wide: true},
	{name: "provider", value: func(a wire.Account) string { return a.Provider }, wide: true},
}

var linkColumns = []column[wire.InvitationLink]{
	{name: "id", value: func(l wire.InvitationLink) string { return l.ID }},
	{name: "role", value: func(l wire.InvitationLink) string { return l.Role }},
	{name: "org_id", value: func(l wire.InvitationLink) string { return l.OrgID }},
	{name: "until", value: func(l wire.InvitationLink) string { return moment(l.Until) }},
	{name: "url", value: func(l wire.InvitationLink) string { return l.URL }},
}

var sessionColumns = []column[wire.Session]{
	{name: "id", value: func(s wire.Session) string { return s.ID }},
	{name: "source", value: func(s wire.Session) string { return s.Source }},
	{name: "created_at", value: func(s wire.Session) string { return moment(s.CreatedAt) }},
	{name: "seen_at", value: func(s wire.Session) string { return moment(s.SeenAt) }},
	{name: "agent", value: func(s wire.Session) string { return s.Agent }},
}

func (a *app) userCommand() *cobra.Command {
	return a.group("user", "People who sign in, and as what",
		a.userListCommand(), a.userInviteCommand(), a.userRoleCommand(),
		a.accountCommand("disable ACCOUNT", "Let nobody in by an account", "is disabled: its sessions, tokens and invitations have ended", (*client.Client).DisableAccount),
		a.accountCommand("enable ACCOUNT", "Let a disabled account sign in again", "may sign in again", (*client.Client).EnableAccount),
		a.command("sessions ACCOUNT", "List the browsers in which somebody is signed in", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, args []string) error {
				all, err := c.AccountSessions(ctx, args[0])
				if err != nil {
					return err
				}
				return list(a, all, sessionColumns)
			}),
		a.command("revoke ACCOUNT [SESSION]", "Sign one browser of an account out, or all", cobra.RangeArgs(1, 2),
			func(ctx context.Context, c *client.Client, args []string) error {
				if err := c.RevokeAccountSession(ctx, args[0], append(args, "")[1]); err != nil {
					return err
				}
				a.say("signed out")
				return nil
			}),
		a.userResetCommand(),
		a.command("first-link", "Make the link for the first administrator anew; at the local socket only", cobra.NoArgs,
			func(ctx context.Context, c *client.Client, _ []string) error {
				l, err := c.InviteFirst(ctx)
				if err != nil {
					return err
				}
				return object(a, l, linkColumns)
			}),
	)
}

func (a *app) userListCommand() *cobra.Command {
	var org, role, state string
	c := a.command("list", "List who may sign in", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		query := url.Values{}
		for key, v := range map[string]string{"org_id": org, "role": word(role), "state": word(state)} {
			if v != "" {
				query.Set(key, v)
			}
		}
		all, err := c.Accounts(ctx, query)
		if err != nil {
			return err
		}
		return list(a, all, accountColumns)
	})
	c.Flags().StringVar(&org, "org", "", "only people of `ORG`")
	c.Flags().StringVar(&role, "role", "", "only those of `ROLE`")
	c.Flags().StringVar(&state, "state", "", "only `STATE`: enabled or disabled")
	return c
}

func (a *app) userInviteCommand() *cobra.Command {
	var n wire.NewInvitation
	c := a.command("invite --role ROLE", "Make a link by which one person makes an account", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			n.Role = word(n.Role)
			l, err := c.Invite(ctx, n)
			if err != nil {
				return err
			}
			a.say("give the link to that person and nobody else: it works once, and is shown this once")
			return object(a, l, linkColumns)
		})
	c.Flags().StringVar(&n.Role, "role", "", "`ROLE`: administrator, analyst, approver, legal_officer, auditor, operator_admin or operator")
	c.Flags().StringVar(&n.OrgID, "org", "", "`ORG` whose people an operator is of")
	return require(c, "role")
}

func (a *app) userRoleCommand() *cobra.Command {
	var org string
	c := a.command("role ACCOUNT ROLE", "Give an account another role", cobra.ExactArgs(2),
		func(ctx context.Context, c *client.Client, args []string) error {
			changed, err := c.SetAccountRole(ctx, args[0], wire.RoleChange{Role: word(args[1]), OrgID: org})
			if err != nil {
				return err
			}
			a.say("%s is %s now; its sessions, tokens and invitations have ended", oneLine(changed.Name), changed.Role)
			return nil
		})
	c.Flags().StringVar(&org, "org", "", "`ORG` whose people an operator is of")
	return c
}

func (a *app) userResetCommand() *cobra.Command {
	return a.command("reset ACCOUNT", "Make a link for somebody who lost password or second factor; the last administrator's at the local socket only", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			l, err := c.ResetAccount(ctx, args[0])
			if err != nil {
				return err
			}
			a.say("be sure to whom you give the link: it works once, and is shown this once. Until then nobody signs in to the account")
			if !l.Told {
				a.say("no mail went to the person: tell them that you reset the account")
			}
			return object(a, l.InvitationLink, linkColumns)
		})
}

// accountCommand makes a command that does one thing to an account.
func (a *app) accountCommand(use, short, done string, do func(*client.Client, context.Context, string) (wire.Account, error)) *cobra.Command {
	return a.command(use, short, cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		changed, err := do(c, ctx, args[0])
		if err != nil {
			return err
		}
		a.say("%s %s", oneLine(changed.Name), done)
		return nil
	})
}

// welcome shows the link for the first administrator while there is none.
func (a *app) welcome(ctx context.Context, c *client.Client) {
	l, err := c.InviteFirst(ctx)
	switch {
	case err == nil:
		a.say("make the first administrator's account in a browser, until %s: %s", moment(l.Until), l.URL)
		a.say("is the link lost, or the browser elsewhere: ciiscan user first-link, ciiscan console")
	case !errors.Is(err, inventory.ErrConflict): // there is one already
		a.say("no link for the first administrator: %v", err)
	}
}
