package pgembed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	pollEvery = 25 * time.Millisecond
	// killPatience is how long an immediate shutdown may take; PostgreSQL
	// gives its own children 5 seconds.
	killPatience = 10 * time.Second
	maxLog       = 16 << 20 // bytes, after which the next start begins a new one
)

// A server is one run of the postgres program.
type server struct {
	cmd      *exec.Cmd
	layout   layout
	logFrom  int64 // where this run's lines begin
	done     chan struct{}
	err      error // of the process; read after done
	stopping atomic.Bool
}

// launch runs postgres and waits until it answers.
func (c *Cluster) launch(ctx context.Context) (*server, error) {
	log, err := openLog(c.layout.log)
	if err != nil {
		return nil, fileError("open PostgreSQL's log", c.layout.dir, err)
	}
	defer log.Close()
	info, err := log.Stat()
	if err != nil {
		return nil, fileError("open PostgreSQL's log", c.layout.dir, err)
	}
	// Not bound to ctx: that limits the start, not the server's life.
	cmd := c.account.command(context.WithoutCancel(ctx), c.layout.run, c.bin.path("postgres"), c.settings()...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT // a fast shutdown
	s := &server{cmd: cmd, layout: c.layout, logFrom: info.Size(), done: make(chan struct{})}
	if err := s.spawn(); err != nil {
		return nil, fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	if err := s.awaitReady(ctx); err != nil {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killPatience)
		defer cancel()
		return nil, errors.Join(err, s.stop(stopCtx))
	}
	return s, nil
}

// settings are given on the command line, so that nothing in the cluster's
// files can contradict them.
func (c *Cluster) settings() []string {
	set := []string{
		"listen_addresses=",
		"unix_socket_directories=" + quoteListItem(c.layout.run),
		"unix_socket_permissions=0700",
		"port=" + port,
		"cluster_name=ciiscan",
		"timezone=UTC",
		"log_timezone=UTC",
		"log_destination=stderr",
		"logging_collector=off",
		"log_line_prefix=%m [%p] %d ",
		"log_min_error_statement=panic", // statements hold operators' data
		"log_checkpoints=off",
		"max_connections=200",
		"shared_buffers=512MB", // what a country's pages read again and again; memory is taken as it fills
	}
	if !c.cfg.Durable {
		set = append(set, "fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"wal_level=minimal", "max_wal_senders=0", "max_wal_size=256MB", "min_wal_size=32MB")
	}
	args := []string{"-D", c.layout.data}
	for _, s := range set {
		args = append(args, "-c", s)
	}
	return args
}

// quoteListItem quotes one item of a list setting; a path may hold a comma.
func quoteListItem(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// spawn starts the process and watches it. The parent-death signal comes when
// the thread that started the child ends, so one thread is kept for that.
func (s *server) spawn() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	return <-started
}

// awaitReady follows the status that the server keeps in its pid file.
func (s *server) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return outputError("start PostgreSQL (see "+s.layout.log+")", s.layout.dir, s.said())
		case <-ctx.Done():
			return fmt.Errorf("start PostgreSQL: %w", context.Cause(ctx))
		case <-tick.C:
			if pid, status := readPidFile(s.layout.data); pid == s.cmd.Process.Pid && status == "ready" {
				return nil
			}
		}
	}
}

// stop ends the server: fast, then at once, then by force.
func (s *server) stop(ctx context.Context) error {
	s.stopping.Store(true)
	for _, step := range []struct {
		signal   syscall.Signal
		patience <-chan struct{}
	}{
		{syscall.SIGINT, ctx.Done()},
		{syscall.SIGQUIT, after(killPatience)},
		{syscall.SIGKILL, after(killPatience)},
	} {
		if err := s.cmd.Process.Signal(step.signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop PostgreSQL: %w", err)
		}
		select {
		case <-s.done:
			return nil
		case <-step.patience:
		}
	}
	return fmt.Errorf("stop PostgreSQL: process %d does not end", s.cmd.Process.Pid)
}

// after is closed when d has passed.
func after(d time.Duration) <-chan struct{} {
	c := make(chan struct{})
	time.AfterFunc(d, func() { close(c) })
	return c
}

// unexpected describes an end that nobody asked for.
func (s *server) unexpected() error {
	return fmt.Errorf("PostgreSQL ended (%w): %s", errOr(s.err, errors.New("exit status 0")), complaint(s.said()))
}

func errOr(err, otherwise error) error {
	if err == nil {
		return otherwise
	}
	return err
}

// said returns the end of what this run wrote to the log.
func (s *server) said() string {
	f, err := os.Open(s.layout.log)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err.Error()
	}
	const most = 8 << 10
	from := max(s.logFrom, info.Size()-most)
	b, err := io.ReadAll(io.NewSectionReader(f, from, most))
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// openLog opens the log for appending, putting a long one aside.
func openLog(name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && info.Size() > maxLog {
		if err := os.Rename(name, name+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// readPidFile returns the server's process and status; 0 when there is none.
func readPidFile(data string) (pid int, status string) {
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, ""
	}
	lines := strings.Split(string(b), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return 0, ""
	}
	if len(lines) > 7 {
		status = strings.TrimSpace(lines[7])
	}
	return pid, status
}
