package pgembed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// evict ends a server that outlived the process that started it, and clears
// away what a dead one left. The caller holds the lock, so nobody wants it.
//
// PostgreSQL's own check of postmaster.pid takes any process of that number
// for a server; after a reboot it can be anything. What counts here is who
// works in the data directory: every process of a server does.
func evict(ctx context.Context, l layout, log *slog.Logger) error {
	var told []int
	signal, impatient := syscall.SIGINT, time.After(stopPatience)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		left := occupants(l.data)
		if len(left) == 0 {
			break
		}
		// The others end with the first: it tells them, or they notice.
		if pid, _ := readPidFile(l.data); slices.Contains(left, pid) && !slices.Contains(told, pid) {
			log.Warn("ending a database server left from an earlier run", "pid", pid)
			if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return inUse(l.data, left, err)
			}
			told = append(told, pid)
		}
		select {
		case <-ctx.Done():
			return inUse(l.data, left, context.Cause(ctx))
		case <-impatient:
			told, signal = nil, syscall.SIGQUIT
		case <-tick.C:
		}
	}
	for _, name := range []string{filepath.Join(l.data, "postmaster.pid"), filepath.Join(l.run, socketName+".lock")} {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fileError("clear "+name, l.dir, err)
		}
	}
	return nil
}

func inUse(data string, pids []int, cause error) error {
	return &Error{
		Message: fmt.Sprintf("database cluster %s is still in use by processes %v", data, pids),
		Hint:    fmt.Sprintf("wait until they have ended, or end the first: kill -INT %d", pids[0]),
		Cause:   cause,
	}
}

// occupants lists the server processes whose working directory is data,
// lowest first. Those of other users are not seen, nor could they open data.
func occupants(data string) []int {
	data, err := filepath.EvalSymlinks(data)
	if err != nil {
		return nil
	}
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil // only a malformed pattern
	}
	var pids []int
	for _, link := range links {
		if cwd, err := os.Readlink(link); err != nil || cwd != data {
			continue
		}
		name, err := os.ReadFile(filepath.Join(filepath.Dir(link), "comm"))
		if err != nil || !strings.HasPrefix(string(name), "post") { // postgres or postmaster, not a shell in there
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}
