package findings_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestEveryPageOpens(t *testing.T) {
	w := consoletest.New(t)
	for _, role := range []string{"analyst", "auditor", "operator", "operator_admin"} {
		for _, path := range []string{
			"/findings", "/findings?sort=due&density=compact&cols=where&cols=epss&cols=tags&cols=first&cols=last&cols=answer&cols=source&cols=sector",
			"/findings?q=nothing+has+this", "/findings/F-1", "/findings/F-1/json", "/disputes", "/waivers", "/waivers?exception=only&waiver_ends=30",
		} {
			page := w.As(role).Get(path)
			if page.Status != http.StatusOK && (page.Status != http.StatusNotFound || !strings.HasPrefix(role, "operator")) {
				t.Errorf("%s opens %s: %d\n%.2000s", role, path, page.Status, page.Body)
			}
			if strings.Contains(page.Body, "ZgotmplZ") || strings.Contains(page.Body, "<b>Portal</b>") {
				t.Errorf("%s opens %s: hostile text is markup, or a template is wrong", role, path)
			}
		}
	}
}

var count = regexp.MustCompile(`<p class="count" data-say>([^<]*)</p>`)

func TestFiltersAndViews(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	page := analyst.Get("/findings?severity=critical&severity=high&kev=&sector=energy")
	if !page.Has("Island Power Grid") || page.Has("Capital Water Board") || !page.Has("Sector: <bdi>energy</bdi>") {
		t.Errorf("filtered by sector: %d %s", page.Status, count.FindString(page.Body))
	}
	page = analyst.Get("/findings?sector=defence&severity=low&sort=priority")
	if !page.Has("0 of ") || !page.Has(`<a href="/findings?severity=low&amp;sort=priority">`) {
		t.Errorf("nothing matches, and the page does not say how to see more:\n%s", page.Body)
	}
	saved := analyst.Post("/findings/views?sector=energy&cols=where", url.Values{"name": {"Grid's"}, "standard": {"yes"}, "team": {"yes"}})
	if saved.Status != http.StatusSeeOther {
		t.Fatalf("save a view: %d %s", saved.Status, saved.Body)
	}
	if page = analyst.Get("/findings"); !page.Has("Grid&#39;s") || page.Has("Capital Water Board") {
		t.Errorf("the standard view is not the first: %d", page.Status)
	}
	if page = w.As("auditor").Get("/findings"); !page.Has("Grid&#39;s") || !page.Has("Capital Water Board") {
		t.Errorf("the team's view for somebody else: %d", page.Status)
	}
	page = analyst.Get("/findings?cvss_min=9.8&cols=cvss")
	if !page.Has(">9.8</bdi>") || !page.Has("CVSS at least: <bdi>9.8</bdi>") || page.Has("Modbus answers") {
		t.Errorf("filtered by CVSS: %d\n%.3000s", page.Status, page.Body)
	}
	if page = analyst.Get("/findings?cvss_min=9.9"); !page.Has("0 of ") {
		t.Errorf("more CVSS than anything has: %d", page.Status)
	}
	f := open(t, w)
	picked := analyst.Post("/findings/bulk?sector=energy", url.Values{"do": {"csv"}, "id": {string(f.ID)}})
	if one := analyst.Get(picked.Location); strings.Count(one.Body, "\r\n") != 2 || !strings.Contains(one.Body, string(f.ID)) {
		t.Errorf("export of one row: %d %s\n%.500s", picked.Status, picked.Location, one.Body)
	}
	if none := analyst.Post("/findings/bulk", url.Values{"do": {"csv"}}); none.Status != http.StatusUnprocessableEntity {
		t.Errorf("export of nothing: %d", none.Status)
	}
	file := analyst.Get("/findings/export?sector=energy&format=csv")
	if lines := strings.Split(strings.TrimSpace(file.Body), "\r\n"); file.Status != http.StatusOK || !strings.HasPrefix(file.Body, "\ufeffid,severity") ||
		len(lines) < 3 || strings.Contains(file.Body, "Capital Water") || strings.Contains(file.Header.Get("Content-Disposition"), "inline") {
		t.Errorf("export: %d %v\n%.500s", file.Status, file.Header, file.Body)
	}
	if file = analyst.Get("/findings/export?format=xlsx"); file.Status != http.StatusOK || !strings.HasPrefix(file.Body, "PK") {
		t.Errorf("workbook: %d %.200s", file.Status, file.Body)
	}
	if file = w.As("operator").Get("/findings/export?format=ndjson"); file.Status != http.StatusOK || strings.Contains(file.Body, "Capital Water") || !strings.Contains(file.Body, "Island Power") {
		t.Errorf("an operator's export: %d %.500s", file.Status, file.Body)
	}
}

// open is a finding of Grid's that is present and of nobody's waiver.
func open(t *testing.T, w *consoletest.World) inventory.Finding {
	t.Helper()
	for _, f := range w.Findings {
		if f.Org == w.Grid && f.Detection.Present() && f.Waiver.Kind == inventory.WaiverNone && f.Work == inventory.WorkNew {
			return f
		}
	}
	t.Fatal("no open finding")
	return inventory.Finding{}
}

var undoPath = regexp.MustCompile(`"Undo":"(/findings/acts/B-[0-9]+/undo)`)

func TestBulkWithUndo(t *testing.T) {
	w := consoletest.New(t)
	analyst, f := w.As("analyst"), open(t, w)
	done := analyst.Post("/findings/bulk?sector=energy", url.Values{"do": {"take"}, "id": {string(f.ID)}})
	if done.Status != http.StatusSeeOther || done.Location != "/findings?sector=energy" || done.Header.Get("Set-Cookie") == "" {
		t.Fatalf("bulk: %d %s\n%.1500s", done.Status, done.Location, done.Body)
	}
	got, err := w.Store.Finding(w.Context(), f.ID)
	if err != nil || got.Assignee != "analyst.one" {
		t.Fatalf("assigned to %q, %v", got.Assignee, err)
	}
	if undone := analyst.Post(undoLast(t, done)+"?back=%2Ffindings", nil); undone.Status != http.StatusSeeOther {
		t.Fatalf("undo: %d %s", undone.Status, undone.Body)
	}
	if got, _ = w.Store.Finding(w.Context(), f.ID); got.Assignee != "" {
		t.Errorf("after undo assigned to %q", got.Assignee)
	}
	if page := analyst.Post("/findings/bulk?sector=energy", url.Values{"do": {"waive"}, "id": {string(f.ID)}, "waiver": {"accepted_risk"}}); page.Status != http.StatusUnprocessableEntity || !page.Has("is missing") {
		t.Errorf("an exception without an end: %d", page.Status)
	}
	if page := analyst.Post("/findings/bulk?sector=energy", url.Values{"do": {"triaged"}, "all": {"yes"}}); page.Status != http.StatusSeeOther {
		t.Errorf("all that match: %d %s", page.Status, page.Body)
	}
	if page := w.As("operator").Post("/findings/bulk", url.Values{"do": {"take"}, "id": {string(f.ID)}}); page.Status != http.StatusForbidden {
		t.Errorf("an operator acts: %d", page.Status)
	}
}

// undoLast is where the note of an answer undoes what was done.
func undoLast(t *testing.T, done consoletest.Response) string {
	t.Helper()
	_, note, _ := strings.Cut(done.Header.Get("Set-Cookie"), "=")
	note, _, _ = strings.Cut(note, ";")
	told, err := base64.RawURLEncoding.DecodeString(note)
	way := undoPath.FindStringSubmatch(string(told))
	if err != nil || way == nil {
		t.Fatalf("the note tells no way to undo: %d %s, %v", done.Status, told, err)
	}
	return way[1]
}

func TestNoticeIsTakenBack(t *testing.T) {
	w := consoletest.New(t)
	analyst, f := w.As("analyst"), open(t, w)
	done := analyst.Post("/findings/bulk", url.Values{"do": {"notice"}, "text": {"Pull the plug."}, "id": {string(f.ID)}})
	path := "/findings/" + string(f.ID)
	if page := w.As("operator").Get(path); !page.Has("Pull the plug.") || page.Has("withdrawn on") {
		t.Fatalf("the operator does not read the notice: %d", page.Status)
	}
	if undone := analyst.Post(undoLast(t, done)+"?back=%2Ffindings", nil); undone.Status != http.StatusSeeOther {
		t.Fatalf("undo: %d %s", undone.Status, undone.Body)
	}
	if page := w.As("operator").Get(path); !page.Has("withdrawn on") || !page.Has("The CERT took this notice back") || strings.Contains(comments(page), "Pull the plug.") {
		t.Errorf("the operator reads after the undo:\n%s", comments(page))
	}
	if page := analyst.Get(path); !strings.Contains(comments(page), "<del><bdi>Pull the plug.") {
		t.Errorf("the CERT does not see what it took back:\n%s", comments(page))
	}
}

func comments(page consoletest.Response) string {
	_, text, _ := strings.Cut(page.Body, `<h2 id="comments">`)
	text, _, _ = strings.Cut(text, "<aside")
	return text
}

func TestWaiversAreRenewedAndEnded(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	var ids []string
	kinds := map[string]inventory.WaiverKind{}
	for _, f := range w.Findings {
		if f.Waiver.Kind != inventory.WaiverNone {
			ids, kinds[string(f.ID)] = append(ids, string(f.ID)), f.Waiver.Kind
		}
	}
	if page := analyst.Get("/waivers?exception=only&waiver_ends=30"); len(ids) < 2 || !page.Has(`name="id" value="`) || !page.Has(`action="/waivers?`) {
		t.Fatalf("%d waivers, and the page cannot renew them: %d", len(ids), page.Status)
	}
	until := time.Now().AddDate(0, 5, 0).Format(time.DateOnly)
	path := "/waivers?exception=only"
	if page := analyst.Post(path, url.Values{"do": {"renew"}, "id": ids, "until": {until}}); page.Status != http.StatusUnprocessableEntity || !page.Has("is missing") || !page.Has(until) {
		t.Errorf("renewed without a reason: %d\n%.2000s", page.Status, page.Body)
	}
	done := analyst.Post(path, url.Values{"do": {"renew"}, "id": ids, "until": {until}, "reason": {"the spring budget"}})
	if done.Status != http.StatusSeeOther || done.Location != path {
		t.Fatalf("renew: %d %s\n%.2000s", done.Status, done.Location, done.Body)
	}
	for id, kind := range kinds {
		f, err := w.Store.Finding(w.Context(), inventory.FindingID(id))
		if err != nil || f.Waiver.Kind != kind || f.Waiver.Until.Format(time.DateOnly) != until || f.Waiver.Reason != "the spring budget" || f.Waiver.By != "analyst.one" {
			t.Errorf("%s was %s, and is %+v, %v", id, kind, f.Waiver, err)
		}
	}
	if undone := analyst.Post(undoLast(t, done)+"?back=%2Fwaivers", nil); undone.Location != "/waivers" {
		t.Errorf("undo: %d %s", undone.Status, undone.Location)
	}
	if f, _ := w.Store.Finding(w.Context(), inventory.FindingID(ids[0])); f.Waiver.Reason == "the spring budget" {
		t.Error("after the undo the waiver is renewed")
	}
	analyst.Post(path, url.Values{"do": {"unwaive"}, "id": ids[:1], "reason": {"it was moved"}})
	if f, _ := w.Store.Finding(w.Context(), inventory.FindingID(ids[0])); f.Waiver.Kind != inventory.WaiverNone {
		t.Errorf("the waiver did not end: %+v", f.Waiver)
	}
	if page := w.As("auditor").Get(path); page.Status != http.StatusOK || page.Has(`value="renew"`) {
		t.Errorf("an auditor may renew: %d", page.Status)
	}
}

func TestDraftOfTickedFindings(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	same := map[inventory.CheckID][]string{}
	var check inventory.CheckID
	for _, f := range w.Findings {
		if f.Detection.Present() && f.Waiver.Kind == inventory.WaiverNone {
			same[f.Check] = append(same[f.Check], string(f.ID))
			if len(same[f.Check]) > 1 {
				check = f.Check
			}
		}
	}
	if check == "" || len(same) < 2 {
		t.Fatalf("findings by check: %v", same)
	}
	one := same[check][:1]
	done := analyst.Post("/findings/bulk", url.Values{"do": {"draft"}, "id": one})
	id, ok := strings.CutPrefix(done.Location, "/advisories/")
	if !ok || done.Status != http.StatusSeeOther {
		t.Fatalf("draft: %d %s\n%.2000s", done.Status, done.Location, done.Body)
	}
	api, ctx := w.API("analyst")
	a, err := api.Advisory(ctx, id)
	if err != nil || a.Check != string(check) || a.State != "draft" || a.Reach.Assets != 1 {
		t.Errorf("draft %+v, %v; want one of %s about the one asset", a, err, check)
	}
	if refs, err := api.FindingAdvisories(ctx, one[0]); err != nil || len(refs) == 0 || refs[len(refs)-1].ID != id && refs[0].ID != id {
		t.Errorf("the finding is in %v, %v; want %s", refs, err, id)
	}
	var mixed []string
	for _, ids := range same {
		mixed = append(mixed, ids[0])
	}
	if page := analyst.Post("/findings/bulk", url.Values{"do": {"draft"}, "id": mixed}); page.Status != http.StatusUnprocessableEntity || !page.Has("different weaknesses") {
		t.Errorf("findings of several checks: %d %.1500s", page.Status, page.Body)
	}
	if page := analyst.Post("/findings/bulk", url.Values{"do": {"draft"}}); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked: %d", page.Status)
	}
}

func TestNamesAreLookedUp(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	asset := w.Assets[0]
	page := analyst.Get("/findings?org=" + string(w.Grid) + "&asset=" + string(asset.ID))
	for _, want := range []string{"Operator: <bdi>Island Power Grid</bdi>", "Asset: <bdi>Customer portal</bdi>", `data-lookup="/people/found"`, `data-lookup="/assets/found"`} {
		if !page.Has(want) {
			t.Errorf("the list has no %s", want)
		}
	}
	if page = analyst.Get("/findings?org=ORG-999"); !page.Has("Operator: <bdi>ORG-999</bdi>") {
		t.Errorf("an unknown organisation: %d", page.Status)
	}
	if page = w.As("operator").Get("/scans?org=" + string(w.Water)); page.Has("Capital Water Board") {
		t.Error("a chip tells an operator another's name")
	}
	if page = analyst.Get("/assets/found?q=portal"); !page.Has(`value="`+string(asset.ID)+`"`) || !page.Has("Customer portal") {
		t.Errorf("assets found: %d %s", page.Status, page.Body)
	}
	if page = analyst.Get("/people/found?q=analyst"); !page.Has(`value="analyst.one"`) || page.Has("operator") {
		t.Errorf("people found: %d %s", page.Status, page.Body)
	}
	if page = w.As("operator").Get("/people/found?q=a"); page.Status != http.StatusForbidden {
		t.Errorf("an operator looks for the CERT's people: %d", page.Status)
	}
}

func TestTwoAnalysts(t *testing.T) {
	w := consoletest.New(t)
	f := open(t, w)
	path := "/findings/" + string(f.ID) + "/act"
	form := url.Values{"version": {"1"}, "do": {"waive"}, "waiver": {"false_positive"}, "reason": {"a honeypot of ours"}, "until": {"2099-01-01"}}
	if first := w.As("administrator").Post(path, url.Values{"version": {"1"}, "do": {"work"}, "work": {"notified"}}); first.Status != http.StatusSeeOther {
		t.Fatalf("the first: %d %s", first.Status, first.Body)
	}
	form.Set("until", w.Findings[0].LastSeen.AddDate(0, 4, 0).Format("2006-01-02"))
	second := w.As("analyst").Post(path, form)
	if second.Status != http.StatusPreconditionFailed || !second.Has("a honeypot of ours") || !second.Has("Somebody was faster") || !second.Has("administrator.one") {
		t.Errorf("the second: %d\n%.3000s", second.Status, second.Body)
	}
}

func TestOperatorAnswersAndDisputes(t *testing.T) {
	w := consoletest.New(t)
	f := open(t, w)
	operator, path := w.As("operator"), "/findings/"+string(f.ID)
	if page := operator.Get(path); !page.Has("Check my fix") || !page.Has("Your answer") || page.Has("Elsewhere") {
		t.Errorf("an operator's page: %d", page.Status)
	}
	if page := operator.Post(path+"/answer", url.Values{"answer": {"fixed"}}); page.Status != http.StatusSeeOther {
		t.Fatalf("fixed: %d %s", page.Status, page.Body)
	}
	if page := operator.Post(path+"/answer", url.Values{"answer": {"working"}}); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("working on it without a day: %d", page.Status)
	}
	if page := operator.Post(path+"/answer", url.Values{"answer": {"not_mine"}, "reason": {"it moved <b>away</b>"}}); page.Status != http.StatusSeeOther {
		t.Fatalf("not mine: %d %s", page.Status, page.Body)
	}
	analyst := w.As("analyst")
	if page := analyst.Get("/disputes"); !page.Has("not mine") || page.Has("<b>away</b>") {
		t.Errorf("disputes: %d", page.Status)
	}
	if page := analyst.Get("/disputes/D-1"); page.Status != http.StatusOK || !page.Has("Uphold") {
		t.Errorf("dispute: %d", page.Status)
	}
	if page := operator.Get("/disputes/D-1"); page.Status != http.StatusOK || page.Has("Uphold") {
		t.Errorf("an operator's dispute: %d", page.Status)
	}
	if page := operator.Post("/disputes/D-1/ruling", url.Values{"state": {"upheld"}, "reason": {"yes"}}); page.Status != http.StatusForbidden {
		t.Errorf("an operator rules: %d", page.Status)
	}
	if page := analyst.Post("/disputes/D-1/messages", url.Values{"text": {"Since when?"}}); page.Status != http.StatusSeeOther {
		t.Errorf("ask back: %d %s", page.Status, page.Body)
	}
	if page := analyst.Post("/disputes/D-1/ruling", url.Values{"state": {"rejected"}, "reason": {"It answers yet."}}); page.Status != http.StatusSeeOther {
		t.Errorf("reject: %d %s", page.Status, page.Body)
	}
	if page := operator.Get(path); !page.Has("CERT") || page.Has("analyst.one") {
		t.Errorf("the operator sees who of the CERT decided, or not that it did")
	}
	asked := operator.Post(path+"/rescan", nil)
	if asked.Status != http.StatusSeeOther {
		t.Fatalf("check my fix: %d %s", asked.Status, asked.Body)
	}
	if page := operator.Get(path); !page.Has("hx-sse:connect=\""+path+"/live\"") && !page.Has("could not be tested") {
		t.Errorf("after check my fix the page says nothing")
	}
	if again := operator.Post(path+"/rescan", nil); again.Status != http.StatusUnprocessableEntity || !again.Has("once in five minutes") {
		t.Errorf("check my fix at once again: %d\n%.1500s", again.Status, again.Body)
	}
	for _, other := range w.Findings {
		if other.Org == w.Water {
			if page := operator.Get("/findings/" + string(other.ID)); page.Status != http.StatusNotFound {
				t.Errorf("another organisation's finding: %d", page.Status)
			}
		}
	}
}

func TestComments(t *testing.T) {
	w := consoletest.New(t)
	f := open(t, w)
	path := "/findings/" + string(f.ID)
	w.As("analyst").Post(path+"/comments", url.Values{"text": {"between us"}})
	w.As("analyst").Post(path+"/comments", url.Values{"text": {"dear operator"}, "shared": {"yes"}})
	if page := w.As("operator").Get(path); page.Has("between us") || !page.Has("dear operator") {
		t.Errorf("an operator reads the CERT's own comments, or not theirs")
	}
}
