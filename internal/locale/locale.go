// Package locale says things in the reader's language.
//
// The English text is the key: T("Open findings"). A text that a language
// lacks stays English, so that nothing is ever blank. Numbers, dates and
// plurals follow the language; addresses, ports, CVEs and ids stay as they are.
//
// Catalogues are po/TAG.po, as translators know them. The package extract
// brings them up to date with the texts in the program.
package locale

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/leonelquinteros/gotext"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Default is the language of last resort, and of the keys.
const Default = "en"

// Pseudo is a language for tests: whatever does not look odd in it was not
// said through a Printer.
const Pseudo = "en-XA"

//go:embed po
var catalogues embed.FS

// A Printer writes in one language. It is safe for use by several goroutines.
type Printer struct {
	lang    Language
	texts   *gotext.Po        // nil: the keys are the texts
	said    map[string]string // what texts has, by its key
	numbers *message.Printer  // as x/text writes them
}

// printers are made once: a catalogue takes milliseconds to read.
var printers = sync.OnceValue(func() map[string]*Printer {
	out := map[string]*Printer{}
	for _, l := range append(Languages(), pseudo) {
		p := &Printer{lang: l, numbers: message.NewPrinter(language.MustParse(l.Tag))}
		if b, err := catalogues.ReadFile("po/" + l.Tag + ".po"); err == nil {
			p.texts = gotext.NewPo()
			p.texts.Parse(b)
			p.said = map[string]string{}
			for key, t := range p.texts.GetDomain().GetTranslations() {
				if text := t.Get(); text != "" {
					p.said[key] = text
				}
			}
		}
		out[l.Tag] = p
	}
	return out
})

// For returns the printer of a language such as "bn" or "bn-BD", or English
// when we do not have it.
func For(tag string) *Printer {
	all := printers()
	for tag != "" {
		if p, ok := all[tag]; ok {
			return p
		}
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	return all[Default]
}

// Match returns the printer that suits an Accept-Language header best (RFC
// 9110 section 12.5.4). Languages that are not complete wait until somebody
// chooses them.
func Match(header string) *Printer {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return For(Default)
	}
	for _, t := range tags {
		base, _ := t.Base()
		if l, ok := printers()[base.String()]; ok && l.lang.Complete {
			return l
		}
	}
	return For(Default)
}

// Language is the printer's.
func (p *Printer) Language() Language { return p.lang }

// Tag is the language, for lang attributes.
func (p *Printer) Tag() string { return p.lang.Tag }

// Dir is the direction of writing: ltr or rtl.
func (p *Printer) Dir() string { return "ltr" }

// T says a text; args fill its verbs, as in fmt.Sprintf. Give numbers as Number
// wrote them.
func (p *Printer) T(text string, args ...any) string {
	said := p.Word(text)
	if len(args) == 0 {
		return said
	}
	return fmt.Sprintf(said, args...)
}

// Word says a text that is known only when the program runs, such as the word
// for a state.
func (p *Printer) Word(text string) string {
	switch {
	case text == "": // the key of a catalogue's header
		return ""
	case p.lang.Tag == Pseudo:
		return disguise(text)
	case p.said[text] != "":
		return p.said[text]
	}
	if said, ok := p.sentence(text); ok {
		return said
	}
	return text
}

// N says one or many, by n, which fills the first verb as Number writes it;
// args fill the others.
func (p *Printer) N(one, many string, n int, args ...any) string {
	text := many
	switch {
	case p.lang.Tag == Pseudo:
		text = disguise(many)
	case p.texts != nil && p.texts.IsTranslatedN(one, n):
		text = p.texts.GetN(one, many, n)
	case n == 1:
		text = one
	}
	if !strings.Contains(text, "%") { // one may be said without its number
		return text
	}
	return fmt.Sprintf(text, append([]any{p.Number(n)}, args...)...)
}

// Number writes a count.
func (p *Printer) Number(n int) string { return p.numbers.Sprint(number.Decimal(n)) }

// Decimal writes a number with so many digits behind the point.
func (p *Printer) Decimal(f float64, digits int) string {
	return p.numbers.Sprint(number.Decimal(f, number.Scale(digits)))
}

// Percent writes a share of one, such as 0.25, in whole percents.
func (p *Printer) Percent(share float64) string {
	return p.numbers.Sprint(number.Percent(share, number.MaxFractionDigits(0)))
}

// disguise makes a text odd and a third longer, and leaves its verbs alone.
func disguise(text string) string {
	var b strings.Builder
	b.WriteRune('⟦')
	verb := false
	for _, r := range text {
		if odd, ok := oddLetters[r]; ok && !verb {
			b.WriteRune(odd)
		} else {
			b.WriteRune(r)
		}
		verb = r == '%' || verb && strings.ContainsRune("+-# 0123456789.[]", r)
	}
	b.WriteString(strings.Repeat("~", len(text)/3))
	b.WriteRune('⟧')
	return b.String()
}

var oddLetters = map[rune]rune{
	'a': 'á', 'c': 'ç', 'e': 'é', 'i': 'í', 'n': 'ñ', 'o': 'ó', 'r': 'ŕ', 's': 'š', 't': 'ť', 'u': 'ú', 'y': 'ý', 'z': 'ž',
	'A': 'Á', 'C': 'Ç', 'E': 'É', 'I': 'Í', 'N': 'Ñ', 'O': 'Ó', 'R': 'Ŕ', 'S': 'Š', 'T': 'Ť', 'U': 'Ú', 'Y': 'Ý', 'Z': 'Ž',
}

// Key marks a text that is said later by Word, so that catalogues have it. It
// returns the text as it is.
func Key(text string) string { return text }
