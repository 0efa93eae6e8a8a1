package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
)

// A document is a PDF as Chromium writes it: a plain table of plain objects
// (ISO 32000-1, 7.5.4). Anything else is refused: it is not what we printed.
type document struct {
	raw     []byte
	offsets []int       // of the objects, by number; 0 is none
	ends    map[int]int // where what begins at an offset ends
	table   int         // offset of the table of offsets
	trailer []byte
}

// maxStream bounds a stream when it is unpacked, in bytes.
const maxStream = 64 << 20

var (
	startOfTable = regexp.MustCompile(`startxref\s+(\d+)\s+%%EOF\s*$`)
	tableHead    = regexp.MustCompile(`^xref\s+0 (\d+)\s*\n`)
	objectHead   = regexp.MustCompile(`^(\d+) 0 obj\s`)
	streamLength = regexp.MustCompile(`/Length (\d+)\b`)
	reference    = regexp.MustCompile(`^\s*(\d+) 0 R`)
)

var endOfStream = []byte("endstream")

// entrySize is the size of one line of the table.
const entrySize = 20

func parse(raw []byte) (*document, error) {
	broken := errors.New("read the PDF: it is broken, or not as Chromium writes it")
	m := startOfTable.FindSubmatch(raw[max(0, len(raw)-100):])
	if m == nil {
		return nil, broken
	}
	d := &document{raw: raw, table: atoi(m[1])}
	if d.table <= 0 || d.table >= len(raw) {
		return nil, broken
	}
	rest := raw[d.table:]
	head := tableHead.FindSubmatch(rest[:min(len(rest), 50)])
	if head == nil {
		return nil, broken
	}
	rest = rest[len(head[0]):]
	count := atoi(head[1])
	if count*entrySize > len(rest) {
		return nil, broken
	}
	for i := range count {
		offset := atoi(rest[i*entrySize : i*entrySize+10])
		if offset < 0 || offset >= len(raw) {
			return nil, broken
		}
		d.offsets = append(d.offsets, offset)
	}
	_, d.trailer, _ = bytes.Cut(rest[count*entrySize:], []byte("trailer"))
	if len(d.trailer) == 0 {
		return nil, broken
	}
	d.ends = make(map[int]int, count)
	begins := append(slices.Sorted(slices.Values(d.offsets)), d.table)
	for i, at := range begins[1:] {
		d.ends[begins[i]] = at // of several at one place, the last counts
	}
	return d, nil
}

func atoi(b []byte) int {
	n, err := strconv.Atoi(string(b))
	if err != nil {
		return -1
	}
	return n
}

// body is what stands between the head of an object and its end, its stream
// included. Words inside of it may look like the end of an object: where the
// next one begins decides.
func (d *document) body(number int) []byte {
	if number <= 0 || number >= len(d.offsets) || d.offsets[number] == 0 {
		return nil
	}
	at := d.offsets[number]
	b := d.raw[at:max(at, d.ends[at])]
	m := objectHead.FindSubmatch(b[:min(len(b), 30)])
	if m == nil || atoi(m[1]) != number {
		return nil
	}
	b, whole := bytes.CutSuffix(bytes.TrimRight(b[len(m[0]):], " \r\n"), []byte("endobj"))
	if !whole {
		return nil
	}
	return bytes.TrimRight(b, " \r\n")
}

// object is the text of an object, up to its end or its stream.
func (d *document) object(number int) []byte {
	b := d.body(number)
	if bytes.HasSuffix(b, endOfStream) {
		if i := bytes.Index(b, []byte(">> stream")); i >= 0 {
			return b[:i+2]
		}
	}
	return b
}

// stream unpacks the stream of an object.
func (d *document) stream(number int) ([]byte, error) {
	head := d.object(number)
	m := streamLength.FindSubmatch(head)
	if m == nil {
		return nil, fmt.Errorf("object %d has no stream", number)
	}
	b := d.body(number)
	i := bytes.Index(b, []byte(">> stream"))
	if i < 0 {
		return nil, fmt.Errorf("object %d has no stream", number)
	}
	b = bytes.TrimPrefix(bytes.TrimPrefix(b[i+len(">> stream"):], []byte("\r")), []byte("\n"))
	if n := atoi(m[1]); n <= len(b) {
		b = b[:n]
	}
	if !bytes.Contains(head, []byte("/FlateDecode")) {
		return b, nil
	}
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("unpack object %d: %w", number, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, maxStream))
	if err != nil {
		return nil, fmt.Errorf("unpack object %d: %w", number, err)
	}
	return out, nil
}

// refers is the object that a name of a dictionary refers to, or 0.
func refers(dict []byte, name string) int {
	_, after, ok := bytes.Cut(dict, []byte("/"+name+" "))
	if !ok {
		return 0
	}
	if m := reference.FindSubmatch(after); m != nil {
		return atoi(m[1])
	}
	return 0
}
