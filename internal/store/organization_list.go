package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

type orgOverviewRow struct {
	Org      organizationRow `gorm:"embedded"`
	Assets   int
	Critical int
	High     int
	Medium   int
	Low      int
	Permits  int
	Drafts   int
	TestedAt *time.Time
	Weeks    list[int] `gorm:"type:jsonb"`
	SortKey  string
}

func (r orgOverviewRow) number() int64 { return r.Org.Num }

func (r orgOverviewRow) sortKey() string { return r.SortKey }

// orgCountsSQL counts what belongs to each organisation of a page.
const orgCountsSQL = `
	organizations.*, lower(name) AS sort_key,
	(SELECT count(*) FROM assets a WHERE a.org_id = organizations.id AND a.retired_at IS NULL) AS assets,
	(SELECT count(*) FROM findings f WHERE f.org_id = organizations.id AND f.detection <> 'fixed' AND f.severity = 'critical') AS critical,
	(SELECT count(*) FROM findings f WHERE f.org_id = organizations.id AND f.detection <> 'fixed' AND f.severity = 'high') AS high,
	(SELECT count(*) FROM findings f WHERE f.org_id = organizations.id AND f.detection <> 'fixed' AND f.severity = 'medium') AS medium,
	(SELECT count(*) FROM findings f WHERE f.org_id = organizations.id AND f.detection <> 'fixed' AND f.severity = 'low') AS low,
	(SELECT count(*) FROM authorizations p WHERE p.org_id = organizations.id AND p.state = 'active' AND p.valid_from <= @now AND p.valid_until > @now) AS permits,
	(SELECT count(*) FROM authorizations p WHERE p.org_id = organizations.id AND p.state IN ('draft', 'submitted')) AS drafts,
	(SELECT max(a.tested_at) FROM assets a WHERE a.org_id = organizations.id AND a.retired_at IS NULL) AS tested_at,
	(SELECT jsonb_agg(w.critical + w.high + w.medium + w.low ORDER BY w.until_at) FROM weekly_standings w
		WHERE w.org_id = organizations.id AND w.until_at > @since) AS weeks`

// OrganizationOverviews lists organisations by name, with what is known of
// each.
func (s *Store) OrganizationOverviews(ctx context.Context, f inventory.OrganizationFilter, p inventory.Page) ([]inventory.OrganizationOverview, string, error) {
	q := s.selectOrganizations(ctx, f).Select(orgCountsSQL, map[string]any{"now": s.now(), "since": s.now().AddDate(0, 0, -7*overviewWeeks)})
	rows, next, err := sortedPage[orgOverviewRow](q, sorting{name: "organizations-name", column: "lower(name)", kind: "text"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list organisations: %w", err)
	}
	return mapped(rows, func(r orgOverviewRow) inventory.OrganizationOverview {
		return inventory.OrganizationOverview{
			Organization: r.Org.organization(), Assets: r.Assets, Permits: r.Permits, Drafts: r.Drafts, TestedAt: utc(r.TestedAt), Weeks: r.Weeks,
			Open: map[inventory.Severity]int{
				inventory.SeverityCritical: r.Critical, inventory.SeverityHigh: r.High, inventory.SeverityMedium: r.Medium, inventory.SeverityLow: r.Low,
			},
		}
	}), next, nil
}

func (s *Store) selectOrganizations(ctx context.Context, f inventory.OrganizationFilter) *gorm.DB {
	q := s.read(ctx).Table("organizations")
	q = given(q, "id = ?", f.ID)
	q = given(q, "sector = ?", f.Sector)
	if len(f.IDs) > 0 {
		q = q.Where("id = ANY(?)", array(f.IDs))
	}
	if f.Text != "" {
		q = q.Where("(lower(name) LIKE ? OR id = ?)", "%"+likeText.Replace(strings.ToLower(f.Text))+"%", strings.ToUpper(strings.TrimSpace(f.Text)))
	}
	return q
}

// SearchOrganizations lists those that the filter selects, oldest first, with
// their contacts.
func (s *Store) SearchOrganizations(ctx context.Context, f inventory.OrganizationFilter, p inventory.Page) ([]inventory.Organization, string, error) {
	rows, next, err := page[organizationRow](s.selectOrganizations(ctx, f), listing{name: "organizations", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list organisations: %w", err)
	}
	all, err := withContacts(s.read(ctx), rows)
	if err != nil {
		return nil, "", fmt.Errorf("list organisations: %w", fault(err))
	}
	return all, next, nil
}

// kpisSQL counts the numbers of every organisation of a sector at once.
const kpisSQL = `
WITH orgs AS (SELECT id FROM organizations WHERE sector = @sector),
open AS (
	SELECT org_id, count(*) AS open, count(*) FILTER (WHERE severity IN ('critical', 'high')) AS urgent,
		count(*) FILTER (WHERE kev) AS kev, count(*) FILTER (WHERE due_at < @now) AS overdue
	FROM findings WHERE org_id IN (SELECT id FROM orgs) AND detection <> 'fixed' AND NOT (waiver <> 'none' AND waiver_until > @now) GROUP BY 1),
fixed AS (
	SELECT org_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', closed_at - first_seen) / 86400) AS days
	FROM findings WHERE org_id IN (SELECT id FROM orgs) AND closed_at >= @since GROUP BY 1),
owned AS (SELECT org_id, count(*) AS assets FROM assets WHERE org_id IN (SELECT id FROM orgs) AND retired_at IS NULL GROUP BY 1)
SELECT orgs.id, coalesce(assets, 0) AS assets, coalesce(open, 0) AS open, coalesce(urgent, 0) AS urgent,
	coalesce(kev, 0) AS kev, coalesce(overdue, 0) AS overdue, days
FROM orgs LEFT JOIN open ON open.org_id = orgs.id LEFT JOIN fixed ON fixed.org_id = orgs.id LEFT JOIN owned ON owned.org_id = orgs.id`

// Compare puts an organisation's numbers beside its sector's medians, which
// name nobody and need enough organisations.
func (s *Store) Compare(ctx context.Context, id inventory.OrganizationID) (inventory.Comparison, error) {
	org, err := one[organizationRow](s.read(ctx).Where("id = ?", id), "organisation", id)
	if err != nil {
		return inventory.Comparison{}, err
	}
	var rows []struct {
		ID                                 inventory.OrganizationID
		Assets, Open, Urgent, KEV, Overdue int
		Days                               *float64
	}
	now := s.now()
	err = s.read(ctx).Raw(kpisSQL, map[string]any{"sector": org.Sector, "now": now, "since": now.AddDate(0, 0, -90)}).Find(&rows).Error
	if err != nil {
		return inventory.Comparison{}, fmt.Errorf("compare organisation %s: %w", id, fault(err))
	}
	var own inventory.KPIs
	var all []inventory.KPIs
	for _, r := range rows {
		k := inventory.KPIs{Assets: r.Assets, Open: r.Open, Urgent: r.Urgent, KEV: r.KEV, Overdue: r.Overdue, MedianDays: r.Days}
		if r.ID == id {
			own = k
		}
		all = append(all, k)
	}
	return inventory.Compare(inventory.Sector(org.Sector), own, all), nil
}

// Onboarding tells how far an organisation is.
func (s *Store) Onboarding(ctx context.Context, id inventory.OrganizationID) (inventory.OnboardingFacts, error) {
	var f inventory.OnboardingFacts
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		row, err := one[organizationRow](tx.Where("id = ?", id), "organisation", id)
		if err != nil {
			return err
		}
		all, err := withContacts(tx, []organizationRow{row})
		if err != nil {
			return err
		}
		f.Organization = all[0]
		if err := tx.Raw("SELECT count(*) FROM assets WHERE org_id = ? AND retired_at IS NULL", id).Scan(&f.Assets).Error; err != nil {
			return err
		}
		var permits []authorizationRow
		if err := tx.Where("org_id = ? AND state IN ('draft', 'submitted', 'active')", id).Order("num").Limit(maxShownServices).Find(&permits).Error; err != nil {
			return err
		}
		f.Permits = mapped(permits, authorizationRow.authorization)
		var due []time.Time
		if err := tx.Raw("SELECT next_at FROM schedules WHERE org_id = ? AND NOT paused ORDER BY next_at LIMIT 1", id).Scan(&due).Error; err != nil {
			return err
		}
		if len(due) > 0 {
			f.NextScan = due[0].UTC()
		}
		return tx.Raw("SELECT EXISTS (SELECT 1 FROM scans WHERE org_id = ? AND state IN ('complete', 'partial'))", id).Scan(&f.Scanned).Error
	})
	if err != nil {
		return f, fmt.Errorf("read how far organisation %s is: %w", id, fault(err))
	}
	return f, nil
}
