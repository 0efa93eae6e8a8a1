package store

import (
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// The sums below count as reports.Build counts for one operator; a test holds
// both together. Each reads its table once.
const (
	openSumsSQL = `
SELECT org_id, count(*) FILTER (WHERE severity = 'critical') AS critical, count(*) FILTER (WHERE severity = 'high') AS high,
	count(*) FILTER (WHERE severity = 'medium') AS medium, count(*) FILTER (WHERE severity = 'low') AS low,
	count(*) FILTER (WHERE severity = 'info') AS info, count(*) FILTER (WHERE waived) AS waived,
	count(*) FILTER (WHERE kev AND NOT waived) AS kev,
	count(*) FILTER (WHERE kev AND NOT waived AND due_at < @now) AS kev_overdue,
	count(*) FILTER (WHERE NOT waived AND due_at < @now) AS overdue,
	count(*) FILTER (WHERE NOT waived AND check_id = ANY(@ransom)) AS ransomware,
	coalesce(max(age) FILTER (WHERE severity = 'critical' AND NOT waived), 0) AS oldest_critical,
	coalesce(max(age) FILTER (WHERE kev AND NOT waived), 0) AS oldest_kev,
	percentile_disc(0.5) WITHIN GROUP (ORDER BY age) FILTER (WHERE severity <> 'info') AS median_age
FROM (SELECT org_id, severity, kev, due_at, check_id, waiver <> 'none' AND waiver_until > @now AS waived,
		floor(extract(epoch FROM CAST(@now AS timestamptz) - first_seen) / 86400)::int AS age
	FROM findings WHERE detection <> 'fixed' AND (@sector = '' OR org_id = ANY(@orgs))) f
GROUP BY org_id`

	closedSumsSQL = `
SELECT f.org_id, count(*) AS fixed,
	percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM f.closed_at - f.first_seen) / 86400)::int) AS to_close,
	count(*) FILTER (WHERE ` + deadlineSQL + ` IS NOT NULL) AS due, count(*) FILTER (WHERE f.closed_at <= ` + deadlineSQL + `) AS met
FROM findings f WHERE f.closed_at >= @from AND f.closed_at < @to AND (@sector = '' OR f.org_id = ANY(@orgs)) GROUP BY f.org_id`

	eventSumsSQL = `
SELECT f.org_id, count(*) FILTER (WHERE e.kind = 'opened') AS new, count(*) FILTER (WHERE e.kind = 'back_again') AS reopened
FROM finding_events e JOIN findings f ON f.id = e.finding_id
WHERE e.kind IN ('opened', 'back_again') AND e.at >= @from AND e.at < @to AND (f.detection <> 'fixed' OR f.closed_at >= @from AND f.closed_at < @to)
	AND (@sector = '' OR f.org_id = ANY(@orgs))
GROUP BY f.org_id`

	// Triage and notice are the CERT's own steps, and no answer.
	answerSumsSQL = `
SELECT f.org_id, max(e.at) AS last_answer
FROM finding_events e JOIN findings f ON f.id = e.finding_id
WHERE e.kind IN ('work', 'waived') AND e.to_value NOT IN ('triaged', 'notified') AND e.at >= CAST(@now AS timestamptz) - interval '180 days'
	AND (@sector = '' OR f.org_id = ANY(@orgs))
GROUP BY f.org_id`

	assetSumsSQL = `
SELECT org_id, count(*) FILTER (WHERE retired_at IS NULL) AS assets,
	count(*) FILTER (WHERE created_at >= @from AND created_at < @to) AS added,
	count(*) FILTER (WHERE retired_at >= @from AND retired_at < @to) AS removed
FROM assets WHERE (retired_at IS NULL OR retired_at >= @from AND retired_at < @to) AND (@sector = '' OR org_id = ANY(@orgs)) GROUP BY org_id`

	lookSumsSQL = `
SELECT org_id, count(*) AS in_scope, count(*) FILTER (WHERE reached) AS reached, count(*) FILTER (WHERE late) AS late_scan, max(last_look) AS last_look
FROM (SELECT a.org_id, a.id, bool_or(st.outcome IN ('complete', 'partial')) AS reached,
		bool_or(st.next_scan < CAST(@now AS timestamptz) - interval '24 hours') AS late, max(st.last_scan) AS last_look
	FROM assets a JOIN address_states st ON st.asset_id = a.id
	WHERE a.retired_at IS NULL AND (@sector = '' OR a.org_id = ANY(@orgs)) GROUP BY a.id) s
GROUP BY org_id`

	hostSumsSQL = `
SELECT org_id, count(*) AS hosts FROM (
	SELECT DISTINCT a.org_id, st.address FROM assets a JOIN address_states st ON st.asset_id = a.id
	WHERE a.retired_at IS NULL AND st.outcome IN ('complete', 'partial') AND (@sector = '' OR a.org_id = ANY(@orgs))) h
GROUP BY org_id`

	scanSumsSQL = `
SELECT org_id, count(*) AS scans, count(*) FILTER (WHERE state = 'failed') AS scans_failed
FROM scans WHERE started_at < @to AND coalesce(finished_at, @now) >= @from AND (@sector = '' OR org_id = ANY(@orgs)) GROUP BY org_id`

	// Which services are risky our rules tell, by what these have in common.
	serviceSumsSQL = `
SELECT a.org_id, s.name, s.product, s.port, s.transport, s.first_seen >= @from AND s.first_seen < @to AS fresh, count(*) AS n
FROM services s JOIN assets a ON a.id = s.asset_id
WHERE a.retired_at IS NULL AND (@sector = '' OR a.org_id = ANY(@orgs))
GROUP BY 1, 2, 3, 4, 5, 6`

	weaknessSumsSQL = `
SELECT check_id AS "check", sum(findings) AS findings, count(*) AS assets, count(DISTINCT org_id) AS organizations, sum(kev) AS kev,
	sum(overdue) AS overdue, sum(waived) AS waived, sum(false_positive) AS false_positive, max(oldest_days) AS oldest_days
FROM (SELECT check_id, org_id, asset_id, count(*) AS findings, count(*) FILTER (WHERE kev AND NOT waived) AS kev,
		count(*) FILTER (WHERE NOT waived AND due_at < @now) AS overdue, count(*) FILTER (WHERE waived) AS waived,
		count(*) FILTER (WHERE waived AND waiver = 'false_positive') AS false_positive,
		floor(extract(epoch FROM CAST(@now AS timestamptz) - min(first_seen)) / 86400)::int AS oldest_days
	FROM (SELECT *, waiver <> 'none' AND waiver_until > @now AS waived FROM findings
		WHERE detection <> 'fixed' AND (@sector = '' OR org_id = ANY(@orgs))) f
	GROUP BY check_id, org_id, asset_id) a
GROUP BY check_id`

	weaknessFlowSQL = `
SELECT check_id AS "check", count(*) FILTER (WHERE closed_at IS NOT NULL) AS fixed, count(*) FILTER (WHERE first_seen >= @from AND first_seen < @to) AS new
FROM findings
WHERE (closed_at >= @from AND closed_at < @to OR closed_at IS NULL AND first_seen >= @from AND first_seen < @to) AND (@sector = '' OR org_id = ANY(@orgs))
GROUP BY check_id`
)

// summaryArgs are what the sums ask for.
func summaryArgs(d *reports.Data) map[string]any {
	args := deadlineArgs()
	orgs := []inventory.OrganizationID{}
	if d.Subject.Sector != "" {
		for id := range d.Orgs {
			orgs = append(orgs, id)
		}
	}
	args["from"], args["to"], args["now"], args["sector"], args["orgs"] = d.From, d.To, d.At, d.Subject.Sector, words(orgs)
	return args
}

// A sumRow has the columns of all sums that go into a standing by themselves.
type sumRow struct {
	OrgID                                                     inventory.OrganizationID
	Critical, High, Medium, Low, Info, Waived                 int
	KEV                                                       int
	KEVOverdue                                                int `gorm:"column:kev_overdue"`
	Overdue, Ransomware, OldestCritical                       int
	OldestKEV                                                 int `gorm:"column:oldest_kev"`
	MedianAge, ToClose                                        *int
	Fixed, Due, Met, New, Reopened                            int
	LastAnswer, LastLook                                      *time.Time
	Assets, Added, Removed, InScope, Reached, LateScan, Hosts int
	Scans, ScansFailed                                        int
}

func weeklyStandings(tx *gorm.DB, d *reports.Data) error {
	args := summaryArgs(d)
	threats, err := loadThreats(tx)
	if err != nil {
		return err
	}
	ransom := []inventory.CheckID{}
	for check, t := range threats {
		if t.Ransomware {
			ransom = append(ransom, check)
		}
	}
	args["ransom"] = words(ransom)
	all := map[inventory.OrganizationID]*reports.Standing{}
	for id := range d.Orgs {
		all[id] = &reports.Standing{Org: id}
	}
	for _, sum := range []struct {
		sql string
		put func(*reports.Standing, sumRow)
	}{
		{openSumsSQL, putOpen},
		{closedSumsSQL, putClosed},
		{eventSumsSQL, func(s *reports.Standing, r sumRow) { s.New, s.Reopened = r.New, r.Reopened }},
		{answerSumsSQL, func(s *reports.Standing, r sumRow) { s.LastAnswer = orZero(r.LastAnswer) }},
		{assetSumsSQL, func(s *reports.Standing, r sumRow) { s.Assets, s.Added, s.Removed = r.Assets, r.Added, r.Removed }},
		{lookSumsSQL, func(s *reports.Standing, r sumRow) {
			s.InScope, s.Reached, s.LateScan, s.LastLook = r.InScope, r.Reached, r.LateScan, orZero(r.LastLook)
		}},
		{hostSumsSQL, func(s *reports.Standing, r sumRow) { s.Hosts = r.Hosts }},
		{scanSumsSQL, func(s *reports.Standing, r sumRow) { s.Scans, s.ScansFailed = r.Scans, r.ScansFailed }},
	} {
		var rows []sumRow
		if err := tx.Raw(sum.sql, args).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			if s := all[r.OrgID]; s != nil {
				sum.put(s, r)
			}
		}
	}
	if err := countServices(tx, args, all); err != nil {
		return err
	}
	for _, s := range all {
		d.Standings = append(d.Standings, *s)
	}
	return nil
}

func putOpen(s *reports.Standing, r sumRow) {
	s.Critical, s.High, s.Medium, s.Low, s.Info, s.Waived = r.Critical, r.High, r.Medium, r.Low, r.Info, r.Waived
	s.KEV, s.KEVOverdue, s.Overdue, s.Ransomware = r.KEV, r.KEVOverdue, r.Overdue, r.Ransomware
	s.OldestCritical, s.OldestKEV, s.MedianAge = r.OldestCritical, r.OldestKEV, r.MedianAge
}

func putClosed(s *reports.Standing, r sumRow) {
	s.Fixed, s.ToClose, s.Due, s.Met = r.Fixed, r.ToClose, r.Due, r.Met
}

func countServices(tx *gorm.DB, args map[string]any, all map[inventory.OrganizationID]*reports.Standing) error {
	var rows []struct {
		OrgID         inventory.OrganizationID
		Name, Product string
		Port          uint16
		Transport     inventory.Transport
		Fresh         bool
		N             int
	}
	if err := tx.Raw(serviceSumsSQL, args).Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		s := all[r.OrgID]
		if s == nil {
			continue
		}
		s.Services += r.N
		if r.Fresh {
			s.NewServices += r.N
		}
		check, risky := inventory.ExposureOf(inventory.Service{Name: r.Name, Product: r.Product, Port: r.Port, Transport: r.Transport})
		if risky {
			s.Risky += r.N
		}
		if reports.IsOTProtocol(check) {
			s.OT += r.N
		}
	}
	return nil
}

func weeklyWeaknesses(tx *gorm.DB, d *reports.Data) error {
	args := summaryArgs(d)
	var rows, flow []reports.Weakness
	if err := tx.Raw(weaknessSumsSQL, args).Find(&rows).Error; err != nil {
		return err
	}
	if err := tx.Raw(weaknessFlowSQL, args).Find(&flow).Error; err != nil {
		return err
	}
	moved := map[inventory.CheckID]reports.Weakness{}
	for _, f := range flow {
		moved[f.Check] = f
	}
	var named []inventory.CheckID
	for i, r := range rows {
		rows[i].New, rows[i].Fixed = moved[r.Check].New, moved[r.Check].Fixed
		named = append(named, r.Check)
	}
	d.Weaknesses = rows
	return checksAndThreats(tx, d, named)
}

// clockSQL reads how far documents have come that concern somebody at home and
// moved within the last 90 days.
const clockSQL = `
SELECT i.id, t.name AS team, i.document->>'tlp' AS tlp, i.document->>'title' AS title, i.received_at, i.matched_at, m.*
FROM (SELECT inbound_id, count(*) AS matches, count(DISTINCT org_id) AS operators,
		count(*) FILTER (WHERE verdict = 'affected') AS affected, count(*) FILTER (WHERE fixed_at IS NOT NULL) AS fixed,
		count(*) FILTER (WHERE verdict = 'pending') AS pending,
		CASE WHEN bool_and(verdict <> 'pending') THEN max(decided_at) END AS decided_at,
		CASE WHEN bool_and(verdict NOT IN ('pending', 'affected', 'unknown')) THEN max(fixed_at) END AS fixed_at
	FROM matches GROUP BY inbound_id
	HAVING max(greatest(matched_at, decided_at, fixed_at)) >= CAST(@now AS timestamptz) - interval '90 days' OR bool_or(verdict IN ('pending', 'affected'))) m
JOIN inbounds i ON i.id = m.inbound_id JOIN teams t ON t.id = i.team_id
WHERE i.state = 'accepted' ORDER BY i.num`

func weeklyClock(tx *gorm.DB, d *reports.Data) error {
	if d.Subject.Sector != "" {
		return nil
	}
	var rows []struct {
		ID, Team, TLP, Title                         string
		ReceivedAt                                   time.Time
		MatchedAt, DecidedAt, FixedAt                *time.Time
		Matches, Operators, Affected, Fixed, Pending int
	}
	err := tx.Raw(clockSQL, map[string]any{"now": d.At}).Find(&rows).Error
	for _, r := range rows {
		d.Clock = append(d.Clock, reports.ClockEntry{
			ID: r.ID, Team: r.Team, TLP: r.TLP, Title: r.Title, ReceivedAt: r.ReceivedAt.UTC(), MatchedAt: utc(r.MatchedAt), DecidedAt: utc(r.DecidedAt),
			FixedAt: utc(r.FixedAt), Matches: r.Matches, Operators: r.Operators, Affected: r.Affected, Fixed: r.Fixed, Pending: r.Pending,
		})
	}
	return err
}
