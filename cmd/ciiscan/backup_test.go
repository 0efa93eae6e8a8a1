package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"

	"github.com/ciiscan/ciiscan/internal/store"
)

// A backup is made of a database in use and restored into an empty one, and
// never into another; what was damaged on the way is not.
func TestBackupAndRestore(t *testing.T) {
	ctx := t.Context()
	noon := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	db := storetest.NewDB(t)
	st := storetest.Open(t, db.URL, store.Options{Now: func() time.Time { return noon }})
	storetest.Furnish(t, st, noon, "Harbour", "192.0.2.")
	head, err := st.VerifyAudit(ctx)
	if err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	a := &app{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }, now: func() time.Time { return noon }, data: dir}
	file := filepath.Join(dir, "copy.dump")
	others := filepath.Join(dir, "others")
	for name, what := range map[string]error{others: os.WriteFile(others, []byte("theirs"), 0o644), file + ".part": os.Symlink(others, file+".part")} {
		if what != nil {
			t.Fatal(name, what)
		}
	}
	made, err := a.backup(ctx, file, db.URL)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || made.File != file || info.Size() != made.Bytes || info.Mode().Perm() != 0o600 || !made.At.Equal(noon) || made.Host == "" {
		t.Errorf("made %+v; %v, %v", made, info, err)
	}
	if _, err := a.backup(ctx, file, db.URL); err == nil {
		t.Error("a backup took the place of another")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part")); !slices.Equal(left, []string{file + ".part"}) {
		t.Errorf("%v is left", left)
	}
	if theirs, err := os.ReadFile(others); err != nil || string(theirs) != "theirs" {
		t.Errorf("the backup was written through another's link: %.20q, %v", theirs, err)
	}

	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, body []byte) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	changed := append([]byte{}, body...)
	changed[len(changed)/2] ^= 1
	sum, err := os.ReadFile(file + ".sha256")
	if err != nil {
		t.Fatal(err)
	}
	put("changed.dump.sha256", sum)
	empty := storetest.NewEmptyDB(t)
	for what, bad := range map[string]string{
		"cut short": put("short.dump", body[:len(body)/2]), "changed": put("changed.dump", changed),
		"no dump": put("text.dump", []byte("a letter")), "not there": filepath.Join(dir, "none"),
	} {
		if err := a.restore(ctx, bad, empty.URL); err == nil || inventory.HintOf(err) == "" {
			t.Errorf("a file that is %s is restored: %v", what, err)
		}
	}
	if err := a.restore(ctx, file, db.URL); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("restoring over what is there = %v", err)
	}

	if err := a.restore(ctx, file, empty.URL); err != nil {
		t.Fatal(err)
	}
	again := storetest.Open(t, empty.URL, store.Options{Now: func() time.Time { return noon }})
	if got, err := again.VerifyAudit(ctx); err != nil || got.Seq != head.Seq || got.Hash != head.Hash {
		t.Errorf("the audit log ends with %+v, %v, want %+v", got, err, head)
	}
	if all, _, err := again.Assets(ctx, inventory.AssetFilter{}, inventory.Page{}); err != nil || len(all) != 1 {
		t.Errorf("assets = %v, %v", all, err)
	}
}

// TestPasswordsAreNotShown: what stands on a command line, everybody on the
// machine reads.
func TestPasswordsAreNotShown(t *testing.T) {
	for _, address := range []string{"postgres://ciiscan:hush@db.example/ciiscan", "postgres://ciiscan@db.example/ciiscan?password=hush&sslmode=require"} {
		p, err := postgresAt(address)
		if err != nil || strings.Contains(p.url, "hush") || !slices.Contains(p.env, "PGPASSWORD=hush") {
			t.Errorf("%s is reached by %s, %v", address, p.url, err)
		}
	}
}
