package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// maxSlots is how many slots a calendar lists; it counts them all.
const maxSlots = 500

func (s *server) pauseScan(ctx context.Context, in *ByIDReason) (*body[wire.Scan], error) {
	if err := s.Scans.PauseScan(ctx, who(ctx), scanner.ScanID(in.ID), in.Body.Reason); err != nil {
		return nil, err
	}
	return s.getScan(ctx, &in.ByID)
}

func (s *server) resumeScan(ctx context.Context, in *ByID) (*body[wire.Scan], error) {
	if err := s.Scans.ResumeScan(ctx, who(ctx), scanner.ScanID(in.ID)); err != nil {
		return nil, err
	}
	return s.getScan(ctx, in)
}

func (s *server) listScanTasks(ctx context.Context, in *struct {
	Paging
	ByID
	State string `query:"state" enum:"queued,running,complete,partial,unreachable,blocked,failed,cancelled"`
},
) (*listed[wire.ScanTask], error) {
	all, next, err := s.Scans.ScanTasks(ctx, scanner.ScanID(in.ID), scanner.TaskState(in.State), in.page())
	if err != nil {
		return nil, err
	}
	return newPage(&in.Paging, all, next, func(t scanner.TaskStatus) wire.ScanTask {
		return wire.ScanTask{
			ID: string(t.ID), State: string(t.State), Addresses: append([]string{}, t.Addresses...), Hosts: t.Hosts,
			Worker: t.Worker, Note: t.Note, ClaimedAt: utc(t.ClaimedAt), EndedAt: utc(t.EndedAt),
			Findings: wire.ScanFindings{New: t.Findings.New, Open: t.Findings.Open, Fixed: t.Findings.Fixed},
		}
	}), nil
}

func (s *server) getScanChanges(ctx context.Context, in *ByID) (*body[wire.ScanChanges], error) {
	c, err := s.Scans.ScanChanges(ctx, scanner.ScanID(in.ID))
	if err != nil {
		return nil, err
	}
	return answer(wire.ScanChanges{
		Cut: c.Cut,
		Services: convert(c.Services, func(v scanner.ServiceChange) wire.ServiceChange {
			return wire.ServiceChange{
				AssetID: string(v.Asset), Address: v.Address, Port: v.Port, Transport: string(v.Proto), Name: v.Name, Gone: v.Gone,
			}
		}),
		Findings: convert(c.Findings, func(v scanner.FindingChange) wire.FindingChange {
			return wire.FindingChange{
				FindingID: string(v.Finding), Title: v.Title, Severity: string(v.Severity), AssetID: string(v.Asset),
				Kind: string(v.Kind), Reason: v.Reason,
			}
		}),
	}), nil
}

// A calendarQuery is the input of the calendar.
type calendarQuery struct {
	Org  string `query:"org" doc:"Only this organisation's."`
	From string `query:"from" format:"date" doc:"First day; today when absent."`
	Days int    `query:"days" minimum:"1" maximum:"62" default:"35"`
	Zone string `query:"zone" maxLength:"100" default:"UTC" doc:"Whose days, as an IANA time zone."`
}

func (s *server) getCalendar(ctx context.Context, in *calendarQuery) (*body[wire.Calendar], error) {
	zone, err := time.LoadLocation(in.Zone)
	if err != nil || in.Zone == "Local" {
		return nil, mistake("zone", in.Zone, "is not a time zone", "use an IANA name such as Asia/Dhaka")
	}
	now := s.Now()
	first := now.In(zone)
	if in.From != "" {
		if first, err = time.ParseInLocation(time.DateOnly, in.From, zone); err != nil {
			return nil, mistake("from", in.From, "is not a day", "write it like 2026-11-22")
		}
	}
	from := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, zone)
	to := from.AddDate(0, 0, in.Days)
	org := inventory.OrganizationID(in.Org)
	counts, err := s.Scans.ScanDays(ctx, org, from, to, in.Zone)
	if err != nil {
		return nil, err
	}
	var slots []scanner.Slot
	if to.After(now) {
		if slots, err = s.Scheduler.Slots(ctx, org, later(from, now), to); err != nil {
			return nil, err
		}
	}
	return answer(calendar(from, in.Days, zone, counts, slots)), nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func calendar(from time.Time, days int, zone *time.Location, counts []scanner.DayCount, slots []scanner.Slot) wire.Calendar {
	out := wire.Calendar{From: from.UTC(), To: from.AddDate(0, 0, days).UTC(), Zone: zone.String(), Slots: []wire.Slot{}}
	at := map[string]int{}
	for i := range days {
		day := from.AddDate(0, 0, i).Format(time.DateOnly)
		at[day] = i
		out.Days = append(out.Days, wire.CalendarDay{Day: day, Scans: map[string]int{}})
	}
	for _, c := range counts {
		if i, ok := at[c.Day]; ok {
			out.Days[i].Scans[string(c.State)] = c.Scans
		}
	}
	for _, k := range slots {
		if i, ok := at[k.At.In(zone).Format(time.DateOnly)]; ok {
			out.Days[i].Planned++
		}
		if len(out.Slots) < maxSlots {
			out.Slots = append(out.Slots, wire.Slot{
				ScheduleID: string(k.Schedule.ID), OrgID: string(k.Schedule.Org), Profile: k.Schedule.Profile, At: k.At.UTC(),
			})
		}
	}
	return out
}
