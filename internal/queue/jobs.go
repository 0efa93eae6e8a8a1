package queue

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"github.com/ciiscan/ciiscan/inventory"
)

// The queues' names.
const (
	scanQueue   = "scan"
	reportQueue = "report"
)

// scanTicket is the right to work one scan task, whichever is fairest when a
// worker is free.
type scanTicket struct{}

// Kind implements river.JobArgs.
func (scanTicket) Kind() string { return "scan_ticket" }

// judgeJob is the duty to judge one task.
type judgeJob struct {
	Task inventory.TaskID `json:"task"`
}

// Kind implements river.JobArgs.
func (judgeJob) Kind() string { return "judge" }

// scanWorker works tickets.
type scanWorker struct {
	river.WorkerDefaults[scanTicket]
	scan func(ctx context.Context) (Next, error)
}

// Timeout implements river.Worker: a task has its own limits.
func (scanWorker) Timeout(*river.Job[scanTicket]) time.Duration { return -1 }

// NextRetry implements river.Worker: a ticket is not to blame for what went
// wrong, so it does not wait longer each time.
func (scanWorker) NextRetry(*river.Job[scanTicket]) time.Time {
	return time.Now().Add(5 * time.Second) //nolint:forbidigo // River goes by the real clock too
}

// Work implements river.Worker.
func (w scanWorker) Work(ctx context.Context, _ *river.Job[scanTicket]) error {
	next, err := w.scan(ctx)
	if err != nil {
		return err
	}
	if next.Waiting > 0 {
		return river.JobSnooze(pause(next.Waiting))
	}
	return nil
}

// pause is how long a ticket rests that found nothing to claim. The more tasks
// wait, the longer, because so many tickets ask: together they ask some fifty
// times a second, whatever their number.
func pause(waiting int) time.Duration {
	d := min(time.Second+time.Duration(waiting)*20*time.Millisecond, 2*time.Minute)
	return d + rand.N(d/4) //nolint:gosec // it only spreads the tickets
}

// judgeWorker works judge jobs. Its retries come later each time, as River
// does by default.
type judgeWorker struct {
	river.WorkerDefaults[judgeJob]
	judge func(ctx context.Context, task inventory.TaskID) error
}

// Timeout implements river.Worker.
func (judgeWorker) Timeout(*river.Job[judgeJob]) time.Duration { return 10 * time.Minute }

// Work implements river.Worker.
func (w judgeWorker) Work(ctx context.Context, job *river.Job[judgeJob]) error {
	return w.judge(ctx, job.Args.Task)
}
