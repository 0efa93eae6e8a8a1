package importer

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxUnpacked limits what a workbook unpacks to, in bytes. 100,000 rows of
// ten columns take about half of it.
const maxUnpacked = 96 << 20

func (f file) readXLSX(b []byte, sheet string) (t table, err error) {
	defer func() {
		// The library was made for files of honest programs; some broken ones
		// make it panic.
		if p := recover(); p != nil {
			t, err = table{}, f.unreadable("it is damaged", saveAs)
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked,
	})
	if err != nil {
		return table{}, f.explainXLSX(b, err)
	}
	defer book.Close() //nolint:errcheck // only read, and no temporary files at these limits
	sheets := book.GetSheetList()
	if sheet != "" {
		if i, err := book.GetSheetIndex(sheet); err != nil || i < 0 {
			return table{}, f.unreadable(fmt.Sprintf("it has no sheet %q", sheet), "it has: "+shorten(strings.Join(sheets, ", ")))
		}
		return f.readSheet(book, sheet)
	}
	return f.firstWithAssets(book, sheets)
}

// firstWithAssets reads the first sheet that has an address column; workbooks
// often begin with a cover or with instructions.
func (f file) firstWithAssets(book *excelize.File, sheets []string) (table, error) {
	var first table
	for i, name := range sheets {
		t, err := f.readSheet(book, name)
		if err != nil {
			return table{}, err
		}
		if _, _, ok := t.findHeader(); ok {
			if len(sheets) > 1 {
				t.notes = append(t.notes, fmt.Sprintf("only the sheet %q was read, of %d", shorten(name), len(sheets)))
			}
			return t, nil
		}
		if i == 0 || len(first.lines) == 0 {
			first = t
		}
	}
	return first, nil // its reader says what is missing
}

func (f file) readSheet(book *excelize.File, sheet string) (table, error) {
	t := table{file: f, sheets: book.GetSheetList(), sheet: sheet}
	rows, err := book.Rows(sheet)
	if err != nil {
		return t, f.unreadable(fmt.Sprintf("sheet %q: %v", shorten(sheet), err), saveAs)
	}
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns()
		if err != nil {
			return t, f.unreadable(fmt.Sprintf("sheet %q, row %d: %v", shorten(sheet), number, err), saveAs)
		}
		if err := t.add(number, cells); err != nil {
			return t, err
		}
	}
	if err := errors.Join(rows.Error(), rows.Close()); err != nil {
		return t, f.unreadable(fmt.Sprintf("sheet %q: %v", shorten(sheet), err), saveAs)
	}
	return t, t.fillMerged(book, sheet)
}

// fillMerged gives every row of a cell merged over several its value, as a
// reader of the sheet sees it. Cells merged sideways are headings and titles;
// they stay as they are.
func (t *table) fillMerged(book *excelize.File, sheet string) error {
	if len(t.lines) == 0 || !mentions(book, "mergeCell") {
		return nil // without the second parse of the sheet, which costs as much as the first
	}
	merged, err := book.GetMergeCells(sheet, true)
	if err != nil {
		return t.file.unreadable(fmt.Sprintf("sheet %q: %v", shorten(sheet), err), saveAs)
	}
	at := make(map[int]*line, len(t.lines))
	for i := range t.lines {
		at[t.lines[i].number] = &t.lines[i]
	}
	filled := 0
	for _, m := range merged {
		col, top, err1 := excelize.CellNameToCoordinates(m.GetStartAxis())
		right, bottom, err2 := excelize.CellNameToCoordinates(m.GetEndAxis())
		from := at[top]
		if err1 != nil || err2 != nil || right != col || from == nil || col > len(from.cells) {
			continue
		}
		for row := top + 1; row <= bottom && filled < MaxRows; row++ {
			l := at[row]
			if l == nil {
				continue
			}
			for len(l.cells) < col {
				l.cells = append(l.cells, "")
			}
			l.cells[col-1] = from.cells[col-1]
			filled++
		}
	}
	return nil
}

// mentions tells whether any part of the workbook holds the word.
func mentions(book *excelize.File, word string) bool {
	found := false
	book.Pkg.Range(func(_, part any) bool {
		b, ok := part.([]byte)
		found = ok && bytes.Contains(b, []byte(word))
		return !found
	})
	return found
}

func (f file) explainXLSX(b []byte, err error) error {
	if errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrAlgorithm) {
		return f.unreadable("it is damaged or not complete", "copy or download it again, or "+saveAs)
	}
	if strings.Contains(err.Error(), "unzip size exceeds") {
		return f.unreadable(fmt.Sprintf("it unpacks to more than %d MB", maxUnpacked>>20), "remove pictures and other sheets, or "+saveAs)
	}
	if bytes.Contains(b, []byte("opendocument")) {
		return f.unreadable("it is an OpenDocument file", saveAs)
	}
	return f.unreadable("it is not an Excel workbook", saveAs)
}
