package main

import (
	"context"
	"log/slog"
	"testing"
	"time"
)

// oneTask is a store with a clock of its own, and a worker that always finds
// a task there.
type oneTask struct {
	ahead  time.Duration
	worked int
}

func (o *oneTask) ClockAhead(context.Context) (time.Duration, error) { return o.ahead, nil }
func (o *oneTask) QueuedTasks(context.Context) (int, error)          { return 1, nil }
func (o *oneTask) Work(context.Context) (bool, error)                { o.worked++; return true, nil }

// An exclusion that seems to have ended, or a window that seems open, is the
// worst that a wrong clock can do.
func TestAWrongClockClaimsNothing(t *testing.T) {
	for ahead, want := range map[time.Duration]int{0: 1, time.Second: 1, -time.Second: 1, time.Hour: 0, -time.Hour: 0} {
		o := &oneTask{ahead: ahead}
		next, err := claim(t.Context(), o, o, slog.New(slog.DiscardHandler))
		if err != nil || o.worked != want || next.Waiting != 1-want {
			t.Errorf("clock %s ahead: worked %d, %d wait, %v; want %d worked, the others waiting", ahead, o.worked, next.Waiting, err, want)
		}
	}
}
