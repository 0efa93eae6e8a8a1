package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// maxKey is the largest file of a key or certificate, in bytes.
const maxKey = 256 << 10

var peerColumns = []column[wire.Peer]{
	{name: "id", value: func(p wire.Peer) string { return p.ID }},
	{name: "name", value: func(p wire.Peer) string { return p.Name }},
	{name: "country", value: func(p wire.Peer) string { return p.Country }},
	{name: "state", value: func(p wire.Peer) string { return p.State }},
	{name: "openpgp", value: func(p wire.Peer) string {
		return joined(p.Keys, func(k wire.PeerKey) string { return k.Fingerprint + unusable(k.Usable) })
	}},
	{name: "tls", value: func(p wire.Peer) string {
		return joined(p.Certificates, func(c wire.PeerCertificate) string { return c.SHA256 + unusable(c.Usable) })
	}, wide: true},
	{name: "api_keys", value: func(p wire.Peer) string {
		return joined(p.APIKeys, func(k wire.PeerAPIKey) string { return k.Name + unusable(k.Usable) })
	}, wide: true},
	{name: "namespaces", value: func(p wire.Peer) string { return strings.Join(p.Namespaces, " ") }, wide: true},
	{name: "contacts", value: func(p wire.Peer) string {
		return joined(p.Contacts, func(c wire.PeerContact) string {
			return strings.Join(strings.Fields(c.Role+": "+c.Name+" "+c.Email+" "+c.Phone), " ")
		})
	}, wide: true},
	{name: "memberships", value: func(p wire.Peer) string { return strings.Join(p.Memberships, "; ") }, wide: true},
	{name: "rfc2350", value: func(p wire.Peer) string { return p.RFC2350 }, wide: true},
	{name: "misp_org", value: func(p wire.Peer) string { return p.MISPOrg }, wide: true},
	{name: "stix_identity", value: func(p wire.Peer) string { return p.STIXIdentity }, wide: true},
	{name: "time_zone", value: func(p wire.Peer) string { return p.TimeZone }, wide: true},
	{name: "languages", value: func(p wire.Peer) string { return strings.Join(p.Languages, " ") }, wide: true},
	{name: "profile", value: func(p wire.Peer) string { return profileWords(p.Profile) }, wide: true},
	{name: "created_at", value: func(p wire.Peer) string { return moment(p.CreatedAt) }, wide: true},
}

var exampleColumns = []column[wire.NewPeer]{
	{name: "name", value: func(p wire.NewPeer) string { return p.Name }},
	{name: "country", value: func(p wire.NewPeer) string { return p.Country }},
}

// joined writes a list of things into one cell.
func joined[T any](all []T, each func(T) string) string {
	var out []string
	for _, x := range all {
		out = append(out, each(x))
	}
	return strings.Join(out, "; ")
}

// unusable marks what counts no more, or not yet.
func unusable(usable bool) string {
	if usable {
		return ""
	}
	return " (not in force)"
}

func profileWords(p wire.RedactionProfile) string {
	return "organization " + p.Organization + ", address " + p.Address + ", hostname " + p.Hostname +
		", site " + p.Site + ", sector " + p.Sector + ", evidence " + p.Evidence
}

func (a *app) peerCommand() *cobra.Command {
	return a.group("peer", "Teams of other countries, and what proves that it is they",
		a.command("list", "List peers", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
			all, err := c.Peers(ctx)
			if err != nil {
				return err
			}
			return list(a, all, peerColumns)
		}),
		a.command("show ID", "Show a peer with its keys", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			p, err := c.Peer(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, p, peerColumns)
		}),
		a.command("examples", "List the region's CERTs by name and country, to add and to confirm", cobra.NoArgs,
			func(ctx context.Context, c *client.Client, _ []string) error {
				all, err := c.PeerExamples(ctx)
				if err != nil {
					return err
				}
				return list(a, all, exampleColumns)
			}),
		a.peerAdd(), a.peerUpdate(),
		a.command("confirm ID", "Confirm that a peer is who it says, so that things may pass", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, args []string) error {
				p, err := c.ConfirmPeer(ctx, args[0])
				if err != nil {
					return err
				}
				return object(a, p, peerColumns)
			}),
		a.peerKeyCommand(), a.peerAPIKeyCommand(), a.peerSourceCommand(),
	)
}

// peerFlags are what is known of a peer, as flags.
type peerFlags struct {
	name, country, rfc2350, misp, stix, zone         string
	memberships, namespaces, languages, who, profile []string
}

func (p *peerFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&p.name, "name", "", "`NAME` of the team")
	f.StringVar(&p.country, "country", "", "`CC`: ISO 3166 code of its country, such as IN")
	f.StringArrayVar(&p.who, "contact", nil, "`ROLE,NAME,EMAIL,PHONE`: role poc_24x7, focal_point, exchange, legal or law_enforcement; several times at will")
	f.StringVar(&p.rfc2350, "rfc2350", "", "`URL` of the team's description")
	f.StringArrayVar(&p.memberships, "membership", nil, "`TEXT` such as FIRST or TI accredited; several times at will")
	f.StringArrayVar(&p.namespaces, "namespace", nil, "`URL` that is the publisher namespace of its CSAF documents; several times at will")
	f.StringVar(&p.misp, "misp-org", "", "`UUID` of its organisation in MISP")
	f.StringVar(&p.stix, "stix-identity", "", "`ID` of its identity object, identity--…")
	f.StringVar(&p.zone, "time-zone", "", "IANA `ZONE`, such as Asia/Dhaka")
	f.StringSliceVar(&p.languages, "language", nil, "`TAG` such as en; several times at will")
	f.StringSliceVar(&p.profile, "redact", nil, "`KIND=WORD` of the redaction profile: organization, address, hostname, site, sector or evidence = keep, coarsen or drop")
}

func (p *peerFlags) contacts() ([]wire.PeerContact, error) {
	var out []wire.PeerContact
	for _, text := range p.who {
		parts := strings.Split(text, ",")
		if len(parts) < 3 || len(parts) > 4 {
			return nil, invalid("--contact", text, "not a contact", "write it like poc_24x7,Desk,desk@example.org,+94112345678")
		}
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		c := wire.PeerContact{Role: word(parts[0]), Name: parts[1], Email: parts[2]}
		if len(parts) == 4 {
			c.Phone = parts[3]
		}
		out = append(out, c)
	}
	return out, nil
}

// redaction reads a profile, or nil when nothing is said.
func redaction(pairs []string) (*wire.RedactionProfile, error) {
	return redactionOn(wire.RedactionProfile{}, pairs)
}

// redactionOn puts what is said into a profile.
func redactionOn(p wire.RedactionProfile, pairs []string) (*wire.RedactionProfile, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	fields := map[string]*string{
		"organization": &p.Organization, "address": &p.Address, "hostname": &p.Hostname, "site": &p.Site, "sector": &p.Sector, "evidence": &p.Evidence,
	}
	for _, pair := range pairs {
		kind, treatment, ok := strings.Cut(pair, "=")
		to := fields[word(kind)]
		if treatment = word(treatment); !ok || to == nil || treatment != "keep" && treatment != "coarsen" && treatment != "drop" {
			return nil, invalid("--redact", pair, "not a kind of value and what becomes of it",
				"write it like address=coarsen; kinds: organization, address, hostname, site, sector, evidence; words: keep, coarsen, drop")
		}
		*to = treatment
	}
	return &p, nil
}

func (a *app) peerAdd() *cobra.Command {
	var p peerFlags
	add := a.command("add --name NAME --country CC", "Note a peer, as an example that another person confirms", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			contacts, err := p.contacts()
			if err != nil {
				return err
			}
			profile, err := redaction(p.profile)
			if err != nil {
				return err
			}
			n := wire.NewPeer{
				Name: p.name, Country: p.country, RFC2350: p.rfc2350, Memberships: p.memberships, Contacts: contacts, Namespaces: p.namespaces,
				MISPOrg: p.misp, STIXIdentity: p.stix, TimeZone: p.zone, Languages: p.languages,
			}
			if profile != nil {
				n.Profile = *profile
			}
			made, err := c.CreatePeer(ctx, n)
			if err != nil {
				return err
			}
			a.say("nothing passes yet: an approver confirms it with: ciiscan peer confirm %s", made.ID)
			return object(a, made, peerColumns)
		})
	p.define(add)
	return require(add, "name", "country")
}

func (a *app) peerUpdate() *cobra.Command {
	var p peerFlags
	var former bool
	var update *cobra.Command
	update = a.command("update ID", "Change what is known of a peer, but for its keys", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		n := wire.PeerChange{Memberships: p.memberships, Namespaces: p.namespaces, Languages: p.languages}
		var err error
		if n.Contacts, err = p.contacts(); err != nil {
			return err
		}
		if len(p.profile) > 0 { // the kinds that are not named stay as they are
			now, err := c.Peer(ctx, args[0])
			if err != nil {
				return err
			}
			if n.Profile, err = redactionOn(now.Profile, p.profile); err != nil {
				return err
			}
		}
		for flag, set := range map[string]struct {
			to   **string
			from *string
		}{
			"name": {&n.Name, &p.name}, "country": {&n.Country, &p.country}, "rfc2350": {&n.RFC2350, &p.rfc2350},
			"misp-org": {&n.MISPOrg, &p.misp}, "stix-identity": {&n.STIXIdentity, &p.stix}, "time-zone": {&n.TimeZone, &p.zone},
		} {
			if update.Flags().Changed(flag) {
				*set.to = set.from
			}
		}
		if former {
			n.State = "former"
		}
		changed, err := c.UpdatePeer(ctx, args[0], n)
		if err != nil {
			return err
		}
		return object(a, changed, peerColumns)
	})
	p.define(update)
	update.Flags().BoolVar(&former, "former", false, "the acquaintance has ended: nothing passes any more")
	return update
}
