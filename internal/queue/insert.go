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
	if !notBefore.IsZero() {
		return nil
	}
	return makeDue(ctx, tx, scanQueue)
}

// dueSQL makes the available jobs of a queue due. River writes its writer's
// time into them and compares that with the database's: where the two clocks
// differ, or the database's was put back, they would rest for as long. River
// itself lets available jobs rest for five seconds at most.
const dueSQL = `
UPDATE river_job SET scheduled_at = now()
WHERE id IN (SELECT id FROM river_job
	WHERE state = 'available' AND queue = $1 AND scheduled_at > now() + interval '10 seconds'
	FOR UPDATE SKIP LOCKED)`

func makeDue(ctx context.Context, tx *sql.Tx, queue string) error {
	if _, err := tx.ExecContext(ctx, dueSQL, queue); err != nil {
		return fmt.Errorf("make the jobs of queue %s due: %w", queue, err)
	}
	return nil
}

// cutLeaderSQL brings the term of River's leader, the house keeper who releases
// jobs that wait for a time, within twice the quarter of a minute that River
// gives. Was it given while the database's clock was ahead, and has the leader
// died, nobody else would be elected for as long. One that lives renews its term.
const cutLeaderSQL = `
UPDATE river_leader SET expires_at = now() + interval '15 seconds'
WHERE expires_at > now() + interval '30 seconds'`

// Unblock lets the queue go on where it waits only because a clock was ahead
// that has been put back since.
func (i *Inserter) Unblock(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, cutLeaderSQL); err != nil {
		return fmt.Errorf("cut the term of the queue's leader: %w", err)
	}
	for _, queue := range []string{scanQueue, reportQueue, exchangeQueue, notifyQueue} {
		if err := makeDue(ctx, tx, queue); err != nil {
			return err
		}
	}
	return nil
}

// countTicketsSQL counts no further than it has to, the tickets that are due or
// rest because they found nothing to do, for less than three minutes. It leaves
// out those that are being worked, because they have their task, and those
// whose time is long over: the house keeper who should release them is away.
const countTicketsSQL = `
SELECT count(*) FROM (
	SELECT 1 FROM river_job
	WHERE queue = $1 AND (state = 'available' OR state IN ('scheduled', 'retryable')
		AND scheduled_at BETWEEN now() - interval '1 minute' AND now() + interval '3 minutes')
	LIMIT $2) AS waiting`

// EnsureScan adds tickets until at least n wait to be worked.
func (i *Inserter) EnsureScan(ctx context.Context, tx *sql.Tx, n int) error {
	if err := makeDue(ctx, tx, scanQueue); err != nil {
		return err
	}
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
	WHERE queue = $1 AND args->>'task' = $2 AND (state = 'available'
		OR state IN ('scheduled', 'retryable') AND scheduled_at > now() - interval '1 minute'
		OR state = 'running' AND attempted_at BETWEEN now() - interval '1 minute' AND now() + interval '1 minute'))`

// EnqueueJudge adds the job that judges a task, unless it is there. That there
// are two after all does no harm, because judging twice changes nothing.
func (i *Inserter) EnqueueJudge(ctx context.Context, tx *sql.Tx, task inventory.TaskID) error {
	if err := makeDue(ctx, tx, reportQueue); err != nil {
		return err
	}
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
	return makeDue(ctx, tx, reportQueue)
}
