package browse

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/testbrowser"
	"github.com/ciiscan/ciiscan/reports/pdf"
	"github.com/ciiscan/ciiscan/reports/press"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestAnalystDecides is an analyst's morning: a permission, the queue, many
// findings at once, and one that may stay.
func TestAnalystDecides(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	permit, _ := w.Fill("/permits/{id}")
	w.As("operator_admin").Post(permit+"/submit", nil)
	b := as(t, w, "analyst")
	b.Open(permit)
	b.Axe()
	b.Follow(`form[action$="/activate"] button`)
	b.WaitText("h1", "active")
	b.Screenshot("1 in force")

	b.Open("/triage")
	const opened = `document.querySelector("#open-title a").getAttribute("href")`
	first := b.Ask(opened)
	b.Press("j")
	b.Wait(opened + ` !== "` + first + `"`)
	b.Press("k")
	b.Wait(opened + ` === "` + first + `"`)
	b.Press("f")
	b.Wait(`document.activeElement.name === "reason"`)
	b.Axe()
	b.Screenshot("2 queue")
	b.Open("/triage")
	b.Press("t")
	b.WaitText(".lead", "1 handled today")
	if next := b.Ask(opened); next == first {
		t.Errorf("after %s the queue shows it again", first)
	}
	b.Axe()
	b.Press("u")
	b.WaitText("#notes", "Undone for 1 finding")

	b.Open("/findings")
	b.Press("j", "n") // nothing is ticked: the row that is marked is meant
	b.Wait(`document.activeElement.name === "text"`)
	b.WaitText("[data-picked]", "1 selected")
	b.Axe()
	b.Open("/findings")
	b.Click(`input[name="severity"][value="medium"]`)
	b.Wait(`document.querySelector('#exports a').href.includes("severity=medium")`)
	b.Wait(`document.querySelector('#views form').action.includes("severity=medium")`)
	b.Open("/findings")
	b.Press("j", "x", "j", "x")
	b.WaitText("[data-picked]", "2 selected")
	b.Screenshot("3 two are selected")
	b.Follow(`.bulk button[value="take"]`)
	b.WaitText("#notes", "2 findings changed")
	b.Follow("#notes form button")
	b.WaitText("#notes", "Undone for 2 findings")
	b.Screenshot("4 undone")

	id := string(w.OpenFinding())
	b.Open("/findings/" + id)
	b.Click(`details:has(#waiver) > summary`)
	b.Choose("#waiver", "compensating_control")
	b.Choose("#until", day(30))
	b.Fill("#reason", "a filter stands before it")
	b.Follow(`button[value="waive"]`)
	b.Open("/waivers")
	b.WaitText("main", "compensating control")
	b.Follow(`a[href="/findings/` + id + `"]`)
	b.WaitText("main", "a filter stands before it")
	b.Screenshot("5 waived")

	const help = `document.querySelector("#keys-help").open`
	b.Press("?")
	b.Wait(help)
	w.As("analyst").Post("/account/preferences", url.Values{"language": {"bn"}, "zone": {"Asia/Dhaka"}, "keys": {"off"}})
	b.Open("/findings/" + id)
	b.Press("?")
	if on := b.Ask(help); on != "false" {
		t.Error("a key does something after keys were switched off")
	}
	b.Axe()
	b.Screenshot("6 in Bangla, without keys")
}

// TestAnalystWatchesAScan sees by itself what becomes of a scan.
func TestAnalystWatchesAScan(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	b := as(t, w, "analyst")
	b.Open("/scans/new?profile=light&org_id=" + string(w.Grid))
	b.Fill("#org_id", string(w.Grid))
	b.Click(`input[name="profile"][value="light"]`)
	b.Follow(`form[action="/scans"] button.primary`)
	at := b.Address()
	b.WaitText("main", "queued")
	b.Eval("window.stays = true")
	b.Screenshot("1 waiting")
	other := w.As("administrator")
	other.Post(at+"/pause", url.Values{"reason": {"the operator asked"}})
	b.WaitText("main", "held by administrator.one")
	other.Post(at+"/resume", nil)
	b.Wait(`!document.querySelector("main").textContent.includes("held by")`)
	other.Post(at+"/cancel", url.Values{"reason": {"enough"}})
	b.WaitText("main", "cancelled")
	if stays := b.Ask("window.stays"); stays != "true" {
		t.Error("the page was loaded again")
	}
	b.Axe()
	b.Screenshot("2 ended")
}

// TestAnalystApprovesAReport goes from the review board to the PDF.
func TestAnalystApprovesAReport(t *testing.T) {
	t.Parallel()
	program, err := pdf.Find("")
	if err != nil {
		t.Fatal("nothing to print with; scripts/setup.sh installs Chromium:", err)
	}
	w := consoletest.New(t)
	var with press.Printer = press.Chromium{Printer: pdf.Printer{Program: program}, Now: time.Now}
	id := string(w.WeeklyOn(with)[w.Grid])
	b := as(t, w, "analyst")
	b.Open("/reports/board")
	b.Axe()
	b.Screenshot("1 board")
	pick := func(action string) {
		t.Helper()
		b.Click(`input[type="checkbox"][value="` + id + `"]`)
		b.Follow(`.bulk button[value="` + action + `"]`)
	}
	pick("check")
	pick("approve")
	b.Open("/reports/board?state=approved")
	b.WaitText("#list", "Island Power Grid")
	b.Screenshot("2 approved")
	b.Open("/reports/" + id)
	b.Screenshot("3 report")
	b.WaitFor(`a[download][href$=".pdf"]`)
	if begins := b.Ask(`fetch(document.querySelector('a[download][href$=".pdf"]').href).then(r => r.text()).then(t => t.slice(0, 5))`); begins != "%PDF-" {
		t.Errorf("the file begins with %q", begins)
	}
	b.Open("/reports/" + id)
	b.Follow(`button[value="send"]`)
	b.WaitText("main", "Who was told")
}

// TestTwoEditOneFinding shows the second of two both texts.
func TestTwoEditOneFinding(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	path := "/findings/" + string(w.OpenFinding())
	late, soon := as(t, w, "analyst"), as(t, w, "administrator")
	for _, b := range []*testbrowser.Tab{late, soon} {
		b.Open(path)
	}
	soon.Choose("#work", "acknowledged")
	soon.Follow(`button[value="work"]`)
	const typed = "all that I wrote <i>here</i>"
	late.Click(`details:has(#waiver) > summary`)
	late.Choose("#until", day(20))
	late.Fill("#reason", typed)
	late.Follow(`button[value="waive"]`)
	late.WaitText("main", "Somebody was faster")
	if kept := late.Value("#reason"); kept != typed {
		t.Errorf("the form has %q, want what was typed", kept)
	}
	if now := late.Text(".diff"); !strings.Contains(now, "acknowledged") || !strings.Contains(now, typed) {
		t.Errorf("both are not shown: %s", now)
	}
	late.Axe()
	late.Screenshot("somebody was faster")
	late.Follow(`button[value="waive"]`) // decided again, of what is known now
	late.WaitText("aside", "until")
	if late.Count(".diff") != 0 {
		t.Error("the second decision is refused, too")
	}
}
