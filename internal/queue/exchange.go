package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/ciiscan/ciiscan/exchange"
)

const exchangeQueue = "exchange"

// Exchange is who works the jobs of the exchange with peers. All must be
// idempotent; an error has the job tried again, later each time.
type Exchange struct {
	// Deliver brings one release to its receiver.
	Deliver func(ctx context.Context, delivery int64) error
	// Poll fetches what is new at a source.
	Poll func(ctx context.Context, source exchange.SourceID) error
	// Match compares what was received with the register.
	Match func(ctx context.Context, inbound exchange.InboundID) error
	// Answer tells a sender what came of what it sent.
	Answer func(ctx context.Context, inbound exchange.InboundID) error
}

type (
	deliverJob struct {
		Delivery int64 `json:"delivery"`
	}
	pollJob struct {
		Source exchange.SourceID `json:"source"`
	}
	matchJob struct {
		Inbound exchange.InboundID `json:"inbound"`
	}
	answerJob struct {
		Inbound exchange.InboundID `json:"inbound"`
	}
)

// Kind implements river.JobArgs.
func (deliverJob) Kind() string { return "deliver" }

// Kind implements river.JobArgs.
func (pollJob) Kind() string { return "poll" }

// Kind implements river.JobArgs.
func (matchJob) Kind() string { return "match" }

// Kind implements river.JobArgs.
func (answerJob) Kind() string { return "answer" }

// Retries come from 30 seconds to 6 hours apart, twice as long each time. So
// 100 attempts last for over three weeks: a peer may be away for two.
const (
	firstRetry       = 30 * time.Second
	lastRetry        = 6 * time.Hour
	exchangeAttempts = 100
)

// backOff is how long to wait after a failed attempt, the first being 1.
func backOff(attempt int) time.Duration {
	d := firstRetry
	for range attempt - 1 {
		if d = min(2*d, lastRetry); d == lastRetry {
			break
		}
	}
	return d
}

// exchangeWorker works one kind of job of the exchange.
type exchangeWorker[A river.JobArgs] struct {
	river.WorkerDefaults[A]
	work func(ctx context.Context, args A) error
}

// Timeout implements river.Worker: peers may be slow, but not for ever.
func (exchangeWorker[A]) Timeout(*river.Job[A]) time.Duration { return 15 * time.Minute }

// NextRetry implements river.Worker.
func (exchangeWorker[A]) NextRetry(job *river.Job[A]) time.Time {
	return time.Now().Add(backOff(job.Attempt)) //nolint:forbidigo // River goes by the real clock too
}

// Work implements river.Worker.
func (w exchangeWorker[A]) Work(ctx context.Context, job *river.Job[A]) error {
	return w.work(ctx, job.Args)
}

// register makes the kinds of the exchange known. A client that does not work
// them, whose e is nil, knows them too, as config says.
func (e *Exchange) register(workers *river.Workers) error {
	if e == nil {
		e = &Exchange{}
	}
	for kind, err := range map[string]error{
		"deliver": river.AddWorkerSafely(workers, exchangeWorker[deliverJob]{work: func(ctx context.Context, job deliverJob) error { return e.Deliver(ctx, job.Delivery) }}),
		"poll":    river.AddWorkerSafely(workers, exchangeWorker[pollJob]{work: func(ctx context.Context, job pollJob) error { return e.Poll(ctx, job.Source) }}),
		"match":   river.AddWorkerSafely(workers, exchangeWorker[matchJob]{work: func(ctx context.Context, job matchJob) error { return e.Match(ctx, job.Inbound) }}),
		"answer":  river.AddWorkerSafely(workers, exchangeWorker[answerJob]{work: func(ctx context.Context, job answerJob) error { return e.Answer(ctx, job.Inbound) }}),
	} {
		if err != nil {
			return fmt.Errorf("register %s worker: %w", kind, err)
		}
	}
	return nil
}

// EnqueueDelivery adds the job that makes a delivery, unless it is there.
func (i *Inserter) EnqueueDelivery(ctx context.Context, tx *sql.Tx, delivery int64) error {
	return i.enqueueOnce(ctx, tx, deliverJob{Delivery: delivery}, "delivery", fmt.Sprint(delivery))
}

// EnqueuePoll adds the job that polls a source, unless it is there.
func (i *Inserter) EnqueuePoll(ctx context.Context, tx *sql.Tx, source exchange.SourceID) error {
	return i.enqueueOnce(ctx, tx, pollJob{Source: source}, "source", string(source))
}

// EnqueueMatch adds the job that matches what was received, unless it is there.
func (i *Inserter) EnqueueMatch(ctx context.Context, tx *sql.Tx, inbound exchange.InboundID) error {
	return i.enqueueOnce(ctx, tx, matchJob{Inbound: inbound}, "inbound", string(inbound))
}

// EnqueueAnswer adds the job that answers the sender of what was received,
// unless it is there.
func (i *Inserter) EnqueueAnswer(ctx context.Context, tx *sql.Tx, inbound exchange.InboundID) error {
	return i.enqueueOnce(ctx, tx, answerJob{Inbound: inbound}, "inbound", string(inbound))
}

// exchangeIsDueSQL tells whether a job waits or is being worked. One that was
// taken longer ago than a job may last has died with its ciiscand. One whose
// time is long over waits for a house keeper that does not come, and one that
// is for later than any retry was written by a clock that has been put back.
// Whether one that is being worked counts is for the caller to say: it may
// have read already what has changed since.
const exchangeIsDueSQL = `
SELECT EXISTS (SELECT 1 FROM river_job
	WHERE queue = $1 AND kind = $2 AND args->>$3 = $4 AND (state = 'available'
		OR state IN ('scheduled', 'retryable') AND scheduled_at BETWEEN now() - interval '1 minute' AND now() + interval '6 hours 1 minute'
		OR state = 'running' AND $5 AND attempted_at BETWEEN now() - interval '16 minutes' AND now() + interval '1 minute'))`

func (i *Inserter) enqueueOnce(ctx context.Context, tx *sql.Tx, job river.JobArgs, key, value string) error {
	if err := makeDue(ctx, tx, exchangeQueue); err != nil {
		return err
	}
	var due bool
	_, answers := job.(answerJob) // with the counts of now
	if err := tx.QueryRowContext(ctx, exchangeIsDueSQL, exchangeQueue, job.Kind(), key, value, !answers).Scan(&due); err != nil {
		return fmt.Errorf("look for the %s job of %s %s: %w", job.Kind(), key, value, err)
	}
	if due {
		return nil
	}
	opts := &river.InsertOpts{Queue: exchangeQueue, MaxAttempts: exchangeAttempts}
	if _, err := i.client.InsertTx(ctx, tx, job, opts); err != nil {
		return fmt.Errorf("insert %s job of %s %s: %w", job.Kind(), key, value, err)
	}
	return makeDue(ctx, tx, exchangeQueue)
}
