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
// scan "", without one: what runs there, what is open, and which checks ran to
// an end or did not, in that scan and in the newest that came after it.
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
		return coveredSince(tx, row, asset, &p)
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
		Finding findingRow   `gorm:"embedded"`
		CVEs    list[string] `gorm:"column:cves"`
	}
	err := tx.Raw(`
		SELECT f.*, coalesce(c.cves, '[]') AS cves FROM findings f LEFT JOIN checks c ON c.id = f.check_id
		WHERE f.asset_id = ? AND f.detection <> 'fixed' ORDER BY f.num`, asset).Find(&rows).Error
	out := make([]exchange.FoundThere, len(rows))
	for i, r := range rows {
		f := r.Finding.finding()
		out[i] = exchange.FoundThere{Evidence: f.Evidence, Severity: f.Severity, Weak: exchange.Weak{
			Finding: f.ID, Org: f.Org, Asset: f.Asset, Addr: f.Addr, Port: f.Port, Proto: f.Transport, Check: f.Check,
			CVEs: r.CVEs, Since: f.FirstSeen,
		}}
	}
	return out, err
}

// coveredSince adds what the tasks of a scan covered on an asset, and the last
// task since then. Only what was judged counts: what the others found is not
// among the findings yet, and would look as if they had found nothing.
func coveredSince(tx *gorm.DB, scan scanRow, asset inventory.AssetID, p *exchange.Proven) error {
	var tasks []inventory.TaskID
	err := tx.Raw(`
		SELECT id FROM scan_tasks WHERE scan_id = @scan AND judged_at IS NOT NULL
		UNION
		(SELECT id FROM scan_tasks WHERE judged_at > @since AND @asset = ANY(assets) ORDER BY judged_at DESC LIMIT 1)`,
		map[string]any{"scan": scan.ID, "since": scan.CreatedAt, "asset": asset}).Scan(&tasks).Error
	if err != nil {
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

// TargetedScan finds a scan of an asset that waits or runs and asks just this
// because of a peer's document.
func (s *Store) TargetedScan(ctx context.Context, asset inventory.AssetID, aim scanner.Aim) (id scanner.ScanID, ok bool, err error) {
	var ids []scanner.ScanID
	err = s.read(ctx).Raw(`
		SELECT id FROM scans WHERE asset_id = ? AND trigger = ? AND state IN ('queued', 'running') AND aim = ? ORDER BY num DESC LIMIT 1`,
		asset, scanner.TriggerAdvisory, document[scanner.Aim]{aim}).Scan(&ids).Error
	if err != nil {
		return "", false, fmt.Errorf("look for a targeted scan of %s: %w", asset, fault(err))
	}
	if len(ids) == 0 {
		return "", false, nil
	}
	return ids[0], true, nil
}

// EndedTargeted lists targeted scans that have ended, however, with matches of
// documents in force that still wait for their verdict.
func (s *Store) EndedTargeted(ctx context.Context) ([]scanner.ScanID, error) {
	var ids []scanner.ScanID
	err := s.read(ctx).Raw(`
		SELECT DISTINCT m.scan_id FROM matches m JOIN scans s ON s.id = m.scan_id JOIN inbounds i ON i.id = m.inbound_id
		WHERE m.verdict = 'pending' AND m.scan_id <> '' AND i.state = 'accepted' AND s.state NOT IN ('queued', 'running')
		LIMIT 100`).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("list ended targeted scans: %w", fault(err))
	}
	return ids, nil
}

const openVerdictSQL = "m.verdict IN ('affected', 'unknown') AND i.state = 'accepted'"

// AssetsToRevisit lists those assets of a task about which a document's last
// word may have changed with what the task saw: affected or not known, and
// fixed or not there, because both come back.
func (s *Store) AssetsToRevisit(ctx context.Context, task inventory.TaskID) ([]inventory.AssetID, error) {
	var ids []inventory.AssetID
	err := s.read(ctx).Raw(`
		SELECT DISTINCT m.asset_id FROM scan_tasks t JOIN matches m ON m.asset_id = ANY(t.assets) JOIN inbounds i ON i.id = m.inbound_id
		WHERE t.id = ? AND m.verdict <> 'pending' AND i.state = 'accepted' ORDER BY 1`, task).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("list assets to revisit after task %s: %w", task, fault(err))
	}
	return ids, nil
}

// RetiredToRevisit lists assets that are in use no more, of which no scan will
// tell what became of what a document warned of.
func (s *Store) RetiredToRevisit(ctx context.Context) ([]inventory.AssetID, error) {
	var ids []inventory.AssetID
	err := s.read(ctx).Raw(`
		SELECT DISTINCT m.asset_id FROM assets a JOIN matches m ON m.asset_id = a.id JOIN inbounds i ON i.id = m.inbound_id
		WHERE a.retired_at IS NOT NULL AND ` + openVerdictSQL + ` LIMIT 100`).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("list retired assets to revisit: %w", fault(err))
	}
	return ids, nil
}
