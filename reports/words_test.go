package reports

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/internal/locale"
	"golang.org/x/net/html"
)

// Whatever a reader sees is said through the printer, or is data.
func TestEverythingIsSaid(t *testing.T) {
	word := regexp.MustCompile(`[a-z]{4,}`)
	// The pseudo-language has the dates of English, and a place is the same everywhere.
	same := regexp.MustCompile(`^\d+ [A-Z][a-z]+ \d{4}(, \d\d:\d\d [+-]\d\d:\d\d)?$|^[0-9a-f.:]+ port \d+/(tcp|udp)$`)
	for name, d := range map[string]Data{
		"operator": operator(sample(t)), "national": national(t, sample(t)), "sector": sector(t, sample(t), 6), "few": sector(t, sample(t), 2),
		"nothing": {From: from, To: to, At: to},
	} {
		r := build(t, d)
		files, err := Render(r, []string{"html", "json"}, Options{Printer: locale.For(locale.Pseudo)})
		if err != nil {
			t.Fatal(err)
		}
		data := html.UnescapeString(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(files[1].Data)))
		seen := map[string]bool{}
		for n := range parse(t, string(files[0].Data)).root.Descendants() {
			if n.Type != html.TextNode || n.Parent.Data == "style" || n.Parent.Data == "title" && n.Parent.Parent.Data == "head" {
				continue
			}
			text := strings.Join(strings.Fields(n.Data), " ")
			if word.MatchString(text) && !same.MatchString(text) && !strings.Contains(text, "⟦") && !strings.Contains(data, text) && !seen[text] {
				seen[text] = true
				t.Errorf("%s: %q in <%s> is not said in the reader's language", name, text, n.Parent.Data)
			}
		}
	}
}
