package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

var releaseColumns = []column[wire.Release]{
	{name: "id", value: func(r wire.Release) string { return r.ID }},
	{name: "advisory_id", value: func(r wire.Release) string { return r.AdvisoryID }},
	{name: "revision", value: func(r wire.Release) string { return number(r.Revision) }},
	{name: "peer_id", value: func(r wire.Release) string { return audience(r.PeerID) }},
	{name: "agreement_id", value: func(r wire.Release) string { return r.AgreementID }, wide: true},
	{name: "state", value: func(r wire.Release) string { return r.State }},
	{name: "tlp", value: func(r wire.Release) string { return r.TLP }},
	{name: "category", value: func(r wire.Release) string { return r.Category }},
	{name: "channels", value: func(r wire.Release) string { return strings.Join(r.Channels, " ") }},
	{name: "referral", value: func(r wire.Release) string { return yesNo(r.Referral) }, wide: true},
	{name: "withdrawal", value: func(r wire.Release) string { return yesNo(r.Withdrawal) }},
	{name: "clause", value: func(r wire.Release) string { return r.Clause }, wide: true},
	{name: "requested_by", value: func(r wire.Release) string { return r.RequestedBy }},
	{name: "approved_by", value: func(r wire.Release) string { return r.ApprovedBy }},
	{name: "legal_by", value: func(r wire.Release) string { return r.LegalBy }, wide: true},
	{name: "released_at", value: func(r wire.Release) string { return maybe(r.ReleasedAt) }},
	{name: "confirmed", value: func(r wire.Release) string { return yesNo(r.Confirmed) }},
	{name: "refused_why", value: func(r wire.Release) string { return r.RefusedWhy }, wide: true},
	{name: "reason", value: func(r wire.Release) string { return r.Reason }, wide: true},
}

var previewColumns = []column[wire.ReleasePreview]{
	{name: "advisory_id", value: func(p wire.ReleasePreview) string { return p.AdvisoryID }},
	{name: "peer_id", value: func(p wire.ReleasePreview) string { return audience(p.PeerID) }},
	{name: "agreement_id", value: func(p wire.ReleasePreview) string { return p.AgreementID }},
	{name: "allowed", value: func(p wire.ReleasePreview) string { return yesNo(p.Allowed) }},
	{name: "rule", value: func(p wire.ReleasePreview) string { return p.Rule }},
	{name: "clause", value: func(p wire.ReleasePreview) string { return p.Clause }},
	{name: "tlp", value: func(p wire.ReleasePreview) string { return p.TLP }},
	{name: "channels", value: func(p wire.ReleasePreview) string { return strings.Join(p.Channels, " ") }},
	{name: "needs_approver", value: func(p wire.ReleasePreview) string { return yesNo(p.NeedsApprover) }},
	{name: "needs_legal", value: func(p wire.ReleasePreview) string { return yesNo(p.NeedsLegal) }},
	{name: "profile", value: func(p wire.ReleasePreview) string { return profileWords(p.Profile) }},
	{name: "files", value: func(p wire.ReleasePreview) string {
		return joined(p.Files, func(f wire.PreviewFile) string { return f.Name + " sha256 " + f.SHA256 })
	}},
	{name: "diff", value: func(p wire.ReleasePreview) string {
		return joined(p.Diff, func(d wire.FieldChange) string { return d.Field + ": " + d.Before + " → " + d.After })
	}},
	{name: "leaks", value: func(p wire.ReleasePreview) string { return strings.Join(p.Leaks, "; ") }},
	{name: "problem", value: func(p wire.ReleasePreview) string { return p.Problem }},
}

var releaseDetailColumns = append(
	derived(releaseColumns, func(r wire.ReleaseDetail) wire.Release { return r.Release }),
	column[wire.ReleaseDetail]{name: "files", value: func(r wire.ReleaseDetail) string {
		return joined(r.Files, func(f wire.ReleaseFile) string { return f.Name + " sha256 " + f.SHA256 })
	}},
	column[wire.ReleaseDetail]{name: "deliveries", value: func(r wire.ReleaseDetail) string {
		return joined(r.Deliveries, deliveryWords)
	}},
	column[wire.ReleaseDetail]{name: "receipts", value: func(r wire.ReleaseDetail) string {
		return joined(r.Receipts, func(x wire.Receipt) string {
			return strings.Join(strings.Fields(x.PeerID+" "+x.Kind+" "+moment(x.At)+" by "+x.Credential+" "+x.Path), " ")
		})
	}},
)

// derived shows a part of T by the part's own columns.
func derived[T, Part any](columns []column[Part], part func(T) Part) []column[T] {
	var out []column[T]
	for _, c := range columns {
		out = append(out, column[T]{name: c.name, wide: c.wide, value: func(v T) string { return c.value(part(v)) }})
	}
	return out
}

func deliveryWords(d wire.Delivery) string {
	words := d.Channel + " " + d.State
	if d.Overdue {
		words += ", acknowledgement overdue since " + maybe(d.AckBy)
	}
	if d.LastError != "" {
		words += ", " + d.LastError
	}
	return words
}

func audience(peer string) string {
	if peer == "" {
		return "everybody"
	}
	return peer
}

func (a *app) releaseCommand() *cobra.Command {
	var advisory, peer, state string
	l := a.command("list", "List what was let out, and what waits for it", cobra.NoArgs, func(ctx context.Context, c *client.Client, _ []string) error {
		all, err := c.Releases(ctx, advisory, peer, word(state))
		if err != nil {
			return err
		}
		return list(a, all, releaseColumns)
	})
	l.Flags().StringVar(&advisory, "advisory", "", "only those of this advisory (`ID`)")
	l.Flags().StringVar(&peer, "peer", "", "only those to this peer (`ID`)")
	l.Flags().StringVar(&state, "state", "", "only `WORD`: requested, released or refused")
	var why string
	refuse := a.command("refuse ID --reason TEXT", "Put a request away", cobra.ExactArgs(1), func(ctx context.Context, c *client.Client, args []string) error {
		if err := c.RefuseRelease(ctx, args[0], why); err != nil {
			return err
		}
		a.say("%s is refused: nothing left", args[0])
		return nil
	})
	refuse.Flags().StringVar(&why, "reason", "", "why, in a sentence")
	return a.group("release", "The gate: what leaves, for whom, by which clause",
		a.releasePreview(), a.releaseRequest(), a.releaseApprove(), require(refuse, "reason"), l, a.releaseShow(),
	)
}

// releaseFlags are a wish to let something out.
type releaseFlags struct {
	n      wire.NewRelease
	redact []string
}

func (r *releaseFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.n.PeerID, "peer", "", "`ID` of the peer that it is for")
	f.BoolVar(&r.n.Public, "public", false, "for everybody")
	f.IntVar(&r.n.Revision, "revision", 0, "`N`; the present one when absent")
	f.StringSliceVar(&r.n.Channels, "channel", nil, "`WORD`: csaf, taxii, misp, push, mail or bundle; all that the agreement names when absent")
	f.StringSliceVar(&r.redact, "redact", nil, "`KIND=WORD` to take away more than the peer's profile: address=drop")
	f.StringSliceVar(&r.redact, "profile", nil, "the same as --redact")
	f.BoolVar(&r.n.Referral, "referral", false, "to the law-enforcement contact, and nobody else")
	f.StringVar(&r.n.Reason, "reason", "", "why, in a sentence")
}

// wish reads the flags. Kinds that are not named are left as the peer's
// profile has them: keep never adds anything.
func (r *releaseFlags) wish(advisory string) (wire.NewRelease, error) {
	all := wire.RedactionProfile{Organization: "keep", Address: "keep", Hostname: "keep", Site: "keep", Sector: "keep", Evidence: "keep"}
	profile, err := redactionOn(all, r.redact)
	r.n.AdvisoryID, r.n.Profile, r.n.Channels = advisory, profile, wordList(r.n.Channels)
	return r.n, err
}

func (a *app) releasePreview() *cobra.Command {
	var r releaseFlags
	var out string
	preview := a.command("preview ADV --peer ID|--public [--out DIR]", "Show the decision and the exact bytes that would leave now", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			n, err := r.wish(args[0])
			if err != nil {
				return err
			}
			p, err := c.PreviewRelease(ctx, n)
			if err != nil {
				return err
			}
			return a.showPreview(p, out)
		})
	r.define(preview)
	preview.Flags().StringVar(&out, "out", "", "write the files into `DIR`, which is made when missing")
	return preview
}

// showPreview shows what would leave; what would not is a refusal.
func (a *app) showPreview(p wire.ReleasePreview, out string) error {
	if out != "" {
		if err := os.MkdirAll(out, 0o750); err != nil {
			return invalid("--out", out, "cannot be made", reason(err))
		}
		for _, f := range p.Files {
			path := filepath.Join(out, filepath.Base(f.Name))
			if err := writeFile(path, f.Content); err != nil {
				return err
			}
			a.say("wrote %s", path)
		}
	}
	if err := object(a, p, previewColumns); err != nil || p.Allowed {
		return err
	}
	return &outcome{exitRefused, "it would not leave: " + refusal(p), "mend what the clause names, or choose another audience"}
}

func refusal(p wire.ReleasePreview) string {
	switch {
	case p.Rule != "":
		return p.Rule + ": " + p.Clause
	case p.Problem != "":
		return p.Problem
	}
	return strings.Join(p.Leaks, "; ")
}

func (a *app) releaseRequest() *cobra.Command {
	var r releaseFlags
	var dryRun bool
	request := a.command("request ADV --peer ID|--public", "Ask to let an advisory out; another person approves", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			n, err := r.wish(args[0])
			if err != nil {
				return err
			}
			if dryRun {
				p, err := c.PreviewRelease(ctx, n)
				if err != nil {
					return err
				}
				return a.showPreview(p, "")
			}
			made, err := c.RequestRelease(ctx, n)
			if err != nil {
				return err
			}
			a.say("nothing has left: another person approves it with: ciiscan release approve %s", made.ID)
			return object(a, made, releaseColumns)
		})
	r.define(request)
	request.Flags().BoolVar(&dryRun, "dry-run", false, "ask for nothing, only show what would leave")
	return request
}

func (a *app) releaseApprove() *cobra.Command {
	var legal, dryRun bool
	approve := a.command("approve ID [--legal]", "Let out what another person asked for", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			switch {
			case dryRun:
				p, err := c.PreviewRequested(ctx, args[0])
				if err != nil {
					return err
				}
				return a.showPreview(p, "")
			case legal:
				v, err := c.ApproveReleaseLegal(ctx, args[0])
				if err != nil {
					return err
				}
				a.say("nothing has left: an approver lets it out with: ciiscan release approve %s", args[0])
				return object(a, v, advisoryColumns)
			}
			r, err := c.ApproveRelease(ctx, args[0])
			if err != nil {
				return err
			}
			return object(a, r, releaseColumns)
		})
	approve.Flags().BoolVar(&legal, "legal", false, "agree as legal officer; an approver still lets it out")
	approve.Flags().BoolVar(&dryRun, "dry-run", false, "let nothing out, only show what would leave")
	return approve
}

func (a *app) releaseShow() *cobra.Command {
	var out string
	show := a.command("show ID [--out DIR]", "Show a release: its files, deliveries and receipts", cobra.ExactArgs(1),
		func(ctx context.Context, c *client.Client, args []string) error {
			r, err := c.Release(ctx, args[0])
			if err != nil {
				return err
			}
			if out != "" {
				if err := a.fetchRelease(ctx, c, r, out); err != nil {
					return err
				}
			}
			return object(a, r, releaseDetailColumns)
		})
	show.Flags().StringVar(&out, "out", "", "write the files, exactly as they were released, with their signatures into `DIR`")
	return show
}

func (a *app) fetchRelease(ctx context.Context, c *client.Client, r wire.ReleaseDetail, out string) error {
	if err := os.MkdirAll(out, 0o750); err != nil {
		return invalid("--out", out, "cannot be made", reason(err))
	}
	for _, f := range r.Files {
		names := []string{f.Name}
		if f.Signed {
			names = append(names, f.Name+".asc")
		}
		for _, name := range names {
			got, err := c.ReleaseFile(ctx, r.ID, name)
			if err != nil {
				return err
			}
			path := filepath.Join(out, filepath.Base(name))
			if err := writeFile(path, got.Content); err != nil {
				return err
			}
			a.say("wrote %s", path)
		}
	}
	return nil
}
