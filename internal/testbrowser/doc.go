// Package testbrowser opens pages in a real browser, for tests: Debian's
// chromium-headless-shell, one for each test process and a profile of its own
// for each tab.
//
//	b := testbrowser.New(t, world.URL)
//	b.SetCookie(world.Cookie("analyst"))
//	b.Open("/findings")
//	b.Press("j", "x")
//	b.Axe()
//
// What a page must never do fails the test by itself: an error in its console,
// an uncaught exception, a breach of its Content-Security-Policy, a file of
// the console's own that is not there. The browser reaches this machine only.
//
// Every helper waits for what it needs, and ends the test when it does not
// come. A Tab is for one goroutine.
package testbrowser
