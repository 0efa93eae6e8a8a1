package scans_test

import (
	"bufio"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	for path, want := range map[string]string{
		"/scans":              "S-1",
		"/scans?state=queued": "No scan matches",
		"/scans?trigger=schedule&from=2020-01-01&to=": "S-1",
		"/scans/S-1":                    "Hosts that answered",
		"/scans/S-3":                    "Different from the scan before",
		"/scans/S-1/parts":              "192.0.2.",
		"/scans/S-1/parts?state=failed": "No part is like that",
		"/scans/new":                    "Only what is authorised is touched",
		"/calendar":                     "Coming up",
		"/calendar?from=2026-01-05":     "Coming up",
		"/schedules":                    "chedule",
		"/schedules/new":                "Minute, hour",
		"/scanning":                     "Stop all scanning",
	} {
		if page := analyst.Get(path); page.Status != http.StatusOK || !page.Has(want) {
			t.Errorf("GET %s = %d, want %q\n%s", path, page.Status, want, page.Body)
		}
	}
	for path, status := range map[string]int{
		"/scans/S-999": http.StatusNotFound, "/scans?state=odd": http.StatusUnprocessableEntity, "/scans?from=someday": http.StatusUnprocessableEntity,
		"/scans?cursor=forged": http.StatusUnprocessableEntity,
	} {
		if page := analyst.Get(path); page.Status != status {
			t.Errorf("GET %s = %d, want %d", path, page.Status, status)
		}
	}
}

func TestScanIsBegunHeldAndEnded(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	if page := analyst.Post("/scans", url.Values{"profile": {"standard"}}); page.Status != http.StatusUnprocessableEntity || !page.Has("give either an organisation or an asset") {
		t.Errorf("a scan of nothing: %d\n%s", page.Status, page.Body)
	}
	begun := analyst.Post("/scans", url.Values{"org_id": {string(w.Grid)}, "profile": {"light"}})
	if begun.Status != http.StatusSeeOther || !strings.HasPrefix(begun.Location, "/scans/S-") {
		t.Fatalf("a scan of the grid: %d %s\n%s", begun.Status, begun.Location, begun.Body)
	}
	at := begun.Location
	if page := analyst.Get(at); !page.Has("hx-sse:connect") || !page.Has("End it now") {
		t.Errorf("a scan at work:\n%s", page.Body)
	}
	if page := analyst.Post(at+"/pause", url.Values{"reason": {"the operator asked"}}); page.Location != at {
		t.Errorf("held: %d %s", page.Status, page.Location)
	}
	if page := analyst.Get(at); !page.Has("held by analyst.one") || page.Has(">Hold<") {
		t.Errorf("a held scan:\n%s", page.Body)
	}
	analyst.Post(at+"/resume", nil)
	if page := analyst.Get(at); page.Has("held by") {
		t.Error("the scan does not go on")
	}
	analyst.Post(at+"/cancel", url.Values{"reason": {"enough"}})
	if page := analyst.Get(at); !page.Has("cancelled") || page.Has("hx-sse:connect") || !page.Has("enough") {
		t.Errorf("an ended scan:\n%s", page.Body)
	}
	if page := w.As("auditor").Post(at+"/cancel", url.Values{"reason": {"x"}}); page.Status != http.StatusForbidden {
		t.Errorf("an auditor ends a scan: %d", page.Status)
	}
}

// The stream sends how the scan stands at once, again when that changes, and
// ends with the scan.
func TestProgressIsSent(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	at := analyst.Post("/scans", url.Values{"org_id": {string(w.Grid)}, "profile": {"light"}}).Location
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+at+"/live", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(w.Cookie("analyst"))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // the test is over
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	await := func(text string) {
		t.Helper()
		for late := time.After(20 * time.Second); ; {
			select {
			case line, ok := <-lines:
				if !ok {
					t.Fatalf("the stream ended before %q", text)
				}
				if strings.Contains(line, text) {
					return
				}
			case <-late:
				t.Fatalf("no %q came", text)
			}
		}
	}
	await("queued")
	analyst.Post(at+"/pause", url.Values{"reason": {"wait"}})
	await("held by")
	analyst.Post(at+"/cancel", url.Values{"reason": {"enough"}})
	await("cancelled")
	await("event: end")
}

func TestSchedules(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	form := url.Values{"org_id": {string(w.Grid)}, "cron": {"every now and then"}, "profile": {"light"}, "misfire": {"once"}}
	if page := analyst.Post("/schedules", form); page.Status != http.StatusUnprocessableEntity || !page.Has("every now and then") || !page.Has(`id="cron-wrong"`) {
		t.Errorf("a bad expression: %d\n%s", page.Status, page.Body)
	}
	form.Set("cron", "")
	form.Set("every", "0 2 * * *")
	made := analyst.Post("/schedules", form)
	if made.Status != http.StatusSeeOther {
		t.Fatalf("a schedule: %d\n%s", made.Status, made.Body)
	}
	page := analyst.Get(made.Location)
	if !page.Has("every day at 02:00") || !page.Has("every week, Monday at 02:00") {
		t.Errorf("schedules:\n%s", page.Body)
	}
	copied := regexp.MustCompile(`href="(/schedules/new\?[^"]*profile=light[^"]*)"`).FindStringSubmatch(page.Body)
	if copied == nil {
		t.Fatalf("no schedule can be copied:\n%s", page.Body)
	}
	again := analyst.Get(html.UnescapeString(copied[1]))
	if !again.Has(`name="cron" type="text" value="0 2 * * *"`) || !again.Has(`value="`+string(w.Grid)+`"`) || !again.Has(`value="light" checked`) {
		t.Errorf("the copy is not filled in:\n%s", again.Body)
	}
	if page := analyst.Get("/calendar"); !page.Has("planned") {
		t.Errorf("the calendar has no slot:\n%s", page.Body)
	}
	_, id, _ := strings.Cut(page.Body, `action="/schedules/`)
	id, _, _ = strings.Cut(id, "/")
	analyst.Post("/schedules/"+id+"/pause", nil)
	if page := analyst.Get(made.Location); !page.Has("paused") || !page.Has("/resume") {
		t.Errorf("a paused schedule:\n%s", page.Body)
	}
	analyst.Post("/schedules/"+id+"/resume", nil)
	if run := analyst.Post("/schedules/"+id+"/run", nil); !strings.HasPrefix(run.Location, "/scans/S-") {
		t.Errorf("run now: %d %s", run.Status, run.Location)
	}
}

func TestStopSwitch(t *testing.T) {
	w := consoletest.New(t)
	analyst, admin := w.As("analyst"), w.As("administrator")
	if page := analyst.Post("/scanning/stop", url.Values{}); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("stopped without a reason: %d", page.Status)
	}
	analyst.Post("/scanning/stop", url.Values{"reason": {"a PLC <b>fell</b> over"}})
	if page := analyst.Get("/scans"); !page.Has("a PLC &lt;b&gt;fell&lt;/b&gt; over") {
		t.Errorf("the list does not say that scanning is stopped:\n%s", page.Body)
	}
	if page := analyst.Post("/scanning/allow", url.Values{"reason": {"x"}}); page.Status != http.StatusForbidden {
		t.Errorf("an analyst allows scanning: %d", page.Status)
	}
	admin.Post("/scanning/allow", url.Values{"reason": {"mended"}})
	if page := analyst.Get("/scanning"); !page.Has("Scanning is allowed") {
		t.Errorf("not allowed again:\n%s", page.Body)
	}
}
