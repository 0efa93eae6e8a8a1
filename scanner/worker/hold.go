package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// A hold keeps a task's lease alive. Its ctx ends, with the cause, as soon as
// scanning must stop.
type hold struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	hosts  atomic.Pointer[[]scanner.Host] // being scanned: their permission is watched
	quit   chan struct{}
	done   sync.WaitGroup
}

// hold starts renewing task's lease until release. Scanning stops when the
// lease is lost or nearly so, when the store orders it, when the permission of
// any host ends, or when ctx does.
func (w *Worker) hold(ctx context.Context, task scanner.Task, log *slog.Logger) *hold {
	h := &hold{quit: make(chan struct{})}
	h.ctx, h.cancel = context.WithCancelCause(ctx)
	h.done.Go(func() { w.keep(ctx, h, task, log) })
	return h
}

// release ends the renewal; the lease itself ends with the task.
func (h *hold) release() {
	close(h.quit)
	h.done.Wait()
	h.cancel(nil)
}

func (w *Worker) keep(ctx context.Context, h *hold, task scanner.Task, log *slog.Logger) {
	// Renewal outlives ctx: the result is still to be stored under the lease.
	ctx = context.WithoutCancel(ctx)
	tick := time.NewTicker(w.renewEvery)
	defer tick.Stop()
	renewed := time.Now() //nolint:forbidigo // the monotonic clock, which no test or administrator sets
	for {
		select {
		case <-h.quit:
			return
		case <-tick.C:
		}
		err := w.renew(ctx, h, task)
		switch {
		case err == nil:
			renewed = time.Now() //nolint:forbidigo // as above
		case errors.Is(err, inventory.ErrConflict):
			h.cancel(errLost)
			return
		default:
			log.Warn("lease not renewed, trying again", "error", err)
			// Leave the engines their five seconds to fall silent.
			if time.Since(renewed) > w.Lease-w.renewEvery-5*time.Second {
				h.cancel(fmt.Errorf("%w: the database has been away", errLost))
				return
			}
		}
	}
}

// renew extends the lease, hears orders and asks the scope once more. An error
// means that the lease could not be renewed.
func (w *Worker) renew(ctx context.Context, h *hold, task scanner.Task) error {
	ctx, cancel := context.WithTimeout(ctx, w.renewEvery)
	defer cancel()
	order, err := w.Store.RenewTask(ctx, task.ID, w.Name, task.Attempt, w.Lease)
	if err != nil {
		return err
	}
	if order.Stop {
		h.cancel(fmt.Errorf("%w: %s", errOrdered, order.Reason))
		return nil
	}
	scope, err := w.scope(ctx, task)
	if err != nil {
		return err
	}
	if hosts := h.hosts.Load(); hosts != nil {
		profile, err := scanner.ProfileByName(task.Profile)
		if err != nil {
			return err
		}
		if _, refused := permit(scope, *hosts, profile, w.Now()); len(refused) > 0 {
			h.cancel(fmt.Errorf("%w: %s", errScope, refused[0].Reason))
		}
	}
	return nil
}
