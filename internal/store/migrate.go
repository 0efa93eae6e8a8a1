package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/inventory"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// WorkerRole is the database role for workers; see migrations/0004_worker_role.sql.
const WorkerRole = "ciiscan_worker"

// migrateLock is the key of the advisory lock under which one program at a
// time migrates a database.
const migrateLock = 0x63696973

// A migration is one numbered file. A file that was ever applied never
// changes; what it did is changed by the next.
type migration struct {
	version int
	name    string
	sha256  string
	sql     string
}

// Migrate brings the schema at url, and the queue's in it, to this program's
// version, one transaction for each file. Several programs may call it at once: one works, the others
// wait. A database that is newer than the program, or in which an applied
// file was another, is left alone.
func Migrate(ctx context.Context, url string) (err error) {
	all, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	pool, err := connect(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	// One connection, because it holds the lock.
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate database: %w", fault(err))
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrateLock); err != nil {
		return fmt.Errorf("lock database to migrate it: %w", fault(err))
	}
	if err := migrate(ctx, conn, all); err != nil {
		return err
	}
	return queue.Migrate(ctx, url, WorkerRole) // closing the connection unlocks
}

// migrations reads the numbered files in order. Numbers may be left out:
// branches that grow at the same time take theirs beforehand.
func migrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	form := regexp.MustCompile(`^migrations/(\d{4})_([a-z0-9_]+)\.sql$`)
	var all []migration
	for i, name := range names {
		m := form.FindStringSubmatch(name)
		if m == nil {
			return nil, fmt.Errorf("migration %s: want a number of four digits and a name in lower case", name)
		}
		version, err := strconv.Atoi(m[1])
		if err != nil || version == 0 || i > 0 && version <= all[i-1].version {
			return nil, fmt.Errorf("migration %s: want a number of its own", name)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		sum := sha256.Sum256(text)
		all = append(all, migration{version: version, name: m[2], sha256: hex.EncodeToString(sum[:]), sql: string(text)})
	}
	return all, nil
}

// Fingerprint is a short name for the schema that this program makes, the
// queue's tables aside.
func Fingerprint() (string, error) {
	all, err := migrations(migrationFiles)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, m := range all {
		fmt.Fprintln(h, m.sha256) // hash.Hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

const createMigrationsSQL = `
CREATE TABLE IF NOT EXISTS schema_migrations (
	version    integer PRIMARY KEY,
	name       text NOT NULL,
	sha256     text NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT now()
)`

func migrate(ctx context.Context, conn *sql.Conn, all []migration) error {
	if _, err := conn.ExecContext(ctx, createMigrationsSQL); err != nil {
		return fmt.Errorf("create schema_migrations: %w", fault(err))
	}
	done, err := applied(ctx, conn)
	if err != nil {
		return err
	}
	if err := agree(done, all); err != nil {
		return err
	}
	for _, m := range missingFrom(done, all) {
		if err := apply(ctx, conn, m); err != nil {
			return fmt.Errorf("migration %04d_%s: %w", m.version, m.name, fault(err))
		}
	}
	return nil
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func applied(ctx context.Context, q querier) (done []migration, err error) {
	rows, err := q.QueryContext(ctx, "SELECT version, name, sha256 FROM schema_migrations ORDER BY version")
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42P01" { // no such table: nothing was applied
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read schema_migrations: %w", fault(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var m migration
		if err := rows.Scan(&m.version, &m.name, &m.sha256); err != nil {
			return nil, fmt.Errorf("read schema_migrations: %w", fault(err))
		}
		done = append(done, m)
	}
	return done, fault(rows.Err())
}

// agree refuses a database whose past is not this program's.
func agree(done, all []migration) error {
	ours := make(map[int]migration, len(all))
	for _, m := range all {
		ours[m.version] = m
	}
	for _, d := range done {
		m, known := ours[d.version]
		if !known {
			return &inventory.InputError{
				Field: "database.url", Message: fmt.Sprintf("the database is at version %d, newer than this program's %d", d.version, all[len(all)-1].version),
				Hint: "start the program that made it, or a newer one",
			}
		}
		if d.sha256 != m.sha256 {
			return &inventory.InputError{
				Field: "database.url", Message: fmt.Sprintf("migration %04d_%s was applied with other content than this program has", d.version, d.name),
				Hint: "start the program that made the database, or use an empty one",
			}
		}
	}
	return nil
}

// missingFrom lists, in order, the migrations that a database lacks.
func missingFrom(done, all []migration) []migration {
	return slices.DeleteFunc(slices.Clone(all), func(m migration) bool {
		return slices.ContainsFunc(done, func(d migration) bool { return d.version == m.version })
	})
}

func apply(ctx context.Context, conn *sql.Conn, m migration) (err error) {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	// Without parameters the driver sends the whole file as it is.
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	const note = "INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)"
	if _, err := tx.ExecContext(ctx, note, m.version, m.name, m.sha256); err != nil {
		return err
	}
	return tx.Commit()
}

// checkVersion refuses a database that is not at this program's version.
func checkVersion(ctx context.Context, pool *sql.DB) error {
	all, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	done, err := applied(ctx, pool)
	if err != nil {
		return err
	}
	if err := agree(done, all); err != nil {
		return err
	}
	if missing := missingFrom(done, all); len(missing) > 0 {
		return fmt.Errorf("the database lacks migration %d, which this program needs: %w; run: ciiscand migrate",
			missing[0].version, inventory.ErrUnavailable)
	}
	return nil
}
