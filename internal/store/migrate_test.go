package store_test

import (
	"context"
	"crypto/rand"
	"flag"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
)

var update = flag.Bool("update", false, "rewrite schema.sql from the migrations")

func TestMigrateTwiceAtOnce(t *testing.T) {
	db := storetest.NewEmptyDB(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := store.Migrate(t.Context(), db.URL); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, want := count(t, db.URL, "SELECT count(*) FROM schema_migrations"), count(t, db.URL, "SELECT count(DISTINCT version) FROM schema_migrations"); got != want || got == 0 {
		t.Errorf("%d migrations are noted, %d of them different", got, want)
	}
	storetest.Open(t, db.URL, store.Options{})
}

func TestMigrateAsAPlainOwner(t *testing.T) {
	// A database of a hosting provider: its owner may neither create roles nor
	// anything else beside it.
	storetest.NewDB(t) // makes the roles of workers and operators, as an administrator would
	db := storetest.NewEmptyDB(t)
	owner := "owner_" + strings.ToLower(rand.Text()[:8])
	execSQL(t, db.URL, "CREATE ROLE "+owner+" LOGIN PASSWORD 'owner'")
	execSQL(t, db.URL, "GRANT "+store.OperatorRole+" TO "+owner)
	t.Cleanup(func() {
		execSQL(t, db.URL, "REASSIGN OWNED BY "+owner+" TO CURRENT_USER; DROP OWNED BY "+owner+"; DROP ROLE "+owner)
	})
	u := must(url.Parse(db.URL))(t)
	execSQL(t, db.URL, "ALTER DATABASE "+strings.TrimPrefix(u.Path, "/")+" OWNER TO "+owner)
	u.User = url.UserPassword(owner, "owner")
	if err := store.Migrate(t.Context(), u.String()); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, db.WorkerURL, store.Options{})
}

func TestMigrateRefusesAnotherPast(t *testing.T) {
	tests := []struct {
		name, statement, want string
	}{
		{"a changed file", "UPDATE schema_migrations SET sha256 = 'x' WHERE version = 1", "migration 0001_register was applied with other content"},
		{"a newer program", "INSERT INTO schema_migrations VALUES (1000, 'future', 'x')", "newer than this program's"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := storetest.NewDB(t)
			execSQL(t, db.URL, tt.statement)
			for verb, err := range map[string]error{"Migrate": store.Migrate(t.Context(), db.URL), "Open": open(t.Context(), db.URL)} {
				if err == nil || !strings.Contains(err.Error(), tt.want) || inventory.HintOf(err) == "" {
					t.Errorf("%s = %v (hint %q), want %q and a hint", verb, err, inventory.HintOf(err), tt.want)
				}
				// It is not a fault that passes: nobody should wait for it.
				if strings.Contains(err.Error(), inventory.ErrUnavailable.Error()) {
					t.Errorf("%s says unavailable: %v", verb, err)
				}
			}
		})
	}
}

func TestOpenSaysWhatIsMissing(t *testing.T) {
	empty := storetest.NewEmptyDB(t)
	err := open(t.Context(), empty.URL)
	wantErr(t, "Open of an empty database", err, inventory.ErrUnavailable)
	if !strings.Contains(err.Error(), "ciiscand migrate") {
		t.Errorf("Open of an empty database = %v, want what to run", err)
	}
	wantErr(t, "Open where no server is", open(t.Context(), "postgres://x@/y?host=/nonexistent"), inventory.ErrUnavailable)
	err = open(t.Context(), "postgres://user:sesame@host:notaport/db")
	wantErr(t, "Open of nonsense", err, inventory.ErrInvalid)
	if strings.Contains(err.Error(), "sesame") {
		t.Errorf("the error shows the password: %v", err)
	}
	wantErr(t, "Migrate where no server is", store.Migrate(t.Context(), "postgres://x@/y?host=/nonexistent"), inventory.ErrUnavailable)
}

func open(ctx context.Context, url string) error {
	s, err := store.Open(ctx, url, store.Options{})
	if err == nil {
		err = s.Close()
	}
	return err
}

// TestSchema compares the schema that the migrations make with schema.sql,
// which is there to be read: after a migration, run go test with -update.
func TestSchema(t *testing.T) {
	db := storetest.NewDB(t)
	dump := pgDump(t)
	cmd := exec.CommandContext(t.Context(), dump, "--schema-only", "--no-owner", "--exclude-table=river_*", db.URL)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, out)
	}
	got := tidy(string(out))
	const file = "schema.sql"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the migrations make another schema than %s shows; if that is meant, run: go test ./internal/store -run TestSchema -update\n%s", file, diff)
	}
}

// pgDump finds pg_dump, which Debian keeps beside the server.
func pgDump(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("pg_dump"); err == nil {
		return path
	}
	for _, path := range []string{"/usr/lib/postgresql/15/bin/pg_dump", "/usr/lib/postgresql/16/bin/pg_dump", "/usr/lib/postgresql/17/bin/pg_dump"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatal("pg_dump is not installed; install postgresql-client")
	return ""
}

// tidy removes what differs between servers and says nothing of the schema:
// comments, session settings, the queue's types and functions, empty lines.
func tidy(dump string) string {
	for _, noise := range []string{
		`(?m)^--.*\n`, `(?m)^SET .*;\n`, `(?m)^SELECT pg_catalog\.set_config.*;\n`, `(?m)^\\(un)?restrict.*\n`,
		`(?s)CREATE TYPE public\.river_.*?;\n`, `(?s)CREATE FUNCTION public\.river_.*?\$\$;\n`,
	} {
		dump = regexp.MustCompile(noise).ReplaceAllString(dump, "")
	}
	dump = regexp.MustCompile(`\n{2,}`).ReplaceAllString(dump, "\n\n")
	return "-- Made from migrations/ by TestSchema; do not edit.\n\n" + strings.TrimSpace(dump) + "\n"
}
