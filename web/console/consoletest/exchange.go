package consoletest

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/exchange/release"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/ciiscan/ciiscan/reports/csaf"
	"github.com/ciiscan/ciiscan/web/api/apitest"
)

// A gatekeeper decides what leaves as the server does: pages show the real
// gate's answers. What would reach other servers is made up.
type gatekeeper struct {
	*apitest.Fake
	store   *store.Store
	release *release.Service
}

func (w *World) gatekeeper() *gatekeeper {
	private, err := pgp.Generate("CERT Example", "cert@cert.example", "secret", time.Now().Add(-time.Hour))
	w.must(err)
	signer, err := pgp.Load(private, "secret", time.Now)
	w.must(err)
	return &gatekeeper{
		Fake:  &apitest.Fake{Came: []exchange.Inbound{{ID: exchange.InboundID(w.Inbound), Team: exchange.TeamID(w.Team), ReceivedAt: time.Now()}}},
		store: w.Store,
		release: &release.Service{
			Publisher: csaf.Publisher{Name: "CERT Example", Namespace: "https://cert.example", URL: "https://cert.example/csaf"},
			Signer:    signer, Secret: []byte("sixteen bytes of a secret"), Register: w.Store, Shelf: w.Store, Previous: release.PreviousIn(w.Store),
		},
	}
}

// Preview implements api.Gatekeeper.
func (g *gatekeeper) Preview(ctx context.Context, ask exchange.Ask) (exchange.Preview, error) {
	a, err := g.store.Advisory(ctx, ask.Advisory)
	if err != nil {
		return exchange.Preview{}, err
	}
	wish := release.Ask{Advisory: a, Profile: ask.Profile, Channels: ask.Channels, Referral: ask.Referral, By: ask.By}
	var out exchange.Preview
	if ask.Team != "" {
		team, err := g.store.Team(ctx, ask.Team)
		if err != nil {
			return exchange.Preview{}, err
		}
		agreed, err := g.store.AgreementWith(ctx, ask.Team, time.Now())
		if err == nil {
			wish.Agreement, out.Agreement = &agreed, agreed.ID
		}
		wish.Team = &team
	}
	got, err := g.release.Preview(ctx, wish, time.Now())
	if err != nil {
		return exchange.Preview{}, err
	}
	out.Decision, out.Profile, out.Files, out.Diff, out.Problem = got.Decision, got.Profile, got.Files, got.Diff, got.Problem
	for _, l := range got.Leaks {
		out.Leaks = append(out.Leaks, l.String())
	}
	return out, nil
}

// Approve implements api.Gatekeeper.
func (g *gatekeeper) Approve(ctx context.Context, who string, id exchange.ReleaseID) (exchange.Release, error) {
	return g.store.ApproveRelease(ctx, who, id, g.release.Decide(ctx))
}

// Export implements api.Gatekeeper.
func (g *gatekeeper) Export(ctx context.Context, a advisory.Advisory, f exchange.Format) (exchange.File, error) {
	return g.release.Export(ctx, a, f, time.Now())
}

// OurKeys implements api.Keyring.
func (*gatekeeper) OurKeys(context.Context) ([]exchange.Key, error) { return []exchange.Key{}, nil }

// InspectKey implements api.Keyring.
func (*gatekeeper) InspectKey(armored string, at time.Time) (exchange.Key, error) {
	info, err := pgp.Inspect(armored, at)
	if err != nil {
		return exchange.Key{}, err
	}
	return exchange.Key{Fingerprint: info.Fingerprint, Armored: armored, ValidFrom: info.Created, ValidUntil: info.Expires}, nil
}
