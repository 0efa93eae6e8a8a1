package reports_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/run"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestBoardSaysThatNobodyCanBeTold(t *testing.T) {
	w := consoletest.New(t)
	rail, err := w.Store.Organization(w.Context(), w.Rail)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range rail.Contacts {
		if err := w.Store.RemoveContact(w.Context(), "mara", w.Rail, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.Weekly()
	analyst := w.As("analyst")
	if page := analyst.Get("/reports/board"); !page.Has("1 organisation has no contact: nobody gets its report.") {
		t.Errorf("the board says nothing of it:\n%s", page.Body)
	}
	if page := analyst.Get("/reports/board?flag=contact_missing"); !page.Has("Coast Railway") || page.Has("Island Power Grid") {
		t.Errorf("those without a contact:\n%s", page.Body)
	}
}

func TestBoardFromDraftToSent(t *testing.T) {
	w := consoletest.New(t)
	analyst, operator := w.As("analyst"), w.As("operator")
	if page := analyst.Get("/reports/board"); page.Status != http.StatusOK || !page.Has("No run yet") {
		t.Errorf("before any run: %d\n%s", page.Status, page.Body)
	}
	if page := operator.Get("/reports"); page.Status != http.StatusOK || !page.Has("There is no report yet") {
		t.Errorf("an operator before any: %d\n%s", page.Status, page.Body)
	}
	ids := w.Weekly()
	id := string(ids[w.Grid])
	at := "/reports/" + id
	for path, want := range map[string]string{
		"/reports/board": "Island Power Grid", "/reports/board?state=approved": "No report matches", "/reports/board?sector=energy": id,
		"/reports": "Capital Water Board", "/reports?q=railway": "Coast Railway", at: "Files", at + "/scope": "192.0.2.10",
	} {
		if page := analyst.Get(path); page.Status != http.StatusOK || !page.Has(want) {
			t.Errorf("GET %s = %d, want %q\n%s", path, page.Status, want, page.Body)
		}
	}
	preview := analyst.Get(at + "/html")
	if csp := preview.Header.Get("Content-Security-Policy"); preview.Status != http.StatusOK || !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script") {
		t.Errorf("the preview: %d, policy %q", preview.Status, csp)
	}
	if page := operator.Get(at); page.Status != http.StatusNotFound {
		t.Errorf("a draft to its operator: %d", page.Status)
	}
	profile := "/organizations/" + string(w.Grid)
	if page := analyst.Get(profile); !page.Has(`href="`+at+`"`) || !page.Has(">checked<") {
		t.Errorf("the organisation's page does not tell of its report:\n%s", page.Body)
	}
	if page := operator.Get(profile); page.Status != http.StatusOK || page.Has(at) {
		t.Errorf("the organisation's page tells its people of what was not sent: %d", page.Status)
	}
	act := func(action string, more ...string) {
		t.Helper()
		form := url.Values{"action": {action}, "id": {id}, "back": {at}}
		if len(more) > 0 {
			form.Set("reason", more[0])
		}
		if page := analyst.Post("/reports/decide", form); page.Status != http.StatusSeeOther || page.Location != at {
			t.Fatalf("%s: %d %s\n%s", action, page.Status, page.Location, page.Body)
		}
	}
	state := func(want run.State) {
		t.Helper()
		if e, err := w.Store.Edition(w.Context(), ids[w.Grid]); err != nil || e.State != want {
			t.Errorf("it is %s (%v), want %s", e.State, err, want)
		}
	}
	act("hold", "the numbers look odd")
	state(run.Held)
	act("release")
	act("send") // refused, and told why
	act("check")
	act("approve")
	act("unapprove")
	state(run.Checked)
	act("approve")
	act("send")
	state(run.Sending)
	if page := operator.Get(at); page.Status != http.StatusOK || !page.Has("We have it, and work on it") || page.Has("Who was told") || page.Has("the numbers look odd") {
		t.Errorf("its operator sees %d\n%s", page.Status, page.Body)
	}
	state(run.Opened)
	operator.Post(at+"/acknowledge", nil)
	state(run.Acknowledged)
	if page := operator.Post(at+"/scope", url.Values{"answer-" + string(w.Assets[0].ID): {"changed"}, "comment-" + string(w.Assets[0].ID): {"moved"}}); page.Status != http.StatusSeeOther {
		t.Errorf("answers: %d\n%s", page.Status, page.Body)
	}
	if page := analyst.Get(at + "/scope"); !page.Has("moved") {
		t.Errorf("the analyst does not see the answer:\n%s", page.Body)
	}
	if rival := operator.Get("/reports/" + string(ids[w.Water])); rival.Status != http.StatusNotFound {
		t.Errorf("a rival's report: %d", rival.Status)
	}
	if page := w.As("auditor").Post("/reports/decide", url.Values{"action": {"hold"}, "id": {id}}); page.Status != http.StatusForbidden {
		t.Errorf("an auditor decides: %d", page.Status)
	}
}

func TestNoteKeepsWhatWasTyped(t *testing.T) {
	w := consoletest.New(t)
	ids := w.Weekly()
	at := "/reports/" + string(ids[w.Water])
	page := w.As("analyst").Post(at+"/note", url.Values{"note": {"my <words>"}, "version": {"99"}})
	if page.Status != http.StatusUnprocessableEntity || !page.Has("my &lt;words&gt;") {
		t.Errorf("a stale note: %d\n%s", page.Status, page.Body)
	}
	if page := w.As("analyst").Post(at+"/note", url.Values{"note": {"my <words>"}, "version": {"1"}}); page.Location != at {
		t.Errorf("a note: %d\n%s", page.Status, page.Body)
	}
	if page := w.As("analyst").Post(at+"/revise", url.Values{"reason": {""}}); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("a revision without a reason: %d", page.Status)
	}
}

func TestAnybodyVerifies(t *testing.T) {
	w := consoletest.New(t)
	ids := w.Weekly()
	id := string(ids[w.Water])
	stranger := w.As("")
	if page := stranger.Get("/verify/" + id); page.Status != http.StatusNotFound {
		t.Errorf("one that was not sent: %d", page.Status)
	}
	for _, act := range []run.Act{run.ActCheck, run.ActApprove, run.ActSend} {
		if _, err := w.Store.DecideEditions(w.Context(), "mara", run.Decision{Act: act, Editions: []run.EditionID{run.EditionID(id)}}); err != nil {
			t.Fatal(err)
		}
	}
	page := stranger.Get("/verify/" + id)
	if page.Status != http.StatusOK || !page.Has(id+".html") || page.Has("Capital Water Board") {
		t.Errorf("the proof: %d\n%s", page.Status, page.Body)
	}
	_, content, err := w.Store.EditionFile(w.Context(), run.EditionID(id), id+".json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file []byte
		want string
	}{{content, "This is what we issued"}, {append(content, ' '), "This is not what we issued"}, {nil, "No file was chosen"}} {
		if body := upload(t, w.URL+"/verify/"+id, c.file); !strings.Contains(body, c.want) {
			t.Errorf("a file of %d bytes, want %q\n%s", len(c.file), c.want, body)
		}
	}
	if page := stranger.Get("/verify?id=" + id); page.Location != "/verify/"+id {
		t.Errorf("looking it up leads to %s", page.Location)
	}
}

func upload(t *testing.T, to string, content []byte) string {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if content != nil {
		part, err := form.CreateFormFile("file", "x.json")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(content)
	}
	_ = form.Close()
	r, err := http.Post(to, form.FormDataContentType(), &b)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// A report is read in each language of its readers, one's own first.
func TestReadInEachLanguage(t *testing.T) {
	w := consoletest.New(t)
	desk := inventory.Contact{Role: inventory.RoleDistribution, Name: "Desk", Email: "desk@grid.example", Language: "bn"}
	if _, err := w.Store.AddContact(w.Context(), "mara", w.Grid, desk); err != nil {
		t.Fatal(err)
	}
	id := string(w.Weekly()[w.Grid])
	at := "/reports/" + id
	if page := w.As("analyst").Get(at); !page.Has("English") || !page.Has("বাংলা") || !page.Has(at+"/html?lang=bn") {
		t.Errorf("the page offers not both languages:\n%s", page.Body)
	}
	for lang, want := range map[string]string{"": `lang="en"`, "bn": `lang="bn"`, "en": `lang="en"`, "th": `lang="en"`} {
		if page := w.As("analyst").Get(at + "/html?lang=" + lang); page.Status != http.StatusOK || !page.Has(`<html `+want) {
			t.Errorf("in %q it is %d, want %s", lang, page.Status, want)
		}
	}
}
