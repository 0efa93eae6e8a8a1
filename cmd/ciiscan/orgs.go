package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var orgColumns = []column[wire.Organization]{
	{name: "id", value: func(o wire.Organization) string { return o.ID }},
	{name: "name", value: func(o wire.Organization) string { return o.Name }},
	{name: "sector", value: func(o wire.Organization) string { return o.Sector }},
	{name: "country", value: func(o wire.Organization) string { return o.Country }},
	{name: "criticality", value: func(o wire.Organization) string { return o.Criticality }},
	{name: "time_zone", value: func(o wire.Organization) string { return o.TimeZone }},
	{name: "contacts", value: func(o wire.Organization) string {
		var all []string
		for _, c := range o.Contacts {
			all = append(all, c.Name+" <"+c.Email+"> ("+c.Role+")")
		}
		return strings.Join(all, "; ")
	}, wide: true},
	{name: "created_at", value: func(o wire.Organization) string { return moment(o.CreatedAt) }, wide: true},
}

var contactColumns = []column[wire.Contact]{
	{name: "id", value: func(c wire.Contact) string { return c.ID }},
	{name: "role", value: func(c wire.Contact) string { return c.Role }},
	{name: "name", value: func(c wire.Contact) string { return c.Name }},
	{name: "email", value: func(c wire.Contact) string { return c.Email }},
	{name: "phone", value: func(c wire.Contact) string { return c.Phone }},
}

func (a *app) orgCommand() *cobra.Command {
	var n wire.NewOrganization
	add := a.command("add --name NAME --sector SECTOR --country CC", "Register an organisation", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			n.Sector, n.Criticality = word(n.Sector), word(n.Criticality)
			o, err := c.CreateOrganization(ctx, n)
			if err != nil {
				return err
			}
			return object(a, o, orgColumns)
		})
	f := add.Flags()
	f.StringVar(&n.Name, "name", "", "`NAME` of the organisation")
	f.StringVar(&n.Sector, "sector", "", "`SECTOR`: energy, banking, telecom, transport, health, government, water, defence, industry, other")
	f.StringVar(&n.Country, "country", "", "`CC`: ISO 3166 code of its country, such as LK")
	f.StringVar(&n.Criticality, "criticality", "", "`WORD`: low, medium (when absent), high, critical")
	f.StringVar(&n.TimeZone, "time-zone", "", "IANA `ZONE`, such as Asia/Colombo")

	return a.group("org", "Organisations that operate critical infrastructure",
		require(add, "name", "sector", "country"),
		a.command("list", "List organisations", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
			orgs, err := c.Organizations(ctx)
			if err != nil {
				return err
			}
			return list(a, orgs, orgColumns)
		}),
		a.command("show ID", "Show an organisation", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			o, err := c.Organization(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, o, orgColumns)
		}),
	)
}

func (a *app) contactCommand() *cobra.Command {
	var n wire.NewContact
	var org, keyFile string
	add := a.command("add --org ID --role ROLE --name NAME", "Add whom to tell", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			if keyFile != "" {
				key, _, err := readFile("--openpgp-key", keyFile, 64<<10)
				if err != nil {
					return err
				}
				n.OpenPGPKey = string(key)
			}
			n.Role = word(n.Role)
			made, err := c.AddContact(ctx, org, n)
			if err != nil {
				return err
			}
			return object(a, made, contactColumns)
		})
	f := add.Flags()
	f.StringVar(&org, "org", "", "`ID` of the organisation")
	f.StringVar(&n.Role, "role", "", "`ROLE`: technical, distribution (gets reports), emergency, management")
	f.StringVar(&n.Name, "name", "", "`NAME` of the person or mailbox")
	f.StringVar(&n.Email, "email", "", "`ADDRESS`")
	f.StringVar(&n.Phone, "phone", "", "`NUMBER`")
	f.StringVar(&keyFile, "openpgp-key", "", "`FILE` with the armoured public key")
	return a.group("contact", "People and mailboxes of an organisation", require(add, "org", "role", "name"))
}

// readFile reads a file that the user named, up to a size, and returns its
// name without the folder.
func readFile(flag, path string, most int64) (content []byte, name string, err error) {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return nil, "", &inventory.InputError{Field: flag, Value: path, Message: "is a folder", Hint: "name the file in it"}
	}
	if err == nil && info.Size() > most {
		return nil, "", &inventory.InputError{Field: flag, Value: path, Message: "is too large", Hint: "at most " + size(most)}
	}
	if err == nil {
		content, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, "", &inventory.InputError{Field: flag, Value: path, Message: "cannot be read", Hint: reason(err)}
	}
	if len(content) == 0 {
		return nil, "", &inventory.InputError{Field: flag, Value: path, Message: "is empty", Hint: "save it again, or name another file"}
	}
	return content, filepath.Base(path), nil
}
