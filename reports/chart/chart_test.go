package chart

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func frame(id string) Frame {
	return Frame{ID: id, Title: "Title of " + id, Desc: "What it shows.", Rows: "Thing", Unit: "Count", Empty: "There is nothing."}
}

// examples are one chart of each kind with something of everything.
func examples() map[string]template.HTML {
	weeks := []Moment{{"2026-W44", "/w/44"}, {"2026-W45", ""}, {"2026-W46", ""}, {"2026-W47", "/w/47"}}
	return map[string]template.HTML{
		"band": Lines(frame("band"), weeks, []Series{
			{Label: "sector", Values: []int{2, 3, Unknown, 5}, Upto: []int{4, 9, 8, 7}}, {Label: "here", Values: []int{1, 2, 3, 4}, Tone: High, Href: "/findings"},
		}),
		"bars": Bars(frame("bars"), []Bar{
			{Label: "critical", Note: "2 new, 1 fixed", Value: 1234567, Also: []int{2}, Tone: Critical, Href: "/findings?severity=critical"},
			{Label: "A weakness with a name so long that it does not fit into two lines beside each other", Value: 400000, Also: []int{Unknown}, Tone: High},
			{Label: "low", Value: 0, Tone: Low},
			{Label: "info", Value: Unknown, Tone: "mauve"},
		}, "New"),
		"stacks": Stacks(frame("stacks"), []Part{{"reached", Good, "#fine"}, {"not reached", High, ""}, {"not tested", Blank, ""}}, []Stack{
			{"Energy", []int{1200, 300, 5}, "/sectors/energy"}, {"Water", []int{10, 0}, ""},
		}),
		"areas": Areas(frame("areas"), weeks, []Series{
			{Label: "critical", Values: []int{5, 7, 3, 1000}, Tone: Critical, Href: "/findings"},
			{Label: "a name that is too long", Values: []int{2, 0, 4, 12345}, Tone: High},
			{Label: "low", Values: []int{0, 0, 0, 0}, Tone: Low},
		}),
		"pairs": Pairs(frame("pairs"), weeks, Series{Label: "new", Values: []int{5, 0, 3, 1000}, Tone: High, Href: "/findings"}, Series{Label: "fixed", Values: []int{2, Unknown, 4}, Tone: Good}),
		"spark": Spark("4 weeks: from <1> to 9", []int{1, Unknown, 3, 9}),
		"lines": Lines(frame("lines"), weeks, []Series{
			{"critical", []int{5, 7, 3, 1000}, Critical, "/findings", nil}, {"high", []int{2, Unknown, 4}, High, "", nil},
		}),
	}
}

func TestGolden(t *testing.T) {
	for name, got := range examples() {
		path := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// hostile names try to run, to leave their element or to mislead.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title></desc></svg><svg onload=alert(1)>`, `</text></summary></td>`,
	`javascript:alert(1)`, `{{.ID}} url(https://evil.example) &amp;`, "\x00\x1b[31m\u0085\ufffe\uffff\xff", "invoice\u202egnp.exe", "\u2066x\u2069", "a\r\nb",
	strings.Repeat("W", 100_000), strings.Repeat("é\u0301", 300), "", " ", "…", "'\"`",
}

func attacked() []template.HTML {
	f := Frame{}
	var bars []Bar
	var parts []Part
	var stacks []Stack
	var moments []Moment
	var series []Series
	for i, s := range hostile {
		f = Frame{ID: f.ID + s[:min(20, len(s))], Title: s, Desc: s, Rows: s, Unit: s, Empty: s, Table: s, Unknown: s}
		bars = append(bars, Bar{Label: s, Note: s, Value: i, Also: []int{-i}, Tone: Tone(s), Href: s})
		parts = append(parts, Part{s, Tone(s), s})
		stacks = append(stacks, Stack{s, []int{i, -1, i * i}, "//evil.example/" + s})
		moments = append(moments, Moment{s, "/\\evil.example"})
		series = append(series, Series{s, []int{i, -1, 3, -7}, Tone(s), "https://evil.example/" + s, []int{i, 2, -5}})
	}
	out := []template.HTML{}
	for _, s := range hostile {
		f.Title, f.Desc, f.Rows, f.Unit, f.Empty, f.Table, f.Unknown = s, s, s, s, s, s, s
		f.Number = func(n int) string { return s + fmt.Sprint(n) }
		out = append(out, Bars(f, bars, s), Stacks(f, parts, stacks), Lines(f, moments, series), Bars(f, nil),
			Areas(f, moments, series[2:5]), Pairs(f, moments, series[2], series[5]), Spark(s, []int{1, 2, -3}))
	}
	return out
}

// A chart is well-formed, so that nothing leaves its element, and has only
// what cannot run, load or lead elsewhere.
func TestHarmless(t *testing.T) {
	elements := strings.Fields("div p svg title desc defs pattern rect path polyline polygon g a text tspan details summary span table thead tbody tr th td bdi")
	all := attacked()
	for _, c := range examples() {
		all = append(all, c)
	}
	for _, c := range all {
		if len(c) > 200_000 {
			t.Errorf("a chart of %d bytes: a text was not cut", len(c))
		}
		if strings.ContainsAny(string(c), "\u202e\u2066\u2069\r\x00\x1b\ufffe\uffff") {
			t.Error("a chart has characters that hide or reorder others")
		}
		for _, e := range parse(t, c) {
			if !slices.Contains(elements, e.Name.Local) {
				t.Errorf("element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" || a.Name.Local == "src" {
					t.Errorf("attribute %s=%q", a.Name.Local, a.Value)
				}
				if a.Name.Local == "href" && (!strings.ContainsAny(a.Value[:1], "/#") || strings.HasPrefix(a.Value, "//") || strings.Contains(a.Value, `\`)) {
					t.Errorf("link to %q", a.Value)
				}
				if a.Name.Local == "fill" && !regexp.MustCompile(`^url\(#[A-Za-z0-9-]+\)$`).MatchString(a.Value) {
					t.Errorf("fill %q", a.Value)
				}
			}
		}
	}
}

func TestAccessible(t *testing.T) {
	ids := map[string]bool{} // of one page with every example
	charts := examples()
	delete(charts, "spark") // it stands beside its number
	for name, c := range charts {
		elements := parse(t, c)
		for _, e := range elements {
			if id := attr(e, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %s twice", name, id)
				}
				ids[id] = true
			}
		}
		links, seen := 0, map[string]int{}
		for _, e := range elements {
			seen[e.Name.Local]++
			for ref := range strings.FieldsSeq(attr(e, "aria-labelledby")) {
				if !ids[ref] {
					t.Errorf("%s: labelled by %s, which is not there", name, ref)
				}
			}
			if fill := attr(e, "fill"); fill != "" && !ids[strings.TrimSuffix(strings.TrimPrefix(fill, "url(#"), ")")] {
				t.Errorf("%s: filled with %s, which is not there", name, fill)
			}
			if e.Name.Local == "a" {
				links++
			}
		}
		if links < 2 || seen["details"] != 1 || seen["table"] != 1 || seen["desc"] != 1 {
			t.Errorf("%s: %d links, %v", name, links, seen)
		}
		if !strings.Contains(string(c), `role="group"`) { // an image hides the links inside
			t.Errorf("%s: has links and is no group", name)
		}
	}
	plain := string(Bars(frame("x"), []Bar{{Label: "a", Value: 1}}))
	if !strings.Contains(plain, `<svg class="chart-picture" role="img" aria-labelledby="x-title x-desc"`) {
		t.Errorf("a chart without links is no image:\n%s", plain)
	}
}

// Each tone of a chart is told from the others without its colour.
func TestTonesDiffer(t *testing.T) {
	seen := map[string]Tone{}
	for _, tone := range []Tone{Plain, High, Medium, Low, Info, Good, Blank} {
		look := "filled"
		if path, ok := patterns[tone]; ok {
			look = path
		}
		if other, twice := seen[look]; twice {
			t.Errorf("%s looks like %s", tone, other)
		}
		seen[look] = tone
	}
	looks := map[string]bool{}
	for _, s := range styles {
		looks[s.dash], looks[s.shape] = true, true
	}
	if len(looks) != 2*len(styles) {
		t.Error("two lines look alike")
	}
}

func TestEmpty(t *testing.T) {
	want := template.HTML("<div class=\"chart\"><p class=\"chart-empty\">There is nothing.</p></div>\n")
	for name, got := range map[string]template.HTML{
		"no bars": Bars(frame("x"), nil), "bars of nothing": Bars(frame("x"), []Bar{{Label: "a"}, {Label: "b", Also: []int{0}}}, "New"),
		"no stacks": Stacks(frame("x"), nil, nil), "stacks of nothing": Stacks(frame("x"), []Part{{Label: "a"}}, []Stack{{Values: []int{0}}}),
		"no lines": Lines(frame("x"), nil, nil), "no time": Lines(frame("x"), nil, []Series{{Values: []int{1}}}),
		"no areas": Areas(frame("x"), nil, nil), "areas of nothing": Areas(frame("x"), []Moment{{Label: "a"}}, []Series{{Values: []int{0}}}),
		"no pairs":      Pairs(frame("x"), []Moment{{Label: "a"}}, Series{Values: []int{0}}, Series{Values: []int{Unknown}}),
		"nothing known": Lines(frame("x"), []Moment{{Label: "a"}}, []Series{{Values: []int{Unknown}}}),
	} {
		if got != want {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	if got := Bars(frame("x"), []Bar{{Label: "a", Also: []int{3}}}, "Fixed"); !strings.Contains(string(got), `<td class="n">3</td>`) {
		t.Error("a week in which all was fixed is shown as nothing")
	}
}

func TestUnknownIsNotZero(t *testing.T) {
	got := string(Bars(frame("x"), []Bar{{Label: "a", Value: 1}, {Label: "b", Value: Unknown}}))
	if strings.Count(got, "not known") != 2 || strings.Contains(got, ">0<") || strings.Contains(got, "-1") {
		t.Errorf("an unknown number is not said in picture and table:\n%s", got)
	}
	lines := string(Lines(frame("x"), make([]Moment, 5), []Series{{Values: []int{1, 2, Unknown, 4, 5}}}))
	if n := strings.Count(lines, "<polyline"); n != 2 {
		t.Errorf("a line with a gap has %d parts, want 2", n)
	}
}

func TestOneStackHasARowForEachPart(t *testing.T) {
	got := string(Stacks(frame("x"), []Part{{"up", Good, "#up"}, {"down", High, ""}}, []Stack{{Values: []int{1500, Unknown}}}))
	for _, want := range []string{
		`<th scope="row"><a href="#up"><bdi>up</bdi></a></th><td class="n">1,500</td>`, `<th scope="row"><bdi>down</bdi></th><td class="n">not known</td>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in:\n%s", want, got)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -999: "-999", -1000: "-1,000"} {
		if got := Thousands(n); got != want {
			t.Errorf("Thousands(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestCeiling(t *testing.T) {
	for n, want := range map[int]int{0: 2, 1: 2, 3: 4, 9: 10, 11: 12, 13: 16, 17: 20, 1200: 1200, 1_000_001: 1_200_000} {
		if got := ceiling(n); got != want {
			t.Errorf("ceiling(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		reason, in string
		want       []string
	}{
		{"short", "ab cd", []string{"ab cd"}},
		{"between words", "abcdef ghij klm", []string{"abcdef", "ghij klm"}},
		{"exactly full", "abcdefgh ijk", []string{"abcdefgh", "ijk"}},
		{"no space", "abcdefghijkl", []string{"abcdefgh", "ijkl"}},
		{"cut", "abcdefgh ijklmnop qr", []string{"abcdefgh", "ijklmno…"}},
		{"marks take no room", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", []string{"e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"}},
		{"wide", "漢字漢字漢字", []string{"漢字漢字", "漢字"}},
	} {
		if d := cmp.Diff(c.want, wrap(c.in, 8)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.reason, d)
		}
	}
}

// parse returns the elements of a chart, which must be well-formed XML.
func parse(t *testing.T, c template.HTML) []xml.StartElement {
	t.Helper()
	var out []xml.StartElement
	for d := xml.NewDecoder(strings.NewReader(string(c))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v in:\n%.2000s", err, c)
		}
		if e, ok := token.(xml.StartElement); ok {
			out = append(out, e.Copy())
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
