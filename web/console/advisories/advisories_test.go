package advisories_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	at := "/advisories/" + string(w.Advisory)
	for _, role := range []string{"administrator", "analyst", "approver", "legal_officer", "auditor"} {
		for path, want := range map[string]string{
			"/advisories":                          "Portal software is attacked",
			"/advisories?state=approved&tlp=amber": "Portal software is attacked",
			"/advisories?state=withdrawn":          "No advisory matches",
			"/advisories?check=test-portal":        "The portal again",
			at:                                     "Who has it now",
			at + "/affected":                       "This list never leaves",
			at + "/diff":                           "They say the same",
		} {
			if page := w.As(role).Get(path); page.Status != http.StatusOK || !page.Has(want) {
				t.Errorf("GET %s as %s = %d, want %q\n%s", path, role, page.Status, want, page.Body)
			}
		}
	}
	for path, status := range map[string]int{"/advisories/ADV-999": 404, "/advisories?state=odd": 422, "/advisories?cursor=forged": 422} {
		if page := w.As("analyst").Get(path); page.Status != status {
			t.Errorf("GET %s = %d, want %d", path, page.Status, status)
		}
	}
	if page := w.As("operator").Get("/advisories"); page.Status != http.StatusForbidden {
		t.Errorf("an operator opens the advisories: %d", page.Status)
	}
	if page := w.As("auditor").Get("/advisories/new"); page.Status != http.StatusForbidden {
		t.Errorf("an auditor writes: %d", page.Status)
	}
	for _, format := range []string{"csaf", "stix", "misp"} {
		if f := w.As("auditor").Get(at + "/export?format=" + format); f.Status != http.StatusOK || !strings.HasPrefix(f.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("export as %s: %d %s", format, f.Status, f.Header)
		}
	}
}

var text = url.Values{
	"title": {"A router lets strangers in"}, "category": {"vulnerability"}, "tlp": {"green"}, "severity": {"high"},
	"summary": {"**Patch** it. <script>alert(1)</script> [run](javascript:alert(1))"}, "fix": {"Install 2.0."},
	"cves": {"CVE-2026-0007"}, "references": {"https://vendor.example/7"},
	"product_vendor": {"Vendor", ""}, "product_name": {"Router", ""}, "product_version": {"1.9", ""}, "product_status": {"affected", ""},
}

// with is the text with other values.
func with(pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range text {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

func TestAdvisoryIsWrittenJudgedAndApprovedByAnother(t *testing.T) {
	w := consoletest.New(t)
	analyst, approver := w.As("analyst"), w.As("approver")
	refused := analyst.Post("/advisories/new", with("title", ""))
	if refused.Status != http.StatusUnprocessableEntity || !refused.Has("Install 2.0.") || !refused.Has(`id="title-wrong"`) {
		t.Errorf("without a title: %d\n%s", refused.Status, refused.Body)
	}
	made := analyst.Post("/advisories/new", text)
	if made.Status != http.StatusSeeOther {
		t.Fatalf("written: %d\n%s", made.Status, made.Body)
	}
	at := made.Location
	page := analyst.Get(at)
	if !page.Has("<strong>Patch</strong>") || page.Has("alert(1)</script>") || page.Has(`href="javascript`) || !page.Has("Router") {
		t.Errorf("the text as readers see it:\n%s", page.Body)
	}
	analyst.Post(at+"/submit", nil)
	if page := analyst.Get(at); !page.Has("You wrote this, so another person has to approve it.") {
		t.Errorf("its author is not told why not:\n%s", page.Body)
	}
	admin := w.As("administrator")
	admin.Post(at+"/return", nil)
	edited := admin.Post(at+"/edit", with("version", version(t, admin, at), "fix", "Install 2.1."))
	if edited.Location != at {
		t.Fatalf("edited: %d\n%s", edited.Status, edited.Body)
	}
	analyst.Post(at+"/submit", nil)
	if page := admin.Post(at+"/approve", nil); page.Status != http.StatusForbidden || !page.Has("the author may not approve") {
		t.Errorf("an author approves: %d\n%s", page.Status, page.Body)
	}
	approver.Post(at+"/comments", url.Values{"text": {"Is **2.1** out?"}})
	if page := approver.Get(at); !page.Has("Is <strong>2.1</strong> out?") || !page.Has(at+"/approve") {
		t.Errorf("to the approver:\n%s", page.Body)
	}
	approver.Post(at+"/approve", nil)
	if page := analyst.Get(at); !page.Has("approver.one") || !page.Has("/releases/new?advisory=") {
		t.Errorf("not approved:\n%s", page.Body)
	}
}

var versions = regexp.MustCompile(`name="version" value="([^"]+)"`)

// version is that of the form to edit.
func version(t *testing.T, v *consoletest.Visitor, at string) string {
	t.Helper()
	m := versions.FindStringSubmatch(v.Get(at + "/edit").Body)
	if m == nil {
		t.Fatal("the form has no version")
	}
	return html.UnescapeString(m[1])
}

func TestTwoEditorsDoNotOverwriteEachOther(t *testing.T) {
	w := consoletest.New(t)
	one, two, at := w.As("analyst"), w.As("administrator"), "/advisories/"+string(w.Draft)
	seen := version(t, one, at)
	if page := two.Post(at+"/edit", with("version", version(t, two, at), "summary", "Theirs was first.")); page.Location != at {
		t.Fatalf("the first: %d\n%s", page.Status, page.Body)
	}
	page := one.Post(at+"/edit", with("version", seen, "summary", "Mine came later."))
	if page.Status != http.StatusPreconditionFailed || !page.Has("Theirs was first.") || !page.Has("Mine came later.") || !page.Has("Saved meanwhile") {
		t.Fatalf("the second: %d\n%s", page.Status, page.Body)
	}
	if now := one.Get(at); !now.Has("Theirs was first.") {
		t.Errorf("the first text is lost:\n%s", now.Body)
	}
	m := versions.FindStringSubmatch(page.Body)
	if page := one.Post(at+"/edit", with("version", html.UnescapeString(m[1]), "summary", "Both of us.")); page.Location != at {
		t.Errorf("after comparing: %d\n%s", page.Status, page.Body)
	}
	if page := one.Post(at+"/edit", with("summary", "Without a version.")); page.Status != http.StatusPreconditionFailed {
		t.Errorf("a form without a version: %d", page.Status)
	}
}

func TestPreviewKeepsWhatWasTyped(t *testing.T) {
	w := consoletest.New(t)
	page := w.As("analyst").Post("/advisories/preview", with("id", string(w.Draft), "version", "v1"))
	if page.Status != http.StatusOK || !page.Has("<p><strong>Patch</strong> it.") || !page.Has(`value="v1"`) || !page.Has(`action="/advisories/`+string(w.Draft)+`/edit"`) {
		t.Errorf("preview: %d\n%s", page.Status, page.Body)
	}
}

func TestDraftOfACheckCountsAndNamesNobody(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	if page := analyst.Post("/advisories/from-check", url.Values{"check": {"no-such-check"}, "tlp": {"amber"}}); page.Status < 400 {
		t.Errorf("of no check: %d", page.Status)
	}
	made := analyst.Post("/advisories/from-check", url.Values{"check": {"test-modbus"}, "tlp": {"amber"}})
	at := strings.TrimSuffix(made.Location, "/edit")
	page := analyst.Get(at)
	if !page.Has("Modbus answers from the internet") || !page.Has("198.51.100.20") || !page.Has("never leaves") {
		t.Errorf("made of a check (%d %s):\n%s", made.Status, made.Location, page.Body)
	}
	if f := analyst.Get(at + "/export?format=csaf&draft=1"); f.Has("198.51.100.20") || f.Has("Water Board") {
		t.Error("the file names who has it")
	}
}
