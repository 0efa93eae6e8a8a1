// Labd runs the lab beside the network namespace that it is started in.
//
//	labd run --dir DIR [--for 12h] [--with-parent]
//	labd fix NAME --dir DIR
//	labd status --dir DIR
//	labd stop --dir DIR
//
// It gives the namespace a way to the lab's hosts, which are in one of their
// own, and serves until it is told to stop, its time is over or, if asked, its
// parent ends. The servers run as an ordinary user, whoever starts labd.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ciiscan/ciiscan/internal/daemon"
	"github.com/ciiscan/ciiscan/internal/lab/control"
)

func main() { os.Exit(daemon.Main("labd", run)) }

const usage = "use: labd run|status|stop --dir DIR, or labd fix --dir DIR NAME"

func run(ctx context.Context, args, _ []string, stdout, _ io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	flags := flag.NewFlagSet("labd "+args[0], flag.ContinueOnError)
	dir := flags.String("dir", "", "where the control socket is")
	limit := flags.Duration("for", 12*time.Hour, "stop after this time")
	withParent := flags.Bool("with-parent", false, "stop when the parent process ends")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *dir == "" {
		return errors.New("--dir is missing; " + usage)
	}
	ask := control.Dial(*dir)
	switch args[0] {
	case "run":
		return runLab(ctx, *dir, *limit, *withParent)
	case "hosts": // what run starts, in the hosts' namespace
		return serveHosts(ctx, *dir, *limit, os.Stdin, stdout)
	case "fix":
		if flags.NArg() != 1 {
			return errors.New("fix takes one name; " + usage)
		}
		return ask.Fix(ctx, flags.Arg(0))
	case "status":
		s, err := ask.Status(ctx)
		if err != nil {
			return err
		}
		return s.Write(stdout)
	case "stop":
		return ask.Stop(ctx)
	}
	return fmt.Errorf("unknown command %q; %s", args[0], usage)
}
