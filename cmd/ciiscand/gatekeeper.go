package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/release"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// InspectKey implements api.Keyring.
func (*peers) InspectKey(armored string, at time.Time) (exchange.Key, error) {
	info, err := pgp.Inspect(armored, at)
	if err != nil {
		return exchange.Key{}, err
	}
	return exchange.Key{Fingerprint: info.Fingerprint, Armored: armored, ValidFrom: info.Created, ValidUntil: info.Expires}, nil
}

// OurKeys implements api.Keyring.
func (p *peers) OurKeys(context.Context) ([]exchange.Key, error) {
	if p.keys.signer == nil {
		return []exchange.Key{}, nil
	}
	key, err := p.InspectKey(p.keys.signer.PublicKey(), time.Now())
	if err != nil {
		return nil, fmt.Errorf("read our own key: %w", err)
	}
	return []exchange.Key{key}, nil
}

// Preview implements api.Gatekeeper.
func (p *peers) Preview(ctx context.Context, ask exchange.Ask) (exchange.Preview, error) {
	a, err := p.revision(ctx, ask.Advisory, ask.Revision)
	if err != nil {
		return exchange.Preview{}, err
	}
	wish := release.Ask{Advisory: a, Profile: ask.Profile, Channels: ask.Channels, Referral: ask.Referral, By: ask.By}
	if ask.Team != "" {
		team, err := p.store.Team(ctx, ask.Team)
		if err != nil {
			return exchange.Preview{}, err
		}
		wish.Team = &team
		if wish.Agreement, err = p.agreement(ctx, ask); err != nil {
			return exchange.Preview{}, err
		}
	}
	got, err := p.release.Preview(ctx, wish, time.Now())
	if err != nil {
		return exchange.Preview{}, err
	}
	out := exchange.Preview{Decision: got.Decision, Profile: got.Profile, Files: got.Files, Diff: got.Diff, Problem: got.Problem}
	if wish.Agreement != nil {
		out.Agreement = wish.Agreement.ID
	}
	for _, l := range got.Leaks {
		out.Leaks = append(out.Leaks, l.String())
	}
	return out, nil
}

// revision is the advisory as a revision of it last was; 0 is the present one.
func (p *peers) revision(ctx context.Context, id advisory.ID, revision int) (advisory.Advisory, error) {
	a, err := p.store.Advisory(ctx, id)
	if err != nil || revision == 0 || revision == a.Revision {
		return a, err
	}
	all, err := p.store.AdvisoryRevisions(ctx, id)
	if err != nil {
		return advisory.Advisory{}, err
	}
	i := slices.IndexFunc(all, func(x advisory.Advisory) bool { return x.Revision == revision })
	if i < 0 {
		return advisory.Advisory{}, fmt.Errorf("revision %d of advisory %s: %w", revision, id, inventory.ErrNotFound)
	}
	return all[i], nil
}

// agreement is the one asked for, or the one that is active; none is no error,
// because the gate says what that means.
func (p *peers) agreement(ctx context.Context, ask exchange.Ask) (*exchange.Agreement, error) {
	var g exchange.Agreement
	var err error
	if ask.Agreement != "" {
		g, err = p.store.Agreement(ctx, ask.Agreement)
	} else if g, err = p.store.AgreementWith(ctx, ask.Team, time.Now()); isMissing(err) {
		return p.latest(ctx, ask.Team)
	}
	if err != nil {
		return nil, err
	}
	return &g, nil
}

// latest is the newest agreement with a team, whatever its state, so that the
// gate can name it.
func (p *peers) latest(ctx context.Context, team exchange.TeamID) (*exchange.Agreement, error) {
	var last *exchange.Agreement
	err := inventory.Each(func(page inventory.Page) ([]exchange.Agreement, string, error) {
		return p.store.Agreements(ctx, team, page)
	}, func(g exchange.Agreement) error {
		if last == nil || g.EffectiveAt.After(last.EffectiveAt) {
			last = &g
		}
		return nil
	})
	return last, err
}

// Approve implements api.Gatekeeper.
func (p *peers) Approve(ctx context.Context, who string, id exchange.ReleaseID) (exchange.Release, error) {
	return p.store.ApproveRelease(ctx, who, id, p.release.Decide(ctx))
}

// Export implements api.Gatekeeper.
func (p *peers) Export(ctx context.Context, a advisory.Advisory, f exchange.Format) (exchange.File, error) {
	return p.release.Export(ctx, a, f, time.Now())
}
