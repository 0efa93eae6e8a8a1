package browse

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestEveryPartIsForEverybody(t *testing.T) {
	w := consoletest.New(t)
	b := as(t, w, "administrator")
	look(b, "/styleguide")

	b.Width(1280)
	b.Open("/styleguide")
	b.Follow(`.form-end button.primary`) // answers with every field's mistakes
	b.Axe()
	b.Screenshot("mistakes")
	if n := b.Count(`#problem a[href="#address"]`); n != 1 {
		t.Errorf("the summary leads to the address %d times, want once", n)
	}
	b.Click(`#problem a[href="#address"]`)
	b.Wait(`document.activeElement.id === "address"`)
	if wrong := b.Ask(`document.getElementById("address").getAttribute("aria-describedby")`); wrong != "address-hint address-wrong" {
		t.Errorf("the field is described by %q", wrong)
	}

	b.Open("/styleguide")
	b.ForcedColors(true)
	b.Axe()
	b.Screenshot("forced colours")
	b.ForcedColors(false)
	b.Paper(true)
	b.Screenshot("paper")
	if seen := b.Ask(`getComputedStyle(document.querySelector(".side")).display`); seen != "none" {
		t.Errorf("the menu is printed: %s", seen)
	}
}

func TestKeys(t *testing.T) {
	b := as(t, consoletest.New(t), "administrator")
	b.Open("/styleguide")
	b.Press("j")
	if at := b.Focused(); !strings.HasPrefix(at, "Remote desktop") {
		t.Errorf("after j at %q, want the first row", at)
	}
	b.Press("x", "j", "j", "X")
	b.WaitText("[data-picked]", "3 selected")
	b.Press("k", "x")
	b.WaitText("[data-picked]", "2 selected")
	b.Press("?")
	b.WaitFor("#keys-help[open]")
	if help := b.Text("#keys-help"); !strings.Contains(help, "select up to here") || !strings.Contains(help, "Assign") {
		t.Errorf("help = %q", help)
	}
	b.Axe()
	b.Screenshot("help")
	b.Press("j") // the rows stay where they are
	b.Press("Escape")
	if n := b.Count("tr.here"); n != 1 {
		t.Errorf("%d rows are marked, want one", n)
	}
	b.Press("/")
	b.Press("j", "x")
	if typed := b.Ask(`document.activeElement.type + " " + document.activeElement.value`); typed != "search jx" {
		t.Errorf("typed %q, want jx into the search: keys are letters there", typed)
	}
	b.Open("/styleguide")
	b.Press("g", "f")
	b.Wait(`location.pathname === "/findings"`)
	b.Open("/styleguide")
	b.Eval(`document.documentElement.dataset.keys = "off"`)
	b.Press("j", "g", "f", "?")
	if n := b.Count("tr.here, #keys-help[open]"); n != 0 || b.Address() != "/styleguide" {
		t.Errorf("keys that are switched off did something: %d rows, at %s", n, b.Address())
	}
}

func TestFilterWithoutReload(t *testing.T) {
	b := as(t, consoletest.New(t), "administrator")
	b.Open("/styleguide")
	b.Eval("window.stays = true")
	b.Choose(`[name="severity"]`, "high")
	b.WaitText(".count", "1 finding")
	if at := b.Address(); at != "/styleguide?severity=high" {
		t.Errorf("the address is %s, want the filter and nothing that is empty", at)
	}
	if stays := b.Ask("window.stays"); stays != "true" {
		t.Error("the whole page was loaded")
	}
	b.WaitText("#said", "1 finding")
	b.Axe()
	b.Click(".chips a")
	b.WaitText(".count", "4 findings")

	b.NoScripts()
	b.Open("/styleguide")
	b.Choose(`[name="severity"]`, "low")
	b.Click(`.filters button`)
	b.WaitText(".count", "1 finding")
}

func TestLive(t *testing.T) {
	b := as(t, consoletest.New(t), "administrator")
	b.Open("/styleguide")
	b.WaitText("#live", "Part 3 of 3")
	b.Eval(`window.asked = performance.getEntriesByName(location.origin + "/styleguide/live").length`)
	b.Ask("new Promise(done => setTimeout(done, 2000))") // longer than the first wait to ask again
	if again := b.Ask(`performance.getEntriesByName(location.origin + "/styleguide/live").length - window.asked`); again > "1" || !strings.Contains(b.Text("#live"), "Part 3") {
		t.Errorf("the stream that ended is asked for %s times again: %s", again, b.Text("#live"))
	}
	was := b.Text("[data-copy]")
	b.Click(`[data-copy]`) // it ends later, with "Copied" or with the text selected, which takes the focus
	b.Wait(`document.querySelector("[data-copy]").textContent !== ` + strconv.Quote(was) + ` || !getSelection().isCollapsed`)
	b.Fill("#org", "gri")
	b.Wait(`document.querySelectorAll("#org-found option").length === 2`)
	if offered := b.Ask(`document.querySelector("#org-found option:last-child").textContent`); offered != "Water & Sewage" {
		t.Errorf("offered %q", offered)
	}
}

func TestTypedTextIsNotLostByASlip(t *testing.T) {
	b := as(t, consoletest.New(t), "administrator")
	const leaves = `dispatchEvent(new Event("beforeunload", {cancelable: true}))`
	b.Open("/styleguide")
	if free := b.Ask(leaves); free != "true" {
		t.Error("a page where nothing was typed holds people back")
	}
	b.Fill("#reason", "a long story")
	if free := b.Ask(leaves); free != "false" {
		t.Error("what was typed goes without a word")
	}
	b.Follow(".form-end button.primary") // sent: it is not lost
	if free := b.Ask(leaves); free != "true" {
		t.Error("the sent form holds people back")
	}
}

func TestRightToLeft(t *testing.T) {
	b := as(t, consoletest.New(t), "administrator")
	for _, width := range []int{1280, 320} {
		b.Width(width)
		b.Open("/styleguide")
		b.Eval(`document.documentElement.dir = "rtl"`)
		b.Fits()
		b.Axe()
		b.Screenshot("rtl " + b.Ask("innerWidth"))
	}
	b.Width(1280)
	if at := b.Ask(`document.querySelector(".side").getBoundingClientRect().right`); at != "1280" {
		t.Errorf("the menu ends at %s, want the right edge", at)
	}
}

// TestFocusIsNeverHidden goes through the page by Tab: what has the focus is
// in the window, and below the header. The way around it stands above.
func TestFocusIsNeverHidden(t *testing.T) {
	b := as(t, consoletest.New(t), "administrator")
	for _, width := range []int{1280, 320} {
		b.Width(width)
		b.Open("/styleguide")
		b.Press("Tab")
		if at := b.Focused(); at != "Skip to the page" {
			t.Errorf("the first Tab leads to %q", at)
		}
		hidden := 0
		for range 70 {
			b.Press("Tab")
			what := b.Ask(`(() => { const e = document.activeElement, r = e.getBoundingClientRect(), bar = document.querySelector(".top");
				if (e === document.body || e.matches(".skip") || bar.contains(e) || r.height > innerHeight / 2) return "";
				const top = bar.getBoundingClientRect().bottom;
				return r.bottom <= top || r.top >= innerHeight ? e.outerHTML.slice(0, 100) : ""; })()`)
			if what != "" {
				hidden++
				t.Errorf("%d pixels: hidden: %s", width, what)
			}
		}
		if hidden > 0 {
			return
		}
	}
}

func TestFaultsHavePages(t *testing.T) {
	w := consoletest.New(t)
	look(as(t, w, "analyst"), "/nowhere")
	look(as(t, w, ""), "/nowhere")
}

func TestMenuOnSmallScreensNeedsNoScripts(t *testing.T) {
	b := as(t, consoletest.New(t), "administrator")
	b.NoScripts()
	b.Width(320)
	b.Open("/styleguide")
	b.Click(".small-menu > summary")
	b.WaitFor(`.small-menu a[href="/findings"]`)
	b.Fits()
	b.Screenshot("menu")
	b.Click(`.small-menu a[href="/findings"]`)
	b.WaitText("h1", "Findings")
}

func TestFilterAfterTheSessionEnded(t *testing.T) {
	w := consoletest.New(t)
	b := as(t, w, "administrator")
	b.Open("/styleguide")
	b.SetCookie(&http.Cookie{Name: consoletest.CookieName, Value: "ended"})
	b.Choose(`[name="severity"]`, "high")
	b.Wait(`location.pathname === "/sign-in"`)
	if next := b.Ask(`new URLSearchParams(location.search).get("next")`); next != "/styleguide?severity=high" {
		t.Errorf("after signing in to %q, want the list as it was asked for", next)
	}
}
