package browse

import (
	"net/url"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestAnalystActsOnWhatWasFound searches, acts on what was found with the bars
// of the lists, takes it back, and finds what was opened last.
func TestAnalystActsOnWhatWasFound(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	b := as(t, w, "analyst")
	finding := "/findings/" + string(w.OpenFinding())
	b.Open(finding)
	b.Open("/assets/" + string(w.Assets[0].ID))
	here := "/search?" + url.Values{"q": {"192.0.2.0/24"}}.Encode()
	look(b, here)
	b.Width(1280)
	b.Open(here)
	if got := b.Ask(`document.querySelector('#recent + ul a').getAttribute("href")`); got != "/assets/"+string(w.Assets[0].ID) {
		t.Errorf("opened last is %s", got)
	}
	b.Click(`form[action^="/findings/bulk"] tbody input[name="id"]`)
	b.WaitText(`form[action^="/findings/bulk"] [data-picked]`, "1 selected")
	b.WaitText(`form[action="/assets/change"] [data-picked]`, "0 selected")
	b.Follow(`form[action^="/findings/bulk"] button[value="take"]`)
	if at := b.Address(); at != here {
		t.Errorf("what was done led to %s, want %s", at, here)
	}
	b.WaitText("#notes", "1 finding changed")
	b.Screenshot("done")
	b.Follow(`#notes form button`)
	if at := b.Address(); at != here {
		t.Errorf("taking it back led to %s, want %s", at, here)
	}
	b.WaitText("#notes", "Undone for 1 finding")
}
