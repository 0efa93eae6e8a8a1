package importer

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// A Format is what a file is, when its columns need no matching.
type Format string

// Formats. A spreadsheet, CSV and a list are the empty one: people made them,
// and say what their columns hold.
const (
	Nmap      Format = "nmap"
	CycloneDX Format = "cyclonedx"
)

// fixedColumns are what files of programs come to, in order. The first tells
// where in the file it stands and holds nothing of an asset.
var fixedColumns = []string{"element", fieldAddress, fieldHost, fieldName}

// fix makes t a table of those columns, for a file of that format.
func (t *table) fix(format Format) {
	t.format = format
	t.fields = map[string]string{}
	for i, name := range fixedColumns[1:] {
		t.fields[columnLetter(i+1)] = name
	}
	t.lines = []line{{number: 0, cells: fixedColumns}}
}

// put appends what one element of the file says; elements are counted from 1.
func (t *table) put(element string, addresses []string, host, name string) error {
	return t.add(len(t.lines), []string{element, strings.Join(addresses, " "), host, name})
}

// empty tells whether nothing was put into the table.
func (t *table) empty() bool { return len(t.lines) <= 1 }

// note keeps a sentence that counts something, when there is something.
func (t *table) note(n int, sentence string) {
	if n > 0 {
		t.notes = append(t.notes, fmt.Sprintf(sentence, n))
	}
}

// readText reads what is not a workbook: XML and JSON of programs by how they
// begin, which no address and no heading does, else CSV.
func (f file) readText(b []byte) (table, error) {
	text, note, err := f.decode(b)
	if err != nil {
		return table{}, err
	}
	t := table{file: f}
	if note != "" {
		t.notes = append(t.notes, note)
	}
	switch {
	case begin(text) == '<':
		return t, f.readXML(text, &t)
	case isFixed(text):
		return t, f.readCycloneDX(text, &t)
	}
	return t, f.readCSV(text, &t)
}

// begin is a text's first character that is no space, 0 when there is none.
func begin(text string) byte {
	if text = strings.TrimLeft(text, " \t\r\n\ufeff"); text == "" {
		return 0
	}
	return text[0]
}

// isFixed tells whether a text is XML or JSON. A bracket alone can begin an
// address as well.
func isFixed(text string) bool {
	switch c := begin(text); c {
	case '[':
		next := begin(text[strings.IndexByte(text, c)+1:])
		return next == 0 || strings.IndexByte(`{["]`, next) >= 0
	default:
		return c == '<' || c == '{'
	}
}

// Limits of what programs write, besides those of all files.
const (
	maxDepth = 100 // elements within elements; nmap writes 8
)

// newDecoder reads XML whose encoding has been dealt with, whatever it says of
// itself.
func newDecoder(text string) *xml.Decoder {
	d := xml.NewDecoder(strings.NewReader(strings.TrimLeft(text, " \t\r\n\ufeff")))
	d.CharsetReader = asIs
	return d
}

// readXML tells files apart by their root.
func (f file) readXML(text string, t *table) error {
	d := newDecoder(text)
	for {
		token, err := d.Token()
		if err != nil {
			return f.brokenXML(d, err)
		}
		if declaresEntities(token) {
			return f.unreadable("it declares XML entities of its own, which no scanner does", "make the file anew, with nmap -oX")
		}
		root, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch root.Name.Local {
		case "nmaprun":
			return f.readNmap(d, t)
		case "bom":
			return f.unreadable("it is CycloneDX in XML", "save it as CycloneDX in JSON and bring that, for example with: cyclonedx convert --output-format json")
		case "html":
			return f.unreadable("it is a web page", saveAs)
		}
		return f.unreadable(fmt.Sprintf("its XML begins with <%s>", cleanLine(root.Name.Local)), "of XML, only what nmap -oX writes is understood")
	}
}

// declaresEntities tells whether a document type comes with declarations. The
// decoder would not follow them; who sends them means no good.
func declaresEntities(token xml.Token) bool {
	d, ok := token.(xml.Directive)
	return ok && strings.ContainsRune(string(d), '[')
}

// brokenXML says where an XML file breaks off.
func (f file) brokenXML(d *xml.Decoder, err error) error {
	at, _ := d.InputPos()
	message := err.Error()
	if wrong, ok := errors.AsType[*xml.SyntaxError](err); ok {
		at, message = wrong.Line, wrong.Msg
	}
	if strings.Contains(message, "EOF") {
		return f.unreadable(fmt.Sprintf("it breaks off in line %d", at), "the scan was interrupted, or the file not copied to its end: make or copy it again")
	}
	return f.unreadable(fmt.Sprintf("line %d: %s", at, cleanLine(message)), "make the file anew, with nmap -oX")
}
