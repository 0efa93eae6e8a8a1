package pgembed

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mistake returns err's *Error, with a hint in it.
func mistake(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("error is %v, want an *Error", err)
	}
	if e.Advice() == "" {
		t.Errorf("error %q has no hint", err)
	}
	return e
}

func TestAnotherMajorVersion(t *testing.T) {
	dir := tempDir(t)
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: dir})
	e := mistake(t, err)
	wantError(t, err, "made by PostgreSQL 9", "are PostgreSQL 1")
	for _, word := range []string{"/usr/lib/postgresql/9/bin", "pg_upgrade"} {
		if !strings.Contains(e.Hint, word) {
			t.Errorf("hint %q lacks %q", e.Hint, word)
		}
	}
}

func TestNotACluster(t *testing.T) {
	dir := tempDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "data", "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: dir})
	mistake(t, err)
	wantError(t, err, "not a database cluster")
}

func TestMissingPrograms(t *testing.T) {
	_, err := Start(t.Context(), Config{Dir: tempDir(t), BinDir: tempDir(t)})
	if e := mistake(t, err); !strings.Contains(e.Hint, "apt-get install postgresql") {
		t.Errorf("hint %q does not say what to install", e.Hint)
	}
	t.Setenv("PATH", tempDir(t))
	if found := candidates(nil); len(found) != 0 {
		t.Errorf("candidates without globs or PATH = %v, want none", found)
	}
}

func TestDirThatCannotBe(t *testing.T) {
	file := filepath.Join(tempDir(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: filepath.Join(file, "db")})
	wantError(t, err, "prepare the database's directory", "not a directory")
}

func TestUnreachableDirIsNamed(t *testing.T) {
	closed := filepath.Join(tempDir(t), "closed")
	if err := os.MkdirAll(filepath.Join(closed, "db", "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	stranger := account{name: "stranger", uid: 1 << 30, gid: 1 << 30}
	err := stranger.unreachable(filepath.Join(closed, "db", "run"), "postgres", os.ErrPermission)
	mistake(t, err)
	wantError(t, err, "stranger", "may not enter "+closed)
}

func TestOutputIsExplained(t *testing.T) {
	for _, c := range []struct{ output, message, hint string }{
		{"creating files\ninitdb: error: could not write file \"x\": No space left on device\n", "could not write file", "free some space"},
		{"2026-01-01 FATAL:  could not map anonymous shared memory: Cannot allocate memory\nHINT:  reduce\n", "shared memory: Cannot allocate memory; reduce", "more memory"},
		{"FATAL:  could not open file \"base\": Permission denied\n", "could not open file", "belong to the user"},
		{"FATAL:  could not extend file\nHINT:  Check free disk space.\n", "could not extend file", "free some space"},
		{"strange noise\n", "strange noise", ""},
		{"", "it printed nothing", ""},
	} {
		err := outputError("start", "/data", c.output)
		wantError(t, err, "start: ", c.message)
		if e, _ := errors.AsType[*Error](err); !strings.Contains(e.Hint, c.hint) || (c.hint == "") != (e.Hint == "") {
			t.Errorf("hint for %q is %q, want %q", c.output, e.Hint, c.hint)
		}
	}
}

// TestFullDiskIsAllThatIsWrong: after several starts on a full disk PostgreSQL
// speaks of corruption and backups. There is none, and whoever waits for room
// has to know.
func TestFullDiskIsAllThatIsWrong(t *testing.T) {
	const output = "LOG:  database system was interrupted while in recovery\n" +
		"HINT:  This probably means that some data is corrupted and you will have to use the last backup for recovery.\n" +
		"FATAL:  the database system is not yet accepting connections\n" +
		"PANIC:  could not write to file \"pg_wal/xlogtemp.12\": No space left on device\n"
	err := outputError("start", "/data", output)
	if got, want := err.Error(), "start: could not write to file \"pg_wal/xlogtemp.12\": No space left on device"; got != want {
		t.Errorf("error = %q, want %q", got, want)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Error("it is no ENOSPC")
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 18beta1":                          18,
	} {
		if got, err := majorOfVersion(text); err != nil || got != want {
			t.Errorf("majorOfVersion(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	if _, err := majorOfVersion("no number here"); err == nil {
		t.Error("majorOfVersion accepts text without a number")
	}
	for dir, want := range map[string]int{
		"/usr/lib/postgresql/15/bin": 15, "/usr/pgsql-16/bin": 16, "/usr/libexec/postgresql17": 17, "/usr/bin": 0,
	} {
		if got := majorOfDir(dir); got != want {
			t.Errorf("majorOfDir(%q) = %d, want %d", dir, got, want)
		}
	}
}
