package scans_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestOrdersNotToScan(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	if page := analyst.Get("/exclusions"); !page.Has("192.0.2.99/32") || !page.Has("a fragile controller") {
		t.Errorf("the order that there is:\n%s", page.Body)
	}
	day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	for _, wrong := range []struct{ what, reason, until, field string }{
		{"300.1.2.3", "asked by telephone", day, "what"},
		{"not a name!", "asked by telephone", day, "what"},
		{"192.0.2.20", "", day, "reason"},
		{"192.0.2.20", "asked by telephone", "", "until"},
		{"192.0.2.20", "asked by telephone", "2020-01-01", "until"},
	} {
		form := url.Values{"what": {wrong.what}, "reason": {wrong.reason}, "until": {wrong.until}}
		page := analyst.Post("/exclusions", form)
		if page.Status != http.StatusUnprocessableEntity || !page.Has(`id="`+wrong.field+`-wrong"`) || !page.Has(`value="`+wrong.what+`"`) {
			t.Errorf("%v: %d, want the mistake beside %s, and what was typed\n%s", form, page.Status, wrong.field, page.Body)
		}
	}
	for _, what := range []string{"192.0.2.20", "plant.example.org"} {
		form := url.Values{"what": {what}, "reason": {"asked by telephone"}, "until": {day}}
		if page := analyst.Post("/exclusions", form); page.Status != http.StatusSeeOther {
			t.Fatalf("forbid %s: %d\n%s", what, page.Status, page.Body)
		}
	}
	page := analyst.Get("/exclusions")
	if !page.Has("192.0.2.20/32") || !page.Has("plant.example.org") {
		t.Errorf("the new orders:\n%s", page.Body)
	}
	_, end, _ := strings.Cut(page.Body, `action="/exclusions/`)
	id, _, _ := strings.Cut(end, "/")
	if done := analyst.Post("/exclusions/"+id+"/end", nil); done.Status != http.StatusSeeOther {
		t.Fatalf("end %s: %d", id, done.Status)
	}
	if page := analyst.Get("/exclusions"); page.Has("/exclusions/"+id+"/end") || !page.Has(">over<") {
		t.Errorf("an order that has ended can be ended again:\n%s", page.Body)
	}
	if page := w.As("auditor").Get("/exclusions"); page.Status != http.StatusOK || page.Has("/end\"") || page.Has("Forbid scanning") {
		t.Errorf("an auditor is offered what is not his: %d", page.Status)
	}
	if page := w.As("operator").Get("/exclusions"); page.Status != http.StatusForbidden {
		t.Errorf("an operator reads everybody's orders: %d", page.Status)
	}
}
