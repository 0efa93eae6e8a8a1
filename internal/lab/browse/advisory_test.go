package browse

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// TestAdvisoryIsPreviewedWhileItIsTyped: the picture follows the words, which
// can do nothing, and the form keeps its own.
func TestAdvisoryIsPreviewedWhileItIsTyped(t *testing.T) {
	w := consoletest.New(t)
	b := as(t, w, "analyst")
	b.Open("/advisories/" + string(w.Draft) + "/edit")
	b.Fill("#summary", "**Patch** now <script>document.title='run'</script>")
	b.WaitFor("#preview strong")
	if text := b.Text("#preview strong"); text != "Patch" {
		t.Errorf("the preview has %q in bold", text)
	}
	if title := b.Ask("document.title"); !strings.HasPrefix(title, "Edit ") {
		t.Errorf("the page is called %q", title)
	}
	if typed := b.Value("#summary"); !strings.HasPrefix(typed, "**Patch**") {
		t.Errorf("the field has %q", typed)
	}
	b.Click("#advisory .form-end .primary")
	b.WaitText("main", "Your changes are kept.")
}
