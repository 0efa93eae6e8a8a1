package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

const (
	// fresh is how old the count of a nation or a sector may be: it reads
	// every finding, and many people look at it. Until it is stale it is shown
	// while the next is made: it tells when it was made.
	fresh      = time.Minute
	stale      = 15 * time.Minute
	mostKept   = 64 // counts
	mostRanked = 25
	silence    = 14 * 24 * time.Hour
)

func (s *server) registerOverview() {
	handle(s, "get-overview", "GET /overview", "Show how the nation, a sector or an organisation stands", s.getOverview)
}

// An overviewQuery is the input of the overview.
type overviewQuery struct {
	Org         string `query:"org" maxLength:"100"`
	Sector      string `query:"sector" enum:"energy,banking,telecom,transport,health,government,water,defence,industry,other"`
	Criticality string `query:"criticality" enum:"low,medium,high,critical"`
	Days        int    `query:"days" minimum:"1" maximum:"366" default:"7" doc:"How far back changes count."`
	Weeks       int    `query:"weeks" minimum:"4" maximum:"52" default:"12" doc:"How far back the weeks go."`
	Rank        string `query:"rank" enum:"kev,change" default:"kev" doc:"Which organisations come first: those with most that is known to be exploited and overdue, or with most more than before."`
}

func (s *server) getOverview(ctx context.Context, in *overviewQuery) (*body[wire.Overview], error) {
	now := s.Now().UTC()
	var err error
	f := inventory.OverviewFilter{
		Org: inventory.OrganizationID(in.Org), Sector: inventory.Sector(in.Sector), Criticality: inventory.Criticality(in.Criticality),
		Since: now.AddDate(0, 0, -in.Days), Weeks: in.Weeks,
	}
	if f.Org, err = boundTo(ctx, f.Org); err != nil {
		return nil, err
	}
	var o inventory.Overview
	count := func(ctx context.Context) (inventory.Overview, error) { return s.count(ctx, f, in.Rank) }
	if f.Org != "" { // few rows: always as of now
		o, err = count(ctx)
	} else {
		o, err = s.counts.get(ctx, *in, now, count)
	}
	if err != nil {
		return nil, err
	}
	return answer(overview(o, in.Rank)), nil
}

// count reads an overview, with the weeks of those organisations that it names.
func (s *server) count(ctx context.Context, f inventory.OverviewFilter, rank string) (inventory.Overview, error) {
	o, err := s.Overviews.Overview(ctx, f)
	if err != nil {
		return o, err
	}
	first, silent := ranked(o, rank), quiet(o)
	var named []inventory.OrganizationID
	for _, st := range slices.Concat(first, silent) {
		named = append(named, st.Org)
	}
	weeks, err := s.Overviews.OpenByWeek(ctx, named, o.At)
	for i := range o.Standings {
		o.Standings[i].Weeks = weeks[o.Standings[i].Org]
	}
	return o, err
}

// ranked are the first organisations by a rank.
func ranked(o inventory.Overview, rank string) []inventory.Standing {
	by := worstFirst
	if rank == "change" {
		by = func(a, b inventory.Standing) int { return cmp.Or(cmp.Compare(grown(b), grown(a)), worstFirst(a, b)) }
	}
	all := slices.SortedStableFunc(slices.Values(o.Standings), by)
	return all[:min(len(all), mostRanked)]
}

// grown is how many findings an organisation has more than before.
func grown(s inventory.Standing) int { return s.Tally.New + s.Tally.Back - s.Tally.Fixed }

// quiet are the first organisations of which nothing was looked at for long, or
// of which nothing answered.
func quiet(o inventory.Overview) []inventory.Standing {
	var out []inventory.Standing
	for _, st := range o.Standings {
		if st.Assets > 0 && (o.At.Sub(st.LastLook) > silence || st.Unreachable == st.Assets) {
			out = append(out, st)
		}
	}
	slices.SortStableFunc(out, func(a, b inventory.Standing) int { return a.LastLook.Compare(b.LastLook) })
	return out[:min(len(out), mostRanked)]
}

// counted keeps what was counted a moment ago.
type counted struct {
	mu   sync.Mutex
	kept map[overviewQuery]inventory.Overview
	one  singleflight.Group
}

// get returns a count that is not stale, and makes it once however many ask.
func (c *counted) get(ctx context.Context, key overviewQuery, now time.Time, count func(context.Context) (inventory.Overview, error)) (inventory.Overview, error) {
	c.mu.Lock()
	o, ok := c.kept[key]
	c.mu.Unlock()
	if ok && now.Sub(o.At) < fresh && !now.Before(o.At.Add(-fresh)) {
		return o, nil
	}
	made := c.one.DoChan(fmt.Sprint(key), func() (any, error) {
		// Others wait for this count: it must not end because the first left.
		o, err := count(context.WithoutCancel(ctx))
		if err == nil {
			c.keep(key, o)
		}
		return o, err
	})
	if ok && now.Sub(o.At) < stale && !now.Before(o.At) {
		return o, nil
	}
	select {
	case <-ctx.Done():
		return inventory.Overview{}, ctx.Err()
	case r := <-made:
		o, _ = r.Val.(inventory.Overview)
		return o, r.Err
	}
}

func (c *counted) keep(key overviewQuery, o inventory.Overview) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= mostKept {
		c.kept = map[overviewQuery]inventory.Overview{}
	}
	c.kept[key] = o
}

func overview(o inventory.Overview, rank string) wire.Overview {
	out := wire.Overview{
		At: o.At.UTC(), Since: o.Since.UTC(), Total: tally(o.Total()), Sectors: sectors(o.Standings),
		Services: convert(o.Services, func(v inventory.ServiceTally) wire.ServiceTally { return wire.ServiceTally(v) }),
		Weeks: convert(o.Weeks, func(v inventory.WeekTally) wire.WeekTally {
			return wire.WeekTally{End: v.End.UTC(), Open: bySeverity(v.Open), New: v.New, Closed: v.Closed}
		}),
	}
	if o.Closed > 0 {
		out.MedianDays = &o.MedianDays
	}
	var last time.Time
	for _, st := range o.Standings {
		out.Assets += st.Assets
		out.Looked += st.Looked
		if st.LastLook.After(last) {
			last = st.LastLook
		}
	}
	out.LastLook = some(last)
	out.Organizations, out.Silent = convert(ranked(o, rank), standing), convert(quiet(o), standing)
	out.Ages = convert(o.Ages, func(a inventory.AgeTally) wire.AgeTally {
		return wire.AgeTally{From: some(a.From), Until: some(a.Until), Open: a.Open}
	})
	out.FixTimes = convert(o.FixTimes, func(f inventory.FixTime) wire.FixTime {
		return wire.FixTime{
			Severity: string(f.Severity), Closed: f.Closed, MedianDays: f.MedianDays, TargetDays: f.TargetDays, InTime: f.InTime, Due: f.Due, Within: f.Within,
		}
	})
	return out
}

// worstFirst ranks by what cannot wait.
func worstFirst(a, b inventory.Standing) int {
	return cmp.Or(
		cmp.Compare(b.Tally.KEVOverdue, a.Tally.KEVOverdue), cmp.Compare(b.Tally.Overdue, a.Tally.Overdue),
		cmp.Compare(b.Tally.New+b.Tally.Back, a.Tally.New+a.Tally.Back), cmp.Compare(b.Tally.Open, a.Tally.Open),
	)
}

func sectors(all []inventory.Standing) []wire.SectorTally {
	sums := map[inventory.Sector]*wire.SectorTally{}
	tallies := map[inventory.Sector]inventory.Tally{}
	out := []wire.SectorTally{}
	for _, st := range all {
		sum := sums[st.Sector]
		if sum == nil {
			sum = &wire.SectorTally{Sector: string(st.Sector), Severities: map[string]int{}}
			sums[st.Sector] = sum
		}
		sum.Organizations++
		sum.Assets += st.Assets
		sum.Looked += st.Looked
		for severity, n := range st.Severities {
			sum.Severities[string(severity)] += n
		}
		t := tallies[st.Sector]
		t.Add(st.Tally)
		tallies[st.Sector] = t
	}
	for _, sector := range inventory.Sectors() {
		if sum := sums[sector]; sum != nil {
			sum.Tally = tally(tallies[sector])
			out = append(out, *sum)
		}
	}
	return out
}

func tally(t inventory.Tally) wire.Tally { return wire.Tally(t) }

func standing(s inventory.Standing) wire.Standing {
	return wire.Standing{
		OrgID: string(s.Org), Name: s.Name, Sector: string(s.Sector), Criticality: string(s.Criticality), Tally: tally(s.Tally),
		Severities: bySeverity(s.Severities), Assets: s.Assets, Looked: s.Looked, LastLook: some(s.LastLook),
		Unreachable: s.Unreachable, Grown: grown(s), Weeks: append([]int{}, s.Weeks...),
	}
}

func bySeverity(m map[inventory.Severity]int) map[string]int {
	out := map[string]int{}
	for severity, n := range m {
		out[string(severity)] = n
	}
	return out
}
