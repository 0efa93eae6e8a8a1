package people_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestAdministratorKeepsPeople(t *testing.T) {
	w := consoletest.New(t)
	w.Cookie("analyst") // ACC-1
	admin := w.As("administrator")
	if r := admin.Get("/people"); r.Status != 200 || !r.Has("analyst.one") || !r.Has("Users &amp; roles") {
		t.Errorf("the list = %d\n%s", r.Status, r.Body)
	}
	if r := admin.Get("/people?role=auditor"); !r.Has("Nobody matches") {
		t.Errorf("a filter that fits nobody:\n%s", r.Body)
	}
	if r := admin.Post("/people/invite", url.Values{"role": {"operator"}}); r.Status != 422 || !r.Has("organisation") {
		t.Errorf("an operator of no organisation = %d", r.Status)
	}
	r := admin.Post("/people/invite", url.Values{"role": {"operator"}, "organisation": {string(w.Grid)}})
	if r.Status != 200 || !r.Has("/invitation/") || !r.Has("shown this once") {
		t.Errorf("an invitation = %d\n%s", r.Status, r.Body)
	}
	if r := admin.Get("/invitations"); !r.Has("Take back") || r.Has("/invitation/") {
		t.Errorf("the invitations show a link, or none to take back:\n%s", r.Body)
	}
	if r := admin.Get("/people/ACC-1"); r.Status != 200 || !r.Has("Disable this account") || !r.Has("SES-1") {
		t.Errorf("a person = %d\n%s", r.Status, r.Body)
	}
	if r := admin.Post("/people/ACC-1/role", url.Values{"role": {"operator"}}); r.Status != 422 {
		t.Errorf("an operator's role without organisation = %d", r.Status)
	}
	if r := admin.Post("/people/ACC-1/reset", nil); r.Status != 200 || !r.Has("/invitation/") || !r.Has("No mail went") {
		t.Errorf("a reset = %d\n%s", r.Status, r.Body)
	}
	if r := admin.Get("/invitations"); !r.Has("for a lost factor") || r.Has("/invitation/") {
		t.Errorf("the reset's link is not among the invitations, or shown again:\n%s", r.Body)
	}
	analyst := w.As("analyst")
	if r := admin.Post("/people/ACC-1/disable", nil); r.Status != 303 {
		t.Fatalf("disabling = %d\n%s", r.Status, r.Body)
	}
	if r := analyst.Get("/people/ACC-1"); r.Status != 303 || !strings.HasPrefix(r.Location, "/sign-in") {
		t.Errorf("whoever is disabled gets %d %s", r.Status, r.Location)
	}
	if r := admin.Get("/people/ACC-1"); !r.Has("sign in again") {
		t.Errorf("a disabled person:\n%s", r.Body)
	}
	for path, want := range map[string]int{"/people/ACC-2/reset": 409, "/people/ACC-1/reset": 409, "/people/ACC-99/reset": 404} {
		if r := admin.Post(path, nil); r.Status != want { // oneself, somebody disabled, nobody
			t.Errorf("POST %s = %d, want %d", path, r.Status, want)
		}
	}
	if r := admin.Get("/people/ACC-2"); r.Has("Reset this account") {
		t.Error("one's own account has the button")
	}
	for _, act := range []string{"enable", "role"} { // a second administrator, so that nobody is the last
		if r := admin.Post("/people/ACC-1/"+act, url.Values{"role": {"administrator"}}); r.Status != 303 {
			t.Fatalf("%s = %d\n%s", act, r.Status, r.Body)
		}
	}
	for _, act := range []string{"disable", "reset"} {
		if r := admin.Post("/people/ACC-2/"+act, nil); r.Status != 409 || !r.Has("your own account") {
			t.Errorf("%s oneself = %d\n%s", act, r.Status, r.Body)
		}
	}
	if r := admin.Get("/people/ACC-99"); r.Status != 404 {
		t.Errorf("a guessed account = %d", r.Status)
	}
}

func TestOperatorsAdministratorKeepsItsOwn(t *testing.T) {
	w := consoletest.New(t)
	w.Cookie("analyst")  // ACC-1
	w.Cookie("operator") // ACC-2, of Grid
	own := w.As("operator_admin")
	list := own.Get("/people")
	if list.Status != 200 || !list.Has("operator.one") || list.Has("analyst.one") {
		t.Errorf("the list = %d\n%s", list.Status, list.Body)
	}
	if r := own.Get("/people?org_id=" + string(w.Water)); r.Has("analyst.one") {
		t.Error("a filter opens another organisation")
	}
	for _, path := range []string{"/people/ACC-1/reset", "/people/ACC-99/reset"} {
		if r := own.Post(path, nil); r.Status != 404 {
			t.Errorf("POST %s = %d, want 404", path, r.Status)
		}
	}
	if r := own.Post("/people/ACC-2/reset", nil); r.Status != 200 || !r.Has("/invitation/") {
		t.Errorf("resetting a colleague = %d\n%s", r.Status, r.Body)
	}
	for _, path := range []string{"/people/ACC-1", "/people/ACC-99"} {
		if r := own.Get(path); r.Status != 404 {
			t.Errorf("%s = %d, want 404", path, r.Status)
		}
	}
	if r := own.Post("/people/ACC-1/disable", nil); r.Status != 404 {
		t.Errorf("disabling a stranger = %d", r.Status)
	}
	if r := own.Post("/people/invite", url.Values{"role": {"operator"}}); r.Status != 200 || !r.Has("/invitation/") {
		t.Errorf("inviting a colleague = %d\n%s", r.Status, r.Body)
	}
	if r := own.Post("/people/invite", url.Values{"role": {"administrator"}}); r.Status != 422 {
		t.Errorf("inviting an administrator = %d", r.Status)
	}
	if r := own.Post("/people/ACC-2/role", url.Values{"role": {"administrator"}}); r.Status != 403 {
		t.Errorf("giving a role = %d", r.Status)
	}
	if r := own.Post("/people/ACC-2/disable", nil); r.Status != 303 {
		t.Errorf("disabling a colleague = %d\n%s", r.Status, r.Body)
	}
	if r := w.As("operator").Get("/people"); r.Status != 303 && r.Status != 403 {
		t.Errorf("an operator's list = %d", r.Status)
	}
}
