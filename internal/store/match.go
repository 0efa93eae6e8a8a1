package store

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

type matchRow struct {
	Num        int64  `gorm:"->;default:(-)"`
	InboundID  string `gorm:"primaryKey"`
	OrgID      string
	AssetID    string `gorm:"primaryKey"`
	Service    string `gorm:"primaryKey"`
	How        string
	Checks     list[inventory.CheckID] `gorm:"type:jsonb"`
	Verdict    string
	Why        string
	EvidenceID string
	ScanID     string
	MatchedAt  time.Time
	DecidedAt  *time.Time
	FixedAt    *time.Time
	ToldAt     *time.Time
	DueAt      *time.Time
}

func (matchRow) TableName() string { return "matches" }

func (r matchRow) number() int64 { return r.Num }

func (r matchRow) match() exchange.Match {
	return exchange.Match{
		Inbound: exchange.InboundID(r.InboundID), Org: inventory.OrganizationID(r.OrgID), Asset: inventory.AssetID(r.AssetID),
		Service: r.Service, How: r.How, Checks: r.Checks, Verdict: exchange.Verdict(r.Verdict), Why: r.Why, Evidence: r.EvidenceID,
		Scan: r.ScanID, MatchedAt: r.MatchedAt.UTC(), DecidedAt: utc(r.DecidedAt), FixedAt: utc(r.FixedAt), ToldAt: utc(r.ToldAt), DueAt: utc(r.DueAt),
	}
}

// batch is how many rows streams hand over at a time.
const batch = 5000

// judgedSinceSQL selects assets by when the register learned of them: what a
// scan saw is known when it is judged, which may be hours later.
const judgedSinceSQL = "SELECT unnest(t.assets) FROM scan_tasks t WHERE t.judged_at >= @since"

// runningSQL reads services in the order of their keys, from after one on.
const runningSQL = `
SELECT s.*, a.org_id, a.criticality, o.sector
FROM services s JOIN assets a ON a.id = s.asset_id JOIN organizations o ON o.id = a.org_id
WHERE a.retired_at IS NULL AND (@all OR a.id IN (` + judgedSinceSQL + `))
	AND (@asset = '' OR (s.asset_id, s.address, s.port, s.transport) > (@asset, CAST(@addr AS inet), @port, @proto))
ORDER BY s.asset_id, s.address, s.port, s.transport LIMIT @n`

// MatchServices hands over the open services of the assets in use of which
// something was judged since a moment, or with the zero time of all, in batches.
func (s *Store) MatchServices(ctx context.Context, since time.Time, each func([]exchange.Running) error) error {
	args := map[string]any{"since": since, "all": since.IsZero(), "asset": "", "addr": "0.0.0.0", "port": 0, "proto": "", "n": batch}
	for {
		var rows []struct {
			Service     serviceRow `gorm:"embedded"`
			OrgID       inventory.OrganizationID
			Criticality inventory.Criticality
			Sector      inventory.Sector
		}
		if err := s.read(ctx).Raw(runningSQL, args).Find(&rows).Error; err != nil {
			return fmt.Errorf("read services to match: %w", fault(err))
		}
		if len(rows) == 0 {
			return nil
		}
		out := make([]exchange.Running, len(rows))
		for i, r := range rows {
			out[i] = exchange.Running{Service: r.Service.service(), Org: r.OrgID, Criticality: r.Criticality, Sector: r.Sector}
		}
		if err := each(out); err != nil {
			return err
		}
		last := rows[len(rows)-1].Service
		args["asset"], args["addr"], args["port"], args["proto"] = last.AssetID, netip.Addr(last.Address).String(), last.Port, last.Transport
	}
}

// weakSQL reads what is present, from after one on.
const weakSQL = `
SELECT f.*, c.cves FROM findings f JOIN checks c ON c.id = f.check_id JOIN assets a ON a.id = f.asset_id
WHERE f.detection <> 'fixed' AND a.retired_at IS NULL AND f.num > @after AND (@all OR a.id IN (` + judgedSinceSQL + `))
ORDER BY f.num LIMIT @n`

// MatchWeak hands over what checks found that is still present on the assets
// in use of which something was judged since a moment, or with the zero time
// of all, in batches.
func (s *Store) MatchWeak(ctx context.Context, since time.Time, each func([]exchange.Weak) error) error {
	args := map[string]any{"since": since, "all": since.IsZero(), "after": int64(0), "n": batch}
	for {
		var rows []struct {
			Finding findingRow   `gorm:"embedded"`
			CVEs    list[string] `gorm:"column:cves"`
		}
		err := s.read(ctx).Raw(weakSQL, args).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read findings to match: %w", fault(err))
		}
		if len(rows) == 0 {
			return nil
		}
		out := make([]exchange.Weak, len(rows))
		for i, r := range rows {
			f := r.Finding.finding()
			out[i] = exchange.Weak{
				Finding: f.ID, Org: f.Org, Asset: f.Asset, Addr: f.Addr, Port: f.Port, Proto: f.Transport, Check: f.Check,
				CVEs: r.CVEs, Since: f.FirstSeen,
			}
		}
		if err := each(out); err != nil {
			return err
		}
		args["after"] = rows[len(rows)-1].Finding.Num
	}
}

// MatchInbounds hands over the accepted documents in force, in batches.
func (s *Store) MatchInbounds(ctx context.Context, each func([]exchange.Inbound) error) error {
	after := int64(0)
	for {
		var rows []inboundRow
		if err := s.read(ctx).Where("state = 'accepted' AND num > ?", after).Order("num").Limit(500).Find(&rows).Error; err != nil {
			return fmt.Errorf("read documents to match: %w", fault(err))
		}
		if len(rows) == 0 {
			return nil
		}
		if err := each(mapped(rows, inboundRow.inbound)); err != nil {
			return err
		}
		after = rows[len(rows)-1].Num
	}
}

// keepMatchSQL adds a match. One that waits for its verdict takes over how it
// matches now; one that has it stays as it is.
const keepMatchSQL = `
INSERT INTO matches (inbound_id, org_id, asset_id, service, how, checks, verdict, why, evidence_id, scan_id, matched_at, decided_at, told_at, due_at)
VALUES (@inbound, @org, @asset, @service, @how, @checks, @verdict, @why, @evidence, @scan, @now,
	CASE WHEN @verdict = 'pending' THEN NULL ELSE CAST(@now AS timestamptz) END, @told, @due)
ON CONFLICT (inbound_id, asset_id, service) DO UPDATE SET how = excluded.how, checks = excluded.checks
WHERE matches.verdict = 'pending'
RETURNING (xmax = 0) AS fresh`

// KeepMatches stores what a document concerns and returns those that were not
// known before. With id it marks the document as compared with the register;
// with "" it does not, which is for services that meet documents of old.
func (s *Store) KeepMatches(ctx context.Context, id exchange.InboundID, matches []exchange.Match) ([]exchange.Match, error) {
	var fresh []exchange.Match
	err := s.work(ctx, func(tx *gorm.DB) error {
		now := s.now()
		for _, m := range matches {
			if m.Verdict == "" {
				m.Verdict = exchange.VerdictPending
			}
			var added []bool
			err := tx.Raw(keepMatchSQL, map[string]any{
				"inbound": m.Inbound, "org": m.Org, "asset": m.Asset, "service": m.Service, "how": m.How,
				"checks": list[inventory.CheckID](m.Checks), "verdict": m.Verdict, "why": m.Why, "evidence": m.Evidence, "scan": m.Scan,
				"now": now, "told": m.ToldAt, "due": m.DueAt,
			}).Scan(&added).Error
			if err != nil {
				return err
			}
			if len(added) == 1 && added[0] {
				m.MatchedAt = now
				fresh = append(fresh, m)
			}
		}
		if id == "" {
			return nil
		}
		if err := touchOne(tx.Exec("UPDATE inbounds SET matched_at = ? WHERE id = ?", now, id), "received document", id); err != nil {
			return err
		}
		return s.answerWhenDecided(ctx, tx, id)
	})
	if err != nil {
		return nil, fmt.Errorf("keep %d matches: %w", len(matches), err)
	}
	return fresh, nil
}

// answerWhenDecided lets the sender know when no match of its document waits
// for a verdict any more.
func (s *Store) answerWhenDecided(ctx context.Context, tx *gorm.DB, id exchange.InboundID) error {
	var pending int
	err := tx.Raw("SELECT count(*) FROM matches WHERE inbound_id = ? AND verdict = 'pending'", id).Scan(&pending).Error
	if err != nil || pending > 0 {
		return err
	}
	return s.enqueueAnswer(ctx, tx, id)
}

// Matches lists those that the filter selects, oldest first.
func (s *Store) Matches(ctx context.Context, f exchange.MatchFilter, p inventory.Page) ([]exchange.Match, string, error) {
	q := s.read(ctx)
	q = given(q, "inbound_id = ?", f.Inbound)
	q = given(q, "org_id = ?", f.Org)
	q = given(q, "asset_id = ?", f.Asset)
	if len(f.Assets) > 0 {
		q = q.Where("asset_id = ANY(?)", words(f.Assets))
	}
	q = given(q, "verdict = ?", f.Verdict)
	q = given(q, "scan_id = ?", f.Scan)
	rows, next, err := page[matchRow](q, listing{name: "matches", column: "num"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list matches: %w", err)
	}
	return mapped(rows, matchRow.match), next, nil
}

// setVerdictSQL never forgets that an operator was told: who sets a verdict may
// not have known yet.
const setVerdictSQL = `
UPDATE matches SET verdict = @verdict, why = @why, evidence_id = @evidence, scan_id = @scan, due_at = @due, told_at = coalesce(told_at, @told),
	fixed_at = CASE WHEN @verdict IN ('affected', 'unknown') THEN NULL
		WHEN verdict = 'affected' AND @verdict IN ('fixed', 'not_present') THEN CAST(@now AS timestamptz) ELSE fixed_at END,
	decided_at = CASE WHEN @verdict = 'pending' THEN NULL WHEN verdict = @verdict THEN decided_at ELSE CAST(@now AS timestamptz) END
WHERE inbound_id = @inbound AND asset_id = @asset AND service = @service`

// SetVerdicts stores what is known of matches of one document now: scan,
// verdict with reason and evidence, when it is due and when the operator was
// told. With the last verdict on the document its sender is answered.
func (s *Store) SetVerdicts(ctx context.Context, id exchange.InboundID, matches []exchange.Match) error {
	err := s.work(ctx, func(tx *gorm.DB) error {
		// Those who set verdicts on one document take turns, so that one of
		// them is the last.
		if _, err := lockInbound(tx, id); err != nil {
			return err
		}
		decided := false
		for _, m := range matches {
			changed := tx.Exec(setVerdictSQL, map[string]any{
				"verdict": m.Verdict, "why": m.Why, "evidence": m.Evidence, "scan": m.Scan, "due": m.DueAt, "told": m.ToldAt, "now": s.now(),
				"inbound": id, "asset": m.Asset, "service": m.Service,
			})
			if err := touchOne(changed, "match on", m.Asset); err != nil {
				return err
			}
			decided = decided || m.Verdict != exchange.VerdictPending
		}
		if !decided {
			return nil
		}
		return s.answerWhenDecided(ctx, tx, id)
	})
	if err != nil {
		return fmt.Errorf("set verdicts on %s: %w", id, err)
	}
	return nil
}

// NoteTold notes that an operator was told which of its assets a document
// concerns. The first time counts.
func (s *Store) NoteTold(ctx context.Context, id exchange.InboundID, org inventory.OrganizationID, assets []inventory.AssetID) error {
	err := s.read(ctx).Exec(`
		UPDATE matches SET told_at = ? WHERE inbound_id = ? AND org_id = ? AND asset_id = ANY(?) AND told_at IS NULL`,
		s.now(), id, org, words(assets)).Error
	if err != nil {
		return fmt.Errorf("note that %s was told of %s: %w", org, id, fault(err))
	}
	return nil
}
