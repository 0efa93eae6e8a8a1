package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// deadlineSQL is inventory.Deadline of the finding f.
const deadlineSQL = `CASE WHEN f.decision = '' OR f.severity = 'info' AND NOT f.kev THEN NULL
	ELSE f.first_seen + interval '24 hours' * least(
		CASE f.decision WHEN 'act' THEN CAST(@act AS int) WHEN 'attend' THEN CAST(@attend AS int) WHEN 'track*' THEN CAST(@trackstar AS int) ELSE CAST(@track AS int) END,
		CASE WHEN f.kev THEN CAST(@kev AS int) END) END`

func deadlineArgs() map[string]any {
	return map[string]any{
		"act": inventory.ActDays, "attend": inventory.AttendDays, "trackstar": inventory.TrackStarDays, "track": inventory.TrackDays, "kev": inventory.KEVDays,
	}
}

// standingAtSQL tells how organisations stood at the ends of weeks, of those
// that were scanned before. A finding that was closed and came back counts as
// open in between, and a waiver as if it had always been: what is kept when
// the week ends knows better, and goes before what is counted later.
const standingAtSQL = `
SELECT o.id AS org_id, w.until_at, o.sector,
	count(*) FILTER (WHERE f.open AND f.severity = 'critical') AS critical,
	count(*) FILTER (WHERE f.open AND f.severity = 'high') AS high,
	count(*) FILTER (WHERE f.open AND f.severity = 'medium') AS medium,
	count(*) FILTER (WHERE f.open AND f.severity = 'low') AS low,
	count(*) FILTER (WHERE f.open AND f.severity = 'info') AS info,
	count(*) FILTER (WHERE f.open AND f.kev AND NOT f.waived) AS kev,
	count(*) FILTER (WHERE f.first_seen >= w.until_at - interval '168 hours') AS fresh,
	count(*) FILTER (WHERE NOT f.open) AS closed,
	percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM w.until_at - f.first_seen) / 86400)::int)
		FILTER (WHERE f.open AND f.severity <> 'info') AS median_age,
	percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM f.closed_at - f.first_seen) / 86400)::int)
		FILTER (WHERE NOT f.open) AS to_close,
	count(*) FILTER (WHERE NOT f.open AND f.deadline IS NOT NULL) AS due,
	count(*) FILTER (WHERE NOT f.open AND f.closed_at <= f.deadline) AS met
FROM unnest(CAST(@ends AS timestamptz[])) w (until_at)
JOIN (SELECT org_id, min(started_at) AS first FROM scans GROUP BY org_id) s ON s.first < w.until_at
JOIN organizations o ON o.id = s.org_id
LEFT JOIN LATERAL (
	SELECT f.severity, f.kev, f.first_seen, f.closed_at, f.waiver <> 'none' AND f.waiver_until > w.until_at AS waived,
		f.closed_at IS NULL OR f.closed_at >= w.until_at AS open, ` + deadlineSQL + ` AS deadline
	FROM findings f
	WHERE f.org_id = o.id AND f.first_seen < w.until_at AND (f.closed_at IS NULL OR f.closed_at >= w.until_at - interval '168 hours')
) f ON true
GROUP BY o.id, w.until_at`

type weekRow struct {
	OrgID                       string
	UntilAt                     time.Time
	Critical, High, Medium, Low int
	Info, KEV, Fresh, Closed    int
	MedianAge, ToClose          *int
	Due, Met                    int
}

func (r weekRow) week() reports.Week {
	return reports.Week{
		Until: r.UntilAt.UTC(), Critical: r.Critical, High: r.High, Medium: r.Medium, Low: r.Low, Info: r.Info, KEV: r.KEV,
		New: r.Fresh, Closed: r.Closed, MedianAge: r.MedianAge, ToClose: r.ToClose, Due: r.Due, Met: r.Met,
	}
}

// KeepWeek notes how every organisation stood when a week ended, and what was
// usual in its sector, for the trends of this and all later reports. A week
// that is noted stays as it is. Reports of the week compare with its sector
// only after this.
func (s *Store) KeepWeek(ctx context.Context, end time.Time) error {
	if !reports.WeekEnd(end).Equal(end) || end.After(s.now()) {
		return &inventory.InputError{
			Field: "week", Value: end.UTC().Format(time.RFC3339), Message: "is not the end of a week that has passed", Hint: "give a Monday, 00:00 UTC",
		}
	}
	args := deadlineArgs()
	args["ends"], args["end"], args["few"] = array([]time.Time{end.UTC()}), end.UTC(), reports.MinPeers
	err := s.work(ctx, func(tx *gorm.DB) error {
		var known bool
		if err := tx.Raw("SELECT EXISTS (SELECT 1 FROM weekly_standings WHERE until_at = @end)", args).Scan(&known).Error; err != nil || known {
			return err
		}
		kept := tx.Exec(`
			INSERT INTO weekly_standings (org_id, until_at, sector, critical, high, medium, low, info, kev, fresh, closed, median_age, to_close, due, met)
			`+standingAtSQL+` ON CONFLICT DO NOTHING`, args)
		if kept.Error != nil {
			return kept.Error
		}
		return tx.Exec(keepSectorsSQL, args).Error
	})
	if err != nil {
		return fmt.Errorf("keep the week until %s: %w", end.UTC().Format(time.DateOnly), err)
	}
	return nil
}

const keepSectorsSQL = `
INSERT INTO weekly_sectors (sector, until_at, operators, urgent, age, to_close, met_share)
SELECT sector, until_at, count(*),
	count(*)::int || percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY critical + high),
	count(median_age)::int || coalesce(percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY median_age) FILTER (WHERE median_age IS NOT NULL), ARRAY[0, 0, 0]),
	count(to_close)::int || coalesce(percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY to_close) FILTER (WHERE to_close IS NOT NULL), ARRAY[0, 0, 0]),
	(count(*) FILTER (WHERE due > 0))::int || coalesce(percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY met * 100 / due) FILTER (WHERE due > 0), ARRAY[0, 0, 0])
FROM weekly_standings WHERE until_at = @end GROUP BY sector, until_at HAVING count(*) >= @few
ON CONFLICT DO NOTHING`

// weeklyPast reads an operator's weeks: those that were kept, and for the
// others what the findings tell.
func weeklyPast(tx *gorm.DB, d *reports.Data) error {
	ends := reports.WeekEnds(d.To)
	ends = ends[:len(ends)-1]
	var rows []weekRow
	err := tx.Raw(`
		SELECT org_id, until_at, critical, high, medium, low, info, kev, fresh, closed, median_age, to_close, due, met
		FROM weekly_standings WHERE org_id = ? AND until_at = ANY(?) ORDER BY until_at`, d.Subject.Org, array(ends)).Find(&rows).Error
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(ends), func(end time.Time) bool {
		return slices.ContainsFunc(rows, func(r weekRow) bool { return r.UntilAt.Equal(end) })
	})
	if d.Past = mapped(rows, weekRow.week); len(missing) > 0 {
		if err := weeksTold(tx, d, missing); err != nil {
			return err
		}
	}
	slices.SortFunc(d.Past, func(x, y reports.Week) int { return x.Until.Compare(y.Until) })
	return nil
}

// weeksTold adds what the findings tell of weeks that were not kept: the same
// as standingAtSQL, of one organisation, in a fraction of the time.
func weeksTold(tx *gorm.DB, d *reports.Data, ends []time.Time) error {
	var first *time.Time
	if err := tx.Raw("SELECT min(started_at) FROM scans WHERE org_id = ?", d.Subject.Org).Row().Scan(&first); err != nil || first == nil {
		return err
	}
	var rows []findingRow
	err := tx.Raw(`
		SELECT severity, kev, decision, waiver, waiver_until, detection, first_seen, closed_at FROM findings
		WHERE org_id = ? AND closed_at >= ?`, d.Subject.Org, ends[0].AddDate(0, 0, -7)).Find(&rows).Error
	if err != nil {
		return err
	}
	all := mapped(rows, findingRow.finding)
	for _, f := range d.Findings {
		if f.Detection.Present() {
			all = append(all, f)
		}
	}
	for _, end := range ends {
		if first.Before(end) {
			d.Past = append(d.Past, reports.WeekOf(all, end))
		}
	}
	return nil
}

// weeklyPastOfMany sums the kept weeks of a sector or of the nation up; its
// medians are nobody's.
func weeklyPastOfMany(tx *gorm.DB, d *reports.Data) error {
	ends := reports.WeekEnds(d.To)
	var rows []weekRow
	err := tx.Raw(`
		SELECT until_at, sum(critical) AS critical, sum(high) AS high, sum(medium) AS medium, sum(low) AS low, sum(info) AS info, sum(kev) AS kev,
			sum(fresh) AS fresh, sum(closed) AS closed, sum(due) AS due, sum(met) AS met
		FROM weekly_standings WHERE until_at = ANY(@ends) AND (@sector = '' OR sector = @sector) GROUP BY until_at
		HAVING @sector = '' OR count(*) >= @few ORDER BY until_at`,
		map[string]any{"ends": array(ends[:len(ends)-1]), "sector": d.Subject.Sector, "few": reports.MinPeers}).Find(&rows).Error
	d.Past = mapped(rows, weekRow.week)
	return err
}

// weeklyPeers reads what was usual in the operator's sector.
func weeklyPeers(tx *gorm.DB, d *reports.Data) error {
	var rows []struct {
		UntilAt                        time.Time
		Operators                      int
		Urgent, Age, ToClose, MetShare list[int]
	}
	err := tx.Raw(`
		SELECT until_at, operators, to_jsonb(urgent) AS urgent, to_jsonb(age) AS age, to_jsonb(to_close) AS to_close, to_jsonb(met_share) AS met_share
		FROM weekly_sectors WHERE sector = ? AND until_at = ANY(?) ORDER BY until_at`, d.Org.Sector, array(reports.WeekEnds(d.To))).Find(&rows).Error
	for _, r := range rows {
		d.Peers = append(d.Peers, reports.Band{
			Until: r.UntilAt.UTC(), Operators: r.Operators, Urgent: rangeOf(r.Urgent), Age: rangeOf(r.Age), ToClose: rangeOf(r.ToClose), MetShare: rangeOf(r.MetShare),
		})
	}
	return err
}

// rangeOf reads quartiles; those of too few are not told.
func rangeOf(l list[int]) reports.Range {
	if len(l) != 4 || l[0] < reports.MinPeers {
		return reports.Range{}
	}
	return reports.Range{Known: l[0], Low: l[1], Median: l[2], High: l[3]}
}
