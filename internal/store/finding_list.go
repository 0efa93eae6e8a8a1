package store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// countPatience is how long a list may be counted: a number that takes longer
// is not worth waiting for.
const countPatience = "60ms"

// An order is one way to list findings: by an expression that has an index
// together with the number, both in one direction.
type order struct {
	by    string // SQL; "" for the number alone
	cast  string // its type
	desc  bool
	key   func(findingRow) string // its value, as text
	score string                  // SQL of the scores of checks, in whose order they are instead, the highest first
}

const moment = "2006-01-02T15:04:05.999999Z07:00"

var orders = map[inventory.FindingSort]order{
	inventory.SortNumber:   {},
	inventory.SortPriority: {by: "f.urgency", cast: "smallint", key: func(r findingRow) string { return strconv.Itoa(r.Handling.Urgency) }},
	inventory.SortSeverity: {by: "f.severity_order", cast: "smallint", key: func(r findingRow) string { return strconv.Itoa(r.Handling.SeverityOrder) }},
	inventory.SortAge:      {by: "f.first_seen", cast: "timestamptz", key: func(r findingRow) string { return r.FirstSeen.Format(moment) }},
	inventory.SortNewest:   {by: "f.first_seen", cast: "timestamptz", desc: true, key: func(r findingRow) string { return r.FirstSeen.Format(moment) }},
	inventory.SortLastSeen: {by: "f.last_seen", cast: "timestamptz", desc: true, key: func(r findingRow) string { return r.LastSeen.Format(moment) }},
	inventory.SortWaiver:   {by: "f.waiver_until", cast: "timestamptz", key: func(r findingRow) string { return orZero(r.WaiverUntil).Format(moment) }},
	inventory.SortCVSS:     {score: cvssSQL, key: func(r findingRow) string { return r.spot().key() }},
	inventory.SortEPSS:     {score: epssSQL, key: func(r findingRow) string { return r.spot().key() }},
	inventory.SortDue: {by: "coalesce(f.due_at, 'infinity'::timestamptz)", cast: "timestamptz", key: func(r findingRow) string {
		if r.DueAt == nil {
			return "infinity"
		}
		return r.DueAt.Format(moment)
	}},
}

// Findings lists those that the filter selects, in its order.
func (s *Store) Findings(ctx context.Context, f inventory.FindingFilter, p inventory.Page) ([]inventory.Finding, string, error) {
	rows, next, err := s.findingPage(ctx, f, p)
	return mapped(rows, findingRow.finding), next, err
}

// FindingLines lists those that the filter selects, with what a list shows
// beside them.
func (s *Store) FindingLines(ctx context.Context, f inventory.FindingFilter, p inventory.Page) ([]inventory.FindingLine, string, error) {
	rows, next, err := s.findingPage(ctx, f, p)
	if err != nil {
		return nil, "", err
	}
	lines, err := findingLines(s.read(ctx), rows)
	if err != nil {
		return nil, "", fmt.Errorf("list findings: %w", fault(err))
	}
	return lines, next, nil
}

func (s *Store) findingPage(ctx context.Context, f inventory.FindingFilter, p inventory.Page) ([]findingRow, string, error) {
	limit, err := pageSize(p)
	if err != nil {
		return nil, "", err
	}
	o, ok := orders[f.Sort]
	if !ok {
		return nil, "", &inventory.InputError{Field: "sort", Value: string(f.Sort), Message: "unknown order"}
	}
	after, err := decodePlace(f.Sort, p.Cursor)
	if err != nil {
		return nil, "", err
	}
	var rows []findingRow
	err = s.adHoc(ctx, func(tx *gorm.DB) error {
		// One more than asked tells whether there is a next page.
		rows, err = o.rows(tx, f, s.now(), after, limit+1)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list findings: %w", err)
	}
	if len(rows) <= limit {
		return rows, "", nil
	}
	rows = rows[:limit]
	return rows, encodePlace(f.Sort, o.place(rows[limit-1])), nil
}

// CountFindings counts those that the filter selects, up to most. One that
// takes too long is given up: it is More than none.
func (s *Store) CountFindings(ctx context.Context, f inventory.FindingFilter, most int) (inventory.Count, error) {
	var n int
	err := s.adHoc(ctx, func(tx *gorm.DB) error {
		q, err := selectFindings(tx, f, s.now())
		if err != nil {
			return err
		}
		if f.Service != "" {
			if q, err = onServicePorts(tx, q, f.Service); err != nil {
				return err
			}
		}
		if err := tx.Exec("SET LOCAL statement_timeout = '" + countPatience + "'").Error; err != nil {
			return err
		}
		return tx.Raw("SELECT count(*) FROM (?) AS bounded", q.Select("1").Limit(most+1)).Scan(&n).Error
	})
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "57014" && ctx.Err() == nil { // query_canceled
		return inventory.Count{More: true}, nil
	}
	if err != nil {
		return inventory.Count{}, fmt.Errorf("count findings: %w", err)
	}
	return inventory.Count{N: min(n, most), More: n > most}, nil
}

// adHoc is a transaction for statements that are made of what people ask for:
// each is planned for its own values, because a plan for any would be slow for
// most of them.
func (s *Store) adHoc(ctx context.Context, read func(tx *gorm.DB) error) error {
	return s.work(ctx, func(tx *gorm.DB) error {
		if err := plannedAnew(tx); err != nil {
			return err
		}
		return read(tx)
	})
}

// plannedAnew has the statements of a transaction planned for their own values.
func plannedAnew(tx *gorm.DB) error {
	return tx.Exec("SET LOCAL plan_cache_mode = force_custom_plan").Error
}

func pageSize(p inventory.Page) (int, error) {
	switch {
	case p.Limit == 0:
		return defaultLimit, nil
	case p.Limit < 0 || p.Limit > maxLimit:
		return 0, &inventory.InputError{
			Field: "limit", Value: strconv.Itoa(p.Limit), Message: "not a page size", Hint: fmt.Sprintf("use 1 to %d", maxLimit),
		}
	}
	return p.Limit, nil
}

// rows reads the next rows after a place, or from the first on.
func (o order) rows(tx *gorm.DB, f inventory.FindingFilter, now time.Time, after *place, limit int) ([]findingRow, error) {
	q, err := selectFindings(tx, f, now)
	if err != nil {
		return nil, err
	}
	if o.score != "" {
		r := ranking{tx: tx, found: q.Session(&gorm.Session{}), filter: f, limit: limit}
		return r.page(o.score, after.spot())
	}
	if after != nil {
		q = o.beyond(q, after.key, after.num)
	}
	var rows []findingRow
	err = q.Select("f.*").Order(o.clause()).Limit(limit).Find(&rows).Error
	return rows, err
}

func (o order) clause() string {
	down := ""
	if o.desc {
		down = " DESC"
	}
	if o.by == "" {
		return "f.num" + down
	}
	return o.by + down + ", f.num" + down
}

// beyond leaves out what is on the pages before.
func (o order) beyond(q *gorm.DB, after string, num int64) *gorm.DB {
	sign := ">"
	if o.desc {
		sign = "<"
	}
	if o.by == "" {
		return q.Where("f.num "+sign+" ?", num)
	}
	return q.Where("("+o.by+", f.num) "+sign+" (?::"+o.cast+", ?::bigint)", after, num)
}

// A place is where a page of a list ends: the last row's key and number.
type place struct {
	key string
	num int64
}

func (o order) place(last findingRow) *place {
	p := place{num: last.Num}
	if o.key != nil {
		p.key = o.key(last)
	}
	return &p
}

// spot is the place in an order by score.
func (p *place) spot() *spot {
	if p == nil {
		return nil
	}
	s, err := parseSpot(p.key, p.num)
	if err != nil {
		return nil // validKey let none such in
	}
	return &s
}

// A cursor is the list's name and order, and a place in it.
func encodePlace(sort inventory.FindingSort, p *place) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{"findings", string(sort), strconv.FormatInt(p.num, 10), p.key}, "|")))
}

func decodePlace(sort inventory.FindingSort, cursor string) (*place, error) {
	if cursor == "" {
		return nil, nil //nolint:nilnil // the first page is after no place
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.SplitN(string(text), "|", 4)
	if err == nil && len(parts) == 4 && parts[0] == "findings" && parts[1] == string(sort) {
		num, err := strconv.ParseInt(parts[2], 10, 64)
		if err == nil && num >= 0 && validKey(sort, parts[3]) {
			return &place{parts[3], num}, nil
		}
	}
	return nil, &inventory.InputError{
		Field: "cursor", Value: cursor, Message: "not a cursor of this list",
		Hint: "use the one that the page before returned, or none",
	}
}

// validKey keeps what is no value of the order from the database.
func validKey(sort inventory.FindingSort, key string) bool {
	if orders[sort].score != "" {
		_, err := parseSpot(key, 0)
		return err == nil && utf8.ValidString(key) && !strings.Contains(key, "\x00")
	}
	switch orders[sort].cast {
	case "":
		return key == ""
	case "smallint":
		_, err := strconv.ParseInt(key, 10, 16)
		return err == nil
	}
	_, err := time.Parse(moment, key)
	return err == nil || key == "infinity"
}
