package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/mattn/go-isatty"

	"github.com/ciiscan/ciiscan/inventory"
)

// A column shows one field of T. Its name is that of the JSON field.
type column[T any] struct {
	name  string
	value func(T) string
	wide  bool // left out of tables of several objects: they have to fit a screen
}

// list writes objects in the chosen format: a table, a JSON array or CSV.
func list[T any](a *app, items []T, columns []column[T]) error {
	switch a.output {
	case "json":
		if items == nil {
			items = []T{}
		}
		return a.writeJSON(items)
	case "csv":
		return writeCSV(a.stdout, items, columns)
	}
	if len(items) == 0 {
		a.say("none")
		return nil
	}
	t := a.newTable()
	header := table.Row{}
	var configs []table.ColumnConfig
	var shown []column[T]
	for _, c := range columns {
		if !c.wide {
			shown = append(shown, c)
			header = append(header, strings.ReplaceAll(c.name, "_", " "))
			configs = append(configs, table.ColumnConfig{Number: len(shown), WidthMax: 60, WidthMaxEnforcer: text.WrapSoft})
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	for _, item := range items {
		row := table.Row{}
		for _, c := range shown {
			row = append(row, a.cell(c.name, c.value(item)))
		}
		t.AppendRow(row)
	}
	return a.render(t)
}

// object writes one object: its fields one below the other without the empty
// ones, a JSON object, or CSV with one row.
func object[T any](a *app, item T, columns []column[T]) error {
	switch a.output {
	case "json":
		return a.writeJSON(item)
	case "csv":
		return writeCSV(a.stdout, []T{item}, columns)
	}
	t := a.newTable()
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, WidthMax: 100, WidthMaxEnforcer: text.WrapSoft}})
	for _, c := range columns {
		if v := a.cell(c.name, c.value(item)); v != "" {
			t.AppendRow(table.Row{strings.ReplaceAll(c.name, "_", " "), v})
		}
	}
	return a.render(t)
}

func (a *app) newTable() table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	style := t.Style()
	style.Options = table.Options{SeparateHeader: true, SeparateColumns: true}
	style.Format.Header = text.FormatDefault
	return t
}

func (a *app) render(t table.Writer) error {
	if _, err := fmt.Fprintln(a.stdout, t.Render()); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// cell makes a value fit for a table on a terminal.
func (a *app) cell(name, value string) string {
	value = oneLine(value)
	if name == "severity" && !a.noColor && a.isTerminal(a.stdout) {
		switch inventory.Severity(value) {
		case inventory.SeverityCritical, inventory.SeverityHigh:
			return text.Colors{text.Bold, text.FgRed}.Sprint(value)
		case inventory.SeverityMedium:
			return text.FgYellow.Sprint(value)
		case inventory.SeverityLow, inventory.SeverityInfo:
		}
	}
	return value
}

func (a *app) isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// writeJSON writes v for programs, and so that a terminal which shows it
// cannot be driven by it.
func (a *app) writeJSON(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	if _, err := a.stdout.Write(escapeControls(b.Bytes())); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// escapeControls escapes what JSON lets through and terminals act on: DEL, C1
// controls and characters that reorder text. In JSON they occur in strings
// only.
func escapeControls(doc []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(doc) {
		switch {
		case r >= 0x7F && r <= 0x9F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

func writeCSV[T any](w io.Writer, items []T, columns []column[T]) error {
	out := csv.NewWriter(w)
	row := make([]string, len(columns))
	for i, c := range columns {
		row[i] = c.name
	}
	_ = out.Write(row) // kept by the writer, and returned by Error
	for _, item := range items {
		for i, c := range columns {
			row[i] = csvCell(c.value(item))
		}
		_ = out.Write(row)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// csvCell disarms s: a spreadsheet runs a cell that begins with one of these.
func csvCell(s string) string {
	s = inventory.CleanText(s, 32_000)
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// moment shows a time to the second, in UTC.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// maybe shows a time that may be missing.
func maybe(t *time.Time) string {
	if t == nil {
		return ""
	}
	return moment(*t)
}

func number(n int) string { return strconv.Itoa(n) }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// parseTime reads a day, which means its first moment in UTC, or a moment.
func parseTime(flag, value string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, value); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, &inventory.InputError{
		Field: flag, Value: value, Message: "not a date",
		Hint: "write it like 2027-01-31, or 2027-01-31T18:00:00Z for a moment of the day",
	}
}

// word makes what people type into the words of the API.
func word(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// wordList makes "High, critical" into words.
func wordList(values []string) []string {
	var out []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if part = word(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}
