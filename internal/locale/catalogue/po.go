package catalogue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/leonelquinteros/gotext"

	"github.com/ciiscan/ciiscan/internal/locale"
)

// Write brings a catalogue up to date: it keeps what was translated, adds what
// is new and drops what nobody says any more.
func Write(l locale.Language, texts []Text, old []byte) []byte {
	po := gotext.NewPo()
	po.Parse(old)
	known := po.GetDomain().GetTranslations()
	var b strings.Builder
	header(&b, l)
	for _, t := range texts {
		fmt.Fprintf(&b, "\n#: %s\nmsgid %s\n", t.Where, quote(t.One))
		was := known[t.One]
		if t.Many == "" {
			fmt.Fprintf(&b, "msgstr %s\n", quote(said(was, 0)))
			continue
		}
		fmt.Fprintf(&b, "msgid_plural %s\n", quote(t.Many))
		for i := range Forms(l) {
			fmt.Fprintf(&b, "msgstr[%d] %s\n", i, quote(said(was, i)))
		}
	}
	return []byte(b.String())
}

func header(b *strings.Builder, l locale.Language) {
	if l.Draft {
		fmt.Fprintf(b, "# %s. Draft: no native speaker has reviewed it yet.\n", l.English)
	} else {
		fmt.Fprintf(b, "# %s.\n", l.English)
	}
	b.WriteString("msgid \"\"\nmsgstr \"\"\n")
	for _, h := range []string{
		"Project-Id-Version: CIIScan", "Language: " + l.Tag, "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8",
		"Content-Transfer-Encoding: 8bit", "Plural-Forms: " + l.Plural,
	} {
		b.WriteString(quote(h+"\n") + "\n")
	}
}

// said is a form of a translation, "" where there is none.
func said(t *gotext.Translation, form int) string {
	if t == nil {
		return ""
	}
	return t.Trs[form]
}

// Forms is how many plural forms a language has.
func Forms(l locale.Language) int {
	_, after, _ := strings.Cut(l.Plural, "nplurals=")
	n, _ := strconv.Atoi(after[:1]) // our own table
	return n
}

// quote writes a string as catalogues do.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s) + `"`
}

// Faults lists what is wrong with a catalogue: verbs that differ and, where
// the language is to be complete, texts that are missing.
func Faults(l locale.Language, texts []Text, b []byte) []string {
	po := gotext.NewPo()
	po.Parse(b)
	known := po.GetDomain().GetTranslations()
	var out []string
	for _, t := range texts {
		forms := 1
		if t.Many != "" {
			forms = Forms(l)
		}
		for i := range forms {
			got := said(known[t.One], i)
			switch {
			case got == "" && l.Complete:
				out = append(out, fmt.Sprintf("%s: %s: %q is not translated", l.Tag, t.Where, t.One))
			case got != "" && !sameVerbs(t, got):
				out = append(out, fmt.Sprintf("%s: %s: %q has other verbs than %q", l.Tag, t.Where, got, t.One))
			}
		}
	}
	return out
}

// sameVerbs tells whether a translation takes the same arguments.
func sameVerbs(t Text, got string) bool {
	return slices.Equal(verbs(got), verbs(t.One)) || t.Many != "" && slices.Equal(verbs(got), verbs(t.Many))
}

// verbs lists the verbs of a format, each with the argument that it takes,
// sorted.
func verbs(format string) []string {
	var out []string
	next := 1
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		j := i + 1
		for j < len(format) && strings.ContainsRune("+-# 0123456789.", rune(format[j])) {
			j++
		}
		if j < len(format) && format[j] == '[' {
			end := strings.IndexByte(format[j:], ']')
			if end < 0 {
				return []string{"broken"}
			}
			if n, err := strconv.Atoi(format[j+1 : j+end]); err == nil {
				next = n
			}
			j += end + 1
		}
		if j == len(format) {
			return []string{"broken"}
		}
		if format[j] != '%' {
			out = append(out, fmt.Sprintf("%d%c", next, format[j]))
			next++
		}
		i = j
	}
	slices.Sort(out)
	return out
}
