package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
)

type editionRow struct {
	Num            int64 `gorm:"primaryKey;->;default:(-)"`
	ID             string
	RunID          string
	Week           string
	Kind           string
	OrgID          *inventory.OrganizationID
	Sector         string
	Revision       int
	Because        string
	Latest         bool
	State          string
	Rendering      int
	Printed        string
	Problem        string
	Attempts       int
	Flags          list[run.Flag]
	Accepted       list[run.Flag]
	Facts          document[run.Facts]
	Note           string
	Version        int
	CreatedAt      time.Time
	MadeAt         *time.Time
	CheckedBy      string
	HeldBy         string
	HeldFor        string
	ApprovedBy     string
	ApprovedAt     *time.Time
	SentBy         string
	SentAt         *time.Time
	OpenedAt       *time.Time
	AcknowledgedBy string
	AcknowledgedAt *time.Time

	// Of other tables.
	OrgName string    `gorm:"->"`
	FromAt  time.Time `gorm:"->"`
	ToAt    time.Time `gorm:"->"`
}

func (editionRow) TableName() string { return "report_editions" }

func (r editionRow) number() int64 { return r.Num }

func (r editionRow) edition() run.Edition {
	return run.Edition{
		Num: r.Num, ID: run.EditionID(r.ID), Run: run.RunID(r.RunID), Kind: run.Kind(r.Kind), Org: value(r.OrgID), OrgName: r.OrgName,
		Sector: inventory.Sector(r.Sector), Week: r.Week, From: r.FromAt.UTC(), To: r.ToAt.UTC(), Revision: r.Revision, Because: r.Because,
		Latest: r.Latest, State: run.State(r.State), Flags: r.Flags, Accepted: r.Accepted, Facts: r.Facts.V, Problem: r.Problem, Attempts: r.Attempts,
		Printed: run.Printed(r.Printed), Note: r.Note, Version: r.Version, MadeAt: utc(r.MadeAt), CheckedBy: r.CheckedBy, HeldBy: r.HeldBy,
		HeldFor: r.HeldFor, ApprovedBy: r.ApprovedBy, ApprovedAt: utc(r.ApprovedAt), SentBy: r.SentBy, SentAt: utc(r.SentAt),
		OpenedAt: utc(r.OpenedAt), AcknowledgedBy: r.AcknowledgedBy, AcknowledgedAt: utc(r.AcknowledgedAt),
	}
}

// editions selects editions with what other tables say of them.
func editions(tx *gorm.DB) *gorm.DB {
	return tx.Table("report_editions e").
		Select("e.*, coalesce(o.name, '') AS org_name, r.from_at, r.to_at").
		Joins("JOIN report_runs r ON r.id = e.run_id").Joins("LEFT JOIN organizations o ON o.id = e.org_id")
}

// Editions lists those that the filter selects, newest first.
func (s *Store) Editions(ctx context.Context, f run.Filter, p inventory.Page) ([]run.Edition, string, error) {
	q := filterEditions(editions(s.read(ctx)), f)
	rows, next, err := page[editionRow](q, listing{name: "reports", column: "e.num", newestFirst: true}, p)
	if err != nil {
		return nil, "", fmt.Errorf("list editions: %w", err)
	}
	return mapped(rows, editionRow.edition), next, nil
}

func filterEditions(q *gorm.DB, f run.Filter) *gorm.DB {
	for column, v := range map[string]string{
		"e.run_id": string(f.Run), "e.week": f.Week, "e.kind": string(f.Kind), "e.org_id": string(f.Org), "e.sector": string(f.Sector),
	} {
		if v != "" {
			q = q.Where(column+" = ?", v)
		}
	}
	if len(f.States) > 0 {
		q = q.Where("e.state = ANY(?)", words(f.States))
	}
	switch f.Flag {
	case "":
	case run.AnyFlag:
		q = q.Where("e.flagged")
	default:
		q = q.Where("e.flags @> jsonb_build_array(?::text)", f.Flag)
	}
	if f.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Text)) + "%"
		q = q.Where("lower(o.name) LIKE ? OR lower(e.id) LIKE ?", like, like)
	}
	if !f.Outdated {
		q = q.Where("e.latest")
	}
	return q
}

// Edition returns one with its files and deliveries.
func (s *Store) Edition(ctx context.Context, id run.EditionID) (run.Edition, error) {
	row, err := one[editionRow](editions(s.read(ctx)).Where("e.id = ?", id), "report", id)
	if err != nil {
		return run.Edition{}, err
	}
	e := row.edition()
	if e.Files, err = s.editionFiles(ctx, row); err != nil {
		return run.Edition{}, err
	}
	var deliveries []reportDeliveryRow
	if err := s.read(ctx).Where("edition = ?", row.Num).Order("num").Find(&deliveries).Error; err != nil {
		return run.Edition{}, fmt.Errorf("list deliveries of report %s: %w", id, fault(err))
	}
	for _, d := range deliveries {
		delivery := d.delivery()
		delivery.Edition = e.ID
		e.Deliveries = append(e.Deliveries, delivery)
	}
	return e, nil
}

type reportFileRow struct {
	Edition   int64
	Rendering int
	Position  int
	OrgID     *inventory.OrganizationID
	Name      string
	MediaType string
	Language  string
	Size      int64
	SHA256    string `gorm:"column:sha256"`
	Proof     bool
}

func (reportFileRow) TableName() string { return "report_files" }

func (s *Store) editionFiles(ctx context.Context, row editionRow) ([]run.File, error) {
	var files []reportFileRow
	if err := s.read(ctx).Where("edition = ? AND rendering = ?", row.Num, row.Rendering).Order("position").Find(&files).Error; err != nil {
		return nil, fmt.Errorf("list files of report %s: %w", row.ID, fault(err))
	}
	return mapped(files, reportFileRow.file), nil
}

func (f reportFileRow) file() run.File {
	return run.File{Name: f.Name, MediaType: f.MediaType, Language: f.Language, Size: int(f.Size), SHA256: f.SHA256, Proof: f.Proof}
}

// EditionFile returns the bytes of a file as they were made.
func (s *Store) EditionFile(ctx context.Context, id run.EditionID, name string) (run.File, []byte, error) {
	var rows []struct {
		File  reportFileRow `gorm:"embedded"` // gorm passes over what is embedded and not exported
		Bytes []byte
	}
	err := s.read(ctx).Raw(`SELECT f.*, b.bytes FROM report_editions e
		JOIN report_files f ON f.edition = e.num AND f.rendering = e.rendering JOIN report_bytes b ON b.sha256 = f.sha256
		WHERE e.id = ? AND f.name = ?`, id, name).Scan(&rows).Error
	if err != nil {
		return run.File{}, nil, fmt.Errorf("read file %s of report %s: %w", name, id, fault(err))
	}
	if len(rows) == 0 {
		return run.File{}, nil, missing("file", name)
	}
	return rows[0].File.file(), rows[0].Bytes, nil
}
