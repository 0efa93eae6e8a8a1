package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

const notifyQueue = "notify"

// noticeAttempts last for over four days; a notice is given up before.
const noticeAttempts = 40

// noticeJob is the duty to send one notice.
type noticeJob struct {
	Notice int64 `json:"notice"`
}

// Kind implements river.JobArgs.
func (noticeJob) Kind() string { return "notice" }

// noticeWorker sends notices.
type noticeWorker struct {
	river.WorkerDefaults[noticeJob]
	send func(ctx context.Context, notice int64) error
}

// Timeout implements river.Worker: less than a notice is lent for.
func (noticeWorker) Timeout(*river.Job[noticeJob]) time.Duration { return 10 * time.Minute }

// NextRetry implements river.Worker.
func (noticeWorker) NextRetry(job *river.Job[noticeJob]) time.Time {
	return time.Now().Add(backOff(job.Attempt)) //nolint:forbidigo // River goes by the real clock too
}

// Work implements river.Worker.
func (w noticeWorker) Work(ctx context.Context, job *river.Job[noticeJob]) error {
	return w.send(ctx, job.Args.Notice)
}

// EnqueueNotice adds the job that sends a notice, unless it is there. That
// there are two after all does no harm: a notice is lent to one at a time.
func (i *Inserter) EnqueueNotice(ctx context.Context, tx *sql.Tx, notice int64) error {
	if err := makeDue(ctx, tx, notifyQueue); err != nil {
		return err
	}
	var due bool
	err := tx.QueryRowContext(ctx, exchangeIsDueSQL, notifyQueue, noticeJob{}.Kind(), "notice", fmt.Sprint(notice), true).Scan(&due)
	if err != nil {
		return fmt.Errorf("look for the job of notice %d: %w", notice, err)
	}
	if due {
		return nil
	}
	opts := &river.InsertOpts{Queue: notifyQueue, MaxAttempts: noticeAttempts}
	if _, err := i.client.InsertTx(ctx, tx, noticeJob{Notice: notice}, opts); err != nil {
		return fmt.Errorf("insert the job of notice %d: %w", notice, err)
	}
	return makeDue(ctx, tx, notifyQueue)
}
