package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// Proven tells what is known of an asset after a targeted scan of it, or, with
// scan "", without one: what runs there, what is open, and which checks of the
// scan ran to an end or did not.
func (s *Store) Proven(ctx context.Context, scan scanner.ScanID, asset inventory.AssetID) (exchange.Proven, error) {
	var p exchange.Proven
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		a, err := one[assetRow](tx.Where("id = ?", asset), "asset", asset)
		if err != nil {
			return err
		}
		p.Retired = a.RetiredAt != nil
		if p.Running, err = runningOn(tx, asset); err != nil {
			return err
		}
		if p.Found, err = openOn(tx, asset); err != nil || scan == "" {
			return err
		}
		row, err := one[scanRow](tx.Where("id = ?", scan), "scan", scan)
		if err != nil {
			return err
		}
		p.Waiting = !scanner.ScanState(row.State).Ended()
		return coveredBy(tx, scan, asset, &p)
	})
	if err != nil {
		return exchange.Proven{}, fmt.Errorf("read what is proven of asset %s: %w", asset, fault(err))
	}
	return p, nil
}

func runningOn(tx *gorm.DB, asset inventory.AssetID) ([]exchange.Running, error) {
	var rows []struct {
		Service     serviceRow `gorm:"embedded"`
		OrgID       inventory.OrganizationID
		Criticality inventory.Criticality
		Sector      inventory.Sector
	}
	err := tx.Raw(`
		SELECT s.*, a.org_id, a.criticality, o.sector
		FROM services s JOIN assets a ON a.id = s.asset_id JOIN organizations o ON o.id = a.org_id
		WHERE s.asset_id = ? ORDER BY s.address, s.port, s.transport`, asset).Find(&rows).Error
	out := make([]exchange.Running, len(rows))
	for i, r := range rows {
		out[i] = exchange.Running{Service: r.Service.service(), Org: r.OrgID, Criticality: r.Criticality, Sector: r.Sector}
	}
	return out, err
}

func openOn(tx *gorm.DB, asset inventory.AssetID) ([]exchange.FoundThere, error) {
	var rows []struct {
		findingRow `gorm:"embedded"`
		CVEs       list[string] `gorm:"column:cves"`
	}
	err := tx.Raw(`
		SELECT f.*, coalesce(c.cves, '[]') AS cves FROM findings f LEFT JOIN checks c ON c.id = f.check_id
		WHERE f.asset_id = ? AND f.detection <> 'fixed' ORDER BY f.num`, asset).Find(&rows).Error
	out := make([]exchange.FoundThere, len(rows))
	for i, r := range rows {
		f := r.finding()
		out[i] = exchange.FoundThere{Evidence: f.Evidence, Severity: f.Severity, Weak: exchange.Weak{
			Finding: f.ID, Org: f.Org, Asset: f.Asset, Addr: f.Addr, Port: f.Port, Proto: f.Transport, Check: f.Check,
			CVEs: r.CVEs, Since: f.FirstSeen,
		}}
	}
	return out, err
}

// coveredBy adds what the tasks of a scan covered on an asset.
func coveredBy(tx *gorm.DB, scan scanner.ScanID, asset inventory.AssetID, p *exchange.Proven) error {
	var tasks []inventory.TaskID
	if err := tx.Raw("SELECT id FROM scan_tasks WHERE scan_id = ? ORDER BY num", scan).Scan(&tasks).Error; err != nil {
		return err
	}
	for _, id := range tasks {
		ports, err := loadPorts(tx, id)
		if err != nil {
			return err
		}
		checks, err := loadChecks(tx, id)
		if err != nil {
			return err
		}
		for _, c := range ports {
			if c.Asset == asset {
				for port := range c.Closed.All() {
					p.Closed = append(p.Closed, exchange.Spot{Addr: c.Addr, Port: port, Transport: c.Transport})
				}
			}
		}
		for _, c := range checks {
			if c.Asset == asset {
				spot := exchange.Spot{Addr: c.Addr, Port: c.Port, Transport: c.Transport}
				p.Covered = append(p.Covered, exchange.Covered{Spot: spot, Ran: c.Ran, Missed: c.Missed})
			}
		}
	}
	slices.SortFunc(p.Closed, func(a, b exchange.Spot) int { return a.Addr.Compare(b.Addr) })
	return nil
}

// EndedTargeted lists targeted scans that have ended, however, with matches
// that still wait for their verdict.
func (s *Store) EndedTargeted(ctx context.Context) ([]scanner.ScanID, error) {
	var ids []scanner.ScanID
	err := s.read(ctx).Raw(`
		SELECT DISTINCT m.scan_id FROM matches m JOIN scans s ON s.id = m.scan_id
		WHERE m.verdict = 'pending' AND m.scan_id <> '' AND s.state NOT IN ('queued', 'running') LIMIT 100`).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("list ended targeted scans: %w", fault(err))
	}
	return ids, nil
}

// AssetsToRevisit lists those assets of a task about which a document's last
// word may have changed with what the task saw: affected, or not known.
func (s *Store) AssetsToRevisit(ctx context.Context, task inventory.TaskID) ([]inventory.AssetID, error) {
	var ids []inventory.AssetID
	err := s.read(ctx).Raw(`
		SELECT DISTINCT m.asset_id FROM scan_tasks t JOIN matches m ON m.asset_id = ANY(t.assets) JOIN inbounds i ON i.id = m.inbound_id
		WHERE t.id = ? AND m.verdict IN ('affected', 'unknown') AND i.state = 'accepted' ORDER BY 1`, task).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("list assets to revisit after task %s: %w", task, fault(err))
	}
	return ids, nil
}
