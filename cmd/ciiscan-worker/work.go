package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ciiscan/ciiscan/internal/config"
	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/version"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner/resolve"
	"github.com/ciiscan/ciiscan/scanner/worker"
)

const (
	touchEvery  = 5 * time.Second // one not heard of for 15 seconds is told of as silent, for a minute as gone
	nameTimeout = 5 * time.Second
	drainTime   = 25 * time.Second // what runs may run on after a stop, before it is given back

	// maxClockError is how wrong the clock may be. By it windows open, and
	// exclusions and authorisations end; and findings date from it.
	maxClockError = 30 * time.Second
	lookAgain     = 5 * time.Second // at a wrong clock
)

// work claims and carries out tasks until ctx ends, then drains.
func work(ctx context.Context, cfg config.Config, log *slog.Logger) error {
	url := string(cfg.Worker.URL)
	if url == "" {
		return &inventory.InputError{
			Field: "worker.url", Message: "is not set",
			Hint: "set CIISCAN_WORKER__URL to the database, with the worker's own role",
		}
	}
	stages, me, closeStages, err := engines(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer closeStages()
	inserter, err := queue.NewInserter()
	if err != nil {
		return fmt.Errorf("make the queue's inserter: %w", err)
	}
	st, err := open(ctx, url, store.Options{
		Now: time.Now, Admit: cfg.Scan.AllowReserved, Enqueue: inserter, Conns: 2 + 2*cfg.Worker.Slots, Log: log,
	})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }() // nothing is written any more
	name := cfg.Worker.Name
	if name == "" {
		host, _ := os.Hostname() // without one the process id must do
		name = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	me.Name, me.Version, me.Slots = name, version.Version, cfg.Worker.Slots
	if err := st.RegisterWorker(ctx, me); err != nil {
		return fmt.Errorf("register worker %s: %w", name, err)
	}
	w := worker.New(worker.Config{
		Name: name, Store: st, Resolver: resolve.New(cfg.Scan.Resolvers, nameTimeout),
		Stages: stages, Now: time.Now, Log: log,
	})
	log.Info("worker is ready", "worker", name, "version", version.Version, "slots", cfg.Worker.Slots)

	g, ctx := errgroup.WithContext(ctx)
	ending, clock := ctx.Done(), &clockTeller{log: log}
	g.Go(func() error { return touch(ctx, st, name, log) })
	g.Go(func() error {
		return queue.Run(ctx, url, queue.Options{
			ScanSlots: cfg.Worker.Slots, Hard: drainTime, Log: log,
			Scan: func(ctx context.Context) (queue.Next, error) { return claim(ctx, ending, w, st, clock) },
		})
	})
	return g.Wait()
}

// taskStore is the part of the store that claim needs.
type taskStore interface {
	ClockAhead(ctx context.Context) (time.Duration, error)
	QueuedTasks(ctx context.Context) (int, error)
}

// A carrier carries out one task, if there is one.
type carrier interface {
	Work(ctx context.Context) (bool, error)
}

// claim carries out one task, and tells the queue whether more are waiting.
// While the clock is wrong it keeps its ticket and looks again: a ticket that
// is put back for later would rest for as long as the clock is wrong, and the
// workers whose clock is right, who get other ones, would lack it. When told
// to end it drops the ticket, which ciiscand writes again.
func claim(ctx context.Context, ending <-chan struct{}, w carrier, st taskStore, clock *clockTeller) (queue.Next, error) {
	for {
		ahead, err := st.ClockAhead(ctx)
		if err != nil {
			return queue.Next{}, err
		}
		if clock.tell(ahead) {
			break
		}
		select {
		case <-ctx.Done():
			return queue.Next{}, nil
		case <-ending:
			return queue.Next{}, nil
		case <-time.After(lookAgain):
		}
	}
	if found, err := w.Work(ctx); found || err != nil {
		return queue.Next{}, err
	}
	waiting, err := st.QueuedTasks(ctx)
	return queue.Next{Waiting: waiting}, err
}

// A clockTeller judges the clock and says so when it turns wrong, each minute
// that it stays so, and when it is right again; once for all slots.
type clockTeller struct {
	log  *slog.Logger
	mu   sync.Mutex
	told time.Time // zero while the clock is right
}

// tell reports whether the clock is right.
func (c *clockTeller) tell(ahead time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	right := ahead.Abs() <= maxClockError
	switch {
	case right && !c.told.IsZero():
		c.told = time.Time{}
		c.log.Info("the clocks agree again: tasks are claimed")
	case !right && (c.told.IsZero() || time.Since(c.told) >= time.Minute):
		c.told = time.Now()
		const hint = "set the one that is wrong, best by NTP on both machines; scanning then goes on by itself"
		if ahead > 0 {
			c.log.Error("no task is claimed: this machine's clock is ahead of the database's", "by", ahead.Round(time.Second), "hint", hint)
		} else {
			c.log.Error("no task is claimed: this machine's clock is behind the database's", "by", -ahead.Round(time.Second), "hint", hint)
		}
	}
	return right
}

// open waits for a database that is not up yet.
func open(ctx context.Context, url string, o store.Options) (*store.Store, error) {
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		st, err := store.Open(ctx, url, o)
		if err == nil || !errors.Is(err, inventory.ErrUnavailable) {
			return st, err
		}
		o.Log.Warn("database not reachable, trying again", "error", err, "wait", wait)
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(wait):
		}
	}
}

// touch keeps saying that the worker is alive.
func touch(ctx context.Context, st *store.Store, name string, log *slog.Logger) error {
	tick := time.NewTicker(touchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := st.TouchWorker(ctx, name); err != nil && ctx.Err() == nil {
			log.Warn("worker could not say that it is alive", "error", err)
		}
	}
}
