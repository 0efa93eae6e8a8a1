package browse

import (
	"testing"

	"github.com/ciiscan/ciiscan/internal/testbrowser"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// as is a browser in which somebody of that role is signed in.
func as(t *testing.T, w *consoletest.World, role string) *testbrowser.Tab {
	t.Helper()
	b := testbrowser.New(t, w.URL)
	if role != "" {
		b.SetCookie(w.Cookie(role))
	}
	return b
}

// look opens a page as each kind of reader has it, and lets axe judge it.
func look(b *testbrowser.Tab, path string) {
	b.Theme("light")
	b.Width(1280)
	b.Open(path)
	b.Axe()
	b.Screenshot(path + " light")
	b.Theme("dark") // of the same page: that is what a system does at dusk
	b.Axe()
	b.Screenshot(path + " dark")
	b.Theme("light")
	b.Width(320)
	b.Open(path)
	b.Fits()
	b.Axe()
	b.Screenshot(path + " narrow")
}
