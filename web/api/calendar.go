package api

import (
	"context"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// What a calendar lists of slots and of orders not to scan. It counts all
// slots.
const (
	maxSlots  = 500
	maxOrders = 100
)

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
	out := calendar(from, in.Days, zone, counts, slots)
	if err := s.addOrders(ctx, &out, zone); err != nil {
		return nil, err
	}
	if who, _ := auth.FromContext(ctx); who.Bound() {
		org = who.Org
	}
	if err := s.addHours(ctx, &out, org, zone); err != nil {
		return nil, err
	}
	return answer(out), nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func calendar(from time.Time, days int, zone *time.Location, counts []scanner.DayCount, slots []scanner.Slot) wire.Calendar {
	out := wire.Calendar{From: from.UTC(), To: from.AddDate(0, 0, days).UTC(), Zone: zone.String(), Slots: []wire.Slot{}, Exclusions: []wire.Exclusion{}}
	at := map[string]int{}
	for i := range days {
		day := from.AddDate(0, 0, i).Format(time.DateOnly)
		at[day] = i
		out.Days = append(out.Days, wire.CalendarDay{Day: day, Scans: map[string]int{}, Closed: []wire.Span{}})
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

// addOrders tells the CERT which orders not to scan hold.
func (s *server) addOrders(ctx context.Context, c *wire.Calendar, zone *time.Location) error {
	if who, _ := auth.FromContext(ctx); who.Bound() {
		return nil // an order may be about anybody's
	}
	orders, err := s.Exclusions.ExclusionsWithin(ctx, c.From, c.To, maxOrders)
	if err != nil {
		return err
	}
	c.Exclusions = convert(orders, exclusion)
	for i := range c.Days {
		begin, end := dayOf(*c, i, zone)
		for _, x := range orders {
			if x.CreatedAt.Before(end) && x.Until.After(begin) {
				c.Days[i].Excluded++
			}
		}
	}
	return nil
}

// addHours tells when permissions let scan: beside each slot, and where all is
// of one organisation, on each day when nothing may be scanned.
func (s *server) addHours(ctx context.Context, c *wire.Calendar, org inventory.OrganizationID, zone *time.Location) error {
	orgs := []inventory.OrganizationID{}
	for _, slot := range c.Slots {
		orgs = append(orgs, inventory.OrganizationID(slot.OrgID))
	}
	if org != "" {
		orgs = append(orgs, org)
	}
	permits, err := s.Permits.ActivePermits(ctx, orgs)
	if err != nil {
		return err
	}
	for i := range c.Slots {
		slot := &c.Slots[i]
		of := permits[inventory.OrganizationID(slot.OrgID)]
		slot.Hours, slot.OpensAt = inventory.Hours(of), some(inventory.BeginsAt(of, slot.At))
	}
	if org == "" {
		return nil
	}
	for i := range c.Days {
		begin, end := dayOf(*c, i, zone)
		c.Days[i].Closed = convert(inventory.ClosedHours(permits[org], begin, end), func(v inventory.Span) wire.Span { return wire.Span{From: v.Start, To: v.End} })
	}
	return nil
}

// dayOf is a day of a calendar, as two moments.
func dayOf(c wire.Calendar, i int, zone *time.Location) (begin, end time.Time) {
	first := c.From.In(zone)
	return first.AddDate(0, 0, i), first.AddDate(0, 0, i+1)
}
