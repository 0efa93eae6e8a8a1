package reports

import (
	"encoding/csv"
	"io"
)

// A CSVStream writes a table row by row, as the reports' own files are
// written: for lists that do not fit in memory. No cell is a formula.
type CSVStream struct {
	out   *csv.Writer
	texts []string
}

// NewCSVStream writes the byte-order mark and the header.
func NewCSVStream(w io.Writer, columns []string) (*CSVStream, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, err
	}
	s := &CSVStream{out: csv.NewWriter(w), texts: make([]string, len(columns))}
	s.out.UseCRLF = true
	return s, s.out.Write(columns)
}

// Write adds a row. A cell is an int, a bool, a time.Time, a pointer to one, or
// else text.
func (s *CSVStream) Write(cells []any) error {
	for i := range s.texts {
		s.texts[i] = csvText(cellOf(cells[i]))
	}
	return s.out.Write(s.texts)
}

// Flush hands on what was written.
func (s *CSVStream) Flush() error {
	s.out.Flush()
	return s.out.Error()
}

// Cells makes a row fit for a workbook: none of its texts is a formula.
func Cells(row []any) []any {
	out := make([]any, len(row))
	for i, v := range row {
		out[i] = cellOf(v)
	}
	return out
}
