package store

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// mostNamed bounds what the words of a search may name: beyond it they say
// nothing.
const mostNamed = 2000

// inForceSQL is Waiver.InForce.
const inForceSQL = "(f.waiver <> 'none' AND f.waiver_until > ?)"

// selectFindings is the query for the findings f that a filter selects.
// What lies in small tables is looked up first, so that PostgreSQL knows how
// much each condition leaves, and takes the right index.
func selectFindings(tx *gorm.DB, f inventory.FindingFilter, now time.Time) (*gorm.DB, error) {
	tx = tx.Session(&gorm.Session{NewDB: true})
	q := tx.Table("findings f")
	if len(f.IDs) > 0 {
		q = q.Where("f.id = ANY(?)", words(f.IDs))
	}
	q = given(q, "f.org_id = ?", f.Org)
	q = given(q, "f.asset_id = ?", f.Asset)
	if len(f.Detections) > 0 {
		q = q.Where("f.detection = ANY(?)", words(f.Detections))
		switch {
		case !slices.Contains(f.Detections, inventory.Fixed):
			q = q.Where("f.detection <> 'fixed'") // as the partial indexes say it
		case len(f.Detections) == 1:
			q = q.Where("f.urgency = 90") // the last in the order by priority, which need not be walked to its end
		}
	}
	switch worst := len(inventory.Severities()) - 1; len(f.Severities) {
	case 0:
	case 1: // an index has them in every order of the list
		q = q.Where("f.severity_order = ?", worst-f.Severities[0].Rank())
	default:
		q = q.Where("f.severity = ANY(?)", words(f.Severities))
	}
	if len(f.Works) > 0 {
		q = q.Where("f.work = ANY(?)", words(f.Works))
	}
	switch f.KEV {
	case inventory.With:
		q = q.Where("f.kev")
	case inventory.Without:
		q = q.Where("NOT f.kev")
	}
	q = selectByCare(q, f, now)
	q = selectByTime(q, f, now)
	q, err := selectByCheck(tx, q, f)
	if err != nil {
		return nil, err
	}
	if q, err = selectByPlace(tx, q, f); err != nil {
		return nil, err
	}
	return selectByText(tx, q, f.Text)
}

// selectByCare narrows to what people do and said.
func selectByCare(q *gorm.DB, f inventory.FindingFilter, now time.Time) *gorm.DB {
	q = given(q, "f.waiver = ?", f.Waiver)
	switch f.Exceptions {
	case inventory.ExceptionsHidden:
		q = q.Where("NOT "+inForceSQL, now)
	case inventory.ExceptionsOnly:
		q = q.Where(inForceSQL, now)
	default: // shown among the others
	}
	if f.Sort == inventory.SortWaiver {
		q = q.Where("f.waiver <> 'none'") // the others have no place in this order
	}
	if !f.WaiverEnds.IsZero() {
		q = q.Where("f.waiver <> 'none' AND f.waiver_until < ?", f.WaiverEnds)
	}
	switch f.Assignee {
	case "":
	case inventory.Nobody:
		q = q.Where("f.assignee = ''")
	default:
		q = q.Where("f.assignee = ? AND f.assignee <> ''", f.Assignee)
	}
	q = given(q, "f.answer = ? AND f.answer <> ''", f.Answer)
	if f.Disputed {
		q = q.Where("f.dispute <> ''")
	}
	return q
}

// selectByTime narrows by when things happened or are due.
func selectByTime(q *gorm.DB, f inventory.FindingFilter, now time.Time) *gorm.DB {
	if !f.SeenFrom.IsZero() {
		q = q.Where("f.first_seen >= ?", f.SeenFrom)
	}
	if !f.SeenUntil.IsZero() {
		q = q.Where("f.first_seen < ?", f.SeenUntil)
	}
	const due = "coalesce(f.due_at, 'infinity'::timestamptz)" // as the index has it
	switch f.Due {
	case inventory.DueOverdue:
		q = q.Where(due+" < ? AND f.detection <> 'fixed' AND NOT "+inForceSQL, now, now)
	case inventory.DueWeek:
		q = q.Where(due+" >= ? AND "+due+" < ?", now, now.AddDate(0, 0, 7))
	case inventory.DueAny:
		q = q.Where(due + " < 'infinity'")
	case inventory.DueNone:
		q = q.Where("f.due_at IS NULL")
	}
	if f.Scan != "" {
		return selectByScan(q, f)
	}
	until := f.Until
	if until.IsZero() {
		until = now.AddDate(1, 0, 0) // a clock may be ahead
	}
	switch f.Change {
	case inventory.ChangeNew:
		q = q.Where("f.first_seen >= ? AND f.first_seen < ?", f.Since, until)
	case inventory.ChangeBack:
		q = q.Where("f.id IN (SELECT e.finding_id FROM finding_events e WHERE e.kind = 'back_again' AND e.at >= ? AND e.at < ?)", f.Since, until)
	case inventory.ChangeFixed:
		q = q.Where("f.closed_at >= ? AND f.closed_at < ?", f.Since, until)
	}
	return q
}

// presentAfterSQL are those that were present on a scan's addresses when what
// it saw was judged: the last turn of each before then was not that it closed.
const presentAfterSQL = `f.id IN (
	SELECT x.id FROM scan_tasks t CROSS JOIN jsonb_array_elements(t.hosts) h JOIN findings x ON x.asset_id = h->>'asset'
		AND (x.address IS NULL OR x.address = (h->>'addr')::inet)
	WHERE t.scan_id = ? AND x.first_seen <= t.judged_at AND 'fixed' <> coalesce((
		SELECT e.kind FROM finding_events e WHERE e.finding_id = x.id AND e.at <= t.judged_at
			AND e.kind IN ('opened', 'fixed', 'back_again')
		ORDER BY e.at DESC, e.num DESC LIMIT 1), ''))`

// selectByScan narrows to what a scan changed, or left.
func selectByScan(q *gorm.DB, f inventory.FindingFilter) *gorm.DB {
	kinds := map[inventory.ChangeFilter][]inventory.EventKind{
		inventory.ChangeNew: {inventory.EventOpened, inventory.EventReopened}, inventory.ChangeBack: {inventory.EventReopened}, inventory.ChangeFixed: {inventory.EventFixed},
	}[f.Change]
	if kinds == nil {
		return q.Where(presentAfterSQL, f.Scan)
	}
	return q.Where(`f.id IN (SELECT e.finding_id FROM scan_tasks t JOIN finding_events e ON e.task_id = t.id AND e.task_id <> ''
		WHERE t.scan_id = ? AND e.kind = ANY(?))`, f.Scan, words(kinds))
}

// selectByCheck narrows by what is known of the check.
func selectByCheck(tx, q *gorm.DB, f inventory.FindingFilter) (*gorm.DB, error) {
	q = given(q, "f.check_id = ?", f.Check)
	f.Check = ""
	if !narrowsChecks(f) {
		return q, nil
	}
	var ids []string
	if err := narrowChecks(tx.Table("checks c"), f).Pluck("c.id", &ids).Error; err != nil {
		return nil, fmt.Errorf("look up checks: %w", err)
	}
	return q.Where("f.check_id = ANY(?)", array(ids)), nil
}

// narrowsChecks tells whether a filter asks for something of the check.
func narrowsChecks(f inventory.FindingFilter) bool {
	return f.Check != "" || f.CVE != "" || f.EPSS > 0 || f.CVSS > 0 || f.Source != ""
}

// narrowChecks leaves those of checks c that a filter asks for.
func narrowChecks(c *gorm.DB, f inventory.FindingFilter) *gorm.DB {
	c = given(c, "c.id = ?", f.Check)
	if f.CVE != "" {
		c = c.Where("c.cves @> jsonb_build_array(?::text)", strings.ToUpper(f.CVE))
	}
	c = given(c, "c.source = ?", f.Source)
	if f.CVSS > 0 {
		c = c.Where("c.cvss >= ?", f.CVSS)
	}
	if f.EPSS > 0 {
		c = c.Where(`EXISTS (SELECT 1 FROM jsonb_array_elements_text(c.cves) AS x (cve)
			JOIN cve_threats t ON t.cve = x.cve WHERE t.epss >= ?)`, f.EPSS)
	}
	return c
}

// selectByPlace narrows by whose it is and where.
func selectByPlace(tx, q *gorm.DB, f inventory.FindingFilter) (*gorm.DB, error) {
	var err error
	if len(f.Sectors) > 0 || f.Criticality != "" {
		var ids []string
		orgs := tx.Table("organizations")
		if len(f.Sectors) > 0 {
			orgs = orgs.Where("sector = ANY(?)", words(f.Sectors))
		}
		orgs = given(orgs, "criticality = ?", f.Criticality)
		if err := orgs.Pluck("id", &ids).Error; err != nil {
			return nil, fmt.Errorf("look up organisations: %w", err)
		}
		q = q.Where("f.org_id = ANY(?)", array(ids))
	}
	if f.Port != 0 {
		q = q.Where("f.port = ?", f.Port)
	}
	q = given(q, "f.transport = ?", f.Transport)
	if f.Service != "" {
		if q, err = selectByService(tx, q, f.Service); err != nil {
			return nil, err
		}
	}
	if f.Tag != "" {
		return selectByTag(tx, q, f.Tag)
	}
	return q, nil
}

// selectByService narrows to where a service of that name answers. Of a rare
// one the assets are named first; a common one is found soon by looking at one
// finding after the other.
func selectByService(tx, q *gorm.DB, name string) (*gorm.DB, error) {
	assets, few, err := fewAssets(tx.Table("services").Distinct("asset_id").Where("name = ?", name), "asset_id")
	if err != nil {
		return nil, err
	}
	if few {
		q = q.Where("f.asset_id = ANY(?)", array(assets))
	}
	// Not EXISTS: the planner would join all services with all findings.
	return q.Where(`(SELECT v.name FROM services v WHERE v.asset_id = f.asset_id AND v.address = f.address
		AND v.port = f.port AND v.transport = f.transport) = ?`, name), nil
}

// mostPorts is how many ports of a service are named: a service that answers on
// more is not told by them.
const mostPorts = 20

// servicePortsSQL steps through the index from port to port: there are many
// services on each.
const servicePortsSQL = `
WITH RECURSIVE ports (port) AS (
	(SELECT port FROM services WHERE name = @name ORDER BY port LIMIT 1)
	UNION ALL
	SELECT n.port FROM ports p, LATERAL (SELECT port FROM services WHERE name = @name AND port > p.port ORDER BY port LIMIT 1) n)
SELECT port FROM ports LIMIT @most`

// onServicePorts narrows to the ports where a service of that name answers
// anywhere, of which those with such a service are some. It is for counts: a
// list would be sorted for it.
func onServicePorts(tx, q *gorm.DB, name string) (*gorm.DB, error) {
	var ports []int64
	if err := tx.Raw(servicePortsSQL, map[string]any{"name": name, "most": mostPorts + 1}).Scan(&ports).Error; err != nil {
		return nil, fmt.Errorf("look up ports: %w", err)
	}
	if len(ports) > mostPorts {
		return q, nil
	}
	return q.Where("f.port = ANY(?)", array(ports)), nil
}

// selectByTag narrows to what has a tag, or whose asset has it.
func selectByTag(tx, q *gorm.DB, tag string) (*gorm.DB, error) {
	assets, few, err := fewAssets(tx.Table("assets").Where("tags @> jsonb_build_array(?::text)", tag), "id")
	switch {
	case err != nil:
		return nil, err
	case few:
		return q.Where("(f.tags @> jsonb_build_array(?::text) OR f.asset_id = ANY(?))", tag, array(assets)), nil
	}
	return q.Where(`(f.tags @> jsonb_build_array(?::text) OR
		(SELECT a.tags FROM assets a WHERE a.id = f.asset_id) @> jsonb_build_array(?::text))`, tag, tag), nil
}

// fewest is how many assets are looked up one by one; where there are more,
// looking at one finding after the other comes to a page sooner.
const fewest = 300

// fewAssets names the assets of a query, if they are few.
func fewAssets(q *gorm.DB, column string) (ids []string, few bool, err error) {
	if err := q.Limit(fewest+1).Pluck(column, &ids).Error; err != nil {
		return nil, false, fmt.Errorf("look up assets: %w", err)
	}
	return ids, len(ids) <= fewest, nil
}

var (
	findingID = regexp.MustCompile(`^(?i)F-[0-9]{1,18}$`)
	cveID     = regexp.MustCompile(`^(?i)CVE-[0-9]{4}-[0-9]{4,19}$`)
)

// selectByText narrows by what somebody typed: an id, an address or a prefix,
// a CVE, or words that the title, the asset or the host's name has.
func selectByText(tx, q *gorm.DB, text string) (*gorm.DB, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return q, nil
	case findingID.MatchString(text):
		return q.Where("f.id = ?", strings.ToUpper(text)), nil
	case cveID.MatchString(text):
		return selectByCheck(tx, q, inventory.FindingFilter{CVE: text})
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return q.Where("f.address = ?::inet", a.Unmap().WithZone("").String()), nil
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return q.Where("f.address <<= ?::inet", p.Masked().String()), nil
	}
	checks, assets := tx.Table("checks"), tx.Table("assets")
	for _, word := range strings.Fields(text) {
		like := "%" + likeEscape(word) + "%"
		checks = checks.Where("title || ' ' || id ILIKE ?", like)
		assets = assets.Where(assetWordsSQL+" LIKE ?", strings.ToLower(like))
	}
	var checkIDs, assetIDs []string
	if err := checks.Limit(mostNamed).Pluck("id", &checkIDs).Error; err != nil {
		return nil, fmt.Errorf("look up checks: %w", err)
	}
	if err := assets.Limit(mostNamed).Pluck("id", &assetIDs).Error; err != nil {
		return nil, fmt.Errorf("look up assets: %w", err)
	}
	return q.Where("(f.check_id = ANY(?) OR f.asset_id = ANY(?) OR (f.hostname <> '' AND f.hostname LIKE ?))",
		array(checkIDs), array(assetIDs), likeEscape(strings.ToLower(text))+"%"), nil
}

// likeEscape makes text mean itself in a LIKE pattern.
func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s)
}
