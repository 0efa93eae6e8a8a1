package child_test

import (
	"strconv"
	"testing"

	"github.com/ciiscan/ciiscan/scanner/nuclei"
)

// BenchmarkStart measures a child's birth, with the first template loaded.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		e := newEngine(b, nil, nil)
		if err := e.Validate(b.Context(), []nuclei.Template{httpTemplate("one", "{{BaseURL}}/", "x")}); err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad measures the loading of 40 templates by a warm child.
func BenchmarkLoad(b *testing.B) {
	var templates []nuclei.Template
	for i := range 40 {
		templates = append(templates, httpTemplate("t"+strconv.Itoa(i), "{{BaseURL}}/"+strconv.Itoa(i), "needle"))
	}
	e := newEngine(b, nil, nil)
	for b.Loop() {
		if err := e.Validate(b.Context(), templates); err != nil {
			b.Fatal(err)
		}
	}
}
