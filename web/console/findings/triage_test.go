package findings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/inventory"
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

// opened is the finding that a page of the queue has open.
func opened(page consoletest.Response) string {
	_, id, _ := strings.Cut(page.Body, `<h2 id="open-title"><a href="/findings/`)
	id, _, _ = strings.Cut(id, `"`)
	return id
}

// link is where the link with that key leads.
func link(page consoletest.Response, key string) string {
	before, _, found := strings.Cut(page.Body, `" data-key="`+key+`">`)
	if !found {
		return ""
	}
	return strings.ReplaceAll(before[strings.LastIndex(before, `href="`)+len(`href="`):], "&amp;", "&")
}

// TestQueueOfManyParts goes through a queue that is longer than what stands
// beside the finding, and whose findings stay in it.
func TestQueueOfManyParts(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	page := analyst.Get("/triage?detection=open&detection=back_again&limit=2")
	first, seen := opened(page), map[string]bool{}
	for range 20 {
		id := opened(page)
		if seen[id] {
			break
		}
		seen[id] = true
		page = analyst.Get(link(page, "j"))
	}
	calls, ctx := w.API("analyst")
	all, err := calls.CountFindings(ctx, url.Values{"detection": {"open", "back_again"}})
	if err != nil || len(seen) != all.Count || opened(page) != first {
		t.Errorf("the queue showed %d, then %s; want all %d, then %s again (%v)", len(seen), opened(page), all.Count, first, err)
	}
	page = analyst.Get(link(page, "j"))
	if back := analyst.Get(link(page, "k")); opened(back) != first {
		t.Errorf("the one before is %s, want %s", opened(back), first)
	}
}

func TestTwoInTheQueue(t *testing.T) {
	w := consoletest.New(t)
	analyst, other, id := w.As("analyst"), w.As("administrator"), string(open(t, w).ID)
	if first := other.Post("/triage/"+id, url.Values{"do": {"triaged"}, "version": {"1"}}); first.Status != http.StatusSeeOther {
		t.Fatalf("the first: %d", first.Status)
	}
	second := analyst.Post("/triage/"+id, url.Values{
		"do": {"false_positive"}, "version": {"1"}, "reason": {"a honeypot of ours"}, "until": {time.Now().AddDate(0, 1, 0).Format(time.DateOnly)},
	})
	if second.Status != http.StatusPreconditionFailed || opened(second) != id || !second.Has("a honeypot of ours") || !second.Has("It is triaged now") {
		t.Errorf("the second: %d, %s is open\n%.3000s", second.Status, opened(second), second.Body)
	}
}

func TestQueueIsSavedAndUndone(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	const query = "detection=open&detection=back_again&sector=energy&work=new"
	saved := analyst.Post("/findings/views?"+query, url.Values{"name": {"Grid first"}, "queue": {"yes"}, "team": {"yes"}})
	if saved.Location != "/triage?"+query {
		t.Fatalf("saved: %d %s", saved.Status, saved.Location)
	}
	page := w.As("administrator").Get("/triage?" + query)
	if !page.Has(`aria-current="page"><bdi>Grid first</bdi>`) {
		t.Error("the team's queue is not marked as the one that is open")
	}
	id := opened(page)
	done := analyst.Post("/triage/"+id+"?"+query, url.Values{"do": {"triaged"}})
	page = analyst.Get(done.Location)
	_, undo, _ := strings.Cut(page.Body, `action="/findings/acts/`)
	undo, _, _ = strings.Cut(undo, `"`)
	undone := analyst.Post("/findings/acts/"+strings.ReplaceAll(undo, "&amp;", "&"), nil)
	if page = analyst.Get(undone.Location); opened(page) != id || !strings.Contains(undone.Location, query) {
		t.Errorf("undone leads to %s with %s open, want %s of the same queue", undone.Location, opened(page), id)
	}
}

// A view that is refused keeps what was typed, in the open form.
func TestRefusedViewKeepsItsName(t *testing.T) {
	w := consoletest.New(t)
	name := "late <b>" + strings.Repeat("x", 90)
	page := w.As("analyst").Post("/findings/views?due=overdue", url.Values{"name": {name}, "team": {"yes"}})
	if page.Status != http.StatusUnprocessableEntity || !page.Has(`type="text" value="late &lt;b&gt;xxx`) || !page.Has(`<details class="menu" open><summary>Save view`) || !page.Has(`name="team" value="yes" checked`) {
		t.Errorf("the refused view: %d\n%.3000s", page.Status, page.Body)
	}
}

// What the operator is told is offered as its contact reads it, and beside it
// what the analyst reads.
func TestNoticeIsInItsReadersLanguage(t *testing.T) {
	w := consoletest.New(t)
	f := open(t, w)
	first := inventory.Contact{Role: inventory.RoleTechnical, Name: "Rina <b>", Email: "rina@grid.example", Language: "bn"}
	if _, err := w.Store.AddContact(w.Context(), "mara", f.Org, first); err != nil {
		t.Fatal(err)
	}
	contacts, err := w.Store.Addressees(w.Context(), f.Org)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contacts {
		if c.Email == first.Email || c.Role != inventory.RoleTechnical && c.Role != inventory.RoleEmergency {
			continue
		}
		if err := w.Store.RemoveContact(w.Context(), "mara", f.Org, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/triage?at=" + string(f.ID), "/findings/" + string(f.ID)} {
		page := w.As("analyst").Get(path)
		_, area, _ := strings.Cut(page.Body, `<textarea id="notice" name="text" rows="9" lang="bn"`)
		area, rest, _ := strings.Cut(area, "</textarea>")
		if !strings.Contains(area, locale.For("bn").T("What to do")) || strings.Contains(area, "What to do") || !page.Has("বাংলা") {
			t.Errorf("%s: the notice is %s", path, area)
		}
		if !strings.Contains(rest, "The same in English") || !strings.Contains(rest, "What to do: ") {
			t.Errorf("%s: it is not beside it in the analyst's language", path)
		}
		if strings.Contains(page.Body, "Rina <b>") {
			t.Errorf("%s: a name is not escaped", path)
		}
	}
}

// That a finding is new is said once where its state says it; where the state
// is another, a mark says it.
func TestNewIsSaidOnce(t *testing.T) {
	w := consoletest.New(t)
	analyst, f := w.As("analyst"), open(t, w)
	said := func(path string) int { return strings.Count(analyst.Get(path).Body, ">new</span>") }
	for _, path := range []string{"/triage?at=" + string(f.ID), "/findings/" + string(f.ID)} {
		if n := said(path); n != 1 {
			t.Errorf("%s of a new finding says %d times that it is new", path, n)
		}
	}
}
