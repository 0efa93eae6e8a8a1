package store

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// mostHits is how many of a kind a search shows.
const mostHits = 8

// kinds are of what an id names, by its prefix.
var kinds = map[string]inventory.HitKind{
	"ORG": inventory.HitOrganization, "A": inventory.HitAsset, "F": inventory.HitFinding, "S": inventory.HitScan,
	"ADV": inventory.HitAdvisory, "IN": inventory.HitInbound, "TEAM": inventory.HitPeer,
}

// foundFindingSQL reads of findings what a search tells.
const foundFindingSQL = `SELECT f.id, f.title, f.severity AS detail, ` + findingPlaceSQL + ` AS place, f.org_id AS org FROM findings f`

// thingSQL finds the things of a kind that have some ids.
var thingSQL = map[inventory.HitKind]string{
	inventory.HitOrganization: "SELECT id, name AS title, sector AS detail, id AS org FROM organizations",
	inventory.HitAsset:        "SELECT id, address AS title, name AS detail, org_id AS org FROM assets",
	inventory.HitFinding:      foundFindingSQL,
	inventory.HitScan:         "SELECT id, profile AS title, state AS detail, org_id AS org FROM scans",
	inventory.HitAdvisory:     "SELECT id, document->>'title' AS title, state AS detail, '' AS org FROM advisories",
	inventory.HitBulletin:     "SELECT id, document#>>'{texts,0,title}' AS title, document->>'severity' AS detail, '' AS org FROM bulletins",
	inventory.HitInbound:      "SELECT id, document->>'title' AS title, state AS detail, '' AS org FROM inbounds",
	inventory.HitPeer:         "SELECT id, name AS title, country AS detail, '' AS org FROM teams",
	inventory.HitReport:       "SELECT id, week AS title, coalesce(nullif(sector, ''), kind) AS detail, coalesce(org_id, '') AS org FROM report_editions",
}

// whatSQL finds by words, each list by itself and short.
var whatSQL = []struct {
	kind inventory.HitKind
	sql  string
}{
	{inventory.HitOrganization, `SELECT id, name AS title, sector AS detail, id AS org FROM organizations
		WHERE lower(name) LIKE @like ORDER BY lower(name), num LIMIT @limit`},
	{inventory.HitAsset, `SELECT id, address AS title, name AS detail, org_id AS org FROM assets
		WHERE retired_at IS NULL AND ` + assetWordsSQL + ` LIKE @like ORDER BY num LIMIT @limit`},
	{inventory.HitFinding, foundFindingSQL + `
		WHERE hostname <> '' AND hostname LIKE @begins AND detection <> 'fixed' ORDER BY num LIMIT @limit`},
	{inventory.HitCheck, `SELECT id, title, severity AS detail, '' AS org FROM checks
		WHERE lower(title || ' ' || id) LIKE @like OR cves @> jsonb_build_array(upper(@text)) ORDER BY id LIMIT @limit`},
	{inventory.HitService, `SELECT DISTINCT s.name AS id, s.name AS title, '' AS detail, '' AS org FROM services s
		WHERE s.name LIKE @begins AND s.name <> '' ORDER BY 1 LIMIT @limit`},
	{inventory.HitCertificate, certificatesSQL + certificateWordsSQL + ` LIKE @like ORDER BY not_after DESC, sha256 LIMIT @limit`},
	{inventory.HitAdvisory, `SELECT id, document->>'title' AS title, state AS detail, '' AS org FROM advisories
		WHERE lower(document->>'title') LIKE @like OR document->'cves' @> jsonb_build_array(upper(@text)) ORDER BY num DESC LIMIT @limit`},
	{inventory.HitInbound, `SELECT id, document->>'title' AS title, state AS detail, '' AS org FROM inbounds
		WHERE lower(document->>'title') LIKE @like OR lower(tracking_id) LIKE @like ORDER BY num DESC LIMIT @limit`},
	{inventory.HitPeer, "SELECT id, name AS title, country AS detail, '' AS org FROM teams WHERE lower(name) LIKE @like ORDER BY num LIMIT @limit"},
}

// certificatesSQL finds certificates that some service shows now or showed.
const certificatesSQL = `SELECT sha256 AS id, subject AS title, to_char(not_after AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS detail, '' AS org
	FROM certificates WHERE `

const (
	assetsAtSQL = `SELECT id, address AS title, name AS detail, org_id AS org FROM assets
		WHERE retired_at IS NULL AND net && CAST(@net AS inet) ORDER BY masklen(net) DESC, num LIMIT @limit`
	// hostsAtSQL joins before it sorts: PostgreSQL would else hope to come by
	// the few assets that are names soon.
	hostsAtSQL = `SELECT id, host(at) AS title, address AS detail, org_id AS org FROM (
		SELECT a.*, d.address AS at FROM address_states d JOIN assets a ON a.id = d.asset_id
		WHERE a.retired_at IS NULL AND a.net IS NULL AND d.address <<= CAST(@net AS inet) OFFSET 0) h ORDER BY at, num LIMIT @limit`
	findingsAtSQL = foundFindingSQL + `
		WHERE address <<= CAST(@net AS inet) AND detection <> 'fixed' ORDER BY urgency, num LIMIT @limit`
)

var thingID = regexp.MustCompile(`^([A-Za-z]{1,4})-[0-9]{1,18}$`)

// Search finds what a text names: an id, an address, a prefix, a CVE, or words
// of names and titles; a few of each kind. What the caller may not see is not
// found.
func (s *Store) Search(ctx context.Context, text string) ([]inventory.Hit, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if m := thingID.FindStringSubmatch(text); m != nil {
		if kind, ok := kinds[strings.ToUpper(m[1])]; ok {
			return s.things(ctx, nil, kind, strings.ToUpper(text))
		}
	}
	if net, ok := network(text); ok {
		args := map[string]any{"net": net.String(), "limit": mostHits}
		out, err := s.hits(ctx, nil, inventory.HitAsset, assetsAtSQL, args)
		if err == nil {
			out, err = s.hits(ctx, out, inventory.HitHost, hostsAtSQL, args)
		}
		if err == nil {
			out, err = s.hits(ctx, out, inventory.HitFinding, findingsAtSQL, args)
		}
		return out, err
	}
	if hash, ok := inventory.ParseFingerprint(text); ok {
		return s.hits(ctx, nil, inventory.HitCertificate, certificatesSQL+"sha256 LIKE @begins ORDER BY sha256 LIMIT @limit",
			map[string]any{"begins": hash + "%", "limit": mostHits})
	}
	low := likeEscape(strings.ToLower(text))
	args := map[string]any{"text": text, "like": "%" + low + "%", "begins": low + "%", "limit": mostHits}
	var out []inventory.Hit
	for _, what := range whatSQL {
		var err error
		if out, err = s.hits(ctx, out, what.kind, what.sql, args); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// network reads an address or a prefix.
func network(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err == nil
}

// things adds those of a kind that have some ids.
func (s *Store) things(ctx context.Context, found []inventory.Hit, kind inventory.HitKind, ids ...string) ([]inventory.Hit, error) {
	sql, ok := thingSQL[kind]
	if !ok {
		return found, nil
	}
	return s.hits(ctx, found, kind, sql+" WHERE id = ANY(@ids)", map[string]any{"ids": array(ids)})
}

// hits adds what a statement finds. A table that is closed to the caller has
// nothing for them.
func (s *Store) hits(ctx context.Context, found []inventory.Hit, kind inventory.HitKind, sql string, args map[string]any) ([]inventory.Hit, error) {
	var more []inventory.Hit
	err := fault(s.read(ctx).Raw(sql, args).Find(&more).Error)
	switch {
	case errors.Is(err, inventory.ErrForbidden):
		return found, nil
	case err != nil:
		return nil, fmt.Errorf("search: %w", err)
	}
	for i := range more {
		more[i].Kind = kind
	}
	return append(found, more...), nil
}

// holdersSQL finds the nearest asset of each address: the address itself
// before the prefixes around it.
const holdersSQL = `
SELECT host(w.addr) AS addr, a.id AS asset, a.address AS what, a.org_id AS org, o.name AS org_name,
	(SELECT count(*) FROM findings f WHERE f.address = w.addr AND f.org_id = a.org_id AND f.detection <> 'fixed') AS open
FROM unnest(CAST(@addrs AS inet[])) WITH ORDINALITY AS w (addr, at)
CROSS JOIN LATERAL (
	SELECT a.* FROM assets a WHERE a.retired_at IS NULL AND a.net >>= w.addr ORDER BY masklen(a.net) DESC, a.num LIMIT 3) a
JOIN organizations o ON o.id = a.org_id
ORDER BY w.at, masklen(a.net) DESC`

// Holders tells who has each of the addresses, at most three each. Those that
// nobody registered are left out.
func (s *Store) Holders(ctx context.Context, addrs []netip.Addr) ([]inventory.Holder, error) {
	texts := make([]string, len(addrs))
	for i, a := range addrs {
		texts[i] = a.String()
	}
	var rows []struct {
		Addr, Asset, What, Org, OrgName string
		Open                            int
	}
	err := s.read(ctx).Transaction(func(tx *gorm.DB) error {
		return tx.Raw(holdersSQL, map[string]any{"addrs": array(texts)}).Find(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("look up who has addresses: %w", fault(err))
	}
	out := make([]inventory.Holder, len(rows))
	for i, r := range rows {
		addr, err := netip.ParseAddr(r.Addr)
		if err != nil {
			return nil, fmt.Errorf("look up who has addresses: %w", err)
		}
		out[i] = inventory.Holder{
			Addr: addr, Asset: inventory.AssetID(r.Asset), What: r.What, Org: inventory.OrganizationID(r.Org), OrgName: r.OrgName, Open: r.Open,
		}
	}
	return out, nil
}
