package nuclei_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
)

// catalogue is a nuclei.Source.
type catalogue []nuclei.Template

func (c catalogue) Approved([]string) ([]nuclei.Template, error) { return c, nil }

// A target is a permit and the services on it.
type target struct {
	inventory.Target
	services []inventory.Service
}

func mustPermit() target {
	addr, now := netip.MustParseAddr("192.0.2.1"), time.Now()
	scope := inventory.NewScope([]inventory.Authorization{{
		Prefixes: []netip.Prefix{netip.PrefixFrom(addr, 24)}, State: inventory.AuthActive,
		Level: inventory.LevelStandard, From: now.Add(-time.Hour), Until: now.Add(time.Hour),
	}}, nil, []netip.Prefix{netip.PrefixFrom(addr, 24)})
	t, err := scope.Authorize(addr, inventory.Subject{Asset: "A-1", Class: inventory.IT}, now)
	if err != nil {
		panic(err)
	}
	return target{t, []inventory.Service{{Addr: addr, Port: 80, Transport: inventory.TCP, Name: "http"}}}
}

var (
	fourChecks = catalogue{{ID: "a", Protocol: "http"}, {ID: "b", Protocol: "http"}, {ID: "c", Protocol: "http"}, {ID: "hit", Protocol: "http"}}
	allRan     = []string{"a: ran", "b: ran", "c: ran", "hit: ran"}
)

// newEngine returns an engine whose children are fakes, and the file in which
// each of their lives has a line.
func newEngine(t *testing.T, mode string, change func(*nuclei.Config)) (*nuclei.Engine, string) {
	t.Helper()
	lives := filepath.Join(t.TempDir(), "lives")
	cfg := nuclei.Config{
		Args: []string{"fake-child", mode, lives}, Templates: fourChecks, TempDir: t.TempDir(),
		CheckTimeout: time.Minute, MemoryLimit: 200 << 20,
		Log: slog.New(slog.DiscardHandler),
	}
	if strings.HasPrefix(mode, "hang") {
		cfg.CheckTimeout = 2 * time.Second
	}
	if change != nil {
		change(&cfg)
	}
	e, err := nuclei.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(cfg.TempDir); err != nil || len(left) > 0 {
			t.Errorf("left behind in the temporary directory: %v, %v", left, err)
		}
	})
	return e, lives
}

func livesIn(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func coverage(checks []inventory.CheckCoverage) []string {
	var out []string
	for _, c := range checks {
		for _, id := range c.Ran {
			out = append(out, string(id)+": ran")
		}
		for _, m := range c.Missed {
			out = append(out, fmt.Sprintf("%s: %s", m.Check, m.Reason))
		}
	}
	return out
}

func TestFailingChildren(t *testing.T) {
	const twice = "the template engine failed twice"
	for _, c := range []struct {
		mode    string
		want    []string
		wantErr string // of Scan; "" for none
		lives   int
		outcome inventory.Outcome
	}{
		{"good", allRan, "", 1, inventory.Complete},
		{"shout", allRan, "", 1, inventory.Complete},
		{"hang once", allRan, "", 2, inventory.Complete},
		{"exit once", allRan, "", 2, inventory.Complete},
		{"panic once", allRan, "", 2, inventory.Complete},
		{"shot once", allRan, "", 2, inventory.Complete},
		{"babble once", allRan, "", 2, inventory.Complete},
		{"long line once", allRan, "", 2, inventory.Complete},
		{"stray once", allRan, "", 2, inventory.Complete},
		{"unstarted once", allRan, "", 2, inventory.Complete},
		{"early done once", allRan, "", 2, inventory.Complete},
		{"grow once", allRan, "", 2, inventory.Complete},
		// One template that always kills its child is alone in being missed.
		{"hang on b", []string{"a: ran", "c: ran", "hit: ran", "b: " + twice}, "hangs", 2, inventory.Partial},
		{"exit on b", []string{"a: ran", "c: ran", "hit: ran", "b: " + twice}, "exit status 7", 2, inventory.Partial},
		{"grow on b", []string{"a: ran", "c: ran", "hit: ran", "b: " + twice}, "MiB of memory", 2, inventory.Partial},
		// The first pair comes to an end in every life, so the second child
		// gets as far as the first did on what was left.
		{"exit", []string{"a: ran", "c: ran", "b: " + twice, "hit: " + twice}, "exit status 7", 2, inventory.Partial},
		{"exit on a", []string{"b: ran", "c: ran", "hit: ran", "a: " + twice}, "exit status 7", 2, inventory.Partial},
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			e, lives := newEngine(t, c.mode, nil)
			r, err := e.Scan(t.Context(), batchOf(mustPermit()))
			if (err == nil) != (c.wantErr == "") || err != nil && !strings.Contains(err.Error(), c.wantErr) {
				t.Errorf("Scan() error = %v, want %q", err, c.wantErr)
			}
			if diff := cmp.Diff(c.want, coverage(r.Checks)); diff != "" {
				t.Errorf("coverage (-want +got):\n%s", diff)
			}
			if got := len(livesIn(t, lives)); got != c.lives {
				t.Errorf("%d children lived, want %d", got, c.lives)
			}
			if r.Hosts[0].Outcome != c.outcome {
				t.Errorf("outcome = %s (%s), want %s", r.Hosts[0].Outcome, r.Hosts[0].Reason, c.outcome)
			}
			hit := strings.Contains(strings.Join(c.want, " "), "hit: ran")
			if got := len(r.Observations) == 1; got != hit {
				t.Errorf("observations = %v, want one: %v", r.Observations, hit)
			}
		})
	}
}

func TestNoChildAtAll(t *testing.T) {
	e, _ := newEngine(t, "good", func(c *nuclei.Config) { c.Executable = "/nonexistent/worker" })
	r, err := e.Scan(t.Context(), batchOf(mustPermit()))
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/worker") {
		t.Errorf("Scan() error = %v, want one that names the program", err)
	}
	if got := r.Hosts[0]; got.Outcome != inventory.Failed {
		t.Errorf("host = %+v, want failed", got)
	}
	if len(r.Checks) != 1 || len(r.Checks[0].Ran) != 0 || len(r.Checks[0].Missed) != 4 {
		t.Errorf("coverage = %q, want all missed", coverage(r.Checks))
	}
}

func TestStoppedScanLeavesNothing(t *testing.T) {
	e, lives := newEngine(t, "hang on b", func(c *nuclei.Config) { c.CheckTimeout = time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	start := time.Now()
	r, err := e.Scan(ctx, batchOf(mustPermit()))
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
		t.Errorf("Scan() = %v after %s, want the ctx's error within 5 s", err, time.Since(start))
	}
	want := []string{"a: ran", "b: the scan was stopped", "c: the scan was stopped", "hit: the scan was stopped"}
	if diff := cmp.Diff(want, coverage(r.Checks)); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	wantGone(t, pidOf(t, livesIn(t, lives)[0]))
}

func TestBatchTimeoutIsNoError(t *testing.T) {
	e, _ := newEngine(t, "hang on c", func(c *nuclei.Config) { c.BatchTimeout, c.CheckTimeout = time.Second, time.Hour })
	r, err := e.Scan(t.Context(), batchOf(mustPermit()))
	if err != nil {
		t.Errorf("Scan() error = %v", err)
	}
	want := []string{"a: ran", "b: ran", "c: the batch ran out of time", "hit: the batch ran out of time"}
	if diff := cmp.Diff(want, coverage(r.Checks)); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
}

func TestChildrenAreKeptAndReplaced(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*nuclei.Config)
		scans  int
		lives  int
	}{
		{"kept warm", nil, 5, 1},
		{"replaced by count", func(c *nuclei.Config) { c.JobsPerChild = 2 }, 5, 3},
		{"replaced by age", func(c *nuclei.Config) { c.ChildAge = time.Nanosecond }, 3, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, lives := newEngine(t, "good", c.change)
			for range c.scans {
				if _, err := e.Scan(t.Context(), batchOf(mustPermit())); err != nil {
					t.Fatal(err)
				}
			}
			if got := len(livesIn(t, lives)); got != c.lives {
				t.Errorf("%d scans took %d children, want %d", c.scans, got, c.lives)
			}
		})
	}
}

func TestChildKnowsNothing(t *testing.T) {
	t.Setenv("CIISCAN_DATABASE_URL", "postgres://secret")
	e, lives := newEngine(t, "good", nil)
	if _, err := e.Scan(t.Context(), batchOf(mustPermit())); err != nil {
		t.Fatal(err)
	}
	life := livesIn(t, lives)[0]
	if strings.Contains(life, "secret") || !strings.Contains(life, "PATH=/nonexistent") || !strings.Contains(life, "HOME=") {
		t.Errorf("environment of the child: %s", life)
	}
	pid := pidOf(t, life)
	if group, err := syscall.Getpgid(pid); err != nil || group != pid {
		t.Errorf("process group of the child %d = %d, %v; want its own", pid, group, err)
	}
}

// A worker that is killed takes its child with it.
func TestChildDiesWithTheWorker(t *testing.T) {
	dir := t.TempDir()
	worker := exec.Command(os.Args[0], "fake-worker", dir)
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	var life string
	for deadline := time.Now().Add(10 * time.Second); life == "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(filepath.Join(dir, "lives")); err == nil && strings.Contains(string(text), "\n") {
			life = string(text)
		}
	}
	pid := pidOf(t, life)
	if err := worker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := worker.Wait(); err == nil {
		t.Error("the worker ended well before it was killed")
	}
	wantGone(t, pid)
}

func pidOf(t *testing.T, life string) int {
	t.Helper()
	pid, err := strconv.Atoi(strings.SplitN(life, " ", 2)[0])
	if err != nil {
		t.Fatalf("life of a child %q: %v", life, err)
	}
	return pid
}

// wantGone fails unless the process ends within a second; a zombie is gone.
func wantGone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	t.Errorf("process %d lives on", pid)
}

func TestValidateNamesTheTemplate(t *testing.T) {
	e, _ := newEngine(t, "good", nil)
	err := e.Validate(t.Context(), fourChecks)
	bad, ok := errors.AsType[*inventory.InputError](err)
	if !ok || bad.Value != "a" || bad.Message != "it is bad" {
		t.Errorf("Validate() = %v, want an InputError about template a", err)
	}
}
