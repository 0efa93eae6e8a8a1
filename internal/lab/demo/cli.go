package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// exitPartial is the exit code of a scan that did not reach everything: in
// the lab some hosts are switched off.
const exitPartial = 4

// A cli runs the command line as a user would.
type cli struct {
	p     places
	token string // "" acts as the local administrator
}

// run runs ciiscan, prints the command, and decodes what it prints into v,
// which may be nil.
func (c cli) run(ctx context.Context, v any, args ...string) error {
	fmt.Println("  $ ciiscan " + quoted(args))
	return c.quietly(ctx, v, args...)
}

func (c cli) quietly(ctx context.Context, v any, args ...string) error {
	cmd := exec.CommandContext(ctx, c.p.program(), append([]string{"--data", c.p.data(), "-q", "-o", "json"}, args...)...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "CIISCAN_") })
	if c.token != "" {
		cmd.Env = append(cmd.Env, "CIISCAN_TOKEN="+c.token)
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
