package queue_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/internal/queue"
)

// enqueueEach asks for one job of each kind of the exchange.
func (b *bench) enqueueEach() {
	b.t.Helper()
	ctx := b.t.Context()
	b.insert(func(tx *sql.Tx) error {
		return errors.Join(
			b.inserter.EnqueueDelivery(ctx, tx, 7), b.inserter.EnqueuePoll(ctx, tx, "SRC-1"),
			b.inserter.EnqueueMatch(ctx, tx, "IN-1"), b.inserter.EnqueueAnswer(ctx, tx, "IN-1"),
		)
	})
}

func TestExchangeJobsAreWorked(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	var worked []string
	note := func(what string) error {
		mu.Lock()
		defer mu.Unlock()
		worked = append(worked, what)
		return nil
	}
	for range 2 {
		b.enqueueEach() // the second time they are there already
	}
	b.run(b.db.URL, queue.Options{Exchange: &queue.Exchange{
		Deliver: func(_ context.Context, num int64) error {
			if num != 7 {
				t.Errorf("delivery %d", num)
			}
			return note("deliver")
		},
		Poll:   func(_ context.Context, id exchange.SourceID) error { return note("poll " + string(id)) },
		Match:  func(_ context.Context, id exchange.InboundID) error { return note("match " + string(id)) },
		Answer: func(_ context.Context, id exchange.InboundID) error { return note("answer " + string(id)) },
	}})
	b.eventually("the work", func() bool { return b.count("queue = 'exchange' AND state = 'completed'") == 4 })
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(worked)
	if want := []string{"answer IN-1", "deliver", "match IN-1", "poll SRC-1"}; !slices.Equal(worked, want) {
		t.Errorf("worked %q, want %q", worked, want)
	}
}

func TestExchangeJobsWaitForWhoWorksThem(t *testing.T) {
	b := newBench(t)
	b.enqueueEach()
	b.run(b.db.URL, queue.Options{JudgeSlots: 1})
	time.Sleep(300 * time.Millisecond)
	if n := b.count("queue = 'exchange' AND state = 'available'"); n != 4 {
		t.Errorf("%d of 4 jobs wait", n)
	}
}

func TestFailedDeliveryComesAgain(t *testing.T) {
	b := newBench(t)
	b.enqueueEach()
	b.run(b.db.URL, queue.Options{Exchange: &queue.Exchange{
		Deliver: func(context.Context, int64) error { return errors.New("no route to host") },
		Poll:    func(context.Context, exchange.SourceID) error { return nil },
		Match:   func(context.Context, exchange.InboundID) error { return nil },
		Answer:  func(context.Context, exchange.InboundID) error { return nil },
	}})
	const again = "kind = 'deliver' AND state = 'retryable' AND attempt = 1 AND scheduled_at BETWEEN now() + interval '20 seconds' AND now() + interval '31 seconds'"
	b.eventually("the wait for another attempt", func() bool { return b.count(again) == 1 })
	b.enqueueEach()
	if n := b.count("kind = 'deliver'"); n != 1 {
		t.Errorf("%d deliver jobs while one waits to be tried again, want 1", n)
	}
}

// A sender hears of the counts of now, although an answer with those of a
// moment ago is on its way; what else is being worked is not begun twice,
// unless who worked it died.
func TestExchangeJobsThatAreBeingWorked(t *testing.T) {
	for _, tt := range []struct {
		job      string
		polls    int
		answers  int
		whatever string
	}{
		{"state = 'running', attempted_at = now()", 1, 2, "being worked"},
		{"state = 'running', attempted_at = now() - interval '20 minutes'", 2, 2, "died"},
		{"state = 'completed', finalized_at = now()", 2, 2, "done"},
		{"state = 'scheduled', scheduled_at = now() - interval '1 hour'", 2, 2, "forgotten"},
		{"state = 'available', scheduled_at = now() - interval '1 hour'", 1, 1, "waiting"},
		{"state = 'available', scheduled_at = now() + interval '1 hour'", 1, 1, "written before a clock was put back"},
	} {
		b := newBench(t)
		b.enqueueEach()
		if _, err := b.ExecContext(t.Context(), "UPDATE river_job SET attempt = 1, "+tt.job); err != nil {
			t.Fatal(err)
		}
		b.enqueueEach()
		if n := b.count("kind = 'poll'"); n != tt.polls {
			t.Errorf("%s: %d poll jobs, want %d", tt.whatever, n, tt.polls)
		}
		if n := b.count("kind = 'answer'"); n != tt.answers {
			t.Errorf("%s: %d answer jobs, want %d", tt.whatever, n, tt.answers)
		}
		if n := b.count("state = 'available' AND scheduled_at > now() + interval '1 minute'"); n != 0 {
			t.Errorf("%s: %d jobs that are due would rest on", tt.whatever, n)
		}
	}
}
