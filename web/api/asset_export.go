package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
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
		instant(l.TestedAt), instant(l.AnsweredAt), instant(&l.CreatedAt), instant(l.RetiredAt),
	}
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func assetCSV(lines []wire.AssetLine) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff") // or spreadsheets take the region's scripts for Windows-1252
	w := csv.NewWriter(&b)
	if err := w.Write(assetHeadings); err != nil {
		return nil, err
	}
	for _, l := range lines {
		var row []string
		for _, cell := range assetCells(l) {
			row = append(row, csvCell(cell))
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// csvCell disarms text that a spreadsheet would run.
func csvCell(v any) string {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v)
	case string:
		if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
			return "'" + v
		}
		return v
	}
	return fmt.Sprint(v)
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
		Name: "Assets", Header: assetHeadings, Count: len(lines), Row: func(i int) []any { return assetCells(lines[i]) },
	}
	var b bytes.Buffer
	if err := xlsx.Write(&b, xlsx.Book{Title: "Assets", At: at, Sheets: []xlsx.Sheet{sheet}}); err != nil {
		return nil, fmt.Errorf("write workbook: %w", err)
	}
	return b.Bytes(), nil
}
