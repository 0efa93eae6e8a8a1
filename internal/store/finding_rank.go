package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// What is known of a weakness changes with every feed, and findings are a
// million: so their order by a score is one of the few checks, and within a
// check one that an index has. Checks of the same score come by their ids.

// Scores of checks, as a list shows them; 0 where nobody gave one.
const (
	cvssSQL = "SELECT c.id, c.cvss::float8 AS score FROM checks c"
	epssSQL = `SELECT c.id, coalesce(max(t.epss), 0) AS score FROM checks c
		LEFT JOIN LATERAL jsonb_array_elements_text(c.cves) AS x (cve) ON true LEFT JOIN cve_threats t ON t.cve = x.cve GROUP BY c.id`
)

// goneScore is that of checks that the catalogue had once: they come last.
const goneScore = -1

// mostSorted is how many findings are sorted one by one; where a filter leaves
// more, going through check after check comes to a page sooner.
const mostSorted = 5000

// ranksAtOnce is how many checks one statement goes through.
const ranksAtOnce = 500

// A spot is where a finding is in an order by score.
type spot struct {
	Score         float64 `gorm:"-"`
	CheckID       string
	SeverityOrder int
	Urgency       int
	Num           int64
}

// order compares as the list has them: the highest score first.
func (a spot) order(b spot) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.CheckID, b.CheckID), cmp.Compare(a.SeverityOrder, b.SeverityOrder),
		cmp.Compare(a.Urgency, b.Urgency), cmp.Compare(a.Num, b.Num))
}

func (r findingRow) spot() spot {
	return spot{r.Score, r.CheckID, r.Handling.SeverityOrder, r.Handling.Urgency, r.Num}
}

// key is the spot as a cursor has it, without the number.
func (a spot) key() string {
	return fmt.Sprintf("%s %d %d %s", strconv.FormatFloat(a.Score, 'g', -1, 64), a.SeverityOrder, a.Urgency, a.CheckID)
}

func parseSpot(key string, num int64) (spot, error) {
	s := spot{Num: num}
	parts := strings.SplitN(key, " ", 4)
	if len(parts) < 4 {
		return s, inventory.ErrInvalid
	}
	var err error
	if s.Score, err = strconv.ParseFloat(parts[0], 64); err != nil {
		return s, inventory.ErrInvalid
	}
	for i, n := range []*int{&s.SeverityOrder, &s.Urgency} {
		small, err := strconv.ParseInt(parts[i+1], 10, 16) // a smallint
		if err != nil {
			return s, inventory.ErrInvalid
		}
		*n = int(small)
	}
	s.CheckID = parts[3]
	return s, nil
}

// A ranking reads findings in an order by score.
type ranking struct {
	tx     *gorm.DB
	found  *gorm.DB // the findings f that the filter selects
	filter inventory.FindingFilter
	limit  int
}

// A ranked check is one with its score.
type rankedCheck struct {
	ID    string
	Score float64
}

// page reads the next rows after a spot, or from the first on.
func (r ranking) page(score string, after *spot) ([]findingRow, error) {
	var checks []rankedCheck
	if err := r.tx.Raw(score).Find(&checks).Error; err != nil {
		return nil, fmt.Errorf("look up scores: %w", err)
	}
	slices.SortFunc(checks, func(a, b rankedCheck) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	})
	some := r.found
	if r.filter.Service != "" {
		var err error
		if some, err = onServicePorts(r.tx, some, r.filter.Service); err != nil {
			return nil, err
		}
	}
	var few []spot
	if err := some.Select("f.check_id, f.severity_order, f.urgency, f.num").Limit(mostSorted + 1).Find(&few).Error; err != nil {
		return nil, err
	}
	scores := make(map[string]float64, len(checks))
	for _, c := range checks {
		scores[c.ID] = c.Score
	}
	var rows []findingRow
	var err error
	if len(few) <= mostSorted {
		rows, err = r.sorted(few, scores, after)
	} else {
		if narrowsChecks(r.filter) {
			var ids []string
			if err := narrowChecks(r.tx.Table("checks c"), r.filter).Pluck("c.id", &ids).Error; err != nil {
				return nil, fmt.Errorf("look up checks: %w", err)
			}
			checks = slices.DeleteFunc(checks, func(c rankedCheck) bool { return !slices.Contains(ids, c.ID) })
		}
		rows, err = r.walked(checks, after)
	}
	for i, row := range rows {
		rows[i].Score = scoreOf(scores, row.CheckID)
	}
	return rows, err
}

func scoreOf(scores map[string]float64, check string) float64 {
	if score, ok := scores[check]; ok {
		return score
	}
	return goneScore
}

// sorted takes a page out of few.
func (r ranking) sorted(few []spot, scores map[string]float64, after *spot) ([]findingRow, error) {
	for i, s := range few {
		few[i].Score = scoreOf(scores, s.CheckID)
	}
	if after != nil {
		few = slices.DeleteFunc(few, func(s spot) bool { return s.order(*after) <= 0 })
	}
	slices.SortFunc(few, spot.order)
	place := map[int64]int{}
	for _, s := range few[:min(len(few), r.limit)] {
		place[s.Num] = len(place)
	}
	nums := make([]int64, len(place))
	for num, at := range place {
		nums[at] = num
	}
	var rows []findingRow
	if err := r.tx.Table("findings f").Where("f.num = ANY(?)", array(nums)).Find(&rows).Error; err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b findingRow) int { return place[a.Num] - place[b.Num] })
	return rows, nil
}

// walkSQL goes through checks one after the other, until there are enough.
const walkSQL = `
SELECT f.* FROM unnest(?::text[], ?::smallint[]) WITH ORDINALITY AS c (id, severity, at) CROSS JOIN LATERAL (?) f
ORDER BY c.at, f.urgency, f.num LIMIT ?`

// walked takes a page out of many.
func (r ranking) walked(checks []rankedCheck, after *spot) ([]findingRow, error) {
	var rows []findingRow
	var err error
	if after != nil {
		at, _ := slices.BinarySearchFunc(checks, *after, func(c rankedCheck, s spot) int {
			return cmp.Or(cmp.Compare(s.Score, c.Score), strings.Compare(c.ID, s.CheckID))
		})
		checks = checks[at:]
		if len(checks) > 0 && checks[0] == (rankedCheck{after.CheckID, after.Score}) {
			if rows, err = r.through(checks[:1], after, r.limit); err != nil {
				return nil, err
			}
			checks = checks[1:]
		}
	}
	for part := range slices.Chunk(checks, ranksAtOnce) {
		if len(rows) == r.limit {
			return rows, nil
		}
		more, err := r.through(part, nil, r.limit-len(rows))
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	if len(rows) == r.limit || narrowsChecks(r.filter) {
		return rows, nil
	}
	more, err := r.gone(after, r.limit-len(rows))
	return append(rows, more...), err
}

// through takes rows from some checks, in their order; with after, those of one
// check that come after it.
func (r ranking) through(checks []rankedCheck, after *spot, limit int) ([]findingRow, error) {
	var ids []string
	var severities []int16
	worst := len(inventory.Severities()) - 1
	for _, c := range checks {
		for order := range worst + 1 { // of each check the worst first
			if len(r.filter.Severities) == 0 || slices.Contains(r.filter.Severities, inventory.Severities()[worst-order]) {
				ids, severities = append(ids, c.ID), append(severities, int16(order))
			}
		}
	}
	// A check's findings in the order of an index, so that reading ends where
	// there are enough: PostgreSQL would else read all of them, and sort.
	if err := r.tx.Exec("SET LOCAL enable_bitmapscan = off").Error; err != nil {
		return nil, err
	}
	of, args := "x.check_id = c.id AND x.severity_order = c.severity", []any(nil)
	if after != nil {
		of += " AND (x.severity_order, x.urgency, x.num) > (?, ?, ?)"
		args = []any{after.SeverityOrder, after.Urgency, after.Num}
	}
	inner := r.found.Table("(SELECT * FROM findings x WHERE "+of+" ORDER BY x.urgency, x.num OFFSET 0) f", args...).
		Select("f.*").Order("f.urgency, f.num").Limit(limit)
	var rows []findingRow
	err := r.tx.Raw(walkSQL, array(ids), array(severities), inner, limit).Find(&rows).Error
	return rows, err
}

// gone takes rows whose checks the catalogue had once.
func (r ranking) gone(after *spot, limit int) ([]findingRow, error) {
	const order = `f.check_id COLLATE "C", f.severity_order, f.urgency, f.num`
	q := r.found.Where("NOT EXISTS (SELECT 1 FROM checks g WHERE g.id = f.check_id)")
	if after != nil && after.Score == goneScore {
		q = q.Where("("+order+") > (?, ?, ?, ?)", after.CheckID, after.SeverityOrder, after.Urgency, after.Num)
	}
	var rows []findingRow
	err := q.Select("f.*").Order(order).Limit(limit).Find(&rows).Error
	return rows, err
}
