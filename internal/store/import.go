package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

type importRow struct {
	Num       int64  `gorm:"->;default:(-)"`
	ID        string `gorm:"primaryKey;->;default:(-)"`
	OrgID     string
	State     string
	Name      string
	Content   []byte
	Pasted    bool
	Format    string
	Sheet     string
	Headers   list[inventory.ImportHeader]            `gorm:"type:jsonb"`
	Sheets    list[string]                            `gorm:"type:jsonb"`
	Notes     list[string]                            `gorm:"type:jsonb"`
	Counts    document[map[inventory.ImportClass]int] `gorm:"type:jsonb"`
	CreatedBy string
	CreatedAt time.Time
	ExpiresAt time.Time
	DoneBy    string
	DoneAt    *time.Time
	UndoneBy  string
	UndoneAt  *time.Time
}

func (importRow) TableName() string { return "imports" }

func (r importRow) number() int64 { return r.Num }

func (r importRow) imported() inventory.Import {
	return inventory.Import{
		ID: inventory.ImportID(r.ID), Org: inventory.OrganizationID(r.OrgID), State: inventory.ImportState(r.State), Name: r.Name,
		Pasted: r.Pasted, Format: r.Format, Sheet: r.Sheet, Sheets: r.Sheets, Headers: r.Headers, Notes: r.Notes, Counts: r.Counts.V,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(),
		DoneBy: r.DoneBy, DoneAt: utc(r.DoneAt), UndoneBy: r.UndoneBy, UndoneAt: utc(r.UndoneAt),
	}
}

type importLineRow struct {
	ImportID string
	Position int
	OrgID    string
	Line     int
	Class    string
	Address  string
	Row      document[inventory.ImportSays] `gorm:"type:jsonb"`
	AssetID  *string
	Was      *document[change] `gorm:"type:jsonb"`
}

func (importLineRow) TableName() string { return "import_rows" }

func (r importLineRow) number() int64 { return int64(r.Position) }

func (r importLineRow) row() inventory.ImportRow {
	return inventory.ImportRow{
		Position: r.Position, Line: r.Line, Class: inventory.ImportClass(r.Class), Address: r.Address,
		Asset: inventory.AssetID(value(r.AssetID)), Says: r.Row.V,
	}
}

// maxDrafts is how many files may wait for a decision about them, of one
// organisation.
const maxDrafts = 20

// CreateImport keeps a file with what its rows would do, until somebody decides
// or it expires.
func (s *Store) CreateImport(ctx context.Context, who string, i inventory.Import, content []byte, rows []inventory.ImportRow) (inventory.Import, error) {
	now := s.now()
	row := importRow{
		OrgID: string(i.Org), State: string(inventory.ImportDraft), Name: i.Name, Content: content, Pasted: i.Pasted, Format: i.Format,
		CreatedBy: who, CreatedAt: now, ExpiresAt: now.Add(inventory.ImportDraftFor),
	}
	row.understood(i)
	entry := audit.Entry{Actor: who, Act: "import.draft"}
	err := s.tx(ctx, entry, func(tx *gorm.DB, entry *audit.Entry) error {
		// Nothing else clears drafts away, and whoever adds one may wait.
		if err := tx.Exec("DELETE FROM imports WHERE state = 'draft' AND expires_at <= ?", now).Error; err != nil {
			return err
		}
		var waiting int
		if err := tx.Raw("SELECT count(*) FROM imports WHERE state = 'draft' AND org_id = ?", i.Org).Scan(&waiting).Error; err != nil {
			return err
		}
		if waiting >= maxDrafts {
			return fmt.Errorf("%d files wait for a decision: drop some, or import them: %w", waiting, inventory.ErrConflict)
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		entry.Object = row.ID
		entry.Detail = map[string]any{"org": i.Org, "name": i.Name, "counts": i.Counts}
		return insertImportRows(tx, row, rows)
	})
	if err != nil {
		return inventory.Import{}, fmt.Errorf("keep file %q: %w", i.Name, err)
	}
	return row.imported(), nil
}

// understood sets how a file was read.
func (r *importRow) understood(i inventory.Import) {
	r.Sheet, r.Sheets, r.Headers, r.Notes, r.Counts.V = i.Sheet, i.Sheets, i.Headers, i.Notes, i.Counts
}

func insertImportRows(tx *gorm.DB, i importRow, rows []inventory.ImportRow) error {
	if len(rows) == 0 {
		return nil
	}
	lines := make([]importLineRow, len(rows))
	for n, r := range rows {
		lines[n] = importLineRow{
			ImportID: i.ID, Position: n + 1, OrgID: i.OrgID, Line: r.Line, Class: string(r.Class), Address: r.Address,
			Row: document[inventory.ImportSays]{r.Says}, AssetID: optional(string(r.Asset)),
		}
	}
	return tx.CreateInBatches(lines, 1000).Error
}

// ReplaceImport keeps another reading of a draft's file.
func (s *Store) ReplaceImport(ctx context.Context, who string, i inventory.Import, rows []inventory.ImportRow) (inventory.Import, error) {
	var row importRow
	entry := audit.Entry{Actor: who, Act: "import.map", Object: string(i.ID), Detail: map[string]any{"fields": fieldsOf(i.Headers), "sheet": i.Sheet}}
	err := s.tx(ctx, entry, func(tx *gorm.DB, _ *audit.Entry) error {
		var err error
		if row, err = lockDraft(tx, i.ID, s.now()); err != nil {
			return err
		}
		row.understood(i)
		err = tx.Exec("UPDATE imports SET sheet = ?, sheets = ?, headers = ?, notes = ?, counts = ? WHERE id = ?",
			row.Sheet, row.Sheets, row.Headers, row.Notes, row.Counts, row.ID).Error
		if err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM import_rows WHERE import_id = ?", row.ID).Error; err != nil {
			return err
		}
		return insertImportRows(tx, row, rows)
	})
	if err != nil {
		return inventory.Import{}, fmt.Errorf("read %s anew: %w", i.ID, err)
	}
	return row.imported(), nil
}

// saveMapping keeps how an import that became true understood the columns of
// its file, for the next one with the same headings.
func saveMapping(tx *gorm.DB, row importRow, now time.Time) error {
	if row.Pasted || row.Format != "" {
		return nil
	}
	return tx.Exec(`
		INSERT INTO import_mappings (org_id, headings, fields, saved_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (org_id, headings) DO UPDATE SET fields = excluded.fields, saved_at = excluded.saved_at`,
		row.OrgID, headings(row.Headers), document[map[string]string]{fieldsOf(row.Headers)}, now).Error
}

func fieldsOf(headers []inventory.ImportHeader) map[string]string {
	out := make(map[string]string, len(headers))
	for _, h := range headers {
		out[h.Column] = h.Field
	}
	return out
}

// headings names a row of headings.
func headings(all []inventory.ImportHeader) string {
	texts := make([]string, len(all))
	for i, h := range all {
		texts[i] = strings.ToLower(h.Text)
	}
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x1f")))
	return hex.EncodeToString(sum[:])
}

// ImportMapping returns how the columns of an organisation's last import with
// these headings were understood, and when that was; nil when there was none.
func (s *Store) ImportMapping(ctx context.Context, org inventory.OrganizationID, headers []inventory.ImportHeader) (map[string]string, time.Time, error) {
	var rows []struct {
		Fields  document[map[string]string]
		SavedAt time.Time
	}
	err := s.read(ctx).Raw("SELECT fields, saved_at FROM import_mappings WHERE org_id = ? AND headings = ?", org, headings(headers)).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, time.Time{}, fault(err)
	}
	return rows[0].Fields.V, rows[0].SavedAt.UTC(), nil
}

// lockDraft finds a draft and keeps others from it.
func lockDraft(tx *gorm.DB, id inventory.ImportID, now time.Time) (importRow, error) {
	row, err := one[importRow](tx.Raw("SELECT * FROM imports WHERE id = ? FOR UPDATE", id), "import", id)
	switch {
	case err != nil:
		return row, err
	case row.State != string(inventory.ImportDraft):
		return row, fmt.Errorf("it is %s already: %w", row.State, inventory.ErrConflict)
	case !now.Before(row.ExpiresAt):
		return row, fmt.Errorf("the file was kept for a day and is gone; upload it again: %w", inventory.ErrConflict)
	}
	return row, nil
}

// AssetImport finds an import.
func (s *Store) AssetImport(ctx context.Context, id inventory.ImportID) (inventory.Import, error) {
	row, err := one[importRow](s.read(ctx).Omit("content").Where("id = ?", id), "import", id)
	if err != nil {
		return inventory.Import{}, err
	}
	return row.imported(), nil
}

// ImportContent returns a draft's file.
func (s *Store) ImportContent(ctx context.Context, id inventory.ImportID) ([]byte, error) {
	row, err := one[struct{ Content []byte }](s.read(ctx).Raw("SELECT content FROM imports WHERE id = ? AND state = 'draft'", id), "file of import", id)
	return row.Content, err
}

// Imports lists an organisation's, or with "" everybody's, the newest first.
// Drafts that have expired are left out.
func (s *Store) Imports(ctx context.Context, org inventory.OrganizationID, p inventory.Page) ([]inventory.Import, string, error) {
	q := s.read(ctx).Omit("content").Where("(state <> 'draft' OR expires_at > ?)", s.now())
	q = given(q, "org_id = ?", org)
	rows, next, err := page[importRow](q, listing{name: "imports", column: "num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list imports: %w", err)
	}
	return mapped(rows, importRow.imported), next, nil
}

// ImportRows lists the rows of an import, of one class or with "" of all, in
// the order of the file.
func (s *Store) ImportRows(ctx context.Context, id inventory.ImportID, class inventory.ImportClass, p inventory.Page) ([]inventory.ImportRow, string, error) {
	q := s.read(ctx).Where("import_id = ?", id)
	q = given(q, "class = ?", class)
	rows, next, err := page[importLineRow](q, listing{name: "rows-" + string(id), column: "position"}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list rows of %s: %w", id, err)
	}
	return mapped(rows, importLineRow.row), next, nil
}

// DropImport throws a draft away.
func (s *Store) DropImport(ctx context.Context, who string, id inventory.ImportID) error {
	err := s.tx(ctx, audit.Entry{Actor: who, Act: "import.drop", Object: string(id)}, func(tx *gorm.DB, _ *audit.Entry) error {
		if _, err := lockDraft(tx, id, s.now()); err != nil {
			return err
		}
		return tx.Exec("DELETE FROM imports WHERE id = ?", id).Error
	})
	if err != nil {
		return fmt.Errorf("drop %s: %w", id, err)
	}
	return nil
}
