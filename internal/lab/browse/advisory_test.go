package browse

import (
	"errors"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestAdvisoryIsPreviewedWhileItIsTyped: the picture follows the words, which
// can do nothing, and the form keeps its own.
func TestAdvisoryIsPreviewedWhileItIsTyped(t *testing.T) {
	w := consoletest.New(t)
	b := as(t, w, "analyst")
	b.Open("/advisories/" + string(w.Draft) + "/edit")
	b.Fill("#summary", "**Patch** now <script>document.title='run'</script>")
	b.WaitFor("#preview strong")
	if text := b.Text("#preview strong"); text != "Patch" {
		t.Errorf("the preview has %q in bold", text)
	}
	if title := b.Ask("document.title"); !strings.HasPrefix(title, "Edit ") {
		t.Errorf("the page is called %q", title)
	}
	if typed := b.Value("#summary"); !strings.HasPrefix(typed, "**Patch**") {
		t.Errorf("the field has %q", typed)
	}
	b.Click("#advisory .form-end .primary")
	b.WaitText("main", "Your changes are kept.")
}

// TestAdvisoryTakesTwo goes from open findings to a release: who writes never
// approves, and who asks never releases.
func TestAdvisoryTakesTwo(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	author, second := as(t, w, "analyst"), as(t, w, "approver")
	author.Open("/advisories/new?check=test-portal")
	author.WaitText(`#preview [aria-label="Who has it now"]`, "Island Power Grid")
	author.Follow(`form[action="/advisories/from-check"] button`)
	author.Fill("#title", "Portals are attacked again")
	author.Fill("#summary", "Update **now**, please.")
	author.WaitText("#preview strong", "now")
	author.WaitText("#preview h2", "Portals are attacked again")
	author.Choose("#severity", "critical")
	author.WaitText("#preview", "critical")
	author.WaitText(`#preview [aria-label="Who has it now"]`, "Island Power Grid")
	author.Axe()
	author.Screenshot("1 written")
	author.Follow("#advisory .form-end .primary")
	at := author.Address()
	author.WaitText(`[aria-label="Who has it now"]`, "Island Power Grid")
	author.Screenshot("2 who has it now")
	author.Follow(`form[action$="/submit"] button`)
	author.WaitText("#approval", "another person has to approve it")
	if n := author.Count(`form[action$="/approve"]`); n != 0 {
		t.Error("the author may approve")
	}
	api, ctx := w.API("analyst")
	if _, err := api.DirectAdvisory(ctx, strings.TrimPrefix(at, "/advisories/"), "approve"); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("the author approves all the same: %v", err)
	}

	second.Open(at)
	second.Axe()
	second.Follow(`form[action$="/approve"] button`)
	second.WaitText("header.head", "approved")
	second.Screenshot("3 approved")

	author.Open(at)
	author.Follow(`a[href^="/releases/new"]`)
	author.Fill("#peer_id", w.Team)
	author.Click(`details:has(#profile_organization) > summary`)
	author.Choose("#profile_organization", "drop")
	author.Fill("#reason", "It is attacked in their country, too.")
	author.Follow(`button[formaction="/releases/preview"]`)
	author.WaitText("#preview", "The gate lets it out.")
	author.WaitText("#preview", "MoU 2026/7")
	author.WaitText(`[aria-label="What is taken out or made coarse"] del`, "Island Power Grid")
	if kept := author.Value("#reason"); kept != "It is attacked in their country, too." {
		t.Errorf("after the preview the reason is %q", kept)
	}
	author.Axe()
	author.Screenshot("4 what would leave")
	author.Follow(`form[action="/releases"] button.primary`)
	author.WaitText("#approval", "another person has to approve it")
	if n := author.Count(`form[action$="/approve"]`); n != 0 {
		t.Error("who asked may approve the release")
	}
	second.Open(author.Address())
	second.WaitText(`[aria-label="What is taken out or made coarse"] del`, "Island Power Grid")
	second.Axe()
	second.Screenshot("5 to decide")
	second.Follow(`form[action$="/approve"] button`)
	second.WaitText("main", "On its way")
	second.Axe()
	second.Screenshot("6 released")
}
