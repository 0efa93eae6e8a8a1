package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

type scanRow struct {
	Num        int64  `gorm:"->;default:(-)"`
	ID         string `gorm:"primaryKey;->;default:(-)"`
	OrgID      string
	AssetID    *inventory.AssetID
	Profile    string
	Aim        document[scanner.Aim] `gorm:"type:jsonb"`
	Trigger    string
	ScheduleID *scanner.ScheduleID
	SlotAt     *time.Time
	Actor      string
	State      string
	Priority   int
	CreatedAt  time.Time
	StartedAt  *time.Time
	FinishedAt *time.Time
	PausedAt   *time.Time
	PausedBy   string
	Note       string
}

func (scanRow) TableName() string { return "scans" }

func (r scanRow) number() int64 { return r.Num }

func (r scanRow) scan() scanner.Scan {
	return scanner.Scan{
		ID: scanner.ScanID(r.ID), Org: inventory.OrganizationID(r.OrgID), Asset: value(r.AssetID), Profile: r.Profile, Aim: r.Aim.V,
		Trigger: scanner.Trigger(r.Trigger), Schedule: value(r.ScheduleID), Slot: orZero(r.SlotAt), Actor: r.Actor,
		State: scanner.ScanState(r.State), Priority: r.Priority, CreatedAt: r.CreatedAt.UTC(),
		StartedAt: utc(r.StartedAt), FinishedAt: utc(r.FinishedAt),
		PausedAt: utc(r.PausedAt), PausedBy: r.PausedBy, Note: r.Note,
	}
}

// defaultPriority is for a scan that names none: the middle of 1 to 4.
const defaultPriority = 2

// CreateScan stores a planned scan, its tasks and what was left out, and puts
// a ticket for each task on the queue, to be worked from notBefore on. For a
// schedule's slot it also moves the schedule on to next. A slot that has its
// scan already, of a schedule or of an adaptive rescan of the asset, is
// inventory.ErrConflict. A scan without tasks ends at once.
func (s *Store) CreateScan(ctx context.Context, who string, sc scanner.Scan, tasks []scanner.Task, notBefore, next time.Time) (scanner.Scan, error) {
	now := s.now()
	if notBefore.Before(now) {
		notBefore = now
	}
	row := newScan(sc, who, len(tasks), now)
	entry := audit.Entry{Actor: who, Act: "scan.create"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{
			"org": sc.Org, "asset": sc.Asset, "profile": sc.Profile, "trigger": sc.Trigger,
			"tasks": len(tasks), "skipped": len(sc.Skipped),
		}
		if sc.Schedule != "" {
			if err := advance(tx, sc.Schedule, sc.Slot, next); err != nil {
				return err
			}
		}
		if err := insertSkips(tx, row.ID, sc.Skipped); err != nil {
			return err
		}
		if err := tx.Exec(postponeSQL, now, words(postponed(sc))).Error; err != nil {
			return err
		}
		if len(tasks) == 0 {
			return nil
		}
		if err := insertTasks(tx, row, tasks, notBefore); err != nil {
			return err
		}
		if err := leaveOut(tx, row, now); err != nil {
			return err
		}
		return s.tickets(ctx, tx, row.Priority, len(tasks), notBefore)
	})
	if err != nil {
		return scanner.Scan{}, fmt.Errorf("create scan of %s: %w", sc.Org, err)
	}
	made := row.scan()
	made.Skipped = sc.Skipped
	return made, nil
}

func newScan(sc scanner.Scan, who string, tasks int, now time.Time) scanRow {
	row := scanRow{
		OrgID: string(sc.Org), AssetID: optional(sc.Asset), Profile: sc.Profile, Aim: document[scanner.Aim]{sc.Aim}, Trigger: string(sc.Trigger),
		ScheduleID: optional(sc.Schedule), SlotAt: orNull(sc.Slot), Actor: who, State: string(scanner.ScanQueued),
		Priority: sc.Priority, CreatedAt: now, Note: sc.Note,
	}
	if row.Priority == 0 {
		row.Priority = defaultPriority
	}
	if row.Trigger == "" {
		row.Trigger = string(scanner.TriggerManual)
	}
	if tasks == 0 {
		row.State, row.FinishedAt = string(scanner.ScanFailed), &now
		if row.Note == "" {
			row.Note = "nothing could be scanned: every asset was left out"
		}
	}
	return row
}

// postponeSQL keeps assets from being due again at once: one that was left
// out, and one whose adaptive scan may yet be cancelled. What the scan finds
// sets the real time.
const postponeSQL = `
UPDATE address_states SET next_scan = greatest(next_scan, ?::timestamptz + interval '1 day')
WHERE asset_id = ANY(?)`

func postponed(sc scanner.Scan) []inventory.AssetID {
	var out []inventory.AssetID
	if sc.Trigger == scanner.TriggerAdaptive {
		out = append(out, sc.Asset)
	}
	for _, k := range sc.Skipped {
		out = append(out, k.Asset)
	}
	return out
}

// leftOutSQL lists what is known of addresses that a scan of their asset does
// not look at: a name leads elsewhere now, an asset of its own was registered
// within a prefix, an exclusion was made. A scan of one asset says nothing of
// the others whose addresses it shares.
const leftOutSQL = `
WITH planned AS (
	SELECT DISTINCT h->>'asset' AS asset_id, (h->>'addr')::inet AS address
	FROM scan_tasks t, jsonb_array_elements(t.hosts) h WHERE t.scan_id = @scan
), scanned AS (
	SELECT CAST(@asset AS text) AS asset_id WHERE @asset <> ''
	UNION SELECT asset_id FROM planned WHERE @asset = ''
), kept AS (
	SELECT x.* FROM %s x JOIN scanned USING (asset_id)
	WHERE x.address IS NOT NULL AND NOT EXISTS (SELECT 1 FROM planned p WHERE p.asset_id = x.asset_id AND p.address = x.address)
)`

// A name's old addresses are not its concern any more; the others must not
// make their asset due each day.
const (
	forgetSQL = `
DELETE FROM address_states d USING kept k, assets a
WHERE d.asset_id = k.asset_id AND d.address = k.address AND a.id = k.asset_id AND a.kind IN ('hostname', 'url')`
	putOffSQL = `
UPDATE address_states d SET next_scan = greatest(d.next_scan, CAST(@now AS timestamptz) + interval '7 days')
FROM kept k WHERE d.asset_id = k.asset_id AND d.address = k.address`
	notTestedSQL = `, locked AS (
	SELECT id, not_tested FROM findings
	WHERE id IN (SELECT id FROM kept) AND detection <> 'fixed' AND not_tested <> @reason ORDER BY num FOR UPDATE
), told AS (
	INSERT INTO finding_events (finding_id, at, actor, kind, from_value, to_value, reason, task_id, evidence_id)
	SELECT id, @now, 'scan', 'not_tested', not_tested, @reason, 'Not tested: ' || @reason || '.', '', '' FROM locked
)
UPDATE findings f SET not_tested = @reason FROM locked l WHERE f.id = l.id`
)

// leaveOut says of what a scan does not look at that it was not tested.
func leaveOut(tx *gorm.DB, scan scanRow, now time.Time) error {
	return execAll(tx, map[string]any{
		"scan": scan.ID, "asset": string(value(scan.AssetID)), "now": now,
		"reason": "the last scan of the asset left this address out",
	},
		fmt.Sprintf(leftOutSQL, "address_states")+forgetSQL,
		fmt.Sprintf(leftOutSQL, "address_states")+putOffSQL,
		fmt.Sprintf(leftOutSQL, "findings")+notTestedSQL)
}

func insertSkips(tx *gorm.DB, scan string, skips []scanner.Skip) error {
	if len(skips) == 0 {
		return nil
	}
	rows := make([]skipRow, len(skips))
	for i, k := range skips {
		rows[i] = skipRow{ScanID: scan, Position: i, AssetID: string(k.Asset), What: k.What, Reason: k.Reason}
	}
	return tx.CreateInBatches(rows, 1000).Error
}

type skipRow struct {
	ScanID   string `gorm:"primaryKey"`
	Position int    `gorm:"primaryKey;autoIncrement:false"`
	AssetID  string
	What     string
	Reason   string
}

func (skipRow) TableName() string { return "scan_skips" }

func (r skipRow) number() int64 { return int64(r.Position) }

func (r skipRow) skip() scanner.Skip {
	return scanner.Skip{Asset: inventory.AssetID(r.AssetID), What: r.What, Reason: r.Reason}
}

const insertTasksSQL = `
INSERT INTO scan_tasks (scan_id, org_id, profile, aim, hosts, addresses, assets, state, priority, not_before, created_at)
SELECT @scan, @org, t.task->>'profile', t.task->'aim', t.task->'hosts',
	(SELECT array_agg(DISTINCT (h->>'addr')::inet) FROM jsonb_array_elements(t.task->'hosts') h),
	(SELECT array_agg(DISTINCT h->>'asset') FROM jsonb_array_elements(t.task->'hosts') h),
	'queued', @priority, @start, @now
FROM jsonb_array_elements(CAST(@tasks AS jsonb)) WITH ORDINALITY AS t (task, position)
ORDER BY t.position`

func insertTasks(tx *gorm.DB, scan scanRow, tasks []scanner.Task, notBefore time.Time) error {
	type taskJSON struct {
		Profile string         `json:"profile"`
		Aim     scanner.Aim    `json:"aim"`
		Hosts   []scanner.Host `json:"hosts"`
	}
	all := make([]taskJSON, len(tasks))
	for i, t := range tasks {
		all[i] = taskJSON{Profile: t.Profile, Aim: t.Aim, Hosts: t.Hosts}
		if t.Profile == "" {
			all[i].Profile = scan.Profile
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("encode tasks: %w", err)
	}
	return tx.Exec(insertTasksSQL, map[string]any{
		"scan": scan.ID, "org": scan.OrgID, "priority": scan.Priority, "start": notBefore, "now": scan.CreatedAt,
		"tasks": string(text),
	}).Error
}

// tickets puts scan tickets on the queue within tx.
func (s *Store) tickets(ctx context.Context, tx *gorm.DB, priority, n int, notBefore time.Time) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if err := s.enqueue.EnqueueScan(ctx, t, priority, n, notBefore); err != nil {
		return fmt.Errorf("enqueue %d scan tickets: %w", n, err)
	}
	return nil
}

// CancelScan ends a scan: what waits never starts, what runs is told to stop
// when its lease is next renewed, and its results so far are kept. A scan that
// has ended is inventory.ErrConflict.
func (s *Store) CancelScan(ctx context.Context, who string, id scanner.ScanID, reason string) error {
	entry := audit.Entry{Actor: who, Act: "scan.cancel", Object: string(id), Detail: map[string]any{"reason": reason}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		n, err := cancel(tx, "id = @id", map[string]any{"id": id, "reason": reason, "now": s.now()})
		if err != nil || n == 1 {
			return err
		}
		if _, err := one[scanRow](tx.Where("id = ?", id), "scan", id); err != nil {
			return err
		}
		return fmt.Errorf("ended already: %w", inventory.ErrConflict)
	})
	if err != nil {
		return fmt.Errorf("cancel scan %s: %w", id, err)
	}
	return nil
}

// CancelAll ends every scan that has not ended.
func (s *Store) CancelAll(ctx context.Context, who, reason string) error {
	entry := audit.Entry{Actor: who, Act: "scan.cancel_all"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		n, err := cancel(tx, "true", map[string]any{"reason": reason, "now": s.now()})
		entry.Detail = map[string]any{"reason": reason, "scans": n}
		return err
	})
	if err != nil {
		return fmt.Errorf("cancel all scans: %w", err)
	}
	return nil
}

// cancel ends the scans that where selects, and their waiting tasks.
func cancel(tx *gorm.DB, where string, args map[string]any) (int64, error) {
	done := tx.Exec(`
		UPDATE scans SET state = 'cancelled', finished_at = @now, note = @reason, paused_at = NULL, paused_by = ''
		WHERE state IN ('queued', 'running') AND `+where, args)
	if done.Error != nil || done.RowsAffected == 0 {
		return 0, done.Error
	}
	return done.RowsAffected, tx.Exec(`
		UPDATE scan_tasks t SET state = 'cancelled', ended_at = @now, judged_at = @now, note = @reason
		FROM scans s WHERE s.id = t.scan_id AND s.state = 'cancelled' AND t.state = 'queued'`, args).Error
}

// dueSQL takes an asset's most urgent address; the scan covers the others too.
const dueSQL = `
SELECT DISTINCT ON (a.num) a.org_id AS org, a.id AS asset, d.profile, d.next_scan AS due
FROM address_states d JOIN assets a ON a.id = d.asset_id
WHERE d.next_scan <= @now AND a.retired_at IS NULL
	AND NOT EXISTS (SELECT 1 FROM scan_tasks t WHERE t.judged_at IS NULL AND t.assets @> ARRAY[a.id])
ORDER BY a.num, d.next_scan`

// DueAssets lists the assets in use of which an address is to be looked at
// again by now, longest due first, without those that a scan has in hand.
func (s *Store) DueAssets(ctx context.Context, now time.Time, limit int) ([]scanner.DueAsset, error) {
	var out []scanner.DueAsset
	err := s.read(ctx).Raw("SELECT * FROM ("+dueSQL+") AS found ORDER BY due, asset LIMIT @limit",
		map[string]any{"now": now, "limit": limit}).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list due assets: %w", fault(err))
	}
	for i := range out {
		out[i].Due = out[i].Due.UTC()
	}
	return out, nil
}
