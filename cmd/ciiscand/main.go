// Command ciiscand serves the API, starts scans when they are due, and judges
// what workers bring back. It sends no packet to any asset.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // schedules name zones that a bare machine may lack

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/inventory"
)

const usage = `usage: ciiscand [-config FILE] serve | migrate | version

  serve     apply migrations, then serve the API, schedule scans and judge results
  migrate   apply migrations and end
  version   print the version
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "ciiscand: %v\n", err)
		if hint := inventory.HintOf(err); hint != "" {
			fmt.Fprintf(os.Stderr, "hint: %s\n", hint)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("ciiscand", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	file := flags.String("config", "", "configuration `FILE`")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if flags.Arg(0) == "version" {
		fmt.Fprintln(stdout, version.Version)
		return nil
	}
	cfg, err := config.Load(*file, environ)
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
	switch flags.Arg(0) {
	case "serve":
		return serve(ctx, cfg, log)
	case "migrate":
		return store.Migrate(ctx, string(cfg.Database.URL))
	}
	flags.Usage()
	return flag.ErrHelp
}
