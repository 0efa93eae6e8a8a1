package imports_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestOperatorsDoNotReadWhoOfTheCERTActed has the CERT import and take back for
// an organisation, and look again at a finding of it, and reads that as the
// organisation's people: pages, answers of the API.
func TestOperatorsDoNotReadWhoOfTheCERTActed(t *testing.T) {
	w := consoletest.New(t)
	analyst, admin := w.As("analyst"), w.As("operator_admin")
	got := analyst.Post("/imports", url.Values{"org_id": {string(w.Grid)}, "list": {"203.0.113.77 by the CERT\n"}})
	if got.Status != 303 {
		t.Fatalf("bring = %d\n%.1500s", got.Status, got.Body)
	}
	theirs := got.Location
	own := bring(t, admin, "203.0.113.78 by themselves\n")
	for _, by := range []struct {
		who  *consoletest.Visitor
		path string
	}{{analyst, theirs}, {admin, own}} {
		if got := by.who.Post(by.path+"/apply", url.Values{"mode": {"all"}}); got.Status != 303 {
			t.Fatalf("apply %s = %d\n%.1500s", by.path, got.Status, got.Body)
		}
	}
	const name = "analyst.one"
	if page := analyst.Get(theirs); !page.Has(name) {
		t.Errorf("the CERT does not read who imported\n%.2000s", page.Body)
	}
	if page := admin.Get(theirs); page.Has(name) || !page.Has("Imported by your CERT") {
		t.Errorf("the page of the import:\n%.3000s", page.Body)
	}
	if page := admin.Get(own); !page.Has("Imported by operator-admin.one") {
		t.Errorf("their own import does not say whose it is:\n%.3000s", page.Body)
	}
	if list := admin.Get("/imports"); list.Has(name) || !list.Has("your CERT") || !list.Has("operator-admin.one") {
		t.Errorf("the list of imports:\n%.3000s", list.Body)
	}
	asset := admin.Get("/assets?q=203.0.113.77").Body
	i := strings.Index(asset, `href="/assets/A-`)
	if i < 0 {
		t.Fatalf("the asset is not in the list\n%.2000s", asset)
	}
	path, _, _ := strings.Cut(asset[i+len(`href="`):], `"`)
	if page := admin.Get(path); page.Has(name) || !page.Has("your CERT") {
		t.Errorf("the asset's history:\n%.3000s", page.Body)
	}
	api, ctx := w.API("operator_admin")
	all, err := api.ImportPage(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(all); strings.Contains(string(b), name) || !strings.Contains(string(b), `"done_by":"CERT"`) {
		t.Errorf("the API says %s", b)
	}
}
