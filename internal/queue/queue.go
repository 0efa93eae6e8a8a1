package queue

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// Next is what became of a scan ticket.
type Next struct {
	// Waiting counts the tasks that wait although none can be claimed now:
	// their addresses are busy, or their organisation is at its limit. With
	// any, the ticket comes back later; with none it is done.
	Waiting int
}

// Options say what a client of the queue works.
type Options struct {
	// ScanSlots is how many tickets to work at a time; 0 means none.
	ScanSlots int
	// Scan claims one task and works it to its end. It must put the task back
	// before it returns when ctx ends.
	Scan func(ctx context.Context) (Next, error)
	// JudgeSlots is how many judge jobs to work at a time; 0 means none.
	JudgeSlots int
	// Judge judges one task; it must be idempotent. An error has it tried
	// again, later each time.
	Judge func(ctx context.Context, task inventory.TaskID) error
	// Hard is how long running jobs may go on after ctx has ended before
	// theirs ends too; 0 means 30 seconds.
	Hard time.Duration
	Log  *slog.Logger
}

// Inserter writes jobs within the caller's transaction.
type Inserter struct{}

var errPending = errors.New("not written yet")

// NewInserter makes an Inserter; it needs no connection of its own.
func NewInserter() (*Inserter, error) { return nil, errPending }

// EnqueueScan adds n tickets for scan work, none worked before notBefore.
func (i *Inserter) EnqueueScan(ctx context.Context, tx *sql.Tx, priority, n int, notBefore time.Time) error {
	return errPending
}

// EnqueueJudge adds the job that judges a task, unless it is there.
func (i *Inserter) EnqueueJudge(ctx context.Context, tx *sql.Tx, task inventory.TaskID) error {
	return errPending
}

// Migrate brings River's tables to this program's version.
func Migrate(ctx context.Context, url string) error { return errPending }

// Run works jobs until ctx ends, then takes no new ones and waits for those
// that run, at most Options.Hard.
func Run(ctx context.Context, url string, opts Options) error { return errPending }
