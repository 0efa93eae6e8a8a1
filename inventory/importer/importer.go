package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// Limits of one file.
const (
	MaxBytes   = 10 << 20
	MaxRows    = 100_000
	MaxColumns = 1_000

	maxCell = 2 << 10  // bytes of one cell; more cannot be right
	maxText = 64 << 20 // bytes of all cells, as a workbook can repeat one text
)

// Options chooses what to read.
type Options struct {
	Sheet string // of a workbook; "" takes the first that has an address column
	// Fields says what columns hold, by their letters: one of Fields, or "" to
	// leave a column out. Nil goes by the headings.
	Fields map[string]string
	// Contacts are those of the organisation whose assets they are: a column can
	// say who answers for an asset, by name, mail address or id.
	Contacts []inventory.Contact
}

// A Result is what a file says.
type Result struct {
	Rows    []Row      // the good ones, in order
	Errors  []RowError // every mistake, in order
	Headers []Header   // what each column was taken for
	Notes   []string   // plain sentences about how the file was understood
	Sheets  []string   // of a workbook
	Sheet   string     // that was read
	Format  Format     // of a file whose columns cannot be told otherwise
	// Bad are the lines with mistakes as the file has them, by their number.
	Bad map[int][]string
}

// A Row is one asset. A line of the file can hold several.
type Row struct {
	Line  int // as a spreadsheet counts, from 1
	Asset inventory.Asset
	// Given are the fields that the line says something about; the others have
	// their usual values.
	Given []string
}

// A RowError is a mistake in the file.
type RowError struct {
	Row     int    // as a spreadsheet counts, from 1
	Column  string // its letter, or "" when it concerns the whole row
	Header  string // the column's heading as written
	Value   string // as given, shortened
	Message string
	Hint    string
	Twice   bool // the same address is in the file before
}

// Error reads `row 3, column C (criticality) "x": unknown criticality`.
func (e RowError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "row %d", e.Row)
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %s", e.Column)
	}
	if e.Header != "" {
		fmt.Fprintf(&b, " (%s)", e.Header)
	}
	if e.Value != "" {
		fmt.Fprintf(&b, " %q", e.Value)
	}
	return b.String() + ": " + e.Message
}

// Is makes every RowError an inventory.ErrInvalid.
func (e RowError) Is(target error) bool { return target == inventory.ErrInvalid }

// Advice returns what to do about it.
func (e RowError) Advice() string { return e.Hint }

// Read reads the assets in a file. name is only for messages: what the file is
// shows in its bytes. The error is an inventory.InputError when the file is
// not readable as a table of assets.
func Read(name string, r io.Reader, opts Options) (Result, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Result{}, fmt.Errorf("read %s: %w", name, err)
	}
	f := file{name: name}
	if len(b) > MaxBytes {
		return Result{}, f.unreadable(fmt.Sprintf("larger than %d MB", MaxBytes>>20), "split it into several files")
	}
	var t table
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return Result{}, f.unreadable("the file is empty", "was it saved? save it again and try once more")
	case bytes.HasPrefix(b, []byte("PK")):
		t, err = f.readXLSX(b, opts.Sheet)
	case bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0")):
		err = f.refuseOLE(b)
	case bytes.HasPrefix(b, []byte("%PDF")):
		err = f.unreadable("it is a PDF", saveAs)
	default:
		t, err = f.readText(b)
	}
	if err != nil {
		return Result{}, err
	}
	if t.contacts = opts.Contacts; t.format == "" {
		t.fields = opts.Fields
	}
	return t.read()
}

// Layout tells what the columns of a file are taken for, even when none holds
// addresses: somebody may know better. Rows and mistakes are left out.
func Layout(name string, r io.Reader, opts Options) (Result, error) {
	got, err := Read(name, r, opts)
	if m, ok := errors.AsType[*noAddresses](err); ok {
		return m.layout, nil
	}
	return Result{Headers: got.Headers, Notes: got.Notes, Sheets: got.Sheets, Sheet: got.Sheet, Format: got.Format}, err
}

const saveAs = "open it and save it as Excel workbook (.xlsx) or as CSV in UTF-8"

// A file makes the errors that concern all of it.
type file struct{ name string }

func (f file) unreadable(message, hint string) error {
	return &inventory.InputError{Field: "file", Value: shorten(f.name), Message: "unreadable file: " + message, Hint: hint}
}

// refuseOLE tells apart what Microsoft's old container holds.
func (f file) refuseOLE(b []byte) error {
	if bytes.Contains(b, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e")) {
		return f.unreadable("it is protected by a password", "open it, remove the password, and save it again")
	}
	return f.unreadable("it is in the format of Excel before 2007", saveAs)
}

// A table is a file's text, before its meaning is known.
type table struct {
	file  file
	lines []line
	notes []string
	bad   []RowError // lines that could not even be split
	size  int

	fields   map[string]string // as Options.Fields
	contacts []inventory.Contact
	sheets   []string
	sheet    string
	format   Format
}

// A line is one row that is not blank.
type line struct {
	number int // as a spreadsheet counts, from 1
	cells  []string
}

// add appends a row unless it is blank, and guards the limits.
func (t *table) add(number int, cells []string) error {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) == 0 {
		return nil
	}
	if len(cells) > MaxColumns {
		return t.file.unreadable(fmt.Sprintf("row %d has more than %d columns", number, MaxColumns), "remove what is far to the right")
	}
	if len(t.lines) == MaxRows {
		return t.file.unreadable(fmt.Sprintf("more than %d rows", MaxRows), "split it into several files")
	}
	kept := make([]string, len(cells))
	for i, c := range cells {
		if len(c) > maxCell {
			c = c[:maxCell+1] // still too long, and seen to be
		}
		kept[i] = strings.ToValidUTF8(c, "\uFFFD")
		t.size += len(c)
	}
	if t.size > maxText {
		return t.file.unreadable(fmt.Sprintf("more than %d MB of text", maxText>>20), "split it into several files")
	}
	t.lines = append(t.lines, line{number, kept})
	return nil
}

// shorten cuts a text for a message.
func shorten(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}

// columnLetter names a column, counted from 0, as spreadsheets do.
func columnLetter(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
