package agreements_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	for _, role := range []string{"administrator", "analyst", "approver", "legal_officer", "auditor"} {
		for path, want := range map[string]string{
			"/agreements": "MoU 2026/7", "/agreements?peer=" + w.Team: "MoU 2026/7", "/agreements/" + w.Agreement: "We give",
		} {
			if page := w.As(role).Get(path); page.Status != http.StatusOK || !page.Has(want) {
				t.Errorf("GET %s as %s = %d, want %q\n%s", path, role, page.Status, want, page.Body)
			}
		}
	}
	if page := w.As("operator").Get("/agreements"); page.Status != http.StatusForbidden {
		t.Errorf("an operator sees agreements: %d", page.Status)
	}
	if f := w.As("auditor").Get("/agreements/" + w.Agreement + "/document"); f.Status != http.StatusOK || !strings.Contains(f.Header.Get("Content-Disposition"), "mou.pdf") {
		t.Errorf("the signed text: %d %s", f.Status, f.Header)
	}
	if page := w.As("analyst").Get("/agreements/" + w.Agreement + "/edit"); page.Location != "/agreements/"+w.Agreement {
		t.Errorf("signed terms are edited: %d", page.Status)
	}
}

var terms = regexp.MustCompile(`(?s)name="terms"[^>]*>\n(.*?)</textarea>`)

func TestAgreementIsDraftedSignedAndSuspended(t *testing.T) {
	w := consoletest.New(t)
	analyst, approver := w.As("analyst"), w.As("approver")
	page := analyst.Get("/agreements/new?peer=" + w.Team)
	page = analyst.Post("/agreements", fieldsOf(t, page.Body, "json"))
	m := terms.FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatalf("no template:\n%s", page.Body)
	}
	text := html.UnescapeString(m[1])
	if page := analyst.Post("/agreements", url.Values{"terms": {strings.Replace(text, ":", "", 1)}}); page.Status != http.StatusUnprocessableEntity || !page.Has("Line 2 is not JSON") {
		t.Errorf("broken terms: %d\n%s", page.Status, page.Body)
	}
	if page := analyst.Post("/agreements", url.Values{"terms": {strings.Replace(text, `"amber"`, `"purple"`, 1)}}); page.Status != http.StatusUnprocessableEntity || !page.Has("purple") {
		t.Errorf("an unknown label: %d\n%s", page.Status, page.Body)
	}
	made := analyst.Post("/agreements", url.Values{"terms": {text}})
	if made.Status != http.StatusSeeOther {
		t.Fatalf("drafted: %d\n%s", made.Status, made.Body)
	}
	at := made.Location
	if page := analyst.Get(at + "/edit"); page.Status != http.StatusOK || !page.Has("What we give") {
		t.Errorf("edit a draft: %d", page.Status)
	}
	if page := analyst.Get(at); page.Has(at + "/sign\"") {
		t.Error("an analyst may sign")
	}
	if page := approver.Post(at+"/sign", url.Values{}); page.Status != http.StatusUnprocessableEntity || !page.Has("Choose the signed text") {
		t.Errorf("signed without a text: %d", page.Status)
	}
	if page := sign(t, w, at); page != at {
		t.Fatalf("signed: led to %q", page)
	}
	if page := approver.Get(at); !page.Has("agreement.pdf") {
		t.Errorf("not signed:\n%s", page.Body)
	}
	own := "/agreements/" + w.Agreement
	approver.Post(own+"/suspend", url.Values{"reason": {"a leak on <b>their</b> side"}})
	if page := approver.Get(own); !page.Has("a leak on &lt;b&gt;their&lt;/b&gt; side") || !page.Has(own+"/resume") {
		t.Errorf("not suspended:\n%s", page.Body)
	}
	approver.Post(own+"/resume", nil)
	analyst.Post(own+"/meetings", url.Values{"at": {"2026-11-01"}, "place": {"Thimphu"}, "minutes": {"We share more."}})
	if page := approver.Get(own); !page.Has("Thimphu") || page.Has(own+"/resume") {
		t.Errorf("in force again:\n%s", page.Body)
	}
}

var (
	input    = regexp.MustCompile(`<input ([^>]*)>`)
	selected = regexp.MustCompile(`(?s)<select id="([^"]*)"[^>]*>(.*?)</select>`)
	option   = regexp.MustCompile(`value="([^"]*)" selected`)
	attrs    = regexp.MustCompile(`(name|type|value)="([^"]*)"`)
)

// fieldsOf are the fields of a page's form as a browser sends them.
func fieldsOf(t *testing.T, page, do string) url.Values {
	t.Helper()
	out := url.Values{"do": {do}}
	_, page, _ = strings.Cut(page, "data-guard>")
	page, _, _ = strings.Cut(page, "</form>")
	for _, m := range input.FindAllStringSubmatch(page, -1) {
		a := map[string]string{}
		for _, x := range attrs.FindAllStringSubmatch(m[1], -1) {
			a[x[1]] = html.UnescapeString(x[2])
		}
		if a["type"] != "checkbox" || strings.Contains(m[1], " checked") {
			out.Add(a["name"], a["value"])
		}
	}
	for _, m := range selected.FindAllStringSubmatch(page, -1) {
		if v := option.FindStringSubmatch(m[2]); v != nil {
			out.Set(m[1], html.UnescapeString(v[1]))
		}
	}
	if len(out) < 10 {
		t.Fatalf("no form:\n%s", page)
	}
	return out
}

func TestUsualTermsHaveFields(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	form := fieldsOf(t, analyst.Get("/agreements/new?peer="+w.Team).Body, "save")
	if form.Get("team") != w.Team {
		t.Errorf("the peer is %q", form.Get("team"))
	}
	form.Set("reference", "MoU 2026/<b>8</b>")
	form.Set("give.ceiling", "green")
	form["give.categories"] = []string{"vulnerability", "statistics"}
	form["take.channels"] = []string{"mail", "csaf"}
	form.Set("take.retain_days", "many")
	if page := analyst.Post("/agreements", form); page.Status != http.StatusUnprocessableEntity || !page.Has("retain_days") || !page.Has(`value="many"`) {
		t.Errorf("no number: %d\n%.3000s", page.Status, page.Body)
	}
	form.Set("take.retain_days", "30")
	form.Set("effective_at", "2026-12-01")
	made := analyst.Post("/agreements", form)
	if made.Status != http.StatusSeeOther {
		t.Fatalf("drafted: %d\n%.3000s", made.Status, made.Body)
	}
	api, ctx := w.API("analyst")
	a, err := api.Agreement(ctx, strings.TrimPrefix(made.Location, "/agreements/"))
	if err != nil || a.Give.Ceiling != "green" || len(a.Give.Categories) != 2 || a.Take.RetainDays != 30 || a.Reference != "MoU 2026/<b>8</b>" ||
		a.EffectiveAt.Format("2006-01-02") != "2026-12-01" || len(a.Take.Channels) != 2 {
		t.Errorf("agreed %+v, %v", a, err)
	}
	before := a.Take
	form = fieldsOf(t, analyst.Get(made.Location+"/edit").Body, "save")
	if page := analyst.Post(made.Location+"/edit", form); page.Status != http.StatusSeeOther {
		t.Fatalf("saved again: %d\n%.3000s", page.Status, page.Body)
	}
	if a, err = api.Agreement(ctx, a.ID); err != nil || !reflect.DeepEqual(before, a.Take) {
		t.Errorf("saving what was there changed %+v into %+v, %v", before, a.Take, err)
	}
	form.Set("title", "Mine") // made from the terms before
	analyst.Post(made.Location+"/edit", url.Values{"version": {a.Version}, "terms": {strings.Replace(form.Get("terms"), `"Cooperation in cyber security"`, `"Theirs"`, 1)}})
	if page := analyst.Post(made.Location+"/edit", form); page.Status != http.StatusPreconditionFailed || !page.Has("Theirs") || !page.Has("Mine") {
		t.Errorf("an edit that was overtaken = %d\n%.3000s", page.Status, page.Body)
	}
	if page := analyst.Post(made.Location+"/edit", url.Values{"do": {"plain"}, "terms": {"{]"}}); page.Status != http.StatusUnprocessableEntity || !page.Has("Terms, as JSON") {
		t.Errorf("broken JSON as fields: %d", page.Status)
	}
}

// TestDaysThatAreNoneChangeNothing: an agreement does not hold for five years
// more because somebody mistyped a day.
func TestDaysThatAreNoneChangeNothing(t *testing.T) {
	w := consoletest.New(t)
	approver, own := w.As("approver"), "/agreements/"+w.Agreement
	api, ctx := w.API("approver")
	before, err := api.Agreement(ctx, w.Agreement)
	if err != nil {
		t.Fatal(err)
	}
	approver.Post(own+"/renew", url.Values{"until": {"31.1.2040"}})
	page := w.As("analyst").Post(own+"/meetings", url.Values{"at": {"monday"}, "minutes": {"Much was said."}})
	if page.Status != http.StatusUnprocessableEntity || !page.Has("not a day") || !page.Has("Much was said.") {
		t.Errorf("a meeting on no day: %d\n%.2000s", page.Status, page.Body)
	}
	if after, err := api.Agreement(ctx, w.Agreement); err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("the agreement was %+v and is %+v, %v", before, after, err)
	}
}

// TestTermsThatAreNothing: null is JSON, and no agreement.
func TestTermsThatAreNothing(t *testing.T) {
	w := consoletest.New(t)
	for _, do := range []string{"plain", "json", "save"} {
		page := w.As("analyst").Post("/agreements", url.Values{"do": {do}, "plain": {"yes"}, "terms": {"null"}})
		if page.Status >= http.StatusInternalServerError || !page.Has("Terms, as JSON") {
			t.Errorf("%s: %d\n%.1000s", do, page.Status, page.Body)
		}
	}
}

// sign sends the form with a file, as an approver.
func sign(t *testing.T, w *consoletest.World, at string) string {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	f, err := form.CreateFormFile("document", "agreement.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("%PDF-1.7 signed")); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+at+"/sign", &b)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.AddCookie(w.Cookie("approver"))
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.Header.Get("Location")
}
