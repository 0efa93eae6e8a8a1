package store

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// Limits of an asset's page: what is older is in the lists.
const (
	maxShownServices = 500
	maxShownFormer   = 100
)

// storeFormer keeps the services that went away with a task, or became another
// product: their list says what is there now.
func storeFormer(tx *gorm.DB, in inventory.JudgeInput, now []inventory.Service) error {
	type place struct {
		asset     inventory.AssetID
		addr      netip.Addr
		port      uint16
		transport inventory.Transport
	}
	present := make(map[place]inventory.Service, len(now))
	for _, s := range now {
		present[place{s.Asset, s.Addr, s.Port, s.Transport}] = s
	}
	var covered []netip.Addr
	for _, p := range in.Seen.Ports {
		covered = append(covered, p.Addr)
	}
	for _, s := range in.Services {
		n, there := present[place{s.Asset, s.Addr, s.Port, s.Transport}]
		if there && (n.Name == s.Name && n.Product == s.Product && n.Version == s.Version || n.Name == "") || !slices.Contains(covered, s.Addr) {
			continue
		}
		err := tx.Exec(`
			INSERT INTO former_services (asset_id, address, port, transport, name, product, version, tls, first_seen, last_seen, gone_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			s.Asset, addr(s.Addr), s.Port, s.Transport, s.Name, s.Product, s.Version, s.TLS, s.FirstSeen, s.LastSeen, in.At).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// AssetFacts tells what is known of an asset: its services, what was there
// before, how each of its addresses fared, and who did what to it.
func (s *Store) AssetFacts(ctx context.Context, id inventory.AssetID) (inventory.AssetFacts, error) {
	var out inventory.AssetFacts
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		var err error
		if out.Services, err = loadServices(tx.Where("asset_id = ?", id).Limit(maxShownServices)); err != nil {
			return err
		}
		if out.Former, err = formerServices(tx, id); err != nil {
			return err
		}
		if out.Certificates, err = assetCertificates(tx, id); err != nil {
			return err
		}
		var states []stateRow
		if err := tx.Where("asset_id = ?", id).Order("address").Limit(maxShownServices).Find(&states).Error; err != nil {
			return err
		}
		out.States = mapped(states, stateRow.state)
		return tx.Raw(`
			SELECT k.reason, k.what, s.created_at AS at, s.id AS scan FROM scan_skips k JOIN scans s ON s.id = k.scan_id
			WHERE k.asset_id = ? ORDER BY s.num DESC LIMIT 5`, id).Find(&out.Skipped).Error
	})
	if err != nil {
		return out, fmt.Errorf("read what is known of asset %s: %w", id, fault(err))
	}
	for i := range out.Skipped {
		out.Skipped[i].At = out.Skipped[i].At.UTC()
	}
	return out, nil
}

func formerServices(tx *gorm.DB, id inventory.AssetID) ([]inventory.FormerService, error) {
	var rows []struct {
		Address             addr
		Port                uint16
		Transport           inventory.Transport
		Name, Product       string
		Version             string
		TLS                 bool `gorm:"column:tls"`
		FirstSeen, LastSeen time.Time
		GoneAt              time.Time
	}
	err := tx.Table("former_services").Where("asset_id = ?", id).Order("gone_at DESC, num DESC").Limit(maxShownFormer).Find(&rows).Error
	out := make([]inventory.FormerService, len(rows))
	for i, r := range rows {
		out[i] = inventory.FormerService{GoneAt: r.GoneAt.UTC(), Service: inventory.Service{
			Asset: id, Addr: netip.Addr(r.Address), Port: r.Port, Transport: r.Transport, Name: r.Name, Product: r.Product,
			Version: r.Version, TLS: r.TLS, FirstSeen: r.FirstSeen.UTC(), LastSeen: r.LastSeen.UTC(),
		}}
	}
	return out, err
}
