package queue_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"

	"github.com/ciiscan/ciiscan/internal/queue"
)

func (b *bench) editions(nums ...int64) {
	b.t.Helper()
	b.insert(func(tx *sql.Tx) error { return b.inserter.EnqueueEditions(b.t.Context(), tx, nums) })
}

func TestEditionsAreMadeOnce(t *testing.T) {
	b := newBench(t)
	b.editions(1, 2, 3)
	b.editions(2, 3, 4)
	b.editions()
	if n := b.count("kind = 'edition'"); n != 4 {
		t.Fatalf("%d jobs, want one of each", n)
	}
	var mu sync.Mutex
	made := map[int64]int{}
	b.run(b.db.URL, queue.Options{JudgeSlots: 2, Edition: func(_ context.Context, num int64) error {
		mu.Lock()
		defer mu.Unlock()
		if made[num]++; num == 3 && made[num] == 1 {
			return errors.New("Chromium died")
		}
		return nil
	}})
	b.eventually("the work", func() bool {
		return b.count("kind = 'edition' AND state = 'completed'") == 3 && b.count("kind = 'edition' AND state = 'retryable'") == 1
	})
	b.editions(3) // it waits to be tried again
	if n := b.count("kind = 'edition'"); n != 4 {
		t.Errorf("%d jobs while one waits, want 4", n)
	}
}

// One whose ciiscand died is written again, one that is being made is not.
func TestLostEditionsAreWrittenAgain(t *testing.T) {
	for state, want := range map[string]int{
		"state = 'running', attempted_at = now()":                           1,
		"state = 'running', attempted_at = now() - interval '10 minutes'":   2,
		"state = 'completed', finalized_at = now()":                         2,
		"state = 'retryable', scheduled_at = now() + interval '1 minute'":   1,
		"state = 'discarded', finalized_at = now()":                         2,
		"state = 'available', scheduled_at = now() + interval '20 minutes'": 1,
		"state = 'scheduled', scheduled_at = now() - interval '20 minutes'": 2,
		"state = 'running', attempted_at = now() + interval '20 minutes'":   2,
	} {
		b := newBench(t)
		b.editions(7)
		if _, err := b.ExecContext(t.Context(), "UPDATE river_job SET attempt = 1, "+state); err != nil {
			t.Fatal(err)
		}
		b.editions(7)
		if n := b.count("kind = 'edition'"); n != want {
			t.Errorf("%s: %d jobs, want %d", state, n, want)
		}
	}
}
