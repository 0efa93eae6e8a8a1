package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/pdf"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// workerSilence is how long a worker may be silent and still count as alive.
const workerSilence = time.Minute

// An installation is what there is to look at.
type installation struct {
	store    *store.Store
	data     string // folder of a one-machine installation, or ""
	printing *printing
}

func (in installation) health(ctx context.Context) (wire.Health, error) {
	h, err := in.store.Health(ctx)
	if err != nil {
		return wire.Health{}, err
	}
	out := wire.Health{
		SchemaVersion: h.Version, QueuedTasks: h.QueuedTasks, RunningTasks: h.RunningTasks,
		UnjudgedTasks: h.UnjudgedTasks, OldestQueued: h.OldestQueued, Workers: []wire.Worker{},
		TemplatesAt: h.TemplatesAt, DatabaseBytes: h.DatabaseBytes, Disks: disks(in.data), Printing: in.printing.state(),
		Mail: wire.MailQueue{Waiting: h.Mail.Waiting, Oldest: h.Mail.Oldest, Failed: h.Mail.Failed},
	}
	if h.Backup != nil {
		out.LastBackup = lastBackup(*h.Backup)
	}
	for _, f := range h.Feeds {
		out.Feeds = append(out.Feeds, wire.Feed{Name: f.Name, CVEs: f.CVEs, ImportedAt: f.ImportedAt})
	}
	for _, w := range h.Workers {
		out.Workers = append(out.Workers, wire.Worker{
			Name: w.Name, Version: w.Version, Slots: w.Slots, Running: w.Running, SeenAt: w.SeenAt,
			Alive: time.Since(w.SeenAt) < workerSilence, Engines: w.Engines, Raw: w.Raw,
		})
	}
	return out, nil
}

func lastBackup(b inventory.Backup) *wire.Backup {
	return &wire.Backup{
		ID: string(b.ID), SchemaVersion: b.Schema, By: b.By,
		NewBackup: wire.NewBackup{At: b.At, Host: b.Host, File: b.File, Bytes: b.Bytes, SHA256: b.SHA256},
	}
}

// disks are those that a one-machine installation fills; one that holds both
// is named once.
func disks(data string) []wire.Disk {
	if data == "" {
		return nil
	}
	var out []wire.Disk
	var seen syscall.Fsid
	for _, d := range []wire.Disk{{Of: "data", Path: data}, {Of: "database", Path: filepath.Join(data, "pg")}} {
		var st syscall.Statfs_t
		if syscall.Statfs(d.Path, &st) != nil || len(out) > 0 && st.Fsid == seen {
			continue // with an outside database there is no pg
		}
		d.Free, d.Size, seen = int64(st.Bavail)*st.Bsize, int64(st.Blocks)*st.Bsize, st.Fsid
		out = append(out, d)
	}
	return out
}

// How often it is tried whether a page can be printed, and first.
const (
	printFirst = 20 * time.Second
	printEvery = 6 * time.Hour
)

// printing knows whether PDFs can be made: a Chromium that is there may still
// not be let have its sandbox.
type printing struct {
	printer *pdf.Printer // nil: there is no Chromium

	mu   sync.Mutex
	last wire.Printing
}

func newPrinting(p *pdf.Printer) *printing {
	out := &printing{printer: p}
	if p != nil {
		out.last.Program = p.Program
	}
	return out
}

func (p *printing) state() wire.Printing {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// run tries until ctx ends.
func (p *printing) run(ctx context.Context, log *slog.Logger) error {
	if p.printer == nil {
		return nil
	}
	for wait := printFirst; ; wait = printEvery {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		p.try(ctx, log)
	}
}

func (p *printing) try(ctx context.Context, log *slog.Logger) {
	_, err := p.printer.Print(ctx, []byte("<!doctype html><title>CIIScan</title><p>CIIScan"))
	if ctx.Err() != nil {
		return
	}
	now := time.Now().UTC()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last.TriedAt, p.last.Problem = &now, ""
	if err != nil {
		p.last.Problem = inventory.CleanText(err.Error(), 300)
		log.Warn("Chromium does not print: reports will have no PDF", "error", err)
	}
}

// settingsOf tells how this program was set up. The console's may have another
// port than was set.
func settingsOf(cfg config.Config) []wire.Setting {
	var out []wire.Setting
	for _, s := range cfg.Settings {
		w := wire.Setting{Name: s.Name, Value: s.Value, Set: s.Set, Secret: s.Secret, From: s.From, Restart: s.Restart}
		switch s.Name {
		case "console.listen":
			w.Value = cfg.Console.Listen
		case "console.url":
			w.Value = cfg.Console.URL
		}
		w.Set = w.Set || w.Value != ""
		out = append(out, w)
	}
	return out
}
