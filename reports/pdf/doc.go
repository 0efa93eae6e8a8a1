// Package pdf prints reports: a self-contained page becomes a PDF by Chromium,
// which runs as a child without a network, as a user without rights, in its
// own sandbox, for a bounded time. What it wrote is checked before anybody
// relies on it, and gets the report's data attached.
//
// Chromium reads hostile words: banners of scanned hosts stand in reports, even
// if escaped. So its sandbox is never switched off, and there is no network
// that it could reach, whatever a page asks for.
package pdf
