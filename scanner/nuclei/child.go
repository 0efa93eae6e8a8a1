package nuclei

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// How often a child's memory and open pairs are looked at.
const watchEvery = 250 * time.Millisecond

// A child is one running process that links nuclei. It leads a process group
// of its own, has a directory of its own for everything nuclei writes, knows
// nothing of the worker's environment, and dies with the worker.
type child struct {
	cfg     Config
	dir     string
	pid     int
	started time.Time
	jobs    int
	spoiled bool // in the middle of something, or not to be trusted

	out    *wire.Writer[wire.Request]
	events chan wire.Event // closed when the process is gone and its files too
	stop   chan struct{}   // closed by kill
	exit   error           // how it ended; set before events is closed

	mu     sync.Mutex
	killed bool
	reaped bool // the process id may be somebody else's by now
}

// startChild starts a process that waits for its first request.
func startChild(cfg Config) (*child, error) {
	dir, err := os.MkdirTemp(cfg.TempDir, "ciiscan-nuclei-")
	if err != nil {
		return nil, fmt.Errorf("start nuclei child: %w", err)
	}
	c := &child{cfg: cfg, dir: dir, started: cfg.Now(), events: make(chan wire.Event, 64), stop: make(chan struct{})}
	if err := c.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start nuclei child %s: %w", cfg.Executable, err), os.RemoveAll(dir))
	}
	cfg.Log.Debug("nuclei child started", "pid", c.pid)
	return c, nil
}

func (c *child) start() error {
	cmd := exec.Command(c.cfg.Executable, c.cfg.Args...) //nolint:noctx // our own program; ask ends it when the ctx does
	cmd.Dir = c.dir
	cmd.Env = environment(c.dir, c.cfg.MemoryLimit)
	cmd.Stderr = &stderrLog{log: c.cfg.Log, linesLeft: 200}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	// A grandchild that keeps stderr open must not keep us waiting.
	cmd.WaitDelay = 2 * time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	c.out = wire.NewWriter[wire.Request](in, wire.MaxRequest)
	started := make(chan error)
	go c.own(cmd, out, started)
	return <-started
}

// own starts the process, hears it to its end and reaps it, all on one thread:
// the kernel sends a Pdeathsig when the thread that started the child ends.
func (c *child) own(cmd *exec.Cmd, out io.Reader, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		started <- err
		return
	}
	c.pid = cmd.Process.Pid
	started <- nil

	readErr := c.listen(out)
	c.kill() // and whatever it started
	c.mu.Lock()
	c.reaped = true
	c.mu.Unlock()
	c.exit = errors.Join(readErr, cmd.Wait())
	if err := os.RemoveAll(c.dir); err != nil {
		c.cfg.Log.Warn("directory of a nuclei child not removed", "dir", c.dir, "error", err)
	}
	close(c.events)
}

// listen passes events on until the child ends, is killed, or says something
// that is no event.
func (c *child) listen(out io.Reader) error {
	in := wire.NewReader[wire.Event](out, wire.MaxEvent)
	for {
		ev, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		select {
		case c.events <- ev:
		case <-c.stop:
			return nil
		}
	}
}

// kill ends the child's whole process group, now.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.killed {
		c.killed = true
		close(c.stop)
	}
	if !c.reaped {
		// It may have ended by itself: then there is nobody to kill.
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
}

// end kills the child and waits until it is gone, so that nothing is sent
// after end returns. What it still had to say is lost on purpose.
func (c *child) end() {
	c.kill()
	for {
		if _, more := <-c.events; !more {
			return
		}
	}
}

func (c *child) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.killed
}

// environment is all that a child knows: places to write, and how much memory
// to try to live with. PATH is empty, because nuclei runs programs it finds.
func environment(dir string, memory int64) []string {
	return []string{
		"HOME=" + dir, "TMPDIR=" + dir,
		"XDG_CONFIG_HOME=" + filepath.Join(dir, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(dir, "cache"),
		"PATH=/nonexistent",
		"GOMEMLIMIT=" + strconv.FormatInt(memory/4*3, 10),
	}
}

// A booker takes a child's events; an error from apply ends the child.
type booker interface {
	apply(wire.Event) error
	// done takes the last event.
	done(wire.Event) error
	// overdue tells whether something has gone on for longer than the limit.
	overdue(limit time.Duration) bool
}

// ask sends one request and books events until it is done. On every error the
// child is dead when ask returns.
func (c *child) ask(ctx context.Context, r wire.Request, b booker) error {
	c.jobs++
	c.spoiled = true
	err := c.converse(ctx, r, b)
	if err != nil {
		c.end()
		return err
	}
	c.spoiled = false
	return nil
}

func (c *child) converse(ctx context.Context, r wire.Request, b booker) error {
	sent := make(chan error, 1)
	go func() { sent <- c.out.Write(r) }() // ends at the latest with the child, which breaks the pipe
	watch := time.NewTicker(watchEvery)
	defer watch.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-sent:
			if errors.Is(err, wire.ErrTooLong) {
				return err
			}
			sent = nil // a broken pipe is told better by the end of events
		case ev, ok := <-c.events:
			if !ok {
				return fmt.Errorf("nuclei child died: %w", cmp.Or(c.exit, io.ErrUnexpectedEOF))
			}
			if ev.Kind == wire.KindDone {
				return b.done(ev)
			}
			if err := b.apply(ev); err != nil {
				return fmt.Errorf("nuclei child: %w", err)
			}
		case <-watch.C:
			if held := c.resident(); held > c.cfg.MemoryLimit {
				return fmt.Errorf("nuclei child holds %d MiB of memory, the limit is %d MiB", held>>20, c.cfg.MemoryLimit>>20)
			}
			if b.overdue(c.cfg.CheckTimeout) {
				return fmt.Errorf("nuclei child hangs: one template has taken more than %s", c.cfg.CheckTimeout)
			}
		}
	}
}

// resident returns the bytes of memory that the child holds, 0 when it is gone.
func (c *child) resident() int64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.pid), "statm"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// A stderrLog writes a child's stderr to the log, line by line, as far as a
// bound allows: nuclei and the hosts behind it have a say in what is there.
type stderrLog struct {
	log       *slog.Logger
	linesLeft int
	partial   []byte
}

const maxStderrLine = 500 // bytes

// Write takes any part of the stream; it never fails.
func (s *stderrLog) Write(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		if room := maxStderrLine - len(s.partial); room > 0 {
			s.partial = append(s.partial, line[:min(len(line), room)]...)
		}
		if line[len(line)-1] != '\n' {
			continue
		}
		if text := clean(string(s.partial), maxStderrLine); text != "" && s.linesLeft > 0 {
			s.linesLeft--
			s.log.Info("nuclei child says", "line", text)
		}
		s.partial = s.partial[:0]
	}
	return len(b), nil
}
