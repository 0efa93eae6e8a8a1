package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nmap"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
	"github.com/ciiscan/ciiscan/scanner/worker"
	"github.com/ciiscan/ciiscan/templates"
)

// engines makes the stages of every scan, in order. To add an engine, see
// CONTRIBUTING.md. Templates that do not parse or may not run are an error
// here, before the first scan.
func engines(ctx context.Context, cfg config.Config, log *slog.Logger) ([]worker.Stage, func(), error) {
	catalogue, err := templates.LoadWith(cfg.Scan.TemplatesDir)
	if err != nil {
		return nil, nil, fmt.Errorf("load the template catalogue: %w", err)
	}
	ports, err := nmap.New(nmap.Config{Path: cfg.Scan.NmapPath, Log: log, Now: time.Now})
	if err != nil {
		return nil, nil, err
	}
	checks, err := nuclei.New(nuclei.Config{
		Args: []string{childArgument}, Templates: source{catalogue}, Resolvers: cfg.Scan.Resolvers, Log: log, Now: time.Now,
	})
	if err != nil {
		return nil, nil, err
	}
	approved, err := source{catalogue}.Approved(nil)
	if err == nil {
		err = checks.Validate(ctx, approved)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("validate the scan templates: %w", err), checks.Close())
	}
	return []worker.Stage{
		{Name: "nmap", Engine: ports, Wants: func(scanner.Profile) bool { return true }},
		{Name: "nuclei", Engine: checks, Wants: func(p scanner.Profile) bool { return p.Templates }},
	}, func() { _ = checks.Close() }, nil
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
