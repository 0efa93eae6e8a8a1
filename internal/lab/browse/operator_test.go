package browse

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/testbrowser"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// day is a date some days from today, as a date field takes it.
func day(ahead int) string { return time.Now().UTC().AddDate(0, 0, ahead).Format(time.DateOnly) }

// file writes a file to upload.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// harmless fails the test when a hostile name did what it wanted to.
func harmless(t *testing.T, b *testbrowser.Tab) {
	t.Helper()
	if title := b.Ask("document.title"); title == "run" {
		t.Errorf("%s: markup of a name ran", b.Address())
	}
}

// TestOperatorRegistersAndPermits is the first half of an operator's way: from
// the empty list to a permission that was handed in.
func TestOperatorRegistersAndPermits(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	b := as(t, w, "operator_admin")
	b.Open("/")
	b.WaitText("h1", "What to do first")
	b.Open("/onboarding")
	b.Axe()
	b.Screenshot("1 first steps")

	b.Open("/imports/new")
	b.Upload("#file", file(t, "assets.csv", "address,name,criticality\n203.0.113.9,New one,high\n203.0.113.10,Odd one,enormous\nwww.new.example,"+
		`"<img src=x onerror=document.title='run'>",low`+"\n"))
	b.Follow(`form[action="/imports"] button.primary`)
	b.WaitText("#list", "enormous")
	if rows := b.Text("#list"); !strings.Contains(rows, "Column") || !strings.Contains(rows, "criticality") || !strings.Contains(rows, "3") {
		t.Errorf("the mistake has no row and column:\n%s", rows)
	}
	harmless(t, b)
	b.Axe()
	b.Screenshot("2 preview with a mistake")
	b.Follow(`form:has(input[name="mode"][value="valid"]) button`)
	b.WaitFor(`form[action$="/undo"]`)
	b.Screenshot("3 imported")
	b.Follow(`form[action$="/undo"] button`)
	b.WaitText("main", "2 assets were removed")
	b.Axe()
	b.Screenshot("4 undone")

	b.Open("/imports/new")
	b.Fill("#list", "203.0.113.9 pasted one")
	b.Follow(`form[action="/imports"] button.primary`)
	b.Follow(`form:has(input[name="mode"][value="all"]) button`)
	b.Open("/assets?q=203.0.113.9")
	b.WaitText("#list", "pasted one")

	draft := func(what, method string) {
		t.Helper()
		b.Open("/permits/new")
		b.Fill(`[name="what"]`, what)
		for name, value := range map[string]string{"method": method, "level": "light", "ot_level": "passive"} {
			b.Click(`input[name="` + name + `"][value="` + value + `"]`)
		}
		b.Click("#any_time")
		b.Choose(`[name="from"]`, day(0))
		b.Choose(`[name="until"]`, day(300))
		b.Follow(`form[action="/permits"] button.primary`)
	}
	draft("portal.grid.example", "dns")
	if value := b.Text("#value-0"); len(value) < 16 {
		t.Errorf("the value to publish is %q", value)
	}
	b.Axe()
	b.Screenshot("5 proof by a name")
	b.Follow(`form[action$="/check"] button`)
	b.WaitText("main", "not found")

	draft("198.51.100.0/26", "letter")
	b.Upload("#letter", file(t, "letter.pdf", "%PDF-1.7\nsigned\n%%EOF"))
	b.Follow(`form[action$="/letter"] button`)
	b.WaitText("main", "letter.pdf")
	b.Follow(`form[action$="/submit"] button`)
	b.WaitText("h1", "submitted")
	b.Axe()
	b.Screenshot("6 handed in")
	if b.Count(`form[action$="/activate"]`) != 0 {
		t.Error("who handed it in may put it into force")
	}
}

// TestOperatorAnswers is the second half: findings are answered and disputed,
// and the report is read.
func TestOperatorAnswers(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	report, _ := w.Fill("/reports/{id}")
	b := as(t, w, "operator_admin")
	id := string(w.OpenFinding())

	b.Open("/findings")
	b.Screenshot("1 findings")
	b.Follow(`a[href="/findings/` + id + `#answer"]`) // the first click
	b.Axe()
	b.Follow(`#answer button[value="fixed"]`) // the second
	api, ctx := w.API("operator_admin")
	if f, err := api.Finding(ctx, id); err != nil || f.Answer != "fixed" || f.Detection == "fixed" {
		t.Errorf("answered %q, and it is %s, %v: want the answer kept and the finding open", f.Answer, f.Detection, err)
	}
	b.Screenshot("2 answered")

	b.Click(`details:has(input[value="not_mine"]) > summary`)
	b.Fill("#not_mine-reason", "It was sold <b>in spring</b>.")
	b.Follow(`details:has(input[value="not_mine"]) button`)
	b.Follow(`aside a[href^="/disputes/"]`)
	b.WaitText("h1", "not mine")
	b.WaitText("main", "<b>in spring</b>")
	b.Axe()
	b.Screenshot("3 dispute")

	b.Open("/reports")
	b.Follow(`a[href="` + report + `"]`)
	b.Axe()
	b.Screenshot("4 report")
	b.Follow(`form[action$="/acknowledge"] button`)
	b.WaitText("main", "Taken note of by")
}

// TestHostileNamesDoNothing opens what shows names that others chose.
func TestHostileNamesDoNothing(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	var odd inventory.Asset
	for _, a := range w.Assets {
		if a.Name == consoletest.Hostile {
			odd = a
		}
	}
	for role, paths := range map[string][]string{
		"analyst":        {"/assets", "/assets/" + string(odd.ID), "/assets/" + string(odd.ID) + "/edit", "/findings?asset=" + string(odd.ID), "/triage", "/search?q=192.0.2.20", "/overview"},
		"operator_admin": {"/", "/assets", "/assets/" + string(odd.ID), "/findings"},
	} {
		b := as(t, w, role)
		for _, path := range paths {
			b.Open(path)
			harmless(t, b)
			if n := b.Count("main b"); n != 0 {
				t.Errorf("%s: %d elements of a name's markup are in the page", path, n)
			}
			if loose := b.Ask(`[...document.querySelectorAll("main *")].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.includes("\u202e")) && !e.closest("bdi, title, input, textarea, option")).length`); loose != "0" {
				t.Errorf("%s: a name that turns the writing round is not kept to itself, %s times", path, loose)
			}
		}
	}
}

// TestOperatorChoosesWindowsAndLevel draws up a permission for some nights,
// and for no more than a light look.
func TestOperatorChoosesWindowsAndLevel(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	b := as(t, w, "operator_admin")
	b.Open("/permits/new")
	b.Fill("#what", "192.0.2.0/28")
	b.Click(`input[name="method"][value="letter"]`)
	b.Click(`input[name="level"][value="light"]`)
	b.Click(`input[name="ot_level"][value="passive"]`)
	b.Click(`input[name="days"][value="Sat"]`)
	b.Click(`input[name="days"][value="Sun"]`)
	b.Choose("#start", "23:30")
	b.Choose("#end", "04:15")
	b.Fill("#time_zone", "Asia/Nowhere")
	b.Choose("#until", day(120))
	b.Follow(`form[action="/permits"] button.primary`)
	b.WaitText("#problem", "time zone")
	if days := b.Count(`input[name="days"]:checked`); days != 2 || b.Value("#start") != "23:30" {
		t.Errorf("the refused form has %d days and begins at %s", days, b.Value("#start"))
	}
	b.Axe()
	b.Fill("#time_zone", "Asia/Colombo")
	b.Follow(`form[action="/permits"] button.primary`)
	b.WaitText("main", "23:30")
	b.Axe()
	b.Screenshot("1 windows and level")
	id := b.Ask(`location.pathname.split("/").pop()`)
	api, ctx := w.API("operator_admin")
	p, err := api.Authorization(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if p.Windows != "Sat,Sun 23:30-04:15" || p.TimeZone != "Asia/Colombo" || p.Level != "light" || p.OTLevel != "passive" || p.Until.Format("2006-01-02") != day(120) {
		t.Errorf("kept %+v", p)
	}
	b.Follow(`a[href$="/edit"]`)
	b.Fill("#windows", "Mon-Fri 22:00-05:00; Sat,Sun")
	b.Click(`input[name="level"][value="standard"]`)
	b.Follow(`form[action$="/edit"] button.primary`)
	if p, err = api.Authorization(ctx, id); err != nil || p.Level != "standard" || !strings.Contains(p.Windows, "22:00-05:00") {
		t.Errorf("after the edit %q, %s, %v", p.Windows, p.Level, err)
	}
	b.Upload("#letter", file(t, "letter.pdf", "%PDF-1.7\nsigned\n%%EOF"))
	b.Follow(`form[action$="/letter"] button`)
	b.Follow(`form[action$="/submit"] button`)
	b.WaitText("h1", "submitted")
	analyst := as(t, w, "analyst")
	analyst.Open("/permits/" + id)
	analyst.WaitText("main", "22:00") // who decides sees when
	analyst.Follow(`form[action$="/activate"] button`)
	analyst.WaitText("h1", "active")
}
