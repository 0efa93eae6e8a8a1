package drive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// exitPartial is the exit code of a scan that did not reach everything: in
// the lab some hosts are switched off.
const exitPartial = 4

// A CLI runs the command line as a user would.
type CLI struct {
	Places Places
	Token  string    // "" acts as the local administrator
	Echo   io.Writer // gets every command; nil shows none
}

// Run runs ciiscan and decodes what it prints into v, which may be nil. A scan
// that did not reach every host is no error.
func (c CLI) Run(ctx context.Context, v any, args ...string) error {
	c.say("$ ciiscan %s", quoted(args))
	return c.run(ctx, v, args)
}

// say tells what goes on, where anybody wants to know.
func (c CLI) say(format string, args ...any) {
	if c.Echo != nil {
		fmt.Fprintf(c.Echo, "  "+format+"\n", args...)
	}
}

func (c CLI) run(ctx context.Context, v any, args []string) error {
	cmd := exec.CommandContext(ctx, c.Places.Program(), append([]string{"--data", c.Places.Data(), "-q", "-o", "json"}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "CIISCAN_") })
	if c.Token != "" {
		cmd.Env = append(cmd.Env, "CIISCAN_TOKEN="+c.Token)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !isPartial(err, args) {
		return fmt.Errorf("ciiscan %s: %w\n%s", quoted(args), err, bytes.TrimSpace(stderr.Bytes()))
	}
	if v == nil {
		return nil
	}
	if err := json.Unmarshal(stdout.Bytes(), v); err != nil {
		return fmt.Errorf("ciiscan %s: read its answer: %w", quoted(args), err)
	}
	return nil
}

func isPartial(err error, args []string) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	return ok && exit.ExitCode() == exitPartial && args[0] == "scan"
}

// quoted is a command line for reading, and for pasting into a shell.
func quoted(args []string) string {
	var words []string
	for _, a := range args {
		if a == "" || strings.ContainsAny(a, " *;'\"$&|<>()") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}
