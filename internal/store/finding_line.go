package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// findingLines completes rows with what a list shows beside them: three
// statements, however many rows.
func findingLines(q *gorm.DB, rows []findingRow) ([]inventory.FindingLine, error) {
	orgs, assets, checks := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		orgs[r.OrgID], assets[r.AssetID], checks[r.CheckID] = true, true, true
	}
	var orgRows []struct{ ID, Name, Sector string }
	if err := q.Raw("SELECT id, name, sector FROM organizations WHERE id = ANY(?)", array(slices.Collect(maps.Keys(orgs)))).Scan(&orgRows).Error; err != nil {
		return nil, err
	}
	var assetRows []struct{ ID, Name, Class string }
	if err := q.Raw("SELECT id, name, class FROM assets WHERE id = ANY(?)", array(slices.Collect(maps.Keys(assets)))).Scan(&assetRows).Error; err != nil {
		return nil, err
	}
	about, err := checkFacts(q, slices.Collect(maps.Keys(checks)))
	if err != nil {
		return nil, err
	}
	orgAt, assetAt := map[string]int{}, map[string]int{}
	for i, o := range orgRows {
		orgAt[o.ID] = i
	}
	for i, a := range assetRows {
		assetAt[a.ID] = i
	}
	out := make([]inventory.FindingLine, len(rows))
	for i, r := range rows {
		l := inventory.FindingLine{Finding: r.finding()}
		if at, ok := orgAt[r.OrgID]; ok {
			l.OrgName, l.Sector = orgRows[at].Name, inventory.Sector(orgRows[at].Sector)
		}
		if at, ok := assetAt[r.AssetID]; ok {
			l.AssetName, l.AssetClass = assetRows[at].Name, inventory.AssetClass(assetRows[at].Class)
		}
		if c, ok := about[r.CheckID]; ok {
			l.CVSS = inventory.CVSS{Score: c.CVSS, Vector: c.CVSSVector}
			l.CVEs, l.EPSS, l.Ransomware, l.Source = c.CVEs, c.EPSS, c.Ransomware, c.Source
		}
		out[i] = l
	}
	return out, nil
}

// checkFact is what a list tells of a check.
type checkFact struct {
	ID         string
	CVEs       list[string] `gorm:"column:cves"`
	Source     string
	EPSS       float64 `gorm:"column:epss"`
	CVSS       float64 `gorm:"column:cvss"`
	CVSSVector string  `gorm:"column:cvss_vector"`
	Ransomware bool
}

func checkFacts(q *gorm.DB, ids []string) (map[string]checkFact, error) {
	var rows []checkFact
	err := q.Raw(`
		SELECT c.id, c.cves, c.source, c.cvss, c.cvss_vector, coalesce(max(t.epss), 0) AS epss, coalesce(bool_or(t.ransomware), false) AS ransomware
		FROM checks c LEFT JOIN LATERAL jsonb_array_elements_text(c.cves) AS x (cve) ON true LEFT JOIN cve_threats t ON t.cve = x.cve
		WHERE c.id = ANY(?) GROUP BY c.id`, array(ids)).Scan(&rows).Error
	out := make(map[string]checkFact, len(rows))
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, err
}

// FindingLine finds one, with what a list shows beside it.
func (s *Store) FindingLine(ctx context.Context, id inventory.FindingID) (inventory.FindingLine, error) {
	row, err := one[findingRow](s.read(ctx).Where("id = ?", id), "finding", id)
	if err != nil {
		return inventory.FindingLine{}, err
	}
	lines, err := findingLines(s.read(ctx), []findingRow{row})
	if err != nil {
		return inventory.FindingLine{}, fmt.Errorf("read finding %s: %w", id, fault(err))
	}
	return lines[0], nil
}

// FindingOutlook tells what answers where a finding is, and when the adaptive
// or the regular scan looks there next.
func (s *Store) FindingOutlook(ctx context.Context, f inventory.Finding) (inventory.Outlook, error) {
	var out inventory.Outlook
	place := map[string]any{"asset": f.Asset, "address": addr(f.Addr), "port": f.Port, "transport": f.Transport, "org": f.Org}
	found, err := loadServices(s.read(ctx).Where("asset_id = @asset AND address = @address AND port = @port AND transport = @transport", place))
	if err == nil {
		var next struct{ At *time.Time }
		err = s.read(ctx).Raw(`
			SELECT min(at) AS at FROM (
				SELECT next_scan AS at FROM address_states WHERE asset_id = @asset AND address = @address
				UNION ALL SELECT next_at FROM schedules WHERE org_id = @org AND NOT paused) x`, place).Scan(&next).Error
		out.NextLook = orZero(next.At)
	}
	if err != nil {
		return out, fmt.Errorf("look around finding %s: %w", f.ID, fault(err))
	}
	if len(found) > 0 && f.Port != 0 {
		out.Service = &found[0]
	}
	return out, nil
}

// Check finds what is known about one check.
func (s *Store) Check(ctx context.Context, id inventory.CheckID) (inventory.Check, error) {
	row, err := one[checkRow](s.read(ctx).Where("id = ?", id), "check", id)
	return row.check(), err
}
