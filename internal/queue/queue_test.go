package queue_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/queue"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
)

// patience is how long a busy machine may take for what should take a second.
const patience = 30 * time.Second

type bench struct {
	t  *testing.T
	db storetest.DB
	*sql.DB
	inserter *queue.Inserter
}

func newBench(t *testing.T) *bench {
	t.Helper()
	db := storetest.NewDB(t)
	pool, err := sql.Open("pgx", db.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	inserter, err := queue.NewInserter()
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, db: db, DB: pool, inserter: inserter}
}

// insert runs do in a transaction, which it commits.
func (b *bench) insert(do func(tx *sql.Tx) error) {
	b.t.Helper()
	tx, err := b.BeginTx(b.t.Context(), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := do(tx); err != nil {
		b.t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) tickets(n int) {
	b.t.Helper()
	b.insert(func(tx *sql.Tx) error { return b.inserter.EnqueueScan(b.t.Context(), tx, 2, n, time.Time{}) })
}

func (b *bench) count(where string) int {
	b.t.Helper()
	var n int
	if err := b.QueryRowContext(b.t.Context(), "SELECT count(*) FROM river_job WHERE "+where).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// run starts a client and returns what stops it and waits for its end.
func (b *bench) run(url string, opts queue.Options) (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- queue.Run(ctx, url, opts) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				b.t.Errorf("Run = %v", err)
			}
		case <-time.After(patience):
			b.t.Error("Run does not end")
		}
	})
	b.t.Cleanup(stop)
	return stop
}

func (b *bench) eventually(what string, ok func() bool) {
	b.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	b.t.Fatalf("%s did not happen within %s", what, patience)
}

func TestTicketsAreWorked(t *testing.T) {
	b := newBench(t)
	var worked atomic.Int32
	b.run(b.db.URL, queue.Options{ScanSlots: 3, Scan: func(context.Context) (queue.Next, error) {
		worked.Add(1)
		return queue.Next{}, nil
	}})
	b.tickets(20)
	b.eventually("working all tickets", func() bool { return b.count("state = 'completed'") == 20 })
	if n := worked.Load(); n != 20 {
		t.Errorf("Scan was called %d times, want 20", n)
	}
}

func TestManyTickets(t *testing.T) {
	b := newBench(t)
	b.tickets(2500) // more than one batch
	if n := b.count("kind = 'scan_ticket' AND queue = 'scan' AND state = 'available' AND priority = 2"); n != 2500 {
		t.Errorf("%d tickets were written, want 2500", n)
	}
}

func TestTicketsOfARolledBackTransactionAreNone(t *testing.T) {
	b := newBench(t)
	tx, err := b.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.inserter.EnqueueScan(t.Context(), tx, 1, 3, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if n := b.count("true"); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}

func TestTicketComesBackWhileTasksWait(t *testing.T) {
	b := newBench(t)
	var calls atomic.Int32
	b.run(b.db.URL, queue.Options{ScanSlots: 1, Scan: func(context.Context) (queue.Next, error) {
		return queue.Next{Waiting: int(2 - calls.Add(1))}, nil // once one waits, then none
	}})
	b.tickets(1)
	b.eventually("the second try", func() bool { return b.count("state = 'completed'") == 1 })
	if n := calls.Load(); n != 2 {
		t.Errorf("Scan was called %d times, want 2", n)
	}
}

func TestTicketIsNotWorkedBeforeItsTime(t *testing.T) {
	b := newBench(t)
	b.insert(func(tx *sql.Tx) error {
		return b.inserter.EnqueueScan(t.Context(), tx, 4, 1, time.Now().Add(time.Hour))
	})
	if n := b.count("state = 'scheduled' AND priority = 4 AND queue = 'scan'"); n != 1 {
		t.Error("the ticket is not scheduled")
	}
}

func TestTicketForNowNeedsNoHouseKeeper(t *testing.T) {
	b := newBench(t)
	for _, at := range []time.Time{{}, time.Now().Add(-time.Hour), time.Now()} {
		b.insert(func(tx *sql.Tx) error { return b.inserter.EnqueueScan(t.Context(), tx, 1, 1, at) })
	}
	if n := b.count("state = 'available'"); n != 3 {
		t.Errorf("%d of 3 tickets can be worked at once", n)
	}
}

func TestEnsureScanAddsWhatIsMissing(t *testing.T) {
	b := newBench(t)
	b.tickets(3)
	for _, tt := range []struct{ ensure, want int }{{2, 3}, {5, 5}, {5, 5}} {
		b.insert(func(tx *sql.Tx) error { return b.inserter.EnsureScan(t.Context(), tx, tt.ensure) })
		if n := b.count("true"); n != tt.want {
			t.Errorf("after EnsureScan(%d) there are %d tickets, want %d", tt.ensure, n, tt.want)
		}
	}
	if _, err := b.ExecContext(t.Context(), "UPDATE river_job SET state = 'running', attempted_at = now(), attempt = 1"); err != nil {
		t.Fatal(err)
	}
	b.insert(func(tx *sql.Tx) error { return b.inserter.EnsureScan(t.Context(), tx, 1) })
	if n := b.count("state = 'available'"); n != 1 {
		t.Errorf("tickets that are being worked count as waiting: %d available, want 1", n)
	}
}

// TestJobsThatWouldRestForTooLong: a clock was put back after they were
// written, or the house keeper that should release them has died.
func TestJobsThatWouldRestForTooLong(t *testing.T) {
	for _, tt := range []struct {
		job               string
		tickets, judgings int // after asking for one of each
	}{
		{"state = 'available', scheduled_at = now() + interval '1 hour'", 1, 1}, // these are made due
		{"state = 'scheduled', scheduled_at = now() + interval '2 minutes'", 1, 1},
		{"state = 'scheduled', scheduled_at = now() - interval '1 hour'", 2, 2},
		{"state = 'retryable', scheduled_at = now() + interval '1 hour'", 2, 1}, // a judge that fails comes later each time
		{"state = 'running', attempt = 1, attempted_at = now() + interval '1 hour'", 2, 2},
	} {
		b := newBench(t)
		ask := func() {
			b.insert(func(tx *sql.Tx) error {
				return errors.Join(b.inserter.EnsureScan(t.Context(), tx, 1), b.inserter.EnqueueJudge(t.Context(), tx, "T-1"))
			})
		}
		ask()
		if _, err := b.ExecContext(t.Context(), "UPDATE river_job SET "+tt.job); err != nil {
			t.Fatal(err)
		}
		ask()
		ask() // the new ones are good
		if n := b.count("kind = 'scan_ticket'"); n != tt.tickets {
			t.Errorf("%s: %d tickets, want %d", tt.job, n, tt.tickets)
		}
		if n := b.count("kind = 'judge'"); n != tt.judgings {
			t.Errorf("%s: %d judge jobs, want %d", tt.job, n, tt.judgings)
		}
		if n := b.count("state = 'available' AND scheduled_at > now() + interval '1 minute'"); n != 0 {
			t.Errorf("%s: %d jobs that are due would rest on", tt.job, n)
		}
	}
}

func TestJudgeJobIsUniqueAndTriedAgain(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	calls := map[inventory.TaskID]int{}
	for range 3 {
		b.insert(func(tx *sql.Tx) error { return b.inserter.EnqueueJudge(t.Context(), tx, "T-1") })
	}
	b.insert(func(tx *sql.Tx) error { return b.inserter.EnqueueJudge(t.Context(), tx, "T-2") })
	if n := b.count("kind = 'judge'"); n != 2 {
		t.Fatalf("%d judge jobs, want one for each task", n)
	}
	b.run(b.db.URL, queue.Options{JudgeSlots: 2, Judge: func(_ context.Context, id inventory.TaskID) error {
		mu.Lock()
		defer mu.Unlock()
		if calls[id]++; id == "T-2" && calls[id] == 1 {
			return errors.New("not today")
		}
		return nil
	}})
	b.eventually("judging both", func() bool { return b.count("kind = 'judge' AND state = 'completed'") == 2 })
	mu.Lock()
	defer mu.Unlock()
	if calls["T-1"] != 1 || calls["T-2"] != 2 {
		t.Errorf("calls = %v, want T-1 once and T-2 twice", calls)
	}
}

// TestJudgeJobOutlivesItsClient: a job that was taken by a client which then
// died is there for ever, and must not stand in the way of another.
func TestJudgeJobOutlivesItsClient(t *testing.T) {
	b := newBench(t)
	enqueue := func() {
		b.insert(func(tx *sql.Tx) error { return b.inserter.EnqueueJudge(t.Context(), tx, "T-1") })
	}
	enqueue()
	for _, tt := range []struct {
		taken string
		want  int
	}{
		{"now()", 1},
		{"now() - interval '2 minutes'", 2},
	} {
		if _, err := b.ExecContext(t.Context(), "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = "+tt.taken); err != nil {
			t.Fatal(err)
		}
		enqueue()
		if n := b.count("kind = 'judge'"); n != tt.want {
			t.Errorf("with a job taken at %s there are %d after another, want %d", tt.taken, n, tt.want)
		}
	}
}

func TestClientsWorkTheirOwnQueueOnly(t *testing.T) {
	b := newBench(t)
	var judged, scanned atomic.Int32
	b.run(b.db.URL, queue.Options{JudgeSlots: 1, Judge: func(context.Context, inventory.TaskID) error { judged.Add(1); return nil }})
	b.tickets(1)
	b.insert(func(tx *sql.Tx) error { return b.inserter.EnqueueJudge(t.Context(), tx, "T-1") })
	b.eventually("judging", func() bool { return judged.Load() == 1 })
	// The other client has only the worker's role.
	b.run(b.db.WorkerURL, queue.Options{ScanSlots: 1, Scan: func(context.Context) (queue.Next, error) { scanned.Add(1); return queue.Next{}, nil }})
	b.eventually("scanning as the worker's role", func() bool { return b.count("state = 'completed'") == 2 })
	if scanned.Load() != 1 || judged.Load() != 1 {
		t.Errorf("scanned %d, judged %d, want 1 and 1", scanned.Load(), judged.Load())
	}
}

// A client with the worker's role may be the one that keeps house, and must be
// allowed to.
func TestWorkerRoleKeepsHouse(t *testing.T) {
	b := newBench(t)
	log := &complaints{}
	b.run(b.db.WorkerURL, queue.Options{
		ScanSlots: 1, Scan: func(context.Context) (queue.Next, error) { return queue.Next{}, nil }, Log: slog.New(log),
	})
	var leaders int
	b.eventually("its election", func() bool {
		err := b.QueryRowContext(t.Context(), "SELECT count(*) FROM river_leader").Scan(&leaders)
		return err == nil && leaders == 1
	})
	b.insert(func(tx *sql.Tx) error { // rests for longer than a ticket waits by itself: only the house keeper moves it on
		return b.inserter.EnqueueScan(t.Context(), tx, 1, 1, time.Now().Add(2*time.Second))
	})
	b.eventually("the scheduled ticket", func() bool { return b.count("state = 'completed'") == 1 })
	for _, line := range log.all() {
		t.Errorf("logged: %s", line)
	}
}

// TestQueueOfAClockPutBack: the leader was elected, and jobs were written, while
// the database's clock was an hour ahead. The leader has died.
func TestQueueOfAClockPutBack(t *testing.T) {
	b := newBench(t)
	b.enqueueEach()
	for _, made := range []string{
		"INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES (now() + interval '1 hour', now() + interval '1 hour', 'dead')",
		"UPDATE river_job SET scheduled_at = now() + interval '1 hour'",
	} {
		if _, err := b.ExecContext(t.Context(), made); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time nothing is to be mended
		b.insert(func(tx *sql.Tx) error { return b.inserter.Unblock(t.Context(), tx) })
	}
	if n := b.count("scheduled_at > now()"); n != 0 {
		t.Errorf("%d jobs rest on", n)
	}
	b.run(b.db.URL, queue.Options{JudgeSlots: 1, Judge: func(context.Context, inventory.TaskID) error { return nil }})
	b.eventually("the election of another leader", func() bool {
		var others int
		err := b.QueryRowContext(t.Context(), "SELECT count(*) FROM river_leader WHERE leader_id <> 'dead'").Scan(&others)
		return err == nil && others == 1
	})
}

// complaints collects warnings and errors.
type complaints struct {
	mu    sync.Mutex
	lines []string
}

func (c *complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (c *complaints) WithAttrs([]slog.Attr) slog.Handler           { return c }
func (c *complaints) WithGroup(string) slog.Handler                { return c }
func (c *complaints) Handle(_ context.Context, r slog.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	c.lines = append(c.lines, line)
	return nil
}

func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lines
}

func TestStopWaitsForRunningJobs(t *testing.T) {
	b := newBench(t)
	var began, ended atomic.Int32
	stop := b.run(b.db.URL, queue.Options{ScanSlots: 1, Scan: func(ctx context.Context) (queue.Next, error) {
		began.Add(1)
		time.Sleep(500 * time.Millisecond)
		if ctx.Err() == nil { // it was let finish
			ended.Add(1)
		}
		return queue.Next{}, nil
	}})
	b.tickets(5)
	b.eventually("the first ticket", func() bool { return began.Load() > 0 })
	stop()
	if b, e := began.Load(), ended.Load(); b != e || b == 5 {
		t.Errorf("%d jobs began and %d ended, want all that began, and no more of them after the stop", b, e)
	}
}

func TestStopEndsJobsThatGoOn(t *testing.T) {
	b := newBench(t)
	var began atomic.Int32
	var cause atomic.Value
	stop := b.run(b.db.URL, queue.Options{ScanSlots: 1, Hard: 100 * time.Millisecond, Scan: func(ctx context.Context) (queue.Next, error) {
		began.Add(1)
		<-ctx.Done()
		cause.Store(ctx.Err())
		return queue.Next{}, nil
	}})
	b.tickets(1)
	b.eventually("the ticket", func() bool { return began.Load() == 1 })
	stop()
	if cause.Load() == nil {
		t.Error("the job's context did not end")
	}
}

func TestMigrateTwice(t *testing.T) {
	b := newBench(t)
	if err := queue.Migrate(t.Context(), b.db.URL, "ciiscan_worker"); err != nil {
		t.Errorf("a second Migrate = %v", err)
	}
	if err := queue.Migrate(t.Context(), b.db.URL, "nobody-there"); err == nil {
		t.Error("Migrate for a role that does not exist = nil")
	}
}

func TestBadURLs(t *testing.T) {
	err := queue.Run(t.Context(), "postgres://u:sesame@h:notaport/d", queue.Options{JudgeSlots: 1})
	if !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("Run of nonsense = %v, want invalid", err)
	}
	if err := queue.Run(t.Context(), "postgres://u@/d?host=/nonexistent", queue.Options{JudgeSlots: 1}); err == nil {
		t.Error("Run where no server is = nil")
	}
}
