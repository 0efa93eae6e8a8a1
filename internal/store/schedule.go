package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

type scheduleRow struct {
	Num           int64  `gorm:"->;default:(-)"`
	ID            string `gorm:"primaryKey;->;default:(-)"`
	OrgID         string
	Cron          string
	Profile       string
	JitterSeconds int64
	Misfire       string
	Paused        bool
	NextAt        time.Time
	LastSlot      *time.Time
	CreatedAt     time.Time
}

func (scheduleRow) TableName() string { return "schedules" }

func (r scheduleRow) number() int64 { return r.Num }

func (r scheduleRow) schedule() scanner.Schedule {
	return scanner.Schedule{
		ID: scanner.ScheduleID(r.ID), Org: inventory.OrganizationID(r.OrgID), Cron: r.Cron, Profile: r.Profile,
		Jitter: time.Duration(r.JitterSeconds) * time.Second, Misfire: scanner.Misfire(r.Misfire), Paused: r.Paused,
		NextAt: r.NextAt.UTC(), LastSlot: orZero(r.LastSlot), CreatedAt: r.CreatedAt.UTC(),
	}
}

// CreateSchedule stores a schedule whose expression and NextAt the caller has
// checked and computed.
func (s *Store) CreateSchedule(ctx context.Context, who string, sch scanner.Schedule) (scanner.Schedule, error) {
	return s.storeSchedule(ctx, who, sch, false)
}

// FirstSchedule is CreateSchedule for an organisation that has none that runs;
// of one that has some it returns the next to fire.
func (s *Store) FirstSchedule(ctx context.Context, who string, sch scanner.Schedule) (scanner.Schedule, error) {
	return s.storeSchedule(ctx, who, sch, true)
}

func (s *Store) storeSchedule(ctx context.Context, who string, sch scanner.Schedule, first bool) (scanner.Schedule, error) {
	if sch.Misfire == "" {
		sch.Misfire = scanner.MisfireOnce
	}
	row := scheduleRow{
		OrgID: string(sch.Org), Cron: sch.Cron, Profile: sch.Profile, JitterSeconds: int64(sch.Jitter / time.Second),
		Misfire: string(sch.Misfire), Paused: sch.Paused, NextAt: sch.NextAt, CreatedAt: s.now(),
	}
	err := s.work(ctx, func(tx *gorm.DB) error {
		if first {
			// Two that book the first at once take turns.
			if err := tx.Exec("SELECT pg_advisory_xact_lock(hashtext(?))", "schedules "+row.OrgID).Error; err != nil {
				return err
			}
			var have []scheduleRow
			err := tx.Where("org_id = ? AND NOT paused", row.OrgID).Order("next_at, num").Limit(1).Find(&have).Error
			if err != nil {
				return err
			}
			if len(have) > 0 {
				row = have[0]
				return nil
			}
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return appendAudit(tx, audit.Entry{
			Actor: who, Act: "schedule.create", Object: row.ID, Detail: map[string]any{"org": sch.Org, "cron": sch.Cron, "profile": sch.Profile},
		}, s.now())
	})
	if err != nil {
		return scanner.Schedule{}, fmt.Errorf("create schedule for %s: %w", sch.Org, err)
	}
	return row.schedule(), nil
}

// Schedule finds one.
func (s *Store) Schedule(ctx context.Context, id scanner.ScheduleID) (scanner.Schedule, error) {
	row, err := one[scheduleRow](s.read(ctx).Where("id = ?", id), "schedule", id)
	if err != nil {
		return scanner.Schedule{}, err
	}
	return row.schedule(), nil
}

// Schedules lists an organisation's, or with "" everybody's, oldest first.
func (s *Store) Schedules(ctx context.Context, org inventory.OrganizationID, p inventory.Page) ([]scanner.Schedule, string, error) {
	q := s.read(ctx)
	q = given(q, "org_id = ?", org)
	rows, next, err := page[scheduleRow](q, listing{name: "schedules", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list schedules: %w", err)
	}
	return mapped(rows, scheduleRow.schedule), next, nil
}

// LastRuns are the newest scans that schedules asked for; those that never did
// have none.
func (s *Store) LastRuns(ctx context.Context, ids []scanner.ScheduleID) (map[scanner.ScheduleID]scanner.Scan, error) {
	var rows []scanRow
	err := s.read(ctx).Raw(`
		SELECT r.* FROM unnest(?::text[]) AS of (schedule) CROSS JOIN LATERAL (
			SELECT * FROM scans WHERE schedule_id = of.schedule ORDER BY slot_at DESC LIMIT 1) r`, words(ids)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the last runs of schedules: %w", fault(err))
	}
	out := make(map[scanner.ScheduleID]scanner.Scan, len(rows))
	for _, r := range rows {
		sc := r.scan()
		out[sc.Schedule] = sc
	}
	return out, nil
}

// PauseSchedule keeps a schedule from running. Pausing twice changes nothing.
func (s *Store) PauseSchedule(ctx context.Context, who string, id scanner.ScheduleID) error {
	entry := audit.Entry{Actor: who, Act: "schedule.pause", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return touchOne(tx.Exec("UPDATE schedules SET paused = true WHERE id = ?", id), "schedule", id)
	})
	if err != nil {
		return fmt.Errorf("pause schedule %s: %w", id, err)
	}
	return nil
}

// ResumeSchedule lets a schedule run again, first at nextAt: what it missed
// while it was paused stays missed. A last slot from nextAt on is forgotten: it
// came by a clock that was ahead.
func (s *Store) ResumeSchedule(ctx context.Context, who string, id scanner.ScheduleID, nextAt time.Time) error {
	entry := audit.Entry{Actor: who, Act: "schedule.resume", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return touchOne(tx.Exec(`
			UPDATE schedules SET paused = false, next_at = @next, last_slot = CASE WHEN last_slot < @next THEN last_slot END
			WHERE id = @id`, map[string]any{"next": nextAt, "id": id}), "schedule", id)
	})
	if err != nil {
		return fmt.Errorf("resume schedule %s: %w", id, err)
	}
	return nil
}

// DueSchedules lists those whose next slot has come, longest due first, and
// those whose last slot is still more than an hour to come: the clock was
// ahead when it was dealt with.
func (s *Store) DueSchedules(ctx context.Context, now time.Time, limit int) ([]scanner.Schedule, error) {
	var rows []scheduleRow
	err := s.read(ctx).Where("NOT paused AND (next_at <= ? OR last_slot > ?)", now, now.Add(time.Hour)).Order("next_at, num").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list due schedules: %w", fault(err))
	}
	return mapped(rows, scheduleRow.schedule), nil
}

// AdvanceSchedule passes over a slot without a scan. If another scheduler has
// dealt with the slot meanwhile, nothing changes.
func (s *Store) AdvanceSchedule(ctx context.Context, id scanner.ScheduleID, slot, next time.Time) error {
	err := s.work(ctx, func(tx *gorm.DB) error { return advance(tx, id, slot, next) })
	if err != nil {
		return fmt.Errorf("advance schedule %s: %w", id, err)
	}
	return nil
}

// advance moves a schedule past a slot, and never back.
func advance(tx *gorm.DB, id scanner.ScheduleID, slot, next time.Time) error {
	return tx.Exec(`
		UPDATE schedules SET last_slot = ?, next_at = ?
		WHERE id = ? AND (last_slot IS NULL OR last_slot < ?)`, slot, next, id, slot).Error
}

// touchOne returns the error of a statement, which must have found its row.
func touchOne[T ~string](done *gorm.DB, object string, id T) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return missing(object, id)
	}
	return done.Error
}
