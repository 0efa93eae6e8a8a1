package importer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ciiscan/ciiscan/inventory"
)

// read turns the table's lines into assets and mistakes.
func (t *table) read() (Result, error) {
	headers, cols, lines, err := t.understand()
	if err != nil {
		return Result{}, err
	}
	r := reader{headers: headers, cols: cols, contacts: t.contacts, seen: map[string]int{}, bad: map[int][]string{}}
	r.errors = append(r.errors, t.bad...)
	end := len(lines)
	if t.format == "" {
		end = notesBegin(lines)
	}
	for _, l := range lines[end:] {
		t.notes = append(t.notes, fmt.Sprintf("row %d was skipped: it looks like a note below the table", l.number))
	}
	for _, l := range lines[:end] {
		r.readLine(l)
		if len(r.rows) > MaxRows {
			return Result{}, t.file.unreadable(fmt.Sprintf("more than %d assets", MaxRows), "write prefixes instead of single addresses, or split the file")
		}
	}
	if len(r.rows) == 0 && len(r.errors) == 0 {
		return Result{}, t.file.unreadable("it has headings but no rows", "write one asset a row below the headings")
	}
	slices.SortStableFunc(r.errors, func(a, b RowError) int { return cmp.Compare(a.Row, b.Row) })
	return Result{
		Rows: r.rows, Errors: r.errors, Headers: headers, Notes: t.notes, Sheets: t.sheets, Sheet: t.sheet, Format: t.format, Bad: r.bad,
	}, nil
}

// A reader collects what the lines say.
type reader struct {
	headers  []Header
	cols     columns
	contacts []inventory.Contact
	seen     map[string]int // canonical address to the row that has it
	rows     []Row
	errors   []RowError
	bad      map[int][]string // lines with mistakes, as they are
}

// notesBegin returns where the prose below the table begins: the last lines,
// after a gap, of one cell each with several words in it.
func notesBegin(lines []line) int {
	begin := len(lines)
	for i := len(lines) - 1; i > 0 && lines[i].isProse(); i-- {
		if lines[i].number > lines[i-1].number+1 {
			begin = i
		}
	}
	return begin
}

func (l line) isProse() bool {
	text := ""
	for i := range l.cells {
		if c := l.cell(i); c != "" && text != "" {
			return false
		} else if c != "" {
			text = c
		}
	}
	_, err := expand(text)
	return strings.Contains(text, " ") && err != nil
}

func (r *reader) readLine(l line) {
	before := len(r.errors)
	asIs := slices.Clone(l.cells)
	defer func() {
		if len(r.errors) > before {
			r.bad[l.number] = asIs
		}
	}()
	for i := range l.cells {
		if i < len(r.headers) && r.headers[i].Field != "" {
			r.cleanCell(l, i)
		}
	}
	asset := r.describe(l)
	places := r.addressColumns(l)
	if len(places) == 0 && len(r.errors) == before {
		i := append(r.cols[fieldAddress], r.cols[fieldHost]...)[0]
		r.fail(l, i, "missing", "every row needs an address, a host name or a URL")
	}
	given := r.given(l)
	var found []Row
	for _, i := range places {
		addrs, err := expand(l.cells[i])
		if err != nil {
			r.failWith(l, i, err)
		}
		for _, a := range addrs {
			asset.Address = a
			asset.Tags = slices.Clone(asset.Tags)
			found = append(found, Row{Line: l.number, Asset: asset, Given: given})
			if first, twice := r.seen[a.String()]; twice && len(r.errors) == before {
				r.fail(l, i, twiceMessage(a, first, l.number), "keep one of the two")
				r.errors[len(r.errors)-1].Twice = true
			} else if !twice {
				r.seen[a.String()] = l.number
			}
		}
	}
	if len(r.errors) == before {
		r.rows = append(r.rows, found...)
	}
}

func twiceMessage(a inventory.Address, first, second int) string {
	if first == second {
		return fmt.Sprintf("%s is twice in this row", a)
	}
	return fmt.Sprintf("%s is in row %d too", a, first)
}

// addressColumns returns the columns of the line that hold addresses: those
// for addresses, or else the first for hosts.
func (r *reader) addressColumns(l line) []int {
	var out []int
	for _, i := range r.cols[fieldAddress] {
		if l.cell(i) != "" {
			out = append(out, i)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, i := range r.cols[fieldHost] {
		if l.cell(i) != "" {
			return []int{i}
		}
	}
	return nil
}

// describe reads everything but the address.
func (r *reader) describe(l line) inventory.Asset {
	a := inventory.Asset{
		Name:        r.first(l, fieldName),
		Function:    r.first(l, fieldFunction),
		Site:        r.first(l, fieldSite),
		Contact:     r.contact(l),
		Criticality: inventory.Criticality(plainCriticality(r.first(l, fieldCriticality))),
		Class:       inventory.AssetClass(plainKind(r.first(l, fieldKind))),
		Tags:        strings.FieldsFunc(r.first(l, fieldTags), func(c rune) bool { return strings.ContainsRune(",;|\n", c) }),
	}
	if a.Name == "" && r.hasAddress(l) {
		a.Name = r.first(l, fieldHost)
	}
	// The address is read apart; any will do to have the rest checked.
	a.Address, _ = inventory.ParseAddress("192.0.2.1")
	tidy, err := a.Normalize()
	for _, m := range mistakes(err) {
		field := m.Field
		if field == "tag" {
			field = fieldTags
		}
		column := r.cols[field]
		if len(column) == 0 { // a name that came from the host column
			column = r.cols[fieldHost]
		}
		r.fail(l, column[0], m.Message, m.Hint)
	}
	return tidy
}

// contact finds who the line says answers for the asset.
func (r *reader) contact(l line) inventory.ContactID {
	text := r.first(l, fieldContact)
	if text == "" {
		return ""
	}
	var found []inventory.ContactID
	for _, c := range r.contacts {
		if strings.EqualFold(string(c.ID), text) || strings.EqualFold(c.Email, text) {
			return c.ID
		}
		if strings.EqualFold(c.Name, text) {
			found = append(found, c.ID)
		}
	}
	i := r.cols[fieldContact][0]
	switch len(found) {
	case 1:
		return found[0]
	case 0:
		r.fail(l, i, "is no contact of the organisation", "write the name or mail address of one, or add the contact first")
	default:
		r.fail(l, i, "is the name of several contacts", "write the mail address")
	}
	return ""
}

func (r *reader) hasAddress(l line) bool {
	return slices.ContainsFunc(r.cols[fieldAddress], func(i int) bool { return l.cell(i) != "" })
}

// given lists the fields that the line says something about.
func (r *reader) given(l line) []string {
	var out []string
	for _, field := range Fields() {
		if field != fieldAddress && field != fieldHost && r.first(l, field) != "" {
			out = append(out, field)
		}
	}
	if !slices.Contains(out, fieldName) && r.hasAddress(l) && r.first(l, fieldHost) != "" {
		out = append(out, fieldName)
	}
	return out
}

// first returns the line's text in the first column of a field.
func (r *reader) first(l line, field string) string {
	for _, i := range r.cols[field] {
		if c := l.cell(i); c != "" {
			return c
		}
	}
	return ""
}

func (l line) cell(i int) string {
	if i >= len(l.cells) {
		return ""
	}
	return strings.TrimSpace(l.cells[i])
}

// cleanCell refuses what no cell should hold and blanks it, so that it is
// told once.
func (r *reader) cleanCell(l line, i int) {
	text := l.cell(i)
	switch {
	case len(text) > maxCell:
		r.fail(l, i, "too long", "this should be a few words")
	case strings.HasPrefix(text, "="):
		r.fail(l, i, "a formula", "copy the cell and paste it as a value")
	case slices.Contains(formulaErrors, text):
		r.fail(l, i, "a formula that failed", "repair it, or write the value")
	case isUnfit(text):
		r.fail(l, i, "has control or broken characters in it", "type it again instead of pasting it")
	default:
		return
	}
	l.cells[i] = ""
}

// isUnfit tells whether a cell has what no text of people has: controls, what
// reorders or hides text, and the mark of broken bytes.
func isUnfit(text string) bool {
	text = lineEnds.Replace(text)
	return inventory.CleanText(text, len(text)) != text || strings.ContainsRune(text, unicode.ReplacementChar)
}

// lineEnds within a cell are spaces.
var lineEnds = strings.NewReplacer("\r", " ", "\u2028", " ", "\u2029", " ")

// formulaErrors are what spreadsheets show in place of a result.
var formulaErrors = []string{"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}

func (r *reader) failWith(l line, i int, err error) {
	ms := mistakes(err)
	for _, m := range ms {
		e := r.at(l, i)
		e.Value, e.Message, e.Hint = shorten(m.Value), m.Message, m.Hint
		r.errors = append(r.errors, e)
	}
	if len(ms) == 0 {
		r.fail(l, i, err.Error(), "")
	}
}

func (r *reader) fail(l line, i int, message, hint string) {
	e := r.at(l, i)
	e.Message, e.Hint = message, hint
	r.errors = append(r.errors, e)
}

func (r *reader) at(l line, i int) RowError {
	value := strings.Join(strings.Fields(inventory.CleanText(l.cell(i), maxCell)), " ")
	return RowError{Row: l.number, Column: r.headers[i].Column, Header: r.headers[i].Text, Value: shorten(value)}
}

// mistakes takes the input errors out of a joined error.
func mistakes(err error) []*inventory.InputError {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*inventory.InputError
		for _, e := range joined.Unwrap() {
			out = append(out, mistakes(e)...)
		}
		return out
	}
	if m, ok := errors.AsType[*inventory.InputError](err); ok {
		return []*inventory.InputError{m}
	}
	return nil
}

// plainCriticality and plainKind understand other words for the same.
func plainCriticality(s string) string {
	switch strings.ToLower(s) {
	case "med", "moderate", "normal":
		return string(inventory.CriticalityMedium)
	case "crit", "very high":
		return string(inventory.CriticalityCritical)
	}
	return s
}

func plainKind(s string) string {
	switch strings.ToLower(s) {
	case "information technology", "ict":
		return string(inventory.IT)
	case "operational technology", "ics", "scada", "industrial":
		return string(inventory.OT)
	}
	return s
}
