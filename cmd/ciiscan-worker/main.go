// Command ciiscan-worker claims scan tasks and carries them out with nmap and
// nuclei. It knows no operator's name and holds no key; its database role sees
// scan work only.
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
	_ "time/tzdata" // scan windows name zones that a bare machine may lack

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner/nuclei/child"
)

const usage = `usage: ciiscan-worker [-config FILE] [run | version]

  run       claim and carry out scan tasks until told to stop (the default)
  version   print the version
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) == 2 && os.Args[1] == childArgument {
		if err := child.Main(ctx, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n", err)
			os.Exit(1)
		}
		return
	}
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "ciiscan-worker: %v\n", err)
		if hint := inventory.HintOf(err); hint != "" {
			fmt.Fprintf(os.Stderr, "hint: %s\n", hint)
		}
		os.Exit(1)
	}
}

// childArgument is how the worker starts itself to run nuclei.
const childArgument = "nuclei-child"

func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("ciiscan-worker", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	file := flags.String("config", "", "configuration `FILE`")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	switch flags.Arg(0) {
	case "version":
		fmt.Fprintln(stdout, version.Version)
		return nil
	case "", "run":
	default:
		flags.Usage()
		return flag.ErrHelp
	}
	cfg, err := config.Load(*file, environ)
	if err != nil {
		return err
	}
	return work(ctx, cfg, slog.New(cfg.Log.Handler(stderr)))
}
