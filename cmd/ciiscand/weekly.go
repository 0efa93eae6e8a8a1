package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/pdf"
	"github.com/ciiscan/ciiscan/reports/press"
	edition "github.com/ciiscan/ciiscan/reports/run"
	"github.com/ciiscan/ciiscan/scanner/schedule"
)

// lookForRuns is how often a run that is due is looked for, and jobs of
// editions that were lost.
const lookForRuns = 20 * time.Second

// weekly begins the weekly runs and makes their editions.
type weekly struct {
	store       *store.Store
	timetable   store.Timetable
	press       *press.Press
	printer     *pdf.Printer // nil: there is no Chromium
	fingerprint string       // of the key that signs, or ""
	issuer      reports.Issuer
	log         *slog.Logger
}

func newWeekly(st *store.Store, signer *pgp.Signer, cfg config.Config, log *slog.Logger) (*weekly, error) {
	zone := cmp.Or(cfg.Report.TimeZone, "UTC")
	cron, err := schedule.ParseCron(cfg.Report.Schedule, zone)
	if err != nil {
		return nil, fmt.Errorf("report.schedule: %w", err)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("report.time_zone: %w", err)
	}
	w := &weekly{
		store: st, issuer: issuer(cfg), log: log,
		timetable: store.Timetable{Rule: cfg.Report.Schedule + " " + zone, Zone: location, Next: cron.Next},
	}
	w.press = &press.Press{
		Store: st, Take: w.take, Now: time.Now, Log: log,
		Options: func(language string) reports.Options {
			return reports.Options{Printer: locale.For(language), Fonts: reports.Noto, Links: reports.LinkBase(cfg.Console.URL)}
		},
	}
	if w.printer, err = newPrinter(cfg.Report, log); err != nil {
		return nil, err
	}
	if w.printer != nil { // an interface that holds a nil is not nil
		w.press.Printer = press.Chromium{Printer: *w.printer, Now: time.Now}
	}
	if signer != nil {
		w.press.Signer, w.fingerprint = signer, signer.Fingerprint()
	}
	return w, nil
}

// newPrinter finds Chromium; none is no error, unless it was named: reports
// are then sent without a PDF.
func newPrinter(cfg config.Report, log *slog.Logger) (*pdf.Printer, error) {
	program, err := pdf.Find(cfg.Chromium)
	switch {
	case err != nil && cfg.Chromium != "":
		return nil, fmt.Errorf("report.chromium: %w", err)
	case err != nil:
		log.Warn("reports will have no PDF: install Debian's chromium-headless-shell, or set report.chromium", "error", err)
		return nil, nil
	}
	return &pdf.Printer{Program: program, User: cfg.User}, nil
}

// run begins each run when it is due.
func (w *weekly) run(ctx context.Context) error {
	tick := time.NewTicker(lookForRuns)
	defer tick.Stop()
	for {
		// A week is kept before its reports are made: they compare with it.
		if err := w.store.KeepWeek(ctx, reports.WeekEnd(w.press.Now().AddDate(0, 0, -7))); err != nil {
			w.log.WarnContext(ctx, "the last week's numbers cannot be kept, trying again", "error", err)
		}
		if _, begun, err := w.store.BeginDueRun(ctx, w.timetable); err != nil {
			w.log.WarnContext(ctx, "the weekly run cannot be begun, trying again", "error", err)
		} else if begun {
			w.log.InfoContext(ctx, "weekly run begun")
		}
		if err := w.store.ReapEditions(ctx); err != nil {
			w.log.WarnContext(ctx, "lost jobs of editions cannot be looked for, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// take takes the snapshot of an edition.
func (w *weekly) take(ctx context.Context, e edition.Edition) (reports.Data, error) {
	about := reports.Subject{Org: e.Org}
	if e.Kind == edition.Sector {
		about.Sector = e.Sector
	}
	d, err := w.store.WeeklyData(ctx, about, e.From, e.To)
	if err != nil {
		return d, err
	}
	d.Issuer, d.NextRun = w.issuer, w.timetable.Next(e.To)
	if d.Org != nil {
		d.Issue.Languages = edition.Languages(d.Org.Contacts)
	}
	return d, nil
}
