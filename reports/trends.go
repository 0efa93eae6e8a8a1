package reports

import (
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// TrendWeeks is how far trends go back, this week included.
const TrendWeeks = 26

// WeekEnd is the end of the ISO week that the moment before t lies in: the
// Monday at 00:00 UTC after it. t itself when it is one.
func WeekEnd(t time.Time) time.Time {
	day := t.UTC().Truncate(24 * time.Hour)
	if day.Before(t) {
		day = day.AddDate(0, 0, 1)
	}
	return day.AddDate(0, 0, (8-int(day.Weekday()))%7)
}

// WeekEnds are the ends of the weeks of trends for a report until to, oldest
// first. The last is the report's own.
func WeekEnds(to time.Time) []time.Time {
	out := make([]time.Time, TrendWeeks)
	for i := range out {
		out[i] = WeekEnd(to).AddDate(0, 0, -7*(TrendWeeks-1-i))
	}
	return out
}

// Trends are how things went over the last weeks, the oldest first. A week of
// which nothing is known is left out.
type Trends struct {
	Weeks []Week `json:"weeks"`
	Peers []Band `json:"sector"`
}

// past is the kept weeks before the report's own.
func (b builder) past() []Week {
	out := []Week{}
	ends := WeekEnds(b.To)
	last := ends[len(ends)-1]
	for _, w := range b.Past {
		if w.Until = w.Until.UTC(); w.Until.Before(last) && slices.ContainsFunc(ends, w.Until.Equal) {
			w.Name = isoWeek(w.Until.Add(-time.Nanosecond))
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(x, y Week) int { return x.Until.Compare(y.Until) })
	return out
}

// trends takes the weeks before from the store, and this one from the report's
// own lists, so that it cannot disagree with them.
func (b builder) trends(r Report) Trends {
	t := Trends{Weeks: b.past(), Peers: []Band{}}
	ends := WeekEnds(b.To)
	if r.Basis.Known() || len(r.Problems) > 0 || len(r.Closed) > 0 {
		t.Weeks = append(t.Weeks, b.thisWeek(r, ends[len(ends)-1]))
	}
	for _, p := range b.Peers {
		if p.Until = p.Until.UTC(); p.Operators >= MinPeers && slices.ContainsFunc(ends, p.Until.Equal) {
			t.Peers = append(t.Peers, p)
		}
	}
	slices.SortFunc(t.Peers, func(x, y Band) int { return x.Until.Compare(y.Until) })
	return t
}

func (b builder) thisWeek(r Report, until time.Time) Week {
	w := Week{Name: isoWeek(until.Add(-time.Nanosecond)), Until: until, Closed: len(r.Closed)}
	var ages, took []int
	for _, p := range r.Problems {
		for _, f := range p.Findings {
			w.count(f.Severity)
			if f.Severity != inventory.SeverityInfo {
				ages = append(ages, f.AgeDays)
			}
			if f.KEV && f.Waiver == inventory.WaiverNone {
				w.KEV++
			}
		}
	}
	for _, c := range r.Changes {
		if c.Kind == ChangeNew || c.Kind == ChangeReopened {
			w.New++
		}
	}
	for _, c := range r.Closed {
		took = append(took, c.DaysOpen)
		if due := inventory.Deadline(b.byID[c.Finding.ID]); due != nil {
			w.Due++
			if !c.At.After(*due) {
				w.Met++
			}
		}
	}
	w.MedianAge, w.ToClose = median(ages), median(took)
	return w
}

// WeekOf tells from findings how an organisation stood at the end of a week: of
// those present then, and those closed within the seven days before.
func WeekOf(findings []inventory.Finding, end time.Time) Week {
	w := Week{Until: end.UTC()}
	begin := end.AddDate(0, 0, -7)
	var ages, took []int
	for _, f := range findings {
		switch {
		case !f.FirstSeen.Before(end), f.ClosedAt != nil && f.ClosedAt.Before(begin):
			continue
		case !f.FirstSeen.Before(begin):
			w.New++
		}
		if f.ClosedAt != nil && f.ClosedAt.Before(end) {
			w.Closed++
			took = append(took, wholeDays(f.ClosedAt.Sub(f.FirstSeen)))
			if due := inventory.Deadline(f); due != nil {
				w.Due++
				if !f.ClosedAt.After(*due) {
					w.Met++
				}
			}
			continue
		}
		w.count(f.Severity)
		if f.Severity != inventory.SeverityInfo {
			ages = append(ages, wholeDays(end.Sub(f.FirstSeen)))
		}
		if f.KEV && !f.Waiver.InForce(end) {
			w.KEV++
		}
	}
	w.MedianAge, w.ToClose = median(ages), median(took)
	return w
}

func (w *Week) count(s inventory.Severity) {
	switch s {
	case inventory.SeverityCritical:
		w.Critical++
	case inventory.SeverityHigh:
		w.High++
	case inventory.SeverityMedium:
		w.Medium++
	case inventory.SeverityLow:
		w.Low++
	default:
		w.Info++
	}
}

// Urgent are the open critical and high findings.
func (w Week) Urgent() int { return w.Critical + w.High }

// MetShare is the share of deadlines met in whole percents, or nil without any.
func (w Week) MetShare() *int {
	if w.Due == 0 {
		return nil
	}
	return new(w.Met * 100 / w.Due)
}

// median is the one in the middle, the lower of two; nil of nothing. The store
// counts alike (percentile_disc).
func median(all []int) *int {
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return &all[(len(all)-1)/2]
}

// quartiles describe a number over operators; of fewer than MinPeers they tell
// nothing.
func quartiles(all []int) Range {
	r := Range{Known: len(all)}
	if len(all) < MinPeers {
		return r
	}
	slices.Sort(all)
	at := func(quarter int) int { return all[(len(all)*quarter+3)/4-1] } // percentile_disc
	r.Low, r.Median, r.High = at(1), at(2), at(3)
	return r
}
