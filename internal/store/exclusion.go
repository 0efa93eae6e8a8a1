package store

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type exclusionRow struct {
	Num       int64  `gorm:"->;default:(-)"`
	ID        string `gorm:"primaryKey;->;default:(-)"`
	Prefix    prefix `gorm:"type:cidr"`
	Name      *string
	Reason    string
	UntilAt   time.Time
	CreatedBy string
	CreatedAt time.Time
}

func (exclusionRow) TableName() string { return "exclusions" }

func (r exclusionRow) number() int64 { return r.Num }

func (r exclusionRow) exclusion() inventory.Exclusion {
	return inventory.Exclusion{
		ID: inventory.ExclusionID(r.ID), Prefix: netip.Prefix(r.Prefix), Name: value(r.Name), Reason: r.Reason,
		Until: r.UntilAt.UTC(), CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(),
	}
}

// CreateExclusion stores an order not to scan a prefix or a name.
func (s *Store) CreateExclusion(ctx context.Context, who string, x inventory.Exclusion) (inventory.Exclusion, error) {
	if err := needReason(x.Reason); err != nil {
		return inventory.Exclusion{}, err
	}
	if x.Prefix.IsValid() == (x.Name != "") {
		return inventory.Exclusion{}, &inventory.InputError{
			Field: "exclusion", Message: "names neither a prefix nor a host name, or both", Hint: "give exactly one",
		}
	}
	now := s.now()
	if !x.Until.After(now) {
		return inventory.Exclusion{}, &inventory.InputError{
			Field: "until", Value: x.Until.Format(time.RFC3339), Message: "in the past", Hint: "give a later date",
		}
	}
	row := exclusionRow{
		Prefix: prefix(x.Prefix.Masked()), Name: optional(x.Name), Reason: x.Reason, UntilAt: x.Until,
		CreatedBy: who, CreatedAt: now,
	}
	entry := audit.Entry{Actor: who, Act: "exclusion.create"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{"what": excluded(x), "until": x.Until.UTC(), "reason": x.Reason}
		return nil
	})
	if err != nil {
		return inventory.Exclusion{}, fmt.Errorf("exclude %s: %w", excluded(x), err)
	}
	return row.exclusion(), nil
}

// Exclusions lists them, oldest first, ended ones too.
func (s *Store) Exclusions(ctx context.Context, p inventory.Page) ([]inventory.Exclusion, string, error) {
	rows, next, err := page[exclusionRow](s.read(ctx), listing{name: "exclusions", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list exclusions: %w", err)
	}
	return mapped(rows, exclusionRow.exclusion), next, nil
}

// ExclusionsWithin lists up to limit of those that hold at some time in
// [from, to), the first to end first.
func (s *Store) ExclusionsWithin(ctx context.Context, from, to time.Time, limit int) ([]inventory.Exclusion, error) {
	var rows []exclusionRow
	err := s.read(ctx).Where("until_at > ? AND created_at < ? AND until_at > created_at", from, to).Order("until_at, num").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list exclusions of a time: %w", fault(err))
	}
	return mapped(rows, exclusionRow.exclusion), nil
}

// EndExclusion ends one now. One that has ended is inventory.ErrConflict.
func (s *Store) EndExclusion(ctx context.Context, who string, id inventory.ExclusionID) error {
	entry := audit.Entry{Actor: who, Act: "exclusion.end", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		now := s.now()
		done := tx.Exec("UPDATE exclusions SET until_at = ? WHERE id = ? AND until_at > ?", now, id, now)
		if done.Error != nil || done.RowsAffected == 1 {
			return done.Error
		}
		if _, err := one[exclusionRow](tx.Where("id = ?", id), "exclusion", id); err != nil {
			return err
		}
		return fmt.Errorf("ended already: %w", inventory.ErrConflict)
	})
	if err != nil {
		return fmt.Errorf("end exclusion %s: %w", id, err)
	}
	return nil
}

func excluded(x inventory.Exclusion) string {
	if x.Name != "" {
		return x.Name
	}
	return x.Prefix.String()
}
