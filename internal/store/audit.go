package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type auditRow struct {
	Seq    int64 `gorm:"primaryKey;autoIncrement:false"`
	At     time.Time
	Actor  string
	Act    string
	Object string
	Detail *string
	Prev   string
	Hash   string
}

func (auditRow) TableName() string { return "audit_log" }

func (r auditRow) number() int64 { return r.Seq }

func (r auditRow) record() audit.Record {
	out := audit.Record{
		Seq: r.Seq, At: r.At.UTC(), Actor: r.Actor, Act: r.Act, Object: r.Object, Prev: r.Prev, Hash: r.Hash,
	}
	if r.Detail != nil {
		out.Detail = []byte(*r.Detail)
	}
	return out
}

// auditSearched is how many records one page of a search for words looks
// through: no index has them, and the log never shrinks.
const auditSearched = 50_000

// AuditRecords lists what the filter selects, newest first. A search for words
// ends a page after so many records, however few of them it lists: what is
// older is looked at by the next.
func (s *Store) AuditRecords(ctx context.Context, f audit.Filter, p inventory.Page) ([]audit.Record, string, error) {
	q := s.read(ctx)
	q = given(q, "actor = ?", f.Actor)
	if f.Act != "" {
		q = q.Where("act LIKE ?", likeEscape(f.Act)+"%")
	}
	q = given(q, "object = ?", f.Object)
	if !f.From.IsZero() {
		q = q.Where("at >= ?", f.From)
	}
	if !f.To.IsZero() {
		q = q.Where("at < ?", f.To)
	}
	log := listing{name: "audit", column: "seq", newestFirst: true}
	var floor int64
	if f.Text != "" {
		q = q.Session(&gorm.Session{}) // asked twice
		var err error
		if floor, err = searchedTo(q, log, p); err != nil {
			return nil, "", fmt.Errorf("search the audit log: %w", err)
		}
		q = q.Where("seq >= ?", floor)
		some := "%" + likeEscape(f.Text) + "%"
		q = q.Where("(actor ILIKE @some OR act ILIKE @some OR object ILIKE @some OR detail::text ILIKE @some)", map[string]any{"some": some})
	}
	rows, next, err := page[auditRow](q, log, p)
	if err != nil {
		return nil, "", fmt.Errorf("list audit records: %w", err)
	}
	if next == "" && floor > 0 {
		next = log.encode(floor)
	}
	return mapped(rows, auditRow.record), next, nil
}

// searchedTo is the last record that a page of a search looks at, or 0 when
// there are no more than it looks through.
func searchedTo(q *gorm.DB, log listing, p inventory.Page) (int64, error) {
	after, err := log.decode(p.Cursor)
	if err != nil {
		return 0, err
	}
	if p.Cursor != "" {
		q = q.Where("seq < ?", after)
	}
	var found []int64
	err = q.Model(&auditRow{}).Order("seq DESC").Offset(auditSearched-1).Limit(1).Pluck("seq", &found).Error
	if err != nil || len(found) == 0 {
		return 0, fault(err)
	}
	return found[0], nil
}

// AuditAfter lists up to limit of the records after one, oldest first. Numbers
// are given in the order in which records come to be seen: who has read up to
// one has missed none.
func (s *Store) AuditAfter(ctx context.Context, seq int64, limit int) ([]audit.Record, error) {
	var rows []auditRow
	if err := s.read(ctx).Where("seq > ?", seq).Order("seq").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the audit log after %d: %w", seq, fault(err))
	}
	return mapped(rows, auditRow.record), nil
}

// RecordAct keeps an act that changes nothing, such as taking a report out of
// the house.
func (s *Store) RecordAct(ctx context.Context, e audit.Entry) error {
	if err := s.tx(ctx, e, func(*gorm.DB, *audit.Entry) error { return nil }); err != nil {
		return fmt.Errorf("record %s of %s: %w", e.Act, e.Object, err)
	}
	return nil
}

// VerifyAudit reads the whole log and returns its last good record, the zero
// one when there is none. audit.ErrBroken says which is the first that was
// changed, removed or inserted.
func (s *Store) VerifyAudit(ctx context.Context) (audit.Record, error) {
	var good audit.Record
	err := s.snapshot(ctx, func(tx *gorm.DB) error { // head and log of one moment
		var head audit.Record
		err := tx.Raw("SELECT seq, hash FROM audit_head").Row().Scan(&head.Seq, &head.Hash)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: the number of its last record was removed", audit.ErrBroken)
		}
		if err != nil {
			return fmt.Errorf("read the head of the audit log: %w", fault(err))
		}
		for {
			var rows []auditRow
			// In parts, because the log never shrinks.
			if err := tx.Where("seq > ?", good.Seq).Order("seq").Limit(1000).Find(&rows).Error; err != nil {
				return fmt.Errorf("read audit log: %w", fault(err))
			}
			if len(rows) == 0 {
				break
			}
			for _, row := range rows {
				r := row.record()
				if err := audit.Check(good, r); err != nil {
					return err
				}
				good = r
			}
		}
		if good.Seq != head.Seq || good.Hash != head.Hash {
			return fmt.Errorf("%w: it ends with record %d, and %d were written: records were removed or added",
				audit.ErrBroken, good.Seq, head.Seq)
		}
		return nil
	})
	if err != nil {
		return good, fmt.Errorf("verify audit log: %w", err)
	}
	return good, nil
}

// appendAudit writes the entry at the end of the log. The head's row lock is
// taken last in every transaction, so that it orders them without deadlocks.
func appendAudit(tx *gorm.DB, e audit.Entry, at time.Time) error {
	var detail []byte
	if e.Detail != nil {
		var err error
		if detail, err = json.Marshal(e.Detail); err != nil {
			return fmt.Errorf("encode audit detail of %s: %w", e.Act, err)
		}
	}
	var head audit.Record
	err := tx.Raw("SELECT seq, hash FROM audit_head FOR UPDATE").Row().Scan(&head.Seq, &head.Hash)
	if err != nil {
		return fmt.Errorf("lock the audit log: %w", err)
	}
	r := audit.Seal(head, e, detail, at)
	row := auditRow{Seq: r.Seq, At: r.At, Actor: r.Actor, Act: r.Act, Object: r.Object, Prev: r.Prev, Hash: r.Hash}
	if detail != nil {
		text := string(detail)
		row.Detail = &text
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("append to the audit log: %w", err)
	}
	if err := tx.Exec("UPDATE audit_head SET seq = ?, hash = ?", r.Seq, r.Hash).Error; err != nil {
		return fmt.Errorf("move the head of the audit log: %w", err)
	}
	return nil
}
