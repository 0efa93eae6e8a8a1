package schedule

import (
	"context"
	"maps"
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
	rules := map[[2]string][]time.Time{} // many have the same
	var out []scanner.Slot
	err := inventory.Each(func(p inventory.Page) ([]scanner.Schedule, string, error) {
		page, next, err := s.store.Schedules(ctx, org, p)
		if err != nil {
			return nil, "", err
		}
		orgs := make([]inventory.OrganizationID, len(page))
		for i, sch := range page {
			orgs[i] = sch.Org
		}
		of, err := s.store.TimeZones(ctx, orgs)
		maps.Copy(zones, of)
		return page, next, err
	}, func(sch scanner.Schedule) error {
		if sch.Paused {
			return nil
		}
		rule := [2]string{sch.Cron, zones[sch.Org]}
		times, known := rules[rule]
		if !known {
			cron, err := ParseCron(rule[0], rule[1])
			if err != nil {
				return err
			}
			at := cron.Next(from.Add(-time.Second))
			for n := 0; n < maxSlotsEach && !at.IsZero() && at.Before(to); n++ {
				times = append(times, at)
				at = cron.Next(at)
			}
			rules[rule] = times
		}
		for _, at := range times {
			out = append(out, scanner.Slot{Schedule: sch, At: at})
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b scanner.Slot) int { return a.At.Compare(b.At) })
	return out, err
}
