package audit_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestAuditPages(t *testing.T) {
	w := consoletest.New(t)
	if err := w.Store.MoveAsset(w.Context(), "ada", w.Assets[0].ID, w.Rail, "<script>alert(1)</script> \u202etxt"); err != nil {
		t.Fatal(err)
	}
	auditor := w.As("auditor")
	page := auditor.Get("/audit?act=asset.move&actor=ada")
	if page.Status != http.StatusOK || !page.Has(string(w.Assets[0].ID)) || !page.Has("<ins><bdi>"+string(w.Rail)+"</bdi></ins>") {
		t.Errorf("GET /audit = %d, want the act with old and new\n%s", page.Status, page.Body)
	}
	if strings.Contains(page.Body, "<script>alert") || page.Has("organization.create") {
		t.Errorf("the list runs what it shows, or ignores its filter:\n%s", page.Body)
	}
	if !page.Has(`href="/audit/export?act=asset.move&amp;actor=ada&amp;format=csv"`) {
		t.Error("the export has another filter than the list")
	}
	if page := auditor.Get("/audit?actor=nobody"); !page.Has("No record matches") {
		t.Errorf("an empty list = %d\n%s", page.Status, page.Body)
	}
	if page := auditor.Get("/audit?from=yesterday"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("a day that is none = %d", page.Status)
	}
	file := auditor.Get("/audit/export?act=asset.move&actor=ada&format=csv")
	if file.Status != http.StatusOK || strings.Count(file.Body, "\r\n") != 2 {
		t.Errorf("export = %d, want a header and a row\n%s", file.Status, file.Body)
	}
	if page := auditor.Get("/audit?act=audit.export"); !page.Has("audit.export") || page.Has("No record matches") {
		t.Error("the export itself was not recorded")
	}
	page = auditor.Get("/audit/verification")
	if page.Status != http.StatusOK || !page.Has("The log is whole") || !regexp.MustCompile(`[0-9a-f]{64}`).MatchString(page.Body) {
		t.Errorf("verification = %d, want it whole, with its hash\n%s", page.Status, page.Body)
	}
	for _, role := range []string{"analyst", "operator", "operator_admin", ""} {
		if page := w.As(role).Get("/audit"); page.Status == http.StatusOK {
			t.Errorf("%q reads the audit log", role)
		}
	}
}

// A search for words that are rare says how far it has looked, and goes on.
func TestSearchSaysHowFarItLooked(t *testing.T) {
	w := consoletest.New(t)
	w.Plant(`INSERT INTO audit_log (seq, at, actor, act, object, detail, prev, hash)
		SELECT n, timestamptz '2026-01-02 03:04:05Z', 'ada', 'session.open', '', NULL, '', n::text FROM generate_series(1000001, 1060000) n`)
	auditor := w.As("auditor")
	page := auditor.Get("/audit?text=nothing-like-it")
	next := regexp.MustCompile(`rel="next" href="([^"]+)">Look further back`).FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || !page.Has("No record matches as far as was looked.") || !page.Has("record 1010000") || next == nil {
		t.Fatalf("a search of many = %d\n%s", page.Status, page.Body)
	}
	page = auditor.Get(html.UnescapeString(next[1]))
	if page.Status != http.StatusOK || !page.Has("No record matches. Remove a filter") || page.Has("Look further back") {
		t.Errorf("the end of the search = %d\n%s", page.Status, page.Body)
	}
	if page := auditor.Get("/audit?text=session.open"); page.Has("as far as was looked") || !page.Has("Looked back to") {
		t.Errorf("a page of what is common:\n%s", page.Body)
	}
}
