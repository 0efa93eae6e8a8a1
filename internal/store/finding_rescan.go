package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// Limits of rescans: of one finding, and of what one organisation's people may
// ask for in a day.
const (
	rescanEvery  = 5 * time.Minute
	rescansADay  = 20
	rescanMemory = 24 * time.Hour
)

// ReserveRescan takes a rescan of a finding from what is allowed. It is an
// inventory.ErrConflict when one was asked for just now, or enough today.
func (s *Store) ReserveRescan(ctx context.Context, by inventory.Speaker, id inventory.FindingID) (inventory.Finding, int64, error) {
	var row findingRow
	var num int64
	now := s.now()
	err := s.tx(ctx, audit.Entry{Actor: by.Name, Act: "finding.rescan", Object: string(id)}, func(tx *gorm.DB, _ *audit.Entry) error {
		var err error
		if row, err = lockFinding(tx, by, id); err != nil {
			return err
		}
		if by.Operator() {
			if err := tx.Exec("SELECT pg_advisory_xact_lock(hashtext(?))", "finding_rescans "+string(by.Org)).Error; err != nil {
				return err
			}
		}
		if err := mayRescan(tx, by, row, now); err != nil {
			return err
		}
		return tx.Raw(`
			INSERT INTO finding_rescans (finding_id, org_id, asked_by, asked_at, operator) VALUES (?, ?, ?, ?, ?) RETURNING num`,
			row.ID, row.OrgID, by.Name, now, by.Operator()).Scan(&num).Error
	})
	if err != nil {
		return inventory.Finding{}, 0, fmt.Errorf("rescan finding %s: %w", id, err)
	}
	return row.finding(), num, nil
}

// tooOften refuses a rescan for now.
type tooOften struct{ what, hint string }

func (e *tooOften) Error() string        { return e.what }
func (e *tooOften) Advice() string       { return e.hint }
func (e *tooOften) Is(target error) bool { return target == inventory.ErrConflict }

func mayRescan(tx *gorm.DB, by inventory.Speaker, row findingRow, now time.Time) error {
	var last []time.Time
	if err := tx.Raw("SELECT asked_at FROM finding_rescans WHERE finding_id = ? ORDER BY num DESC LIMIT 1", row.ID).Scan(&last).Error; err != nil {
		return err
	}
	if len(last) > 0 && now.Sub(last[0]) < rescanEvery {
		return &tooOften{
			"somebody asked to look at it " + now.Sub(last[0]).Round(time.Second).String() + " ago",
			"try again after " + last[0].UTC().Add(rescanEvery).Format("15:04") + " UTC: one finding is looked at once in five minutes",
		}
	}
	if !by.Operator() {
		return nil
	}
	var n int
	err := tx.Raw("SELECT count(*) FROM finding_rescans WHERE org_id = ? AND operator AND asked_at > ?", by.Org, now.Add(-rescanMemory)).Scan(&n).Error
	if err == nil && n >= rescansADay {
		err = &tooOften{
			fmt.Sprintf("your organisation asked for %d rescans within a day", n),
			"the next scan of its schedule looks at everything; ask the CERT if it cannot wait",
		}
	}
	return err
}

// BeginRescan notes the scan that a reserved rescan became, with the line in
// the finding's life; without a scan the rescan is taken back.
func (s *Store) BeginRescan(ctx context.Context, by inventory.Speaker, num int64, id inventory.FindingID, scan scanner.ScanID) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		if scan == "" {
			return tx.Exec("DELETE FROM finding_rescans WHERE num = ? AND scan_id IS NULL", num).Error
		}
		if err := tx.Exec("UPDATE finding_rescans SET scan_id = ? WHERE num = ?", scan, num).Error; err != nil {
			return err
		}
		return addEvents(tx, []inventory.FindingEvent{{
			Finding: id, At: s.now(), Actor: by.Name, Kind: inventory.EventRescan, To: string(scan), Reason: "Asked to look again.",
		}})
	})
	if err != nil {
		return fmt.Errorf("rescan finding %s: %w", id, err)
	}
	return nil
}

// LastRescan tells what became of the last wish to look at a finding again; it
// is inventory.ErrNotFound when there was none.
func (s *Store) LastRescan(ctx context.Context, id inventory.FindingID) (inventory.Rescan, error) {
	row, err := one[struct {
		AskedBy       string
		AskedAt       time.Time
		ScanID, State string
		Note          string
	}](s.read(ctx).Raw(`
		SELECT r.asked_by, r.asked_at, coalesce(r.scan_id, '') AS scan_id, coalesce(s.state, 'queued') AS state,
			coalesce(nullif(s.note, ''), (SELECT k.reason FROM scan_skips k WHERE k.scan_id = s.id ORDER BY k.position LIMIT 1), '') AS note
		FROM finding_rescans r LEFT JOIN scans s ON s.id = r.scan_id WHERE r.finding_id = ? ORDER BY r.num DESC LIMIT 1`, id), "rescan of", id)
	if err != nil {
		return inventory.Rescan{}, err
	}
	out := inventory.Rescan{Finding: id, By: row.AskedBy, At: row.AskedAt.UTC(), Scan: row.ScanID, State: inventory.RescanWaiting}
	switch state := scanner.ScanState(row.State); {
	case state == scanner.ScanQueued:
		return out, nil
	case !state.Ended():
		out.State = inventory.RescanRunning
	}
	if err := s.rescanSeen(ctx, &out); err != nil {
		return out, fmt.Errorf("read rescan of finding %s: %w", id, fault(err))
	}
	if out.State == inventory.RescanNotTested && out.Reason == "" {
		out.Reason = row.Note
	}
	return out, nil
}

// rescanSeen reads what the scan saw of the finding, when it was judged.
func (s *Store) rescanSeen(ctx context.Context, out *inventory.Rescan) error {
	var events []eventRow
	err := s.read(ctx).Raw(`
		SELECT * FROM finding_events WHERE finding_id = ? AND task_id IN (SELECT id FROM scan_tasks WHERE scan_id = ?)
		AND kind IN ('verified', 'negative', 'fixed', 'back_again', 'not_tested') ORDER BY num DESC LIMIT 1`, out.Finding, out.Scan).Find(&events).Error
	if err != nil {
		return err
	}
	if len(events) > 0 {
		out.State, out.Reason = rescanStates[inventory.EventKind(events[0].Kind)], events[0].Reason
		return nil
	}
	if out.State == inventory.RescanRunning {
		return nil
	}
	out.State = inventory.RescanNotTested
	f, err := s.Finding(ctx, out.Finding)
	if err != nil {
		return err
	}
	var tasks []inventory.TaskID
	if err := s.read(ctx).Raw("SELECT id FROM scan_tasks WHERE scan_id = ? ORDER BY num LIMIT 10", out.Scan).Scan(&tasks).Error; err != nil {
		return err
	}
	var reasons []string
	for _, id := range tasks {
		seen, err := loadSeen(s.read(ctx), id)
		if err != nil {
			return err
		}
		if why := inventory.WhyNotTested(f, seen); why != "" {
			reasons = append(reasons, why)
		}
	}
	out.Reason = strings.Join(reasons, "; ")
	return nil
}

var rescanStates = map[inventory.EventKind]inventory.RescanState{
	inventory.EventVerified: inventory.RescanThere, inventory.EventReopened: inventory.RescanThere,
	inventory.EventNegative: inventory.RescanNotSeen, inventory.EventFixed: inventory.RescanFixed,
	inventory.EventNotTested: inventory.RescanNotTested,
}

// FindingAdvisories lists the advisories that a finding was put into, or that
// are about its check, newest first.
func (s *Store) FindingAdvisories(ctx context.Context, id inventory.FindingID) ([]inventory.AdvisoryRef, error) {
	var out []inventory.AdvisoryRef
	err := s.read(ctx).Raw(`
		SELECT a.id, a.state, coalesce(a.document->>'title', '') AS title FROM advisories a
		WHERE a.id IN (SELECT advisory_id FROM advisory_findings WHERE finding_id = @id)
			OR a.check_id <> '' AND a.check_id = (SELECT check_id FROM findings WHERE id = @id)
		ORDER BY a.num DESC LIMIT 20`, map[string]any{"id": id}).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list advisories of finding %s: %w", id, fault(err))
	}
	return out, nil
}

// FindingEvidence finds a proof of one finding by its hash: one of another is
// inventory.ErrNotFound.
func (s *Store) FindingEvidence(ctx context.Context, id inventory.FindingID, evidence inventory.EvidenceID) (inventory.Evidence, error) {
	var n int
	err := s.read(ctx).Raw(`
		SELECT count(*) FROM (SELECT 1 FROM findings WHERE id = @id AND evidence_id = @evidence
		UNION ALL SELECT 1 FROM finding_events WHERE finding_id = @id AND evidence_id = @evidence) x`,
		map[string]any{"id": id, "evidence": evidence}).Scan(&n).Error
	if err == nil && n == 0 {
		err = missing("evidence", evidence)
	}
	if err != nil && !errors.Is(err, inventory.ErrNotFound) {
		err = fmt.Errorf("read evidence of finding %s: %w", id, fault(err))
	}
	if err != nil {
		return inventory.Evidence{}, err
	}
	return s.Evidence(ctx, evidence)
}

// CountHandled counts the findings that somebody decided about since a time.
func (s *Store) CountHandled(ctx context.Context, who string, since time.Time) (int, error) {
	var n int
	err := s.read(ctx).Raw(`
		SELECT count(DISTINCT finding_id) FROM finding_events WHERE actor = ? AND actor <> 'scan' AND at >= ?
		AND kind IN ('work', 'waived', 'assigned', 'noticed', 'decided')`, who, since).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count what %s handled: %w", who, fault(err))
	}
	return n, nil
}
