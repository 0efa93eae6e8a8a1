package store

import (
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// touchesSQL reads the matches of an organisation that are not settled or were
// settled lately, with what the operator may know of the document: nothing of
// one that is for the team only (stricter than TLP:AMBER), and its words only
// under an agreement in force that lets them go to constituents.
const touchesSQL = `
SELECT i.id, i.received_at, i.document->>'tlp' AS tlp,
	CASE WHEN told.yes THEN i.tracking_id ELSE '' END AS tracking_id,
	CASE WHEN told.yes THEN i.document->>'title' ELSE '' END AS title,
	CASE WHEN told.yes THEN t.name ELSE '' END AS publisher,
	m.asset_id, m.verdict
FROM matches m JOIN inbounds i ON i.id = m.inbound_id JOIN teams t ON t.id = i.team_id
CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM agreements g
	WHERE g.team_id = i.team_id AND g.state IN ('signed', 'active') AND g.effective_at <= @now AND g.expires_at > @now
		AND g.take->>'onward' IN ('constituents', 'with_consent', 'free')) AS yes) told
WHERE m.org_id = @org AND i.state = 'accepted' AND i.document->>'tlp' IN ('clear', 'green', 'amber')
	AND (m.verdict IN ('pending', 'affected', 'unknown') OR coalesce(m.fixed_at, m.decided_at, m.matched_at) >= @from)
ORDER BY i.num, m.num`

// ownSQL reads our own advisories on what the organisation has, or had within
// the period.
const ownSQL = `
SELECT a.id, a.updated_at AS received_at, a.document->>'tlp' AS tlp, a.id AS tracking_id, a.document->>'title' AS title,
	coalesce(nullif(a.document->'translations', 'null'), '[]') AS translations, f.id AS finding_id, f.asset_id, CASE WHEN f.detection = 'fixed' THEN 'fixed' ELSE 'affected' END AS verdict
FROM advisories a JOIN findings f ON f.check_id = a.check_id
WHERE a.state IN ('released', 'updated') AND a.check_id <> '' AND f.org_id = @org AND a.document->>'tlp' IN ('clear', 'green', 'amber')
	AND (f.detection <> 'fixed' OR f.closed_at >= @from AND f.closed_at < @to)
ORDER BY a.num, f.num`

type touchRow struct {
	ID, TrackingID, Title, Publisher, TLP string
	ReceivedAt                            time.Time
	AssetID                               inventory.AssetID
	FindingID                             inventory.FindingID
	Verdict                               string
	Translations                          list[advisory.Translation]
}

// weeklyTouches reads the advisories that concern an operator. What one asset
// has several times counts as the worst of it.
func weeklyTouches(tx *gorm.DB, d *reports.Data) error {
	args := map[string]any{"org": d.Subject.Org, "from": d.From, "to": d.To, "now": d.At}
	var peers, own []touchRow
	if err := tx.Raw(touchesSQL, args).Find(&peers).Error; err != nil {
		return err
	}
	if err := tx.Raw(ownSQL, args).Find(&own).Error; err != nil {
		return err
	}
	var order []string
	rows := map[string][]touchRow{}
	for _, r := range append(own, peers...) {
		if rows[r.ID] == nil {
			order = append(order, r.ID)
		}
		rows[r.ID] = append(rows[r.ID], r)
	}
	for _, id := range order {
		d.Touches = append(d.Touches, touchOf(rows[id]))
	}
	return nil
}

func touchOf(rows []touchRow) reports.Touch {
	first := rows[0]
	t := reports.Touch{ID: first.TrackingID, Publisher: first.Publisher, Title: first.Title, TLP: advisory.TLP(first.TLP).String(), At: first.ReceivedAt.UTC()}
	if t.ID == "" {
		t.ID = first.ID
	}
	for _, tr := range first.Translations {
		if t.Titles == nil {
			t.Titles = map[string]string{}
		}
		t.Titles[tr.Language] = tr.Title
	}
	worst := map[inventory.AssetID]string{}
	rank := map[string]int{"affected": 4, "pending": 3, "unknown": 2, "fixed": 1, "not_present": 0}
	for _, r := range rows {
		if was, known := worst[r.AssetID]; !known || rank[r.Verdict] > rank[was] {
			worst[r.AssetID] = r.Verdict
		}
		if r.FindingID != "" {
			t.Findings = append(t.Findings, r.FindingID)
		}
	}
	for id, verdict := range worst {
		t.Assets = append(t.Assets, id)
		switch verdict {
		case "affected":
			t.Affected++
		case "fixed":
			t.Fixed++
		case "not_present":
			t.Unharmed++
		case "pending":
			t.Pending++
		default:
			t.Unclear++
		}
	}
	return t
}
