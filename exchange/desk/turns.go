package desk

import (
	"context"
	"slices"
	"sync"

	"github.com/ciiscan/ciiscan/exchange"
)

// turns lets one at a time work on each document: two jobs for one would
// start its scans twice, or say the same thing twice.
type turns struct {
	mu   sync.Mutex
	busy map[exchange.InboundID]chan struct{} // closed when it is free
}

// take waits until all the documents are free. done gives them back.
func (t *turns) take(ctx context.Context, ids ...exchange.InboundID) (done func(), err error) {
	// In one order, so that two who want several never wait for each other.
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	taken := 0
	done = func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, id := range ids[:taken] {
			close(t.busy[id])
			delete(t.busy, id)
		}
	}
	for ; taken < len(ids); taken++ {
		if err := t.wait(ctx, ids[taken]); err != nil {
			done()
			return nil, err
		}
	}
	return done, nil
}

func (t *turns) wait(ctx context.Context, id exchange.InboundID) error {
	for {
		t.mu.Lock()
		if t.busy == nil {
			t.busy = map[exchange.InboundID]chan struct{}{}
		}
		free, busy := t.busy[id]
		if !busy {
			t.busy[id] = make(chan struct{})
		}
		t.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
