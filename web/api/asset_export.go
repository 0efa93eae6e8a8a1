package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/xlsx"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// maxExported bounds an export: a larger one is asked for in parts. It is told,
// never cut.
const maxExported = 200_000

func (s *server) exportAssets(ctx context.Context, in *struct {
	AssetSelection
	Format string `query:"format" enum:"csv,ndjson,xlsx" default:"csv"`
},
) (*file, error) {
	var lines []wire.AssetLine
	err := inventory.Each(func(p inventory.Page) ([]inventory.AssetOverview, string, error) {
		return s.Assets.AssetOverviews(ctx, in.filter(), p)
	}, func(o inventory.AssetOverview) error {
		if len(lines) == maxExported {
			return mistake("filter", "", fmt.Sprintf("selects more than %d assets", maxExported), "export one sector or organisation at a time")
		}
		lines = append(lines, s.assetLine(o))
		return nil
	})
	if err != nil {
		return nil, err
	}
	name := "assets-" + s.Now().UTC().Format(time.DateOnly)
	switch in.Format {
	case "ndjson":
		content, err := ndjson(lines)
		return newFile(name+".ndjson", "application/x-ndjson", content), err
	case "xlsx":
		content, err := assetBook(lines, s.Now())
		return newFile(name+".xlsx", xlsxType, content), err
	}
	content, err := assetCSV(lines)
	return newFile(name+".csv", "text/csv; charset=utf-8", content), err
}

// assetHeadings are the columns of exports. The importer reads them again.
var assetHeadings = []string{
	"id", "org_id", "organization", "sector", "address", "name", "function", "site", "contact", "criticality", "kind", "tags", "sharing",
	"scan_policy", "permit", "deepest", "at_most",
	"open_critical", "open_high", "open_medium", "open_low", "services", "last_scan", "last_answer", "registered", "retired",
}

func assetCells(l wire.AssetLine) []any {
	return []any{
		l.ID, l.OrgID, l.OrgName, l.Sector, l.Address, l.Name, l.Function, l.Site, l.Contact, l.Criticality, l.Kind, strings.Join(l.Tags, ", "), l.Sharing,
		l.Policy.State, l.Policy.PermitID, l.Policy.Level, l.AtMost,
		l.Open.Critical, l.Open.High, l.Open.Medium, l.Open.Low, l.Services,
		l.TestedAt, l.AnsweredAt, l.CreatedAt, l.RetiredAt,
	}
}

func assetCSV(lines []wire.AssetLine) ([]byte, error) {
	var b bytes.Buffer
	out, err := reports.NewCSVStream(&b, assetHeadings)
	for i := 0; err == nil && i < len(lines); i++ {
		err = out.Write(assetCells(lines[i]))
	}
	if err == nil {
		err = out.Flush()
	}
	return b.Bytes(), err
}

func ndjson[T any](lines []T) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, l := range lines {
		if err := enc.Encode(l); err != nil {
			return nil, fmt.Errorf("encode export: %w", err)
		}
	}
	return b.Bytes(), nil
}

func assetBook(lines []wire.AssetLine, at time.Time) ([]byte, error) {
	sheet := xlsx.Sheet{
		Name: "Assets", Header: assetHeadings, Count: len(lines), Row: func(i int) []any { return reports.Cells(assetCells(lines[i])) },
	}
	var b bytes.Buffer
	if err := xlsx.Write(&b, xlsx.Book{Title: "Assets", At: at, Sheets: []xlsx.Sheet{sheet}}); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	return b.Bytes(), nil
}
