package store

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// TaskScope returns what a task may touch: the scope of its organisation,
// without those of the task's assets that were moved or retired since it was
// planned, and without the addresses of which the register says since that they
// are to be treated more gently than the task would.
func (s *Store) TaskScope(ctx context.Context, t scanner.Task) (inventory.Scope, error) {
	scope, err := s.Scope(ctx, t.Org)
	if err != nil {
		return inventory.Scope{}, err
	}
	var rows []struct {
		ID      inventory.AssetID
		Retired bool
	}
	ids := mapped(t.Hosts, func(h scanner.Host) string { return string(h.Asset) })
	err = s.read(ctx).Raw(`
		SELECT id, retired_at IS NOT NULL AS retired FROM assets
		WHERE id = ANY(?) AND (org_id <> ? OR retired_at IS NOT NULL)`, array(ids), t.Org).Find(&rows).Error
	if err != nil {
		return inventory.Scope{}, fmt.Errorf("read what became of the assets of task %s: %w", t.ID, fault(err))
	}
	departed := make(map[inventory.AssetID]string, len(rows))
	for _, r := range rows {
		departed[r.ID] = "has moved to another organisation"
		if r.Retired {
			departed[r.ID] = "is retired"
		}
	}
	changed, err := s.gentlerSince(ctx, t)
	if err != nil {
		return inventory.Scope{}, fmt.Errorf("read what was registered since task %s was planned: %w", t.ID, fault(err))
	}
	return scope.WithDeparted(departed).WithChanged(changed), nil
}

// gentlerSQL finds the addresses at which there is OT that was planned as
// something else, or an asset unknown to the plan that limits how deep anybody
// may look. Whose it is does not matter, as it does not when a scan is planned.
// A URL has the address or the name between its slashes.
const gentlerSQL = `
WITH planned AS (SELECT * FROM jsonb_to_recordset(CAST(@hosts AS jsonb)) AS h(addr inet, names text[], class text)),
	there AS (
		SELECT addr, h.class <> 'ot' AND a.class = 'ot' AS ot, a.id, a.at_most
		FROM planned h JOIN assets a ON a.net >>= h.addr AND a.retired_at IS NULL
		UNION ALL
		SELECT addr, h.class <> 'ot' AND a.class = 'ot', a.id, a.at_most
		FROM planned h JOIN assets a ON a.host = ANY(h.names) AND a.retired_at IS NULL
	)
SELECT host(addr) AS addr, bool_or(ot) AS ot FROM there WHERE ot OR at_most < @level AND id <> ALL(@known) GROUP BY addr`

// gentlerSince says why addresses of a task are not to be touched as planned.
func (s *Store) gentlerSince(ctx context.Context, t scanner.Task) (map[netip.Addr]string, error) {
	profile, err := scanner.ProfileByName(t.Profile)
	if err != nil {
		return nil, err
	}
	type place struct {
		Addr  netip.Addr           `json:"addr"`
		Names []string             `json:"names"` // as assets.host has them
		Class inventory.AssetClass `json:"class"`
	}
	placed := func(h scanner.Host) place {
		literal := h.Addr.String()
		if h.Addr.Is6() {
			literal = "[" + literal + "]"
		}
		return place{h.Addr, []string{literal, h.Name}, h.Class}
	}
	var rows []struct {
		Addr string
		OT   bool `gorm:"column:ot"`
	}
	err = s.read(ctx).Raw(gentlerSQL, map[string]any{
		"level": int(profile.Level), "known": array(knownTo(t)),
		"hosts": list[place](mapped(t.Hosts, placed)),
	}).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	changed := make(map[netip.Addr]string, len(rows))
	for _, r := range rows {
		addr, err := netip.ParseAddr(r.Addr)
		if err != nil {
			return nil, err
		}
		changed[addr] = "a limit was set for it after the scan was planned"
		if r.OT {
			changed[addr] = "it was registered as OT after the scan was planned"
		}
	}
	return changed, nil
}

// knownTo lists the assets whose own limits the plan of a task has heeded.
func knownTo(t scanner.Task) []inventory.AssetID {
	var known []inventory.AssetID
	for _, h := range t.Hosts {
		known = append(append(known, h.Asset), h.Within...)
	}
	return known
}

// GentleNames lists the names of the organisation's assets that are OT, or
// that may be looked at less deeply than the task would and that its plan does
// not know, and those that are excluded. Where they lead is the caller's to ask.
func (s *Store) GentleNames(ctx context.Context, t scanner.Task) ([]scanner.GentleName, error) {
	profile, err := scanner.ProfileByName(t.Profile)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Name    string
		OT      bool `gorm:"column:ot"`
		Limited bool
	}
	err = s.read(ctx).Raw(`
		SELECT name, bool_or(ot) AS ot, bool_or(limited) AS limited FROM (
			SELECT host AS name, class = 'ot' AS ot, coalesce(at_most < @level, false) AND id <> ALL(@known) AS limited FROM assets
			WHERE org_id = @org AND host !~ '^(\[|[0-9.]+$)' AND retired_at IS NULL AND (class = 'ot' OR at_most IS NOT NULL)
		) a WHERE ot OR limited GROUP BY name ORDER BY name`, map[string]any{
		"org": t.Org, "level": int(profile.Level), "known": array(knownTo(t)),
	}).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the names that task %s is to be careful with: %w", t.ID, fault(err))
	}
	exclusions, err := s.exclusionsInForce(s.read(ctx))
	if err != nil {
		return nil, fmt.Errorf("read exclusions for task %s: %w", t.ID, fault(err))
	}
	names := make([]scanner.GentleName, 0, len(rows))
	for _, r := range rows {
		names = append(names, scanner.GentleName{Name: r.Name, OT: r.OT, Limited: r.Limited})
	}
	for _, x := range exclusions {
		if x.Name != "" && !strings.HasPrefix(x.Name, "*.") { // of a wildcard it is not known where it leads
			names = append(names, scanner.GentleName{Name: x.Name, Excluded: true})
		}
	}
	return names, nil
}
