package pgembed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// helperDir makes this test binary start a cluster there, say so, and sleep.
const helperDir = "PGEMBED_TEST_HELPER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		os.Exit(helper(dir))
	}
	os.Exit(m.Run())
}

func helper(dir string) int {
	c, err := Start(context.Background(), Config{Dir: dir})
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println("started", c.account.name)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		fmt.Println("error:", err)
	}
	if err := c.Stop(context.Background()); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

// tempDir is a directory that the user postgres can reach, unlike
// t.TempDir's when run by root.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgembed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, cfg Config) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { stop(t, c) })
	return c
}

func stop(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Stop(context.Background()); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func mustExec(t *testing.T, c *Cluster, statement string) {
	t.Helper()
	if err := c.Exec(t.Context(), "app", statement); err != nil {
		t.Fatalf("Exec(%s): %v", statement, err)
	}
}

func TestRestartKeepsData(t *testing.T) {
	dir := tempDir(t)
	c := start(t, Config{Dir: dir, Durable: true})
	for range 2 { // the second time it exists
		if err := c.CreateDatabase(t.Context(), "app"); err != nil {
			t.Fatal(err)
		}
	}
	mustExec(t, c, `CREATE TABLE kept AS SELECT 1 AS one`)
	stop(t, c)
	if _, open := <-c.Wait(); open {
		t.Error("Wait yields an error after Stop, want only the close")
	}
	stop(t, c)

	c = start(t, Config{Dir: dir, Durable: true})
	mustExec(t, c, `INSERT INTO kept VALUES (2)`)
	if err := c.Exec(t.Context(), "app", `SELECT nonsense`); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("Exec of a wrong statement = %v, want what is wrong with it", err)
	}
}

func TestSocketOnly(t *testing.T) {
	c := start(t, Config{Dir: tempDir(t)})
	info, err := os.Stat(c.layout.run)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("socket directory has mode %o, want 700", info.Mode().Perm())
	}
	// postgres prints every address that it listens on.
	if said := c.server.said(); strings.Count(said, "listening on") != 1 || !strings.Contains(said, "Unix socket") {
		t.Errorf("server says %q, want one unix socket and nothing else", said)
	}
	if os.Geteuid() == 0 {
		if st := info.Sys().(*syscall.Stat_t); st.Uid == 0 && c.account.attr.Credential != nil {
			t.Error("server runs as root")
		}
	}
}

func TestSecondStartIsRefused(t *testing.T) {
	dir := tempDir(t)
	start(t, Config{Dir: dir})
	_, err := Start(t.Context(), Config{Dir: dir})
	wantError(t, err, "in use by process "+strconv.Itoa(os.Getpid()))
}

func TestKilledParent(t *testing.T) {
	dir := tempDir(t)
	cmd, out, _ := startHelper(t, dir, &syscall.SysProcAttr{})
	if line := readLine(t, out); !strings.HasPrefix(line, "started") {
		t.Fatal(line)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("helper survived SIGKILL")
	}
	// Whether the old server is still shutting down or gone, this works.
	c := start(t, Config{Dir: dir})
	if err := c.CreateDatabase(t.Context(), "app"); err != nil {
		t.Error(err)
	}
}

func TestOrphanIsEnded(t *testing.T) {
	dir := tempDir(t)
	c := start(t, Config{Dir: dir})
	stop(t, c)
	orphan := c.account.command(t.Context(), c.layout.run, c.bin.path("postgres"), c.settings()...)
	if err := orphan.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- orphan.Wait() }()
	for _, status := readPidFile(c.layout.data); status != "ready"; _, status = readPidFile(c.layout.data) {
		time.Sleep(pollEvery)
	}
	start(t, Config{Dir: dir})
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the orphan still runs beside the new server")
	}
}

func TestStalePidOfAnotherProgram(t *testing.T) {
	dir := tempDir(t)
	c := start(t, Config{Dir: dir})
	stop(t, c)
	// After a reboot the number in the file can be anybody's: here, ours.
	for _, name := range []string{filepath.Join(c.layout.data, "postmaster.pid"), filepath.Join(c.layout.run, socketName+".lock")} {
		text := fmt.Sprintf("%d\n%s\n1\n5432\n%s\n\n 1 1\nready\n", os.Getpid(), c.layout.data, c.layout.run)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start(t, Config{Dir: dir})
}

func TestUnexpectedEnd(t *testing.T) {
	c := start(t, Config{Dir: tempDir(t)})
	if err := syscall.Kill(c.server.cmd.Process.Pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-c.Wait():
		wantError(t, err, "PostgreSQL ended")
	case <-time.After(10 * time.Second):
		t.Error("Wait says nothing when the server ends by itself")
	}
}

func TestLongPath(t *testing.T) {
	dir := filepath.Join(tempDir(t), strings.Repeat("long/", 25))
	c := start(t, Config{Dir: dir})
	t.Cleanup(func() {
		if err := os.RemoveAll(c.layout.run); err != nil {
			t.Error(err)
		}
	})
	if err := c.CreateDatabase(t.Context(), "app"); err != nil {
		t.Error(err)
	}
	if !socketFits(c.layout.run) {
		t.Errorf("socket in %s, which is too long", c.layout.run)
	}
}

// Inside `unshare -Ur` the caller is root and nobody else exists.
func TestUserNamespace(t *testing.T) {
	dir := tempDir(t)
	cmd, out, in := startHelper(t, dir, &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	})
	if line := readLine(t, out); !strings.Contains(line, "in a user namespace") {
		t.Errorf("helper says %q, want it to have started in a user namespace", line)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("helper: %v", err)
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("no more"))
	_, err := Start(ctx, Config{Dir: tempDir(t)})
	if err == nil {
		t.Error("Start under an ended context succeeds")
	}
}

func startHelper(t *testing.T, dir string, attr *syscall.SysProcAttr) (*exec.Cmd, *bufio.Reader, io.Closer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperDir+"="+dir)
	cmd.SysProcAttr = attr
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(out), in
}

func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("read the helper's output: %v %q", err, line)
	}
	return line
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q lacks %q", err, w)
		}
	}
}
