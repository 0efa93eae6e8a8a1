package advisories_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestLanguagesSideBySide(t *testing.T) {
	w := consoletest.New(t)
	analyst, at := w.As("analyst"), "/advisories/"+string(w.Draft)
	form := analyst.Get(at + "/edit?beside=bn")
	if !form.Has(`name="translations.bn.summary"`) || !form.Has(`lang="bn"`) || form.Has(`type="hidden" name="translations.bn.title"`) {
		t.Errorf("no Bangla beside English:\n%s", form.Body)
	}
	typed := with("id", string(w.Draft), "beside", "hi", "translations.bn.title", "ক", "translations.bn.summary", "**খ** <script>", "translations.hi.title", "क")
	if page := analyst.Post("/advisories/preview", typed); !page.Has(`type="hidden" name="translations.bn.title" value="ক"`) || !page.Has(`name="translations.hi.summary"`) || !page.Has("<strong>খ</strong>") || page.Has("<script> ") {
		t.Errorf("another language loses the first, or its preview:\n%s", page.Body)
	}
	typed.Set("version", version(t, analyst, at))
	if page := analyst.Post(at+"/edit", typed); page.Status != http.StatusUnprocessableEntity || !page.Has(`id="translations.hi.summary-wrong"`) {
		t.Errorf("a title without a summary: %d\n%s", page.Status, page.Body)
	}
	typed.Set("translations.hi.summary", "ख")
	if page := analyst.Post(at+"/edit", typed); page.Location != at {
		t.Fatalf("not kept: %d\n%s", page.Status, page.Body)
	}
	if page := analyst.Get(at); !page.Has("In other languages") || !page.Has("<strong>খ</strong>") {
		t.Errorf("who reviews it does not see the translations:\n%s", page.Body)
	}
	if f := analyst.Get(at + "/export?format=csaf&draft=1"); f.Has("ক") || !f.Has(`"lang": "en"`) {
		t.Errorf("the file for peers is not in English alone:\n%s", f.Body)
	}
}

// Nobody reads what nobody else approved; then those read it whom it concerns,
// in their language.
func TestPublishedToOperators(t *testing.T) {
	w := consoletest.New(t)
	analyst, operator := w.As("analyst"), w.As("operator")
	analyst.Post("/advisories/"+string(w.Draft)+"/publish", nil)
	if page := operator.Get("/bulletins"); !page.Has("There is no advisory for you yet") {
		t.Errorf("before:\n%s", page.Body)
	}
	at := w.Publish()
	id := strings.TrimPrefix(at, "/advisories/")
	if page := operator.Get("/bulletins"); !page.Has("Portals are taken over") || !page.Has("/findings?check=test-portal") {
		t.Errorf("the operator's list:\n%s", page.Body)
	}
	if page := operator.Get("/bulletins/" + id); !page.Has("<strong>run programs</strong>") || page.Has("ada") || page.Has("approver.one") {
		t.Errorf("as the operator reads it:\n%s", page.Body)
	}
	if page := operator.Get("/bulletins/" + id + "?lang=bn"); !page.Has("<strong>প্রোগ্রাম চালায়</strong>") || !page.Has(`lang="bn"`) {
		t.Errorf("in Bangla:\n%s", page.Body)
	}
	if page := operator.Get("/bulletins/" + id + "?lang=ta"); page.Status != http.StatusOK || !page.Has("Portals are taken over") {
		t.Errorf("in a language that it is not written in:\n%s", page.Body)
	}
	if page := analyst.Get(at); !page.Has("They read version 1") || page.Has(at+"/publish") {
		t.Errorf("the analyst's page:\n%s", page.Body)
	}
	if page := operator.Get(at); page.Status != http.StatusForbidden {
		t.Errorf("the operator opens the CERT's page: %d", page.Status)
	}
	analyst.Post(at+"/withdraw", url.Values{"reason": {"The vendor was wrong."}})
	if page := operator.Get("/bulletins/" + id); !page.Has("holds no more") || !page.Has("The vendor was wrong.") {
		t.Errorf("after it was withdrawn:\n%s", page.Body)
	}
}

func TestRedIsForNoPortal(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	made := analyst.Post("/advisories/new", with("tlp", "amber+strict"))
	w.As("approver").Post(made.Location+"/approve", nil)
	if page := analyst.Get(made.Location); page.Has(made.Location + "/publish") {
		t.Error("the page offers to publish it")
	}
	if page := analyst.Post(made.Location+"/publish", nil); page.Status != http.StatusForbidden {
		t.Errorf("published: %d", page.Status)
	}
}

// Who has it now are those with its check, and with any of its CVEs.
func TestExposedByEachCVE(t *testing.T) {
	w := consoletest.New(t)
	typed := with("check", "test-rdp", "cves", "CVE-2019-0708\nCVE-2026-0001", "id", "")
	page := w.As("analyst").Post("/advisories/preview", typed)
	for _, want := range []string{"cve=CVE-2026-0001&amp;", "cve=CVE-2019-0708&amp;", "check=test-rdp&amp;"} {
		if !page.Has("/findings?" + want) {
			t.Errorf("no list of %s", want)
		}
	}
	for _, f := range w.Findings {
		if f.Detection.Present() && (f.Check == "test-portal" || f.Check == "test-rdp") && !page.Has(`<a href="/findings/`+string(f.ID)+`">`) {
			t.Errorf("%s of %s is not shown", f.ID, f.Check)
		}
	}
}
