package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// helperVariable makes this test binary print its server's URL and end.
const helperVariable = "STORETEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) != "" {
		s, err := private()
		fmt.Println(s.url, err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestServerAnswers(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), URL(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var super bool
	if err := conn.QueryRow(t.Context(), `SELECT usesuper FROM pg_user WHERE usename = current_user`).Scan(&super); err != nil {
		t.Fatal(err)
	}
	if !super {
		t.Error("the tests' role is not a superuser")
	}
	first := URL(t)
	if again := URL(t); again != first {
		t.Error("two calls in one process give two servers")
	}
}

func TestNamedServerIsUsed(t *testing.T) {
	t.Setenv(serverVariable, "postgres://somewhere/else")
	if got := URL(t); got != "postgres://somewhere/else" {
		t.Errorf("URL = %q, want the one in the environment", got)
	}
}

func TestNothingIsLeft(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperVariable+"=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(out), "host=")
	if !ok || !strings.Contains(string(out), "<nil>") {
		t.Fatalf("helper says %q, want the URL of a socket", out)
	}
	rest, _, _ = strings.Cut(rest, "&")
	run := strings.ReplaceAll(rest, "%2F", "/")
	for range 150 {
		if _, err := os.Stat(strings.TrimSuffix(run, "/db/run")); errors.Is(err, os.ErrNotExist) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%s is still there after the process ended", run)
}
