package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// oneTask is a store with a clock of its own, and a worker that always finds
// a task there.
type oneTask struct {
	ahead  func() time.Duration
	worked int
}

func (o *oneTask) ClockAhead(context.Context) (time.Duration, error) { return o.ahead(), nil }
func (o *oneTask) QueuedTasks(context.Context) (int, error)          { return 1, nil }
func (o *oneTask) Work(context.Context) (bool, error)                { o.worked++; return true, nil }

// An exclusion that seems to have ended, or a window that seems open, is the
// worst that a wrong clock can do.
func TestAWrongClockClaimsNothing(t *testing.T) {
	for ahead, want := range map[time.Duration]int{0: 1, time.Second: 1, -time.Second: 1, time.Hour: 0, -time.Hour: 0} {
		synctest.Test(t, func(t *testing.T) {
			ending := make(chan struct{})
			time.AfterFunc(10*time.Minute, func() { close(ending) })
			o := &oneTask{ahead: func() time.Duration { return ahead }}
			next, err := claim(t.Context(), ending, o, o, &clockTeller{log: slog.New(slog.DiscardHandler)})
			if err != nil || o.worked != want || next.Waiting != 0 {
				t.Errorf("clock %s ahead: worked %d, %d wait, %v; want %d worked, and the ticket used", ahead, o.worked, next.Waiting, err, want)
			}
		})
	}
}

// Whoever reads the log learns of a wrong clock, and what to do, and is not
// drowned in it.
func TestAWrongClockIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		right := time.Now().Add(90 * time.Second)
		o := &oneTask{ahead: func() time.Duration {
			if time.Now().Before(right) {
				return -time.Hour
			}
			return 0
		}}
		if _, err := claim(t.Context(), nil, o, o, &clockTeller{log: slog.New(slog.NewTextHandler(&log, nil))}); err != nil || o.worked != 1 {
			t.Fatalf("claim = %v, worked %d; want the task worked once the clock is right", err, o.worked)
		}
		for text, want := range map[string]int{
			"this machine's clock is behind the database's\" by=1h0m0s": 2, // at once, and after a minute
			"hint=\"set the one that is wrong, best by NTP":             2,
			"the clocks agree again":                                    1,
		} {
			if n := strings.Count(log.String(), text); n != want {
				t.Errorf("%q is said %d times, want %d:\n%s", text, n, want, log.String())
			}
		}
	})
}
