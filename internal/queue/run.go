package queue

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

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
	// Edition makes one edition of a report, in the slots of judging; it must
	// be idempotent. Nil leaves the editions to others.
	Edition func(ctx context.Context, edition int64) error
	// ExchangeSlots is how many jobs of the exchange to work at a time; 0
	// means 4.
	ExchangeSlots int
	// Exchange works them; nil means that this client does not.
	Exchange *Exchange
	// NoticeSlots is how many notices to send at a time; 0 means none.
	NoticeSlots int
	// Notice sends one; it must be idempotent. An error has it tried again.
	Notice func(ctx context.Context, notice int64) error
	// Reset tells somebody that their account was reset, in the slots of
	// notices. An error has it tried again.
	Reset func(ctx context.Context, t ResetTold) error
	// Hard is how long running jobs may go on after Run's ctx has ended
	// before theirs ends too; 0 means 30 seconds.
	Hard time.Duration
	Log  *slog.Logger // nil discards
}

// Run works jobs until ctx ends. Then it takes no new ones and waits for those
// that run: at first as long as they like, after Options.Hard with their
// context ended. It returns when the last has returned, nil in that case.
// While the database is away it waits for it, unless it never was there.
func Run(ctx context.Context, url string, opts Options) error {
	pool, err := connect(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	config, err := opts.config()
	if err != nil {
		return err
	}
	client, err := river.NewClient(riverpgxv5.New(pool), config)
	if err != nil {
		return fmt.Errorf("make queue client: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		return fmt.Errorf("start queue client: %w", err)
	}
	<-client.Stopped()
	return nil
}

func (o Options) config() (*river.Config, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	hard := o.Hard
	if hard == 0 {
		hard = 30 * time.Second
	}
	queues := map[string]river.QueueConfig{}
	if o.ScanSlots > 0 {
		queues[scanQueue] = river.QueueConfig{MaxWorkers: o.ScanSlots}
	}
	if o.JudgeSlots > 0 {
		queues[reportQueue] = river.QueueConfig{MaxWorkers: o.JudgeSlots}
	}
	if o.Exchange != nil {
		queues[exchangeQueue] = river.QueueConfig{MaxWorkers: cmp.Or(o.ExchangeSlots, 4)}
	}
	if o.NoticeSlots > 0 {
		queues[notifyQueue] = river.QueueConfig{MaxWorkers: o.NoticeSlots}
	}
	// Every client knows all kinds, whichever it works: any of them may be
	// the one that keeps house, and it throws away stuck jobs that it does
	// not know.
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, scanWorker{scan: o.Scan}); err != nil {
		return nil, fmt.Errorf("register scan worker: %w", err)
	}
	if err := river.AddWorkerSafely(workers, judgeWorker{judge: o.Judge}); err != nil {
		return nil, fmt.Errorf("register judge worker: %w", err)
	}
	if err := river.AddWorkerSafely(workers, editionWorker{make: o.Edition}); err != nil {
		return nil, fmt.Errorf("register edition worker: %w", err)
	}
	if err := river.AddWorkerSafely(workers, noticeWorker{send: o.Notice}); err != nil {
		return nil, fmt.Errorf("register notice worker: %w", err)
	}
	if err := river.AddWorkerSafely(workers, resetWorker{tell: o.Reset}); err != nil {
		return nil, fmt.Errorf("register worker of resets: %w", err)
	}
	if err := o.Exchange.register(workers); err != nil {
		return nil, err
	}
	return &river.Config{
		Queues:          queues,
		Workers:         workers,
		SoftStopTimeout: hard,
		Logger:          log,
		// A worker's role does not own the indexes and may not rebuild them.
		ReindexerIndexNames: []string{},
	}, nil
}

// connect makes a pool for River.
func connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The error may quote the URL, and with it a password.
		return nil, &inventory.InputError{
			Field: "database.url", Message: "not a PostgreSQL URL",
			Hint: "write it like postgres://user@host:5432/name",
		}
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["application_name"] = "ciiscan queue"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect the queue: %w: %w", inventory.ErrUnavailable, err)
	}
	return pool, nil
}
