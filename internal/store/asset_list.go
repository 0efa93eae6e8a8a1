package store

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// assetSorts are the orders of the list of assets; each has its index.
var assetSorts = map[inventory.AssetSort]sorting{
	inventory.AssetsOldest:    {name: "assets", column: "num", kind: "bigint"},
	inventory.AssetsNewest:    {name: "assets-newest", column: "num", kind: "bigint", desc: true},
	inventory.AssetsByAddress: {name: "assets-address", column: "address", kind: "text"},
	inventory.AssetsByName:    {name: "assets-name", column: "lower(name)", kind: "text"},
	inventory.AssetsByTest:    {name: "assets-tested", column: "coalesce(tested_at, '-infinity')", kind: "timestamptz"},
	inventory.AssetsWorst:     {name: "assets-worst", column: "open_score", kind: "bigint", desc: true},
}

// assetWordsSQL is what the words of a search are looked for in, as the index
// assets_words has it.
const assetWordsSQL = "lower(name || ' ' || address || ' ' || site || ' ' || function)"

// selected is a query of the assets that the filter selects.
func (s *Store) selected(ctx context.Context, f inventory.AssetFilter) *gorm.DB {
	retired := "retired_at IS NULL"
	if f.Retired {
		retired = "retired_at IS NOT NULL"
	}
	q := s.read(ctx).Table("assets").Where(retired)
	if len(f.IDs) > 0 {
		q = q.Where("id = ANY(?)", words(f.IDs))
	}
	for _, is := range []struct{ column, value string }{
		{"org_id", string(f.Org)}, {"contact_id", string(f.Contact)}, {"class", string(f.Class)}, {"kind", string(f.Kind)}, {"criticality", string(f.Criticality)},
	} {
		if is.value != "" {
			q = q.Where(is.column+" = ?", is.value)
		}
	}
	q = given(q, "org_id IN (SELECT id FROM organizations WHERE sector = ?)", f.Sector)
	if f.Tag != "" {
		q = q.Where("tags @> ?", list[string]{strings.ToLower(f.Tag)})
	}
	if f.Unpermitted {
		q = q.Where(unpermittedSQL, map[string]any{"now": s.now()})
	}
	if f.Limited {
		q = q.Where("at_most IS NOT NULL")
	}
	if f.NoConsent {
		q = q.Where("consent = 'none'")
	}
	if f.Unreachable {
		q = q.Where("tested_at IS NOT NULL AND (answered_at IS NULL OR answered_at < tested_at)")
	}
	if f.Stale {
		q = q.Where("coalesce(tested_at, '-infinity') < ?", s.now().Add(-inventory.StaleAfter))
	}
	if !f.LookedFrom.IsZero() {
		q = q.Where("looked_at >= ?", f.LookedFrom)
	}
	if f.Service != "" {
		q = q.Where("id IN (SELECT asset_id FROM services WHERE name = ?)", f.Service)
	}
	if f.Certificate != "" {
		named, err := certificatesNamed(q, f.Certificate)
		if err != nil {
			_ = q.AddError(err) // where the rows are read it is told
		}
		q = q.Where("id IN (SELECT asset_id FROM certificate_sightings WHERE sha256 IN (?) AND gone_at IS NULL)", named)
	}
	if f.Within.IsValid() {
		q = q.Where("net && ?::inet", f.Within.Masked().String())
	}
	if f.Text != "" {
		q = q.Where(assetWordsSQL+" LIKE ?", "%"+likeText.Replace(strings.ToLower(f.Text))+"%")
	}
	return q
}

// likeText takes their meaning from the characters that LIKE gives one.
var likeText = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Assets lists those that the filter selects, in its order.
func (s *Store) Assets(ctx context.Context, f inventory.AssetFilter, p inventory.Page) ([]inventory.Asset, string, error) {
	rows, next, err := s.assetPage(ctx, f, p)
	if err != nil {
		return nil, "", err
	}
	out, err := assetsOf(mapped(rows, func(r overviewRow) assetRow { return r.Asset }))
	return out, next, err
}

type overviewRow struct {
	Asset      assetRow `gorm:"embedded"`
	TestedAt   *time.Time
	AnsweredAt *time.Time
	SortKey    string
}

func (r overviewRow) number() int64 { return r.Asset.Num }

func (r overviewRow) sortKey() string { return r.SortKey }

func (s *Store) assetPage(ctx context.Context, f inventory.AssetFilter, p inventory.Page) ([]overviewRow, string, error) {
	order, ok := assetSorts[f.Sort]
	if !ok {
		return nil, "", &inventory.InputError{Field: "sort", Value: string(f.Sort), Message: "unknown order", Hint: "see the list of orders"}
	}
	q := s.selected(ctx, f).Select("*, (" + order.column + ")::text AS sort_key")
	rows, next, err := sortedPage[overviewRow](q, order, p)
	if err != nil {
		return nil, "", fmt.Errorf("list assets: %w", err)
	}
	return rows, next, nil
}

// AssetOverviews lists the assets that the filter selects, in its order, with
// what is known of each.
func (s *Store) AssetOverviews(ctx context.Context, f inventory.AssetFilter, p inventory.Page) ([]inventory.AssetOverview, string, error) {
	rows, next, err := s.assetPage(ctx, f, p)
	if err != nil {
		return nil, "", err
	}
	out, err := s.overviews(ctx, rows, f.Service)
	if err != nil {
		return nil, "", fmt.Errorf("list assets: %w", fault(err))
	}
	return out, next, nil
}

// AssetOverview finds one, with what is known of it.
func (s *Store) AssetOverview(ctx context.Context, id inventory.AssetID) (inventory.AssetOverview, error) {
	row, err := one[overviewRow](s.read(ctx).Table("assets").Where("id = ?", id), "asset", id)
	if err != nil {
		return inventory.AssetOverview{}, err
	}
	out, err := s.overviews(ctx, []overviewRow{row}, "")
	if err != nil {
		return inventory.AssetOverview{}, fmt.Errorf("read asset %s: %w", id, fault(err))
	}
	return out[0], nil
}

// maxAround bounds what is told of the assets around one.
const maxAround = 100

// AssetsAround are the other assets in use, of anybody, that have one of the
// places and may have a say in how it is scanned: those with a limit, and OT.
// One with a name is where it was last found.
func (s *Store) AssetsAround(ctx context.Context, id inventory.AssetID, places []netip.Prefix) ([]inventory.AssetOverview, error) {
	texts := make([]string, len(places))
	for i, p := range places {
		texts[i] = p.String()
	}
	var rows []overviewRow
	err := s.read(ctx).Raw(`
		SELECT * FROM assets WHERE id <> @id AND retired_at IS NULL AND (at_most IS NOT NULL OR class = 'ot') AND id IN (
			SELECT a.id FROM unnest(CAST(@places AS inet[])) p JOIN assets a ON a.net && p UNION
			SELECT t.asset_id FROM unnest(CAST(@places AS inet[])) p JOIN address_states t ON t.address = p)
		ORDER BY at_most NULLS LAST, num LIMIT @most`,
		map[string]any{"id": id, "places": array(texts), "most": maxAround}).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find assets around %s: %w", id, fault(err))
	}
	out, err := s.overviews(ctx, rows, "")
	if err != nil {
		return nil, fmt.Errorf("find assets around %s: %w", id, fault(err))
	}
	return out, nil
}

// overviews adds to assets their owners' names, open findings and services,
// those called service when that is not "": one statement for each, over the
// rows of one page.
func (s *Store) overviews(ctx context.Context, rows []overviewRow, service string) ([]inventory.AssetOverview, error) {
	out := make([]inventory.AssetOverview, len(rows))
	at := make(map[string]*inventory.AssetOverview, len(rows))
	ids := make([]string, len(rows))
	for i, r := range rows {
		a, err := r.Asset.asset()
		if err != nil {
			return nil, err
		}
		out[i] = inventory.AssetOverview{
			Asset: a, Open: map[inventory.Severity]int{}, TestedAt: utc(r.TestedAt), AnsweredAt: utc(r.AnsweredAt),
		}
		at[r.Asset.ID], ids[i] = &out[i], r.Asset.ID
	}
	var counts []struct {
		ID       string
		Severity inventory.Severity
		N        int
	}
	err := s.read(ctx).Raw(`
		SELECT asset_id AS id, severity, count(*) AS n FROM findings
		WHERE asset_id = ANY(@ids) AND detection <> 'fixed' GROUP BY 1, 2
		UNION ALL
		SELECT asset_id, '', count(*) FROM services WHERE asset_id = ANY(@ids) AND (@service = '' OR name = @service) GROUP BY 1`,
		map[string]any{"ids": array(ids), "service": service}).Find(&counts).Error
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		if c.Severity == "" {
			at[c.ID].Services = c.N
		} else {
			at[c.ID].Open[c.Severity] = c.N
		}
	}
	if err := s.addOwners(ctx, out); err != nil {
		return nil, err
	}
	return out, s.addPolicies(ctx, out)
}

// addOwners sets whose assets they are, and who answers for them there.
func (s *Store) addOwners(ctx context.Context, out []inventory.AssetOverview) error {
	var orgs []struct {
		ID, Name string
		Sector   inventory.Sector
	}
	owners := mapped(out, func(o inventory.AssetOverview) string { return string(o.Org) })
	if err := s.read(ctx).Table("organizations").Where("id = ANY(?)", array(owners)).Find(&orgs).Error; err != nil {
		return err
	}
	var contacts []struct{ ID, Name string }
	named := mapped(out, func(o inventory.AssetOverview) string { return string(o.Contact) })
	err := s.read(ctx).Raw("SELECT id, coalesce(nullif(name, ''), nullif(email, ''), phone) AS name FROM contacts WHERE id = ANY(?)", array(named)).Find(&contacts).Error
	if err != nil {
		return err
	}
	for i := range out {
		for _, o := range orgs {
			if o.ID == string(out[i].Org) {
				out[i].OrgName, out[i].Sector = o.Name, o.Sector
			}
		}
		for _, c := range contacts {
			if c.ID == string(out[i].Contact) {
				out[i].Owner = c.Name
			}
		}
	}
	return nil
}

// refreshAssets brings up to date what lists of assets are sorted by, and what
// overviews count.
func refreshAssets(tx *gorm.DB, ids []inventory.AssetID) error {
	return tx.Exec(`
		UPDATE assets a SET
			tested_at   = coalesce((SELECT max(last_scan) FROM address_states s WHERE s.asset_id = a.id), tested_at),
			answered_at = coalesce((SELECT max(last_scan) FROM address_states s WHERE s.asset_id = a.id AND s.up), answered_at),
			looked_at   = coalesce((SELECT max(last_scan) FROM address_states s WHERE s.asset_id = a.id AND s.outcome IN ('complete', 'partial')), looked_at),
			open_score  = (SELECT coalesce(sum(CASE severity WHEN 'critical' THEN 1000000000 WHEN 'high' THEN 1000000
			               WHEN 'medium' THEN 1000 WHEN 'low' THEN 1 ELSE 0 END), 0)
			               FROM findings f WHERE f.asset_id = a.id AND f.detection <> 'fixed')
		WHERE id = ANY(?)`, words(ids)).Error
}
