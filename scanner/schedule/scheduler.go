package schedule

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// Store is what the scheduler reads and writes.
type Store interface {
	plannerStore
	// TimeZones are those of organisations.
	TimeZones(ctx context.Context, orgs []inventory.OrganizationID) (map[inventory.OrganizationID]string, error)
	Schedule(ctx context.Context, id scanner.ScheduleID) (scanner.Schedule, error)
	Schedules(ctx context.Context, org inventory.OrganizationID, p inventory.Page) ([]scanner.Schedule, string, error)
	CreateSchedule(ctx context.Context, who string, s scanner.Schedule) (scanner.Schedule, error)
	FirstSchedule(ctx context.Context, who string, s scanner.Schedule) (scanner.Schedule, error)
	ResumeSchedule(ctx context.Context, who string, id scanner.ScheduleID, nextAt time.Time) error
	DueSchedules(ctx context.Context, now time.Time, limit int) ([]scanner.Schedule, error)
	AdvanceSchedule(ctx context.Context, id scanner.ScheduleID, slot, next time.Time) error
	DueAssets(ctx context.Context, now time.Time, limit int) ([]scanner.DueAsset, error)
	ReapTasks(ctx context.Context) (int, error)
	Stop(ctx context.Context) (scanner.StopOrder, error)
}

// missedAfter is how late a slot may be noticed and still count as on time:
// longer than a restart, shorter than anybody's maintenance.
const missedAfter = 5 * time.Minute

// A Scheduler fires schedules and adaptive rescans, and gives tasks of dead
// workers back to the queue.
type Scheduler struct {
	store   Store
	planner *Planner
	now     func() time.Time
	log     *slog.Logger
}

// New returns a scheduler. Any number may run on one store.
func New(store Store, planner *Planner, now func() time.Time, log *slog.Logger) *Scheduler {
	return &Scheduler{store: store, planner: planner, now: now, log: log}
}

// Run looks every period until ctx ends for what is due. Faults are logged and
// met again at the next look: a database that is away is waited for. Each step
// goes by itself: planning waits for names to be resolved, maybe for minutes,
// and neither dead workers nor other schedules must wait for that.
func (s *Scheduler) Run(ctx context.Context, period time.Duration) error {
	var steps sync.WaitGroup
	for name, do := range map[string]func(context.Context) error{
		"give back tasks of dead workers": s.reap,
		"fire schedules":                  s.fire,
		"start adaptive rescans":          s.rescan,
	} {
		steps.Go(func() { s.repeat(ctx, period, name, do) })
	}
	steps.Wait()
	return nil
}

func (s *Scheduler) repeat(ctx context.Context, period time.Duration, name string, do func(context.Context) error) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("scheduler step failed, trying again", "step", name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Scheduler) reap(ctx context.Context) error {
	n, err := s.store.ReapTasks(ctx)
	if n > 0 {
		s.log.Warn("tasks of lost workers queued again", "tasks", n)
	}
	return err
}

func (s *Scheduler) fire(ctx context.Context) error {
	due, err := s.store.DueSchedules(ctx, s.now(), 100)
	if err != nil {
		return err
	}
	var errs []error
	for _, sch := range due {
		if err := s.fireOne(ctx, sch); err != nil && !errors.Is(err, inventory.ErrConflict) {
			errs = append(errs, fmt.Errorf("schedule %s: %w", sch.ID, err))
		}
	}
	return errors.Join(errs...)
}

// fireOne deals with a schedule that is due: the latest slot that passed, once,
// whatever was missed before it.
func (s *Scheduler) fireOne(ctx context.Context, sch scanner.Schedule) error {
	cron, err := s.cron(ctx, sch)
	if err != nil {
		return err
	}
	now := s.now()
	if sch.LastSlot.After(now.Add(time.Hour)) {
		next := cron.Next(now)
		s.log.Warn("the clock was ahead; the schedule goes on from now", "schedule_id", sch.ID, "last_slot", sch.LastSlot, "next", next)
		return s.store.ResumeSchedule(ctx, "scheduler", sch.ID, next)
	}
	slot := sch.NextAt
	if later := cron.Latest(slot, now); !later.IsZero() {
		slot = later
	}
	next := cron.Next(now)
	if sch.Misfire == scanner.MisfireSkip && now.Sub(slot) > missedAfter {
		s.log.Info("missed slot skipped", "schedule_id", sch.ID, "slot", slot)
		return s.store.AdvanceSchedule(ctx, sch.ID, slot, next)
	}
	scan, err := s.planner.Plan(ctx, "scheduler", Request{
		Org: sch.Org, Profile: sch.Profile, Trigger: scanner.TriggerSchedule,
		Schedule: sch.ID, Slot: slot, NotBefore: slot.Add(jitter(sch, slot)), Next: next,
	})
	if err != nil {
		return err
	}
	s.log.Info("scheduled scan started", "schedule_id", sch.ID, "slot", slot, "scan_id", scan.ID)
	return nil
}

// rescan starts a scan for each asset that the priority table says is due.
func (s *Scheduler) rescan(ctx context.Context) error {
	if stop, err := s.store.Stop(ctx); err != nil || stop.On {
		return err
	}
	due, err := s.store.DueAssets(ctx, s.now(), 50)
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range due {
		_, err := s.planner.Plan(ctx, "scheduler", Request{
			Org: d.Org, Asset: d.Asset, Profile: d.Profile, Trigger: scanner.TriggerAdaptive, Slot: d.Due,
		})
		if err != nil && !errors.Is(err, inventory.ErrConflict) {
			errs = append(errs, fmt.Errorf("rescan asset %s: %w", d.Asset, err))
		}
	}
	return errors.Join(errs...)
}

// NewSchedule checks a schedule, works out its first slot, and stores it.
func (s *Scheduler) NewSchedule(ctx context.Context, who string, sch scanner.Schedule) (scanner.Schedule, error) {
	sch, err := s.checked(ctx, sch)
	if err != nil {
		return scanner.Schedule{}, err
	}
	return s.store.CreateSchedule(ctx, who, sch)
}

// FirstSchedule is NewSchedule for an organisation that has none that runs; of
// one that has some it returns the next to fire. However often and at once it
// is asked, there is one.
func (s *Scheduler) FirstSchedule(ctx context.Context, who string, sch scanner.Schedule) (scanner.Schedule, error) {
	sch, err := s.checked(ctx, sch)
	if err != nil {
		return scanner.Schedule{}, err
	}
	return s.store.FirstSchedule(ctx, who, sch)
}

// checked is a schedule that may be stored, with its first slot.
func (s *Scheduler) checked(ctx context.Context, sch scanner.Schedule) (scanner.Schedule, error) {
	if _, err := scanner.ProfileByName(sch.Profile); err != nil {
		return scanner.Schedule{}, err
	}
	if sch.Jitter < 0 || sch.Jitter > 24*time.Hour {
		return scanner.Schedule{}, &inventory.InputError{
			Field: "jitter", Value: sch.Jitter.String(), Message: "out of range", Hint: "use 0s to 24h",
		}
	}
	switch sch.Misfire {
	case "":
		sch.Misfire = scanner.MisfireOnce
	case scanner.MisfireOnce, scanner.MisfireSkip:
	default:
		return scanner.Schedule{}, &inventory.InputError{
			Field: "misfire", Value: string(sch.Misfire), Message: "unknown misfire policy", Hint: "use once or skip",
		}
	}
	cron, err := s.cron(ctx, sch)
	if err != nil {
		return scanner.Schedule{}, err
	}
	sch.NextAt = cron.Next(s.now())
	return sch, nil
}

// Resume lets a paused schedule run again, from its next slot on.
func (s *Scheduler) Resume(ctx context.Context, who string, id scanner.ScheduleID) error {
	sch, err := s.store.Schedule(ctx, id)
	if err != nil {
		return err
	}
	cron, err := s.cron(ctx, sch)
	if err != nil {
		return err
	}
	return s.store.ResumeSchedule(ctx, who, id, cron.Next(s.now()))
}

// RunSchedule starts what a schedule would start, now; its slots stay.
func (s *Scheduler) RunSchedule(ctx context.Context, who string, id scanner.ScheduleID) (scanner.Scan, error) {
	sch, err := s.store.Schedule(ctx, id)
	if err != nil {
		return scanner.Scan{}, err
	}
	return s.planner.Plan(ctx, who, Request{Org: sch.Org, Profile: sch.Profile, Trigger: scanner.TriggerManual})
}

func (s *Scheduler) cron(ctx context.Context, sch scanner.Schedule) (Cron, error) {
	org, err := s.store.Organization(ctx, sch.Org)
	if err != nil {
		return Cron{}, err
	}
	return ParseCron(sch.Cron, org.TimeZone)
}

// jitter spreads the scans of one moment, differently for every slot but the
// same for every scheduler that looks at it.
func jitter(sch scanner.Schedule, slot time.Time) time.Duration {
	if sch.Jitter <= 0 {
		return 0
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", sch.ID, slot.Unix())
	return time.Duration(h.Sum64() % uint64(sch.Jitter))
}
