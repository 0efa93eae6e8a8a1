package reports

import (
	"net/url"
	"strings"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/internal/locale/fonts"
)

// Options are how a report is told: in which language, with which letters,
// and where its links lead. They change no number. The zero value is English
// without fonts and without links to a portal.
type Options struct {
	Printer *locale.Printer
	// Fonts picks those that a page with this text needs. They go into the
	// page, so that it reads alike everywhere; nil leaves it to the reader's
	// machine. Noto is one.
	Fonts func(text string) []Font
	Links LinkBase
}

// A Font is one font file and when a browser uses it.
type Font struct {
	Face func(url string) string // the rule of CSS, with the file at url
	Data []byte                  // WOFF2
}

// Noto picks from the fonts of the region's scripts that come with the program.
func Noto(text string) []Font {
	var out []Font
	for _, f := range fonts.Needed(text) {
		if data, err := f.WOFF2(); err == nil { // one that is missing is left to the reader's machine
			out = append(out, Font{Face: f.Face, Data: data})
		}
	}
	return out
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
