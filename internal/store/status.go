package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// Scan finds a scan, with what has come of it so far.
func (s *Store) Scan(ctx context.Context, id scanner.ScanID) (scanner.ScanStatus, error) {
	row, err := one[scanRow](s.read(ctx).Where("id = ?", id), "scan", id)
	if err != nil {
		return scanner.ScanStatus{}, err
	}
	all, err := statuses(s.read(ctx), []scanRow{row})
	if err != nil {
		return scanner.ScanStatus{}, fmt.Errorf("read scan %s: %w", id, fault(err))
	}
	if err := s.read(ctx).Raw(remarksSQL, id).Find(&all[0].Remarks).Error; err != nil {
		return scanner.ScanStatus{}, fmt.Errorf("read the remarks of scan %s: %w", id, fault(err))
	}
	return all[0], nil
}

const remarksSQL = `
SELECT h.outcome, h.reason, count(DISTINCT h.address) AS addresses
FROM host_results h JOIN scan_tasks t ON t.id = h.task_id
WHERE t.scan_id = ? AND h.outcome <> 'complete'
GROUP BY h.outcome, h.reason ORDER BY addresses DESC, h.outcome, h.reason LIMIT 20`

// Scans lists those that f selects, newest first.
func (s *Store) Scans(ctx context.Context, f scanner.ScanFilter, p inventory.Page) ([]scanner.ScanStatus, string, error) {
	q := s.read(ctx)
	q = given(q, "org_id = ?", f.Org)
	q = given(q, "asset_id = ?", f.Asset)
	if len(f.States) > 0 {
		q = q.Where("state IN ?", f.States)
	}
	q = given(q, "trigger = ?", f.Trigger)
	if !f.From.IsZero() {
		q = q.Where("created_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		q = q.Where("created_at < ?", f.To)
	}
	rows, next, err := page[scanRow](q, listing{name: "scans", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list scans: %w", err)
	}
	all, err := statuses(s.read(ctx), rows)
	if err != nil {
		return nil, "", fmt.Errorf("list scans: %w", fault(err))
	}
	return all, next, nil
}

const countTasksSQL = `
SELECT t.scan_id, count(*) AS total,
	count(*) FILTER (WHERE t.state = 'queued') AS queued,
	count(*) FILTER (WHERE t.state = 'running') AS running,
	count(*) FILTER (WHERE t.state = 'complete') AS complete,
	count(*) FILTER (WHERE t.state = 'partial') AS partial,
	count(*) FILTER (WHERE t.state = 'unreachable') AS unreachable,
	count(*) FILTER (WHERE t.state = 'blocked') AS blocked,
	count(*) FILTER (WHERE t.state = 'failed') AS failed,
	count(*) FILTER (WHERE t.state = 'cancelled') AS cancelled,
	sum(t.findings_new) AS new, sum(t.findings_open) AS open, sum(t.findings_fixed) AS fixed
FROM scan_tasks t WHERE t.scan_id = ANY(?) GROUP BY t.scan_id`

// An address counts once however many assets share it. The tasks are named,
// not joined: what an organisation's people see of the results is a view, into
// which PostgreSQL takes no more than names.
const countSeenSQL = `
WITH hosts AS (
	SELECT t.scan_id, count(DISTINCT h.address) AS n FROM host_results h JOIN scan_tasks t ON t.id = h.task_id
	WHERE h.task_id = ANY(@tasks) AND h.outcome IN ('complete', 'partial') GROUP BY 1),
services AS (
	SELECT t.scan_id, count(DISTINCT (o.address, o.port, o.transport)) AS n FROM observations o JOIN scan_tasks t ON t.id = o.task_id
	WHERE o.task_id = ANY(@tasks) AND o.service IS NOT NULL GROUP BY 1)
SELECT scan_id, coalesce(h.n, 0) AS hosts, coalesce(s.n, 0) AS services FROM hosts h FULL JOIN services s USING (scan_id)`

// statuses maps rows and adds the counts and skips of each.
func statuses(q *gorm.DB, rows []scanRow) ([]scanner.ScanStatus, error) {
	out := make([]scanner.ScanStatus, len(rows))
	byID := make(map[string]*scanner.ScanStatus, len(rows))
	ids := make([]string, len(rows))
	for i, r := range rows {
		out[i].Scan = r.scan()
		byID[r.ID], ids[i] = &out[i], r.ID
	}
	var counts []struct {
		ScanID string
		scanner.TaskCounts
		New, Open, Fixed int
	}
	if err := q.Raw(countTasksSQL, array(ids)).Find(&counts).Error; err != nil {
		return nil, err
	}
	for _, c := range counts {
		byID[c.ScanID].Tasks = c.TaskCounts
		byID[c.ScanID].Findings = scanner.FindingCounts{New: c.New, Open: c.Open, Fixed: c.Fixed}
	}
	var seen []struct {
		ScanID          string
		Hosts, Services int
	}
	var tasks []string
	if err := q.Table("scan_tasks").Where("scan_id = ANY(?)", array(ids)).Pluck("id", &tasks).Error; err != nil {
		return nil, err
	}
	if err := q.Raw(countSeenSQL, map[string]any{"tasks": array(tasks)}).Find(&seen).Error; err != nil {
		return nil, err
	}
	for _, c := range seen {
		byID[c.ScanID].Hosts, byID[c.ScanID].Services = c.Hosts, c.Services
	}
	var skips []skipRow
	if err := q.Where("scan_id = ANY(?) AND position < ?", array(ids), maxShownSkips).Order("scan_id, position").Find(&skips).Error; err != nil {
		return nil, err
	}
	for _, k := range skips {
		status := byID[k.ScanID]
		status.Skipped = append(status.Skipped, k.skip())
	}
	var more []struct {
		ScanID string
		N      int
	}
	err := q.Raw("SELECT scan_id, count(*) AS n FROM scan_skips WHERE scan_id = ANY(?) AND position >= ? GROUP BY 1", array(ids), maxShownSkips).Find(&more).Error
	for _, m := range more {
		byID[m.ScanID].SkippedMore = m.N
	}
	return out, err
}

// maxShownSkips is how many of what a scan left out are told of by name: of an
// organisation without a permission that is everything, each time.
const maxShownSkips = 100

// Stop tells how the stop switch stands. Workers may ask too.
func (s *Store) Stop(ctx context.Context) (scanner.StopOrder, error) {
	var row struct {
		IsOn    bool
		Reason  string
		MovedBy string
		MovedAt *time.Time
	}
	const sql = "SELECT is_on, reason, moved_by, moved_at FROM stop_switch"
	if err := s.read(ctx).Raw(sql).Take(&row).Error; err != nil {
		return scanner.StopOrder{}, fmt.Errorf("read the stop switch: %w", fault(err))
	}
	return scanner.StopOrder{On: row.IsOn, Reason: row.Reason, By: row.MovedBy, At: orZero(row.MovedAt)}, nil
}

// StopScanning turns the stop switch on: no task starts any more, and each
// running one ends when its lease is next renewed.
func (s *Store) StopScanning(ctx context.Context, who, reason string) error {
	if err := needReason(reason); err != nil {
		return err
	}
	entry := audit.Entry{Actor: who, Act: "scanning.stop", Detail: map[string]any{"reason": reason}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error { return moveStop(tx, true, who, reason, s.now()) })
	if err != nil {
		return fmt.Errorf("stop scanning: %w", err)
	}
	return nil
}

// AllowScanning turns the stop switch off. What waited goes on.
func (s *Store) AllowScanning(ctx context.Context, who, reason string) error {
	entry := audit.Entry{Actor: who, Act: "scanning.allow", Detail: map[string]any{"reason": reason}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		if err := moveStop(tx, false, who, reason, s.now()); err != nil {
			return err
		}
		// The tickets ended while nothing could be claimed.
		return s.ticketsForQueued(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("allow scanning: %w", err)
	}
	return nil
}

func moveStop(tx *gorm.DB, on bool, who, reason string, at time.Time) error {
	return tx.Exec("UPDATE stop_switch SET is_on = ?, reason = ?, moved_by = ?, moved_at = ?", on, reason, who, at).Error
}
