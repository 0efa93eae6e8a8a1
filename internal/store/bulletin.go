package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

type bulletinRow struct {
	Num         int64  `gorm:"->;default:(-)"`
	ID          string `gorm:"primaryKey"`
	Version     int
	TLP         string               `gorm:"column:tlp"`
	Checks      pgtype.Array[string] `gorm:"type:text[];->:false;<-"`
	Document    document[advisory.Bulletin]
	PublishedAt time.Time
	WithdrawnAt *time.Time
}

func (bulletinRow) TableName() string { return "bulletins" }

func (r bulletinRow) number() int64 { return r.Num }

func (r bulletinRow) bulletin() advisory.Bulletin { return r.Document.V }

// PublishAdvisory lets our own operators read an advisory that was approved:
// those whom its label allows, and by mail those who have what it is about.
// Seen is when it was changed last, as its texts were looked through for
// names; one that was changed since is inventory.ErrStale.
func (s *Store) PublishAdvisory(ctx context.Context, who string, id advisory.ID, seen time.Time) (advisory.Advisory, error) {
	return s.changeAdvisory(ctx, who, "advisory.publish", id, func(tx *gorm.DB, was advisory.Advisory) (advisory.Advisory, error) {
		if !was.UpdatedAt.Equal(seen) {
			return was, fmt.Errorf("publish advisory %s: %w", id, inventory.ErrStale)
		}
		if err := mayPublish(tx, was, s.now()); err != nil {
			return was, err
		}
		checks, err := checksOfAdvisory(tx, was)
		if err != nil {
			return was, err
		}
		a, b, err := advisory.Publish(was, checks, s.now())
		if err != nil {
			return was, err
		}
		row := bulletinRow{
			ID: string(b.ID), Version: b.Version, TLP: string(b.TLP), Checks: array(mapped(checks, func(c inventory.CheckID) string { return string(c) })),
			Document: document[advisory.Bulletin]{b}, PublishedAt: b.At,
		}
		return a, tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
}

// mayPublish wants every peer whose document an advisory rests on to let it go
// to constituents, by an agreement or by its word.
func mayPublish(tx *gorm.DB, a advisory.Advisory, now time.Time) error {
	for _, o := range a.Origins {
		agreed := slices.Contains(o.Consent, "*")
		if agreed {
			continue
		}
		err := tx.Raw(`SELECT EXISTS (SELECT 1 FROM agreements g WHERE g.team_id = @team AND `+activeSQL+`
			AND g.take->>'onward' IN ('constituents', 'with_consent', 'free'))`, map[string]any{"team": o.Team, "now": now}).Scan(&agreed).Error
		if err != nil {
			return err
		}
		if !agreed {
			return fmt.Errorf("publish advisory %s: peer %s lets its documents go to no operator: %w", a.ID, o.Team, inventory.ErrForbidden)
		}
	}
	return nil
}

// checksOfAdvisory are those that find what it is about: the one that it
// names, and all of its CVEs.
func checksOfAdvisory(tx *gorm.DB, a advisory.Advisory) ([]inventory.CheckID, error) {
	var out []inventory.CheckID
	err := tx.Raw("SELECT id FROM checks WHERE id = ? OR jsonb_exists_any(cves, ?) ORDER BY id LIMIT 1000", a.Check, array(a.CVEs)).Scan(&out).Error
	return out, err
}

// endBulletin tells operators that what they read holds no more.
func endBulletin(tx *gorm.DB, a advisory.Advisory) error {
	var rows []bulletinRow
	if err := tx.Where("id = ?", a.ID).Find(&rows).Error; err != nil || len(rows) == 0 {
		return err
	}
	b := rows[0].bulletin().End(a)
	return tx.Exec("UPDATE bulletins SET document = ?, withdrawn_at = ? WHERE id = ?", document[advisory.Bulletin]{b}, b.WithdrawnAt, a.ID).Error
}

// Bulletin is an advisory as operators read it; another operator's is not found.
func (s *Store) Bulletin(ctx context.Context, id advisory.ID) (advisory.Bulletin, error) {
	row, err := one[bulletinRow](s.read(ctx).Where("id = ?", id), "advisory", id)
	return row.bulletin(), err
}

// Bulletins lists those that the caller may read, the newest advisory first.
func (s *Store) Bulletins(ctx context.Context, p inventory.Page) ([]advisory.Bulletin, string, error) {
	rows, next, err := page[bulletinRow](s.read(ctx), listing{name: "bulletins", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list bulletins: %w", err)
	}
	return mapped(rows, bulletinRow.bulletin), next, nil
}

// OpenOf counts the findings of checks that are present, of an organisation
// or, without one, of all that the caller sees.
func (s *Store) OpenOf(ctx context.Context, org inventory.OrganizationID, checks []inventory.CheckID) (map[inventory.CheckID]int, error) {
	var rows []struct {
		CheckID inventory.CheckID
		N       int
	}
	err := s.read(ctx).Raw(`
		SELECT check_id, count(*) AS n FROM findings WHERE detection <> 'fixed' AND check_id = ANY(@checks) AND (@org = '' OR org_id = @org)
		GROUP BY check_id`, map[string]any{"checks": array(mapped(checks, func(c inventory.CheckID) string { return string(c) })), "org": org}).Scan(&rows).Error
	out := map[inventory.CheckID]int{}
	for _, r := range rows {
		out[r.CheckID] = r.N
	}
	return out, fault(err)
}

// tellPublished is how long after it was published an advisory is told to
// operators who come to have what it is about.
const tellPublished = 30 * 24 * time.Hour

// NewlyAdvised implements notify.Book. A withdrawal is told to whom the advisory
// was told.
func (s *Store) NewlyAdvised(ctx context.Context, at time.Time, do func(org inventory.OrganizationID, object, stage string) error) error {
	var rows []struct {
		Org           inventory.OrganizationID
		Object, Stage string
	}
	err := s.read(ctx).Raw(`
		WITH now AS (
			SELECT b.id AS object, 'v' || b.version AS stage, f.org_id AS org
			FROM bulletins b JOIN findings f ON f.check_id = ANY (b.checks) AND f.detection <> 'fixed'
			WHERE b.published_at >= @since AND b.withdrawn_at IS NULL
			UNION
			SELECT b.id, 'withdrawn@' || b.version, i.org_id FROM bulletins b JOIN notice_items i ON i.kind = 'advisory' AND i.object = b.id
			WHERE b.withdrawn_at >= @since AND i.notice_num IS NOT NULL
		)
		SELECT * FROM now WHERE NOT EXISTS (
			SELECT 1 FROM notice_items i WHERE i.object = now.object AND i.kind = 'advisory' AND i.stage = now.stage AND i.org_id = now.org)
		ORDER BY object, org`, map[string]any{"since": at.UTC().Add(-tellPublished)}).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("list advisories to be told: %w", fault(err))
	}
	for _, r := range rows {
		if err := do(r.Org, r.Object, r.Stage); err != nil {
			return err
		}
	}
	return nil
}

// bulletinFacts reads the advisories that a letter names, with how many of an
// organisation's findings each is about.
func bulletinFacts(tx *gorm.DB, org inventory.OrganizationID, ids []string, into map[string]notify.Advised) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []struct {
		Row  bulletinRow `gorm:"embedded"`
		Open int
	}
	err := tx.Raw(`
		SELECT b.*, (SELECT count(*) FROM findings f WHERE f.org_id = @org AND f.detection <> 'fixed' AND f.check_id = ANY (b.checks)) AS open
		FROM bulletins b WHERE b.id = ANY (@ids)`, map[string]any{"org": org, "ids": array(ids)}).Scan(&rows).Error
	for _, r := range rows {
		into[r.Row.ID] = advisedOf(r.Row.bulletin(), r.Open)
	}
	return err
}

func advisedOf(b advisory.Bulletin, open int) notify.Advised {
	out := notify.Advised{
		ID: string(b.ID), Version: b.Version, TLP: b.TLP.String(), Severity: b.Severity, Open: open,
		Withdrawn: b.WithdrawnAt != nil, Why: b.Why, Instead: string(b.Instead),
	}
	for _, language := range b.Languages() {
		t, _ := b.In(language)
		out.Texts = append(out.Texts, notify.Text{Language: t.Language, Title: t.Title, Summary: t.Summary, Fix: t.Fix})
	}
	return out
}
