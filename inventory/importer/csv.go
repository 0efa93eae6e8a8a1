package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// delimiters are what programs in different countries separate with.
var delimiters = []rune{',', ';', '\t', '|'}

// readCSV appends the rows of a text.
func (f file) readCSV(text string, t *table) error {
	if !strings.Contains(text, "\n") { // as old Macs end lines
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	offset := 0 // lines taken off the top
	comma, rest, said := cutSep(text)
	if said {
		text, offset = rest, 1
	} else {
		comma = sniff(text)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = comma
	r.FieldsPerRecord = -1 // short lines are usual, and not wrong
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if pe, ok := errors.AsType[*csv.ParseError](err); ok {
			t.bad = append(t.bad, quoteError(pe, offset))
			if len(t.bad) > MaxRows {
				return f.unreadable("it is not a table", saveAs)
			}
			continue
		}
		if err != nil {
			return f.unreadable(err.Error(), saveAs)
		}
		number, _ := r.FieldPos(0)
		if err := t.add(number+offset, cells); err != nil {
			return err
		}
	}
}

// quoteError explains what encoding/csv stumbles over.
func quoteError(err *csv.ParseError, offset int) RowError {
	e := RowError{Row: err.StartLine + offset, Message: err.Err.Error()}
	switch {
	case errors.Is(err.Err, csv.ErrBareQuote):
		e.Message = "a quotation mark in a field that does not begin with one"
		e.Hint = `put the whole field in quotation marks and double the one inside: "5"" disk"`
	case errors.Is(err.Err, csv.ErrQuote):
		e.Message = "a quotation mark is not closed, or text follows it"
		e.Hint = `double a quotation mark inside a field: "5"" disk"`
	}
	return e
}

// decode turns the bytes into UTF-8, and says so when it had to guess.
func (f file) decode(b []byte) (text, note string, err error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")), looksUTF16(b, 1):
		return f.fromUTF16(b, unicode.LittleEndian)
	case bytes.HasPrefix(b, []byte("\xfe\xff")), looksUTF16(b, 0):
		return f.fromUTF16(b, unicode.BigEndian)
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "", "", f.unreadable("it is not text", saveAs)
	}
	if utf8.Valid(b) {
		return string(b), "", nil
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return "", "", f.unreadable("its characters are in no encoding that we know", saveAs)
	}
	return string(out), "the file is not UTF-8; it was read as Windows-1252 (Western European): if letters look wrong, save it as UTF-8", nil
}

// looksUTF16 tells whether the text, which has no mark, is UTF-16: then the
// first characters, being Latin, have a zero as their high byte.
func looksUTF16(b []byte, high int) bool {
	n := min(len(b), 64) &^ 1
	for i := 0; i < n; i += 2 {
		if b[i+high] != 0 || b[i+1-high] == 0 {
			return false
		}
	}
	return n > 0
}

func (f file) fromUTF16(b []byte, order unicode.Endianness) (text, note string, err error) {
	out, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(b)
	if err != nil {
		return "", "", f.unreadable("its characters are broken UTF-16", saveAs)
	}
	if bytes.IndexByte(out, 0) >= 0 {
		return "", "", f.unreadable("it is not text", saveAs)
	}
	return string(out), "", nil
}

// cutSep takes off Excel's first line "sep=;", which names the delimiter.
func cutSep(text string) (comma rune, rest string, ok bool) {
	first, rest, _ := strings.Cut(text, "\n")
	sep, ok := strings.CutPrefix(strings.Trim(strings.TrimRight(first, "\r"), `"`), "sep=")
	comma, size := utf8.DecodeRuneInString(sep)
	if !ok || size != len(sep) || strings.ContainsRune("\r\n\"\uFFFD", comma) || comma == 0 {
		return 0, "", false
	}
	return comma, rest, true
}

// sniff chooses the delimiter that makes the most headings of the first
// lines, and among equals the one that makes the most fields.
func sniff(text string) rune {
	best, bestScore := ',', 0
	for _, d := range delimiters {
		r := csv.NewReader(strings.NewReader(text))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = d, -1, true
		for range headerSearch {
			cells, err := r.Read()
			if err != nil {
				break
			}
			score := len(cells)
			for _, c := range cells {
				if fieldOf(c) != "" {
					score += MaxColumns
				}
			}
			if score > bestScore {
				best, bestScore = d, score
			}
		}
	}
	return best
}
