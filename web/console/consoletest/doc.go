// Package consoletest is a small country for tests of pages: a real database,
// the API and the console over it, and somebody of every role signed in.
//
//	w := consoletest.New(t)
//	page := w.As("analyst").Get("/findings")
//
// Tests in a browser take w.URL and w.Cookie. The world has what pages show:
// organisations in three sectors, assets that were scanned for six weeks,
// findings of every state, waivers, advisories and peers. Nothing in it is
// anybody's: the addresses are those of documentation.
package consoletest
