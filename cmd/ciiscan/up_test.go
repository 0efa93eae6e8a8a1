package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/pgembed"
	"github.com/ciiscan/ciiscan/inventory"
)

// A transcript is what was said, by several at once.
type transcript struct {
	mu    sync.Mutex
	lines []string
}

func (tr *transcript) say(format string, args ...any) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.lines = append(tr.lines, fmt.Sprintf(format, args...))
}

func (tr *transcript) Write(b []byte) (int, error) {
	tr.say("%s", strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return strings.Join(tr.lines, "\n")
}

// script keeps a shell script running.
func script(tr *transcript, patience time.Duration, text string) *keeper {
	return keep(keeper{
		name: "part", patience: patience, say: tr.say,
		command: func() *exec.Cmd { return exec.Command("sh", "-c", text) },
	})
}

// eventually waits for what another process does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s did not happen within 20 s", what)
}

func lineCount(path string) int {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	return strings.Count(string(b), "\n")
}

func TestKeeperStartsAgain(t *testing.T) {
	starts := filepath.Join(t.TempDir(), "starts")
	var tr transcript
	k := script(&tr, time.Second, "echo x >>"+starts+"; exit 3")
	eventually(t, "a second start", func() bool { return lineCount(starts) >= 2 })
	if err := <-k.ends; err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("reason of the end = %v, want exit status 3", err)
	}
	k.stop()
	n := lineCount(starts)
	time.Sleep(50 * time.Millisecond)
	if lineCount(starts) != n || !strings.Contains(tr.String(), "part ended: exit status 3; starting it again in 1s") {
		t.Errorf("after the stop: %d starts, then %d; said:\n%s", n, lineCount(starts), tr.String())
	}
}

func TestKeeperLetsPartsFinish(t *testing.T) {
	said := filepath.Join(t.TempDir(), "said")
	var tr transcript
	k := script(&tr, 10*time.Second, "trap 'sleep 0.2; echo drained >>"+said+"; exit 0' TERM; echo up >>"+said+"; while :; do sleep 0.05; done")
	eventually(t, "the start", func() bool { return lineCount(said) == 1 })
	k.stop()
	if b, err := os.ReadFile(said); err != nil || string(b) != "up\ndrained\n" {
		t.Errorf("part said %q, %v, want that it drained", b, err)
	}
	if tr.String() != "" {
		t.Errorf("a clean stop said %q, want nothing", tr.String())
	}
}

func TestKeeperKillsWhatDoesNotEnd(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	var tr transcript
	k := script(&tr, 200*time.Millisecond, "trap '' TERM; echo $$ >>"+pids+"; while :; do sleep 0.05; done")
	eventually(t, "the start", func() bool { return lineCount(pids) == 1 })
	k.stop()
	var pid int
	b, _ := os.ReadFile(pids)
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err == nil {
		t.Errorf("process %d still runs", pid)
	}
	if !strings.Contains(tr.String(), "killing it") {
		t.Errorf("said %q, want that it is killed", tr.String())
	}
}

func TestOneUpPerFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = claim(dir)
	if want := fmt.Sprintf("another ciiscan up runs in %s (process %d)", dir, os.Getpid()); err == nil || err.Error() != want || inventory.HintOf(err) == "" {
		t.Errorf("second claim = %v, want %q and a hint", err, want)
	}
	first.Close()
	again, err := claim(dir)
	if err != nil {
		t.Fatalf("claim after the first has gone: %v", err)
	}
	again.Close()
}

func TestClaimSaysWhatIsInTheWay(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := claim(plain)
	if exitCode(err) != exitUsage || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("claim of a file = %v with exit code %d, want exit code 2 and why", err, exitCode(err))
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("CIISCAN_TOKEN", "cii_secret")
	t.Setenv("CIISCAN_DATABASE__URL", "postgres://old")
	got := strings.Join(environment(map[string]string{"CIISCAN_DATABASE__URL": "postgres://new"}, "CIISCAN_TOKEN"), "\n")
	if strings.Contains(got, "cii_secret") || strings.Contains(got, "postgres://old") || !strings.Contains(got, "CIISCAN_DATABASE__URL=postgres://new") {
		t.Errorf("environment = %s", got)
	}
}

// TestClusterComesBack kills PostgreSQL and waits for it to run again.
func TestClusterComesBack(t *testing.T) {
	c, tr := newCluster(t)
	killCluster(t, c)
	eventually(t, "PostgreSQL's return", func() bool { return strings.Contains(tr.String(), "ready again") })
	if err := c.current().Exec(t.Context(), database, "SELECT 1"); err != nil {
		t.Errorf("query after the return: %v", err)
	}
}

// TestClusterWaitsForRoom: it cannot start on a full disk, and need not be
// given up for that.
func TestClusterWaitsForRoom(t *testing.T) {
	c, tr := newCluster(t)
	dir, err := pgembed.Installed()
	if err != nil {
		t.Fatal(err)
	}
	programs, tries, full := t.TempDir(), filepath.Join(t.TempDir(), "tries"), filepath.Join(c.cfg.Dir, "full")
	script := fmt.Sprintf(`#!/bin/sh
[ "$1" != --version ] && [ -e '%s' ] && echo >>'%s' && echo 'PANIC:  could not write: No space left on device' && exit 1
exec '%s/postgres' "$@"
`, full, tries, dir)
	for name, content := range map[string]string{full: "", filepath.Join(programs, "postgres"): script, tries: ""} {
		if err := os.WriteFile(name, []byte(content), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"initdb", "psql"} {
		if err := os.Symlink(filepath.Join(dir, name), filepath.Join(programs, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{programs, filepath.Dir(programs), filepath.Dir(tries)} { // PostgreSQL's own user passes through
		if err := os.Chmod(d, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	c.mu.Lock()
	c.cfg.BinDir, c.pause = programs, 10*time.Millisecond
	c.mu.Unlock()
	killCluster(t, c)
	eventually(t, "more tries than are made elsewhere", func() bool { return lineCount(tries) > clusterTries+1 })
	if err := os.Remove(full); err != nil {
		t.Fatal(err)
	}
	eventually(t, "PostgreSQL's return", func() bool { return strings.Contains(tr.String(), "ready again") })
	if n := strings.Count(tr.String(), "free some space"); n != 1 {
		t.Errorf("what to do is said %d times, want once:\n%s", n, tr.String())
	}
}

// newCluster starts PostgreSQL as up does, until the test ends.
func newCluster(t *testing.T) (*cluster, *transcript) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ciiscan-up-") // not t.TempDir: PostgreSQL's own user must pass through
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { // as up makes it
		t.Fatal(err)
	}
	tr := &transcript{}
	in := &installation{a: &app{stderr: tr}, dir: dir}
	c, err := in.startCluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c, tr
}

func killCluster(t *testing.T, c *cluster) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(c.cfg.Dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
