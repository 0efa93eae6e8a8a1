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

// Judge judges what an ended task brought back: it loads everything that
// decide asks for and stores what it answers, in one transaction. Judging a
// task twice changes nothing. Those who judge, move or retire one asset take
// turns. With the last task of a scan, the scan ends.
func (s *Store) Judge(ctx context.Context, id inventory.TaskID, decide func(inventory.JudgeInput) inventory.JudgeOutput) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		task, err := one[taskRow](tx.Raw("SELECT * FROM scan_tasks WHERE id = ? FOR UPDATE", id), "task", id)
		switch {
		case err != nil:
			return err
		case task.JudgedAt != nil:
			return nil
		case task.EndedAt == nil:
			return fmt.Errorf("it has not ended: %w", inventory.ErrConflict)
		}
		assets := assetsIn(task)
		if err := lockAssets(tx, assets); err != nil {
			return err
		}
		in, err := judgeInput(tx, task, assets)
		if err != nil {
			return fmt.Errorf("load what it saw: %w", err)
		}
		out := decide(in)
		if !task.Aim.V.IsZero() {
			out = aimed(out)
		}
		if err := storeJudged(tx, in, &out, task); err != nil {
			return fmt.Errorf("store what was decided: %w", err)
		}
		return endJudged(tx, task, out, s.now())
	})
	if err != nil {
		return fmt.Errorf("judge task %s: %w", id, err)
	}
	return nil
}

// aimed is what a targeted scan may change: what it found out. That it asked
// nothing else is no news of the other findings, and the next scan of each
// address comes when it would have come.
func aimed(out inventory.JudgeOutput) inventory.JudgeOutput {
	out.States = nil
	out.Changes = slices.DeleteFunc(slices.Clone(out.Changes), func(c inventory.Change) bool {
		return c.Finding.ID != "" && !slices.ContainsFunc(c.Events, func(e inventory.FindingEvent) bool { return e.Kind != inventory.EventNotTested })
	})
	return out
}

func assetsIn(task taskRow) []inventory.AssetID {
	var out []inventory.AssetID
	for _, h := range task.Hosts {
		out = append(out, h.Asset)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// judgeInput loads everything about a task and its assets.
func judgeInput(tx *gorm.DB, task taskRow, assets []inventory.AssetID) (inventory.JudgeInput, error) {
	in := inventory.JudgeInput{
		Org: inventory.OrganizationID(task.OrgID), Policy: inventory.DefaultClosing, At: task.EndedAt.UTC(),
		Assets: map[inventory.AssetID]inventory.Asset{},
	}
	var err error
	if in.Seen, err = loadSeen(tx, inventory.TaskID(task.ID)); err != nil {
		return in, err
	}
	// Locked, so that what people decide meanwhile is not overwritten.
	var known []findingRow
	err = tx.Raw(`
		SELECT * FROM findings WHERE asset_id = ANY(?) AND (detection <> 'fixed' OR closed_at >= ?)
		ORDER BY num FOR UPDATE`, words(assets), in.At.Add(-in.Policy.ReopenWithin)).Find(&known).Error
	if err != nil {
		return in, err
	}
	in.Known = mapped(known, findingRow.finding)
	var rows []assetRow
	if err := tx.Where("id = ANY(?)", words(assets)).Find(&rows).Error; err != nil {
		return in, err
	}
	all, err := assetsOf(rows)
	if err != nil {
		return in, err
	}
	for _, a := range all {
		in.Assets[a.ID] = a
	}
	if in.Services, err = loadServices(tx.Where("asset_id = ANY(?)", words(assets))); err != nil {
		return in, err
	}
	var states []stateRow
	if err := tx.Where("asset_id = ANY(?)", words(assets)).Find(&states).Error; err != nil {
		return in, err
	}
	in.States = mapped(states, stateRow.state)
	if in.Checks, err = loadCatalogue(tx); err != nil {
		return in, err
	}
	in.Threats, err = loadThreats(tx)
	return in, err
}

// storeJudged stores findings with their events, services and states. It
// completes the changes with the ids of new findings.
func storeJudged(tx *gorm.DB, in inventory.JudgeInput, out *inventory.JudgeOutput, task taskRow) error {
	if err := storeChanges(tx, out.Changes); err != nil {
		return err
	}
	var covered []string
	for _, p := range in.Seen.Ports {
		covered = append(covered, p.Addr.String())
	}
	if err := storeFormer(tx, in, out.Services); err != nil {
		return err
	}
	// The list of services is complete for the addresses whose ports were
	// asked, and says nothing of the others.
	err := tx.Exec("DELETE FROM services WHERE asset_id = ANY(?) AND address = ANY(?::inet[])",
		words(assetsIn(task)), array(covered)).Error
	if err != nil {
		return err
	}
	if len(out.Services) > 0 {
		if err := tx.CreateInBatches(mapped(out.Services, serviceRowOf), 500).Error; err != nil {
			return err
		}
	}
	for _, st := range out.States {
		row := stateRowOf(st)
		if err := tx.Exec(saveStateSQL, row.AssetID, row.Address, row.Up, row.Priority, row.LastScan, row.NextScan,
			row.Outcome, row.Reason, task.ScanID).Error; err != nil {
			return err
		}
	}
	if err := storeCertificates(tx, in, task); err != nil {
		return err
	}
	if err := storeDiscoveries(tx, in); err != nil {
		return err
	}
	return refreshAssets(tx, assetsIn(task))
}

// storeChanges inserts new findings, updates known ones, and adds the events
// of both.
func storeChanges(tx *gorm.DB, changes []inventory.Change) error {
	var fresh []findingRow
	var places []int // of the fresh ones among changes
	for i, c := range changes {
		row := findingRowOf(c.Finding)
		if c.Finding.ID == "" {
			fresh, places = append(fresh, row), append(places, i)
			continue
		}
		if err := touchOne(tx.Select("*").Where("id = ?", row.ID).Updates(&row), "finding", c.Finding.ID); err != nil {
			return err
		}
	}
	if len(fresh) > 0 {
		if err := tx.CreateInBatches(&fresh, 500).Error; err != nil {
			return err
		}
	}
	for i, row := range fresh {
		changes[places[i]].Finding.ID = inventory.FindingID(row.ID)
	}
	var events []eventRow
	for _, c := range changes {
		for _, e := range c.Events {
			e.Finding = c.Finding.ID
			events = append(events, eventRowOf(e))
		}
	}
	if len(events) == 0 {
		return nil
	}
	return tx.CreateInBatches(events, 500).Error
}

// openAfterSQL counts what is present on a task's addresses.
const openAfterSQL = `
SELECT count(*) FROM findings f
WHERE f.detection <> 'fixed' AND EXISTS (
	SELECT 1 FROM scan_tasks t, jsonb_array_elements(t.hosts) h
	WHERE t.id = ? AND h->>'asset' = f.asset_id AND (f.address IS NULL OR (h->>'addr')::inet = f.address))
	AND f.asset_id = ANY(?)`

// endScanSQL ends a scan whose tasks are all judged. The worst tasks decide:
// none complete or partly so is a failure, some other than complete is partial.
const endScanSQL = `
UPDATE scans s SET finished_at = @now, state = CASE
	WHEN t.complete = t.total THEN 'complete'
	WHEN t.useless = t.total THEN 'failed'
	ELSE 'partial' END
FROM (
	SELECT count(*) AS total, count(*) FILTER (WHERE judged_at IS NULL) AS unjudged,
		count(*) FILTER (WHERE state = 'complete') AS complete,
		count(*) FILTER (WHERE state IN ('failed', 'blocked', 'cancelled')) AS useless
	FROM scan_tasks WHERE scan_id = @scan
) t
WHERE s.id = @scan AND s.state = 'running' AND t.unjudged = 0`

// endJudged marks the task as judged, and ends its scan if it was the last.
func endJudged(tx *gorm.DB, task taskRow, out inventory.JudgeOutput, now time.Time) error {
	var opened, fixed int
	for _, c := range out.Changes {
		for _, e := range c.Events {
			if e.Kind == inventory.EventOpened || e.Kind == inventory.EventReopened {
				opened++
			}
			if e.Kind == inventory.EventFixed {
				fixed++
			}
		}
	}
	var open int
	if err := tx.Raw(openAfterSQL, task.ID, words(assetsIn(task))).Scan(&open).Error; err != nil {
		return err
	}
	// Those who judge two tasks of one scan take turns from here on: each
	// would else miss that the other's was the last but one.
	if err := tx.Exec("SELECT 1 FROM scans WHERE id = ? FOR UPDATE", task.ScanID).Error; err != nil {
		return err
	}
	return execAll(tx, map[string]any{
		"id": task.ID, "scan": task.ScanID, "now": now, "new": opened, "open": open, "fixed": fixed,
	}, `
		UPDATE scan_tasks SET judged_at = @now, findings_new = @new, findings_open = @open, findings_fixed = @fixed
		WHERE id = @id`, endScanSQL)
}

type stateRow struct {
	AssetID  string `gorm:"primaryKey"`
	Address  addr   `gorm:"primaryKey;type:inet"`
	Up       bool
	Priority int
	LastScan time.Time
	NextScan time.Time
	Outcome  string
	Reason   string
}

func (stateRow) TableName() string { return "address_states" }

func (r stateRow) state() inventory.AddressState {
	return inventory.AddressState{
		Asset: inventory.AssetID(r.AssetID), Addr: netip.Addr(r.Address), Up: r.Up, Priority: inventory.Priority(r.Priority),
		LastScan: r.LastScan.UTC(), NextScan: r.NextScan.UTC(), Outcome: inventory.Outcome(r.Outcome), Reason: r.Reason,
	}
}

func stateRowOf(s inventory.AddressState) stateRow {
	return stateRow{
		AssetID: string(s.Asset), Address: addr(s.Addr), Up: s.Up, Priority: int(s.Priority),
		LastScan: s.LastScan, NextScan: s.NextScan, Outcome: string(s.Outcome), Reason: s.Reason,
	}
}

// saveStateSQL keeps the profile that was asked for, not the gentler one that
// an OT asset's task got: that is decided anew each time.
const saveStateSQL = `
INSERT INTO address_states (asset_id, address, up, priority, last_scan, next_scan, outcome, reason, profile)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, profile FROM scans WHERE id = ?
ON CONFLICT (asset_id, address) DO UPDATE SET up = excluded.up, priority = excluded.priority,
	last_scan = excluded.last_scan, next_scan = excluded.next_scan, outcome = excluded.outcome,
	reason = excluded.reason, profile = excluded.profile`
