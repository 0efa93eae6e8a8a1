package agreements_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
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
	if page := analyst.Get(at + "/edit"); page.Status != http.StatusOK || !page.Has("Terms, as JSON") {
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
