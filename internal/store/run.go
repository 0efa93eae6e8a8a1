package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
)

type runRow struct {
	Num       int64  `gorm:"->;default:(-)"`
	ID        string `gorm:"primaryKey;->;default:(-)"`
	Week      string
	FromAt    time.Time
	ToAt      time.Time
	StartedAt time.Time
	StartedBy string
}

func (runRow) TableName() string { return "report_runs" }

func (r runRow) number() int64 { return r.Num }

func (r runRow) run() run.Run {
	return run.Run{
		Num: r.Num, ID: run.RunID(r.ID), Week: r.Week, From: r.FromAt.UTC(), To: r.ToAt.UTC(), StartedAt: r.StartedAt.UTC(), StartedBy: r.StartedBy,
		Counts: map[run.State]int{}, Flags: map[run.Flag]int{},
	}
}

// Timetable says when weekly runs begin.
type Timetable struct {
	Rule string // changes when the rule does
	Zone *time.Location
	// Next is the first moment after t; the zero time when there is none.
	Next func(t time.Time) time.Time
}

// BeginDueRun begins the run that is due, if one is, and tells when the next
// is. Call it from anywhere, as often as you like: of several at a time one
// begins it. A run that was missed is made up for once, by the last that was
// due.
func (s *Store) BeginDueRun(ctx context.Context, t Timetable) (next time.Time, begun bool, err error) {
	now := s.now()
	err = s.work(ctx, func(tx *gorm.DB) error {
		var clock struct {
			Rule   string
			NextAt *time.Time
		}
		if err := tx.Raw("SELECT rule, next_at FROM report_clock FOR UPDATE").Scan(&clock).Error; err != nil {
			return err
		}
		next = orZero(clock.NextAt).UTC()
		if clock.Rule == t.Rule && (next.IsZero() || next.After(now)) {
			return nil
		}
		var due time.Time
		if clock.Rule == t.Rule {
			due = next
		}
		for next = t.Next(now.Add(-8 * 24 * time.Hour)); !next.IsZero() && !next.After(now); next = t.Next(next) {
			if !due.IsZero() && next.After(due) {
				due = next
			}
		}
		if err := tx.Exec("UPDATE report_clock SET rule = ?, next_at = ?", t.Rule, orNull(next)).Error; err != nil || due.IsZero() {
			return err
		}
		from, to, week := run.Period(due, t.Zone)
		row, made, err := s.beginRun(ctx, tx, runRow{Week: week, FromAt: from, ToAt: to, StartedBy: "schedule"})
		if err != nil {
			return err
		}
		begun = made > 0
		return appendAudit(tx, beginEntry("scheduler", row, made), now)
	})
	if err != nil {
		return next, false, fmt.Errorf("begin the weekly run that is due: %w", err)
	}
	return next, begun, nil
}

// NextRun tells when the next run begins by itself; the zero time is never.
func (s *Store) NextRun(ctx context.Context) (time.Time, error) {
	var next *time.Time
	if err := s.read(ctx).Raw("SELECT next_at FROM report_clock").Row().Scan(&next); err != nil {
		return time.Time{}, fmt.Errorf("read when the next run begins: %w", fault(err))
	}
	return orZero(next), nil
}

func beginEntry(who string, row runRow, made int) audit.Entry {
	return audit.Entry{Actor: who, Act: "report.run", Object: row.ID, Detail: map[string]any{"week": row.Week, "editions": made}}
}

// BeginRun begins the run of a week, or adds to it the editions of those whom
// it lacks.
func (s *Store) BeginRun(ctx context.Context, who string, from, to time.Time, week string) (run.Run, error) {
	var id run.RunID
	err := s.tx(ctx, audit.Entry{}, func(tx *gorm.DB, e *audit.Entry) error {
		row, made, err := s.beginRun(ctx, tx, runRow{Week: week, FromAt: from, ToAt: to, StartedBy: who})
		*e, id = beginEntry(who, row, made), run.RunID(row.ID)
		return err
	})
	if err != nil {
		return run.Run{}, fmt.Errorf("begin the run of week %s: %w", week, err)
	}
	return s.Run(ctx, id)
}

// addEditionsSQL adds the first issue of every reader who has none.
const addEditionsSQL = `
INSERT INTO report_editions (id, run_id, week, kind, org_id, sector, revision, because, state, created_at)
SELECT 'weekly-' || who.name || '-' || @week, @run, @week, who.kind, who.org_id, who.sector, 1, '', 'making', @now FROM (
	SELECT 1 AS rank, num, 'operator' AS kind, id AS name, id AS org_id, sector FROM organizations
	UNION ALL SELECT 2, min(num), 'sector', 'sector-' || sector, NULL, sector FROM organizations GROUP BY sector
	UNION ALL SELECT 3, 0, 'national', 'national', NULL, '' WHERE EXISTS (SELECT 1 FROM organizations)) AS who
ORDER BY who.rank, who.num
ON CONFLICT DO NOTHING
RETURNING num`

func (s *Store) beginRun(ctx context.Context, tx *gorm.DB, row runRow) (runRow, int, error) {
	row.StartedAt = s.now()
	err := tx.Exec(`INSERT INTO report_runs (week, from_at, to_at, started_at, started_by) VALUES (?, ?, ?, ?, ?) ON CONFLICT (week) DO NOTHING`,
		row.Week, row.FromAt, row.ToAt, row.StartedAt, row.StartedBy).Error
	if err != nil {
		return row, 0, err
	}
	if row, err = one[runRow](tx.Where("week = ?", row.Week), "run of week", row.Week); err != nil {
		return row, 0, err
	}
	var nums []int64
	if err := tx.Raw(addEditionsSQL, map[string]any{"week": row.Week, "run": row.ID, "now": s.now()}).Scan(&nums).Error; err != nil {
		return row, 0, err
	}
	return row, len(nums), s.enqueueEditions(ctx, tx, nums)
}

func (s *Store) enqueueEditions(ctx context.Context, tx *gorm.DB, nums []int64) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnqueueEditions(ctx, t, nums); err != nil {
		return fmt.Errorf("enqueue editions: %w", err)
	}
	return nil
}

// Runs lists the weekly runs, newest first, with their counts.
func (s *Store) Runs(ctx context.Context, p inventory.Page) ([]run.Run, string, error) {
	rows, next, err := page[runRow](s.read(ctx), listing{name: "report-runs", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list report runs: %w", err)
	}
	out := mapped(rows, runRow.run)
	return out, next, s.countRuns(ctx, out)
}

// Run returns one with its counts.
func (s *Store) Run(ctx context.Context, id run.RunID) (run.Run, error) {
	row, err := one[runRow](s.read(ctx).Where("id = ?", id), "report run", id)
	if err != nil {
		return run.Run{}, err
	}
	out := []run.Run{row.run()}
	return out[0], s.countRuns(ctx, out)
}

func (s *Store) countRuns(ctx context.Context, runs []run.Run) error {
	at := map[run.RunID]run.Run{}
	for _, r := range runs {
		at[r.ID] = r
	}
	ids := words(mapped(runs, func(r run.Run) run.RunID { return r.ID }))
	var states []struct {
		RunID run.RunID
		State run.State
		N     int
	}
	err := s.read(ctx).Raw("SELECT run_id, state, count(*) AS n FROM report_editions WHERE run_id = ANY(?) AND latest GROUP BY run_id, state", ids).Scan(&states).Error
	if err != nil {
		return fmt.Errorf("count editions: %w", fault(err))
	}
	for _, c := range states {
		at[c.RunID].Counts[c.State] = c.N
	}
	var flags []struct {
		RunID run.RunID
		Flag  run.Flag
		N     int
	}
	err = s.read(ctx).Raw(`SELECT run_id, f AS flag, count(*) AS n FROM report_editions, jsonb_array_elements_text(flags) AS f
		WHERE run_id = ANY(?) AND latest AND flagged GROUP BY run_id, f`, ids).Scan(&flags).Error
	if err != nil {
		return fmt.Errorf("count flags of editions: %w", fault(err))
	}
	for _, c := range flags {
		at[c.RunID].Flags[c.Flag] = c.N
	}
	return nil
}
