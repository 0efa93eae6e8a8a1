package store

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
)

// Page sizes.
const (
	defaultLimit = 100
	maxLimit     = 500
)

// A listing is one way to page through a table: by its number, so that rows
// added meanwhile neither repeat nor hide others.
type listing struct {
	name        string // a cursor of one list is refused by another
	column      string
	newestFirst bool
}

// numbered is a row with the number by which it is paged.
type numbered interface{ number() int64 }

// page reads one page of q, and the cursor of the next, or "" at the end.
func page[R numbered](q *gorm.DB, l listing, p inventory.Page) ([]R, string, error) {
	after, err := l.decode(p.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit, err := limitOf(p)
	if err != nil {
		return nil, "", err
	}
	beyond, order := l.column+" > ?", l.column
	if l.newestFirst {
		beyond, order = l.column+" < ?", l.column+" DESC"
	}
	if p.Cursor != "" {
		q = q.Where(beyond, after)
	}
	var rows []R
	// One more than asked tells whether there is a next page.
	if err := q.Order(order).Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, "", fault(err)
	}
	if len(rows) <= limit {
		return rows, "", nil
	}
	rows = rows[:limit]
	return rows, l.encode(rows[limit-1].number()), nil
}

func limitOf(p inventory.Page) (int, error) {
	limit := p.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	if limit < 0 || limit > maxLimit {
		return 0, &inventory.InputError{
			Field: "limit", Value: strconv.Itoa(p.Limit), Message: "not a page size",
			Hint: fmt.Sprintf("use 1 to %d", maxLimit),
		}
	}
	return limit, nil
}

func (l listing) encode(num int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(l.name + ":" + strconv.FormatInt(num, 10)))
}

func (l listing) decode(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	name, digits, _ := strings.Cut(string(text), ":")
	num, err2 := strconv.ParseInt(digits, 10, 64)
	if err != nil || err2 != nil || name != l.name || num < 0 {
		return 0, &inventory.InputError{
			Field: "cursor", Value: cursor, Message: "not a cursor of this list",
			Hint: "use the one that the page before returned, or none",
		}
	}
	return num, nil
}

// A sorting is one way to page through a table by a column, and among equals
// by the number.
type sorting struct {
	name   string // a cursor of one list is refused by another
	column string // an expression; what it is compared with is cast to kind
	kind   string // an SQL type
	desc   bool
	number string // the column with the number; "num" when empty
}

// sorted is a row with the text of the value by which it is paged.
type sorted interface {
	numbered
	sortKey() string
}

// sortedPage reads one page of q in an order, and the cursor of the next, or
// "" at the end. The query selects the column's text as sort_key.
func sortedPage[R sorted](q *gorm.DB, l sorting, p inventory.Page) ([]R, string, error) {
	limit, err := limitOf(p)
	if err != nil {
		return nil, "", err
	}
	number := cmp.Or(l.number, "num")
	if p.Cursor != "" {
		num, key, err := l.decode(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		sign := ">"
		if l.desc {
			sign = "<"
		}
		q = q.Where("("+l.column+", "+number+") "+sign+" (?::"+l.kind+", ?)", key, num)
	}
	order := l.column + ", " + number
	if l.desc {
		order = l.column + " DESC, " + number + " DESC"
	}
	var rows []R
	if err := q.Order(order).Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, "", fault(err)
	}
	if len(rows) <= limit {
		return rows, "", nil
	}
	rows = rows[:limit]
	last := rows[limit-1]
	return rows, listing{name: l.name}.encode(last.number()) + "." + base64.RawURLEncoding.EncodeToString([]byte(last.sortKey())), nil
}

func (l sorting) decode(cursor string) (num int64, key string, err error) {
	first, second, _ := strings.Cut(cursor, ".")
	if num, err = (listing{name: l.name}).decode(first); err != nil {
		return 0, "", err
	}
	text, err := base64.RawURLEncoding.DecodeString(second)
	if err != nil {
		return 0, "", &inventory.InputError{
			Field: "cursor", Value: cursor, Message: "not a cursor of this list",
			Hint: "use the one that the page before returned, or none",
		}
	}
	return num, string(text), nil
}
