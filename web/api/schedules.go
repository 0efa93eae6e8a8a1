package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

func (s *server) registerSchedules() {
	handle(s, "list-schedules", "GET /schedules", "List schedules", s.listSchedules)
	handle(s, "create-schedule", "POST /schedules", "Make a schedule", s.createSchedule, creates)
	handle(s, "get-schedule", "GET /schedules/{id}", "Show a schedule", s.getSchedule)
	handle(s, "pause-schedule", "POST /schedules/{id}/pause", "Pause a schedule", s.pauseSchedule)
	handle(s, "resume-schedule", "POST /schedules/{id}/resume", "Resume a schedule", s.resumeSchedule)
	handle(s, "run-schedule", "POST /schedules/{id}/run", "Run a schedule now, besides its slots", s.runSchedule, creates)
}

func (s *server) listSchedules(ctx context.Context, in *orgQuery) (*listed[wire.Schedule], error) {
	all, next, err := s.Schedules.Schedules(ctx, inventory.OrganizationID(in.Org), in.page())
	if err != nil {
		return nil, err
	}
	shown, err := s.schedules(ctx, all...)
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, shown, next, func(sch wire.Schedule) wire.Schedule { return sch }), nil
}

func (s *server) createSchedule(ctx context.Context, in *body[wire.NewSchedule]) (*created[wire.Schedule], error) {
	n := in.Body
	sch := scanner.Schedule{
		Org: inventory.OrganizationID(n.OrgID), Cron: n.Cron, Profile: n.Profile, Misfire: scanner.Misfire(n.Misfire),
	}
	if sch.Misfire == "" {
		sch.Misfire = scanner.MisfireOnce
	}
	if n.Jitter != "" {
		d, err := time.ParseDuration(n.Jitter)
		if err != nil || d < 0 || d > 24*time.Hour {
			return nil, mistake("jitter", n.Jitter, "not a length of time up to a day", "write it like 10m or 1h30m")
		}
		sch.Jitter = d
	}
	sch, err := s.Scheduler.NewSchedule(ctx, who(ctx), sch)
	if err != nil {
		return nil, err
	}
	return s.newSchedule(ctx, sch)
}

func (s *server) getSchedule(ctx context.Context, in *ByID) (*body[wire.Schedule], error) {
	sch, err := s.Schedules.Schedule(ctx, scanner.ScheduleID(in.ID))
	if err != nil {
		return nil, err
	}
	shown, err := s.schedules(ctx, sch)
	if err != nil {
		return nil, err
	}
	return answer(shown[0]), nil
}

func (s *server) pauseSchedule(ctx context.Context, in *ByID) (*body[wire.Schedule], error) {
	if err := s.Schedules.PauseSchedule(ctx, who(ctx), scanner.ScheduleID(in.ID)); err != nil {
		return nil, err
	}
	return s.getSchedule(ctx, in)
}

func (s *server) resumeSchedule(ctx context.Context, in *ByID) (*body[wire.Schedule], error) {
	if err := s.Scheduler.Resume(ctx, who(ctx), scanner.ScheduleID(in.ID)); err != nil {
		return nil, err
	}
	return s.getSchedule(ctx, in)
}

func (s *server) runSchedule(ctx context.Context, in *ByID) (*created[wire.Scan], error) {
	scan, err := s.Scheduler.RunSchedule(ctx, who(ctx), scanner.ScheduleID(in.ID))
	if err != nil {
		return nil, err
	}
	return s.newScan(ctx, scan)
}

// newSchedule answers with one that has just been stored.
func (s *server) newSchedule(ctx context.Context, sch scanner.Schedule) (*created[wire.Schedule], error) {
	shown, err := s.schedules(ctx, sch)
	if err != nil {
		return nil, err
	}
	return newObject("schedules", string(sch.ID), shown[0]), nil
}

// schedules shows some with when their organisations may be scanned, and how
// their last scans went.
func (s *server) schedules(ctx context.Context, all ...scanner.Schedule) ([]wire.Schedule, error) {
	var orgs []inventory.OrganizationID
	var ids []scanner.ScheduleID
	for _, sch := range all {
		orgs, ids = append(orgs, sch.Org), append(ids, sch.ID)
	}
	permits, err := s.Permits.ActivePermits(ctx, orgs)
	if err != nil {
		return nil, err
	}
	runs, err := s.Schedules.LastRuns(ctx, ids)
	if err != nil {
		return nil, err
	}
	return convert(all, func(sch scanner.Schedule) wire.Schedule {
		out := schedule(sch)
		out.Hours = inventory.Hours(permits[sch.Org])
		if run, ok := runs[sch.ID]; ok {
			out.LastScan = &wire.LastScan{ID: string(run.ID), State: string(run.State), StartedAt: utc(run.StartedAt), FinishedAt: utc(run.FinishedAt)}
		}
		return out
	}), nil
}

func schedule(sch scanner.Schedule) wire.Schedule {
	out := wire.Schedule{
		ID: string(sch.ID), OrgID: string(sch.Org), Cron: sch.Cron, Profile: sch.Profile,
		Jitter: sch.Jitter.String(), Misfire: string(sch.Misfire), Paused: sch.Paused,
		LastSlot: some(sch.LastSlot), CreatedAt: sch.CreatedAt.UTC(),
	}
	if !sch.Paused {
		out.NextAt = some(sch.NextAt)
	}
	return out
}
