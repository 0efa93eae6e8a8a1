package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// maxChanges is how many changes of a kind ScanChanges lists.
const maxChanges = 500

type taskViewRow struct {
	Num           int64
	ID            string
	State         string
	Addresses     list[string] `gorm:"type:jsonb"`
	Hosts         int
	Worker        string
	Note          string
	ClaimedAt     *time.Time
	EndedAt       *time.Time
	FindingsNew   int
	FindingsOpen  int
	FindingsFixed int
}

func (r taskViewRow) number() int64 { return r.Num }

func (r taskViewRow) status() scanner.TaskStatus {
	return scanner.TaskStatus{
		ID: inventory.TaskID(r.ID), State: scanner.TaskState(r.State), Addresses: r.Addresses, Hosts: r.Hosts,
		Worker: r.Worker, Note: r.Note, ClaimedAt: utc(r.ClaimedAt), EndedAt: utc(r.EndedAt),
		Findings: scanner.FindingCounts{New: r.FindingsNew, Open: r.FindingsOpen, Fixed: r.FindingsFixed},
	}
}

// ScanTasks lists a scan's tasks in the order in which they were planned; in a
// state when one is given.
func (s *Store) ScanTasks(ctx context.Context, id scanner.ScanID, state scanner.TaskState, p inventory.Page) ([]scanner.TaskStatus, string, error) {
	if _, err := one[scanRow](s.read(ctx).Where("id = ?", id), "scan", id); err != nil {
		return nil, "", err
	}
	q := s.read(ctx).Table("scan_tasks").Where("scan_id = ?", id).
		Select(`num, id, state, to_jsonb(ARRAY(SELECT host(a) FROM unnest(addresses[1:8]) AS a)) AS addresses, cardinality(addresses) AS hosts,
			worker, note, claimed_at, ended_at, findings_new, findings_open, findings_fixed`)
	q = given(q, "state = ?", state)
	rows, next, err := page[taskViewRow](q, listing{name: "scan tasks", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list tasks of scan %s: %w", id, err)
	}
	return mapped(rows, taskViewRow.status), next, nil
}

// serviceChangesSQL compares what a scan saw with the look before it, at each
// address that both looked at to an end. A first look has nothing before it,
// and no changes.
const serviceChangesSQL = `
WITH now_seen AS (
	SELECT h.asset_id, h.address, h.task_id, (
		SELECT p.task_id FROM host_results p JOIN scan_tasks pt ON pt.id = p.task_id
		WHERE p.asset_id = h.asset_id AND p.address = h.address AND p.outcome = 'complete'
			AND pt.num < t.num AND pt.aim = '{}' AND pt.profile = t.profile
		ORDER BY pt.num DESC LIMIT 1) AS before
	FROM host_results h JOIN scan_tasks t ON t.id = h.task_id
	WHERE t.scan_id = @scan AND h.outcome = 'complete' AND t.aim = '{}'
), seen AS (
	SELECT DISTINCT n.asset_id, n.address, o.port, o.transport, o.service->>'name' AS name
	FROM now_seen n JOIN observations o ON o.task_id = n.task_id AND o.asset_id = n.asset_id AND o.address = n.address
	WHERE n.before IS NOT NULL AND o.service IS NOT NULL
), was AS (
	SELECT DISTINCT n.asset_id, n.address, o.port, o.transport, o.service->>'name' AS name
	FROM now_seen n JOIN observations o ON o.task_id = n.before AND o.asset_id = n.asset_id AND o.address = n.address
	WHERE o.service IS NOT NULL
)
SELECT asset_id AS asset, host(address) AS address, port, transport AS proto, coalesce(name, '') AS name, gone
FROM (
	SELECT s.*, false AS gone FROM seen s
	WHERE NOT EXISTS (SELECT 1 FROM was w WHERE (w.asset_id, w.address, w.port, w.transport) = (s.asset_id, s.address, s.port, s.transport))
	UNION ALL
	SELECT w.*, true FROM was w
	WHERE NOT EXISTS (SELECT 1 FROM seen s WHERE (w.asset_id, w.address, w.port, w.transport) = (s.asset_id, s.address, s.port, s.transport))
) AS changes ORDER BY gone, asset_id, changes.address, port, transport LIMIT @limit`

const findingChangesSQL = `
SELECT f.id AS finding, f.title, f.severity, f.asset_id AS asset, e.kind, e.reason
FROM scan_tasks t JOIN finding_events e ON e.task_id = t.id JOIN findings f ON f.id = e.finding_id
WHERE t.scan_id = @scan AND e.task_id <> '' AND e.kind IN ('opened', 'reopened', 'fixed', 'changed')
ORDER BY e.kind, array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], f.severity), e.num LIMIT @limit`

// ScanChanges tells what a scan found different from the look before it.
func (s *Store) ScanChanges(ctx context.Context, id scanner.ScanID) (scanner.ScanChanges, error) {
	var out scanner.ScanChanges
	if _, err := one[scanRow](s.read(ctx).Where("id = ?", id), "scan", id); err != nil {
		return out, err
	}
	args := map[string]any{"scan": id, "limit": maxChanges + 1}
	err := s.read(ctx).Raw(serviceChangesSQL, args).Find(&out.Services).Error
	if err == nil {
		err = s.read(ctx).Raw(findingChangesSQL, args).Find(&out.Findings).Error
	}
	if err != nil {
		return scanner.ScanChanges{}, fmt.Errorf("compare scan %s with the one before: %w", id, fault(err))
	}
	out.Cut = len(out.Services) > maxChanges || len(out.Findings) > maxChanges
	out.Services = out.Services[:min(len(out.Services), maxChanges)]
	out.Findings = out.Findings[:min(len(out.Findings), maxChanges)]
	return out, nil
}

// ScanDays counts the scans of each day of a zone by how they stand.
func (s *Store) ScanDays(ctx context.Context, org inventory.OrganizationID, from, to time.Time, zone string) ([]scanner.DayCount, error) {
	var out []scanner.DayCount
	err := s.read(ctx).Raw(`
		SELECT to_char(created_at AT TIME ZONE @zone, 'YYYY-MM-DD') AS day, state, count(*) AS scans FROM scans
		WHERE created_at >= @from AND created_at < @to AND (@org = '' OR org_id = @org)
		GROUP BY 1, 2 ORDER BY 1, 2`,
		map[string]any{"zone": zone, "from": from, "to": to, "org": org}).Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("count scans by day: %w", fault(err))
	}
	return out, nil
}
