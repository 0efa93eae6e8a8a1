package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/net/html"
)

func render(t testing.TB, r Report) map[string]string {
	t.Helper()
	files, err := Render(r, Formats(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range files {
		out[strings.TrimPrefix(f.Name, r.ID)] = string(f.Data)
	}
	return out
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	r := build(t, operator(sample(t)))
	paths, err := Write(dir, r, []string{"html", "CSV", " json", "html"}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range paths {
		names = append(names, filepath.Base(p))
		info, err := os.Stat(p)
		if err != nil || info.Size() == 0 || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	want := ".html -findings.csv -changes.csv -closed.csv -between.csv -services.csv -risky-services.csv -certificates.csv -hosts.csv -scope.csv -coverage.csv -waivers.csv -trends.csv -advisories.csv .json"
	if got := strings.ReplaceAll(strings.Join(names, " "), "weekly-ORG-7-2026-W47", ""); got != want {
		t.Errorf("files = %s, want %s", got, want)
	}
	if again, err := Write(dir, r, []string{"html"}, Options{}); err != nil || len(again) != 1 {
		t.Errorf("writing again = %v, %v", again, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".report-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}

	for reason, formats := range map[string][]string{"an unknown format": {"html", "pdf"}, "no format": nil} {
		empty := t.TempDir()
		if _, err := Write(empty, r, formats, Options{}); !errors.Is(err, inventory.ErrInvalid) || inventory.HintOf(err) == "" {
			t.Errorf("%s: Write = %v, want an InputError with a hint", reason, err)
		}
		if entries, _ := os.ReadDir(empty); len(entries) != 0 {
			t.Errorf("%s: wrote %v", reason, entries)
		}
	}
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(blocked, r, []string{"html"}, Options{}); err == nil {
		t.Error("Write into a file says nothing")
	}
	taken := t.TempDir()
	if err := os.Mkdir(filepath.Join(taken, r.ID+".json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(taken, r, []string{"json"}, Options{}); err == nil {
		t.Error("Write over a folder says nothing")
	}
	if entries, _ := os.ReadDir(taken); len(entries) != 1 {
		t.Errorf("a failed Write left %v", entries)
	}
}

func TestSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("report.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]Data{
		"operator": operator(sample(t)), "national": national(t, sample(t)), "nothing": {From: from, To: to, At: to}, "hostile": operator(hostile(t)),
		"sector": sector(t, sample(t), 6), "few": sector(t, sample(t), 2), "hostile nation": national(t, hostile(t)),
	} {
		got, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, build(t, d))[".json"]))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The same numbers stand in every format.
func TestFormatsAgree(t *testing.T) {
	r := build(t, operator(sample(t)))
	files := render(t, r)
	open := 0
	for _, f := range r.Card {
		if strings.HasPrefix(f.Key, "open_") {
			open += f.Value
		}
	}
	if got := len(cells(t, files["-findings.csv"])) - 1; got != open {
		t.Errorf("findings.csv has %d findings, the card %d", got, open)
	}
	var back Report
	if err := json.Unmarshal([]byte(files[".json"]), &back); err != nil {
		t.Fatal(err)
	}
	inJSON := 0
	for _, p := range back.Problems {
		inJSON += len(p.Findings)
	}
	page := parse(t, files[".html"])
	if inHTML := len(page.all("problems", "tbody", "tr")); inJSON != open || inHTML != open {
		t.Errorf("JSON has %d findings, HTML %d, the card %d", inJSON, inHTML, open)
	}
	for suffix, want := range map[string]int{"-changes.csv": len(r.Changes), "-coverage.csv": len(r.Coverage), "-services.csv": len(r.Services)} {
		if got := len(cells(t, files[suffix])) - 1; got != want {
			t.Errorf("%s has %d lines, want %d", suffix, got, want)
		}
	}
	for section, want := range map[string]int{"changes": len(r.Changes) + len(r.Between), "coverage": len(r.Coverage), "services": len(r.Services)} {
		if got := len(page.all(section, "tbody", "tr")); got != want {
			t.Errorf("section %s has %d lines, want %d", section, got, want)
		}
	}
}

// A page that would be too long says what it leaves out; the files have it.
func TestLongTablesSayWhatTheyLeaveOut(t *testing.T) {
	d := operator(sample(t))
	f, e := d.Findings[1], d.Events[1]
	for i := range maxRows + 6 {
		f.ID = inventory.FindingID(fmt.Sprintf("F-%d", 1000+i))
		e.Finding = f.ID
		d.Findings, d.Events = append(d.Findings, f), append(d.Events, e)
	}
	files := render(t, build(t, d))
	if got := strings.Count(files[".html"], "7 more rows are in the files."); got != 2 {
		t.Errorf("%d of 2 long tables say that 7 rows are left out", got)
	}
	if got := len(cells(t, files["-changes.csv"])) - 1; got != maxRows+11 {
		t.Errorf("changes.csv has %d lines, want %d", got, maxRows+11)
	}
}

func TestHTMLShows(t *testing.T) {
	got := html.UnescapeString(render(t, build(t, operator(sample(t))))[".html"])
	for _, want := range []string{
		"<title>TLP:AMBER Weekly exposure report 2026-W47: Mahaweli Hydro Power</title>",
		"23 November 2026, 11:30 +05:30",       // in the operator's time zone
		"16 November 2026 to 23 November 2026", // Colombo's days
		"overdue", "back again, in progress", "waived until", "accepted risk", "198.51.100.10 port 6379/tcp",
		"the last scan could not tell: port 3389/tcp is filtered", "no current authorisation covers it",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	d := operator(sample(t))
	d.Findings, d.Events = nil, nil
	if got := render(t, build(t, d))[".html"]; !strings.Contains(got, "No open finding asks for work now. But not everything could be looked at") {
		t.Error("a calm week that did not look everywhere does not say so")
	}
	d.Org.TimeZone = "Mars/Olympus"
	if got := html.UnescapeString(render(t, build(t, d))[".html"]); !strings.Contains(got, "06:00 +00:00") {
		t.Error("an unknown time zone is not shown as UTC")
	}
}

func cells(t *testing.T, text string) [][]string {
	t.Helper()
	body, ok := strings.CutPrefix(text, "\ufeff")
	if !ok || strings.Count(body, "\n") != strings.Count(body, "\r\n") {
		t.Error("a CSV file has no byte-order mark or bare newlines")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Every heading, table and region of the page can be found by those who do
// not see it.
func TestPageIsAccessible(t *testing.T) {
	for name, d := range map[string]Data{"national": national(t, sample(t)), "operator": operator(sample(t)), "sector": sector(t, sample(t), 6), "nothing": {From: from, To: to, At: to}} {
		page := parse(t, render(t, build(t, d))[".html"])
		ids := map[string]bool{}
		level := 0
		for n := range page.root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if id := attr(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %s twice", name, id)
				}
				ids[id] = true
			}
			if regexp.MustCompile(`^h[1-6]$`).MatchString(n.Data) {
				if next := int(n.Data[1] - '0'); next > level+1 {
					t.Errorf("%s: heading %s after level %d", name, n.Data, level)
				} else {
					level = next
				}
			}
			if n.Data == "th" && attr(n, "scope") == "" {
				t.Errorf("%s: a table heading without scope", name)
			}
			if n.Data == "html" && attr(n, "lang") == "" {
				t.Errorf("%s: no language", name)
			}
		}
		for n := range page.root.Descendants() {
			for ref := range strings.FieldsSeq(attr(n, "aria-labelledby")) {
				if !ids[ref] {
					t.Errorf("%s: %s is labelled by %s, which is not there", name, n.Data, ref)
				}
			}
			if href := attr(n, "href"); strings.HasPrefix(href, "#") && !ids[href[1:]] {
				t.Errorf("%s: link to %s, which is not there", name, href)
			}
		}
	}
}

type document struct{ root *html.Node }

func parse(t testing.TB, text string) document {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return document{root}
}

// all finds the elements named last below those named before, within the
// element with the id ("" for the whole page).
func (d document) all(id string, path ...string) []*html.Node {
	from := []*html.Node{d.root}
	if id != "" {
		from = nil
		for n := range d.root.Descendants() {
			if attr(n, "id") == id {
				from = append(from, n)
			}
		}
	}
	for _, name := range path {
		var next []*html.Node
		for _, n := range from {
			for c := range n.Descendants() {
				if c.Type == html.ElementNode && c.Data == name && !slices.Contains(next, c) {
					next = append(next, c)
				}
			}
		}
		from = next
	}
	return from
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
