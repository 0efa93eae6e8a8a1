package browse

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestOperatorDecidesAboutTheDiscovered: what scans saw beside the register is
// claimed or rejected. What is claimed is an asset that nothing scans before
// there is a permission.
func TestOperatorDecidesAboutTheDiscovered(t *testing.T) {
	t.Parallel()
	w := consoletest.New(t)
	reader := as(t, w, "operator")
	reader.Open("/discoveries")
	reader.WaitText("#list", "shop.grid.example")
	if n := reader.Count("#list form"); n != 0 {
		t.Error("who does not keep the register may decide")
	}
	b := as(t, w, "operator_admin")
	row := func(name string) string { return `tr:has(th bdi[data-name="` + name + `"])` }
	mark := func() { // rows have no handle but their text
		b.Eval(`document.querySelectorAll("#list th bdi").forEach(e => e.dataset.name = e.textContent)`)
	}
	b.Open("/discoveries")
	b.WaitText("#list", "shop.grid.example")
	b.WaitText("#list", "cdn.host.example")
	b.Axe()
	b.Screenshot("1 discovered")

	mark()
	b.Click(row("cdn.host.example") + " summary")
	b.Click(row("cdn.host.example") + ` form[action$="/reject"] button`) // without a reason
	if stays := b.Ask(`document.querySelector(":invalid input, input:invalid").name`); stays != "reason" || b.Address() != "/discoveries" {
		t.Errorf("without a reason at %s, and %q is asked for", b.Address(), stays)
	}
	b.Eval(`document.querySelectorAll("form").forEach(f => f.noValidate = true)`) // a browser that does not ask
	b.Follow(row("cdn.host.example") + ` form[action$="/reject"] button`)
	b.WaitText("#notes", "reason")
	b.WaitText("#list", "cdn.host.example")
	mark()
	b.Click(row("cdn.host.example") + " summary")
	b.Fill(row("cdn.host.example")+` input[name="reason"]`, "the hosting <b>provider's</b>")
	b.Follow(row("cdn.host.example") + ` form[action$="/reject"] button`)
	b.WaitText("#notes", "Rejected")
	if list := b.Text("#list"); strings.Contains(list, "cdn.host.example") {
		t.Errorf("what was rejected is there still: %s", list)
	}
	b.Open("/discoveries?state=rejected")
	b.WaitText("#list", "the hosting <b>provider's</b>")

	b.Open("/discoveries")
	mark()
	b.Follow(row("shop.grid.example") + ` form[action$="/claim"] button`)
	b.WaitText("#notes", "Nothing scans it until a permission covers it.")
	b.Open("/discoveries?state=claimed")
	b.Follow(`#list a[href^="/assets/"]:last-child`)
	b.WaitText("h1", "shop.grid.example")
	b.Axe()
	b.Screenshot("2 claimed")
	b.WaitText("main", "No permission covers it: it is not scanned.")
	b.Follow(`main .note a[href^="/permits/new"]`)
	b.WaitText("main", "shop.grid.example")
	b.Screenshot("3 the permission it needs")
}
