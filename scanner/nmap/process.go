package nmap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	lib "github.com/Ullaakut/nmap/v3"

	"github.com/ciiscan/ciiscan/inventory"
)

const (
	// maxReport bounds nmap's report, in bytes; the largest honest one, eight
	// hosts with thousands of services each, is a tenth of it.
	maxReport = 32 << 20
	maxStderr = 16 << 10
	// termGrace is how long nmap has to end by itself.
	termGrace = 2 * time.Second
	// hangAfter is how much longer than its hosts' timeout a call may take.
	hangAfter = 2 * time.Minute
)

// arguments returns nmap's command line for one call. The addresses are the
// only targets in it; they are numbers, so that nothing is ever resolved and
// no text of theirs can be an option.
func (e *Engine) arguments(addrs []netip.Addr, options []lib.Option) ([]string, error) {
	targets := make([]string, len(addrs))
	for i, a := range addrs {
		targets[i] = a.String()
	}
	all := []lib.Option{lib.WithBinaryPath(e.path), lib.WithDisabledDNSResolution(), lib.WithSendIP(), lib.WithNoStylesheet()}
	if e.raw {
		all = append(all, lib.WithPrivileged())
	} else {
		all = append(all, lib.WithUnprivileged())
	}
	if addrs[0].Is6() {
		all = append(all, lib.WithIPv6Scanning())
	}
	all = append(all, options...)
	all = append(all, lib.WithTargets(targets...))
	// The library only writes the command line: its own Run keeps a report of
	// any size, and ends neither gently nor the whole process group.
	s, err := lib.NewScanner(context.Background(), all...)
	if err != nil {
		return nil, fmt.Errorf("write nmap's command line: %w", err)
	}
	return append(s.Args(), "-oX", "-"), nil
}

// call runs nmap and returns its report, which is true as far as it goes also
// when there is an error. An nmap that was killed, as by a kernel without
// memory, is run once more: that is no fault of the hosts, nor of ours.
func (e *Engine) call(ctx context.Context, addrs []netip.Addr, options []lib.Option, limit time.Duration) (report, error) {
	args, err := e.arguments(addrs, options) //nolint:contextcheck // it only writes a command line
	if err != nil {
		return report{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit+hangAfter, errHung)
	defer cancel()
	rep, err := e.attempt(ctx, args)
	if wasKilled(err) && ctx.Err() == nil {
		e.log.Warn("nmap was killed, trying once more", "error", err)
		return e.attempt(ctx, args)
	}
	return rep, err
}

// wasKilled tells whether the program ended by a signal.
func wasKilled(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}

func (e *Engine) attempt(ctx context.Context, args []string) (report, error) {
	start := e.now()
	stdout, stderr, runErr := e.execute(ctx, args)
	rep, parseErr := parseReport(stdout)
	e.log.Debug("nmap ended", "args", strings.Join(args, " "), "took", e.now().Sub(start).Round(time.Millisecond), "error", runErr)
	complaint := lastLine(stderr)
	switch {
	case ctx.Err() != nil:
		return rep, context.Cause(ctx)
	case errors.Is(runErr, errTooMuch):
		return rep, runErr
	case runErr != nil:
		return rep, fmt.Errorf("run nmap: %w: %s", runErr, complaint)
	case parseErr != nil:
		return rep, fmt.Errorf("read nmap's report: %w", parseErr)
	case !rep.Finished:
		return rep, fmt.Errorf("read nmap's report: it ends early: %s", complaint)
	case rep.Error != "":
		return rep, fmt.Errorf("run nmap: %s", inventory.CleanText(rep.Error, 300))
	}
	return rep, nil
}

var (
	errHung    = errors.New("nmap did not end in time and was stopped")
	errTooMuch = fmt.Errorf("nmap's report is larger than %d MiB and was cut", maxReport>>20)
)

// execute runs the program to its end or the context's, whichever is first.
func (e *Engine) execute(ctx context.Context, args []string) (stdout, stderr []byte, err error) {
	// The kernel ties Pdeathsig to the thread that starts the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := &capped{max: maxReport, full: func() { cancel(errTooMuch) }}
	errs := &capped{max: maxStderr, full: func() {}}
	cmd := exec.CommandContext(ctx, e.path, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var hard *time.Timer
	cmd.Cancel = func() error {
		group := -cmd.Process.Pid
		hard = time.AfterFunc(termGrace, func() { _ = syscall.Kill(group, syscall.SIGKILL) })
		return syscall.Kill(group, syscall.SIGTERM)
	}
	cmd.WaitDelay = 2 * termGrace // for whoever else holds the pipes
	err = cmd.Run()
	if hard != nil {
		hard.Stop()
	}
	if errors.Is(context.Cause(ctx), errTooMuch) {
		err = errTooMuch
	}
	return out.kept.Bytes(), errs.kept.Bytes(), err
}

// capped keeps the first max bytes written to it and calls full once after.
type capped struct {
	max  int
	full func()
	kept bytes.Buffer
	told bool
}

func (c *capped) Write(p []byte) (int, error) {
	room := c.max - c.kept.Len()
	c.kept.Write(p[:min(room, len(p))])
	if len(p) > room && !c.told {
		c.told = true
		c.full()
	}
	return len(p), nil
}

// lastLine is what a program said at last, without a script's call stack, fit
// to be shown.
func lastLine(stderr []byte) string {
	text, _, _ := strings.Cut(string(stderr), "stack traceback:")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if line := inventory.CleanText(strings.TrimSpace(lines[i]), 300); line != "" && line != "QUITTING!" {
			return line
		}
	}
	return "it gave no reason"
}
