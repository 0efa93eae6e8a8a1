package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type assetRow struct {
	Num         int64  `gorm:"->;default:(-)"`
	ID          string `gorm:"primaryKey;->;default:(-)"`
	OrgID       string
	Kind        string
	Address     string
	Name        string
	Site        string
	Function    string
	ContactID   *string
	Criticality string
	Class       string
	AtMost      *int
	Tags        list[string] `gorm:"type:jsonb"`
	Consent     string
	CreatedAt   time.Time
	RetiredAt   *time.Time
	Version     int
}

func (assetRow) TableName() string { return "assets" }

func (r assetRow) number() int64 { return r.Num }

func (r assetRow) asset() (inventory.Asset, error) {
	address, err := inventory.ParseAddress(r.Address)
	if err != nil {
		return inventory.Asset{}, fmt.Errorf("asset %s: %w", r.ID, err)
	}
	return inventory.Asset{
		ID: inventory.AssetID(r.ID), Org: inventory.OrganizationID(r.OrgID), Address: address, Name: r.Name,
		Site: r.Site, Function: r.Function, Contact: inventory.ContactID(value(r.ContactID)),
		Criticality: inventory.Criticality(r.Criticality), Class: inventory.AssetClass(r.Class), AtMost: inventory.Level(value(r.AtMost)),
		Tags: r.Tags, Consent: inventory.Consent(r.Consent), CreatedAt: r.CreatedAt.UTC(), RetiredAt: utc(r.RetiredAt),
		Version: r.Version,
	}, nil
}

func assetsOf(rows []assetRow) ([]inventory.Asset, error) {
	out := make([]inventory.Asset, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.asset(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CreateAssets stores all of them or none. An address that is in use already,
// or twice among them, is inventory.ErrConflict and names it. A contact that
// is not of the asset's organisation is an inventory.InputError.
func (s *Store) CreateAssets(ctx context.Context, who string, assets []inventory.Asset) ([]inventory.Asset, error) {
	if len(assets) == 0 {
		return nil, nil
	}
	var rows []assetRow
	entry := audit.Entry{Actor: who, Act: "asset.create"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		var err error
		for _, a := range assets {
			if err := needContact(tx, a); err != nil {
				return err
			}
		}
		if rows, err = insertAssets(tx, assets, s.now()); err != nil {
			return err
		}
		entry.Object = rows[0].ID
		entry.Detail = map[string]any{"count": len(rows), "last": rows[len(rows)-1].ID}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("create %d assets: %w", len(assets), err)
	}
	return assetsOf(rows)
}

// insertAssets stores new assets and begins the histories of their owners.
func insertAssets(tx *gorm.DB, assets []inventory.Asset, now time.Time) ([]assetRow, error) {
	rows := make([]assetRow, len(assets))
	for i, a := range assets {
		rows[i] = assetRow{
			OrgID: string(a.Org), Kind: string(a.Address.Kind()), Address: a.Address.String(), Name: a.Name, Site: a.Site,
			Function: a.Function, ContactID: optional(string(a.Contact)), AtMost: optional(int(a.AtMost)),
			Criticality: string(a.Criticality), Class: string(a.Class), Tags: inventory.NormalizeTags(a.Tags),
			Consent: string(inventory.ConsentNone), CreatedAt: now, Version: 1,
		}
	}
	if err := tx.CreateInBatches(&rows, 1000).Error; err != nil {
		return nil, err
	}
	return rows, tx.Exec(`
		INSERT INTO asset_owners (asset_id, org_id, from_at, reason)
		SELECT id, org_id, created_at, 'registered' FROM assets WHERE num = ANY(?)`, array(numbers(rows))).Error
}

// Asset finds one, in use or retired.
func (s *Store) Asset(ctx context.Context, id inventory.AssetID) (inventory.Asset, error) {
	row, err := one[assetRow](s.read(ctx).Where("id = ?", id), "asset", id)
	if err != nil {
		return inventory.Asset{}, err
	}
	return row.asset()
}

// AssetsByAddress finds the assets in use among canonical addresses.
func (s *Store) AssetsByAddress(ctx context.Context, canonical []string) (map[string]inventory.Asset, error) {
	var rows []assetRow
	err := s.read(ctx).Where("retired_at IS NULL AND address = ANY(?)", array(canonical)).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find assets by address: %w", fault(err))
	}
	out := make(map[string]inventory.Asset, len(rows))
	for _, r := range rows {
		if out[r.Address], err = r.asset(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// MoveAsset gives an asset, and what is open on it, to another organisation.
// Its history keeps who had it when; what was fixed stays with the former.
func (s *Store) MoveAsset(ctx context.Context, who string, id inventory.AssetID, to inventory.OrganizationID, reason string) error {
	if err := needReason(reason); err != nil {
		return err
	}
	entry := audit.Entry{Actor: who, Act: "asset.move", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := lockAssets(tx, []inventory.AssetID{id}); err != nil {
			return err
		}
		row, err := one[assetRow](tx.Where("id = ? AND retired_at IS NULL", id), "asset", id)
		if err != nil {
			return err
		}
		if row.OrgID == string(to) {
			return fmt.Errorf("%s has it already: %w", to, inventory.ErrConflict)
		}
		entry.Detail = map[string]any{"from": row.OrgID, "to": to, "reason": reason}
		return execAll(tx, map[string]any{"id": id, "to": to, "reason": reason, "now": s.now()},
			// What may be told and who answers for it was the former owner's word. A limit stays: the machine is no less fragile.
			"UPDATE assets SET org_id = @to, consent = 'none', contact_id = NULL, version = version + 1 WHERE id = @id",
			"UPDATE asset_owners SET until_at = @now WHERE asset_id = @id AND until_at IS NULL",
			"INSERT INTO asset_owners (asset_id, org_id, from_at, reason) VALUES (@id, @to, @now, @reason)",
			"UPDATE findings SET org_id = @to WHERE asset_id = @id AND detection <> 'fixed'",
		)
	})
	if err != nil {
		return fmt.Errorf("move asset %s: %w", id, err)
	}
	return nil
}

// RetireAsset takes an asset out of use and closes what is open on it.
func (s *Store) RetireAsset(ctx context.Context, who string, id inventory.AssetID, reason string) error {
	if err := needReason(reason); err != nil {
		return err
	}
	entry := audit.Entry{Actor: who, Act: "asset.retire", Object: string(id), Detail: map[string]any{"reason": reason}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error { return retire(tx, who, id, reason, s.now()) })
	if err != nil {
		return fmt.Errorf("retire asset %s: %w", id, err)
	}
	return nil
}

func retire(tx *gorm.DB, who string, id inventory.AssetID, reason string, now time.Time) error {
	if err := lockAssets(tx, []inventory.AssetID{id}); err != nil {
		return err
	}
	row, err := one[assetRow](tx.Where("id = ?", id), "asset", id)
	if err != nil {
		return err
	}
	if row.RetiredAt != nil {
		return fmt.Errorf("retired already: %w", inventory.ErrConflict)
	}
	var present []findingRow
	err = tx.Raw("SELECT * FROM findings WHERE asset_id = ? AND detection <> 'fixed' FOR UPDATE", id).Find(&present).Error
	if err != nil {
		return err
	}
	closed := inventory.CloseRetired(mapped(present, findingRow.finding), who, reason, now)
	if err := storeChanges(tx, closed); err != nil {
		return err
	}
	return execAll(tx, map[string]any{"id": id, "now": now},
		"UPDATE assets SET retired_at = @now, open_score = 0, version = version + 1 WHERE id = @id",
		"UPDATE asset_owners SET until_at = @now WHERE asset_id = @id AND until_at IS NULL",
		"DELETE FROM services WHERE asset_id = @id",
		"UPDATE certificate_sightings SET gone_at = @now WHERE asset_id = @id AND gone_at IS NULL",
		"DELETE FROM address_states WHERE asset_id = @id",
	)
}

// AssetsByID finds assets, in use or not; those that are not there are left out.
func (s *Store) AssetsByID(ctx context.Context, ids []inventory.AssetID) (map[inventory.AssetID]inventory.Asset, error) {
	var rows []assetRow
	if err := s.read(ctx).Where("id = ANY(?)", array(ids)).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("find assets: %w", fault(err))
	}
	assets, err := assetsOf(rows)
	out := make(map[inventory.AssetID]inventory.Asset, len(assets))
	for _, a := range assets {
		out[a.ID] = a
	}
	return out, err
}

// AssetHistory lists who had an asset when, first owner first.
func (s *Store) AssetHistory(ctx context.Context, id inventory.AssetID) ([]inventory.Ownership, error) {
	if _, err := s.Asset(ctx, id); err != nil {
		return nil, err
	}
	var rows []struct {
		OrgID   inventory.OrganizationID
		FromAt  time.Time
		UntilAt *time.Time
		Reason  string
	}
	err := s.read(ctx).Table("asset_owners").Where("asset_id = ?", id).Order("from_at").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read history of asset %s: %w", id, fault(err))
	}
	out := make([]inventory.Ownership, len(rows))
	for i, r := range rows {
		out[i] = inventory.Ownership{Asset: id, Org: r.OrgID, From: r.FromAt.UTC(), Until: utc(r.UntilAt), Reason: r.Reason}
	}
	return out, nil
}

// needReason refuses an act that must be explained and is not.
func needReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return &inventory.InputError{Field: "reason", Message: "missing", Hint: "say why in a few words"}
	}
	return nil
}

// execAll runs statements in order, all with the same named arguments.
func execAll(tx *gorm.DB, args map[string]any, statements ...string) error {
	for _, sql := range statements {
		if err := tx.Exec(sql, args).Error; err != nil {
			return err
		}
	}
	return nil
}

// lockAssets makes those who judge, move or retire an asset take turns, until
// the end of the transaction. In order, so that two can not wait for each
// other.
func lockAssets(tx *gorm.DB, ids []inventory.AssetID) error {
	return tx.Exec(`
		SELECT pg_advisory_xact_lock(key)
		FROM (SELECT hashtextextended(id, 1) AS key FROM unnest(?::text[]) AS id ORDER BY 1) AS ordered`, words(ids)).Error
}

// numbers lists the rows' numbers.
func numbers[R numbered](rows []R) []int64 { return mapped(rows, R.number) }
