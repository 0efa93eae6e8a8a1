package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// A ResetTold is the duty to tell somebody by mail that another person reset
// their account. Nothing in it opens anything: the link goes by another way,
// and is written down nowhere.
type ResetTold struct {
	Account string    `json:"account"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// Kind implements river.JobArgs.
func (ResetTold) Kind() string { return "reset_told" }

// resetsTold is how many mails an account gets of it in an hour: whoever may
// reset is not to fill somebody's mailbox by it. The audit log has them all.
const resetsTold = 3

type resetWorker struct {
	river.WorkerDefaults[ResetTold]
	tell func(context.Context, ResetTold) error
}

// Timeout implements river.Worker.
func (resetWorker) Timeout(*river.Job[ResetTold]) time.Duration { return 10 * time.Minute }

// NextRetry implements river.Worker.
func (resetWorker) NextRetry(job *river.Job[ResetTold]) time.Time {
	return time.Now().Add(backOff(job.Attempt)) //nolint:forbidigo // River goes by the real clock too
}

// Work implements river.Worker.
func (w resetWorker) Work(ctx context.Context, job *river.Job[ResetTold]) error {
	return w.tell(ctx, job.Args)
}

// EnqueueResetTold adds the job that tells the holder of an account that it was
// reset, unless the last hour had as many as one hour may have.
func (i *Inserter) EnqueueResetTold(ctx context.Context, tx *sql.Tx, account, by string, at time.Time) error {
	var told int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM river_job
		WHERE queue = $1 AND kind = $2 AND args->>'account' = $3 AND created_at > now() - interval '1 hour'`,
		notifyQueue, ResetTold{}.Kind(), account).Scan(&told)
	if err != nil {
		return fmt.Errorf("count what %s was told: %w", account, err)
	}
	if told >= resetsTold {
		return nil
	}
	opts := &river.InsertOpts{Queue: notifyQueue, MaxAttempts: noticeAttempts}
	if _, err := i.client.InsertTx(ctx, tx, ResetTold{account, by, at.UTC()}, opts); err != nil {
		return fmt.Errorf("insert the job that tells %s: %w", account, err)
	}
	return makeDue(ctx, tx, notifyQueue)
}
