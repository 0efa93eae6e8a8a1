package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// ageTallies are the groups of ages at a moment, still empty.
func ageTallies(now time.Time) []inventory.AgeTally {
	out := make([]inventory.AgeTally, len(inventory.AgeLimits())+1)
	for i, days := range inventory.AgeLimits() {
		out[i].From, out[i+1].Until = now.AddDate(0, 0, -days), now.AddDate(0, 0, -days)
	}
	return out
}

// agesSQL counts what is present by age, as one list; its arguments go to args.
func agesSQL(ages []inventory.AgeTally, args map[string]any) string {
	counts := make([]string, len(ages))
	for i, a := range ages {
		var conditions []string
		if !a.From.IsZero() {
			args[fmt.Sprintf("age_from_%d", i)] = a.From
			conditions = append(conditions, fmt.Sprintf("f.first_seen >= @age_from_%d", i))
		}
		if !a.Until.IsZero() {
			args[fmt.Sprintf("age_until_%d", i)] = a.Until
			conditions = append(conditions, fmt.Sprintf("f.first_seen < @age_until_%d", i))
		}
		counts[i] = "count(*) FILTER (WHERE f.detection <> 'fixed' AND " + strings.Join(conditions, " AND ") + ")"
	}
	return "jsonb_build_array(" + strings.Join(counts, ", ") + ") AS ages"
}

// readServices counts the most frequent services, and how many of them went.
func readServices(tx *gorm.DB, args map[string]any, whose string, out *inventory.Overview) error {
	if err := tx.Raw(fmt.Sprintf(openServicesSQL, whose), args).Find(&out.Services).Error; err != nil {
		return err
	}
	at, names := map[string]*inventory.ServiceTally{}, make([]string, len(out.Services))
	for i := range out.Services {
		at[out.Services[i].Name], names[i] = &out.Services[i], out.Services[i].Name
	}
	args["names"] = array(names)
	var gone []struct {
		Name string
		Gone int
	}
	if err := tx.Raw(fmt.Sprintf(goneServicesSQL, whose), args).Find(&gone).Error; err != nil {
		return err
	}
	for _, g := range gone {
		at[g.Name].Gone = g.Gone
	}
	return nil
}

// readFixTimes tells how long what was closed took.
func readFixTimes(tx *gorm.DB, args map[string]any, out *inventory.Overview) error {
	limits := inventory.FixLimits()
	counts, before := make([]string, 0, len(limits)+1), "true"
	for _, days := range limits {
		counts = append(counts, fmt.Sprintf("count(*) FILTER (WHERE %s AND days <= %d)", before, days))
		before = fmt.Sprintf("days > %d", days)
	}
	counts = append(counts, "count(*) FILTER (WHERE "+before+")")
	var rows []struct {
		Severity   inventory.Severity
		Closed     int
		MedianDays float64
		TargetDays int
		InTime     int
		Due        int
		Within     list[int] `gorm:"type:jsonb"`
	}
	sql := fmt.Sprintf(fixTimesSQL, "jsonb_build_array("+strings.Join(counts, ", ")+") AS within")
	if err := tx.Raw(sql, args).Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		if r.Severity == "" {
			out.Closed, out.MedianDays = r.Closed, r.MedianDays
		}
		out.FixTimes = append(out.FixTimes, inventory.FixTime{
			Severity: r.Severity, Closed: r.Closed, MedianDays: r.MedianDays, TargetDays: r.TargetDays, InTime: r.InTime, Due: r.Due, Within: r.Within,
		})
	}
	return nil
}

// openByWeekSQL counts as weeksSQL does, of each of some organisations.
const openByWeekSQL = `
SELECT org_id AS org, CASE WHEN first_seen < @start THEN -1 ELSE floor(date_part('epoch', first_seen - CAST(@start AS timestamptz)) / 604800) END::int AS came,
	CASE WHEN closed_at < @end THEN floor(date_part('epoch', closed_at - CAST(@start AS timestamptz)) / 604800) END::int AS went, count(*) AS n
FROM findings WHERE org_id = ANY(@orgs) AND first_seen < @end AND (closed_at IS NULL OR closed_at >= @start) GROUP BY 1, 2, 3`

// OpenByWeek counts what was open at the end of each of twelve weeks until a
// moment, of each of some organisations.
func (s *Store) OpenByWeek(ctx context.Context, orgs []inventory.OrganizationID, end time.Time) (map[inventory.OrganizationID][]int, error) {
	var rows []struct {
		Org  inventory.OrganizationID
		Came int
		Went *int
		N    int
	}
	start := end.Add(-overviewWeeks * 7 * 24 * time.Hour)
	err := s.read(ctx).Raw(openByWeekSQL, map[string]any{"orgs": array(orgs), "start": start, "end": end}).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count what was open by week: %w", fault(err))
	}
	out := make(map[inventory.OrganizationID][]int, len(orgs))
	for _, org := range orgs {
		out[org] = make([]int, overviewWeeks)
	}
	for _, r := range rows {
		for i := range out[r.Org] {
			if r.Came <= i && (r.Went == nil || *r.Went > i) {
				out[r.Org][i] += r.N
			}
		}
	}
	return out, nil
}
