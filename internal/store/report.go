package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
)

// snapshot reads several things as they were at one moment.
func (s *Store) snapshot(ctx context.Context, load func(tx *gorm.DB) error) error {
	return fault(s.read(ctx).Transaction(load, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}))
}

// WeeklyData takes the snapshot that a report of [from, to) about a subject is
// made of.
func (s *Store) WeeklyData(ctx context.Context, about reports.Subject, from, to time.Time) (reports.Data, error) {
	org := about.Org
	d := reports.Data{
		Subject: about, From: from, To: to, At: s.now(),
		Orgs: map[inventory.OrganizationID]inventory.Organization{}, Assets: map[inventory.AssetID]inventory.Asset{},
	}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		of := func(column string) *gorm.DB { // what belongs to the report's organisation
			if org == "" {
				return tx
			}
			return tx.Where(column+" = ?", org)
		}
		if err := weeklyOrgs(tx, &d, org); err != nil {
			return err
		}
		if err := weeklyFindings(of, &d); err != nil {
			return err
		}
		if err := weeklyAssets(tx, of, &d); err != nil {
			return err
		}
		if err := weeklyScans(of, &d); err != nil {
			return err
		}
		if err := weeklyCoverage(tx, &d); err != nil {
			return err
		}
		var err error
		d.Checks, err = loadCatalogue(tx)
		return err
	})
	if err != nil {
		return reports.Data{}, fmt.Errorf("take the snapshot for a report: %w", err)
	}
	return d, nil
}

func weeklyOrgs(tx *gorm.DB, d *reports.Data, org inventory.OrganizationID) error {
	q := tx
	if org != "" {
		q = tx.Where("id = ?", org)
	}
	var rows []organizationRow
	if err := q.Order("num").Find(&rows).Error; err != nil {
		return err
	}
	all, err := withContacts(tx, rows)
	if err != nil {
		return err
	}
	for _, o := range all {
		d.Orgs[o.ID] = o
	}
	if org == "" {
		return nil
	}
	if len(all) == 0 {
		return missing("organisation", org)
	}
	d.Org = &all[0]
	return nil
}

func weeklyFindings(of func(string) *gorm.DB, d *reports.Data) error {
	var rows []findingRow
	err := of("org_id").Where("detection <> 'fixed' OR closed_at >= ? AND closed_at < ?", d.From, d.To).Order("num").Find(&rows).Error
	if err != nil {
		return err
	}
	d.Findings = mapped(rows, findingRow.finding)
	var events []eventRow
	err = of("f.org_id").Table("finding_events e").Select("e.*").Joins("JOIN findings f ON f.id = e.finding_id").
		Where("e.at >= ? AND e.at < ?", d.From, d.To).Order("e.at, e.num").Find(&events).Error
	d.Events = mapped(events, eventRow.event)
	return err
}

// weeklyAssets loads the assets in use, those retired within the period, those
// that findings name, and the services that are open on the first.
func weeklyAssets(tx *gorm.DB, of func(string) *gorm.DB, d *reports.Data) error {
	var named []inventory.AssetID
	for _, f := range d.Findings {
		named = append(named, f.Asset)
	}
	var inUse, lost, others []assetRow
	if err := of("org_id").Where("retired_at IS NULL").Order("num").Find(&inUse).Error; err != nil {
		return err
	}
	// Those retired within the period count as the register's losses.
	if err := of("org_id").Where("retired_at >= ? AND retired_at < ?", d.From, d.To).Order("num").Find(&lost).Error; err != nil {
		return err
	}
	if err := tx.Where("id = ANY(?)", words(named)).Find(&others).Error; err != nil {
		return err
	}
	all, err := assetsOf(slices.Concat(others, lost, inUse))
	if err != nil {
		return err
	}
	for _, a := range all {
		d.Assets[a.ID] = a
	}
	ids := mapped(inUse, func(r assetRow) string { return r.ID })
	d.Services, err = loadServices(tx.Where("asset_id = ANY(?)", array(ids)))
	return err
}

func weeklyScans(of func(string) *gorm.DB, d *reports.Data) error {
	var rows []scanRow
	err := of("org_id").Where("started_at < ? AND coalesce(finished_at, ?) >= ?", d.To, d.At, d.From).Order("num").Find(&rows).Error
	for _, r := range rows {
		d.Scans = append(d.Scans, reports.ScanRun{
			ID: r.ID, Org: inventory.OrganizationID(r.OrgID), Profile: r.Profile,
			StartedAt: orZero(r.StartedAt), FinishedAt: orZero(r.FinishedAt), State: r.State,
		})
	}
	return err
}

// weeklyCoverageSQL gives one row for each address that was looked at, and
// one for each asset of which none was, with the last reason for that.
const weeklyCoverageSQL = `
SELECT a.id AS asset, st.address, st.last_scan AS at, st.outcome, coalesce(st.reason, skip.reason, 'not scanned yet') AS reason
FROM assets a
LEFT JOIN address_states st ON st.asset_id = a.id
LEFT JOIN LATERAL (
	SELECT k.reason FROM scan_skips k JOIN scans s ON s.id = k.scan_id
	WHERE k.asset_id = a.id AND st.asset_id IS NULL ORDER BY s.num DESC, k.position LIMIT 1) skip ON true
WHERE a.id = ANY(?) AND a.retired_at IS NULL
ORDER BY a.num, st.address`

func weeklyCoverage(tx *gorm.DB, d *reports.Data) error {
	var ids []inventory.AssetID
	for id := range d.Assets {
		ids = append(ids, id)
	}
	var rows []struct {
		Asset   inventory.AssetID
		Address addr
		At      *time.Time
		Outcome *inventory.Outcome
		Reason  string
	}
	err := tx.Raw(weeklyCoverageSQL, words(ids)).Find(&rows).Error
	for _, r := range rows {
		d.Coverage = append(d.Coverage, reports.Coverage{
			Asset: r.Asset, Addr: netip.Addr(r.Address), At: orZero(r.At), Outcome: value(r.Outcome), Reason: r.Reason,
		})
	}
	return err
}
