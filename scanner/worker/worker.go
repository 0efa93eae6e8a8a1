package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// Store is what a worker reads and writes; its database role sees no more.
type Store interface {
	ClaimTask(ctx context.Context, worker string, lease time.Duration) (scanner.Task, bool, error)
	RenewTask(ctx context.Context, id inventory.TaskID, worker string, attempt int, lease time.Duration) (scanner.Order, error)
	ReleaseTask(ctx context.Context, id inventory.TaskID, worker string, attempt int, reason string) error
	FinishTask(ctx context.Context, r scanner.Report) error
	TaskScope(ctx context.Context, t scanner.Task) (inventory.Scope, error)
	GentleNames(ctx context.Context, t scanner.Task) ([]scanner.GentleName, error)
}

// A Resolver finds the addresses of a name.
type Resolver interface {
	Lookup(ctx context.Context, name string) ([]netip.Addr, error)
}

// A Stage is an engine by its name. Services that a stage sees are given to
// the stages after it.
type Stage struct {
	Name   string
	Engine scanner.Engine
	// Wants tells whether the stage has anything to do under a profile.
	Wants func(scanner.Profile) bool
}

// Config is what a worker needs.
type Config struct {
	Name     string // unique among running workers
	Store    Store
	Resolver Resolver
	Stages   []Stage
	Lease    time.Duration // how long a silent worker keeps its tasks; 0 means scanner.MaxLease, the most
	Now      func() time.Time
	Log      *slog.Logger
}

// A Worker carries out one task for each call of Work; calls may overlap.
type Worker struct {
	Config
	renewEvery time.Duration
	lead       leads
}

// New returns a worker.
func New(c Config) *Worker {
	if c.Lease <= 0 || c.Lease > scanner.MaxLease {
		c.Lease = scanner.MaxLease
	}
	// Orders to stop travel with the renewal, and must arrive well within ten
	// seconds; so it comes more often than the lease alone asks for.
	return &Worker{Config: c, renewEvery: min(c.Lease/3, 3*time.Second)}
}

// Why a task's scanning ended early.
var (
	errLost    = errors.New("the lease was lost")
	errOrdered = errors.New("stopped by order")
	errScope   = errors.New("the permission ended")
)

// Work claims a task and carries it out to a stored end. It returns false when
// there was none to claim. When ctx ends, the task goes back to the queue.
func (w *Worker) Work(ctx context.Context) (bool, error) {
	task, ok, err := w.Store.ClaimTask(ctx, w.Name, w.Lease)
	if err != nil || !ok {
		return false, err
	}
	log := w.Log.With("task_id", task.ID, "scan_id", task.Scan, "attempt", task.Attempt)
	log.Info("task claimed", "hosts", len(task.Hosts), "profile", task.Profile)

	held := w.hold(ctx, task, log)
	defer held.release()
	report := w.carryOut(held, task, log)
	switch {
	case errors.Is(context.Cause(held.ctx), errLost): //nolint:contextcheck // held.ctx comes from ctx
		log.Warn("lease lost; nothing of this attempt is reported")
		return true, nil
	case ctx.Err() != nil:
		return true, w.giveBack(ctx, task, log)
	}
	return true, w.finish(ctx, report, log)
}

// giveBack returns an unfinished task when this worker is told to end.
func (w *Worker) giveBack(ctx context.Context, task scanner.Task, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := w.Store.ReleaseTask(ctx, task.ID, w.Name, task.Attempt, "the worker was stopped")
	if err != nil && !errors.Is(err, inventory.ErrConflict) {
		return fmt.Errorf("give back task %s: %w", task.ID, err)
	}
	log.Info("task given back to the queue")
	return nil
}

// finish stores a report. It waits for a database or a disk that is away, while
// the lease goes on being renewed as far as that is possible; a worker that is
// told to end does not wait for long.
func (w *Worker) finish(ctx context.Context, r scanner.Report, log *slog.Logger) error {
	told := ctx.Done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer cancel()
	refused := false
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		err := w.Store.FinishTask(ctx, r)
		switch {
		case err == nil:
			log.Info("task finished", "outcome", r.Outcome, "observations", len(r.Result.Observations), "requests", r.Result.Requests)
			return nil
		case errors.Is(err, inventory.ErrConflict):
			log.Warn("task has another holder; this result is dropped")
			return nil
		case errors.Is(err, inventory.ErrInvalid) && !refused:
			// However often it is tried or scanned again, it will be refused.
			log.Error("result refused, the task ends as failed", "error", err)
			r, refused = failed(scanner.Report{Task: r.Task}, fmt.Errorf("its result was refused: %w", err)), true
			continue
		}
		about := []any{"error", err, "wait", wait}
		if hint := inventory.HintOf(err); hint != "" {
			about = append(about, "hint", hint)
		}
		log.Warn("result not stored, trying again", about...)
		select {
		case <-ctx.Done():
			return fmt.Errorf("store the result of task %s: %w", r.Task.ID, err)
		case <-told:
			told = nil // once
			time.AfterFunc(lastTries, cancel)
		case <-time.After(wait):
		}
	}
}

// finishWithin bounds the wait for a database or a disk that is away. After
// it the task's lease is long gone, and the task is scanned again.
const finishWithin = 10 * time.Minute

// lastTries bounds it for a worker that is told to end: whoever told it kills
// it soon, and nobody may be left to do so.
const lastTries = 3 * time.Second
