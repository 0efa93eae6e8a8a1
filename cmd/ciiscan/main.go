// Command ciiscan is CIIScan's command line: a client of the API, over the
// unix socket of a local installation or over HTTPS with a token. Its command
// up runs a whole installation on one machine.
//
// Data goes to standard output, messages and progress to standard error. The
// exit codes are in exit.go.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	os.Exit(execute())
}

// execute ends the context at the first Ctrl-C or SIGTERM; the second kills.
func execute() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { // ends with the process
		<-signals
		signal.Stop(signals)
		cancel(errInterrupted)
	}()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr, getenv: os.Getenv, now: time.Now}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.ran {
		err = &usageError{err} // the command line itself was not understood
	}
	return a.explain(err)
}
