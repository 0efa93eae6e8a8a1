package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// fault gives a database error its meaning for callers, and keeps the error
// itself below it. It is the only place that knows PostgreSQL's codes.
func fault(err error) error {
	if err == nil {
		return nil
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgFault(pg)
	}
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) {
		return inventory.ErrNotFound
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if lost(err) {
		return fmt.Errorf("database: %w: %w", inventory.ErrUnavailable, err)
	}
	return err
}

// pgFault reads what the server said: https://www.postgresql.org/docs/15/errcodes-appendix.html
func pgFault(pg *pgconn.PgError) error {
	switch {
	case pg.Code == "23505": // unique_violation
		return fmt.Errorf("%s is there already: %w", keyIn(pg), inventory.ErrConflict)
	case pg.Code == "23503": // foreign_key_violation
		return fmt.Errorf("%s: %w", keyIn(pg), inventory.ErrNotFound)
	case pg.Code == "22021": // character_not_in_repertoire: a zero byte, as no text of ours has
		return fmt.Errorf("%w: a text has a character that cannot be stored", inventory.ErrInvalid)
	case pg.Code == "23514", pg.Code == "23502", strings.HasPrefix(pg.Code, "22"): // check, not null, data
		return fmt.Errorf("%w: %w", inventory.ErrInvalid, pg)
	case pg.Code == "42501": // insufficient_privilege
		return fmt.Errorf("%w: %w", inventory.ErrForbidden, pg)
	case pg.Code == "53100": // disk_full
		return fmt.Errorf("database: %w: %w", inventory.ErrUnavailable, fullDisk{pg})
	case strings.HasPrefix(pg.Code, "08"), // connection
		strings.HasPrefix(pg.Code, "57P"), // shutting down, starting up, crashed
		strings.HasPrefix(pg.Code, "53"),  // out of memory, too many connections
		pg.Code == "3D000":                // no such database
		return fmt.Errorf("database: %w: %w", inventory.ErrUnavailable, pg)
	}
	return pg
}

// fullDisk says what to do about it.
type fullDisk struct{ *pgconn.PgError }

// Advice says what to do.
func (fullDisk) Advice() string {
	return "the database's disk is full: free some space there, then everything goes on by itself"
}

// keyIn takes the key's value out of "Key (org_id)=(ORG-99) is not present in
// table "organizations".": the rest is about tables, which callers do not know.
func keyIn(pg *pgconn.PgError) string {
	_, rest, _ := strings.Cut(pg.Detail, ")=(")
	if i := strings.LastIndexByte(rest, ')'); i > 0 {
		return rest[:i]
	}
	return "it" // the server was told not to say
}

// lost tells whether err says that the connection could not be made or broke.
func lost(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// missing is the error for an id that names nothing.
func missing[T ~string](object string, id T) error {
	return fmt.Errorf("%s %s: %w", object, id, inventory.ErrNotFound)
}
