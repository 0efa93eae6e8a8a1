package peers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange/pgp"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	for _, role := range []string{"administrator", "analyst", "approver", "legal_officer", "auditor"} {
		for path, want := range map[string]string{
			"/peers": "CERT Neighbour", "/peers/" + w.Team: "poc@neighbour.example", "/key-changes": "No change waits",
			"/peers/found?q=neigh": w.Team,
		} {
			if page := w.As(role).Get(path); page.Status != http.StatusOK || !page.Has(want) {
				t.Errorf("GET %s as %s = %d, want %q\n%s", path, role, page.Status, want, page.Body)
			}
		}
	}
	if page := w.As("operator").Get("/peers"); page.Status != http.StatusForbidden {
		t.Errorf("an operator sees peers: %d", page.Status)
	}
}

func TestPeerIsNotedFromAnExampleAndConfirmed(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	if page := analyst.Get("/peers/new"); !page.Has("/peers/new?name=") {
		t.Errorf("no examples:\n%s", page.Body)
	}
	form := url.Values{"name": {`<script>x</script>`}, "country": {"nowhere"}}
	if page := analyst.Post("/peers", form); page.Status != http.StatusUnprocessableEntity || page.Has("<script>x") || !page.Has(`id="country-wrong"`) {
		t.Errorf("a bad country: %d\n%s", page.Status, page.Body)
	}
	form.Set("country", "NP")
	form["contact_role"], form["contact_name"], form["contact_email"], form["contact_phone"] = []string{"poc_24x7"}, []string{"Duty"}, []string{"duty@peer.example"}, []string{""}
	made := analyst.Post("/peers", form)
	if made.Status != http.StatusSeeOther {
		t.Fatalf("noted: %d\n%s", made.Status, made.Body)
	}
	if page := analyst.Get(made.Location); !page.Has("An example: nothing passes") || !page.Has("duty@peer.example") || page.Has("<script>x") {
		t.Errorf("the peer:\n%s", page.Body)
	}
	if page := analyst.Post(made.Location+"/confirm", nil); page.Status != http.StatusForbidden {
		t.Errorf("an analyst confirms: %d", page.Status)
	}
	w.As("approver").Post(made.Location+"/confirm", nil)
	if page := analyst.Get(made.Location); page.Has("An example: nothing passes") {
		t.Error("it is not confirmed")
	}
}

func TestKeyIsTrustedByTwoPeople(t *testing.T) {
	w := consoletest.New(t)
	private, err := pgp.Generate("CERT Neighbour", "cert@neighbour.example", "secret", time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := pgp.Load(private, "secret", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	admin, at := w.As("administrator"), "/peers/"+w.Team
	form := url.Values{"credential": {signer.PublicKey()}, "verified_by": {"mara"}, "verified_how": {"read out"}, "reason": {"new key"}, "fingerprint": {"00"}}
	if page := admin.Post(at+"/keys", form); page.Status != http.StatusUnprocessableEntity || !page.Has("read out") {
		t.Errorf("another fingerprint: %d\n%s", page.Status, page.Body)
	}
	form.Set("fingerprint", signer.Fingerprint())
	if page := admin.Post(at+"/keys", form); !strings.HasPrefix(page.Location, at) {
		t.Fatalf("asked: %d\n%s", page.Status, page.Body)
	}
	page := admin.Get("/key-changes")
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if !page.Has(signer.Fingerprint()) || !page.Has("another person has to confirm it") || id == nil {
		t.Fatalf("waiting:\n%s", page.Body)
	}
	if page := admin.Post("/key-changes/confirm", url.Values{"id": {id[1]}}); page.Status != http.StatusForbidden {
		t.Errorf("who asked confirms: %d", page.Status)
	}
	w.As("approver").Post("/key-changes/confirm", url.Values{"id": {id[1]}})
	if page := admin.Get(at); !page.Has(signer.Fingerprint()) || page.Has("None is pinned") {
		t.Errorf("not trusted:\n%s", page.Body)
	}
}

func TestSecretIsShownOnce(t *testing.T) {
	w := consoletest.New(t)
	approver, at := w.As("approver"), "/peers/"+w.Team
	if page := approver.Post(at+"/api-keys", url.Values{"name": {"feed"}, "expires": {"some day"}}); page.Status != http.StatusUnprocessableEntity || !page.Has("feed") {
		t.Errorf("no day: %d", page.Status)
	}
	for name, day := range map[string]time.Time{"today": time.Now(), "two years": time.Now().AddDate(2, 0, 0)} { // the last day counts
		if page := approver.Post(at+"/api-keys", url.Values{"name": {name}, "expires": {day.UTC().Format(time.DateOnly)}}); page.Status != http.StatusOK {
			t.Errorf("a key until %s = %d\n%.2000s", name, page.Status, page.Body)
		}
	}
	page := approver.Post(at+"/api-keys", url.Values{"name": {"feed"}, "expires": {time.Now().AddDate(0, 6, 0).Format(time.DateOnly)}})
	secret := regexp.MustCompile(`id="secret"[^>]*>([^<]+)<`).FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || secret == nil || !strings.Contains(page.Header.Get("Cache-Control"), "no-store") {
		t.Fatalf("a key: %d %s\n%s", page.Status, page.Header, page.Body)
	}
	again := approver.Get(at)
	if again.Has(secret[1]) || !again.Has("feed") {
		t.Errorf("the secret is shown again, or the key is not listed:\n%s", again.Body)
	}
	approver.Post(at+"/api-keys/revoke", url.Values{"name": {"feed"}})
	if page := approver.Get(at); !page.Has("revoked") {
		t.Errorf("not revoked:\n%s", page.Body)
	}
}

// TestFasterEditIsShown: who saves a form that was overtaken sees both texts,
// and decides.
func TestFasterEditIsShown(t *testing.T) {
	w := consoletest.New(t)
	analyst, at := w.As("analyst"), "/peers/"+w.Team
	version := regexp.MustCompile(`name="version" value="([^"]+)"`).FindStringSubmatch(analyst.Get(at + "/edit").Body)
	if version == nil {
		t.Fatal("the form has no version")
	}
	form := func(name, email string) url.Values {
		out := url.Values{
			"version": {version[1]}, "name": {name}, "country": {"NP"}, "contact_role": {"poc_24x7"}, "contact_name": {"Duty"}, "contact_email": {email}, "contact_phone": {""},
		}
		for _, kind := range []string{"organization", "address", "hostname", "site", "sector", "evidence"} {
			out.Set(kind, "drop")
		}
		return out
	}
	if page := analyst.Post(at+"/edit", form("First", "first@neighbour.example")); page.Location != at {
		t.Fatalf("the first = %d\n%.2000s", page.Status, page.Body)
	}
	second := form("Second", "second@neighbour.example")
	page := analyst.Post(at+"/edit", second)
	if page.Status != http.StatusPreconditionFailed || !page.Has("First") || !page.Has("Second") || !page.Has("poc_24x7, Duty, first@neighbour.example,") {
		t.Fatalf("the second = %d\n%s", page.Status, page.Body)
	}
	version = regexp.MustCompile(`name="version" value="([^"]+)"`).FindStringSubmatch(page.Body)
	second.Set("version", version[1])
	if page := analyst.Post(at+"/edit", second); page.Location != at || !analyst.Get(at).Has("second@neighbour.example") {
		t.Errorf("decided = %d\n%.2000s", page.Status, page.Body)
	}
}

func TestSources(t *testing.T) {
	w := consoletest.New(t)
	analyst, at := w.As("analyst"), "/peers/"+w.Team
	if page := analyst.Post(at+"/sources", url.Values{"channel": {"csaf"}, "url": {"no address"}, "api_key": {"hush"}}); page.Status != http.StatusUnprocessableEntity || page.Has("hush") {
		t.Errorf("a bad address: %d\n%s", page.Status, page.Body)
	}
	if page := analyst.Post(at+"/sources", url.Values{"channel": {"csaf"}, "url": {"https://neighbour.example/provider-metadata.json"}, "every": {"30m"}}); page.Status != http.StatusSeeOther {
		t.Fatalf("polled: %d\n%s", page.Status, page.Body)
	}
	page := analyst.Get(at)
	id := regexp.MustCompile(`name="source" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if id == nil || !page.Has("30m") {
		t.Fatalf("the source:\n%s", page.Body)
	}
	analyst.Post(at+"/sources/pause", url.Values{"source": {id[1]}})
	if page := analyst.Get(at); !page.Has("/sources/resume") {
		t.Errorf("not paused:\n%s", page.Body)
	}
}
