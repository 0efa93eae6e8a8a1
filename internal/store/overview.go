package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

const (
	overviewWeeks = 12
	closedWithin  = 90 * 24 * time.Hour
	topServices   = 15
)

// concernedSQL are the organisations that an overview is of.
const concernedSQL = `
WITH concerned AS (
	SELECT id, num, name, sector, criticality FROM organizations
	WHERE (@org = '' OR id = @org) AND (@sector = '' OR sector = @sector) AND (@criticality = '' OR criticality = @criticality)
)`

// tallySQL counts each organisation's findings, as the list of findings selects
// them: what a number leads to must be as many.
const tallySQL = concernedSQL + `
SELECT c.id AS org, f.severity,
	count(*) FILTER (WHERE f.detection <> 'fixed') AS open,
	count(*) FILTER (WHERE f.first_seen >= @since) AS new,
	count(*) FILTER (WHERE f.closed_at >= @since) AS fixed,
	count(*) FILTER (WHERE f.detection <> 'fixed' AND f.due_at < @now AND NOT (f.waiver <> 'none' AND f.waiver_until > @now)) AS overdue,
	count(*) FILTER (WHERE f.detection <> 'fixed' AND f.kev) AS kev,
	count(*) FILTER (WHERE f.detection <> 'fixed' AND f.kev AND f.due_at < @now
		AND NOT (f.waiver <> 'none' AND f.waiver_until > @now)) AS kev_overdue
FROM concerned c JOIN findings f ON f.org_id = c.id
GROUP BY c.id, f.severity`

const backSQL = concernedSQL + `
SELECT c.id AS org, count(DISTINCT f.id) AS back
FROM finding_events e JOIN findings f ON f.id = e.finding_id JOIN concerned c ON c.id = f.org_id
WHERE e.kind = 'reopened' AND e.at >= @since GROUP BY c.id`

const disputedSQL = concernedSQL + `
SELECT c.id AS org, count(*) AS disputed
FROM disputes d JOIN concerned c ON c.id = d.org_id JOIN findings f ON f.id = d.finding_id
WHERE d.state IN ('open', 'answered') AND f.dispute <> '' AND f.detection <> 'fixed' GROUP BY c.id`

const lookedSQL = concernedSQL + `
SELECT c.id AS org, c.name, c.sector, c.criticality, count(a.id) AS assets,
	count(a.id) FILTER (WHERE a.looked_at >= @since) AS looked, max(a.looked_at) AS last_look
FROM concerned c LEFT JOIN assets a ON a.org_id = c.id AND a.retired_at IS NULL
GROUP BY c.id, c.num, c.name, c.sector, c.criticality ORDER BY c.num`

// openServicesSQL counts services by name. %s says whose, so that those of one
// organisation are looked up asset by asset and those of many all read.
const (
	openServicesSQL = concernedSQL + `
SELECT s.name, count(*) AS open, count(*) FILTER (WHERE s.first_seen >= @since) AS appeared
FROM services s WHERE %s GROUP BY s.name ORDER BY open DESC, s.name LIMIT @limit`
	ofOneSQL  = "s.asset_id = ANY(ARRAY(SELECT a.id FROM concerned c JOIN assets a ON a.org_id = c.id AND a.retired_at IS NULL))"
	ofManySQL = "s.asset_id IN (SELECT a.id FROM concerned c JOIN assets a ON a.org_id = c.id AND a.retired_at IS NULL)"
)

// weeksSQL counts findings by the weeks in which they came and went: -1 is
// before the first, and those that are there have no week of going. Those that
// went before the first week are nobody's.
const weeksSQL = concernedSQL + `
SELECT severity, CASE WHEN first_seen < @start THEN -1 ELSE floor(date_part('epoch', first_seen - CAST(@start AS timestamptz)) / 604800) END::int AS came,
	CASE WHEN closed_at < @end THEN floor(date_part('epoch', closed_at - CAST(@start AS timestamptz)) / 604800) END::int AS went, count(*) AS n
FROM concerned c JOIN findings f ON f.org_id = c.id
WHERE first_seen < @end AND (closed_at IS NULL OR closed_at >= @start) GROUP BY 1, 2, 3`

const medianSQL = concernedSQL + `
SELECT count(*) AS closed, coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', closed_at - first_seen) / 86400), 0) AS median_days
FROM concerned c JOIN findings f ON f.org_id = c.id WHERE closed_at >= @closed`

// Overview counts how those stand whom the filter selects, all at one moment.
func (s *Store) Overview(ctx context.Context, f inventory.OverviewFilter) (inventory.Overview, error) {
	now := s.now()
	start := now.Add(-overviewWeeks * 7 * 24 * time.Hour)
	args := map[string]any{
		"org": string(f.Org), "sector": string(f.Sector), "criticality": string(f.Criticality), "since": f.Since, "now": now,
		"start": start, "end": now, "closed": now.Add(-closedWithin), "limit": topServices,
	}
	out := inventory.Overview{At: now, Since: f.Since}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := plannedAnew(tx); err != nil {
			return err
		}
		if err := readStandings(tx, args, &out); err != nil {
			return err
		}
		whose := ofManySQL
		if f.Org != "" {
			whose = ofOneSQL
		}
		if err := tx.Raw(fmt.Sprintf(openServicesSQL, whose), args).Find(&out.Services).Error; err != nil {
			return err
		}
		var closed struct {
			Closed     int
			MedianDays float64
		}
		if err := tx.Raw(medianSQL, args).Take(&closed).Error; err != nil {
			return err
		}
		out.Closed, out.MedianDays = closed.Closed, closed.MedianDays
		var err error
		out.Weeks, err = readWeeks(tx, args, start)
		return err
	})
	if err != nil {
		return inventory.Overview{}, fmt.Errorf("count for the overview: %w", fault(err))
	}
	return out, nil
}

func readStandings(tx *gorm.DB, args map[string]any, out *inventory.Overview) error {
	var looks []struct {
		Org                       inventory.OrganizationID
		Name, Sector, Criticality string
		Assets, Looked            int
		LastLook                  *time.Time
	}
	if err := tx.Raw(lookedSQL, args).Find(&looks).Error; err != nil {
		return err
	}
	at := map[inventory.OrganizationID]*inventory.Standing{}
	out.Standings = make([]inventory.Standing, len(looks))
	for i, l := range looks {
		out.Standings[i] = inventory.Standing{
			Org: l.Org, Name: l.Name, Sector: inventory.Sector(l.Sector), Criticality: inventory.Criticality(l.Criticality),
			Severities: map[inventory.Severity]int{}, Assets: l.Assets, Looked: l.Looked, LastLook: orZero(l.LastLook),
		}
		at[l.Org] = &out.Standings[i]
	}
	var tallies []struct {
		Org                                        inventory.OrganizationID
		Severity                                   inventory.Severity
		Open, New, Fixed, Overdue, KEV, KEVOverdue int
	}
	if err := tx.Raw(tallySQL, args).Find(&tallies).Error; err != nil {
		return err
	}
	for _, t := range tallies {
		at[t.Org].Severities[t.Severity] = t.Open
		at[t.Org].Tally.Add(inventory.Tally{Open: t.Open, New: t.New, Fixed: t.Fixed, Overdue: t.Overdue, KEV: t.KEV, KEVOverdue: t.KEVOverdue})
	}
	var back []struct {
		Org  inventory.OrganizationID
		Back int
	}
	if err := tx.Raw(backSQL, args).Find(&back).Error; err != nil {
		return err
	}
	for _, b := range back {
		at[b.Org].Tally.Back = b.Back
	}
	var disputed []struct {
		Org      inventory.OrganizationID
		Disputed int
	}
	if err := tx.Raw(disputedSQL, args).Find(&disputed).Error; err != nil {
		return err
	}
	for _, d := range disputed {
		at[d.Org].Tally.Disputed = d.Disputed
	}
	return nil
}

func readWeeks(tx *gorm.DB, args map[string]any, start time.Time) ([]inventory.WeekTally, error) {
	var rows []struct {
		Severity inventory.Severity
		Came     int
		Went     *int
		N        int
	}
	if err := tx.Raw(weeksSQL, args).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]inventory.WeekTally, overviewWeeks)
	for i := range out {
		out[i] = inventory.WeekTally{End: start.Add(time.Duration(i+1) * 7 * 24 * time.Hour), Open: map[inventory.Severity]int{}}
		for _, r := range rows {
			if r.Came <= i && (r.Went == nil || *r.Went > i) {
				out[i].Open[r.Severity] += r.N
			}
			if r.Came == i {
				out[i].New += r.N
			}
			if r.Went != nil && *r.Went == i {
				out[i].Closed += r.N
			}
		}
	}
	return out, nil
}
