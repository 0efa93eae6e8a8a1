// Package daemon is how ciiscand, ciiscan-worker and the lab's programs begin
// and end.
package daemon

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/ciiscan/ciiscan/inventory"
)

// Main runs a program until it ends or is told to, tells people its error with
// the hint, and returns the exit code: 2 after a mistake on the command line.
func Main(name string, run func(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return report(name, run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr), os.Stderr)
}

func report(name string, err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 2
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	if hint := inventory.HintOf(err); hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", hint)
	}
	return 1
}

// Arguments reads the command line: the configuration file, "" for none, and
// the command, "" for none. It is flag.ErrHelp when it was told what is wrong.
func Arguments(name, usage string, args []string, stderr io.Writer) (file, command string, err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	flags.StringVar(&file, "config", "", "configuration `FILE`")
	if flags.Parse(args) != nil {
		return "", "", flag.ErrHelp
	}
	return file, flags.Arg(0), nil
}

// Misused shows the usage, and is what a daemon ends with.
func Misused(usage string, stderr io.Writer) error {
	fmt.Fprint(stderr, usage)
	return flag.ErrHelp
}
