package pdf

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf16"
)

// minPDF is the size below which a PDF cannot hold a report, in bytes.
const minPDF = 10 << 10

// An Attachment is a file that goes along inside of a PDF.
type Attachment struct {
	Name      string
	MediaType string
	Data      []byte
}

// Finish checks a printed report, packs it and attaches files to it. id is the
// report's, which must stand in its text; at dates the attachments. The same
// input gives the same bytes.
func Finish(printed []byte, id string, at time.Time, attach []Attachment) ([]byte, error) {
	d, err := checked(printed, id)
	if err != nil {
		return nil, err
	}
	p, err := d.unpacked()
	if err != nil {
		return nil, err
	}
	if err := p.attach(at, attach); err != nil {
		return nil, err
	}
	return p.write()
}

// checked reads a PDF, or says everything that is wrong with it.
func checked(printed []byte, id string) (*document, error) {
	if len(printed) < minPDF {
		return nil, fmt.Errorf("check the PDF: it has %d bytes only", len(printed))
	}
	d, err := parse(printed)
	if err != nil {
		return nil, err
	}
	var errs []error
	wrong := func(when bool, what string) {
		if when {
			errs = append(errs, errors.New(what))
		}
	}
	pages, figures, tagged := d.survey()
	found, err := d.contains(pages, id)
	wrong(len(pages) == 0, "it has no page")
	wrong(!title.Match(d.object(refers(d.trailer, "Info"))), "it has no title")
	wrong(!tagged, "it is not tagged for screen readers")
	wrong(figures > 0, fmt.Sprintf("%d figures have no words for who cannot see them", figures))
	wrong(!found && err == nil, "the id "+id+" does not stand in its text")
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, fmt.Errorf("check the PDF: %w", err)
	}
	return d, nil
}

var (
	title      = regexp.MustCompile(`/Title (\([^)]|<[0-9A-Fa-f]{5,})`)
	pageObject = regexp.MustCompile(`^<</Type /Page\s`)
	figure     = regexp.MustCompile(`^<</Type /StructElem\s+/S /Figure\s`)
	alt        = regexp.MustCompile(`/Alt (\([^)]|<[0-9A-Fa-f]{5,})`)
	marked     = regexp.MustCompile(`/MarkInfo <<[^>]*/Marked true`)
)

// survey finds the pages, counts the figures without words, and tells whether
// the document is tagged.
func (d *document) survey() (pages []int, figures int, tagged bool) {
	for number := range d.offsets {
		o := d.object(number)
		switch {
		case pageObject.Match(o):
			pages = append(pages, number)
		case figure.Match(o) && !alt.Match(o):
			figures++
		}
	}
	root := d.object(refers(d.trailer, "Root"))
	return pages, figures, marked.Match(root) && refers(root, "StructTreeRoot") > 0
}

// attach adds files to a document (ISO 32000-1, 7.11.4).
func (p *packer) attach(at time.Time, files []Attachment) error {
	if len(files) == 0 {
		return nil
	}
	catalog, closed := bytes.CutSuffix(p.bodies[p.root], []byte(">>"))
	if !closed || bytes.Contains(catalog, []byte("/Names")) {
		return errors.New("attach to the PDF: its catalogue is not as Chromium writes it")
	}
	var names, refs []string
	for _, f := range files {
		spec, err := p.file(f, at)
		if err != nil {
			return fmt.Errorf("attach %s: %w", f.Name, err)
		}
		names = append(names, fmt.Sprintf("%s %d 0 R", text(f.Name), spec))
		refs = append(refs, fmt.Sprintf("%d 0 R", spec))
	}
	p.bodies[p.root] = fmt.Appendf(bytes.Clone(catalog), "\n/AF [%s]\n/Names <</EmbeddedFiles <</Names [%s]>>>>>>", strings.Join(refs, " "), strings.Join(names, "\n"))
	return nil
}

// file adds a file's bytes, and its description, whose number it returns.
func (p *packer) file(f Attachment, at time.Time) (int, error) {
	packed, err := deflate(f.Data)
	if err != nil {
		return 0, err
	}
	media, _, _ := strings.Cut(f.MediaType, ";")
	stream := p.add(fmt.Appendf(nil, "<</Type /EmbeddedFile /Subtype /%s /Filter /FlateDecode /Length %d /Params <</Size %d /ModDate (D:%sZ)>>>> stream\n%s\nendstream",
		strings.ReplaceAll(media, "/", "#2F"), len(packed), len(f.Data), at.UTC().Format("20060102150405"), packed))
	return p.add(fmt.Appendf(nil, "<</Type /Filespec /F %[1]s /UF %[1]s /AFRelationship /Data /EF <</F %[2]d 0 R>>>>", text(f.Name), stream)), nil
}

// text writes a string of a PDF, in UTF-16.
func text(s string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return "<" + strings.ToUpper(hex.EncodeToString(b)) + ">"
}
