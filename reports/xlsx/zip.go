package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/xuri/excelize/v2"
)

// An ordered archive writes its files in the order of their names: excelize
// hands them over in that of a map, which differs from run to run. They carry
// no time.
type ordered struct {
	to    *zip.Writer
	parts map[string]*bytes.Buffer
}

func newOrdered(w io.Writer) excelize.ZipWriter {
	return &ordered{to: zip.NewWriter(w), parts: map[string]*bytes.Buffer{}}
}

// Create begins the file of that name.
func (o *ordered) Create(name string) (io.Writer, error) {
	o.parts[name] = &bytes.Buffer{}
	return o.parts[name], nil
}

// AddFS belongs to the interface; a workbook holds no folders of ours.
func (o *ordered) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close writes the archive.
func (o *ordered) Close() error {
	for _, name := range slices.Sorted(maps.Keys(o.parts)) {
		w, err := o.to.Create(name)
		if err != nil {
			return err
		}
		if _, err := o.parts[name].WriteTo(w); err != nil {
			return err
		}
	}
	return o.to.Close()
}
