package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// The advisory itself is the document; the other columns repeat what is
// looked for.
type advisoryRow struct {
	Num       int64  `gorm:"->;default:(-)"`
	ID        string `gorm:"primaryKey;->;default:(-)"`
	Revision  int
	State     string
	CheckID   string
	Author    string
	Approver  string
	CreatedAt time.Time
	UpdatedAt time.Time                   `gorm:"autoUpdateTime:false"`
	Document  document[advisory.Advisory] `gorm:"type:jsonb"`
}

func (advisoryRow) TableName() string { return "advisories" }

func (r advisoryRow) number() int64 { return r.Num }

func (r advisoryRow) advisory() advisory.Advisory {
	a := r.Document.V
	a.ID = advisory.ID(r.ID)
	return a
}

func advisoryRowOf(a advisory.Advisory) advisoryRow {
	return advisoryRow{
		ID: string(a.ID), Revision: a.Revision, State: string(a.State), CheckID: string(a.Check), Author: a.Author,
		Approver: a.Approver, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Document: document[advisory.Advisory]{a},
	}
}

// CreateAdvisory stores a new draft, whose author is who.
func (s *Store) CreateAdvisory(ctx context.Context, who string, a advisory.Advisory) (advisory.Advisory, error) {
	now := s.now()
	a.ID, a.Revision, a.State, a.Author, a.Approver, a.ApprovedAt = "", 1, advisory.Draft, who, "", nil
	a.Editors, a.LegalBy, a.LegalAt = []string{}, "", nil
	a.CreatedAt, a.UpdatedAt = now, now
	row := advisoryRowOf(a)
	entry := audit.Entry{Actor: who, Act: "advisory.create", Detail: map[string]any{"check": a.Check, "tlp": a.TLP}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		a = row.advisory()
		// The document names itself too; the id is known only now.
		if err := tx.Exec("UPDATE advisories SET document = ? WHERE id = ?", document[advisory.Advisory]{a}, a.ID).Error; err != nil {
			return err
		}
		return keepRevision(tx, a, now)
	})
	if err != nil {
		return advisory.Advisory{}, fmt.Errorf("create advisory about %s: %w", a.Check, err)
	}
	return a, nil
}

// Advisory finds one, as it stands.
func (s *Store) Advisory(ctx context.Context, id advisory.ID) (advisory.Advisory, error) {
	row, err := one[advisoryRow](s.read(ctx).Where("id = ?", id), "advisory", id)
	if err != nil {
		return advisory.Advisory{}, err
	}
	return row.advisory(), nil
}

// Advisories lists those that f selects, newest first.
func (s *Store) Advisories(ctx context.Context, f advisory.Filter, p inventory.Page) ([]advisory.Advisory, string, error) {
	q := s.read(ctx)
	q = given(q, "state = ?", f.State)
	q = given(q, "check_id = ?", f.Check)
	q = given(q, "document->>'tlp' = ?", f.TLP)
	if f.Interim {
		q = q.Where("document->'interim' = 'true'")
	}
	rows, next, err := page[advisoryRow](q, listing{name: "advisories", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list advisories: %w", err)
	}
	return mapped(rows, advisoryRow.advisory), next, nil
}

// keepRevision adds a state of an advisory to what is never changed.
func keepRevision(tx *gorm.DB, a advisory.Advisory, at time.Time) error {
	err := tx.Exec("INSERT INTO advisory_revisions (advisory_id, revision, state, at, document) VALUES (?, ?, ?, ?, ?)",
		a.ID, a.Revision, a.State, at, document[advisory.Advisory]{a}).Error
	if err != nil {
		return fmt.Errorf("keep revision %d of advisory %s: %w", a.Revision, a.ID, err)
	}
	return nil
}
