// Package storetest gives tests a PostgreSQL of their own.
package storetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/pgembed"
)

// serverVariable names a server to use instead of starting one. Its role must
// be allowed to create databases and roles.
const serverVariable = "CIISCAN_TEST_DB"

// startPatience is how long a server may take to start on a busy machine.
const startPatience = 2 * time.Minute

// URL returns the URL of a database server for tests, as a superuser: the one
// that CIISCAN_TEST_DB names, else a private one. That is quick, not durable,
// shared by the tests of this process, and gone when the process is.
func URL(t testing.TB) string {
	t.Helper()
	if url := os.Getenv(serverVariable); url != "" {
		return url
	}
	s, err := private()
	if err != nil {
		t.Fatalf("start a database server for the tests: %v", err)
	}
	return s.url
}

// A privateServer lasts as long as this process.
type privateServer struct {
	url string
	// leash is the caretaker's input. Nothing is written to it; it only has
	// to stay open.
	leash *os.File
}

// private starts this process's server on first use. A process has no last
// moment of its own to stop it: the server ends with the process, and a
// caretaker then removes its files.
var private = sync.OnceValues(func() (privateServer, error) {
	dir, err := os.MkdirTemp("", "ciiscan-test-")
	if err != nil {
		return privateServer{}, err
	}
	if err := os.Chmod(dir, 0o711); err != nil { // the server may be another user
		return privateServer{}, err
	}
	leash, err := leaveCaretaker(dir)
	if err != nil {
		return privateServer{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startPatience)
	defer cancel()
	c, err := pgembed.Start(ctx, pgembed.Config{Dir: filepath.Join(dir, "db")})
	if err != nil {
		return privateServer{}, err
	}
	return privateServer{c.URL("postgres", pgembed.Superuser), leash}, nil
})

// caretaker waits until its input ends, which is when the process that holds
// the other end does, and removes the directory. The server needs a moment to
// leave it.
const caretaker = `read -r _
pid=$(head -n 1 "$1/db/data/postmaster.pid" 2>/dev/null) || pid=
n=0
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ $n -lt 300 ]; do
	sleep 0.1
	n=$((n + 1))
done
rm -rf -- "$1"`

func leaveCaretaker(dir string) (leash *os.File, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", caretaker, "caretaker", dir)
	cmd.Stdin = r
	// A group of its own, so that Ctrl-C ends the tests and not this.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the caretaker: %w", err)
	}
	return w, cmd.Process.Release()
}
