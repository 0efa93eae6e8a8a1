package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// publishedSQL is the right of a caller to fetch, as of now: of each advisory
// the newest revision that was released to everybody and the newest that was
// released to its team, and of these two the newer, where they are equal its
// own. The second counts only while the team is confirmed and the release's
// agreement is active by the clock. Referrals are for one desk, and at no
// door. Without a channel in common with the door, a release does not open it;
// nor does it then uncover the one before.
const publishedSQL = `
WITH audience AS ( -- the newest of each advisory for each audience
	SELECT DISTINCT ON (r.advisory_id, r.team_id) r.*,
		(SELECT min(f.released_at) FROM releases f WHERE f.advisory_id = r.advisory_id AND f.state = 'released') AS initial_at
	FROM releases r
	WHERE r.state = 'released' AND NOT r.referral AND (r.team_id IS NULL AND r.tlp = 'clear' OR r.team_id = @team)
	ORDER BY r.advisory_id, r.team_id, r.revision DESC, r.released_at DESC
), open AS (
	SELECT a.* FROM audience a
	LEFT JOIN agreements g ON g.id = a.agreement_id AND g.team_id = a.team_id
	LEFT JOIN teams t ON t.id = a.team_id
	WHERE a.channels @> @channel
		AND (a.team_id IS NULL OR t.state = 'confirmed' AND ` + activeSQL + `)
), newest AS (
	SELECT DISTINCT ON (advisory_id) * FROM open
	ORDER BY advisory_id, revision DESC, (team_id IS NULL)
)
SELECT n.id AS release_id, n.advisory_id, n.revision, n.title, n.summary, n.tlp, n.category, n.initial_at, n.released_at, n.withdrawal,
	f.format, f.name, f.media_type, f.sha256, f.sha512, f.signature %s
FROM newest n JOIN release_files f ON f.release_id = n.id
WHERE f.format = @format AND (@name = '' OR f.name = @name)
ORDER BY n.released_at, f.name`

type publicationRow struct {
	File       fileRow `gorm:"embedded"`
	AdvisoryID string
	Revision   int
	Title      string
	Summary    string
	TLP        string `gorm:"column:tlp"`
	Category   string
	InitialAt  time.Time
	ReleasedAt time.Time
	Withdrawal bool
}

func (r publicationRow) publication() exchange.Publication {
	return exchange.Publication{
		Release: exchange.ReleaseID(r.File.ReleaseID), Advisory: advisory.ID(r.AdvisoryID), Revision: r.Revision, TrackingID: r.AdvisoryID, Title: r.Title,
		Summary: r.Summary, TLP: advisory.TLP(r.TLP), Category: advisory.Category(r.Category),
		InitialReleased: r.InitialAt.UTC(), CurrentReleased: r.ReleasedAt.UTC(), Withdrawn: r.Withdrawal, File: r.File.file(),
	}
}

// Published lists the files that a caller may fetch now in a format, the
// oldest release first, without their bytes. The zero Caller gets what is for
// everybody.
func (s *Store) Published(ctx context.Context, who exchange.Caller, format exchange.Format) ([]exchange.Publication, error) {
	rows, err := s.published(ctx, who, format, "", "")
	if err != nil {
		return nil, fmt.Errorf("list what is published as %s: %w", format, err)
	}
	return mapped(rows, publicationRow.publication), nil
}

// PublishedFile returns a file that the caller may fetch now, with its bytes.
// One that it may not is inventory.ErrNotFound, as if it were not there.
func (s *Store) PublishedFile(ctx context.Context, who exchange.Caller, format exchange.Format, name string) (exchange.Publication, error) {
	if name == "" {
		return exchange.Publication{}, missing("file", name)
	}
	rows, err := s.published(ctx, who, format, name, ", f.bytes")
	if err != nil {
		return exchange.Publication{}, fmt.Errorf("read published file %s: %w", name, err)
	}
	if len(rows) == 0 {
		return exchange.Publication{}, missing("file", name)
	}
	return rows[0].publication(), nil
}

func (s *Store) published(ctx context.Context, who exchange.Caller, format exchange.Format, name, more string) ([]publicationRow, error) {
	door, ok := map[exchange.Format]exchange.Channel{
		exchange.FormatCSAF: exchange.ChannelCSAF, exchange.FormatSTIX: exchange.ChannelTAXII, exchange.FormatMISP: exchange.ChannelMISP,
	}[format]
	if !ok {
		return nil, &inventory.InputError{Field: "format", Value: string(format), Message: "unknown", Hint: "use csaf, stix or misp"}
	}
	var rows []publicationRow
	err := s.read(ctx).Raw(fmt.Sprintf(publishedSQL, more), map[string]any{
		"team": who.Team, "now": s.now(), "channel": list[exchange.Channel]{door}, "format": format, "name": name,
	}).Find(&rows).Error
	return rows, fault(err)
}

// activeAgreement finds the agreement by which a confirmed team may be given
// things now, or nil.
func activeAgreement(tx *gorm.DB, team exchange.TeamID, now time.Time) (*exchange.Agreement, error) {
	var rows []agreementRow
	err := tx.Raw(`
		SELECT g.* FROM agreements g JOIN teams t ON t.id = g.team_id
		WHERE g.team_id = @team AND t.state = 'confirmed' AND `+activeSQL+` ORDER BY g.effective_at DESC, g.num DESC LIMIT 1`,
		map[string]any{"team": team, "now": now}).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	a := rows[0].agreement()
	return &a, nil
}
