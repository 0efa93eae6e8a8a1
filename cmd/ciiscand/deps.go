package main

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/scanner/resolve"
	"github.com/ciiscan/ciiscan/scanner/schedule"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// An assembly is what the daemon is made of.
type assembly struct {
	*store.Store
	names     *resolve.Resolver
	planner   *schedule.Planner
	scheduler *schedule.Scheduler
	peers     *peers
	weekly    *weekly
	printing  *printing
	teller    *teller
}

// apiDeps hands the API its parts; nearly all of them are the store.
func apiDeps(p assembly, cfg config.Config, log *slog.Logger) api.Deps {
	st := p.Store
	return api.Deps{
		Tokens: st, TokenAdmin: st, Accounts: st,
		Organizations: st, Assets: st, Keeping: st, Imports: st, Permits: st, Discoveries: st, Profiles: st, Owners: st, Authorizations: st, Exclusions: st,
		Schedules: st, Scheduler: p.scheduler, Scans: st, Planner: p.planner, Switch: st,
		Findings: st, Decisions: st, Handling: st, Checks: st, Feeds: st,
		Weekly: st, Runs: st, Notices: st, Overviews: st, Searches: st, Advisories: st, Drafts: st, Audit: st,
		Teams: st, Credentials: st, Sources: st, Agreements: st, AdvisoryLife: st, Bulletins: st, Consents: st,
		Releases: st, Inbox: st, Matches: st, Ledger: st, Exchange: p.peers,
		Names: p.names, Key: describeKey, Mail: p.teller.mail(cfg.Mail.Notices.DryRun),
		ReportZone: p.weekly.timetable.Zone, Fingerprint: p.weekly.fingerprint, NextReport: p.weekly.timetable.Next,
		Health: installation{st, cfg.Data, p.printing}.health, Backups: st, Settings: settingsOf(cfg),
		Admit: cfg.Scan.AllowReserved, Publisher: cfg.Publisher.Name, Namespace: cfg.Publisher.Namespace,
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
