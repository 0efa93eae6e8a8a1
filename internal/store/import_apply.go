package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// ApplyImport takes a draft's good rows into the register, in one transaction:
// all of them, or none when anything fails. The caller has decided what becomes
// of bad rows. What the register says meanwhile counts: an address that somebody
// registered since the preview is inventory.ErrConflict.
func (s *Store) ApplyImport(ctx context.Context, who string, id inventory.ImportID) (inventory.Import, error) {
	var row importRow
	entry := audit.Entry{Actor: who, Act: "import.apply", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		now := s.now()
		var err error
		if row, err = lockDraft(tx, id, now); err != nil {
			return err
		}
		if err := createImported(tx, row, now); err != nil {
			return err
		}
		if err := changeImported(tx, row); err != nil {
			return err
		}
		if err := saveMapping(tx, row, now); err != nil {
			return err
		}
		row.State, row.DoneBy, row.DoneAt = string(inventory.ImportDone), who, &now
		entry.Detail = map[string]any{"org": row.OrgID, "name": row.Name, "counts": row.Counts.V}
		return tx.Exec("UPDATE imports SET state = 'done', done_by = ?, done_at = ?, content = NULL WHERE id = ?", who, now, id).Error
	})
	if err != nil {
		return inventory.Import{}, fmt.Errorf("import %s: %w", id, err)
	}
	row.Content = nil
	return row.imported(), nil
}

// importStep is how many rows are read at a time.
const importStep = 1000

// eachImported walks the rows of a class in order.
func eachImported(tx *gorm.DB, id string, class inventory.ImportClass, do func([]importLineRow) error) error {
	for after := 0; ; {
		var rows []importLineRow
		err := tx.Where("import_id = ? AND class = ? AND position > ?", id, class, after).Order("position").Limit(importStep).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := do(rows); err != nil {
			return err
		}
		after = rows[len(rows)-1].Position
	}
}

func createImported(tx *gorm.DB, row importRow, now time.Time) error {
	there, err := contactsOf(tx, row.OrgID)
	if err != nil {
		return err
	}
	return eachImported(tx, row.ID, inventory.RowNew, func(rows []importLineRow) error {
		assets := make([]inventory.Asset, len(rows))
		positions := make([]int, len(rows))
		for i, r := range rows {
			address, err := inventory.ParseAddress(r.Address)
			if err != nil {
				return err
			}
			says := r.Row.V
			assets[i] = inventory.Asset{
				Org: inventory.OrganizationID(row.OrgID), Address: address, Name: says.Name, Site: says.Site, Function: says.Function, Contact: there[says.Contact],
				Criticality: says.Criticality, Class: says.Class, Tags: says.Tags,
			}
			positions[i] = r.Position
		}
		made, err := insertAssets(tx, assets, now)
		if err != nil {
			return err
		}
		ids := mapped(made, func(r assetRow) string { return r.ID })
		return tx.Exec(`
			UPDATE import_rows r SET asset_id = m.asset FROM unnest(?::int[], ?::text[]) AS m (position, asset)
			WHERE r.import_id = ? AND r.position = m.position`, array(positions), array(ids), row.ID).Error
	})
}

// contactsOf are an organisation's contacts by themselves: one that went after
// the preview is none.
func contactsOf(tx *gorm.DB, org string) (map[inventory.ContactID]inventory.ContactID, error) {
	var ids []inventory.ContactID
	err := tx.Raw("SELECT id FROM contacts WHERE org_id = ?", org).Scan(&ids).Error
	out := make(map[inventory.ContactID]inventory.ContactID, len(ids))
	for _, id := range ids {
		out[id] = id
	}
	return out, err
}

func changeImported(tx *gorm.DB, row importRow) error {
	return eachImported(tx, row.ID, inventory.RowChanged, func(rows []importLineRow) error {
		for _, r := range rows {
			have, err := one[assetRow](tx.Raw(`
				SELECT * FROM assets WHERE address = ? AND org_id = ? AND retired_at IS NULL FOR UPDATE`, r.Address, row.OrgID),
				"asset", r.Address)
			if err != nil {
				return err
			}
			before, err := have.asset()
			if err != nil {
				return err
			}
			after, changes := r.Row.V.Merge(before)
			if len(changes) == 0 {
				continue
			}
			after.Version++
			if err := saveAsset(tx, after); err != nil {
				return err
			}
			was := document[change]{change{Asset: before.ID, Was: said(before), Version: after.Version}}
			err = tx.Exec("UPDATE import_rows SET asset_id = ?, was = ? WHERE import_id = ? AND position = ?", before.ID, was, row.ID, r.Position).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// dependsSQL tells what depends on assets that an import made, so that they
// cannot be taken out without a trace.
const dependsSQL = `
SELECT a.id, a.address, CASE
	WHEN a.retired_at IS NOT NULL THEN 'was retired since'
	WHEN a.org_id <> @org THEN 'was moved to another organisation'
	WHEN a.version > 1 THEN 'was changed since'
	WHEN EXISTS (SELECT 1 FROM findings f WHERE f.asset_id = a.id) THEN 'has findings'
	WHEN EXISTS (SELECT 1 FROM address_states s WHERE s.asset_id = a.id)
		OR EXISTS (SELECT 1 FROM scan_tasks t WHERE t.assets @> ARRAY[a.id] AND t.judged_at IS NULL)
		OR EXISTS (SELECT 1 FROM scans c WHERE c.asset_id = a.id) OR EXISTS (SELECT 1 FROM scan_skips k WHERE k.asset_id = a.id) THEN 'was scanned since'
	WHEN EXISTS (SELECT 1 FROM matches m WHERE m.asset_id = a.id) THEN 'is named by a received advisory'
	WHEN EXISTS (SELECT 1 FROM discoveries d WHERE d.asset_id = a.id OR d.seen_on = a.id) THEN 'led to discoveries'
	ELSE '' END AS reason
FROM assets a WHERE a.id = ANY(@ids)`

// UndoImport takes an import back: what it made is removed, and what it changed
// is as it was before. Assets on which something depends by now stay as they
// are, and the answer names them.
func (s *Store) UndoImport(ctx context.Context, who string, id inventory.ImportID) (inventory.ImportReversal, error) {
	var out inventory.ImportReversal
	entry := audit.Entry{Actor: who, Act: "import.undo", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[importRow](tx.Raw("SELECT * FROM imports WHERE id = ? FOR UPDATE", id), "import", id)
		if err != nil {
			return err
		}
		if row.State != string(inventory.ImportDone) {
			return fmt.Errorf("it is %s: %w", row.State, inventory.ErrConflict)
		}
		if err := removeImported(tx, row, &out); err != nil {
			return err
		}
		if err := restoreImported(tx, row, &out); err != nil {
			return err
		}
		entry.Detail = map[string]any{"removed": out.Removed, "restored": out.Restored, "kept": len(out.Kept)}
		return tx.Exec("UPDATE imports SET state = 'undone', undone_by = ?, undone_at = ? WHERE id = ?", who, s.now(), id).Error
	})
	if err != nil {
		return inventory.ImportReversal{}, fmt.Errorf("undo %s: %w", id, err)
	}
	return out, nil
}

func removeImported(tx *gorm.DB, row importRow, out *inventory.ImportReversal) error {
	return eachImported(tx, row.ID, inventory.RowNew, func(rows []importLineRow) error {
		ids := mapped(rows, func(r importLineRow) inventory.AssetID { return inventory.AssetID(value(r.AssetID)) })
		if err := lockAssets(tx, ids); err != nil {
			return err
		}
		var found []struct {
			ID              inventory.AssetID
			Address, Reason string
		}
		if err := tx.Raw(dependsSQL, map[string]any{"ids": words(ids), "org": row.OrgID}).Find(&found).Error; err != nil {
			return err
		}
		var free []inventory.AssetID
		for _, f := range found {
			if f.Reason == "" {
				free = append(free, f.ID)
			} else {
				out.Kept = append(out.Kept, inventory.ImportKept{Asset: f.ID, Address: f.Address, Reason: f.Reason})
			}
		}
		out.Removed += len(free)
		return execAll(tx, map[string]any{"ids": words(free)},
			"DELETE FROM asset_owners WHERE asset_id = ANY(@ids)",
			"DELETE FROM assets WHERE id = ANY(@ids)")
	})
}

func restoreImported(tx *gorm.DB, row importRow, out *inventory.ImportReversal) error {
	return eachImported(tx, row.ID, inventory.RowChanged, func(rows []importLineRow) error {
		for _, r := range rows {
			if r.Was == nil {
				continue
			}
			restored, err := restoreAsset(tx, r.Was.V)
			if err != nil {
				return err
			}
			if restored {
				out.Restored++
			} else {
				out.Kept = append(out.Kept, inventory.ImportKept{Asset: r.Was.V.Asset, Address: r.Address, Reason: "was changed since"})
			}
		}
		return nil
	})
}
