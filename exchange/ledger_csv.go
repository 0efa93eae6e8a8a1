package exchange

import (
	"encoding/csv"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
)

// WriteCSV writes the report as one long table: section, row, column, value.
func (r CommitteeReport) WriteCSV(w io.Writer) error { return r.sheet().writeCSV(w) }

// WriteCSV writes the report as one long table: section, row, column, value.
func (r PlanReport) WriteCSV(w io.Writer) error { return r.sheet().writeCSV(w) }

// WriteCSV writes the year as one long table: section, row, column, value.
func (y LedgerYear) WriteCSV(w io.Writer, name string, at time.Time) error {
	return y.sheet(name, at).writeCSV(w)
}

// writeCSV writes what spreadsheets of every country read: UTF-8 with a
// byte-order mark, lines ended as RFC 4180 says, cells disarmed.
func (s sheet) writeCSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{
		{"section", "row", "column", "value"},
		{"report", "title", "", s.Title},
		{"report", "for", "", s.For},
		{"report", "tlp", "", s.TLP},
		{"report", "as_of", "", s.At.UTC().Format(time.RFC3339)},
	}
	for _, x := range s.Sections {
		for _, r := range x.Rows {
			for i := 1; i < len(r); i++ {
				rows = append(rows, []string{x.Heading, r[0], x.Head[i], r[i]})
			}
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = safeCell(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// safeCell disarms s: a spreadsheet runs a cell that starts with one of these
// signs, also behind spaces and in their full-width forms. The apostrophe
// makes it text.
func safeCell(s string) string {
	s = strings.Join(strings.Fields(inventory.CleanText(s, 20_000)), " ")
	first := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if first != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(first)[0]) {
		return "'" + s
	}
	return s
}
