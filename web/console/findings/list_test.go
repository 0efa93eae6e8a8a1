package findings_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestEveryFilterIsOne holds each filter of the API to be in the page's form,
// among what can be removed with one click, and to select the same on the
// page, in the API and in the file.
func TestEveryFilterIsOne(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	calls, ctx := w.API("analyst")
	f := open(t, w)
	examples := map[string]string{
		"id": string(f.ID), "org": string(w.Grid), "asset": string(f.Asset), "check": "test-status", "detection": "fixed", "severity": "critical",
		"work": "notified", "waiver": "accepted_risk", "exception": "only", "kev": "yes", "epss": "0.5", "cvss_min": "7", "sector": "water",
		"criticality": "critical", "port": "443", "transport": "udp", "service": "https", "tag": "scada", "cve": "CVE-2026-0001",
		"first_from": "2020-01-01", "first_until": "2020-01-01", "age_min": "20", "age_max": "10", "due": "overdue", "assignee": "none",
		"source": "exposure", "change": "fixed", "since": "2020-01-01", "until": "2020-01-01", "scan": "S-1", "answer": "working", "disputed": "yes", "waiver_ends": "30", "q": "modbus",
		"sort": "severity",
	}
	selection := reflect.TypeFor[api.FindingSelection]()
	for i := range selection.NumField() {
		key, _, _ := strings.Cut(selection.Field(i).Tag.Get("query"), ",")
		value := examples[key]
		if value == "" {
			t.Errorf("the filter %s has no example", key)
			continue
		}
		query := url.Values{key: {value}}
		page := analyst.Get("/findings?" + query.Encode())
		if !page.Has(`name="` + key + `"`) {
			t.Errorf("the page's form has no field %s", key)
		}
		if _, chips, _ := strings.Cut(page.Body, `<ul class="chips" aria-label="Filtered by">`); key != "sort" && !strings.Contains(chips, `<a href="/findings"><span>`) {
			t.Errorf("%s cannot be removed with one click", key)
		}
		got, err := calls.CountFindings(ctx, query)
		if rows := strings.Count(page.Body, "data-open>"); err != nil || page.Status != http.StatusOK || rows != got.Count {
			t.Errorf("%s=%s: %d rows on the page (%d), %d in the API, %v", key, value, rows, page.Status, got.Count, err)
		}
		query.Set("format", "csv")
		if file := analyst.Get("/findings/export?" + query.Encode()); strings.Count(file.Body, "\r\n")-1 != got.Count {
			t.Errorf("%s=%s: %d lines in the file, %d in the API", key, value, strings.Count(file.Body, "\r\n")-1, got.Count)
		}
	}
}

// A list that is sorted by a score shows the score, and says which way it is
// sorted; the file is in the same order.
func TestListsSortByScores(t *testing.T) {
	w := consoletest.New(t)
	for _, key := range []string{"cvss", "epss"} {
		page := w.As("analyst").Get("/findings?sort=" + key)
		if page.Status != http.StatusOK || !page.Has(`aria-sort="descending"><a href="/findings?sort=`+key+`"><abbr`) || !page.Has("<small>highest first</small>") {
			t.Errorf("sorted by %s: %d\n%s", key, page.Status, head(page))
		}
		_, first, _ := strings.Cut(page.Body, `data-open>`)
		if first, _, _ = strings.Cut(first, "</a>"); strings.Contains(first, "odbus") {
			t.Errorf("sorted by %s, what has no score comes first: %s", key, first)
		}
		file := w.As("analyst").Get("/findings/export?format=ndjson&sort=" + key)
		last := 11.0
		for line := range strings.Lines(file.Body) {
			var f map[string]any
			if err := json.Unmarshal([]byte(line), &f); err != nil {
				t.Fatal(err)
			}
			score, _ := f[key].(float64)
			if score > last {
				t.Errorf("sorted by %s, %v comes after %v in the file", key, score, last)
			}
			last = score
		}
		if last > 0 {
			t.Errorf("sorted by %s, the last of the file has %v; want one without", key, last)
		}
	}
}

func TestBulkKeepsThePlace(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	first := analyst.Get("/findings?cols=where&cols=cvss&density=compact&limit=2")
	_, more, _ := strings.Cut(first.Body, `rel="next" href="`)
	next, _, _ := strings.Cut(more, `"`)
	next = strings.ReplaceAll(next, "&amp;", "&")
	second := analyst.Get(next)
	_, form, _ := strings.Cut(second.Body, `action="/findings/bulk?`)
	form, _, _ = strings.Cut(form, `"`)
	path := "/findings/bulk?" + strings.ReplaceAll(form, "&amp;", "&")
	for _, kept := range []string{"cols=where&cols=cvss", "density=compact", "cursor="} {
		if !strings.Contains(path, kept) {
			t.Errorf("the form of the second page goes to %s, without %s", path, kept)
		}
	}
	id := string(w.Findings[0].ID)
	if done := analyst.Post(path, url.Values{"do": {"take"}, "id": {id}}); done.Location != next {
		t.Errorf("after the act: %s, want %s", done.Location, next)
	}
	if done := analyst.Post(path, url.Values{"do": {"tag"}, "tag": {"everywhere"}, "all": {"yes"}}); done.Status != http.StatusSeeOther {
		t.Fatalf("all that match: %d\n%.2000s", done.Status, done.Body)
	}
	for _, f := range w.Findings {
		if got, err := w.Store.Finding(w.Context(), f.ID); err != nil || len(got.Tags) != 1 {
			t.Errorf("%s is not tagged: all are meant, not those of the second page on", f.ID)
		}
	}
	refused := analyst.Post("/findings/bulk?cols=where", url.Values{"do": {"waive"}, "id": {id}, "waiver": {"accepted_risk"}, "reason": {"a long story"}})
	for _, kept := range []string{
		`value="` + id + `" checked`, `value="a long story"`, `<option value="accepted_risk" selected>`, `<details class="menu start" open><summary data-key="e">`,
	} {
		if refused.Status != http.StatusUnprocessableEntity || !refused.Has(kept) {
			t.Errorf("what was refused (%d) has lost %s", refused.Status, kept)
		}
	}
}

func TestQuickViewsKeepTheColumns(t *testing.T) {
	w := consoletest.New(t)
	page := w.As("analyst").Get("/findings?detection=open&detection=back_again&exception=hide&sort=priority&cols=where&density=compact")
	for _, want := range []string{
		`<a href="/findings?change=back_again&amp;cols=where&amp;density=compact&amp;sort=priority">`,
		`sort=priority" aria-current="true">Open</a>`,
		`action="/findings/views?cols=where&amp;density=compact`,
	} {
		if !page.Has(want) {
			t.Errorf("the views have no %s", want)
		}
	}
	if page = w.As("operator").Get("/findings"); page.Has(">Assigned to<") || page.Has(">Operator<") || !page.Has(">Where<") {
		t.Error("an operator's list has columns that are the CERT's own")
	}
}

func TestDraftsAreFound(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	if page := analyst.Get("/advisories/found?q=AGAIN"); !page.Has(fmt.Sprintf(`value="%s"`, w.Draft)) || page.Has(fmt.Sprintf(`value="%s"`, w.Advisory)) {
		t.Errorf("drafts found: %d %s", page.Status, page.Body)
	}
	if page := w.As("operator").Get("/advisories/found"); page.Status != http.StatusForbidden {
		t.Errorf("an operator looks for drafts: %d", page.Status)
	}
}

// TestWorkbookTellsWhatItIs wants the filter, the time, who asked and how many
// rows in a workbook.
func TestWorkbookTellsWhatItIs(t *testing.T) {
	w := consoletest.New(t)
	file := w.As("analyst").Get("/findings/export?format=xlsx&severity=critical&severity=high&kev=yes")
	z, err := zip.NewReader(strings.NewReader(file.Body), int64(len(file.Body)))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, r); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{`name="about"`, ">severity<", ">critical high<", ">kev<", ">analyst.one<"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the workbook has no %s", want)
		}
	}
}
