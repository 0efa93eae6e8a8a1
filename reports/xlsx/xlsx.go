// Package xlsx writes workbooks of plain tables: text, whole numbers and
// moments, never a formula. The same book gives the same bytes.
package xlsx

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// maxRows is how many rows the format has on a sheet.
const maxRows = excelize.TotalRows

// A Book is a workbook.
type Book struct {
	Title   string
	Subject string
	At      time.Time // when it was made, as the file says of itself
	Sheets  []Sheet
}

// A Sheet is a table, or free rows when it has no header. One with more rows
// than a sheet may have goes on in a sheet with a number behind its name.
type Sheet struct {
	Name   string    // at most 31 characters, of which none is one of : \ / ? * [ ]
	Widths []float64 // of the columns, in characters
	Header []string  // stays in sight and has filters; nil for free rows
	Count  int       // rows below the header
	// Row returns row i, from 0. A cell is nil, a string, a Title, a Heading,
	// an int, or a time.Time, which is shown in UTC.
	Row func(i int) []any
}

// A Title is text in large letters.
type Title string

// A Heading is text in bold letters.
type Heading string

// Write writes the book to w.
func Write(w io.Writer, b Book) error { return write(w, b, maxRows) }

// write puts at most limit rows, the header among them, on a sheet.
func write(w io.Writer, b Book, limit int) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	f.SetZipWriter(newOrdered)
	at := b.At.UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{
		Title: b.Title, Subject: b.Subject, Creator: "CIIScan", LastModifiedBy: "CIIScan", Created: at, Modified: at,
	}); err != nil {
		return fmt.Errorf("describe the workbook: %w", err)
	}
	s, err := newStyles(f)
	if err != nil {
		return fmt.Errorf("make the styles: %w", err)
	}
	first := f.GetSheetName(0)
	for _, sheet := range b.Sheets {
		for _, part := range split(sheet, limit) {
			if err := add(f, first, part, s); err != nil {
				return fmt.Errorf("write sheet %s: %w", part.Name, err)
			}
			first = ""
		}
	}
	return f.Write(w)
}

// split cuts a sheet into those that hold at most limit rows each.
func split(s Sheet, limit int) []Sheet {
	if s.Header != nil {
		limit--
	}
	parts := []Sheet{s}
	parts[0].Count = min(s.Count, limit)
	for from := limit; from < s.Count; from += limit {
		part := s
		part.Name = fmt.Sprintf("%s %d", s.Name, len(parts)+1)
		part.Count = min(s.Count-from, limit)
		part.Row = func(i int) []any { return s.Row(from + i) }
		parts = append(parts, part)
	}
	return parts
}

// add writes a sheet at the end of f, or into the empty one of that name that
// a new file has.
func add(f *excelize.File, empty string, s Sheet, is styles) error {
	if empty != "" {
		if err := f.SetSheetName(empty, s.Name); err != nil {
			return err
		}
	} else if _, err := f.NewSheet(s.Name); err != nil {
		return err
	}
	out, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	for i, width := range s.Widths {
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	below := 1
	if s.Header != nil {
		if err := header(f, out, s, is); err != nil {
			return err
		}
		below = 2
	}
	for i := range s.Count {
		values := s.Row(i)
		cells := make([]any, len(values))
		for c, v := range values {
			if cells[c], err = is.cell(v, s.Header == nil); err != nil {
				return err
			}
		}
		if err := out.SetRow(fmt.Sprintf("A%d", below+i), cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

func header(f *excelize.File, out *excelize.StreamWriter, s Sheet, is styles) error {
	last, err := excelize.CoordinatesToCellName(len(s.Header), s.Count+1)
	if err != nil {
		return err
	}
	if err := f.AutoFilter(s.Name, "A1:"+last, nil); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(s.Header))
	for i, name := range s.Header {
		cells[i] = excelize.Cell{StyleID: is.header, Value: name}
	}
	return out.SetRow("A1", cells)
}

// styles are the looks of the cells, by their numbers in the file.
type styles struct{ title, heading, header, text, wrapped, number, moment int }

// asText is the number format under which a program keeps what a person types
// over a cell, or only confirms, as text: "=1+1" stays four characters.
const asText = 49

func newStyles(f *excelize.File) (styles, error) {
	var s styles
	moment := "yyyy-mm-dd hh:mm:ss"
	top := &excelize.Alignment{Vertical: "top"}
	for _, one := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.title, excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true, Size: 16}}},
		{&s.heading, excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}, Alignment: top}},
		{&s.header, excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7ECF2"}}}},
		{&s.text, excelize.Style{NumFmt: asText, Alignment: top}},
		{&s.wrapped, excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}},
		{&s.number, excelize.Style{NumFmt: 1, Alignment: top}},
		{&s.moment, excelize.Style{CustomNumFmt: &moment, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}}},
	} {
		id, err := f.NewStyle(&one.style)
		if err != nil {
			return s, err
		}
		*one.id = id
	}
	return s, nil
}

// cell gives a value its look. Text is wrapped in free rows only: in a table
// it would tear the rows apart.
func (s styles) cell(v any, free bool) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if free {
			return excelize.Cell{StyleID: s.wrapped, Value: v}, nil
		}
		return excelize.Cell{StyleID: s.text, Value: v}, nil
	case Title:
		return excelize.Cell{StyleID: s.title, Value: string(v)}, nil
	case Heading:
		return excelize.Cell{StyleID: s.heading, Value: string(v)}, nil
	case int:
		return excelize.Cell{StyleID: s.number, Value: v}, nil
	case time.Time:
		return excelize.Cell{StyleID: s.moment, Value: v.UTC().Truncate(time.Second)}, nil
	}
	return nil, fmt.Errorf("a cell cannot hold a %T", v)
}
