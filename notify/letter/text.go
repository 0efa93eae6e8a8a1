package letter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// lineWidth is where lines of text end.
const lineWidth = 72

// text is the letter for people and programs that read plain text.
func (p page) text() string {
	var b strings.Builder
	for _, line := range p.Lead {
		b.WriteString(wrap(line, ""))
	}
	for _, l := range p.Links {
		fmt.Fprintf(&b, "\n%s:\n%s\n", l.Text, l.URL)
	}
	section(&b, p.ItemsHead)
	for i, it := range p.Items {
		it.text(&b, i+1)
	}
	if p.More != "" {
		b.WriteString("\n" + wrap(p.More, ""))
	}
	section(&b, p.Advice)
	for _, a := range p.Advised {
		a.text(&b)
	}
	section(&b, p.EndsHead)
	for _, e := range p.Ends {
		b.WriteString(wrap("- "+e, "  "))
	}
	b.WriteString("\n-- \n")
	for _, line := range p.Foot {
		b.WriteString(wrap(line, ""))
	}
	return b.String()
}

func section(b *strings.Builder, head string) {
	if head != "" {
		fmt.Fprintf(b, "\n%s\n%s\n", head, strings.Repeat("-", min(lineWidth, utf8.RuneCountInString(head))))
	}
}

func (it item) text(b *strings.Builder, number int) {
	const indent = "   "
	b.WriteString("\n" + wrap(fmt.Sprintf("%d. %s (%s)", number, it.Title, strings.Join(it.Tags, ", ")), indent))
	if len(it.When) > 0 {
		b.WriteString(indent + wrap(strings.Join(it.When, " "), indent))
	}
	for _, pl := range it.Places {
		b.WriteString(indent + "* " + strings.Join(strings.Fields(pl.ID+"  "+pl.Where), "  "))
		if port := pl.port(it); port != "" {
			b.WriteString("  " + port)
		}
		b.WriteString("\n")
	}
	if it.LeftOver != "" {
		b.WriteString(indent + "* " + it.LeftOver + "\n")
	}
	for _, s := range [][2]string{{it.WhyHead, it.Why}, {it.FixHead, it.Fix}} {
		if s[1] != "" {
			b.WriteString(indent + wrap(s[0]+": "+s[1], indent))
		}
	}
}

func (a advised) text(b *strings.Builder) {
	b.WriteString("\n" + wrap(a.Title+" ("+strings.Join(a.Tags, ", ")+")", ""))
	if a.Note != "" {
		b.WriteString(wrap(a.Note, ""))
	}
	for _, l := range a.Summary {
		b.WriteString(wrap(l, ""))
	}
	if len(a.Fix) > 0 {
		b.WriteString(a.FixHead + ":\n")
	}
	for _, l := range a.Fix {
		b.WriteString("  " + wrap(l, "  "))
	}
	if a.URL != "" {
		b.WriteString(a.Read + ": " + a.URL + "\n")
	}
}

// wrap breaks a text into lines; all but the first begin with indent. Words
// that are longer than a line stay whole.
func wrap(s, indent string) string {
	var b strings.Builder
	width := 0
	for _, word := range strings.Fields(s) {
		n := utf8.RuneCountInString(word)
		switch {
		case width == 0:
		case width+1+n > lineWidth:
			b.WriteString("\n" + indent)
			width = len(indent)
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += n
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + "\n"
}
