package pdf

import (
	"bytes"
	"compress/zlib"
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

// Finish checks a printed report and attaches files to it. id is the report's,
// which must stand in its text; at dates the attachments.
func Finish(printed []byte, id string, at time.Time, attach []Attachment) ([]byte, error) {
	d, err := checked(printed, id)
	if err != nil || len(attach) == 0 {
		return printed, err
	}
	return d.attach(at, attach)
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

// attach adds files behind the end of the document, as a change of it (ISO
// 32000-1, 7.5.6 and 7.11.4): what was printed stays as it is, to the byte.
func (d *document) attach(at time.Time, files []Attachment) ([]byte, error) {
	root := refers(d.trailer, "Root")
	catalog := bytes.TrimRight(d.object(root), " \r\n")
	body, closed := bytes.CutSuffix(catalog, []byte(">>"))
	if !closed || bytes.Contains(catalog, []byte("/Names")) {
		return nil, errors.New("attach to the PDF: its catalogue is not as Chromium writes it")
	}
	u := update{out: bytes.NewBuffer(bytes.Clone(d.raw)), next: len(d.offsets), at: map[int]int{}}
	var names, refs []string
	for _, f := range files {
		spec, err := u.file(f, at)
		if err != nil {
			return nil, fmt.Errorf("attach %s: %w", f.Name, err)
		}
		names = append(names, fmt.Sprintf("%s %d 0 R", text(f.Name), spec))
		refs = append(refs, fmt.Sprintf("%d 0 R", spec))
	}
	u.object(root, fmt.Sprintf("%s\n/AF [%s]\n/Names <</EmbeddedFiles <</Names [%s]>>>>>>", body, strings.Join(refs, " "), strings.Join(names, "\n")))
	u.end(root, refers(d.trailer, "Info"), d.table)
	return u.out.Bytes(), nil
}

// An update is what is added to a document.
type update struct {
	out  *bytes.Buffer
	next int         // number of the next new object
	at   map[int]int // offset of what was added, by number
}

func (u *update) object(number int, body string) {
	u.at[number] = u.out.Len()
	fmt.Fprintf(u.out, "%d 0 obj\n%s\nendobj\n", number, body)
}

// file adds a file's bytes, and its description, whose number it returns.
func (u *update) file(f Attachment, at time.Time) (int, error) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, err := z.Write(f.Data)
	if err = errors.Join(err, z.Close()); err != nil {
		return 0, err
	}
	stream, spec := u.next, u.next+1
	u.next += 2
	media, _, _ := strings.Cut(f.MediaType, ";")
	u.object(stream, fmt.Sprintf("<</Type /EmbeddedFile /Subtype /%s /Filter /FlateDecode /Length %d /Params <</Size %d /ModDate (D:%sZ)>>>> stream\n%s\nendstream",
		strings.ReplaceAll(media, "/", "#2F"), packed.Len(), len(f.Data), at.UTC().Format("20060102150405"), packed.Bytes()))
	u.object(spec, fmt.Sprintf("<</Type /Filespec /F %[1]s /UF %[1]s /AFRelationship /Data /EF <</F %[2]d 0 R>>>>", text(f.Name), stream))
	return spec, nil
}

// end adds the table of what was added, and points back to the one before.
func (u *update) end(root, info, before int) {
	table := u.out.Len()
	entry := func(number int) { fmt.Fprintf(u.out, "%d 1\n%010d 00000 n \n", number, u.at[number]) }
	u.out.WriteString("xref\n")
	entry(root)
	for number := range u.next {
		if _, added := u.at[number]; added && number != root {
			entry(number)
		}
	}
	fmt.Fprintf(u.out, "trailer\n<</Size %d\n/Root %d 0 R\n/Info %d 0 R\n/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", u.next, root, info, before, table)
}

// text writes a string of a PDF, in UTF-16.
func text(s string) string {
	b := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return "<" + strings.ToUpper(hex.EncodeToString(b)) + ">"
}
