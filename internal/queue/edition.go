package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// editionJob is the duty to make one edition of a report.
type editionJob struct {
	Edition int64 `json:"edition"`
}

// Kind implements river.JobArgs.
func (editionJob) Kind() string { return "edition" }

const (
	// EditionTimeout bounds the making of one edition.
	EditionTimeout = 5 * time.Minute
	// editionAttempts is how often it is tried: after the last, 16 minutes
	// after the first, a person is to look.
	editionAttempts = 6
	// editionPriority lets judging go first.
	editionPriority = 3
)

// errNoMaker has a job tried again by a client that makes editions.
var errNoMaker = errors.New("this client makes no editions")

// editionWorker works edition jobs.
type editionWorker struct {
	river.WorkerDefaults[editionJob]
	make func(ctx context.Context, edition int64) error
}

// Timeout implements river.Worker.
func (editionWorker) Timeout(*river.Job[editionJob]) time.Duration { return EditionTimeout }

// NextRetry implements river.Worker.
func (editionWorker) NextRetry(job *river.Job[editionJob]) time.Time {
	return time.Now().Add(backOff(job.Attempt)) //nolint:forbidigo // River goes by the real clock too
}

// Work implements river.Worker.
func (w editionWorker) Work(ctx context.Context, job *river.Job[editionJob]) error {
	if w.make == nil {
		return errNoMaker
	}
	return w.make(ctx, job.Args.Edition)
}

// editionsDueSQL gives those of some editions whose job neither waits nor is
// being worked. One that was taken longer ago than it may last has died with
// its ciiscand.
const editionsDueSQL = `
SELECT e FROM unnest($2::bigint[]) AS e
WHERE NOT EXISTS (SELECT 1 FROM river_job
	WHERE queue = $1 AND kind = 'edition' AND (args->>'edition')::bigint = e AND (state = 'available'
		OR state IN ('scheduled', 'retryable') AND scheduled_at > now() - interval '1 minute'
		OR state = 'running' AND attempted_at BETWEEN now() - interval '6 minutes' AND now() + interval '1 minute'))
ORDER BY e`

// EnqueueEditions adds the jobs that make editions, unless they are there.
func (i *Inserter) EnqueueEditions(ctx context.Context, tx *sql.Tx, editions []int64) (err error) {
	if len(editions) == 0 {
		return nil
	}
	if err := makeDue(ctx, tx, reportQueue); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, editionsDueSQL, reportQueue, editions)
	if err != nil {
		return fmt.Errorf("look for the jobs of editions: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var jobs []river.InsertManyParams
	for rows.Next() {
		var job editionJob
		if err := rows.Scan(&job.Edition); err != nil {
			return fmt.Errorf("look for the jobs of editions: %w", err)
		}
		opts := &river.InsertOpts{Queue: reportQueue, Priority: editionPriority, MaxAttempts: editionAttempts}
		jobs = append(jobs, river.InsertManyParams{Args: job, InsertOpts: opts})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("look for the jobs of editions: %w", err)
	}
	for len(jobs) > 0 {
		n := min(len(jobs), insertBatch)
		if _, err := i.client.InsertManyFastTx(ctx, tx, jobs[:n]); err != nil {
			return fmt.Errorf("insert edition jobs: %w", err)
		}
		jobs = jobs[n:]
	}
	return makeDue(ctx, tx, reportQueue)
}
