package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// Health is what an administrator wants to see at a glance.
type Health struct {
	Version       int // of the schema
	Workers       []Worker
	QueuedTasks   int
	RunningTasks  int
	UnjudgedTasks int        // ended, and their results not yet judged
	OldestQueued  *time.Time // since when the longest waiting task waits
	Feeds         []Feed
	Mail          MailQueue
	TemplatesAt   *time.Time        // when what templates look for last changed
	DatabaseBytes int64             // on its disk
	Backup        *inventory.Backup // the last; nil: none was made
}

// MailQueue is how mail to operators does.
type MailQueue struct {
	Waiting int
	Oldest  *time.Time // since when the longest waiting one waits
	Failed  int        // of the last week; bounced ones are not counted
}

// mailFailed is how long mail that failed is counted.
const mailFailed = 7 * 24 * time.Hour

// A Feed is a threat feed as it was last imported.
type Feed struct {
	Name       string     // kev or epss
	CVEs       int        // of which it tells
	ImportedAt *time.Time // nil: never
}

// A Worker is one scan worker as it last reported itself.
type Worker struct {
	Name      string
	Version   string
	Slots     int
	Running   int    // tasks that it holds
	Engines   string // what it scans with: "nmap 7.93, nuclei v3.4.2"
	Raw       *bool  // it may craft packets; nil: it did not say
	StartedAt time.Time
	SeenAt    time.Time
}

// Health looks at the installation.
func (s *Store) Health(ctx context.Context) (Health, error) {
	var h Health
	err := s.read(ctx).Raw(`
		SELECT (SELECT max(version) FROM schema_migrations) AS version,
			(SELECT count(*) FROM scan_tasks WHERE state = 'queued') AS queued_tasks,
			(SELECT count(*) FROM scan_tasks WHERE state = 'running') AS running_tasks,
			(SELECT count(*) FROM scan_tasks WHERE judged_at IS NULL AND ended_at IS NOT NULL) AS unjudged_tasks,
			(SELECT min(created_at) FROM scan_tasks WHERE state = 'queued') AS oldest_queued,
			(SELECT count(*) FROM notices WHERE state = 'queued'),
			(SELECT min(created_at) FROM notices WHERE state = 'queued'),
			(SELECT count(*) FROM notices WHERE state = 'failed' AND created_at > ?),
			(SELECT max(updated_at) FROM checks WHERE source = 'template'),
			pg_database_size(current_database())`, s.now().Add(-mailFailed)).
		Row().Scan(&h.Version, &h.QueuedTasks, &h.RunningTasks, &h.UnjudgedTasks, &h.OldestQueued,
		&h.Mail.Waiting, &h.Mail.Oldest, &h.Mail.Failed, &h.TemplatesAt, &h.DatabaseBytes)
	if err != nil {
		return Health{}, fmt.Errorf("look at the installation: %w", fault(err))
	}
	h.OldestQueued, h.Mail.Oldest, h.TemplatesAt = utc(h.OldestQueued), utc(h.Mail.Oldest), utc(h.TemplatesAt)
	last, _, err := s.Backups(ctx, inventory.Page{Limit: 1})
	if err != nil {
		return Health{}, err
	}
	if len(last) > 0 {
		h.Backup = &last[0]
	}
	err = s.read(ctx).Raw(`
		SELECT w.*, (SELECT count(*) FROM scan_tasks t WHERE t.state = 'running' AND t.worker = w.name) AS running
		FROM workers w WHERE w.seen_at > ? ORDER BY w.name`, s.now().Add(-unlistAfter)).Find(&h.Workers).Error
	if err != nil {
		return Health{}, fmt.Errorf("look at the workers: %w", fault(err))
	}
	err = s.read(ctx).Raw(`
		SELECT f.name, CASE f.name WHEN 'kev' THEN (SELECT count(*) FROM cve_threats WHERE kev)
				ELSE (SELECT count(*) FROM cve_threats WHERE epss > 0) END AS cves,
			(SELECT max(at) FROM audit_log WHERE act = 'feed.import' AND object = f.name) AS imported_at
		FROM (VALUES ('kev'), ('epss')) AS f (name)`).Find(&h.Feeds).Error
	if err != nil {
		return Health{}, fmt.Errorf("look at the feeds: %w", fault(err))
	}
	for i := range h.Feeds {
		h.Feeds[i].ImportedAt = utc(h.Feeds[i].ImportedAt)
	}
	for i := range h.Workers {
		w := &h.Workers[i]
		w.StartedAt, w.SeenAt = w.StartedAt.UTC(), w.SeenAt.UTC()
	}
	return h, nil
}

// ClockAhead returns by how much this machine's clock is ahead of the
// database's; less than zero means behind. It is exact to half the time that
// the question takes.
func (s *Store) ClockAhead(ctx context.Context) (time.Duration, error) {
	before := s.clock()
	row, err := one[struct{ At time.Time }](s.read(ctx).Raw("SELECT clock_timestamp() AS at"), "clock", "database")
	if err != nil {
		return 0, err
	}
	after := s.clock()
	return before.Add(after.Sub(before) / 2).Sub(row.At), nil
}

// A worker that is silent for unlistAfter is no longer shown, and for
// forgetAfter no longer known.
const (
	unlistAfter = 24 * time.Hour
	forgetAfter = 7 * 24 * time.Hour
)

// RegisterWorker says that a worker has started. A name that was there before
// is the same worker, started again.
func (s *Store) RegisterWorker(ctx context.Context, w Worker) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		now := s.now()
		return tx.Exec(`
			INSERT INTO workers (name, version, slots, engines, raw, started_at, seen_at)
			VALUES (@name, @version, @slots, @engines, @raw, @now, @now)
			ON CONFLICT (name) DO UPDATE SET version = excluded.version, slots = excluded.slots,
				engines = excluded.engines, raw = excluded.raw, started_at = excluded.started_at, seen_at = excluded.seen_at`,
			map[string]any{"name": w.Name, "version": w.Version, "slots": w.Slots, "engines": w.Engines, "raw": w.Raw, "now": now}).Error
	})
	if err != nil {
		return fmt.Errorf("register worker %s: %w", w.Name, err)
	}
	return nil
}

// TouchWorker says that a worker is alive. One that is not registered, or was
// forgotten, is inventory.ErrNotFound.
func (s *Store) TouchWorker(ctx context.Context, name string) error {
	done := s.read(ctx).Exec("UPDATE workers SET seen_at = ? WHERE name = ?", s.now(), name)
	if done.Error != nil {
		return fmt.Errorf("touch worker %s: %w", name, fault(done.Error))
	}
	if done.RowsAffected == 0 {
		return fmt.Errorf("worker %s: %w", name, inventory.ErrNotFound)
	}
	return nil
}

// forgetWorkers drops workers that have been silent for long.
func (s *Store) forgetWorkers(ctx context.Context) error {
	return fault(s.read(ctx).Exec("DELETE FROM workers WHERE seen_at < ?", s.now().Add(-forgetAfter)).Error)
}
