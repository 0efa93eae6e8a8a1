package store

import (
	"cmp"
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
		AND NOT (f.waiver <> 'none' AND f.waiver_until > @now)) AS kev_overdue,
	%s
FROM concerned c JOIN findings f ON f.org_id = c.id
GROUP BY c.id, f.severity`

const backSQL = concernedSQL + `
SELECT c.id AS org, count(DISTINCT f.id) AS back
FROM finding_events e JOIN findings f ON f.id = e.finding_id JOIN concerned c ON c.id = f.org_id
WHERE e.kind = 'back_again' AND e.at >= @since GROUP BY c.id`

const disputedSQL = concernedSQL + `
SELECT c.id AS org, count(*) AS disputed
FROM disputes d JOIN concerned c ON c.id = d.org_id JOIN findings f ON f.id = d.finding_id
WHERE d.state IN ('open', 'answered') AND f.dispute <> '' AND f.detection <> 'fixed' GROUP BY c.id`

const lookedSQL = concernedSQL + `
SELECT c.id AS org, c.name, c.sector, c.criticality, count(a.id) AS assets,
	count(a.id) FILTER (WHERE a.looked_at >= @since) AS looked, max(a.looked_at) AS last_look,
	count(a.id) FILTER (WHERE a.tested_at IS NOT NULL AND (a.answered_at IS NULL OR a.answered_at < a.tested_at)) AS unreachable
FROM concerned c LEFT JOIN assets a ON a.org_id = c.id AND a.retired_at IS NULL
GROUP BY c.id, c.num, c.name, c.sector, c.criticality ORDER BY c.num`

// openServicesSQL counts services by name. %s says whose, so that those of one
// organisation are looked up asset by asset and those of many all read.
const (
	openServicesSQL = concernedSQL + `
SELECT s.name, count(*) AS open, count(*) FILTER (WHERE s.first_seen >= @since) AS appeared
FROM services s WHERE %s GROUP BY s.name ORDER BY open DESC, s.name LIMIT @limit`
	goneServicesSQL = concernedSQL + `
SELECT s.name, count(*) AS gone FROM former_services s
WHERE s.gone_at >= @since AND %s AND s.name = ANY(@names) GROUP BY s.name`
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

// fixTimesSQL tells how long findings took, of all and of each severity, and
// what inventory.Deadline allowed them.
const fixTimesSQL = concernedSQL + `, closed AS (
	SELECT f.severity, f.severity_order, date_part('epoch', f.closed_at - f.first_seen) / 86400 AS days,
		CASE WHEN f.severity <> 'info' OR f.kev THEN least(CASE WHEN f.kev THEN CAST(@kev_days AS int) END, CASE f.decision
			WHEN 'act' THEN CAST(@act AS int) WHEN 'attend' THEN CAST(@attend AS int) WHEN 'track*' THEN CAST(@track_star AS int) WHEN 'track' THEN CAST(@track AS int) END) END AS allowed
	FROM concerned c JOIN findings f ON f.org_id = c.id WHERE f.closed_at >= @closed)
SELECT coalesce(severity, '') AS severity, count(*) AS closed, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median_days,
	coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY allowed), 0) AS target_days,
	count(*) FILTER (WHERE days <= allowed) AS in_time, count(allowed) AS due, %s
FROM closed GROUP BY GROUPING SETS ((), (severity, severity_order)) HAVING count(*) > 0
ORDER BY grouping(severity) DESC, severity_order`

// Overview counts how those stand whom the filter selects, all at one moment.
func (s *Store) Overview(ctx context.Context, f inventory.OverviewFilter) (inventory.Overview, error) {
	now := s.now()
	weeks := cmp.Or(f.Weeks, overviewWeeks)
	start := now.Add(-time.Duration(weeks) * 7 * 24 * time.Hour)
	args := map[string]any{
		"org": string(f.Org), "sector": string(f.Sector), "criticality": string(f.Criticality), "since": f.Since, "now": now,
		"start": start, "end": now, "closed": now.Add(-closedWithin), "limit": topServices,
		"act": inventory.ActDays, "attend": inventory.AttendDays, "track_star": inventory.TrackStarDays, "track": inventory.TrackDays, "kev_days": inventory.KEVDays,
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
		if err := readServices(tx, args, whose, &out); err != nil {
			return err
		}
		if err := readFixTimes(tx, args, &out); err != nil {
			return err
		}
		var err error
		out.Weeks, err = readWeeks(tx, args, start, weeks)
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
		Unreachable               int
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
			Severities: map[inventory.Severity]int{}, Assets: l.Assets, Looked: l.Looked, LastLook: orZero(l.LastLook), Unreachable: l.Unreachable,
		}
		at[l.Org] = &out.Standings[i]
	}
	var tallies []struct {
		Org                                        inventory.OrganizationID
		Severity                                   inventory.Severity
		Open, New, Fixed, Overdue, KEV, KEVOverdue int
		Ages                                       list[int] `gorm:"type:jsonb"`
	}
	out.Ages = ageTallies(out.At)
	if err := tx.Raw(fmt.Sprintf(tallySQL, agesSQL(out.Ages, args)), args).Find(&tallies).Error; err != nil {
		return err
	}
	for _, t := range tallies {
		at[t.Org].Severities[t.Severity] = t.Open
		for i, n := range t.Ages {
			out.Ages[i].Open += n
		}
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

func readWeeks(tx *gorm.DB, args map[string]any, start time.Time, weeks int) ([]inventory.WeekTally, error) {
	var rows []struct {
		Severity inventory.Severity
		Came     int
		Went     *int
		N        int
	}
	if err := tx.Raw(weeksSQL, args).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]inventory.WeekTally, weeks)
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
