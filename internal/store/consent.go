package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// SetConsent keeps an operator's word on whether an asset may appear in what
// goes to other countries. It holds for what is released from now on.
func (s *Store) SetConsent(ctx context.Context, who string, id inventory.AssetID, c inventory.Consent) error {
	if !c.Valid() {
		return &inventory.InputError{
			Field: "consent", Value: string(c), Message: "unknown", Hint: "use none, anonymised or identified",
		}
	}
	entry := audit.Entry{Actor: who, Act: "asset.consent", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		row, err := one[assetRow](tx.Raw("SELECT * FROM assets WHERE id = ? FOR UPDATE", id), "asset", id)
		if err != nil {
			return err
		}
		entry.Detail = map[string]any{"from": row.Consent, "to": c}
		return tx.Exec("UPDATE assets SET consent = ?, version = version + 1 WHERE id = ?", c, id).Error
	})
	if err != nil {
		return fmt.Errorf("set consent for asset %s: %w", id, err)
	}
	return nil
}
