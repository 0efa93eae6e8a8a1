package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/scanner/schedule"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// workerSilence is how long a worker may be silent and still count as alive.
const workerSilence = time.Minute

// apiDeps hands the API its parts; nearly all of them are the store.
func apiDeps(st *store.Store, planner *schedule.Planner, scheduler *schedule.Scheduler, p *peers, cfg config.Config, log *slog.Logger) api.Deps {
	return api.Deps{
		Tokens: st, TokenAdmin: st, Accounts: st,
		Organizations: st, Assets: st, Keeping: st, Imports: st, Permits: st, Discoveries: st, Profiles: st, Owners: st, Authorizations: st, Exclusions: st,
		Schedules: st, Scheduler: scheduler, Scans: st, Planner: planner, Switch: st,
		Findings: st, Decisions: st, Handling: st, Checks: st, Feeds: st,
		Weekly: st, Runs: st, Notices: st, Overviews: st, Searches: st, Advisories: st, Drafts: st, Audit: st,
		Teams: st, Credentials: st, Sources: st, Agreements: st, AdvisoryLife: st, Consents: st,
		Releases: st, Inbox: st, Matches: st, Ledger: st, Exchange: p,
		Key:    describeKey,
		Health: func(ctx context.Context) (wire.Health, error) { return health(ctx, st) },
		Admit:  cfg.Scan.AllowReserved, Publisher: cfg.Publisher.Name, Namespace: cfg.Publisher.Namespace,
		Issuer: issuer(cfg), ConsoleURL: cfg.Console.URL,
		Log: log, Now: time.Now, Version: version.Version,
	}
}

// issuer is who scans and reports, as reports say it.
func issuer(cfg config.Config) reports.Issuer {
	out := reports.Issuer{Name: cfg.Publisher.Name, Email: cfg.Publisher.Email, Phone: cfg.Publisher.Phone, About: cfg.Publisher.About, Sources: []string{}}
	for _, p := range cfg.Scan.Sources {
		out.Sources = append(out.Sources, strings.TrimSuffix(p.String(), fmt.Sprintf("/%d", p.Addr().BitLen())))
	}
	return out
}

func health(ctx context.Context, st *store.Store) (wire.Health, error) {
	h, err := st.Health(ctx)
	if err != nil {
		return wire.Health{}, err
	}
	out := wire.Health{
		SchemaVersion: h.Version, QueuedTasks: h.QueuedTasks, RunningTasks: h.RunningTasks,
		UnjudgedTasks: h.UnjudgedTasks, OldestQueued: h.OldestQueued, Workers: []wire.Worker{},
	}
	for _, w := range h.Workers {
		out.Workers = append(out.Workers, wire.Worker{
			Name: w.Name, Version: w.Version, Slots: w.Slots, Running: w.Running, SeenAt: w.SeenAt,
			Alive: time.Since(w.SeenAt) < workerSilence,
		})
	}
	return out, nil
}

// describeKey tells what people compare before they trust an OpenPGP key.
func describeKey(armoured string, at time.Time) (wire.KeyInfo, error) {
	k, err := pgp.Inspect(armoured, at)
	if err != nil {
		return wire.KeyInfo{}, err
	}
	info := wire.KeyInfo{Fingerprint: k.Fingerprint, Owner: strings.Join(k.UserIDs, ", "), Until: k.Expires}
	switch {
	case k.Revoked:
		info.Trouble = "it is revoked"
	case k.Expires != nil && !at.Before(*k.Expires):
		info.Trouble = "it has expired"
	case !k.CanEncrypt:
		info.Trouble = "nothing can be encrypted to it"
	}
	info.Usable = info.Trouble == ""
	return info, nil
}
