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

// scanHostsSQL are a scan's addresses, in the order in which they were planned,
// with what came of each. A task has few hosts.
const scanHostsSQL = `(
	SELECT t.num * 65536 + p.place AS num, t.id AS task, p.asset_id AS asset, p.address, r.outcome, r.reason
	FROM scan_tasks t CROSS JOIN LATERAL (
		SELECT h->>'asset' AS asset_id, (h->>'addr')::inet AS address, min(place) AS place
		FROM jsonb_array_elements(t.hosts) WITH ORDINALITY AS x (h, place) GROUP BY 1, 2
	) p LEFT JOIN host_results r ON r.task_id = t.id AND r.asset_id = p.asset_id AND r.address = p.address
	WHERE t.scan_id = ?
) AS h`

const openOfHostSQL = `FROM observations o
	WHERE o.task_id = h.task AND o.asset_id = h.asset AND o.address = h.address AND o.service IS NOT NULL`

type hostViewRow struct {
	Num      int64
	Task     string
	Asset    string
	Address  string
	Outcome  *string
	Reason   *string
	Services list[string] `gorm:"type:jsonb"`
}

func (r hostViewRow) number() int64 { return r.Num }

func (r hostViewRow) status() scanner.HostStatus {
	return scanner.HostStatus{
		Asset: inventory.AssetID(r.Asset), Address: r.Address, Task: inventory.TaskID(r.Task),
		Outcome: inventory.Outcome(value(r.Outcome)), Reason: value(r.Reason), Services: r.Services,
	}
}

// ScanHosts lists a scan's addresses and what came of each.
func (s *Store) ScanHosts(ctx context.Context, id scanner.ScanID, f scanner.HostFilter, p inventory.Page) ([]scanner.HostStatus, string, error) {
	if _, err := one[scanRow](s.read(ctx).Where("id = ?", id), "scan", id); err != nil {
		return nil, "", err
	}
	q := s.read(ctx).Table(scanHostsSQL, id).Select(`h.num, h.task, h.asset, host(h.address) AS address, h.outcome, h.reason, (
		SELECT coalesce(jsonb_agg(s.text ORDER BY s.port, s.text), '[]') FROM (
			SELECT DISTINCT o.port, o.port || '/' || o.transport || coalesce(' ' || nullif(o.service->>'name', ''), '') AS text ` + openOfHostSQL + `) s) AS services`)
	switch f.Outcome {
	case "":
	case scanner.HostsAnswered:
		q = q.Where("h.outcome IN ('complete', 'partial')")
	case scanner.HostsWaiting:
		q = q.Where("h.outcome IS NULL")
	default:
		q = q.Where("h.outcome = ?", f.Outcome)
	}
	if f.Services {
		q = q.Where("EXISTS (SELECT 1 " + openOfHostSQL + ")")
	}
	rows, next, err := page[hostViewRow](q, listing{name: "scan hosts", column: "h.num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list addresses of scan %s: %w", id, err)
	}
	return mapped(rows, hostViewRow.status), next, nil
}

// ScanSkips lists what a scan left out, as it was planned.
func (s *Store) ScanSkips(ctx context.Context, id scanner.ScanID, p inventory.Page) ([]scanner.Skip, string, error) {
	if _, err := one[scanRow](s.read(ctx).Where("id = ?", id), "scan", id); err != nil {
		return nil, "", err
	}
	rows, next, err := page[skipRow](s.read(ctx).Where("scan_id = ?", id), listing{name: "scan skips", column: "position"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list what scan %s left out: %w", id, err)
	}
	return mapped(rows, skipRow.skip), next, nil
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
WHERE t.scan_id = @scan AND e.task_id <> '' AND e.kind IN ('opened', 'back_again', 'fixed', 'changed')
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
