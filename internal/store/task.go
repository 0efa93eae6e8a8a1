package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

type taskRow struct {
	Num           int64  `gorm:"->;default:(-)"`
	ID            string `gorm:"primaryKey;->;default:(-)"`
	ScanID        string
	OrgID         string
	Profile       string
	Aim           document[scanner.Aim] `gorm:"type:jsonb"`
	Hosts         list[scanner.Host]    `gorm:"type:jsonb"`
	State         string
	Priority      int
	Attempt       int
	Losses        int
	Worker        string
	Note          string
	EndedAt       *time.Time
	JudgedAt      *time.Time
	FindingsNew   int
	FindingsOpen  int
	FindingsFixed int
}

func (taskRow) TableName() string { return "scan_tasks" }

func (r taskRow) task() scanner.Task {
	return scanner.Task{
		ID: inventory.TaskID(r.ID), Scan: scanner.ScanID(r.ScanID), Org: inventory.OrganizationID(r.OrgID),
		Profile: r.Profile, Aim: r.Aim.V, Hosts: r.Hosts, State: scanner.TaskState(r.State), Priority: r.Priority,
		Attempt: r.Attempt, Worker: r.Worker, Note: r.Note,
	}
}

// claimLock is the key of the advisory lock under which tasks are claimed one
// after the other: a claim takes milliseconds and its task minutes, and so
// each claim sees what the one before took.
const claimLock = 0x636c6169

// pickSQL finds the fairest task that can start. Every four hours of waiting
// raise a priority by one, so that an organisation whose urgent scan has
// thousands of tasks does not keep the others from theirs for days. It walks the organisations
// that wait, not the tasks, because one of them may have queued thousands.
const pickSQL = `
WITH RECURSIVE waiting AS ( -- one row for each priority and organisation, found by index
	(SELECT priority, org_id FROM scan_tasks WHERE state = 'queued' ORDER BY priority, org_id LIMIT 1)
	UNION ALL
	SELECT n.priority, n.org_id FROM waiting w CROSS JOIN LATERAL (
		SELECT t.priority, t.org_id FROM scan_tasks t
		WHERE t.state = 'queued' AND (t.priority, t.org_id) > (w.priority, w.org_id)
		ORDER BY t.priority, t.org_id LIMIT 1) n
), busy AS (
	SELECT org_id, count(*) AS running FROM scan_tasks WHERE state = 'running' GROUP BY org_id
)
SELECT t.id, t.scan_id, t.org_id
FROM waiting w
LEFT JOIN busy b USING (org_id)
LEFT JOIN scan_turns s USING (org_id)
CROSS JOIN LATERAL (
	SELECT q.id, q.num, q.scan_id, q.org_id, q.not_before FROM scan_tasks q
	WHERE q.state = 'queued' AND q.priority = w.priority AND q.org_id = w.org_id AND q.not_before <= @now
		AND NOT EXISTS (SELECT 1 FROM scan_leases l WHERE l.address = ANY(q.addresses))
		AND q.scan_id <> ALL(ARRAY(SELECT p.id FROM scans p WHERE p.paused_at IS NOT NULL))
	ORDER BY q.num LIMIT 1) t
WHERE (@limit = 0 OR coalesce(b.running, 0) < @limit)
	AND NOT (SELECT is_on FROM stop_switch)
ORDER BY greatest(1, w.priority - floor(extract(epoch FROM CAST(@now AS timestamptz) - t.not_before) / 3600 / 4)),
	coalesce(b.running, 0), s.served_at NULLS FIRST, t.num
LIMIT 1`

// notPausedSQL leaves out the tasks of paused scans.
const notPausedSQL = "scan_id <> ALL(ARRAY(SELECT p.id FROM scans p WHERE p.paused_at IS NOT NULL))"

// takeSQL starts a task that was picked, unless it was cancelled meanwhile.
// @lease counts seconds, by the database's clock.
const takeSQL = `
UPDATE scan_tasks SET state = 'running', attempt = attempt + 1, worker = @worker, claimed_at = @now,
	lease_until = clock_timestamp() + make_interval(secs => @lease)
WHERE id = @id AND state = 'queued'
RETURNING id, scan_id, org_id, profile, aim, hosts, state, priority, attempt, worker, note`

// ClaimTask takes the fairest task that can start now: of the best priority
// (waiting raises it),
// of the organisation with the fewest running tasks, among those the one that
// was served longest ago, and there the oldest. Tasks that want an address
// which a running task holds wait; so does everything while the stop switch
// is on, and those of a paused scan. False means that there is none. A lease may last for
// scanner.MaxLease.
func (s *Store) ClaimTask(ctx context.Context, worker string, lease time.Duration) (scanner.Task, bool, error) {
	var rows []taskRow
	err := s.work(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", claimLock).Error; err != nil {
			return err
		}
		var picked []taskRow
		if err := tx.Raw(pickSQL, map[string]any{"limit": s.orgTasks, "now": s.now()}).Find(&picked).Error; err != nil || len(picked) == 0 {
			return err
		}
		return s.take(tx, picked[0], worker, lease, &rows)
	})
	if err != nil {
		return scanner.Task{}, false, fmt.Errorf("claim task for %s: %w", worker, err)
	}
	if len(rows) == 0 {
		return scanner.Task{}, false, nil
	}
	return rows[0].task(), true, nil
}

// take starts the picked task, holds its addresses and gives its organisation
// its turn. The scan comes first, as in CancelScan, so that the two can not
// wait for each other.
func (s *Store) take(tx *gorm.DB, picked taskRow, worker string, lease time.Duration, rows *[]taskRow) error {
	const start = "UPDATE scans SET state = 'running', started_at = ? WHERE id = ? AND state = 'queued'"
	if err := tx.Exec(start, s.now(), picked.ScanID).Error; err != nil {
		return err
	}
	args := map[string]any{"id": picked.ID, "org": picked.OrgID, "worker": worker, "lease": lease.Seconds(), "now": s.now()}
	if err := tx.Raw(takeSQL, args).Find(rows).Error; err != nil || len(*rows) == 0 {
		return err
	}
	return execAll(tx, args,
		"INSERT INTO scan_leases (address, task_id) SELECT unnest(addresses), id FROM scan_tasks WHERE id = @id",
		`INSERT INTO scan_turns (org_id, served_at) VALUES (@org, clock_timestamp())
		 ON CONFLICT (org_id) DO UPDATE SET served_at = excluded.served_at`)
}

// QueuedTasks counts the tasks that wait for a worker and may start by now;
// none do while the stop switch is on.
func (s *Store) QueuedTasks(ctx context.Context) (int, error) {
	var n int
	err := s.read(ctx).Raw(`
		SELECT count(*) FROM scan_tasks
		WHERE state = 'queued' AND not_before <= ? AND NOT (SELECT is_on FROM stop_switch)
			AND `+notPausedSQL, s.now()).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count queued tasks: %w", fault(err))
	}
	return n, nil
}

// RenewTask keeps a claim for another lease, and says whether the task is to
// end. A claim that was lost is inventory.ErrConflict: somebody else may be
// working the task, so nothing more may be sent for it.
func (s *Store) RenewTask(ctx context.Context, id inventory.TaskID, worker string, attempt int, lease time.Duration) (scanner.Order, error) {
	var rows []struct {
		ScanState, ScanNote string
		Stopped             bool
		StopReason          string
	}
	err := s.read(ctx).Raw(`
		UPDATE scan_tasks t SET lease_until = clock_timestamp() + make_interval(secs => @lease)
		FROM scans s, stop_switch x
		WHERE s.id = t.scan_id AND t.id = @id AND t.worker = @worker AND t.attempt = @attempt AND t.state = 'running'
		RETURNING s.state AS scan_state, s.note AS scan_note, x.is_on AS stopped, x.reason AS stop_reason`,
		map[string]any{"id": id, "worker": worker, "attempt": attempt, "lease": lease.Seconds()}).Find(&rows).Error
	switch {
	case err != nil:
		return scanner.Order{}, fmt.Errorf("renew task %s: %w", id, fault(err))
	case len(rows) == 0:
		return scanner.Order{}, lostClaim("renew", id)
	case rows[0].Stopped:
		return scanner.Order{Stop: true, Reason: "scanning was stopped: " + rows[0].StopReason}, nil
	case rows[0].ScanState == string(scanner.ScanCancelled):
		return scanner.Order{Stop: true, Reason: "the scan was cancelled: " + rows[0].ScanNote}, nil
	}
	return scanner.Order{}, nil
}

// lostClaim is the error for a claim that is no longer the caller's.
func lostClaim(verb string, id inventory.TaskID) error {
	return fmt.Errorf("%s task %s: the claim was lost: %w", verb, id, inventory.ErrConflict)
}

// requeueSQL puts running tasks back; those of a cancelled scan end instead.
// The scan's state is read under a lock, so that a cancel at the same moment
// comes before or after, not in between.
const requeueSQL = `
UPDATE scan_tasks t SET
	state = CASE WHEN s.state = 'cancelled' THEN 'cancelled' ELSE 'queued' END,
	ended_at = CASE WHEN s.state = 'cancelled' THEN CAST(@now AS timestamptz) END,
	judged_at = CASE WHEN s.state = 'cancelled' THEN CAST(@now AS timestamptz) END,
	lease_until = NULL, worker = '', note = @reason
FROM (SELECT id, state FROM scans WHERE id = @scan FOR SHARE) s
WHERE t.scan_id = s.id AND t.id = @id AND t.state = 'running' AND t.attempt = @attempt
RETURNING t.id, t.state, t.priority`

// ReleaseTask gives a claimed task back, to be claimed again at once, by a
// worker that has to stop. What it did so far is forgotten.
func (s *Store) ReleaseTask(ctx context.Context, id inventory.TaskID, worker string, attempt int, reason string) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		row, err := one[taskRow](tx.Where("id = ?", id), "task", id)
		if err != nil {
			return err
		}
		if row.Worker != worker {
			return lostClaim("release", id)
		}
		row.Attempt = attempt
		released, err := s.requeue(ctx, tx, row, reason)
		if err == nil && !released {
			return lostClaim("release", id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("release task %s: %w", id, err)
	}
	return nil
}

// requeue puts one running task back, frees its addresses and writes a new
// ticket. False means that the task is not running under that attempt.
func (s *Store) requeue(ctx context.Context, tx *gorm.DB, row taskRow, reason string) (bool, error) {
	args := map[string]any{"id": row.ID, "scan": row.ScanID, "attempt": row.Attempt, "reason": reason, "now": s.now()}
	var back []taskRow
	if err := tx.Raw(requeueSQL, args).Find(&back).Error; err != nil || len(back) == 0 {
		return false, err
	}
	if err := tx.Exec("DELETE FROM scan_leases WHERE task_id = @id", args).Error; err != nil {
		return false, err
	}
	if back[0].State != string(scanner.TaskQueued) {
		return true, nil
	}
	return true, s.tickets(ctx, tx, back[0].Priority, 1, s.now())
}
