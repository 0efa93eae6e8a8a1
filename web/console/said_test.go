package console_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/ciiscan/ciiscan/internal/locale"
	"github.com/ciiscan/ciiscan/web/auth/account"
	"github.com/ciiscan/ciiscan/web/console"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// englishOnly are pages that an organisation's people may open and that are
// not said in their language, with the reason.
var englishOnly = map[string]string{
	"GET /search/addresses": "of the CERT's own people",
}

// notSaid are elements whose text is not ours to say: data, evidence, names of
// languages and the installation's own name.
var notSaid = []string{"bdi", "code", "pre", "kbd", "script", "style", "svg", "time", "title", "textarea", "option"}

// english finds words that nobody said through a Printer.
var english = regexp.MustCompile(`[A-Za-z]{3,} [a-z]{2,}`)

// TestEverythingIsSaid opens every page of an organisation's people in the
// pseudo language: a sentence that looks like English is in no catalogue.
func TestEverythingIsSaid(t *testing.T) {
	w := consoletest.New(t)
	session, err := w.Store.SessionBySecret(w.Context(), w.Cookie("operator_admin").Value)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.SetPreferences(w.Context(), session.Account, account.Preferences{Language: locale.Pseudo}); err != nil {
		t.Fatal(err)
	}
	visitor, opened := w.As("operator_admin"), 0
	for _, p := range console.Pages() {
		route, isGet := strings.CutPrefix(p.Route, "GET ")
		if !isGet || p.Stream || englishOnly[p.Route] != "" {
			continue
		}
		path, ok := w.Fill(route)
		if !ok {
			continue
		}
		page := visitor.Get(path)
		if page.Status != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || strings.HasSuffix(path, "/html") || strings.Contains(path, "/files/") {
			continue
		}
		opened++
		for _, text := range unsaid(t, page.Body) {
			t.Errorf("%s says %q, which no catalogue has", path, text)
		}
	}
	if opened < 20 {
		t.Errorf("only %d pages were opened", opened)
	}
}

// unsaid lists the English texts of a page.
func unsaid(t *testing.T, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && (slices.Contains(notSaid, n.Data) || attribute(n, "translate") == "no" || othersWords(n) || attribute(n, "class") == "site") {
			return
		}
		if text := strings.Join(strings.Fields(n.Data), " "); n.Type == html.TextNode && !strings.Contains(text, "⟦") && english.MatchString(text) {
			out = append(out, text)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	return out
}

// othersWords tells whether an element says in which language people wrote it:
// it is not the program's.
func othersWords(n *html.Node) bool {
	return n.Data != "html" && attribute(n, "lang") != "" && attribute(n, "lang") != locale.Pseudo
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
