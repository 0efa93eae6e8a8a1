package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type discoveryRow struct {
	Num       int64
	ID        string
	OrgID     string
	OrgName   string
	Address   string
	How       string
	SeenOn    string
	Quote     string
	FirstSeen time.Time
	LastSeen  time.Time
	State     string
	DecidedBy string
	DecidedAt *time.Time
	Reason    string
	AssetID   *string
}

func (r discoveryRow) number() int64 { return r.Num }

func (r discoveryRow) discovery() (inventory.Discovery, error) {
	address, err := inventory.ParseAddress(r.Address)
	if err != nil {
		return inventory.Discovery{}, fmt.Errorf("discovery %s: %w", r.ID, err)
	}
	return inventory.Discovery{
		ID: inventory.DiscoveryID(r.ID), Org: inventory.OrganizationID(r.OrgID), OrgName: r.OrgName, Address: address,
		How: inventory.DiscoveryWay(r.How), SeenOn: inventory.AssetID(r.SeenOn), Quote: r.Quote,
		FirstSeen: r.FirstSeen.UTC(), LastSeen: r.LastSeen.UTC(), State: inventory.DiscoveryState(r.State),
		DecidedBy: r.DecidedBy, DecidedAt: utc(r.DecidedAt), Reason: r.Reason, Asset: inventory.AssetID(value(r.AssetID)),
	}, nil
}

// saveDiscoverySQL keeps what is nobody's. What was decided stays decided.
const saveDiscoverySQL = `
INSERT INTO discoveries (org_id, address, kind, how, seen_on, quote, first_seen, last_seen)
SELECT a.org_id, @address, @kind, @how, a.id, @quote, @at, @at FROM assets a
WHERE a.id = @asset AND NOT EXISTS (SELECT 1 FROM assets b WHERE b.address = @address AND b.retired_at IS NULL)
ON CONFLICT (org_id, address) DO UPDATE SET last_seen = greatest(discoveries.last_seen, excluded.last_seen)`

// storeDiscoveries keeps what a task saw beside the register.
func storeDiscoveries(tx *gorm.DB, in inventory.JudgeInput) error {
	for _, o := range in.Seen.Observations {
		var about inventory.Check
		if o.Match != nil {
			about = in.Checks[o.Match.Check]
		}
		for _, d := range inventory.Discover(o, about) {
			err := tx.Exec(saveDiscoverySQL, map[string]any{
				"address": d.Address.String(), "kind": d.Address.Kind(), "how": d.How, "quote": d.Quote, "at": d.FirstSeen, "asset": d.SeenOn,
			}).Error
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Discoveries lists an organisation's, or with "" everybody's, of one state,
// the newest first. What somebody has registered since is left out.
func (s *Store) Discoveries(ctx context.Context, org inventory.OrganizationID, state inventory.DiscoveryState, p inventory.Page) ([]inventory.Discovery, string, error) {
	q := s.read(ctx).Table("discoveries").
		Select("discoveries.*, (SELECT name FROM organizations o WHERE o.id = discoveries.org_id) AS org_name").
		Where("state = ?", state)
	q = given(q, "org_id = ?", org)
	if state == inventory.DiscoveryOpen {
		q = q.Where("NOT EXISTS (SELECT 1 FROM assets b WHERE b.address = discoveries.address AND b.retired_at IS NULL)")
	}
	rows, next, err := page[discoveryRow](q, listing{name: "discoveries-" + string(state), column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list discoveries: %w", err)
	}
	out := make([]inventory.Discovery, len(rows))
	for i, r := range rows {
		if out[i], err = r.discovery(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}

// ClaimDiscovery makes an asset of a discovery. Nothing scans it until a
// permission covers it.
func (s *Store) ClaimDiscovery(ctx context.Context, who string, id inventory.DiscoveryID) (inventory.Asset, error) {
	var made inventory.Asset
	err := s.settle(ctx, audit.Entry{Actor: who, Act: "discovery.claim", Object: string(id)}, id,
		func(tx *gorm.DB, d inventory.Discovery, entry *audit.Entry) error {
			rows, err := insertAssets(tx, []inventory.Asset{{
				Org: d.Org, Address: d.Address, Criticality: inventory.CriticalityMedium, Class: inventory.IT, Tags: []string{"discovered"},
			}}, s.now())
			if err != nil {
				return err
			}
			if made, err = rows[0].asset(); err != nil {
				return err
			}
			entry.Detail = map[string]any{"address": d.Address.String(), "asset": made.ID}
			return tx.Exec("UPDATE discoveries SET state = 'claimed', asset_id = ?, decided_by = ?, decided_at = ? WHERE id = ?",
				made.ID, who, s.now(), id).Error
		})
	if err != nil {
		return inventory.Asset{}, fmt.Errorf("claim %s: %w", id, err)
	}
	return made, nil
}

// RejectDiscovery keeps a discovery away for good, however often it is seen.
func (s *Store) RejectDiscovery(ctx context.Context, who string, id inventory.DiscoveryID, reason string) error {
	if err := needReason(reason); err != nil {
		return err
	}
	err := s.settle(ctx, audit.Entry{Actor: who, Act: "discovery.reject", Object: string(id)}, id,
		func(tx *gorm.DB, d inventory.Discovery, entry *audit.Entry) error {
			entry.Detail = map[string]any{"address": d.Address.String(), "reason": reason}
			return tx.Exec("UPDATE discoveries SET state = 'rejected', reason = ?, decided_by = ?, decided_at = ? WHERE id = ?",
				inventory.CleanText(reason, 1000), who, s.now(), id).Error
		})
	if err != nil {
		return fmt.Errorf("reject %s: %w", id, err)
	}
	return nil
}

// settle decides about an open discovery.
func (s *Store) settle(ctx context.Context, entry audit.Entry, id inventory.DiscoveryID, decide func(*gorm.DB, inventory.Discovery, *audit.Entry) error) error {
	return s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[discoveryRow](tx.Raw(`
			SELECT * FROM discoveries WHERE id = ? FOR UPDATE`, id), "discovery", id)
		if err != nil {
			return err
		}
		if row.State != string(inventory.DiscoveryOpen) {
			return fmt.Errorf("%s already: %w", row.State, inventory.ErrConflict)
		}
		d, err := row.discovery()
		if err != nil {
			return err
		}
		return decide(tx, d, entry)
	})
}
