package chart

import (
	"cmp"
	_ "embed"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ciiscan/ciiscan/inventory"
)

// Style is the style sheet of every chart. It takes its colours from the
// page's custom properties --ink, --soft, --line, --paper, --brand, --good and
// those named like the severities, and has its own where a page has none.
//
//go:embed chart.css
var Style string

//go:embed chart.tmpl
var source string

var page = template.Must(template.New("chart").Parse(source))

// Unknown stands for a number that nobody has, such as that of a week without
// a scan. It is left blank in the picture and said in words, never shown as 0.
// Every number below 0 counts as unknown.
const Unknown = -1

// A Frame is what surrounds the picture. The words are the caller's, in the
// reader's language.
type Frame struct {
	ID    string // unique within the page: letters, digits and hyphens
	Title string // "Open findings by severity"
	// Desc tells what the picture shows, for those who do not see it.
	Desc  string
	Rows  string // heading of the table's first column: "Severity"
	Unit  string // heading of the numbers: "Open findings"
	Empty string // said instead of the picture when there is nothing to draw

	Table   string           // what opens the table, "The numbers" when empty
	Unknown string           // stands for an unknown number, "not known" when empty
	Number  func(int) string // writes a number, Thousands when nil
}

// Tone is a meaning that has a colour and a pattern of its own.
type Tone string

// Tones. A severity's tone has its name. An unknown tone is shown as Plain.
const (
	Plain    Tone = "plain"
	Critical Tone = "critical"
	High     Tone = "high"
	Medium   Tone = "medium"
	Low      Tone = "low"
	Info     Tone = "info"
	Good     Tone = "good"
	Blank    Tone = "blank" // nothing is there: an outline only
)

// patterns draw each tone within a square of 8, so that it is told from the
// others without its colour. Plain and critical are filled.
var patterns = map[Tone]string{
	High:   "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4",
	Medium: "M2,0 v8 M6,0 v8",
	Low:    "M0,4 h8",
	Info:   "M4,3.5 v1",
	Good:   "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4 M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4",
	Blank:  "",
}

func (t Tone) known() Tone {
	if _, ok := patterns[t]; ok || t == Critical {
		return t
	}
	return Plain
}

// Sizes in multiples of the letters' size, and of labels in columns of
// letters: 34 fit beside each other at 320 pixels.
const (
	textLine  = 1.35 // a line of text
	barHeight = 1.1
	rowGap    = .5
	lineWidth = 34
	maxLines  = 2 // of a label
)

// A drawing is a chart ready for the template: it has only to be written.
type drawing struct {
	Frame
	Role   string // "img", or "group" when links are inside, which an image hides
	Height em
	Fills  []fill
	Groups []group
	Head   []string // of the table's columns after the first
	Body   []tableRow
}

// A fill is a pattern that the drawing uses.
type fill struct {
	ID   string
	Tone Tone
	Path string
}

// A group is what belongs to one thing, and goes to its list together.
type group struct {
	Href   string
	Title  string // whole, where a label was cut
	X      share  // where its link begins
	Y, H   em
	Boxes  []box
	Labels []label
	Curves []curve
	Marks  []mark
}

type box struct {
	X, W  share // W 0 is the width of a legend's key
	Y, H  em
	Tone  Tone
	Fill  string // the id of a pattern, or ""
	Title string
	Class string // without a tone
}

type label struct {
	X          share
	DX, Y      em
	Anchor     string // "start", "middle" or "end"
	Class      string
	Value      string // the number, bold
	Name, Note string
}

// A curve is drawn in a square of 100 that is stretched over the plot.
type curve struct {
	Y, H   em
	Tone   Tone
	Dash   string
	Points string
	Area   string // the corners of a band, or with a tone of an area, in place of the others
}

type mark struct {
	X     share
	Y     em
	Tone  Tone
	Shape string
	Title string
}

type tableRow struct {
	Name, Href string
	Cells      []string
}

// em is a length in multiples of the letters' size, share one in percent of
// the width.
type (
	em    float64
	share float64
)

func (e em) String() string    { return short(float64(e)) + "em" }
func (s share) String() string { return short(float64(s)) + "%" }

// short has two decimals at most: more would only make the page longer.
func short(f float64) string {
	return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64)
}

func newDrawing(f Frame) *drawing {
	f.ID = word(f.ID)
	for _, s := range []*string{&f.Title, &f.Desc, &f.Rows, &f.Unit, &f.Empty, &f.Table, &f.Unknown} {
		*s = clean(*s)
	}
	f.Table = cmp.Or(f.Table, "The numbers")
	f.Unknown = cmp.Or(f.Unknown, "not known")
	if f.Number == nil {
		f.Number = Thousands
	}
	return &drawing{Frame: f, Role: "img"}
}

// number writes n, or that nobody knows it.
func (d *drawing) number(n int) string {
	if n < 0 {
		return d.Unknown
	}
	return clean(d.Number(n))
}

// fill returns the id of the tone's pattern, "" for a tone that is filled.
func (d *drawing) fill(t Tone) string {
	path, ok := patterns[t]
	if !ok {
		return ""
	}
	id := d.ID + "-" + string(t)
	if !slices.ContainsFunc(d.Fills, func(f fill) bool { return f.ID == id }) {
		d.Fills = append(d.Fills, fill{ID: id, Tone: t, Path: path})
	}
	return id
}

// add puts g beneath what is there and makes room for it.
func (d *drawing) add(g group) {
	if g.Href != "" {
		d.Role = "group"
	}
	d.Groups = append(d.Groups, g)
	d.Height = max(d.Height, g.Y+g.H)
}

// render writes the chart; with nothing drawn it says so.
func (d *drawing) render() template.HTML { return write(page.Name(), d) + "\n" }

// write fills one of the built-in templates. That it does not fit what it is
// given is a mistake of this package, which its tests find.
func write(name string, data any) template.HTML {
	var b strings.Builder
	if err := page.ExecuteTemplate(&b, name, data); err != nil {
		panic("chart: the built-in template does not fit its data: " + err.Error())
	}
	return template.HTML(strings.TrimSpace(b.String())) //nolint:gosec // html/template has escaped it
}

// Thousands writes 1234567 as "1,234,567".
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// word keeps an id to what may stand in an id and in a reference to it.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-') {
			return r
		}
		return '-'
	}, s)
}

// clean makes foreign text one line that is valid in XML.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, inventory.CleanText(s, 500))
	return strings.Join(strings.Fields(s), " ")
}

// fit returns how many bytes of s fit into the columns. Marks above and below
// letters take none, and the scripts of East Asia two each.
func fit(s string, columns int) int {
	used := 0
	for i, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r > 0xffff:
			used += 2
		default:
			used++
		}
		if used > columns {
			return i
		}
	}
	return len(s)
}

// cut shortens a clean text to the columns that it may take.
func cut(s string, columns int) string {
	if fit(s, columns) == len(s) {
		return s
	}
	return strings.TrimRight(s[:fit(s, columns-1)], " ") + "…"
}

// wrap breaks a clean text into maxLines at most, between words where it can,
// and cuts the last.
func wrap(s string, columns int) []string {
	var lines []string
	for len(lines) < maxLines-1 {
		end := fit(s, columns)
		if end == len(s) {
			break
		}
		if space := strings.LastIndexByte(s[:end+1], ' '); space > 0 {
			end = space
		}
		lines = append(lines, s[:end])
		s = strings.TrimLeft(s[end:], " ")
	}
	return append(lines, cut(s, columns))
}

// named writes what a group is about at the top of it, the number before and
// the note after its name, and returns how high that is.
func (g *group) named(value, name, note string) em {
	lines := wrap(name, lineWidth-fit(value, lineWidth))
	if strings.HasSuffix(lines[len(lines)-1], "…") {
		g.Title = name
	}
	room := lineWidth - utf8.RuneCountInString(lines[len(lines)-1]) - 1
	y := g.Y
	for i, s := range lines {
		l := label{Y: y + 1, Name: s}
		if i == 0 {
			l.Value = value
		}
		if i == len(lines)-1 && fit(note, room) == len(note) {
			l.Note, note = note, ""
		}
		g.Labels = append(g.Labels, l)
		y += textLine
	}
	if note != "" {
		g.Labels = append(g.Labels, label{Y: y + 1, Note: cut(note, lineWidth)})
		y += textLine
	}
	return y - g.Y
}

// local keeps links within the page or the server: a chart is also printed,
// mailed and archived, and must not send its reader elsewhere.
func local(href string) string {
	switch {
	case strings.ContainsAny(href, "\\ \t\r\n") || inventory.CleanText(href, 2000) != href:
		return ""
	case strings.HasPrefix(href, "#") && len(href) > 1, strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//"):
		return href
	}
	return ""
}

func percent(n, of int) share {
	if n <= 0 || of <= 0 {
		return 0
	}
	return share(float64(n) * 100 / float64(of))
}
