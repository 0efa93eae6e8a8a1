package findings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestQueueToItsEnd(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	page := analyst.Get("/triage")
	if page.Status != http.StatusOK || !page.Has("data-key=\"t\"") || !page.Has("0 handled today") {
		t.Fatalf("the queue: %d\n%.2000s", page.Status, page.Body)
	}
	handled := 0
	for ; handled < 50; handled++ {
		_, rest, more := strings.Cut(page.Body, `<form method="post" action="/triage/`)
		if !more {
			break
		}
		action, _, _ := strings.Cut(rest, `"`)
		done := analyst.Post("/triage/"+strings.ReplaceAll(action, "&amp;", "&"), url.Values{"do": {"triaged"}, "next": {"F-1"}})
		if done.Status != http.StatusSeeOther || !strings.Contains(done.Location, "undo=B-") {
			t.Fatalf("triaged: %d %s\n%.1500s", done.Status, done.Location, done.Body)
		}
		page = analyst.Get(done.Location)
	}
	if handled == 0 || !page.Has("Queue empty.") {
		t.Errorf("after %d acts the queue is not empty:\n%.1500s", handled, page.Body)
	}
	if page := w.As("operator").Get("/triage"); page.Status != http.StatusForbidden {
		t.Errorf("an operator's queue: %d", page.Status)
	}
}

func TestRefusalKeepsTheFinding(t *testing.T) {
	w := consoletest.New(t)
	page := w.As("analyst").Post("/triage/F-1?work=new", url.Values{"do": {"false_positive"}, "reason": {""}, "until": {"2020-01-01"}})
	if page.Status != http.StatusUnprocessableEntity || !page.Has("has passed") {
		t.Errorf("a waiver from the past: %d\n%.1500s", page.Status, page.Body)
	}
}
