package overview_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// listed is how many findings a link leads to.
func listed(t *testing.T, w *consoletest.World, role, href string) string {
	t.Helper()
	_, query, _ := strings.Cut(strings.ReplaceAll(href, "&amp;", "&"), "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	q.Set("limit", "500")
	api, ctx := w.API(role)
	found, err := api.FindingPage(ctx, q)
	if err != nil {
		t.Fatalf("%s: %v", href, err)
	}
	return strconv.Itoa(len(found.Items))
}

// What charts count, their links list.
func TestChartsLeadToAsMany(t *testing.T) {
	w := consoletest.New(t)
	for _, path := range []string{"/overview", "/overview?sector=energy&weeks=26", "/overview?criticality=high&weeks=52&rank=change"} {
		page := w.As("analyst").Get(path)
		if page.Status != http.StatusOK {
			t.Fatalf("%s = %d\n%s", path, page.Status, page.Body)
		}
		ages := regexp.MustCompile(`<th scope="row"><a href="(/findings[^"]+first_[^"]+)"><bdi>[^<]*</bdi></a></th><td class="n">([0-9,]+)</td>`).FindAllStringSubmatch(page.Body, -1)
		if len(ages) != 6 {
			t.Errorf("%s has %d ages, want 6", path, len(ages))
		}
		open := 0
		for _, m := range ages {
			if n := listed(t, w, "analyst", m[1]); n != m[2] {
				t.Errorf("%s: %s of an age, and %s has %s", path, m[2], m[1], n)
			}
			n, _ := strconv.Atoi(m[2])
			open += n
		}
		if open == 0 {
			t.Errorf("%s: nothing open has an age", path)
		}
		for _, want := range []string{`class="chart-spark"`, "Time to fix", "Target, days", "Known to be exploited, by days left", "▲", "▼"} {
			if !page.Has(want) {
				t.Errorf("%s has no %q", path, want)
			}
		}
	}
	if page := w.As("analyst").Get("/overview?weeks=26"); !page.Has("Open findings by severity, 26 weeks") {
		t.Error("26 weeks were asked for, and are not there")
	}
	if page := w.As("analyst").Get("/overview?sector=defence"); !page.Has("No data for this sector yet") {
		t.Errorf("a sector without organisations:\n%s", page.Body)
	}
}

func TestSectionOfReport(t *testing.T) {
	w := consoletest.New(t)
	page := w.As("analyst").Get("/overview/section?sector=energy")
	for _, want := range []string{"## Sector overview: energy", "- Open findings: **", "| energy |", "data-copy"} {
		if !page.Has(want) {
			t.Errorf("no %q in %d\n%s", want, page.Status, page.Body)
		}
	}
	if page.Has("Island Power Grid") {
		t.Error("a section for a report names an organisation")
	}
	if page := w.As("operator").Get("/overview/section"); page.Status != http.StatusSeeOther {
		t.Errorf("an operator copies the nation's numbers: %d", page.Status)
	}
}

// Two scans of one organisation are compared, and all of it can be taken along.
func TestDifferenceOfScans(t *testing.T) {
	w := consoletest.New(t)
	api, ctx := w.API("analyst")
	scans, err := api.ScanPage(ctx, url.Values{"org": {string(w.Grid)}, "state": {"complete", "partial"}})
	if err != nil || len(scans.Items) < 2 {
		t.Fatal(len(scans.Items), err)
	}
	newest, oldest := scans.Items[0].ID, scans.Items[len(scans.Items)-1].ID
	page := w.As("analyst").Get("/diff?from_scan=" + oldest + "&to_scan=" + newest)
	if page.Status != http.StatusOK || page.Has("Capital Water Board") || !page.Has("/diff/export?format=csv&amp;from_scan="+oldest) {
		t.Errorf("%s and %s: %d\n%s", oldest, newest, page.Status, page.Body)
	}
	if page := w.As("analyst").Get("/diff?org=" + string(w.Water) + "&to_scan=" + newest); page.Status != http.StatusUnprocessableEntity || !page.Has("another organisation") {
		t.Errorf("a scan of another organisation: %d", page.Status)
	}
	file := w.As("analyst").Get("/diff/export?format=csv&from_scan=" + oldest + "&to_scan=" + newest)
	if file.Status != http.StatusOK || !strings.HasPrefix(strings.TrimPrefix(file.Body, "\ufeff"), "kind,at,id,what,where,organization_id,organization\r\n") {
		t.Errorf("the file: %d\n%s", file.Status, file.Body)
	}
	whole, err := api.Difference(ctx, url.Values{"from_scan": {oldest}, "to_scan": {newest}})
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(file.Body, "\r\n") - 1; rows != len(whole.Lines) {
		t.Errorf("the file has %d changes, the page %d", rows, len(whole.Lines))
	}
}
