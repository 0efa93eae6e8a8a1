package releases_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	for _, role := range []string{"administrator", "analyst", "approver", "legal_officer", "auditor"} {
		for path, want := range map[string]string{
			"/releases":                 w.Release,
			"/releases?state=requested": w.Release,
			"/releases?peer=" + w.Team:  w.Release,
			"/releases?state=released":  "No release matches",
			"/releases/" + w.Release:    "The gate lets it out.",
		} {
			if page := w.As(role).Get(path); page.Status != http.StatusOK || !page.Has(want) {
				t.Errorf("GET %s as %s = %d, want %q\n%s", path, role, page.Status, want, page.Body)
			}
		}
	}
	if page := w.As("analyst").Get("/releases/new?advisory=" + string(w.Advisory)); !page.Has(`value="` + string(w.Advisory) + `"`) {
		t.Errorf("the form:\n%s", page.Body)
	}
	if page := w.As("auditor").Get("/releases/new"); page.Status != http.StatusForbidden {
		t.Errorf("an auditor asks for a release: %d", page.Status)
	}
	if page := w.As("operator").Get("/releases"); page.Status != http.StatusForbidden {
		t.Errorf("an operator sees releases: %d", page.Status)
	}
}

func TestPreviewShowsTheGatesRefusalWithItsClause(t *testing.T) {
	w := consoletest.New(t)
	form := url.Values{"advisory_id": {string(w.Advisory)}, "to": {"public"}}
	page := w.As("analyst").Post("/releases/preview", form)
	if page.Status != http.StatusOK || !page.Has("It may not leave") || !page.Has("Rule") || !page.Has("TLP:CLEAR") {
		t.Errorf("an amber one for everybody: %d\n%s", page.Status, page.Body)
	}
	if page := w.As("analyst").Post("/releases", form); page.Status != http.StatusUnprocessableEntity || !page.Has("It may not leave") || !page.Has("refused by") {
		t.Errorf("asked for all the same: %d\n%s", page.Status, page.Body)
	}
	form = url.Values{"advisory_id": {string(w.Advisory)}, "to": {"peer"}, "peer_id": {w.Team}, "profile_organization": {"drop"}}
	if page := w.As("analyst").Post("/releases/preview", form); !page.Has("The gate lets it out.") || !page.Has("MoU 2026/7") || !page.Has("SHA-256") {
		t.Errorf("for the peer: %d\n%s", page.Status, page.Body)
	}
}

func TestReleaseIsApprovedByAnother(t *testing.T) {
	w := consoletest.New(t)
	form := url.Values{"advisory_id": {string(w.Advisory)}, "to": {"peer"}, "peer_id": {w.Team}, "channels": {"taxii"}, "reason": {"It is attacked."}}
	admin := w.As("administrator")
	admin.Post("/releases/"+w.Release+"/refuse", url.Values{"reason": {"asked for again"}})
	made := admin.Post("/releases", form)
	if made.Status != http.StatusSeeOther {
		t.Fatalf("asked for: %d\n%s", made.Status, made.Body)
	}
	at := made.Location
	if page := admin.Get(at); !page.Has("You asked for this release, so another person has to approve it.") || page.Has(at+"/approve\"") {
		t.Errorf("who asked is not told why not:\n%s", page.Body)
	}
	if page := admin.Post(at+"/approve", nil); page.Status != http.StatusForbidden || !page.Has("administrator.one") {
		t.Errorf("who asked approves: %d\n%s", page.Status, page.Body)
	}
	approver := w.As("approver")
	if page := approver.Post(at+"/approve", nil); page.Location != at {
		t.Fatalf("approved: %d\n%s", page.Status, page.Body)
	}
	page := approver.Get(at)
	if !page.Has("On its way") || !page.Has("OpenPGP") || !page.Has("/file?name=") {
		t.Errorf("a release:\n%s", page.Body)
	}
}

func TestRefusedRequestSaysWhy(t *testing.T) {
	w := consoletest.New(t)
	at := "/releases/" + w.Release
	if page := w.As("approver").Post(at+"/refuse", url.Values{"reason": {"<b>not</b> now"}}); page.Location != at {
		t.Fatalf("refused: %d\n%s", page.Status, page.Body)
	}
	if page := w.As("analyst").Get(at); !page.Has("&lt;b&gt;not&lt;/b&gt; now") {
		t.Errorf("a refused one:\n%s", page.Body)
	}
}
