package reports

import (
	"net/url"
	"strings"

	"github.com/ciiscan/ciiscan/internal/locale"
)

// Options are how a report is told: in which language, with which letters,
// and where its links lead. They change no number. The zero value is English
// without fonts and without links to a portal.
type Options struct {
	Printer *locale.Printer
	// Fonts go into the page, so that it reads alike everywhere and needs
	// nothing from outside.
	Fonts []Font
	Links LinkBase
}

// A Font is one font file and when a browser uses it. Give them in the order
// in which they are tried.
type Font struct {
	Family       string // letters, digits, spaces and hyphens
	Weight       string // "400", or "100 900" for a variable font; "400" when empty
	UnicodeRange string // CSS: "U+0980-09FF"; every letter when empty
	MediaType    string // "font/woff2"
	Data         []byte
}

// LinkBase is the address of the portal that a reader of the report can open:
// "https://portal.example". Without one, links stay within the report.
type LinkBase string

// To returns the address of a portal's page with a filter, or "" without a
// portal. A base that is no web address is as none.
func (b LinkBase) To(path string, filter url.Values) string {
	base := strings.TrimRight(strings.TrimSpace(string(b)), "/")
	if u, err := url.Parse(base); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	if len(filter) == 0 {
		return base + path
	}
	return base + path + "?" + filter.Encode()
}

// printer is the options' language, English when none is given.
func (o Options) printer() *locale.Printer {
	if o.Printer == nil {
		return locale.For(locale.Default)
	}
	return o.Printer
}
