package schedule

import (
	"context"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// maxSlotsEach bounds what one schedule adds to a list of slots.
const maxSlotsEach = 1000

// Slots lists when the schedules of an organisation, or with "" all, are due
// in [from, to), in order. Paused ones are not.
func (s *Scheduler) Slots(ctx context.Context, org inventory.OrganizationID, from, to time.Time) ([]scanner.Slot, error) {
	zones := map[inventory.OrganizationID]string{}
	err := inventory.Each(func(p inventory.Page) ([]inventory.Organization, string, error) {
		if org == "" {
			return s.store.Organizations(ctx, p)
		}
		o, err := s.store.Organization(ctx, org)
		return []inventory.Organization{o}, "", err
	}, func(o inventory.Organization) error {
		zones[o.ID] = o.TimeZone
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []scanner.Slot
	rules := map[[2]string]Cron{} // many have the same, and zones are read from files
	err = inventory.Each(func(p inventory.Page) ([]scanner.Schedule, string, error) {
		return s.store.Schedules(ctx, org, p)
	}, func(sch scanner.Schedule) error {
		if sch.Paused {
			return nil
		}
		rule := [2]string{sch.Cron, zones[sch.Org]}
		cron, known := rules[rule]
		if !known {
			var err error
			if cron, err = ParseCron(sch.Cron, zones[sch.Org]); err != nil {
				return err
			}
			rules[rule] = cron
		}
		at := cron.Next(from.Add(-time.Second))
		for n := 0; n < maxSlotsEach && !at.IsZero() && at.Before(to); n++ {
			out = append(out, scanner.Slot{Schedule: sch, At: at})
			at = cron.Next(at)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b scanner.Slot) int { return a.At.Compare(b.At) })
	return out, err
}
