package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports"
	"github.com/ciiscan/ciiscan/reports/xlsx"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// mostInWorkbook is how many findings a workbook takes: it is made in memory.
const mostInWorkbook = 50_000

func (s *server) registerFindingExport() {
	handle(s, "export-findings", "GET /findings/export", "Give out all findings that a filter selects", s.exportFindings,
		answersFile("text/csv", "application/x-ndjson", xlsxType))
}

// exportColumns are the columns of a table of findings, as reports name them.
var exportColumns = []struct {
	name  string
	value func(wire.Finding) any
}{
	{"id", func(f wire.Finding) any { return f.ID }},
	{"severity", func(f wire.Finding) any { return f.Severity }},
	{"title", func(f wire.Finding) any { return f.Title }},
	{"cve", func(f wire.Finding) any { return strings.Join(f.CVEs, " ") }},
	{"known_exploited", func(f wire.Finding) any { return f.KEV }},
	{"ransomware_exploited", func(f wire.Finding) any { return f.Ransomware }},
	{"epss", func(f wire.Finding) any { return strconv.FormatFloat(f.EPSS, 'f', -1, 64) }},
	{"cvss_base_score", func(f wire.Finding) any { return cvssCell(f.CVSS) }},
	{"cvss_vector", func(f wire.Finding) any { return f.CVSSVector }},
	{"ssvc", func(f wire.Finding) any { return f.Decision }},
	{"due_date", func(f wire.Finding) any { return f.DueAt }},
	{"organization_id", func(f wire.Finding) any { return f.OrgID }},
	{"organization", func(f wire.Finding) any { return f.OrgName }},
	{"sector", func(f wire.Finding) any { return f.Sector }},
	{"asset_id", func(f wire.Finding) any { return f.AssetID }},
	{"asset", func(f wire.Finding) any { return f.AssetName }},
	{"asset_class", func(f wire.Finding) any { return f.AssetClass }},
	{"ip", func(f wire.Finding) any { return f.Address }},
	{"port", func(f wire.Finding) any { return f.Port }},
	{"protocol", func(f wire.Finding) any { return f.Transport }},
	{"hostname", func(f wire.Finding) any { return f.Hostname }},
	{"check", func(f wire.Finding) any { return f.Check }},
	{"source", func(f wire.Finding) any { return f.Source }},
	{"detection", func(f wire.Finding) any { return f.Detection }},
	{"work", func(f wire.Finding) any { return f.Work }},
	{"waiver", func(f wire.Finding) any { return f.Waiver }},
	{"answer", func(f wire.Finding) any { return f.Answer }},
	{"promised", func(f wire.Finding) any { return f.PromisedAt }},
	{"dispute", func(f wire.Finding) any { return f.Dispute }},
	{"assignee", func(f wire.Finding) any { return f.Assignee }},
	{"tags", func(f wire.Finding) any { return strings.Join(f.Tags, " ") }},
	{"first_seen", func(f wire.Finding) any { return f.FirstSeen }},
	{"last_seen", func(f wire.Finding) any { return f.LastSeen }},
	{"last_tested", func(f wire.Finding) any { return f.LastTested }},
	{"closed", func(f wire.Finding) any { return f.ClosedAt }},
	{"evidence_id", func(f wire.Finding) any { return f.EvidenceID }},
}

// cvssCell is a score as people write it; nobody's is empty.
func cvssCell(score float64) string {
	if score == 0 {
		return ""
	}
	return strconv.FormatFloat(score, 'f', 1, 64)
}

func exportRow(f wire.Finding) []any {
	row := make([]any, len(exportColumns))
	for i, c := range exportColumns {
		row[i] = c.value(f)
	}
	return row
}

func exportNames() []string {
	var names []string
	for _, c := range exportColumns {
		names = append(names, c.name)
	}
	return names
}

func (s *server) exportFindings(ctx context.Context, in *struct {
	FindingSelection
	Format string `query:"format" enum:"csv,ndjson,xlsx" default:"csv"`
},
) (*huma.StreamResponse, error) {
	f, err := s.findingFilter(ctx, &in.FindingSelection)
	if err != nil {
		return nil, err
	}
	// What the filter cannot mean is said before the file begins.
	if _, err := s.Findings.CountFindings(ctx, f, 1); err != nil {
		return nil, err
	}
	name := "findings-" + s.Now().UTC().Format("20060102-150405")
	switch in.Format {
	case "xlsx":
		book, err := s.workbook(ctx, f, &in.FindingSelection)
		if err != nil {
			return nil, err
		}
		return stream(xlsxType, name+".xlsx", func(w io.Writer) { _, _ = w.Write(book) }), nil // the client has gone
	case "ndjson":
		return stream("application/x-ndjson", name+".ndjson", func(w io.Writer) {
			out := json.NewEncoder(w)
			s.exported(ctx, f, in.Format, func(line wire.Finding) error { return out.Encode(line) })
		}), nil
	}
	return stream("text/csv; charset=utf-8", name+".csv", func(w io.Writer) {
		out, err := reports.NewCSVStream(w, exportNames())
		if err != nil {
			return // the client has gone
		}
		s.exported(ctx, f, in.Format, func(line wire.Finding) error { return out.Write(exportRow(line)) })
		_ = out.Flush() // likewise
	}), nil
}

// exported gives each line to write. A file that can not be finished is cut
// off where the client notices: in mid-transfer.
func (s *server) exported(ctx context.Context, f inventory.FindingFilter, form string, write func(wire.Finding) error) {
	each := lineFor(ctx)
	err := s.Handling.ExportFindings(ctx, who(ctx), f, form, func(part []inventory.FindingLine) error {
		for _, l := range part {
			if err := write(each(l)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.logFault(ctx, err)
		panic(http.ErrAbortHandler)
	}
}

// workbook makes a file with a sheet of the findings, and one that tells what
// they are.
func (s *server) workbook(ctx context.Context, f inventory.FindingFilter, asked *FindingSelection) ([]byte, error) {
	n, err := s.Findings.CountFindings(ctx, f, mostInWorkbook)
	if err != nil {
		return nil, err
	}
	if n.More {
		return nil, mistake("format", "xlsx", fmt.Sprintf("more than %d findings match, too many for a workbook", mostInWorkbook),
			"narrow the filter, or take CSV, which has no limit")
	}
	var rows [][]any
	each := lineFor(ctx)
	err = s.Handling.ExportFindings(ctx, who(ctx), f, "xlsx", func(part []inventory.FindingLine) error {
		for _, l := range part {
			rows = append(rows, reports.Cells(exportRow(each(l))))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	widths := make([]float64, len(exportColumns))
	for i := range widths {
		widths[i] = 16
	}
	var b bytes.Buffer
	at := s.Now()
	about := append([][]any{{xlsx.Heading("Findings"), len(rows)}, {xlsx.Heading("Made"), at.UTC()}, {xlsx.Heading("By"), who(ctx)}, {}}, asked.rows()...)
	err = xlsx.Write(&b, xlsx.Book{Title: "Findings", Subject: "Findings", At: at, Sheets: []xlsx.Sheet{
		{Name: "findings", Widths: widths, Header: exportNames(), Count: len(rows), Row: func(i int) []any { return rows[i] }},
		{Name: "about", Widths: []float64{24, 60}, Count: len(about), Row: func(i int) []any { return about[i] }},
	}})
	return b.Bytes(), err
}

// rows are the filters that are asked for, by their names in an address.
func (f *FindingSelection) rows() [][]any {
	out := [][]any{{xlsx.Heading("Filter"), xlsx.Heading("Value")}}
	v := reflect.ValueOf(f).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("query"), ",")
		if field := v.Field(i); !field.IsZero() {
			out = append(out, reports.Cells([]any{name, strings.Trim(fmt.Sprint(field.Interface()), "[]")}))
		}
	}
	return out
}

// stream answers with a file as it is made.
func stream(contentType, name string, write func(io.Writer)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", contentType)
		ctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		ctx.SetStatus(http.StatusOK)
		write(ctx.BodyWriter())
	}}
}
