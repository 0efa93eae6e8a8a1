// Package drive runs an installation beside the lab, in a network namespace,
// and does the main job through the command line, as people do. The demo and
// the bench are written with it.
package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab/netns"
)

// Places are where things are.
type Places struct {
	Root string // of the sources
	Dir  string // everything that is written: data, logs, reports
}

// At returns the places of a folder below var, in the present folder.
func At(name string) (Places, error) {
	root, err := os.Getwd()
	if err != nil {
		return Places{}, fmt.Errorf("find the present folder: %w", err)
	}
	return Places{Root: root, Dir: filepath.Join(root, "var", name)}, nil
}

// Within are the places of one installation of several, in a folder of p's.
func (p Places) Within(name string) Places {
	return Places{Root: p.Root, Dir: filepath.Join(p.Dir, name)}
}

// Data is the installation's data folder.
func (p Places) Data() string { return filepath.Join(p.Dir, dataName) }

// File is a file in the folder.
func (p Places) File(name string) string { return filepath.Join(p.Dir, name) }

// Program is the command line's.
func (p Places) Program() string { return filepath.Join(p.Root, "bin", "ciiscan") }

// UpPID is the file with the process id of the running installation.
func (p Places) UpPID() string { return p.File(upName + ".pid") }

// Shown is a path as somebody in the folder of the sources types it.
func (p Places) Shown(path string) string {
	if short, err := filepath.Rel(p.Root, path); err == nil {
		return short
	}
	return path
}

// Fresh ends what ran in the folder before, empties it, builds the lab into
// it, and runs this program again with the given argument, in a new network
// namespace. It returns when that ends.
func Fresh(ctx context.Context, p Places, argument string) error {
	for _, name := range []string{"ciiscan", "ciiscand", "ciiscan-worker"} {
		if _, err := os.Stat(filepath.Join(p.Root, "bin", name)); err != nil {
			return fmt.Errorf("bin/%s is missing: run make build, in the folder of the sources", name)
		}
	}
	if err := netns.Allowed(ctx); err != nil {
		return err
	}
	alone, err := lock(p)
	if err != nil {
		return err
	}
	defer alone.Close()
	if err := Stop(ctx, p); err != nil {
		return err
	}
	if err := p.Empty(); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.File("labd"), "./internal/lab/labd")
	build.Dir, build.Stderr = p.Root, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the lab: %w", err)
	}
	return again(ctx, argument)
}

// again runs this program in a new namespace.
func again(ctx context.Context, argument string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	cmd := netns.Command(ctx, self, argument)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	// A terminal's Ctrl-C reaches the inside by itself; a signal to us alone
	// is handed on.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 90 * time.Second
	err = cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return errors.New("it did not go as it should: see above")
	}
	return err
}

// lock keeps a second run from the folder while the first is at work.
func lock(p Places) (io.Closer, error) {
	if err := os.MkdirAll(filepath.Dir(p.Dir), 0o755); err != nil {
		return nil, fmt.Errorf("make folder: %w", err)
	}
	f, err := os.OpenFile(p.Dir+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", p.Dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another run is at work in %s: wait for it, or end it with Ctrl-C", p.Shown(p.Dir)), f.Close())
	}
	return f, nil
}
