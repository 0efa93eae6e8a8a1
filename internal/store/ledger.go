package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
)

// LedgerFacts takes the snapshot that the ledger of a year is counted from:
// what was released and received in the year, and what came of that.
func (s *Store) LedgerFacts(ctx context.Context, q exchange.LedgerQuery) (exchange.LedgerFacts, error) {
	f := exchange.LedgerFacts{At: s.now()}
	from := time.Date(q.Year, 1, 1, 0, 0, 0, 0, time.UTC)
	args := map[string]any{"team": q.Team, "from": from, "to": from.AddDate(1, 0, 0), "clocks": q.Clocks}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := ledgerParties(tx, args, &f); err != nil {
			return err
		}
		if err := ledgerGiven(tx, args, &f); err != nil {
			return err
		}
		return ledgerTaken(tx, args, &f)
	})
	if err != nil {
		return exchange.LedgerFacts{}, fmt.Errorf("gather the ledger of %d: %w", q.Year, err)
	}
	return f, nil
}

func ledgerParties(tx *gorm.DB, args map[string]any, f *exchange.LedgerFacts) error {
	var teams []teamRow
	if err := tx.Raw("SELECT * FROM teams WHERE @team = '' OR id = @team ORDER BY num", args).Find(&teams).Error; err != nil {
		return err
	}
	if args["team"] != exchange.TeamID("") && len(teams) == 0 {
		return missing("team", args["team"].(exchange.TeamID))
	}
	var err error
	if f.Teams, err = withCredentials(tx, teams); err != nil {
		return err
	}
	var agreements []agreementRow
	err = tx.Raw("SELECT * FROM agreements WHERE @team = '' OR team_id = @team ORDER BY num", args).Find(&agreements).Error
	f.Agreements = mapped(agreements, agreementRow.agreement)
	return err
}

// toldSQL is what was released in the year, what was refused in it, and the
// releases of before of what was given in it: only they tell an update from
// something new. To a team's ledger belongs what it was given, not what
// everybody was.
const toldSQL = `
WITH given AS MATERIALIZED (
	SELECT * FROM releases WHERE state = 'released' AND released_at >= @from AND released_at < @to AND (@team = '' OR team_id = @team)
), told AS MATERIALIZED (
	SELECT * FROM given
	UNION ALL SELECT * FROM releases WHERE state = 'refused' AND requested_at >= @from AND requested_at < @to AND (@team = '' OR team_id = @team)
	UNION ALL SELECT * FROM releases r WHERE state = 'released' AND released_at < @from AND (@team = '' OR team_id = @team)
		AND (advisory_id, coalesce(team_id, '')) IN (SELECT advisory_id, coalesce(team_id, '') FROM given)
), `

// releaseFactsSQL adds how severe the revision was, and what came of a release.
// Of receipts that something was sent tells nothing.
const releaseFactsSQL = `
SELECT t.id, t.advisory_id, coalesce(t.team_id, ''), t.state, t.category, coalesce(v.severity, ''), t.tlp, CASE WHEN @clocks THEN t.title ELSE '' END, t.referral, t.withdrawal,
	t.requested_at, t.released_at, CASE WHEN v.detected <= t.released_at THEN v.detected END,
	least(c.first, d.delivered), least(c.said, d.acknowledged), d.due, coalesce(d.confirmed, false)
FROM told t LEFT JOIN revisions v ON v.advisory_id = t.advisory_id AND v.revision = t.revision
LEFT JOIN LATERAL (
	SELECT min(at) AS first, min(at) FILTER (WHERE kind <> 'fetched') AS said FROM receipts WHERE release_id = t.id AND kind <> 'sent') c ON t.released_at >= @from
LEFT JOIN LATERAL (
	SELECT min(ack_at) AS acknowledged, min(ack_by) FILTER (WHERE state <> 'stopped') AS due, min(delivered_at) AS delivered, bool_or(state = 'confirmed') AS confirmed
	FROM deliveries WHERE release_id = t.id) d ON t.released_at >= @from`

// severitiesSQL are the revisions that were told of. detectedSQL adds when the
// oldest of the findings was seen that each rests on. They come by the check,
// from the assets that the advisory counted, once for all that it went to.
const (
	severitiesSQL = `revisions AS (
	SELECT k.advisory_id, k.revision, v.severity, NULL::timestamptz AS detected
	FROM (SELECT DISTINCT advisory_id, revision FROM told) k JOIN LATERAL (
		SELECT document->>'severity' AS severity FROM advisory_revisions
		WHERE advisory_id = k.advisory_id AND revision = k.revision ORDER BY num DESC LIMIT 1) v ON true)`
	detectedSQL = `revisions AS (
	SELECT k.advisory_id, k.revision, v.severity, d.detected FROM (SELECT DISTINCT advisory_id, revision FROM told) k
	JOIN LATERAL (
		SELECT document->>'severity' AS severity, document->>'check' AS check_id, document->'affected' AS affected
		FROM advisory_revisions WHERE advisory_id = k.advisory_id AND revision = k.revision ORDER BY num DESC LIMIT 1) v ON true
	LEFT JOIN LATERAL (
		SELECT min(f.first_seen) AS detected
		FROM jsonb_array_elements(CASE jsonb_typeof(v.affected) WHEN 'array' THEN v.affected ELSE '[]' END) a
		CROSS JOIN LATERAL (SELECT min(first_seen) AS first_seen FROM findings WHERE asset_id = a->>'asset' AND check_id = v.check_id) f
		WHERE v.check_id <> '') d ON true)`
)

func ledgerGiven(tx *gorm.DB, args map[string]any, f *exchange.LedgerFacts) error {
	revisions := severitiesSQL
	if args["clocks"] == true {
		revisions = detectedSQL
	}
	err := eachRow(tx.Raw(toldSQL+revisions+releaseFactsSQL, args), func(rows *sql.Rows) error {
		var r exchange.ReleaseFact
		err := rows.Scan(&r.ID, &r.Advisory, &r.Team, &r.State, &r.Category, &r.Severity, &r.TLP, &r.Title, &r.Referral, &r.Withdrawal,
			&r.RequestedAt, &r.ReleasedAt, &r.Detected, &r.Fetched, &r.Acknowledged, &r.AckBy, &r.Confirmed)
		r.RequestedAt, r.ReleasedAt, r.Detected = r.RequestedAt.UTC(), utc(r.ReleasedAt), utc(r.Detected)
		r.Fetched, r.Acknowledged, r.AckBy = utc(r.Fetched), utc(r.Acknowledged), utc(r.AckBy)
		f.Releases = append(f.Releases, r)
		return err
	})
	if err != nil {
		return err
	}
	return eachRow(tx.Raw(feedbackFactsSQL, args), func(rows *sql.Rows) error {
		var x exchange.Feedback
		var affected, fixed, pending, all int
		err := rows.Scan(&x.Team, &x.Advisory, &x.Release, &x.At, &x.First, &x.Usefulness, &affected, &fixed, &pending, &all)
		x.At, x.First = x.At.UTC(), utc(x.First)
		if all > 0 {
			x.Counts = map[exchange.Verdict]int{exchange.VerdictAffected: affected, exchange.VerdictFixed: fixed, exchange.VerdictPending: pending}
		}
		f.Feedback = append(f.Feedback, x)
		return err
	})
}

// feedbackFactsSQL is what teams say of what was released in the year. What one
// says of what everybody was given is its feedback, too.
const feedbackFactsSQL = `
SELECT x.team_id, x.advisory_id, x.release_id, x.at, x.first_at, x.usefulness, coalesce((x.counts->>'affected')::int, 0), coalesce((x.counts->>'fixed')::int, 0),
	coalesce((x.counts->>'pending')::int, 0), CASE WHEN x.counts = '{}' THEN 0 ELSE 1 END
FROM feedback x JOIN releases r ON r.id = x.release_id
WHERE r.released_at >= @from AND r.released_at < @to AND (@team = '' OR x.team_id = @team) ORDER BY x.num`

// inboundFactsSQL is what was received in the year, and what came of it.
const inboundFactsSQL = `
SELECT i.id, i.team_id, i.state, i.received_at, coalesce(i.supersedes, ''), CASE WHEN @clocks THEN coalesce(d->>'title', '') ELSE '' END, coalesce(d->>'tlp', ''), coalesce(d->>'category', ''),
	coalesce(d->>'severity', ''), (d->>'released')::timestamptz, coalesce((d->>'withdrawn')::boolean, false),
	m.first, coalesce(m.affected, false), coalesce(m.open, false), m.fixed, coalesce(m.repaired, 0), a.first, coalesce(a.rating, 0)
FROM inbounds i
CROSS JOIN LATERAL (SELECT i.document OFFSET 0) x (d) -- unpacked once
LEFT JOIN LATERAL (
	SELECT min(matched_at) AS first, bool_or(verdict = 'affected' OR fixed_at IS NOT NULL) AS affected,
		bool_or(verdict IN ('affected', 'pending', 'unknown') AND fixed_at IS NULL) AS open, max(fixed_at) AS fixed,
		count(DISTINCT asset_id) FILTER (WHERE fixed_at IS NOT NULL) AS repaired
	FROM matches WHERE inbound_id = i.id) m ON true
LEFT JOIN LATERAL (
	SELECT min(sent_at) AS first, (array_agg(usefulness ORDER BY at DESC, num DESC) FILTER (WHERE usefulness > 0))[1] AS rating
	FROM answers WHERE inbound_id = i.id) a ON true
WHERE i.received_at >= @from AND i.received_at < @to AND (@team = '' OR i.team_id = @team)`

func ledgerTaken(tx *gorm.DB, args map[string]any, f *exchange.LedgerFacts) error {
	return eachRow(tx.Raw(inboundFactsSQL, args), func(rows *sql.Rows) error {
		var in exchange.InboundFact
		var released *time.Time
		err := rows.Scan(&in.ID, &in.Team, &in.State, &in.ReceivedAt, &in.Supersedes, &in.Title, &in.TLP, &in.Category,
			&in.Severity, &released, &in.Withdraws, &in.Matched, &in.Affected, &in.Open, &in.Fixed, &in.Repaired, &in.Answered, &in.Rating)
		in.ReceivedAt, in.Released, in.Matched, in.Fixed, in.Answered = in.ReceivedAt.UTC(), orZero(released), utc(in.Matched), utc(in.Fixed), utc(in.Answered)
		f.Inbounds = append(f.Inbounds, in)
		return err
	})
}

// eachRow reads a statement's rows by their columns, where a year's thousands
// would keep reflection busy.
func eachRow(q *gorm.DB, read func(*sql.Rows) error) error {
	rows, err := q.Rows()
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // read to its end, or failed already
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
