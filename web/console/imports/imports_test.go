package imports_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func bring(t *testing.T, v *consoletest.Visitor, list string) string {
	t.Helper()
	got := v.Post("/imports", url.Values{"list": {list}})
	if got.Status != 303 || !strings.HasPrefix(got.Location, "/imports/IMP-") {
		t.Fatalf("bring = %d to %q\n%.2000s", got.Status, got.Location, got.Body)
	}
	return got.Location
}

func TestImportWithMistakesAndUndo(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("operator_admin")
	path := bring(t, admin, "203.0.113.9 new one\n=cmd()|x\n203.0.113.9\nwww.new.example <script>alert(1)</script>\n")
	page := admin.Get(path)
	for _, want := range []string{"203.0.113.9", "good rows only", "&lt;script&gt;"} {
		if !page.Has(want) {
			t.Errorf("the preview lacks %q\n%.3000s", want, page.Body)
		}
	}
	if page.Has("<script>alert") {
		t.Error("markup of the list runs on the page")
	}
	if got := admin.Post(path+"/apply", url.Values{"mode": {"all"}}); got.Status != 422 || !got.Has("nothing was imported") {
		t.Errorf("all or nothing = %d, want a refusal", got.Status)
	}
	if got := admin.Get(path + "/errors.csv"); !strings.Contains(got.Body, "'=cmd()") {
		t.Errorf("rows with mistakes = %q", got.Body)
	}
	if got := admin.Post(path+"/apply", url.Values{"mode": {"valid"}}); got.Status != 303 {
		t.Fatalf("apply = %d\n%.2000s", got.Status, got.Body)
	}
	if list := admin.Get("/assets?q=203.0.113.9"); !list.Has("new one") {
		t.Error("what was imported is not in the list")
	}
	if got := admin.Post(path+"/apply", url.Values{"mode": {"valid"}}); got.Status != 422 {
		t.Errorf("applied twice = %d, want a refusal", got.Status)
	}
	if got := admin.Post(path+"/undo", nil); got.Status != 200 || !got.Has("2 assets were removed") {
		t.Errorf("undo = %d\n%.2000s", got.Status, got.Body)
	}
	if list := admin.Get("/assets?q=203.0.113.9"); list.Has("new one") {
		t.Error("what was undone is still in the list")
	}
}

func TestPreviewOfWhatHasNoName(t *testing.T) {
	admin := consoletest.New(t).As("operator_admin")
	page := admin.Get(bring(t, admin, "203.0.113.201\n203.0.113.202 fax server\n"))
	for _, want := range []string{`What it says">medium, IT`, `What it says"><bdi>fax server</bdi>, medium, IT`} {
		if !page.Has(want) {
			t.Errorf("the preview lacks %q\n%.3000s", want, page.Body)
		}
	}
}

func TestImportOfOthersAssetsTellsNobody(t *testing.T) {
	w := consoletest.New(t)
	for _, a := range w.Assets {
		if a.Org != w.Water {
			continue
		}
		page := w.As("operator_admin").Get(bring(t, w.As("operator_admin"), a.Address.String()+"\n"))
		if !page.Has("is registered by another organisation") || page.Has(string(w.Water)) {
			t.Errorf("preview of another's asset:\n%.2000s", page.Body)
		}
		if other := w.As("analyst").Get("/imports/IMP-1"); other.Status != 200 {
			t.Errorf("an analyst opens an import: %d", other.Status)
		}
		return
	}
	t.Fatal("the world has no asset of another organisation")
}
