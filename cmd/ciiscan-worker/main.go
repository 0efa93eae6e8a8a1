// Command ciiscan-worker claims scan tasks and carries them out with nmap and
// nuclei. It knows no operator's name and holds no key; its database role sees
// scan work only.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // scan windows name zones that a bare machine may lack

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/daemon"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/scanner/nuclei/child"
)

const usage = `usage: ciiscan-worker [-config FILE] [run | version]

  run       claim and carry out scan tasks until told to stop (the default)
  version   print the version
`

func main() {
	if len(os.Args) == 2 && os.Args[1] == childArgument {
		os.Exit(runChild())
	}
	os.Exit(daemon.Main("ciiscan-worker", run))
}

// childArgument is how the worker starts itself to run nuclei.
const childArgument = "nuclei-child"

func runChild() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := child.Main(ctx, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	file, command, err := daemon.Arguments("ciiscan-worker", usage, args, stderr)
	if err != nil {
		return err
	}
	switch command {
	case "version":
		fmt.Fprintln(stdout, version.Version)
		return nil
	case "", "run":
	default:
		return daemon.Misused(usage, stderr)
	}
	cfg, err := config.Load(file, environ)
	if err != nil {
		return err
	}
	return work(ctx, cfg, slog.New(cfg.Log.Handler(stderr)))
}
