package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// maxLosses is how many workers a task may cost before it is given up: a task
// that takes its worker down each time must not take down all of them.
const maxLosses = 5

// cutSQL brings leases within the longest that there is: they were given while
// the database's clock was ahead, and their workers may be dead. Those alive
// renew theirs in time.
const cutSQL = `
UPDATE scan_tasks SET lease_until = clock_timestamp() + make_interval(secs => @longest)
WHERE state = 'running' AND lease_until > clock_timestamp() + make_interval(secs => @longest)`

// ReapTasks puts every task back whose worker has not renewed its lease, and
// returns how many there were. It also writes the jobs that are missing from
// the queue, whatever became of them, and lets it go on after a clock was put
// back. Call it every few seconds from
// anywhere; two at a time do no harm.
func (s *Store) ReapTasks(ctx context.Context) (int, error) {
	if err := s.read(ctx).Exec(cutSQL, map[string]any{"longest": scanner.MaxLease.Seconds()}).Error; err != nil {
		return 0, fmt.Errorf("cut leases that are too long: %w", fault(err))
	}
	var expired []taskRow
	err := s.read(ctx).Select("id, scan_id, attempt, losses").
		Where("state = 'running' AND lease_until < clock_timestamp()").Order("num").Find(&expired).Error
	if err != nil {
		return 0, fmt.Errorf("find lost tasks: %w", fault(err))
	}
	reaped := 0
	for _, row := range expired {
		// Each by itself, so that one that fails keeps no other.
		done, err := s.reap(ctx, row)
		if err != nil {
			return reaped, fmt.Errorf("reap task %s: %w", row.ID, err)
		}
		if done {
			reaped++
		}
	}
	if err := s.heal(ctx); err != nil {
		return reaped, fmt.Errorf("write missing jobs: %w", err)
	}
	if err := s.forgetWorkers(ctx); err != nil {
		return reaped, fmt.Errorf("forget silent workers: %w", err)
	}
	return reaped, nil
}

func (s *Store) reap(ctx context.Context, row taskRow) (done bool, err error) {
	err = s.work(ctx, func(tx *gorm.DB) error {
		// The lease is looked at again under the lock: it may just have been renewed.
		lost := tx.Exec(`
			UPDATE scan_tasks SET losses = losses + 1
			WHERE id = ? AND attempt = ? AND state = 'running' AND lease_until < clock_timestamp()`, row.ID, row.Attempt)
		if lost.Error != nil || lost.RowsAffected == 0 {
			return lost.Error
		}
		done = true
		if row.Losses+1 >= maxLosses {
			return s.giveUp(ctx, tx, row)
		}
		_, err := s.requeue(ctx, tx, row, "its worker was lost")
		return err
	})
	return done, err
}

// giveUpSQL ends a task as failed, and says so for each of its addresses.
const giveUpSQL = `
WITH ended AS (
	UPDATE scan_tasks SET state = 'failed', lease_until = NULL, ended_at = @now, note = @reason
	WHERE id = @id RETURNING id, hosts
)
INSERT INTO host_results (task_id, asset_id, address, outcome, reason)
SELECT DISTINCT e.id, h->>'asset', (h->>'addr')::inet, 'failed', @reason
FROM ended e, jsonb_array_elements(e.hosts) h`

func (s *Store) giveUp(ctx context.Context, tx *gorm.DB, row taskRow) error {
	err := execAll(tx, map[string]any{"id": row.ID, "now": s.now(), "reason": fmt.Sprintf("given up: its worker was lost %d times", maxLosses)},
		giveUpSQL, "DELETE FROM scan_leases WHERE task_id = @id")
	if err != nil {
		return err
	}
	return s.enqueueJudge(ctx, tx, inventory.TaskID(row.ID))
}

func (s *Store) enqueueJudge(ctx context.Context, tx *gorm.DB, id inventory.TaskID) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnqueueJudge(ctx, t, id); err != nil {
		return fmt.Errorf("enqueue judging of task %s: %w", id, err)
	}
	return nil
}

// healBatch bounds what one call of heal writes.
const healBatch = 1000

// heal lets the queue go on and writes the jobs that should be on the queue and are not: a ticket for
// each queued task, a judge job for each ended one. It can happen that they
// are lost: a queue emptied by hand, a restored backup, a judge that failed
// until the queue gave it up.
func (s *Store) heal(ctx context.Context) error {
	return s.work(ctx, func(tx *gorm.DB) error {
		t, err := sqlTx(tx)
		if err != nil {
			return err
		}
		if err := s.enqueue.Unblock(ctx, t); err != nil {
			return err
		}
		if err := s.ticketsForQueued(ctx, tx); err != nil {
			return err
		}
		var late []inventory.TaskID
		err = tx.Raw(`
			SELECT id FROM scan_tasks
			WHERE judged_at IS NULL AND ended_at < ?::timestamptz - interval '1 minute'
			ORDER BY num LIMIT ?`, s.now(), healBatch).Scan(&late).Error
		if err != nil {
			return err
		}
		for _, id := range late {
			if err := s.enqueueJudge(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// ticketsForQueued writes tickets until there is one for each queued task.
func (s *Store) ticketsForQueued(ctx context.Context, tx *gorm.DB) error {
	var queued int
	err := tx.Raw("SELECT count(*) FROM scan_tasks WHERE state = 'queued' AND not_before <= ? AND "+notPausedSQL, s.now()).Scan(&queued).Error
	if err != nil || queued == 0 {
		return err
	}
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnsureScan(ctx, t, min(queued, healBatch)); err != nil {
		return fmt.Errorf("write missing tickets: %w", err)
	}
	return nil
}
