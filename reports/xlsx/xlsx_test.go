package xlsx

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

var noon = time.Date(2026, 11, 22, 12, 30, 15, 0, time.FixedZone("", 5*3600+1800))

// texts are what a program must show as it is: some look like formulas, some
// like the format's own way to write characters.
var texts = []string{"plain", "=1+1", "+1", "-1", "@SUM(A1)", "  two  spaces ", "_x202E_", "_x003D_1+1", `<b>&"'`, "ธนาคาร", "007", "1e5", "TRUE", "2026-11-22"}

func book() Book {
	return Book{Title: "A book", Subject: "B-1", At: noon, Sheets: []Sheet{
		{Name: "Read me", Widths: []float64{20, 40}, Count: 3, Row: func(i int) []any {
			return [][]any{{Title("Cover")}, {}, {Heading("Number"), 7}}[i]
		}},
		{Name: "rows", Widths: []float64{10, 10, 20}, Header: []string{"text", "number", "moment"}, Count: len(texts), Row: func(i int) []any {
			return []any{texts[i], i, noon}
		}},
		{Name: "nothing", Header: []string{"text"}},
	}}
}

func encode(t *testing.T, b Book, limit int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, b, limit); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func open(t *testing.T, data []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestReadBack(t *testing.T) {
	f := open(t, encode(t, book(), maxRows))
	if got, want := f.GetSheetList(), []string{"Read me", "rows", "nothing"}; !slices.Equal(got, want) {
		t.Errorf("sheets = %q, want %q", got, want)
	}
	if v, err := f.GetCellValue("Read me", "B3"); v != "7" || err != nil {
		t.Errorf("the cover's number = %q, %v", v, err)
	}
	for i, want := range texts {
		cell := fmt.Sprintf("A%d", i+2)
		got, err := f.GetCellValue("rows", cell)
		kind, err2 := f.GetCellType("rows", cell)
		formula, err3 := f.GetCellFormula("rows", cell)
		if got != want || kind != excelize.CellTypeInlineString || formula != "" || err != nil || err2 != nil || err3 != nil {
			t.Errorf("text %q is %q of type %v, formula %q: %v %v %v", want, got, kind, formula, err, err2, err3)
		}
		id, err := f.GetCellStyle("rows", cell)
		if err != nil {
			t.Fatal(err)
		}
		if style, err := f.GetStyle(id); err != nil || style.NumFmt != asText {
			t.Errorf("text %q would become something else when it is edited: %v, %v", want, style, err)
		}
	}
	if got, err := f.GetCellValue("rows", "C2"); got != "2026-11-22 07:00:15" || err != nil {
		t.Errorf("the moment reads %q, %v; want it in UTC", got, err)
	}
	panes, err := f.GetPanes("rows")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes = %+v, %v", panes, err)
	}
	if width, err := f.GetColWidth("rows", "C"); width != 20 || err != nil {
		t.Errorf("width = %v, %v", width, err)
	}
	names := f.GetDefinedName()
	if len(names) != 2 || names[0].RefersTo != fmt.Sprintf("'rows'!$A$1:$C$%d", len(texts)+1) && names[0].RefersTo != fmt.Sprintf("rows!$A$1:$C$%d", len(texts)+1) {
		t.Errorf("filters = %+v", names)
	}
	if p, err := f.GetDocProps(); err != nil || p.Title != "A book" || p.Created != "2026-11-22T07:00:15Z" || p.Modified != p.Created {
		t.Errorf("properties = %+v, %v", p, err)
	}
}

func TestSameBytes(t *testing.T) {
	first := encode(t, book(), maxRows)
	for range 20 {
		if !bytes.Equal(first, encode(t, book(), maxRows)) {
			t.Fatal("the same book gives other bytes")
		}
	}
}

func TestLongSheetGoesOn(t *testing.T) {
	f := open(t, encode(t, book(), 6))
	want := []string{"Read me", "rows", "rows 2", "rows 3", "nothing"} // 14 rows, five on a sheet
	if got := f.GetSheetList(); !slices.Equal(got, want) {
		t.Fatalf("sheets = %q, want %q", got, want)
	}
	var got []string
	for _, sheet := range want[1:4] {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		if rows[0][0] != "text" {
			t.Errorf("%s has no header", sheet)
		}
		for _, row := range rows[1:] {
			got = append(got, row[0])
		}
	}
	if !slices.Equal(got, texts) {
		t.Errorf("rows = %q", got)
	}
}

func TestRefuses(t *testing.T) {
	for reason, change := range map[string]func(*Sheet){
		"a type of its own": func(s *Sheet) { s.Row = func(int) []any { return []any{1.5} } },
		"a bad name":        func(s *Sheet) { s.Name = "a/b" },
	} {
		b := book()
		change(&b.Sheets[1])
		if err := Write(&bytes.Buffer{}, b); err == nil {
			t.Errorf("Write with %s says nothing", reason)
		}
	}
}
