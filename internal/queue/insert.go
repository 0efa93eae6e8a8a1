package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"github.com/ciiscan/ciiscan/inventory"
)

// An Inserter writes jobs within the caller's transaction, and has no
// connection of its own.
type Inserter struct{ client *river.Client[*sql.Tx] }

// NewInserter makes an Inserter.
func NewInserter() (*Inserter, error) {
	client, err := river.NewClient(riverdatabasesql.New(nil), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("make queue client: %w", err)
	}
	return &Inserter{client: client}, nil
}

// insertBatch bounds one statement.
const insertBatch = 1000

// EnqueueScan adds n tickets for scan work, none worked before notBefore.
// Priorities go from 1, first, to 4.
func (i *Inserter) EnqueueScan(ctx context.Context, tx *sql.Tx, priority, n int, notBefore time.Time) error {
	if time.Until(notBefore) < time.Second {
		// River's house keeper, which comes by every few seconds, has to
		// release every job that names a time, even one that has passed.
		notBefore = time.Time{}
	}
	ticket := river.InsertManyParams{
		Args:       scanTicket{},
		InsertOpts: &river.InsertOpts{Queue: scanQueue, Priority: priority, ScheduledAt: notBefore},
	}
	for n > 0 {
		batch := make([]river.InsertManyParams, min(n, insertBatch))
		for k := range batch {
			batch[k] = ticket
		}
		if _, err := i.client.InsertManyFastTx(ctx, tx, batch); err != nil {
			return fmt.Errorf("insert scan tickets: %w", err)
		}
		n -= len(batch)
	}
	return nil
}

// countTicketsSQL counts no further than it has to, and leaves out tickets
// that are being worked: those have their task.
const countTicketsSQL = `
SELECT count(*) FROM (
	SELECT 1 FROM river_job
	WHERE state IN ('available', 'scheduled', 'retryable') AND queue = $1 LIMIT $2) AS waiting`

// EnsureScan adds tickets until at least n wait to be worked.
func (i *Inserter) EnsureScan(ctx context.Context, tx *sql.Tx, n int) error {
	var waiting int
	if err := tx.QueryRowContext(ctx, countTicketsSQL, scanQueue, n).Scan(&waiting); err != nil {
		return fmt.Errorf("count scan tickets: %w", err)
	}
	return i.EnqueueScan(ctx, tx, river.PriorityDefault, n-waiting, time.Time{})
}

// judgeIsDueSQL tells whether a task's judge job waits or has just begun. One
// that was taken longer ago may have died with its ciiscand, and River itself
// would notice only after an hour.
const judgeIsDueSQL = `
SELECT EXISTS (SELECT 1 FROM river_job
	WHERE queue = $1 AND args->>'task' = $2 AND (state IN ('available', 'scheduled', 'retryable')
		OR state = 'running' AND attempted_at > now() - interval '1 minute'))`

// EnqueueJudge adds the job that judges a task, unless it is there. That there
// are two after all does no harm, because judging twice changes nothing.
func (i *Inserter) EnqueueJudge(ctx context.Context, tx *sql.Tx, task inventory.TaskID) error {
	var due bool
	if err := tx.QueryRowContext(ctx, judgeIsDueSQL, reportQueue, task).Scan(&due); err != nil {
		return fmt.Errorf("look for the judge job of task %s: %w", task, err)
	}
	if due {
		return nil
	}
	if _, err := i.client.InsertTx(ctx, tx, judgeJob{Task: task}, &river.InsertOpts{Queue: reportQueue}); err != nil {
		return fmt.Errorf("insert judge job of task %s: %w", task, err)
	}
	return nil
}
