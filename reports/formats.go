package reports

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
)

// Media types of files of a report.
const (
	HTMLType = "text/html; charset=utf-8"
	JSONType = "application/json"
	CSVType  = "text/csv; charset=utf-8"
	PDFType  = "application/pdf" // printed of the page, by the package press
)

// formats maps a format's name to what makes its files of a report. The same
// report gives the same bytes. To add a format, write a func like writeJSON and
// add it here.
var formats = map[string]func(Report, Options) ([]File, error){
	"html": htmlFile,
	"json": single(".json", JSONType, writeJSON),
	"csv":  csvFiles,
	"xlsx": single(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", writeXLSX),
}

// single is a format of one file.
func single(suffix, mediaType string, write func(io.Writer, Report, Options) error) func(Report, Options) ([]File, error) {
	return func(r Report, o Options) ([]File, error) {
		var b bytes.Buffer
		if err := write(&b, r, o); err != nil {
			return nil, err
		}
		return []File{{Name: r.ID + suffix, MediaType: mediaType, Data: b.Bytes()}}, nil
	}
}

// htmlFile is the page. In another language than English the name says so, and
// so does the file.
func htmlFile(r Report, o Options) ([]File, error) {
	suffix, tag := ".html", o.printer().Tag()
	if tag != locale.Default {
		suffix = "." + tag + suffix
	}
	files, err := single(suffix, HTMLType, writeHTML)(r, o)
	for i := range files {
		files[i].Language = tag
	}
	return files, err
}

// A File is a finished file of a report.
type File struct {
	Name      string // "weekly-ORG-7-2026-W47.html", without a folder
	MediaType string
	Language  string // of what people read (BCP 47); "" for programs
	Data      []byte
}

// Formats lists the names of the formats, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Render makes the files of a report in the named formats, in their order, as
// the options say. The same report and options give the same bytes. An unknown
// format is an InputError, and then nothing is made.
func Render(r Report, names []string, o Options) ([]File, error) {
	if len(names) == 0 {
		return nil, &inventory.InputError{Field: "format", Message: "is missing", Hint: "use one or more of: " + strings.Join(Formats(), ", ")}
	}
	var out []File
	done := map[string]bool{}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		render, ok := formats[name]
		if !ok {
			return nil, &inventory.InputError{
				Field: "format", Value: name, Message: "unknown report format", Hint: "use one or more of: " + strings.Join(Formats(), ", "),
			}
		}
		if done[name] {
			continue
		}
		done[name] = true
		files, err := render(r, o)
		if err != nil {
			return nil, fmt.Errorf("write report %s as %s: %w", r.ID, name, err)
		}
		out = append(out, files...)
	}
	return out, nil
}

// Write puts the files of a report into dir, which it makes when needed, and
// returns their paths. All formats are made before the first file is written,
// and each file appears whole or not at all, replacing one of an earlier run.
func Write(dir string, r Report, names []string, o Options) ([]string, error) {
	files, err := Render(r, names, o)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder for reports: %w", err)
	}
	var paths []string
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		if err := writeFile(path, f.Data); err != nil {
			return paths, fmt.Errorf("write report %s: %w", r.ID, err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// writeFile replaces path by data in one step. The file is for its owner and
// group only: it names what is exposed.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".report-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(0o640)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the error above is the one to tell
	}
	return err
}
