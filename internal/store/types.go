package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// addr is a netip.Addr in an inet column; the zero Addr is NULL.
type addr netip.Addr

// Scan implements sql.Scanner.
func (a *addr) Scan(src any) error {
	p, err := scanPrefix(src)
	*a = addr(p.Addr())
	return err
}

// Value implements driver.Valuer.
func (a addr) Value() (driver.Value, error) {
	if !netip.Addr(a).IsValid() {
		return nil, nil
	}
	return netip.Addr(a).String(), nil
}

// prefix is a netip.Prefix in a cidr column; the zero Prefix is NULL.
type prefix netip.Prefix

// Scan implements sql.Scanner.
func (p *prefix) Scan(src any) error {
	v, err := scanPrefix(src)
	*p = prefix(v)
	return err
}

// Value implements driver.Valuer.
func (p prefix) Value() (driver.Value, error) {
	if !netip.Prefix(p).IsValid() {
		return nil, nil
	}
	return netip.Prefix(p).String(), nil
}

// scanPrefix reads inet and cidr text, which may lack the length.
func scanPrefix(src any) (netip.Prefix, error) {
	switch v := src.(type) {
	case nil:
		return netip.Prefix{}, nil
	case string:
		if p, err := netip.ParsePrefix(v); err == nil {
			return p, nil
		}
		a, err := netip.ParseAddr(v)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("scan address: %w", err)
		}
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.Prefix{}, fmt.Errorf("scan address: got a %T", src)
}

// list is a slice in a jsonb column; an empty one is [].
type list[T any] []T

// Scan implements sql.Scanner.
func (l *list[T]) Scan(src any) error {
	*l = nil
	var all []T
	if err := scanJSON(src, &all); err != nil {
		return err
	}
	if len(all) > 0 {
		*l = all
	}
	return nil
}

// Value implements driver.Valuer.
func (l list[T]) Value() (driver.Value, error) {
	if len(l) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal([]T(l))
	return string(text), err
}

// document is a struct or map in a jsonb column; NULL is the zero value.
type document[T any] struct{ V T }

// Scan implements sql.Scanner.
func (d *document[T]) Scan(src any) error { return scanJSON(src, &d.V) }

// Value implements driver.Valuer.
func (d document[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(d.V)
	return string(text), err
}

func scanJSON(src, into any) error {
	switch v := src.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), into)
	case []byte:
		return json.Unmarshal(v, into)
	}
	return fmt.Errorf("scan JSON: got a %T", src)
}

// array makes an SQL array parameter; gorm would spread a bare slice.
func array[T any](all []T) pgtype.Array[T] {
	if all == nil {
		all = []T{}
	}
	return pgtype.Array[T]{
		Elements: all, Valid: true,
		Dims: []pgtype.ArrayDimension{{Length: int32(len(all)), LowerBound: 1}},
	}
}

// words makes an SQL array parameter of any kind of text.
func words[T ~string](all []T) pgtype.Array[string] {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return array(out)
}

// utc is t in UTC; the driver returns local times.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// orNull is nil for the zero time, which columns hold as NULL.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orZero is the opposite of orNull.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// optional is nil for a zero value, such as "", which foreign keys hold as NULL.
func optional[T comparable](id T) *T {
	var zero T
	if id == zero {
		return nil
	}
	return &id
}

// value is the opposite of optional.
func value[T any](id *T) T {
	var zero T
	if id == nil {
		return zero
	}
	return *id
}
