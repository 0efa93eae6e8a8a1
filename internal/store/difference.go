package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/auth/account"
)

// findingPlaceSQL is where a finding is: at a name, where it is the name that is
// looked at, and without a port, where it is at none.
const findingPlaceSQL = `coalesce(nullif(f.hostname, ''), host(f.address)) || CASE WHEN f.port > 0 THEN ':' || f.port ELSE '' END`

// changesSQL finds the changes of each kind in [@from, @to). Each statement
// gives kind's columns: at, id, what, place, org.
var changesSQL = map[inventory.ChangeKind]string{
	inventory.FindingNew: `SELECT f.first_seen AS at, f.id, f.title AS what, ` + findingPlaceSQL + ` AS place, f.org_id AS org
		FROM findings f WHERE f.first_seen >= @from AND f.first_seen < @to`,
	inventory.FindingBack: `SELECT e.at, e.id, f.title AS what, ` + findingPlaceSQL + ` AS place, f.org_id AS org
		FROM (SELECT finding_id AS id, max(at) AS at FROM finding_events WHERE kind = 'back_again' AND at >= @from AND at < @to %s) e
		LEFT JOIN findings f ON f.id = e.id`,
	inventory.FindingFixed: `SELECT f.closed_at AS at, f.id, f.title AS what, ` + findingPlaceSQL + ` AS place, f.org_id AS org
		FROM findings f WHERE f.closed_at >= @from AND f.closed_at < @to`,
	inventory.ServiceAppeared: `SELECT s.first_seen AS at, a.id, s.port || '/' || s.transport || ' ' || s.name AS what, host(s.address) AS place, a.org_id AS org
		FROM services s JOIN assets a ON a.id = s.asset_id WHERE s.first_seen >= @from AND s.first_seen < @to`,
	inventory.ServiceGone: `SELECT s.gone_at AS at, a.id, s.port || '/' || s.transport || ' ' || s.name AS what, host(s.address) AS place, a.org_id AS org
		FROM former_services s JOIN assets a ON a.id = s.asset_id WHERE s.gone_at >= @from AND s.gone_at < @to`,
	inventory.AssetAdded: `SELECT a.created_at AS at, a.id, a.name AS what, a.address AS place, a.org_id AS org
		FROM assets a WHERE a.created_at >= @from AND a.created_at < @to`,
	inventory.AssetRetired: `SELECT a.retired_at AS at, a.id, a.name AS what, a.address AS place, a.org_id AS org
		FROM assets a WHERE a.retired_at >= @from AND a.retired_at < @to`,
}

// What comes back is told by events, which name no organisation: those of one
// are found by its findings, and of everybody's the last are taken first.
const (
	backOfManySQL = "GROUP BY 1"
	backOfOneSQL  = "AND finding_id IN (SELECT f.id FROM findings f JOIN concerned c ON c.id = f.org_id OFFSET 0) GROUP BY 1"
	lastBackSQL   = "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT @limit"
)

// Of everybody it need not be asked whose each change is.
const (
	ofAllSQL      = "WITH changes AS (%s) SELECT count(*) FROM changes"
	linesOfAllSQL = `WITH changes AS (%s ORDER BY at DESC, id LIMIT @limit)
SELECT x.at, x.id, x.what, coalesce(x.place, '') AS place, x.org, c.name AS org_name
FROM changes x JOIN organizations c ON c.id = x.org ORDER BY x.at DESC, x.id`
)

// Of some the lines and their number come of one statement.
const linesOfConcernedSQL = concernedSQL + `, changes AS (%s)
SELECT x.at, x.id, x.what, coalesce(x.place, '') AS place, x.org, c.name AS org_name, count(*) OVER () AS total
FROM changes x JOIN concerned c ON c.id = x.org ORDER BY x.at DESC, x.id LIMIT @limit`

// changesBy gives the statement about the changes of a kind.
func changesBy(about, back string) func(inventory.ChangeKind) string {
	return func(kind inventory.ChangeKind) string {
		sql := changesSQL[kind]
		if kind == inventory.FindingBack {
			sql = fmt.Sprintf(sql, back)
		}
		return fmt.Sprintf(about, sql)
	}
}

// Difference tells what changed in [from, to) for those whom f selects, with up
// to most lines of each kind.
func (s *Store) Difference(ctx context.Context, f inventory.OverviewFilter, from, to time.Time, most int) (inventory.Difference, error) {
	out := inventory.Difference{Counts: map[inventory.ChangeKind]int{}}
	args := map[string]any{
		"org": string(f.Org), "sector": string(f.Sector), "criticality": string(f.Criticality), "from": from, "to": to, "limit": most,
	}
	var count func(inventory.ChangeKind) string // nil where the lines tell
	list := changesBy(linesOfConcernedSQL, backOfManySQL)
	_, limited := account.Limit(ctx) // to one organisation, and each event is looked at already
	switch {
	case f.Org != "" && !limited:
		list = changesBy(linesOfConcernedSQL, backOfOneSQL)
	case f == inventory.OverviewFilter{Since: f.Since}:
		count, list = changesBy(ofAllSQL, backOfManySQL), changesBy(linesOfAllSQL, lastBackSQL)
	}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := plannedAnew(tx); err != nil {
			return err
		}
		for _, kind := range inventory.ChangeKinds() {
			var lines []struct {
				At                            time.Time
				ID, What, Place, Org, OrgName string
				Total                         int
			}
			if err := tx.Raw(list(kind), args).Find(&lines).Error; err != nil {
				return err
			}
			n := 0
			switch {
			case count != nil:
				if err := tx.Raw(count(kind), args).Scan(&n).Error; err != nil {
					return err
				}
			case len(lines) > 0:
				n = lines[0].Total
			}
			out.Counts[kind] = n
			for _, l := range lines {
				out.Lines = append(out.Lines, inventory.DifferenceLine{
					Kind: kind, At: l.At.UTC(), ID: l.ID, What: l.What, Where: l.Place, Org: inventory.OrganizationID(l.Org), OrgName: l.OrgName,
				})
			}
		}
		return nil
	})
	if err != nil {
		return inventory.Difference{}, fmt.Errorf("compare two dates: %w", fault(err))
	}
	return out, nil
}
