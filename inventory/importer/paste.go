package importer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// ReadLines reads what somebody pasted: one asset a line, or several, ranges
// and prefixes too, and behind them any words, which become the name. What
// follows a # is a note too; a line of nothing else is skipped. A table with
// headings, as copied out of a spreadsheet, is read like a file; so is what nmap
// or CycloneDX wrote.
func ReadLines(text string) (Result, error) {
	t := table{file: file{name: "the list"}}
	if len(text) > MaxBytes {
		return Result{}, t.file.unreadable(fmt.Sprintf("larger than %d MB", MaxBytes>>20), "paste it in parts, or upload it as a file")
	}
	if isFixed(text) {
		return Read(t.file.name, strings.NewReader(text), Options{})
	}
	sheet := table{file: t.file}
	if err := t.file.readCSV(text, &sheet); err == nil {
		if headers, _, ok := sheet.findHeader(); ok && len(headers) > 1 {
			return sheet.read()
		}
	}
	t.fields = map[string]string{"A": fieldAddress, "B": fieldName}
	t.lines = []line{{number: 0, cells: []string{fieldAddress, fieldName}}}
	number := 0
	for text := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		number++
		address, note := splitNote(text)
		if address == "" {
			continue
		}
		if err := t.add(number, []string{address, note}); err != nil {
			return Result{}, err
		}
	}
	if len(t.lines) == 1 {
		return Result{}, &inventory.InputError{Field: "list", Message: "is empty", Hint: "write one address, range, prefix, name or URL a line"}
	}
	return t.read()
}

// splitNote parts a line into addresses and what is said of them.
func splitNote(text string) (address, note string) {
	text, comment, _ := strings.Cut(text, "#")
	if before, after, ok := strings.Cut(text, " - "); ok && strings.IndexAny(strings.TrimSpace(after), "0123456789") != 0 {
		text = before + " " + after // a dash before words, not a range
	}
	words := strings.FieldsFunc(joinRanges(strings.TrimSpace(text)), func(c rune) bool {
		return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\u00a0'
	})
	n := slices.IndexFunc(words, func(w string) bool {
		_, err := expand(w)
		return err != nil
	})
	switch {
	case n < 0:
		n = len(words)
	case n == 0: // tell what is wrong with the first word
		n = 1
	}
	rest := strings.Trim(strings.Join(words[n:], " "), "-–— ")
	return strings.Join(words[:n], " "), strings.TrimSpace(strings.TrimSpace(rest) + " " + strings.TrimSpace(comment))
}
