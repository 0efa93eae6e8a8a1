package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// EditAsset replaces what people say of an asset. One that was changed since
// version is inventory.ErrStale.
func (s *Store) EditAsset(ctx context.Context, who string, id inventory.AssetID, version int, edit inventory.AssetEdit) (inventory.Asset, error) {
	var made inventory.Asset
	entry := audit.Entry{Actor: who, Act: "asset.edit", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[assetRow](tx.Raw("SELECT * FROM assets WHERE id = ? AND retired_at IS NULL FOR UPDATE", id), "asset", id)
		if err != nil {
			return err
		}
		if row.Version != version {
			return fmt.Errorf("it is at version %d, not %d: %w", row.Version, version, inventory.ErrStale)
		}
		before, err := row.asset()
		if err != nil {
			return err
		}
		if made, err = edit.Apply(before); err != nil {
			return err
		}
		if err := needContact(tx, made); err != nil {
			return err
		}
		entry.Detail = map[string]any{"from": said(before), "to": said(made)}
		made.Version++
		return saveAsset(tx, made)
	})
	if err != nil {
		return inventory.Asset{}, fmt.Errorf("edit asset %s: %w", id, err)
	}
	return made, nil
}

// needContact refuses an asset whose contact is not its organisation's.
func needContact(tx *gorm.DB, a inventory.Asset) error {
	if a.Contact == "" {
		return nil
	}
	var known bool
	err := tx.Raw("SELECT EXISTS (SELECT 1 FROM contacts WHERE id = ? AND org_id = ?)", a.Contact, a.Org).Scan(&known).Error
	if err != nil || known {
		return err
	}
	return &inventory.InputError{
		Field: "contact", Value: string(a.Contact), Message: "is no contact of the organisation", Hint: "choose one of its contacts, or none",
	}
}

// saveAsset stores what people may change of an asset. A contact that is gone
// by now is none: what is put back or imported may be older.
func saveAsset(tx *gorm.DB, a inventory.Asset) error {
	return tx.Exec(`
		UPDATE assets SET name = ?, site = ?, function = ?, criticality = ?, class = ?, at_most = ?, tags = ?, consent = ?, version = ?,
			contact_id = (SELECT c.id FROM contacts c WHERE c.id = ? AND c.org_id = assets.org_id)
		WHERE id = ?`,
		a.Name, a.Site, a.Function, a.Criticality, a.Class, optional(int(a.AtMost)), list[string](a.Tags), a.Consent, a.Version,
		a.Contact, a.ID).Error
}

// A saying is what people say of an asset, as the log and the undoing keep it.
type saying struct {
	Name        string                `json:"name"`
	Site        string                `json:"site"`
	Function    string                `json:"function"`
	Contact     inventory.ContactID   `json:"contact"`
	Criticality inventory.Criticality `json:"criticality"`
	Class       inventory.AssetClass  `json:"kind"`
	AtMost      inventory.Level       `json:"at_most"`
	Tags        list[string]          `json:"tags"`
	Consent     inventory.Consent     `json:"sharing"`
}

func said(a inventory.Asset) saying {
	return saying{
		Name: a.Name, Site: a.Site, Function: a.Function, Contact: a.Contact, Criticality: a.Criticality, Class: a.Class, AtMost: a.AtMost,
		Tags: a.Tags, Consent: a.Consent,
	}
}

func (s saying) of(a inventory.Asset) inventory.Asset {
	a.Name, a.Site, a.Function, a.Contact = s.Name, s.Site, s.Function, s.Contact
	a.Criticality, a.Class, a.AtMost, a.Tags, a.Consent = s.Criticality, s.Class, s.AtMost, s.Tags, s.Consent
	return a
}

// A change is what one asset was before an act, and its version after it.
type change struct {
	Asset   inventory.AssetID `json:"asset"`
	Was     saying            `json:"was"`
	Version int               `json:"version"`
}

// maxBulk is how many assets one act may concern.
const maxBulk = 5000

// ChangeAssets does one thing to many assets, all or none. Assets that are
// retired, or that the caller may not see, are inventory.ErrNotFound. Retiring
// cannot be undone: it closes findings.
func (s *Store) ChangeAssets(ctx context.Context, who string, ids []inventory.AssetID, act inventory.AssetAct) (inventory.Done, error) {
	var done inventory.Done
	if err := act.Check(); err != nil {
		return done, err
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 || len(ids) > maxBulk {
		return done, &inventory.InputError{
			Field: "assets", Message: fmt.Sprintf("%d are chosen", len(ids)), Hint: fmt.Sprintf("choose 1 to %d", maxBulk),
		}
	}
	entry := audit.Entry{Actor: who, Act: "asset." + act.Word() + "_many"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		entry.Detail = map[string]any{"assets": ids, "act": act}
		assets, err := lockedAssets(tx, ids)
		if err != nil {
			return err
		}
		if act.Retire != "" {
			for _, a := range assets {
				if err := retire(tx, who, a.ID, act.Retire, s.now()); err != nil {
					return err
				}
			}
			done.Changed = len(assets)
			return nil
		}
		done, err = s.applyAll(tx, who, actingOrg(ctx), assets, act)
		return err
	})
	if err != nil {
		return inventory.Done{}, fmt.Errorf("change %d assets: %w", len(ids), err)
	}
	return done, nil
}

// actingOrg is the organisation that the caller is bound to; "" for the CERT's
// own people.
func actingOrg(ctx context.Context) inventory.OrganizationID {
	org, _ := account.Limit(ctx)
	return org
}

func lockedAssets(tx *gorm.DB, ids []inventory.AssetID) ([]inventory.Asset, error) {
	var rows []assetRow
	err := tx.Raw(`
		SELECT * FROM assets WHERE id = ANY(?) AND retired_at IS NULL ORDER BY num FOR UPDATE`,
		words(ids)).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(rows, func(r assetRow) bool { return r.ID == string(id) }) {
			return nil, missing("asset", id)
		}
	}
	return assetsOf(rows)
}

func (s *Store) applyAll(tx *gorm.DB, who string, org inventory.OrganizationID, assets []inventory.Asset, act inventory.AssetAct) (inventory.Done, error) {
	var changes []change
	for _, a := range assets {
		after, changed := act.Apply(a)
		if !changed {
			continue
		}
		after.Version++
		if err := saveAsset(tx, after); err != nil {
			return inventory.Done{}, err
		}
		changes = append(changes, change{Asset: a.ID, Was: said(a), Version: after.Version})
	}
	done := inventory.Done{Changed: len(changes), Same: len(assets) - len(changes)}
	if len(changes) == 0 {
		return done, nil
	}
	now := s.now()
	done.Until = now.Add(inventory.UndoFor)
	err := tx.Raw(`
		INSERT INTO asset_undos (org_id, actor, act, changes, made_at, expires_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		optional(org), who, act.Word(), list[change](changes), now, done.Until).Scan(&done.Undo).Error
	return done, err
}

// UndoAssets takes back what who did to many assets, but for those that were
// changed again since. What is too long ago, or undone already, is
// inventory.ErrConflict; what somebody else did is inventory.ErrNotFound.
func (s *Store) UndoAssets(ctx context.Context, who string, id inventory.UndoID) (inventory.Undone, error) {
	var out inventory.Undone
	entry := audit.Entry{Actor: who, Act: "asset.undo", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[struct {
			Changes   list[change]
			ExpiresAt time.Time
			UndoneAt  *time.Time
		}](tx.Raw("SELECT * FROM asset_undos WHERE id = ? AND actor = ? FOR UPDATE", id, who), "change", id)
		switch {
		case err != nil:
			return err
		case row.UndoneAt != nil:
			return fmt.Errorf("undone already: %w", inventory.ErrConflict)
		case !s.now().Before(row.ExpiresAt):
			return fmt.Errorf("more than %s ago: %w", inventory.UndoFor, inventory.ErrConflict)
		}
		var back []inventory.AssetID
		for _, c := range row.Changes {
			restored, err := restoreAsset(tx, c)
			if err != nil {
				return err
			}
			if restored {
				back = append(back, c.Asset)
				out.Restored++
			} else {
				out.Kept = append(out.Kept, c.Asset)
			}
		}
		entry.Detail = map[string]any{"restored": out.Restored, "assets": back, "kept": out.Kept}
		return tx.Exec("UPDATE asset_undos SET undone_at = ? WHERE id = ?", s.now(), id).Error
	})
	if err != nil {
		return inventory.Undone{}, fmt.Errorf("undo %s: %w", id, err)
	}
	return out, nil
}

// restoreAsset puts back what an asset was, unless it was changed since.
func restoreAsset(tx *gorm.DB, c change) (bool, error) {
	row, err := one[assetRow](tx.Raw("SELECT * FROM assets WHERE id = ? FOR UPDATE", c.Asset), "asset", c.Asset)
	if err != nil || row.Version != c.Version || row.RetiredAt != nil {
		return false, err
	}
	a, err := row.asset()
	if err != nil {
		return false, err
	}
	a = c.Was.of(a)
	a.Version = row.Version + 1
	return true, saveAsset(tx, a)
}
