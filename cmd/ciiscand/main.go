// Command ciiscand serves the API, starts scans when they are due, and judges
// what workers bring back. It sends no packet to any asset.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	_ "time/tzdata" // schedules name zones that a bare machine may lack

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/daemon"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/inventory"
)

const usage = `usage: ciiscand [-config FILE] serve | migrate | version

  serve     apply migrations, then serve the API, schedule scans and judge results
  migrate   apply migrations and end
  version   print the version
`

func main() { os.Exit(daemon.Main("ciiscand", run)) }

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	file, command, err := daemon.Arguments("ciiscand", usage, args, stderr)
	if err != nil {
		return err
	}
	if command == "version" {
		fmt.Fprintln(stdout, version.Version)
		return nil
	}
	cfg, err := config.Load(file, environ)
	if err != nil {
		return err
	}
	if cfg.Database.URL == "" {
		return &inventory.InputError{
			Field: "database.url", Message: "is not set",
			Hint: "set CIISCAN_DATABASE__URL, or run `ciiscan up`, which brings a database of its own",
		}
	}
	log := slog.New(cfg.Log.Handler(stderr))
	slog.SetDefault(log) // for libraries that log by themselves
	switch command {
	case "serve":
		return serve(ctx, cfg, log)
	case "migrate":
		return store.Migrate(ctx, string(cfg.Database.URL))
	}
	return daemon.Misused(usage, stderr)
}
