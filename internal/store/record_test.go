package store_test

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// brokenQueue fails the last step of a finish in a way of the test's choosing.
type brokenQueue struct {
	store.Enqueuer // nil: nothing else is asked for

	judge func(ctx context.Context, tx *sql.Tx) error
}

func (brokenQueue) EnqueueScan(context.Context, *sql.Tx, int, int, time.Time) error { return nil }
func (brokenQueue) EnsureScan(context.Context, *sql.Tx, int) error                  { return nil }
func (q brokenQueue) EnqueueJudge(ctx context.Context, tx *sql.Tx, _ inventory.TaskID) error {
	return q.judge(ctx, tx)
}

func TestRecordingIsOneTransaction(t *testing.T) {
	away := errors.New("no queue today")
	tests := []struct {
		name  string
		judge func(ctx context.Context, tx *sql.Tx) error
		want  error
	}{
		{"the queue refuses", func(context.Context, *sql.Tx) error { return away }, away},
		{"the server cuts the connection", func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
			return err
		}, inventory.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			org := w.org("Power")
			a := w.asset(org, "192.0.2.0/24")
			w.scan(org, []scanner.Host{host(a, addressOf(1))})
			task := w.claim("worker-1")
			broken := storetest.Open(t, w.db.URL, store.Options{Enqueue: brokenQueue{judge: tt.judge}})
			wantErr(t, "FinishTask", broken.FinishTask(t.Context(), w.sees(task)), tt.want)
			for _, table := range []string{"observations", "evidence", "host_results", "port_coverage", "check_coverage", "check_sets"} {
				if n := w.rows("SELECT count(*) FROM " + table); n != 0 {
					t.Errorf("%d rows were left in %s", n, table)
				}
			}
			// The worker still holds the task and may try again.
			w.finish(w.sees(task))
			if n := w.rows("SELECT count(*) FROM observations"); n != 2 {
				t.Errorf("%d observations after the second try, want 2", n)
			}
		})
	}
}

func TestFinishRefusesWhatWasNotAsked(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a, b := w.asset(org, "192.0.2.0/24"), w.asset(org, "198.51.100.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	task := w.claim("worker-1")
	other := netip.MustParseAddr("192.0.2.2")
	for name, spoil := range map[string]func(*scanner.Result){
		"an observation on another address": func(r *scanner.Result) { r.Observations[0].Addr = other },
		"an observation of another's asset": func(r *scanner.Result) { r.Observations[0].Asset = b.ID },
		"ports of another address":          func(r *scanner.Result) { r.Ports[0].Addr = other },
		"checks of another address":         func(r *scanner.Result) { r.Checks[0].Addr = other },
		"another host's result":             func(r *scanner.Result) { r.Hosts[0].Addr = other },
	} {
		r := w.sees(task)
		spoil(&r.Result)
		wantErr(t, name, w.FinishTask(t.Context(), r), inventory.ErrInvalid)
	}
	w.finish(w.sees(task))
}

func TestHostileTextIsStored(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	task := w.claim("worker-1")
	r := w.sees(task)
	nasty := "a\x00b\xff\xfe\x1b[31m" + strings.Repeat("x", 1<<20)
	r.Note = nasty
	r.Result.Hosts[0].Reason = nasty
	o := r.Result.Observations
	o[0].Service.Banner, o[0].Service.Product, o[0].Service.CPEs = nasty, nasty, []string{nasty}
	o[1].Match.Extracted, o[1].Match.Matcher, o[1].Match.Location, o[1].Hostname = []string{nasty}, nasty, nasty, nasty
	o[1].Evidence = &inventory.Evidence{Request: []byte(nasty), Response: []byte(nasty)}
	r.Result.Checks[0].Missed = []inventory.Missed{{Check: "slow", Reason: nasty}}
	w.finish(r)
	if n := w.rows("SELECT max(length(service::text)) FROM observations"); n > 20<<10 {
		t.Errorf("a service takes %d characters", n)
	}
	if n := w.rows("SELECT max(length(response)) FROM evidence"); n > inventory.MaxEvidence {
		t.Errorf("a response takes %d bytes", n)
	}
	w.judge(task.ID)
}

func TestSameProofIsStoredOnce(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	for range 3 {
		w.round(org, w.sees, host(a, addressOf(1)))
	}
	if n := w.rows("SELECT count(*) FROM evidence"); n != 1 {
		t.Errorf("the same proof is stored %d times", n)
	}
	if n := w.rows("SELECT count(*) FROM check_sets"); n != 2 {
		t.Errorf("%d lists of checks are stored, want one of those that ran and one of those that did not", n)
	}
}
