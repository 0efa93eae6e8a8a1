package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/client"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2   // the command line, the configuration or the input is wrong
	exitFindings    = 3   // findings at or above the threshold of --fail-on
	exitPartial     = 4   // something was left out: see what was printed
	exitRefused     = 5   // permission or consent is missing
	exitInterrupted = 130 // Ctrl-C
)

// A usageError is a command line that was not understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// Advice returns where to read on.
func (e *usageError) Advice() string { return "see ciiscan --help, or --help after any command" }

// An outcome is an end that is no error of ours, with its exit code.
type outcome struct {
	code    int
	message string // one line; may be empty
	hint    string
}

func (e *outcome) Error() string { return e.message }

// Advice returns what to do about it, or "".
func (e *outcome) Advice() string { return e.hint }

// exitCode is the only place where errors become exit codes.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if o, ok := errors.AsType[*outcome](err); ok {
		return o.code
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	for _, m := range []struct {
		err  error
		code int
	}{
		{errInterrupted, exitInterrupted},
		{inventory.ErrInvalid, exitUsage},
		{inventory.ErrOutOfScope, exitRefused},
		{inventory.ErrForbidden, exitRefused},
	} {
		if errors.Is(err, m.err) {
			return m.code
		}
	}
	return exitFailed
}

// explain prints err as "ciiscan: what" and "hint: what to do", each mistake
// of several on lines of its own, and returns the exit code.
func (a *app) explain(err error) int {
	code := exitCode(err)
	if err == nil || code == exitInterrupted && errors.Is(err, errInterrupted) && err.Error() == errInterrupted.Error() {
		return code
	}
	if e, ok := errors.AsType[*client.Error](err); ok && len(e.Mistakes()) > 1 {
		for _, m := range e.Mistakes() {
			a.complain(m)
		}
		return code
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok && code != exitInterrupted { // only the top is a list of mistakes
		for _, e := range joined.Unwrap() {
			a.complain(e)
		}
		return code
	}
	a.complain(err)
	return code
}

func (a *app) complain(err error) {
	if text := oneLine(err.Error()); text != "" {
		fmt.Fprintf(a.stderr, "ciiscan: %s\n", text)
	}
	hint := inventory.HintOf(err)
	if hint == "" && errors.Is(err, inventory.ErrNotFound) {
		hint = "list shows the ids that there are: ciiscan org list, asset list, peer list and so on"
	}
	if hint != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", oneLine(hint))
	}
}

// oneLine makes text that may come from anywhere fit for one line of a
// terminal.
func oneLine(s string) string {
	return strings.Join(strings.Fields(inventory.CleanText(s, 2000)), " ")
}
