package reports

import (
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/reports/xlsx"
)

// coverSheet is the first sheet, which says what the others are.
const coverSheet = "Read me"

// writeXLSX writes a workbook: a cover, and a sheet for each listing.
func writeXLSX(w io.Writer, r Report, _ Options) error {
	all := listings(r)
	cover := coverRows(r, all)
	book := xlsx.Book{
		Title: r.TLP + " Weekly exposure report " + r.Week, Subject: r.ID, At: r.At,
		Sheets: []xlsx.Sheet{{
			Name: coverSheet, Widths: []float64{28, 40, 18, 60}, Count: len(cover), Row: func(i int) []any { return cover[i] },
		}},
	}
	for _, l := range all {
		book.Sheets = append(book.Sheets, xlsx.Sheet{Name: l.name, Widths: l.widths(), Header: l.columns, Count: l.count, Row: l.row})
	}
	return xlsx.Write(w, book)
}

func coverRows(r Report, all []listing) [][]any {
	name, id := "National edition", ""
	switch {
	case r.Organization != nil:
		name, id = r.Organization.Name, string(r.Organization.ID)
	case r.Edition == EditionSector:
		name = "Sector: " + string(r.Sector)
	}
	rows := [][]any{
		{xlsx.Title("Weekly exposure report")},
		{},
		{xlsx.Heading("Organisation"), safeText(name), cellOf(id)},
		{xlsx.Heading("Label"), r.TLP},
		{xlsx.Heading("Week"), r.Week},
		{xlsx.Heading("From"), r.From},
		{xlsx.Heading("Until before"), r.To},
		{xlsx.Heading("Data as of"), r.At},
		{xlsx.Heading("Report"), r.ID},
		{},
		{xlsx.Heading("Report card"), xlsx.Heading("Now"), xlsx.Heading("Change"), xlsx.Heading("Note")},
	}
	for _, f := range r.Card {
		var change any
		if f.Delta != nil {
			change = *f.Delta
		}
		var value any = f.Value
		if f.Unknown {
			value = "not known"
		}
		rows = append(rows, []any{f.Label, value, change, cellOf(f.Note)})
	}
	rows = append(rows, []any{}, []any{xlsx.Heading("Sheet"), xlsx.Heading("What a row is"), xlsx.Heading("Rows")})
	for _, l := range all {
		rows = append(rows, []any{l.name, l.about, l.count})
	}
	rows = append(rows, []any{}, []any{xlsx.Heading("How to read this")})
	for _, text := range [][2]string{
		{"Where to begin", "With the sheet findings, from the top. The column what_to_do says how to end each, due_date until when."},
		{"Times", "All are in UTC. Change is the difference since the period began; it is empty where the past is not known."},
		{"ssvc", "How urgent it is: act, attend, track*, track. The column ssvc_path says why."},
		{"state", "open: seen. back_again: was fixed and is back. fixed: proven gone. What could not be tested stays open."},
		{"evidence_id", "Names what the scanner saw; quote it, or the finding_id, when you ask about a finding."},
		{"Signs at the start", "An apostrophe before = + - @ | or % keeps a spreadsheet from running text that a stranger's machine sent."},
		{"Several programs", "The CSV files and the JSON report of the same name hold the same numbers."},
	} {
		rows = append(rows, []any{xlsx.Heading(text[0]), text[1]})
	}
	return rows
}

// sampleRows is how many rows decide how wide a column is.
const sampleRows = 200

// widths fits the columns to what is in them, within reason.
func (l listing) widths() []float64 {
	out := make([]float64, len(l.columns))
	fit := func(i, n int) { out[i] = max(out[i], min(float64(n)+2, 60)) }
	for i, name := range l.columns {
		fit(i, len(name)+2) // and the filter's button
	}
	for n := range min(l.count, sampleRows) {
		for i, cell := range l.row(n) {
			switch v := cell.(type) {
			case string:
				fit(i, utf8.RuneCountInString(v))
			case time.Time:
				fit(i, len(time.DateTime))
			default:
				fit(i, len(fmt.Sprint(v)))
			}
		}
	}
	return out
}
