package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var keyChangeColumns = []column[wire.KeyChange]{
	{name: "id", value: func(k wire.KeyChange) string { return k.ID }},
	{name: "peer_id", value: func(k wire.KeyChange) string { return k.PeerID }},
	{name: "act", value: func(k wire.KeyChange) string { return k.Act }},
	{name: "kind", value: func(k wire.KeyChange) string { return k.Kind }},
	{name: "state", value: func(k wire.KeyChange) string { return k.State }},
	{name: "fingerprint", value: func(k wire.KeyChange) string { return k.Fingerprint }},
	{name: "valid_until", value: func(k wire.KeyChange) string { return maybe(k.ValidUntil) }, wide: true},
	{name: "verified_by", value: func(k wire.KeyChange) string { return k.VerifiedBy }, wide: true},
	{name: "verified_how", value: func(k wire.KeyChange) string { return k.VerifiedHow }, wide: true},
	{name: "reason", value: func(k wire.KeyChange) string { return k.Reason }, wide: true},
	{name: "requested_by", value: func(k wire.KeyChange) string { return k.RequestedBy }},
	{name: "confirmed_by", value: func(k wire.KeyChange) string { return k.ConfirmedBy }},
}

var peerSecretColumns = []column[wire.PeerSecret]{
	{name: "peer_id", value: func(k wire.PeerSecret) string { return k.PeerID }},
	{name: "name", value: func(k wire.PeerSecret) string { return k.Name }},
	{name: "expires", value: func(k wire.PeerSecret) string { return moment(k.Expires) }},
	{name: "secret", value: func(k wire.PeerSecret) string { return k.Secret }},
}

var sourceColumns = []column[wire.Source]{
	{name: "id", value: func(s wire.Source) string { return s.ID }},
	{name: "peer_id", value: func(s wire.Source) string { return s.PeerID }},
	{name: "channel", value: func(s wire.Source) string { return s.Channel }},
	{name: "url", value: func(s wire.Source) string { return s.URL }},
	{name: "hosts", value: func(s wire.Source) string { return strings.Join(s.Hosts, " ") }, wide: true},
	{name: "user", value: func(s wire.Source) string { return s.User }, wide: true},
	{name: "has_api_key", value: func(s wire.Source) string { return yesNo(s.HasAPIKey) }, wide: true},
	{name: "has_ca", value: func(s wire.Source) string { return yesNo(s.HasCA) }, wide: true},
	{name: "every", value: func(s wire.Source) string { return s.Every }},
	{name: "paused", value: func(s wire.Source) string { return yesNo(s.Paused) }},
	{name: "last_try", value: func(s wire.Source) string { return maybe(s.LastTry) }, wide: true},
	{name: "last_good", value: func(s wire.Source) string { return maybe(s.LastGood) }},
	{name: "last_error", value: func(s wire.Source) string { return s.LastError }},
	{name: "next_at", value: func(s wire.Source) string { return maybe(s.NextAt) }, wide: true},
}

func (a *app) peerKeyCommand() *cobra.Command {
	var peer string
	l := a.command("list", "List wishes to trust, or no more to trust, a key", cobra.NoArgs,
		func(ctx context.Context, c *client.Client, _ []string) error {
			all, err := c.KeyChanges(ctx, peer)
			if err != nil {
				return err
			}
			return list(a, all, keyChangeColumns)
		})
	l.Flags().StringVar(&peer, "peer", "", "only those of this peer (`ID`)")
	return a.group("key", "OpenPGP keys and TLS certificates of peers: two people for every change",
		a.peerKeyAdd(), a.peerKeyRevoke(), l,
		a.command("confirm KEY", "Confirm a change that another person asked for", cobra.ExactArgs(1),
			func(ctx context.Context, c *client.Client, args []string) error {
				if err := c.ConfirmKeyChange(ctx, args[0]); err != nil {
					return err
				}
				a.say("%s is in force", args[0])
				return nil
			}),
		a.command("reject KEY", "Put a change away", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			if err := c.RejectKeyChange(ctx, args[0]); err != nil {
				return err
			}
			a.say("%s is put away; nothing changed", args[0])
			return nil
		}),
	)
}

func (a *app) peerKeyAdd() *cobra.Command {
	var n wire.NewPeerKey
	var openpgp, certificate string
	add := a.command("add PEER --openpgp FILE|--certificate FILE --verified-by NAME --how TEXT --reason TEXT",
		"Ask to trust a peer's OpenPGP key or TLS client certificate", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			for _, f := range []struct {
				flag, path string
				to         *string
			}{{"--openpgp", openpgp, &n.OpenPGP}, {"--certificate", certificate, &n.Certificate}} {
				if f.path == "" {
					continue
				}
				content, _, err := readFile(f.flag, f.path, maxKey)
				if err != nil {
					return err
				}
				*f.to = string(content)
			}
			k, err := c.RequestPeerKey(ctx, args[0], n)
			if err != nil {
				return err
			}
			a.say("it is not trusted yet: another person compares the fingerprint and confirms: ciiscan peer key confirm %s", k.ID)
			return object(a, k, keyChangeColumns)
		})
	f := add.Flags()
	f.StringVar(&openpgp, "openpgp", "", "`FILE` with the armoured public key")
	f.StringVar(&certificate, "certificate", "", "`FILE` with the TLS client certificate in PEM")
	f.StringVar(&n.Fingerprint, "fingerprint", "", "`HEX` as the team gave it to you; refused when the file has another")
	f.StringVar(&n.VerifiedBy, "verified-by", "", "`NAME` of who compared the fingerprint")
	f.StringVar(&n.VerifiedHow, "how", "", "how it was compared, such as: MoU annex B, read out by telephone")
	f.StringVar(&n.Reason, "reason", "", "why, in a sentence")
	return require(add, "verified-by", "how", "reason")
}

func (a *app) peerKeyRevoke() *cobra.Command {
	var n wire.PeerKeyRevocation
	revoke := a.command("revoke PEER FINGERPRINT --reason TEXT", "Ask to trust a key or certificate no more", cobra.ExactArgs(2),
		func(ctx context.Context, c *client.Client, args []string) error {
			n.Kind, n.Fingerprint = cmp.Or(word(n.Kind), kindOf(args[1])), args[1]
			k, err := c.RequestKeyRevocation(ctx, args[0], n)
			if err != nil {
				return err
			}
			a.say("it still counts: another person confirms with: ciiscan peer key confirm %s", k.ID)
			return object(a, k, keyChangeColumns)
		})
	revoke.Flags().StringVar(&n.Kind, "kind", "", "`WORD`: openpgp or tls; when absent, told from the fingerprint's length")
	revoke.Flags().StringVar(&n.Reason, "reason", "", "why, in a sentence")
	return require(revoke, "reason")
}

// kindOf tells what a fingerprint is of: the SHA-256 of a certificate has 64
// digits, that of an OpenPGP key 40.
func kindOf(fingerprint string) string {
	if digits := strings.NewReplacer(":", "", " ", "").Replace(fingerprint); len(digits) == 64 {
		return "tls"
	}
	return "openpgp"
}

func (a *app) peerAPIKeyCommand() *cobra.Command {
	var n wire.NewPeerAPIKey
	var until string
	add := a.command("add PEER --name NAME --until DATE", "Give a peer an API key, shown this once", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) (err error) {
			if n.Expires, err = parseTime("--until", until); err != nil {
				return err
			}
			k, err := c.CreatePeerAPIKey(ctx, args[0], n)
			if err != nil {
				return err
			}
			a.say("give the secret to the peer by a safe way: it is shown this once")
			return object(a, k, peerSecretColumns)
		})
	add.Flags().StringVar(&n.Name, "name", "", "`NAME` of what it is for, as receipts show it")
	add.Flags().StringVar(&until, "until", "", "`DATE` on which it ends, at most two years ahead")
	return a.group("apikey", "Secrets for peers that can have no client certificate",
		require(add, "name", "until"),
		a.command("revoke PEER NAME", "Take an API key back", cobra.ExactArgs(2), func(ctx context.Context, c *client.Client, args []string) error {
			if err := c.RevokePeerAPIKey(ctx, args[0], args[1]); err != nil {
				return err
			}
			a.say("the key %s of %s is good for nothing now", args[1], args[0])
			return nil
		}),
	)
}

func (a *app) peerSourceCommand() *cobra.Command {
	var peer string
	l := a.command("list", "List the feeds that are polled", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		all, err := c.Sources(ctx, peer)
		if err != nil {
			return err
		}
		return list(a, all, sourceColumns)
	})
	l.Flags().StringVar(&peer, "peer", "", "only those of this peer (`ID`)")
	g := a.group("source", "Feeds of peers that are polled", a.peerSourceAdd(), l)
	for _, v := range []struct{ verb, short, done string }{
		{"pause", "Stop polling a feed", "is not polled any more"},
		{"resume", "Poll a feed again", "is polled again"},
		{"poll", "Poll a feed now", "is polled as soon as a job is free; see: ciiscan inbox list"},
	} {
		g.AddCommand(a.command(v.verb+" SRC", v.short, cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
			if err := c.DirectSource(ctx, args[0], v.verb); err != nil {
				return err
			}
			a.say("%s %s", args[0], v.done)
			return nil
		}))
	}
	return g
}

func (a *app) peerSourceAdd() *cobra.Command {
	var n wire.NewSource
	var key, ca string
	add := a.command("add PEER --channel WORD --url URL", "Poll a feed of a peer", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			n.PeerID, n.Channel = args[0], word(n.Channel)
			for _, f := range []struct {
				flag, path string
				to         *string
			}{{"--api-key-file", key, &n.APIKey}, {"--ca", ca, &n.CA}} {
				if f.path == "" {
					continue
				}
				content, _, err := readFile(f.flag, f.path, maxKey)
				if err != nil {
					return err
				}
				*f.to = strings.TrimSpace(string(content))
			}
			s, err := c.CreateSource(ctx, n)
			if err != nil {
				return err
			}
			return object(a, s, sourceColumns)
		})
	f := add.Flags()
	f.StringVar(&n.Channel, "channel", "", "`WORD`: csaf, taxii or misp")
	f.StringVar(&n.URL, "url", "", "`URL` of the provider's metadata, of the TAXII collection, or of the MISP feed")
	f.StringSliceVar(&n.Hosts, "host", nil, "`HOST` that it may lead to, besides its own; several times at will")
	f.StringVar(&key, "api-key-file", "", "`FILE` with the key that they gave us; it is never shown again")
	f.StringVar(&n.User, "user", "", "`NAME` for HTTP Basic, with the key as password")
	f.StringVar(&ca, "ca", "", "PEM `FILE` of a certificate to trust for their server")
	f.StringVar(&n.Every, "every", "", "`TIME` between polls, such as 15m (when absent) or 1h")
	return require(add, "channel", "url")
}
