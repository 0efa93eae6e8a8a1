package crowd

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

//go:embed *.sql
var statements embed.FS

// A Size says how many there are. What is not named here follows: a service
// for two in five findings, and so on.
type Size struct {
	Orgs, Assets, Findings int
	Seed                   int
}

// ErrFilled says that the database has somebody in it already.
var ErrFilled = errors.New("fill a crowd: the database is not empty")

// Country is the size that the product is measured with.
func Country() Size { return Size{Orgs: 1500, Assets: 100_000, Findings: 1_000_000} }

// Village is enough to see every page, in seconds.
func Village() Size { return Size{Orgs: 15, Assets: 1000, Findings: 10_000} }

func (s Size) valid() error {
	if s.Orgs < 10 || s.Assets < s.Orgs || s.Findings < 10*s.Assets {
		return fmt.Errorf("a crowd of %d organisations, %d assets and %d findings: want 10, as many and ten times as many, at least", s.Orgs, s.Assets, s.Findings)
	}
	return nil
}

// rebuilt are the tables whose indexes are made after their rows, which takes
// a fraction of the time.
var rebuilt = []string{"findings", "finding_events", "services", "certificates", "certificate_sightings", "audit_log"}

// Fill fills the migrated and still empty database at url, as its owner, and
// leaves it with fresh statistics. What happened did so before now.
func Fill(ctx context.Context, url string, size Size, now time.Time) (err error) {
	if err := size.valid(); err != nil {
		return err
	}
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("open the database of a crowd: %w", err)
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx) // one, because the helpers of the statements are its own
	if err != nil {
		return fmt.Errorf("open the database of a crowd: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()

	var taken bool
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM organizations)").Scan(&taken); err != nil {
		return fmt.Errorf("look at the database of a crowd: %w", err)
	}
	if taken {
		return ErrFilled
	}
	indexes, err := dropIndexes(ctx, conn)
	if err != nil {
		return err
	}
	values := strings.NewReplacer(
		"{orgs}", strconv.Itoa(size.Orgs), "{assets}", strconv.Itoa(size.Assets), "{findings}", strconv.Itoa(size.Findings),
		"{seed}", strconv.Itoa(size.Seed), "{now}", now.UTC().Format(time.RFC3339),
	)
	for _, name := range []string{"helpers.sql", "register.sql", "scans.sql", "findings.sql", "desk.sql", "exchange.sql", "trail.sql"} {
		text, err := statements.ReadFile(name)
		if err != nil {
			return fmt.Errorf("fill a crowd: %w", err)
		}
		if _, err := conn.ExecContext(ctx, values.Replace(string(text))); err != nil {
			return fmt.Errorf("fill a crowd with %s: %w", name, err)
		}
	}
	for _, index := range append(indexes, "VACUUM (ANALYZE)") {
		if _, err := conn.ExecContext(ctx, index); err != nil {
			return fmt.Errorf("fill a crowd: %s: %w", index, err)
		}
	}
	return nil
}

// dropIndexes drops those that no constraint needs, and returns how to make
// them again.
func dropIndexes(ctx context.Context, conn *sql.Conn) ([]string, error) {
	rows, err := conn.QueryContext(ctx, `
		SELECT i.indexdef, quote_ident(i.schemaname) || '.' || quote_ident(i.indexname) FROM pg_indexes i
		WHERE i.schemaname = 'public' AND i.tablename = ANY($1)
			AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = (quote_ident(i.schemaname) || '.' || quote_ident(i.indexname))::regclass)
		ORDER BY i.indexname`, rebuilt)
	if err != nil {
		return nil, fmt.Errorf("list the indexes: %w", err)
	}
	defer func() { _ = rows.Close() }() // read to its end, or failed already
	var made, dropped []string
	for rows.Next() {
		var def, name string
		if err := rows.Scan(&def, &name); err != nil {
			return nil, fmt.Errorf("list the indexes: %w", err)
		}
		made, dropped = append(made, def), append(dropped, name)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the indexes: %w", err)
	}
	_, err = conn.ExecContext(ctx, "DROP INDEX "+strings.Join(dropped, ", "))
	return made, err
}
