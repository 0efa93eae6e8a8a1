package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nmap"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
	"github.com/ciiscan/ciiscan/scanner/worker"
	"github.com/ciiscan/ciiscan/templates"
)

// engines makes the stages of every scan, in order. To add an engine, see
// CONTRIBUTING.md. Templates that do not parse or may not run are an error
// here, before the first scan. What the worker scans with is told, too.
func engines(ctx context.Context, cfg config.Config, log *slog.Logger) ([]worker.Stage, store.Worker, func(), error) {
	var me store.Worker
	catalogue, err := templates.LoadWith(cfg.Scan.TemplatesDir)
	if err != nil {
		return nil, me, nil, fmt.Errorf("load the template catalogue: %w", err)
	}
	ports, err := nmap.New(nmap.Config{Path: cfg.Scan.NmapPath, Log: log, Now: time.Now})
	if err != nil {
		return nil, me, nil, err
	}
	checks, err := nuclei.New(nuclei.Config{
		Args: []string{childArgument}, Templates: source{catalogue}, Resolvers: cfg.Scan.Resolvers, Log: log, Now: time.Now,
	})
	if err != nil {
		return nil, me, nil, err
	}
	approved, err := source{catalogue}.Approved(nil)
	if err == nil {
		err = checks.Validate(ctx, approved)
	}
	if err != nil {
		return nil, me, nil, errors.Join(fmt.Errorf("validate the scan templates: %w", err), checks.Close())
	}
	raw := ports.CraftsPackets()
	me.Raw, me.Engines = &raw, "nmap "+ports.Version()
	if v := moduleVersion("github.com/projectdiscovery/nuclei/v3"); v != "" {
		me.Engines += ", nuclei " + v
	}
	return []worker.Stage{
		{Name: "nmap", Engine: ports, Wants: func(scanner.Profile) bool { return true }},
		{Name: "nuclei", Engine: checks, Wants: func(p scanner.Profile) bool { return p.Templates }},
	}, me, func() { _ = checks.Close() }, nil
}

// moduleVersion is that of a module of which this program is built; "" when
// it was built without saying so.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return ""
}

// A source gives the nuclei engine the catalogue's approved templates.
type source struct{ catalogue templates.Catalogue }

// Approved implements nuclei.Source.
func (s source) Approved(tags []string) ([]nuclei.Template, error) {
	var out []nuclei.Template
	for _, t := range s.catalogue.Approved(tags...) {
		out = append(out, nuclei.Template{
			ID: t.Check.ID, SHA256: t.SHA256, Body: t.Body, Protocol: string(t.Protocol),
			Ports: t.Ports, Services: t.Services,
		})
	}
	return out, nil
}
