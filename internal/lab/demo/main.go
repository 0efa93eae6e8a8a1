// Demo runs CIIScan's main job on the lab, through the command line only:
//
//	demo start    a fresh installation beside a fresh lab; left running
//	demo stop     end what start left running
//
// Everything is in the folder var/demo. Start ends with exit code 1 when what
// was found and the truth differ in anything.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/netns"
)

// limit bounds the whole demo.
const limit = time.Hour

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	root, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the work folder: %w", err)
	}
	p := places{root: root}
	switch {
	case len(args) == 1 && args[0] == "start":
		return start(ctx, p)
	case len(args) == 1 && args[0] == "stop":
		return stopAll(ctx, p)
	case len(args) == 1 && args[0] == "inside": // what start runs in the namespace
		return inside(ctx, p)
	}
	return errors.New("use: demo start, or demo stop")
}

// places are where things are, below the folder of the sources.
type places struct{ root string }

func (p places) demo() string            { return filepath.Join(p.root, "var", "demo") }
func (p places) data() string            { return filepath.Join(p.demo(), "data") }
func (p places) file(name string) string { return filepath.Join(p.demo(), name) }
func (p places) program() string         { return filepath.Join(p.root, "bin", "ciiscan") }

// shown is a path as somebody in the folder of the sources types it.
func (p places) shown(path string) string {
	if short, err := filepath.Rel(p.root, path); err == nil {
		return short
	}
	return path
}

// start replaces what an earlier demo left, and goes on in a namespace.
func start(ctx context.Context, p places) error {
	for _, name := range []string{"ciiscan", "ciiscand", "ciiscan-worker"} {
		if _, err := os.Stat(filepath.Join(p.root, "bin", name)); err != nil {
			return fmt.Errorf("bin/%s is missing: run make demo, in the folder of the sources", name)
		}
	}
	if err := netns.Allowed(ctx); err != nil {
		return err
	}
	if err := stopAll(ctx, p); err != nil {
		return err
	}
	if err := os.RemoveAll(p.demo()); err != nil {
		return fmt.Errorf("remove what the last demo left: %w", err)
	}
	if err := os.MkdirAll(p.demo(), 0o755); err != nil {
		return fmt.Errorf("make var/demo: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.file("labd"), "./internal/lab/labd")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the lab: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	cmd := netns.Command(ctx, self, "inside")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	// A terminal's Ctrl-C reaches the inside by itself; a signal to us alone
	// is handed on.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 90 * time.Second
	err = cmd.Run()
	if code := (*exec.ExitError)(nil); errors.As(err, &code) {
		return errors.New("it did not go as it should: see above")
	}
	return err
}
