package inbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	for _, role := range []string{"administrator", "analyst", "approver", "legal_officer", "auditor"} {
		for path, want := range map[string]string{
			"/inbox":                             "Attacks on portals",
			"/inbox?state=accepted&channel=csaf": "Attacks on portals",
			"/inbox?channel=misp":                "No document matches",
			"/inbox?peer=" + w.Team:              "Attacks on portals",
			"/inbox/" + w.Inbound:                "Whom it concerns here",
		} {
			if page := w.As(role).Get(path); page.Status != http.StatusOK || !page.Has(want) {
				t.Errorf("GET %s as %s = %d, want %q\n%s", path, role, page.Status, want, page.Body)
			}
		}
	}
	if page := w.As("operator").Get("/inbox"); page.Status != http.StatusForbidden {
		t.Errorf("an operator reads the inbox: %d", page.Status)
	}
	raw := w.As("auditor").Get("/inbox/" + w.Inbound + "/raw")
	if raw.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(raw.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("as it came: %s", raw.Header)
	}
}

func TestScriptOfAPeerNeverRuns(t *testing.T) {
	w := consoletest.New(t)
	for _, path := range []string{"/inbox", "/inbox/" + w.Quarantined} {
		page := w.As("analyst").Get(path)
		if page.Has("<script>document.title") || page.Has("bad.example") || page.Has("\u202e") && !page.Has("<bdi>") || !page.Has("&lt;script&gt;") {
			t.Errorf("GET %s:\n%s", path, page.Body)
		}
		if !strings.Contains(page.Header.Get("Content-Security-Policy"), "default-src") {
			t.Errorf("GET %s has no policy: %s", path, page.Header)
		}
	}
	if page := w.As("analyst").Get("/inbox/" + w.Quarantined); !page.Has("<strong>Patch</strong>") {
		t.Errorf("its Markdown is not shown:\n%s", page.Body)
	}
}

func TestDocumentIsAcceptedOrRejected(t *testing.T) {
	w := consoletest.New(t)
	analyst, at := w.As("analyst"), "/inbox/"+w.Quarantined
	if page := analyst.Get(at); !page.Has("It waits for a person") || !page.Has("there is none") || !page.Has(at+"/accept") {
		t.Errorf("in quarantine:\n%s", page.Body)
	}
	if page := w.As("auditor").Get(at); page.Has(at + "/accept") {
		t.Error("an auditor may accept")
	}
	if page := w.As("auditor").Post(at+"/accept", url.Values{"reason": {"x"}}); page.Status != http.StatusForbidden {
		t.Errorf("an auditor accepts: %d", page.Status)
	}
	if page := analyst.Post(at+"/accept", url.Values{"reason": {"read out by telephone"}}); page.Location != at {
		t.Fatalf("accepted: %d\n%s", page.Status, page.Body)
	}
	if page := analyst.Get(at); !page.Has("read out by telephone") || !page.Has("Draft an advisory from it") || page.Has(at+"/accept") {
		t.Errorf("accepted:\n%s", page.Body)
	}

	other := consoletest.New(t)
	at = "/inbox/" + other.Quarantined
	other.As("approver").Post(at+"/reject", url.Values{"reason": {"not theirs"}})
	if page := other.As("approver").Get(at); !page.Has("rejected") || !page.Has("not theirs") {
		t.Errorf("rejected:\n%s", page.Body)
	}
}

func TestDraftAndAnswer(t *testing.T) {
	w := consoletest.New(t)
	analyst, at := w.As("analyst"), "/inbox/"+w.Inbound
	page := analyst.Post(at+"/answer/preview", url.Values{"usefulness": {"4"}, "comment": {"Thank you."}})
	if page.Status != http.StatusOK || !page.Has("What the sender would read") || !page.Has("12 assets") || !page.Has("few: no number is told") {
		t.Errorf("preview: %d\n%s", page.Status, page.Body)
	}
	if page := analyst.Post(at+"/answer", url.Values{"usefulness": {"4"}}); page.Location != at {
		t.Errorf("sent: %d\n%s", page.Status, page.Body)
	}
	made := analyst.Post(at+"/advisory", nil)
	if !strings.HasPrefix(made.Location, "/advisories/ADV-") {
		t.Fatalf("drafted: %d\n%s", made.Status, made.Body)
	}
	if page := analyst.Get(strings.TrimSuffix(made.Location, "/edit")); !page.Has("It rests on a peer") || !page.Has("NEIGHBOUR-1") {
		t.Errorf("the draft:\n%s", page.Body)
	}
}
