// Package browse has the tests that open the console in a real browser: every
// page light, dark and narrow, the keys, and the ways people take through it.
// It is apart from the pages, because it needs Chromium and takes its time.
package browse
