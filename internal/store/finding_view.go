package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

// mostViews is how many views one person may keep.
const mostViews = 50

type viewRow struct {
	Num       int64  `gorm:"->;default:(-)"`
	ID        string `gorm:"primaryKey;->;default:(-)"`
	Owner     string
	OrgID     *string
	Name      string
	Query     string
	Team      bool
	Standard  bool
	CreatedAt time.Time
}

func (viewRow) TableName() string { return "finding_views" }

func (r viewRow) view() inventory.View {
	return inventory.View{
		ID: inventory.ViewID(r.ID), Owner: r.Owner, Org: inventory.OrganizationID(value(r.OrgID)), Name: r.Name, Query: r.Query,
		Team: r.Team, Standard: r.Standard,
	}
}

// FindingViews lists somebody's own views and those of the team, oldest first.
func (s *Store) FindingViews(ctx context.Context, by inventory.Speaker) ([]inventory.View, error) {
	var rows []viewRow
	err := s.read(ctx).Where("owner = ? OR (team AND org_id IS NOT DISTINCT FROM ?)", by.Name, optional(by.Org)).
		Order("num").Limit(10 * mostViews).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list views of findings: %w", fault(err))
	}
	return mapped(rows, viewRow.view), nil
}

// SaveFindingView keeps a view under its name, in place of the owner's one of
// that name. A standard view takes the place of the one before.
func (s *Store) SaveFindingView(ctx context.Context, by inventory.Speaker, v inventory.View) (inventory.View, error) {
	entry := audit.Entry{Actor: by.Name, Act: "view.save", Detail: map[string]any{"name": v.Name, "query": v.Query, "team": v.Team, "standard": v.Standard}}
	var row viewRow
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Exec("SELECT pg_advisory_xact_lock(hashtext(?))", "finding_views "+by.Name).Error; err != nil {
			return err
		}
		var n int
		if err := tx.Raw("SELECT count(*) FROM finding_views WHERE owner = ? AND lower(name) <> lower(?)", by.Name, v.Name).Scan(&n).Error; err != nil {
			return err
		}
		if n >= mostViews {
			return &inventory.InputError{Field: "name", Value: v.Name, Message: fmt.Sprintf("is one view more than %d", mostViews), Hint: "delete one first"}
		}
		args := map[string]any{
			"owner": by.Name, "org": optional(by.Org), "name": v.Name, "query": v.Query, "team": v.Team, "standard": v.Standard, "now": s.now(),
		}
		if v.Standard {
			if err := tx.Exec("UPDATE finding_views SET standard = false WHERE owner = @owner", args).Error; err != nil {
				return err
			}
		}
		err := tx.Raw(`
			INSERT INTO finding_views (owner, org_id, name, query, team, standard, created_at)
			VALUES (@owner, @org, @name, @query, @team, @standard, @now)
			ON CONFLICT (owner, lower(name)) DO UPDATE SET name = excluded.name, query = excluded.query, team = excluded.team, standard = excluded.standard
			RETURNING *`, args).Scan(&row).Error
		entry.Object = row.ID
		return err
	})
	if err != nil {
		return inventory.View{}, fmt.Errorf("save view %q: %w", v.Name, err)
	}
	return row.view(), nil
}

// DeleteFindingView forgets a view of its owner's.
func (s *Store) DeleteFindingView(ctx context.Context, who string, id inventory.ViewID) error {
	entry := audit.Entry{Actor: who, Act: "view.delete", Object: string(id)}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		return touchOne(tx.Exec("DELETE FROM finding_views WHERE id = ? AND owner = ?", id, who), "view", id)
	})
	if err != nil {
		return fmt.Errorf("delete view %s: %w", id, err)
	}
	return nil
}
