package importer

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// workbook makes an XLSX of sheets of rows; change, if any, has the last word.
func workbook(t testing.TB, sheets map[string][][]any, order []string, change func(*excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, name := range order {
		var err error
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		for r, row := range sheets[name] {
			err = errors.Join(err, f.SetSheetRow(name, fmt.Sprintf("A%d", r+1), &row))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		if err := change(f); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkbook(t *testing.T) {
	b := workbook(t, map[string][][]any{
		"Read me": {{"How to fill this in"}, {"One row for each asset"}},
		"Assets": {
			{"Assets of Lanka Power"},
			{},
			{"Site", "IP Address", "Asset Name", "Criticality", "IT/OT"},
			{"Colombo", "192.0.2.7", "gate", "high", "OT"},
			{nil, "192.0.2.8", 42, nil, nil},
			{"Kandy", nil, "no address", nil, nil},
			{"Kandy", "192.0.2.16-31", nil, nil, nil},
			{},
			{"Prepared by the SOC, call with questions"},
		},
	}, []string{"Read me", "Assets"}, func(f *excelize.File) error {
		return errors.Join(
			f.MergeCell("Assets", "A1", "E1"), // a title
			f.MergeCell("Assets", "A4", "A5"), // one site for two rows
			f.SetCellFormula("Assets", "C7", `=CONCATENATE("a","b")`),
		)
	})
	got, err := Read("assets.xlsx", bytes.NewReader(b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{
		"4 192.0.2.7 gate/Colombo/high/ot/",
		"5 192.0.2.8 42/Colombo/medium/it/",
		"7 192.0.2.16/28 /Kandy/medium/it/",
	}, brief(got.Rows)); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"row 6, column B (IP Address): missing"}, messages(got.Errors)); d != "" {
		t.Errorf("errors (-want +got):\n%s", d)
	}
	notes := strings.Join(got.Notes, "\n")
	for _, want := range []string{`only the sheet "Assets" was read, of 2`, "row 9 was skipped"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
}

func TestChosenSheet(t *testing.T) {
	b := workbook(t, map[string][][]any{"A": {{"ip"}, {"192.0.2.1"}}, "B": {{"ip"}, {"192.0.2.2"}}}, []string{"A", "B"}, nil)
	got, err := Read("x", bytes.NewReader(b), Options{Sheet: "B"})
	if err != nil || cmp.Diff([]string{"2 192.0.2.2 //medium/it/"}, brief(got.Rows)) != "" {
		t.Errorf("sheet B holds %v, %v", brief(got.Rows), err)
	}
	_, err = Read("x", bytes.NewReader(b), Options{Sheet: "C"})
	if err == nil || !strings.Contains(err.Error(), `no sheet "C"`) || !strings.Contains(inventory.HintOf(err), "A, B") {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// replacePart returns the workbook with one part's text changed.
func replacePart(t testing.TB, book []byte, part string, change func(string) string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(rc); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = b.String()
	}
	if _, ok := files[part]; !ok {
		t.Fatalf("workbook has no part %s", part)
	}
	files[part] = change(files[part])
	return zipOf(t, files)
}

const sheetPart = "xl/worksheets/sheet1.xml"

func TestUnreadableWorkbook(t *testing.T) {
	good := workbook(t, map[string][][]any{"A": {{"ip"}, {"192.0.2.1"}}}, []string{"A"}, nil)
	manyWide := strings.Repeat(`<row><c r="XFD1"><v>1</v></c></row>`, 100)
	bomb := zipOf(t, map[string]string{"xl/workbook.xml": strings.Repeat(" ", maxUnpacked+1)})
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"cut short":                     {good[:len(good)/2], "damaged"},
		"another zip":                   {zipOf(t, map[string]string{"holiday.jpg": "x"}), "unreadable file"},
		"OpenDocument":                  {zipOf(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "unreadable file"},
		"empty sheet":                   {workbook(t, nil, []string{"A"}, nil), "no rows"},
		"no addresses":                  {workbook(t, map[string][][]any{"A": {{"name"}, {"gate"}}}, []string{"A"}, nil), "no column of addresses"},
		"zip bomb":                      {bomb, "unpacks to more than"},
		"bomb that lies about its size": {lie(bomb), "unreadable file"},
		"wide rows": {replacePart(t, good, sheetPart, func(s string) string {
			return strings.Replace(s, "</sheetData>", manyWide+"</sheetData>", 1)
		}), "more than 1000 columns"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read("assets.xlsx", bytes.NewReader(c.b), Options{})
			if !errors.Is(err, inventory.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Read = %v, %v; want ErrInvalid with %q", brief(got.Rows), err, c.want)
			}
			if inventory.HintOf(err) == "" {
				t.Errorf("%v has no hint", err)
			}
		})
	}
}

// lie sets the unpacked size of the archive's only file to 100 bytes.
func lie(b []byte) []byte {
	b = bytes.Clone(b)
	directory := bytes.LastIndex(b, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(b[directory+24:], 100)
	return b
}

func FuzzXLSX(f *testing.F) {
	f.Add(workbook(f, map[string][][]any{"A": {{"ip", "name"}, {"192.0.2.1", "x"}}}, []string{"A"}, nil))
	f.Add(workbook(f, map[string][][]any{"A": {{"IP Address", "Site"}, {"192.0.2.1-9", "Colombo"}, {"192.0.2.77", nil}}}, []string{"A"},
		func(b *excelize.File) error { return b.MergeCell("A", "B2", "B3") }))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Read("f", bytes.NewReader(b), Options{})
		if err == nil {
			check(t, got)
		}
	})
}

// FuzzSheet changes a sheet's XML within a sound archive, which bytes changed
// at random hardly ever reach.
func FuzzSheet(f *testing.F) {
	good := workbook(f, map[string][][]any{"A": {{"ip", "name"}, {"192.0.2.1", "x"}}}, []string{"A"}, nil)
	f.Add(`<row r="1"><c r="A1" t="inlineStr"><is><t>ip</t></is></c></row><row r="2"><c r="A2" t="str"><f>1</f><v>192.0.2.1</v></c></row>`)
	f.Add(`<row r="1048576"><c r="A9" t="s"><v>0</v></c></row><mergeCell ref="A1:B9"/>`)
	f.Add(`<row><c t="d"><v>x</v></c><c t="b" s="9"><v>1</v></c></row>`)
	f.Fuzz(func(t *testing.T, rows string) {
		b := replacePart(t, good, sheetPart, func(s string) string {
			return strings.Replace(s, "</sheetData>", rows+"</sheetData>", 1)
		})
		got, err := Read("f", bytes.NewReader(b), Options{})
		if err == nil {
			check(t, got)
		}
	})
}
