package letter

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

//go:embed letter.html
var layout string

// render makes the HTML part: tables and text, with nothing from elsewhere. The
// layout is parsed anew each time, so that nothing is shared.
func render(pages []page) (string, error) {
	t, err := template.New("letter").Parse(layout)
	if err != nil {
		return "", fmt.Errorf("read the layout of letters: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, pages); err != nil {
		return "", fmt.Errorf("lay a letter out: %w", err)
	}
	return b.String(), nil
}
