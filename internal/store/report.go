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
	d := reports.Data{
		Subject: about, From: from, To: to, At: s.now(),
		Orgs: map[inventory.OrganizationID]inventory.Organization{}, Assets: map[inventory.AssetID]inventory.Asset{},
	}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := weeklyOrgs(tx, &d); err != nil {
			return err
		}
		load := []func(*gorm.DB, *reports.Data) error{
			weeklyFindings, weeklyAssets, weeklyScans, weeklyCoverage, weeklyChecks, weeklyAuthorizations, weeklyTouches, weeklyPast, weeklyPeers,
		}
		if about.Org == "" {
			load = []func(*gorm.DB, *reports.Data) error{weeklyStandings, weeklyWeaknesses, weeklyPastOfMany, weeklyClock}
		}
		for _, part := range load {
			if err := part(tx, &d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return reports.Data{}, fmt.Errorf("take the snapshot for a report: %w", err)
	}
	return d, nil
}

func weeklyOrgs(tx *gorm.DB, d *reports.Data) error {
	org, q := d.Subject.Org, tx
	switch {
	case org != "":
		q = tx.Where("id = ?", org)
	case d.Subject.Sector != "":
		q = tx.Where("sector = ?", d.Subject.Sector)
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

func weeklyFindings(tx *gorm.DB, d *reports.Data) error {
	const told = "(f.detection <> 'fixed' OR f.closed_at >= @from AND f.closed_at < @to)"
	args := map[string]any{"org": d.Subject.Org, "from": d.From, "to": d.To}
	var rows []findingRow
	if err := tx.Raw("SELECT f.* FROM findings f WHERE f.org_id = @org AND "+told+" ORDER BY f.num", args).Find(&rows).Error; err != nil {
		return err
	}
	d.Findings = mapped(rows, findingRow.finding)
	var events []eventRow
	// The kinds are those of the index finding_events_turns.
	err := tx.Raw(`SELECT e.* FROM findings f JOIN finding_events e ON e.finding_id = f.id
		WHERE f.org_id = @org AND `+told+` AND e.at >= @from AND e.at < @to
			AND e.kind IN ('opened', 'fixed', 'back_again', 'changed', 'waived')
		ORDER BY e.at, e.num`, args).Find(&events).Error
	d.Events = mapped(events, eventRow.event)
	return err
}

// weeklyAssets loads the assets in use, those retired within the period, those
// that findings name, and the services that are open on the first.
func weeklyAssets(tx *gorm.DB, d *reports.Data) error {
	of := func(column string) *gorm.DB { return tx.Where(column+" = ?", d.Subject.Org) }
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
	slices.Sort(named)
	if err := tx.Where("id = ANY(?)", words(slices.Compact(named))).Find(&others).Error; err != nil {
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
	if d.Services, err = loadServices(tx.Where("asset_id = ANY(?)", array(ids))); err != nil {
		return err
	}
	var shown []sightingRow
	err = sightings(tx).Where("s.gone_at IS NULL AND s.asset_id = ANY(?)", array(ids)).Order("s.not_after, s.num").Find(&shown).Error
	d.Certificates = mapped(shown, sightingRow.sighting)
	return err
}

func weeklyScans(tx *gorm.DB, d *reports.Data) error {
	var rows []scanRow
	err := tx.Where("org_id = ?", d.Subject.Org).Where("started_at < ? AND coalesce(finished_at, ?) >= ?", d.To, d.At, d.From).Order("num").Find(&rows).Error
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

// weeklyChecks loads the checks that findings name, and what the feeds say of
// their CVEs.
func weeklyChecks(tx *gorm.DB, d *reports.Data) error {
	var named []inventory.CheckID
	for _, f := range d.Findings {
		named = append(named, f.Check)
	}
	slices.Sort(named)
	return checksAndThreats(tx, d, slices.Compact(named))
}

func checksAndThreats(tx *gorm.DB, d *reports.Data, named []inventory.CheckID) error {
	var err error
	if d.Checks, err = loadCatalogue(tx.Where("id = ANY(?)", words(named))); err != nil {
		return err
	}
	var cves []string
	for _, c := range d.Checks {
		cves = append(cves, c.CVEs...)
	}
	var rows []struct {
		CVE             string `gorm:"column:cve"`
		KEV, Ransomware bool
		EPSS            float64
	}
	if err := tx.Raw("SELECT cve, kev, ransomware, epss FROM cve_threats WHERE cve = ANY(?)", array(cves)).Find(&rows).Error; err != nil {
		return err
	}
	d.Threats = map[string]inventory.Threat{}
	for _, r := range rows {
		d.Threats[r.CVE] = inventory.Threat{KEV: r.KEV, Ransomware: r.Ransomware, EPSS: r.EPSS}
	}
	return nil
}

func weeklyAuthorizations(tx *gorm.DB, d *reports.Data) error {
	var rows []authorizationRow
	err := tx.Where("org_id = ? AND state = 'active' AND valid_from <= ? AND valid_until > ?", d.Subject.Org, d.At, d.At).Order("num").Find(&rows).Error
	d.Authorizations = mapped(rows, authorizationRow.authorization)
	return err
}
