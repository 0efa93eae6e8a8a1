package permits_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// What is wrong stands beside the field, with the line that is meant; the page
// says what comes next.
func TestPermitSaysWhatToDo(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("operator_admin")
	form := url.Values{
		"what": {"198.51.100.0/26\nnot-a-prefix/99"}, "method": {"letter"}, "level": {"standard"}, "ot_level": {"light"},
		"days": {"Mon"}, "start": {"22:00"}, "end": {"22:00"}, "from": {"2026-01-01"}, "until": {"2099-01-01"},
	}
	got := admin.Post("/permits", form)
	if got.Status != 422 || !got.Has(`id="what-wrong"`) || !got.Has("“not-a-prefix/99”") || !got.Has(`href="#what"`) || got.Has(`href="#prefix"`) {
		t.Errorf("a line that is no prefix = %d\n%.3000s", got.Status, got.Body)
	}
	form.Set("what", "198.51.100.0/26")
	if got = admin.Post("/permits", form); got.Status != 422 || !got.Has(`id="days-wrong"`) {
		t.Errorf("a window without length = %d\n%.3000s", got.Status, got.Body)
	}
	form.Set("end", "05:00")
	path := admin.Post("/permits", form).Location
	step := func(role, want string) {
		t.Helper()
		if page := w.As(role).Get(path); !page.Has(want) {
			t.Errorf("%s as %s does not say %q\n%.5000s", path, role, want, page.Body)
		}
	}
	step("operator_admin", `<li aria-current="step"><span>Prove`)
	step("operator_admin", "Write one that names your organisation")
	if got = admin.Post(path+"/submit", nil); !got.Has(`id="letter-wrong"`) || got.Has("--document") {
		t.Errorf("handed in without a letter\n%.3000s", got.Body)
	}
	letter, err := inventory.NewLetter("letter.pdf", []byte("%PDF-1.7\nsigned\n%%EOF"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.AttachLetter(w.Context(), "grid", inventory.AuthorizationID(strings.TrimPrefix(path, "/permits/")), letter); err != nil {
		t.Fatal(err)
	}
	step("operator_admin", `<li aria-current="step"><span>Hand in`)
	admin.Post(path+"/submit", nil)
	step("operator_admin", "Nothing for you now")
	step("analyst", "Put into force")
}

func TestLifeOfAPermit(t *testing.T) {
	w := consoletest.New(t)
	admin, analyst := w.As("operator_admin"), w.As("analyst")
	got := admin.Post("/permits", url.Values{
		"what": {"198.51.100.0/26\nwww.grid.example"}, "method": {"letter"}, "level": {"standard"}, "ot_level": {"light"},
		"days": {"Mon", "Sat"}, "start": {"22:00"}, "end": {"05:00"}, "from": {"2026-01-01"}, "until": {"2099-01-01"},
	})
	if got.Status != 303 {
		t.Fatalf("draft = %d\n%.3000s", got.Status, got.Body)
	}
	path := got.Location
	if got := admin.Post(path+"/submit", nil); got.Status != 422 || !got.Has("needs the document itself") {
		t.Errorf("handed in without a letter = %d\n%.2000s", got.Status, got.Body)
	}
	id := inventory.AuthorizationID(strings.TrimPrefix(path, "/permits/"))
	letter, err := inventory.NewLetter("../letter", []byte("%PDF-1.7\nsigned\n%%EOF"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.AttachLetter(w.Context(), "grid", id, letter); err != nil {
		t.Fatal(err)
	}
	if got := admin.Post(path+"/submit", nil); got.Status != 303 {
		t.Fatalf("hand in = %d\n%.3000s", got.Status, got.Body)
	}
	if got := admin.Post(path+"/activate", nil); got.Status != 403 {
		t.Errorf("activated by an operator = %d, want 403", got.Status)
	}
	if got := analyst.Post(path+"/return", url.Values{"reason": {"the stamp is missing"}}); got.Status != 303 {
		t.Fatalf("return = %d\n%.2000s", got.Status, got.Body)
	}
	if got := admin.Get(path); !got.Has("the stamp is missing") || got.Has("analyst.one") {
		t.Error("the owner does not read why, or reads who")
	}
	admin.Post(path+"/submit", nil)
	if got := analyst.Post(path+"/activate", nil); got.Status != 303 {
		t.Fatalf("activate = %d\n%.3000s", got.Status, got.Body)
	}
	if got := admin.Post(path+"/suspend", url.Values{"reason": {"works on the plant"}}); got.Status != 303 {
		t.Errorf("suspend = %d\n%.3000s", got.Status, got.Body)
	}
	if got := admin.Post(path+"/resume", nil); got.Status != 403 {
		t.Errorf("resumed by an operator = %d, want 403", got.Status)
	}
	if got := admin.Get(path + "/letter"); got.Status != 200 || !strings.HasPrefix(got.Body, "%PDF") || strings.Contains(got.Header.Get("Content-Disposition"), "/") {
		t.Errorf("letter = %d %v", got.Status, got.Header)
	}
	if got := admin.Post(path+"/revoke", url.Values{"reason": {"over"}}); got.Status != 303 {
		t.Errorf("revoke = %d\n%.3000s", got.Status, got.Body)
	}
}

func TestNobodyActivatesWhatTheyHandedIn(t *testing.T) {
	w := consoletest.New(t)
	analyst := w.As("analyst")
	got := analyst.Post("/permits", url.Values{
		"org_id": {string(w.Grid)}, "what": {"198.51.100.0/26"}, "method": {"letter"}, "level": {"light"}, "any_time": {"yes"},
		"from": {"2026-01-01"}, "until": {"2099-01-01"},
	})
	id := inventory.AuthorizationID(strings.TrimPrefix(got.Location, "/permits/"))
	letter, _ := inventory.NewLetter("letter.pdf", []byte("%PDF-1.7\n%%EOF"))
	if _, err := w.Store.AttachLetter(w.Context(), "x", id, letter); err != nil {
		t.Fatalf("%v (draft: %d %.1000s)", err, got.Status, got.Body)
	}
	analyst.Post(got.Location+"/submit", nil)
	if again := analyst.Post(got.Location+"/activate", nil); again.Status != 422 || !again.Has("another person") {
		t.Errorf("activated by who handed it in = %d\n%.2000s", again.Status, again.Body)
	}
}

func TestWrongLetterIsRefused(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "a program": "MZ\x90\x00", "markup called PDF": "<html>", "half a PDF": "%PDF-1.7 and no end"} {
		if l, err := inventory.NewLetter("letter.pdf", []byte(content)); err == nil {
			t.Errorf("%s was taken as %s", name, l.Type)
		}
	}
}
