package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
)

// mostRecent is how many things are kept for somebody: more than are shown,
// because some may be seen no more.
const mostRecent = 20

// noteOpenedSQL puts a thing first among somebody's, and forgets those that
// are too old for its taking a place.
const noteOpenedSQL = `
WITH old AS (
	DELETE FROM recents WHERE owner = @owner AND (kind, thing) IN (
		SELECT kind, thing FROM recents WHERE owner = @owner AND (kind, thing) <> (@kind, @thing)
		ORDER BY opened_at DESC, kind, thing OFFSET @others))
INSERT INTO recents (owner, kind, thing, org_id, opened_at) VALUES (@owner, @kind, @thing, @org, @now)
ON CONFLICT (owner, kind, thing) DO UPDATE SET opened_at = excluded.opened_at`

// NoteOpened keeps that somebody opened a thing.
func (s *Store) NoteOpened(ctx context.Context, by inventory.Speaker, kind inventory.HitKind, id string) error {
	err := s.read(ctx).Exec(noteOpenedSQL, map[string]any{
		"owner": by.Name, "org": optional(by.Org), "kind": kind, "thing": id, "now": s.now(), "others": mostRecent - 1,
	}).Error
	if err != nil {
		return fmt.Errorf("note that %s opened %s %s: %w", by.Name, kind, id, fault(err))
	}
	return nil
}

// Recent lists what somebody opened, the last first. What they may not see any
// more, or is gone, is forgotten.
func (s *Store) Recent(ctx context.Context, by inventory.Speaker) ([]inventory.Opened, error) {
	var rows []struct {
		Kind     inventory.HitKind
		Thing    string
		OpenedAt time.Time
	}
	err := s.read(ctx).Raw("SELECT kind, thing, opened_at FROM recents WHERE owner = ? ORDER BY opened_at DESC, kind, thing LIMIT ?",
		by.Name, mostRecent).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what %s opened: %w", by.Name, fault(err))
	}
	ids := map[inventory.HitKind][]string{}
	for _, r := range rows {
		ids[r.Kind] = append(ids[r.Kind], r.Thing)
	}
	var seen []inventory.Hit
	for kind, of := range ids {
		if seen, err = s.things(ctx, seen, kind, of...); err != nil {
			return nil, err
		}
	}
	var out []inventory.Opened
	var gone, goneKinds []string
	for _, r := range rows {
		at := slices.IndexFunc(seen, func(h inventory.Hit) bool { return h.Kind == r.Kind && h.ID == r.Thing })
		if at < 0 {
			gone, goneKinds = append(gone, r.Thing), append(goneKinds, string(r.Kind))
			continue
		}
		out = append(out, inventory.Opened{Hit: seen[at], At: r.OpenedAt.UTC()})
	}
	if len(gone) > 0 {
		err = s.read(ctx).Exec("DELETE FROM recents WHERE owner = ? AND (kind, thing) IN (SELECT * FROM unnest(?::text[], ?::text[]))",
			by.Name, array(goneKinds), array(gone)).Error
		if err != nil {
			return nil, fmt.Errorf("forget what %s may see no more: %w", by.Name, fault(err))
		}
	}
	return out, nil
}
