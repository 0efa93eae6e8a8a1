package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
)

// A packer writes a document anew, a fraction as large: what Chromium writes
// for screen readers is tens of thousands of small objects, each in the open.
// They go into compressed streams of objects, and their places into one of
// references (ISO 32000-1, 7.5.7 and 7.5.8). No object changes, and none gets
// another number. A viewer of 2003 or later reads it.
type packer struct {
	bodies     [][]byte // of the objects, by number; nil is none
	root, info int
}

// perStream is how many objects go into one stream: who wants one of them
// unpacks them all.
const perStream = 200

// unpacked takes the objects of a document.
func (d *document) unpacked() (*packer, error) {
	p := &packer{bodies: make([][]byte, len(d.offsets)), root: refers(d.trailer, "Root"), info: refers(d.trailer, "Info")}
	for number, at := range d.offsets {
		if p.bodies[number] = d.body(number); at != 0 && p.bodies[number] == nil {
			return nil, fmt.Errorf("pack the PDF: object %d is not as Chromium writes it", number)
		}
	}
	if p.root == 0 || p.info == 0 || p.bodies[p.root] == nil {
		return nil, errors.New("pack the PDF: it has no catalogue")
	}
	return p, nil
}

// add adds an object, whose number it returns.
func (p *packer) add(body []byte) int {
	p.bodies = append(p.bodies, body)
	return len(p.bodies) - 1
}

// A place is where an object is: in the open at an offset, or in a stream of
// objects as one of several.
type place struct {
	kind  byte // 0 nowhere, 1 in the open, 2 in a stream
	at    int  // offset, or number of the stream
	index int
}

// write makes the file.
func (p *packer) write() ([]byte, error) {
	out := bytes.NewBufferString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	places := make([]place, len(p.bodies))
	var small []int
	for number, body := range p.bodies {
		switch {
		case body == nil:
		case bytes.HasSuffix(body, endOfStream):
			places[number] = place{kind: 1, at: out.Len()}
			object(out, number, body)
		default:
			small = append(small, number)
		}
	}
	for len(small) > 0 {
		some := small[:min(perStream, len(small))]
		small = small[len(some):]
		body, err := p.stream(some)
		if err != nil {
			return nil, err
		}
		for i, number := range some {
			places[number] = place{2, len(places), i}
		}
		places = append(places, place{kind: 1, at: out.Len()})
		object(out, len(places)-1, body)
	}
	return p.end(out, places)
}

func object(out *bytes.Buffer, number int, body []byte) {
	fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", number, body)
}

// stream makes one stream of several objects.
func (p *packer) stream(numbers []int) ([]byte, error) {
	var head, all bytes.Buffer
	for _, number := range numbers {
		fmt.Fprintf(&head, "%d %d ", number, all.Len())
		all.Write(p.bodies[number])
		all.WriteByte('\n')
	}
	packed, err := deflate(append(head.Bytes(), all.Bytes()...))
	return fmt.Appendf(nil, "<</Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d>> stream\n%s\nendstream", len(numbers), head.Len(), len(packed), packed), err
}

// rowSize is the size of a reference: its kind, where, and which.
const rowSize = 1 + 4 + 2

// end adds the stream of references, itself among them. Each row is written as
// the difference to the one before, which packs well.
func (p *packer) end(out *bytes.Buffer, places []place) ([]byte, error) {
	start := out.Len()
	places = append(places, place{kind: 1, at: start})
	var rows []byte
	var before [rowSize]byte
	for number, at := range places {
		var row [rowSize]byte
		row[0] = at.kind
		binary.BigEndian.PutUint32(row[1:], uint32(at.at))
		binary.BigEndian.PutUint16(row[5:], uint16(at.index))
		if number == 0 {
			row[5], row[6] = 0xff, 0xff // the head of what is free
		}
		rows = append(rows, 2) // "up" of PNG
		for i := range row {
			rows = append(rows, row[i]-before[i])
		}
		before = row
	}
	packed, err := deflate(rows)
	if err != nil {
		return nil, err
	}
	object(out, len(places)-1, fmt.Appendf(nil, "<</Type /XRef /Size %d /Root %d 0 R /Info %d 0 R /W [1 4 2] /Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns %d>> /Length %d>> stream\n%s\nendstream",
		len(places), p.root, p.info, rowSize, len(packed), packed))
	fmt.Fprintf(out, "startxref\n%d\n%%%%EOF\n", start)
	return out.Bytes(), nil
}

func deflate(b []byte) ([]byte, error) {
	var packed bytes.Buffer
	z, err := zlib.NewWriterLevel(&packed, zlib.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
