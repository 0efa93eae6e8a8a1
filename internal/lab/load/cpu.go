package load

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A cpu tells how long processors have worked for us: this process, and the
// database's that serve it. On a machine that others use too, it says more
// than a clock. Of a database elsewhere nothing is known.
type cpu struct{ backends []int }

// backends finds the database's processes that serve this program.
func (s *Server) backends(ctx context.Context) (c cpu, err error) {
	db, err := sql.Open("pgx", s.url)
	if err != nil {
		return c, fmt.Errorf("find who serves us: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if err != nil {
		return c, fmt.Errorf("find who serves us: %w", err)
	}
	defer func() { _ = rows.Close() }() // read to its end, or failed already
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			return c, fmt.Errorf("find who serves us: %w", err)
		}
		c.backends = append(c.backends, pid)
	}
	return c, rows.Err()
}

func (c cpu) worked() time.Duration {
	var own syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &own) != nil {
		return 0 // of ourselves it does not fail
	}
	sum := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	for _, pid := range c.backends {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/schedstat") // nanoseconds first
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(text), " ")
		if n, err := strconv.ParseInt(first, 10, 64); err == nil {
			sum += time.Duration(n)
		}
	}
	return sum
}
