package search_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

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
