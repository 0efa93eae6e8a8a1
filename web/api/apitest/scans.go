package apitest

import (
	"context"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// Schedule stands in for the real one.
func (f *Fake) Schedule(_ context.Context, id scanner.ScheduleID) (scanner.Schedule, error) {
	for _, s := range f.Scheduled {
		if s.ID == id {
			return s, nil
		}
	}
	return scanner.Schedule{}, missing("schedule", string(id))
}

// Schedules stands in for the real one.
func (f *Fake) Schedules(_ context.Context, _ inventory.OrganizationID, p inventory.Page) ([]scanner.Schedule, string, error) {
	return paged(f.Scheduled, p)
}

// LastRuns stands in for the real one.
func (*Fake) LastRuns(context.Context, []scanner.ScheduleID) (map[scanner.ScheduleID]scanner.Scan, error) {
	return nil, nil
}

// PauseSchedule stands in for the real one.
func (f *Fake) PauseSchedule(_ context.Context, who string, id scanner.ScheduleID) error {
	f.did(who, "schedule.pause "+string(id))
	return nil
}

// NewSchedule stands in for the real one.
func (f *Fake) NewSchedule(_ context.Context, who string, s scanner.Schedule) (scanner.Schedule, error) {
	f.did(who, "schedule.create")
	s.ID, s.NextAt = "SCH-1", Noon.Add(time.Hour)
	f.Scheduled = append(f.Scheduled, s)
	return s, nil
}

// FirstSchedule stands in for the real one.
func (f *Fake) FirstSchedule(ctx context.Context, who string, s scanner.Schedule) (scanner.Schedule, error) {
	return f.NewSchedule(ctx, who, s)
}

// Resume stands in for the real one.
func (f *Fake) Resume(_ context.Context, who string, id scanner.ScheduleID) error {
	f.did(who, "schedule.resume "+string(id))
	return nil
}

// RunSchedule stands in for the real one.
func (f *Fake) RunSchedule(ctx context.Context, who string, id scanner.ScheduleID) (scanner.Scan, error) {
	if _, err := f.Schedule(ctx, id); err != nil {
		return scanner.Scan{}, err
	}
	return f.Start(ctx, who, "ORG-1", "", "standard")
}

// Start makes a scan of two tasks.
func (f *Fake) Start(_ context.Context, who string, org inventory.OrganizationID, asset inventory.AssetID, profile string) (scanner.Scan, error) {
	f.did(who, "scan.start")
	s := scanner.ScanStatus{Scan: scanner.Scan{
		ID: scanner.ScanID(fmt.Sprintf("S-%d", len(f.Started)+1)), Org: org, Asset: asset, Profile: profile,
		Trigger: scanner.TriggerManual, State: scanner.ScanQueued, Actor: who, CreatedAt: Noon, Skipped: f.Skipped,
	}}
	s.Tasks.Total, s.Tasks.Queued = 2, 2
	if f.Empty {
		s.Tasks, s.State, s.Note = scanner.TaskCounts{}, scanner.ScanFailed, "nothing may be scanned"
	}
	f.Started = append(f.Started, s)
	return s.Scan, nil
}

// Scan looks at one, which moves it on when Ends is set.
func (f *Fake) Scan(_ context.Context, id scanner.ScanID) (scanner.ScanStatus, error) {
	for i := range f.Started {
		s := &f.Started[i]
		if s.ID != id {
			continue
		}
		seen := *s
		if f.Ends != "" && !s.State.Ended() {
			s.State, s.Tasks.Queued, s.Tasks.Complete = scanner.ScanRunning, s.Tasks.Queued-1, s.Tasks.Complete+1
			if s.Tasks.Queued == 0 {
				s.State = f.Ends
			}
			if s.State == scanner.ScanPartial {
				s.Remarks = []scanner.Remark{{Outcome: inventory.Partial, Reason: "2 checks did not run: timed out", Addresses: 1}}
			}
		}
		return seen, nil
	}
	return scanner.ScanStatus{}, missing("scan", string(id))
}

// Scans stands in for the real one.
func (f *Fake) Scans(_ context.Context, _ scanner.ScanFilter, p inventory.Page) ([]scanner.ScanStatus, string, error) {
	return paged(f.Started, p)
}

// ScanTasks stands in for the real one.
func (f *Fake) ScanTasks(ctx context.Context, id scanner.ScanID, _ scanner.TaskState, _ inventory.Page) ([]scanner.TaskStatus, string, error) {
	if _, err := f.Scan(ctx, id); err != nil {
		return nil, "", err
	}
	return []scanner.TaskStatus{{ID: "T-1", State: scanner.TaskQueued, Addresses: []string{"192.0.2.10"}, Hosts: 1}}, "", nil
}

// ScanSkips stands in for the real one.
func (f *Fake) ScanSkips(ctx context.Context, id scanner.ScanID, _ inventory.Page) ([]scanner.Skip, string, error) {
	if _, err := f.Scan(ctx, id); err != nil {
		return nil, "", err
	}
	return []scanner.Skip{{Asset: "A-1", What: "192.0.2.10", Reason: "no authorisation covers it"}}, "", nil
}

// ScanHosts stands in for the real one.
func (f *Fake) ScanHosts(ctx context.Context, id scanner.ScanID, _ scanner.HostFilter, _ inventory.Page) ([]scanner.HostStatus, string, error) {
	if _, err := f.Scan(ctx, id); err != nil {
		return nil, "", err
	}
	return []scanner.HostStatus{{Asset: "A-1", Address: "192.0.2.10", Task: "T-1"}}, "", nil
}

// ScanChanges stands in for the real one.
func (f *Fake) ScanChanges(ctx context.Context, id scanner.ScanID) (scanner.ScanChanges, error) {
	if _, err := f.Scan(ctx, id); err != nil {
		return scanner.ScanChanges{}, err
	}
	return scanner.ScanChanges{Services: []scanner.ServiceChange{
		{Asset: "A-1", Address: "192.0.2.10", Port: 23, Proto: inventory.TCP, Name: "telnet", Gone: true},
	}}, nil
}

// ScanDays stands in for the real one.
func (f *Fake) ScanDays(context.Context, inventory.OrganizationID, time.Time, time.Time, string) ([]scanner.DayCount, error) {
	return []scanner.DayCount{{Day: Noon.Format(time.DateOnly), State: scanner.ScanComplete, Scans: 2}}, nil
}

// Slots stands in for the real one.
func (f *Fake) Slots(_ context.Context, _ inventory.OrganizationID, _, to time.Time) ([]scanner.Slot, error) {
	return []scanner.Slot{{Schedule: scanner.Schedule{ID: "SCH-1", Org: "ORG-1", Profile: "light"}, At: to.Add(-time.Hour)}}, nil
}

// PauseScan stands in for the real one.
func (f *Fake) PauseScan(_ context.Context, who string, id scanner.ScanID, reason string) error {
	f.did(who, fmt.Sprintf("scan.pause %s: %s", id, reason))
	return nil
}

// ResumeScan stands in for the real one.
func (f *Fake) ResumeScan(_ context.Context, who string, id scanner.ScanID) error {
	f.did(who, fmt.Sprintf("scan.resume %s", id))
	return nil
}

// CancelScan stands in for the real one.
func (f *Fake) CancelScan(_ context.Context, who string, id scanner.ScanID, reason string) error {
	f.did(who, fmt.Sprintf("scan.cancel %s: %s", id, reason))
	return nil
}

// Stop stands in for the real one.
func (f *Fake) Stop(context.Context) (scanner.StopOrder, error) { return f.Order, nil }

// StopScanning stands in for the real one.
func (f *Fake) StopScanning(_ context.Context, who, reason string) error {
	f.Order = scanner.StopOrder{On: true, By: who, Reason: reason, At: Noon}
	return nil
}

// AllowScanning stands in for the real one.
func (f *Fake) AllowScanning(_ context.Context, who, reason string) error {
	f.Order = scanner.StopOrder{By: who, Reason: reason, At: Noon}
	return nil
}
