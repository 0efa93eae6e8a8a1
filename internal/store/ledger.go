package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// LedgerFacts takes the snapshot that the ledger of a year (in UTC) is
// counted from, for one team, or with "" for all: what was released and
// received in the year, and whatever belongs to that. Releases, documents and
// what belongs to them tell no more than a ledger counts.
func (s *Store) LedgerFacts(ctx context.Context, team exchange.TeamID, year int) (exchange.LedgerFacts, error) {
	f := exchange.LedgerFacts{At: s.now()}
	from := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	args := map[string]any{"team": team, "from": from, "to": from.AddDate(1, 0, 0)}
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
		return exchange.LedgerFacts{}, fmt.Errorf("gather the ledger of %d: %w", year, err)
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

// givenSQL is what was released in the year. To a team's ledger belongs what
// it was given, not what everybody was.
const givenSQL = "r.state = 'released' AND r.released_at >= @from AND r.released_at < @to AND (@team = '' OR r.team_id = @team)"

// toldSQL is that, what was refused in the year, and the releases of before of
// what was given in it: only they tell an update from something new.
const toldSQL = "(" + givenSQL + `
	OR r.state = 'refused' AND r.requested_at >= @from AND r.requested_at < @to AND (@team = '' OR r.team_id = @team)
	OR r.state = 'released' AND r.released_at < @from AND (@team = '' OR r.team_id = @team)
		AND (r.advisory_id, coalesce(r.team_id, '')) IN (SELECT l.advisory_id, coalesce(l.team_id, '') FROM releases l
			WHERE l.state = 'released' AND l.released_at >= @from AND l.released_at < @to))`

// Of the many rows only what is counted is read.
const (
	toldColumns = `r.num, r.id, r.advisory_id, r.revision, r.team_id, r.state, r.category, r.tlp, r.referral, r.requested_at, r.released_at, r.withdrawal, r.title`
	// Of receipts the first of each kind counts, and that something was sent
	// tells nothing.
	receiptsSQL = `
SELECT x.release_id, x.kind, min(x.at) AS at FROM receipts x JOIN releases r ON r.id = x.release_id
WHERE x.kind <> 'sent' AND ` + givenSQL + ` GROUP BY 1, 2`
	inboundsSQL = `
SELECT i.num, i.id, i.team_id, i.received_at, i.state, i.supersedes, jsonb_build_object('title', d->'title', 'tlp', d->'tlp', 'category', d->'category',
	'severity', d->'severity', 'released', d->'released', 'withdrawn', d->'withdrawn') AS document
FROM inbounds i, LATERAL (SELECT i.document) x (d) WHERE ` + takenSQL + ` ORDER BY i.num`
	matchesSQL = `
SELECT x.num, x.inbound_id, x.org_id, x.asset_id, x.verdict, x.matched_at, x.fixed_at FROM matches x JOIN inbounds i ON i.id = x.inbound_id
WHERE ` + takenSQL + ` ORDER BY x.num`
)

// releaseFactsSQL adds how severe the revision was, and when the oldest of the
// findings was seen that its advisory rests on. Findings come by the check,
// from the assets that the advisory counted, once for all that it went to.
const releaseFactsSQL = `
WITH told AS MATERIALIZED (SELECT ` + toldColumns + ` FROM releases r WHERE ` + toldSQL + `), revisions AS (
	SELECT k.advisory_id, k.revision, v.severity, d.detected FROM (SELECT DISTINCT advisory_id, revision FROM told) k
	JOIN LATERAL (
		SELECT document->>'severity' AS severity, document->>'check' AS check_id, document->'affected' AS affected
		FROM advisory_revisions WHERE advisory_id = k.advisory_id AND revision = k.revision ORDER BY num DESC LIMIT 1) v ON true
	LEFT JOIN LATERAL (
		SELECT min(f.first_seen) AS detected
		FROM jsonb_array_elements(CASE jsonb_typeof(v.affected) WHEN 'array' THEN v.affected ELSE '[]' END) a
		CROSS JOIN LATERAL (SELECT min(first_seen) AS first_seen FROM findings WHERE asset_id = a->>'asset' AND check_id = v.check_id) f
		WHERE v.check_id <> '') d ON true)
SELECT t.*, x.severity, CASE WHEN x.detected <= t.released_at THEN x.detected END AS detected
FROM told t LEFT JOIN revisions x ON x.advisory_id = t.advisory_id AND x.revision = t.revision ORDER BY t.num`

func ledgerGiven(tx *gorm.DB, args map[string]any, f *exchange.LedgerFacts) error {
	var releases []struct {
		Release  releaseRow `gorm:"embedded"`
		Severity *inventory.Severity
		Detected *time.Time
	}
	if err := tx.Raw(releaseFactsSQL, args).Find(&releases).Error; err != nil {
		return err
	}
	for _, r := range releases {
		f.Releases = append(f.Releases, exchange.ReleaseFact{Release: r.Release.release(), Title: r.Release.Title, Severity: value(r.Severity), Detected: utc(r.Detected)})
	}
	var deliveries []deliveryRow
	if err := tx.Raw("SELECT x.* FROM deliveries x JOIN releases r ON r.id = x.release_id WHERE "+givenSQL+" ORDER BY x.num", args).Find(&deliveries).Error; err != nil {
		return err
	}
	f.Deliveries = mapped(deliveries, deliveryRow.delivery)
	var receipts []receiptRow
	if err := tx.Raw(receiptsSQL, args).Find(&receipts).Error; err != nil {
		return err
	}
	f.Receipts = mapped(receipts, receiptRow.receipt)
	var feedback []feedbackRow
	// What a team says of what everybody was given is its feedback, too.
	err := tx.Raw(`
		SELECT x.* FROM feedback x JOIN releases r ON r.id = x.release_id
		WHERE r.released_at >= @from AND r.released_at < @to AND (@team = '' OR x.team_id = @team) ORDER BY x.num`, args).Find(&feedback).Error
	f.Feedback = mapped(feedback, feedbackRow.feedback)
	return err
}

// takenSQL is what was received in the year.
const takenSQL = "i.received_at >= @from AND i.received_at < @to AND (@team = '' OR i.team_id = @team)"

func ledgerTaken(tx *gorm.DB, args map[string]any, f *exchange.LedgerFacts) error {
	var inbounds []inboundRow
	if err := tx.Raw(inboundsSQL, args).Find(&inbounds).Error; err != nil {
		return err
	}
	f.Inbounds = mapped(inbounds, inboundRow.inbound)
	var matches []matchRow
	if err := tx.Raw(matchesSQL, args).Find(&matches).Error; err != nil {
		return err
	}
	f.Matches = mapped(matches, matchRow.match)
	var answers []answerRow
	err := tx.Raw("SELECT x.* FROM answers x JOIN inbounds i ON i.id = x.inbound_id WHERE "+takenSQL+" ORDER BY x.num", args).Find(&answers).Error
	f.Answers = mapped(answers, answerRow.answer)
	return err
}
