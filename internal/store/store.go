package store

import (
	"context"
	"database/sql"
	"log/slog"
	"net/netip"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Store is a pool of connections to one database. It is safe for use by
// several goroutines.
type Store struct {
	db       *gorm.DB
	pool     *sql.DB
	now      func() time.Time
	admit    []netip.Prefix
	orgTasks int
	enqueue  Enqueuer
	log      *slog.Logger
}

// Options are a Store's settings; the zero value works for reading.
type Options struct {
	Now   func() time.Time // nil means time.Now
	Admit []netip.Prefix   // reserved prefixes that may be scanned (scan.allow_reserved)
	// OrgTasks is the most tasks of one organisation that run at a time; 0
	// means any number.
	OrgTasks int
	// Enqueue puts jobs on the queue in the transaction that makes them
	// necessary. Nil stores the work and leaves queueing to ReapTasks of a
	// Store that has one.
	Enqueue Enqueuer
	// Conns is the most connections to open; 0 means 10.
	Conns int
	Log   *slog.Logger // nil discards
}

// An Enqueuer puts jobs on the queue within a transaction.
type Enqueuer interface {
	// EnqueueScan adds n tickets for scan work, none worked before notBefore.
	EnqueueScan(ctx context.Context, tx *sql.Tx, priority, n int, notBefore time.Time) error
	// EnqueueJudge adds the job that judges a task, unless it is there.
	EnqueueJudge(ctx context.Context, tx *sql.Tx, task inventory.TaskID) error
}
