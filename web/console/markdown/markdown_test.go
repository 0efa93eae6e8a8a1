package markdown_test

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/markdown"
)

func TestHTML(t *testing.T) {
	for _, c := range []struct{ name, text, has, hasNot string }{
		{"emphasis", "**install** `4.2`", "<strong>install</strong> <code>4.2</code>", ""},
		{"a list", "- one\n- two", "<li>one</li>", ""},
		{"a heading under the page's", "# Scope", "<h4>Scope</h4>", "<h1"},
		{"a script", "<script>alert(1)</script> after", "", "<script"},
		{"an element with a handler", `<img src=x onerror=alert(1)>`, "", "onerror"},
		{"a picture", "![tracker](https://bad.example/x.png)", "", "<img"},
		{"a link", "[read](https://good.example/a)", `rel="nofollow noreferrer noopener"`, ""},
		{"a link that runs", "[run](javascript:alert(1))", "run", "javascript"},
		{"a link to data", "[run](data:text/html,x)", "run", "data:"},
		{"an element in a link's text", "[<b onclick=x>go</b>](https://good.example)", "go", "onclick"},
	} {
		got := string(markdown.HTML(c.text))
		if !strings.Contains(got, c.has) || c.hasNot != "" && strings.Contains(got, c.hasNot) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
	if got := markdown.HTML(strings.Repeat("word ", markdown.MaxText)); len(got) > markdown.MaxText+100 {
		t.Errorf("%d bytes of a text without end", len(got))
	}
}
