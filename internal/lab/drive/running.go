package drive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/internal/lab/control"
)

// The programs that are left running, by the names of their files.
const (
	labName     = "lab"
	upName      = "up"
	consoleName = "console"
)

// StartLab starts the lab's hosts and waits until they are up.
func StartLab(ctx context.Context, p Places) error {
	gone, err := spawn(p, labName, nil, p.File("labd"), "run", "--dir", p.Dir)
	if err != nil {
		return err
	}
	ask := control.Dial(p.Dir)
	return await(ctx, p, labName, gone, time.Minute, func() bool {
		_, err := ask.Status(ctx)
		return err == nil
	})
}

// StartUp starts an installation, with more settings than those of the lab at
// will, and waits until its worker is ready.
func StartUp(ctx context.Context, p Places, t lab.Truth, more ...string) error {
	var reserved []string
	for _, r := range t.Routed {
		reserved = append(reserved, r.String())
	}
	settings := []string{
		"CIISCAN_SCAN__ALLOW_RESERVED=" + strings.Join(reserved, ","),
		"CIISCAN_SCAN__RESOLVERS=" + t.NameServer.String() + ":53",
		"CIISCAN_WORKER__SLOTS=4",
		"CIISCAN_PUBLISHER__NAME=Demo CERT",
	}
	gone, err := spawn(p, upName, append(settings, more...), p.Program(), "up", "--data", p.dataAt())
	if err != nil {
		return err
	}
	return await(ctx, p, upName, gone, 2*time.Minute, func() bool {
		said, err := os.ReadFile(p.File(upName + ".log"))
		return err == nil && bytes.Contains(said, []byte("\nready: "))
	})
}

// spawn starts a program that lives on without us, with its output in a log
// and its process id in a file.
func spawn(p Places, name string, settings []string, program string, args ...string) (gone <-chan error, err error) {
	output, err := os.Create(p.File(name + ".log"))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer output.Close()
	cmd := exec.Command(program, args...) // it outlives us; Stop ends it
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.Root, output, output
	cmd.Env = append(os.Environ(), settings...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if err := os.WriteFile(p.File(name+".pid"), fmt.Appendln(nil, cmd.Process.Pid), 0o644); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return ended, nil
}

// await waits until a program is ready, and tells what it said if it is not.
func await(ctx context.Context, p Places, name string, gone <-chan error, patience time.Duration, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	failed := func(why error) error {
		said, err := os.ReadFile(p.File(name + ".log"))
		if err != nil {
			return errors.Join(why, err)
		}
		return fmt.Errorf("%s does not start: %w\n%s", name, why, said[max(0, len(said)-3000):])
	}
	for !ready() {
		select {
		case err := <-gone:
			return failed(fmt.Errorf("it ended: %w", err))
		case <-ctx.Done():
			return failed(context.Cause(ctx))
		case <-time.After(200 * time.Millisecond):
		}
	}
	return nil
}

// Stop ends what was left running; nothing running is no error.
func Stop(ctx context.Context, p Places) error {
	// The lab last: while the installation stops, its scans still see it.
	for _, name := range []string{consoleName, upName, labName} {
		if err := stopOne(ctx, p, name); err != nil {
			return err
		}
	}
	return p.removeOutside()
}

// stopOne ends one program by its process id, if that is still the program
// that was started.
func stopOne(ctx context.Context, p Places, name string) error {
	text, err := os.ReadFile(p.File(name + ".pid"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("stop %s: %w", name, err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("stop %s: %s.pid: %w", name, name, err)
	}
	deadline := time.After(75 * time.Second)
	for signal := syscall.SIGTERM; isOurs(p, pid); {
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop %s (process %d): %w", name, pid, err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-deadline:
			signal = syscall.SIGKILL
		case <-time.After(500 * time.Millisecond):
		}
	}
	if err := os.Remove(p.File(name + ".pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("stop %s: %w", name, err)
	}
	fmt.Printf("%s is stopped\n", name)
	return nil
}

// isOurs tells whether a process is one that was started for this folder:
// process ids are used again. A zombie has no command line, and has ended.
func isOurs(p Places, pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && (bytes.Contains(line, []byte(p.Dir)) || bytes.Contains(line, []byte(p.dataAt())))
}
