package search_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestSearch(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	for text, want := range map[string]string{
		"island power":     "/organizations/ORG-1",
		"192.0.2.10":       "/assets/A-1",
		"192.0.2.0/24":     "/assets/A-1",
		"modbus":           "/findings?check=test-modbus",
		"example root":     "/certificates?q=" + strings.Repeat("ab", 32),
		"no such thing":    "Nothing was found",
		"%":                "Nothing was found",
		"<script>alert(1)": "Nothing was found",
	} {
		page := analyst.Get("/search?" + url.Values{"q": {text}}.Encode())
		if page.Status != http.StatusOK || !page.Has(want) {
			t.Errorf("search for %q = %d, want %s\n%s", text, page.Status, want, page.Body)
		}
	}
	if page := analyst.Get("/search?q=f-1"); page.Location != "/findings/F-1" {
		t.Errorf("an id leads to %q, %d", page.Location, page.Status)
	}
	if page := analyst.Get("/search?q=" + string(w.Advisory)); page.Location != "/advisories/"+string(w.Advisory) {
		t.Errorf("an advisory's id leads to %q", page.Location)
	}
}

// An operator finds its own, and cannot even tell whether the rest exists.
func TestOperatorsFindTheirOwn(t *testing.T) {
	w := consoletest.New(t)
	operator := w.As("operator")
	for _, text := range []string{"Capital Water", "198.51.100.10", string(w.Water), string(w.Advisory), w.Team, w.Inbound} {
		page := operator.Get("/search?" + url.Values{"q": {text}}.Encode())
		if page.Status != http.StatusOK || !page.Has("Nothing was found") {
			t.Errorf("an operator who searches for %q finds %d %s\n%s", text, page.Status, page.Location, page.Body)
		}
	}
	if page := operator.Get("/search?q=192.0.2.10"); !page.Has("/assets/A-1") {
		t.Errorf("an operator does not find its own:\n%s", page.Body)
	}
}

func TestLookUp(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	page := analyst.Post("/search/addresses", url.Values{"text": {"see 192.0.2[.]10, 198.51.100.10:443;\n203.0.113.99 and <b>300.1.1.1</b> 192.0.2.10"}})
	for _, want := range []string{"3 addresses", "Island Power Grid", "Capital Water Board", "203.0.113.99", "300.1.1.1", "1 address is nobody"} {
		if !page.Has(want) {
			t.Errorf("no %q in\n%s", want, page.Body)
		}
	}
	if page := analyst.Get("/search?" + url.Values{"q": {"192.0.2.10, 198.51.100.10"}}.Encode()); !page.Has("2 addresses") || !page.Has("Capital Water Board") {
		t.Errorf("addresses pasted into the search:\n%s", page.Body)
	}
	if page := analyst.Post("/search/addresses", url.Values{"text": {"nothing here"}}); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("a text without addresses: %d", page.Status)
	}
	if page := w.As("operator").Get("/search/addresses"); page.Status != http.StatusForbidden {
		t.Errorf("an operator looks up anybody's addresses: %d", page.Status)
	}
}

// What is found is acted on where it was found, and leads back there.
func TestBulkOnWhatWasFound(t *testing.T) {
	w := consoletest.New(t)
	analyst, f := w.As("analyst"), string(w.OpenFinding())
	here := "/search?q=192.0.2.0%2F24"
	page := analyst.Get(here)
	bulk := "/findings/bulk?" + url.Values{"back": {here}}.Encode()
	for _, want := range []string{`action="/findings/bulk?back=%2fsearch%3fq%3d192.0.2.0%252F24"`, `name="id" value="` + f + `"`, `name="id" value="A-1"`, `value="` + here + `"`, "Assign to me", "How deep"} {
		if !page.Has(want) {
			t.Errorf("no %s in\n%s", want, page.Body)
		}
	}
	i := slices.IndexFunc(w.Findings, func(x inventory.Finding) bool { return string(x.ID) == f })
	if at := fmt.Sprintf(">%s:%d</bdi>", w.Findings[i].Addr, w.Findings[i].Port); !page.Has(at) {
		t.Errorf("where the finding is, %s, is not told", at)
	}
	done := analyst.Post(bulk, url.Values{"do": {"tag"}, "tag": {"found"}, "id": {f}})
	if done.Status != http.StatusSeeOther || done.Location != here {
		t.Fatalf("tagged: %d to %s\n%s", done.Status, done.Location, done.Body)
	}
	api, ctx := w.API("analyst")
	if got, err := api.Finding(ctx, f); err != nil || !slices.Contains(got.Tags, "found") {
		t.Errorf("the finding has the tags %v, %v", got.Tags, err)
	}
	if got := analyst.Post(bulk, url.Values{"do": {"tag"}, "tag": {"x"}, "all": {"yes"}}); got.Location != here {
		t.Errorf("nothing ticked: %d to %s", got.Status, got.Location)
	}
	if n, err := api.CountFindings(ctx, url.Values{"tag": {"x"}}); err != nil || n.Count != 0 {
		t.Errorf("nothing ticked, and %d findings are tagged, %v", n.Count, err)
	}
	// What is refused stands again, with what was typed and the same ticks.
	refused := analyst.Post(bulk, url.Values{"do": {"waive"}, "waiver": {"accepted_risk"}, "until": {"2020-01-01"}, "reason": {"because so"}, "id": {f}})
	if refused.Status != http.StatusUnprocessableEntity || !refused.Has("because so") || !refused.Has(`value="`+f+`" checked`) || strings.Count(refused.Body, "data-open>") != 1 || !refused.Has("back=%2fsearch") && !refused.Has("back=%2Fsearch") {
		t.Errorf("refused: %d\n%s", refused.Status, refused.Body)
	}
	changed := analyst.Post("/assets/change", url.Values{"do": {"tag"}, "tag": {"seen"}, "id": {"A-1"}, "back": {here}})
	if changed.Status != http.StatusSeeOther || changed.Location != here {
		t.Errorf("assets: %d to %s", changed.Status, changed.Location)
	}
	if page := w.As("auditor").Get(here); page.Has("data-bulk") || !page.Has("/findings/"+f) {
		t.Errorf("who may only look finds\n%s", page.Body)
	}
	if page := w.As("operator_admin").Get(here); page.Has("Assign to me") || !page.Has("Scan now") {
		t.Errorf("an operator's administrator finds\n%s", page.Body)
	}
	if page := analyst.Get("/search?" + url.Values{"q": {"192.0.2.10 192.0.2.11"}}.Encode()); strings.Count(page.Body, `name="id" value="A-1"`) != 1 || !page.Has("How deep") {
		t.Errorf("pasted addresses\n%s", page.Body)
	}
}

// What somebody opened is listed, the last first: for them, on the server, and
// only while they may see it.
func TestOpenedLast(t *testing.T) {
	w := consoletest.New(t)
	analyst, operator, f := w.As("analyst"), w.As("operator"), string(w.OpenFinding())
	if page := operator.Get("/search"); !page.Has("What you open is listed here") {
		t.Errorf("before anything was opened\n%s", page.Body)
	}
	for _, path := range []string{"/assets/A-1", "/findings/" + f, "/organizations/" + string(w.Grid), "/assets/A-1", "/findings/F-999", "/scans/S-1", "/advisories/" + string(w.Advisory)} {
		analyst.Get(path)
		operator.Get(path)
	}
	section := func(page consoletest.Response) string {
		_, list, _ := strings.Cut(page.Body, `<section aria-labelledby="recent">`)
		list, _, _ = strings.Cut(list, "</section>")
		return list
	}
	order := regexp.MustCompile(`<li><a href="([^"]*)"`)
	opened := func(v *consoletest.Visitor, path string) []string {
		var out []string
		for _, m := range order.FindAllStringSubmatch(section(v.Get(path)), -1) {
			out = append(out, m[1])
		}
		return out
	}
	want := []string{"/advisories/" + string(w.Advisory), "/scans/S-1", "/assets/A-1", "/organizations/" + string(w.Grid), "/findings/" + f}
	for _, path := range []string{"/search", "/search?q=no+such+thing", "/search?q=192.0.2.10"} {
		if got := opened(analyst, path); !slices.Equal(got, want) {
			t.Errorf("%s: opened %v, want %v", path, got, want)
		}
	}
	if got := opened(operator, "/search"); !slices.Equal(got, want[1:]) {
		t.Errorf("an operator opened %v, want %v", got, want[1:])
	}
	if page := section(operator.Get("/search")); !strings.Contains(page, "Scan S-1") || !strings.Contains(page, "<small>Finding, ") {
		t.Errorf("they read\n%s", page)
	}
	w.Exec("DROP TABLE recents") // a page is as it is, whatever becomes of the note
	if page := analyst.Get("/findings/" + f); page.Status != http.StatusOK || !page.Has(f) {
		t.Errorf("while nothing can be kept, a page is %d", page.Status)
	}
}
