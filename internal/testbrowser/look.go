package testbrowser

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe-core finds barriers for people with disabilities; see THIRD_PARTY.md.
//
//go:embed testdata/axe.min.js
var axe string

// height of the window, in pixels.
const height = 900

// Width makes the window so many pixels wide.
func (b *Tab) Width(pixels int) {
	b.t.Helper()
	b.do("be wide", chromedp.EmulateViewport(int64(pixels), height))
}

// Theme is what the system is set to: light or dark.
func (b *Tab) Theme(theme string) {
	b.t.Helper()
	b.theme = theme
	b.emulate()
}

// ForcedColors is a system with few colours of its own, as of Windows.
func (b *Tab) ForcedColors(on bool) {
	b.t.Helper()
	b.forced = on
	b.emulate()
}

// Paper shows pages as they are printed.
func (b *Tab) Paper(on bool) {
	b.t.Helper()
	b.media = ""
	if on {
		b.media = "print"
	}
	b.emulate()
}

func (b *Tab) emulate() {
	b.t.Helper()
	forced := "none"
	if b.forced {
		forced = "active"
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: b.media, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: b.theme},
		{Name: "forced-colors", Value: forced},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // pictures and axe see the end of a change, not its middle
	}})
}

// Fits fails the test when the page has to be moved sideways to be read.
func (b *Tab) Fits() {
	b.t.Helper()
	if wide := b.Ask("document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide != "0" {
		b.t.Errorf("%s is %s pixels wider than its window: %s", b.Address(), wide, b.Ask(widest))
	}
}

// widest names what sticks out of the window.
const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.parentElement.closest(".scroll, .tabs, pre"))
	.slice(0, 5).map(e => e.outerHTML.slice(0, 120)).join(" | ")`

// A violation is a rule of axe that a page breaks.
type violation struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
	}
}

// Axe fails the test when the page has barriers that axe-core finds, by WCAG
// 2.2 AA and by good practice.
func (b *Tab) Axe() {
	b.t.Helper()
	if b.Ask("typeof window.axe") == "undefined" {
		b.Eval(axe)
	}
	found := b.Ask(`axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then(r => JSON.stringify(r.violations))`)
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		b.t.Fatalf("axe said %q: %v", found, err)
	}
	for _, v := range all {
		var nodes []string
		for _, n := range v.Nodes[:min(len(v.Nodes), 5)] {
			nodes = append(nodes, fmt.Sprintf("  %s\n    %s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    ")))
		}
		b.t.Errorf("axe at %s (%s): %s, %s, %d times\n%s", b.Address(), b.theme, v.ID, v.Help, len(v.Nodes), strings.Join(nodes, "\n"))
	}
}

// Screenshot keeps a picture of the whole page under var/screenshots, for
// people to look at.
func (b *Tab) Screenshot(name string) {
	b.t.Helper()
	b.keep(name, ask(b, "take a picture", chromedp.FullScreenshot(100)))
}

func (b *Tab) keep(name string, png []byte) {
	b.t.Helper()
	clean := strings.NewReplacer("/", "_", " ", "_", "?", "_", "#", "_")
	dir := filepath.Join(root(), "var", "screenshots", clean.Replace(b.t.Name()))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, clean.Replace(strings.Trim(name, "/"))+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// root is the repository's: the nearest folder above with a go.mod, of where
// the process was when it was first asked for.
var root = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	for err == nil && dir != "/" {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return os.TempDir()
})
