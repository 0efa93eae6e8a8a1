package child_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
)

// BenchmarkBatch runs 40 templates on each of 10 hosts, by a warm child, as
// fast as the hosts answer. It also reports how much memory the child holds.
func BenchmarkBatch(b *testing.B) {
	dir := b.TempDir()
	var templates catalogue
	for i := range 40 {
		templates = append(templates, httpTemplate("t"+strconv.Itoa(i), "{{BaseURL}}/"+strconv.Itoa(i), "needle"))
	}
	batch := scanner.Batch{Profile: profile()}
	batch.Profile.RequestsPerSecond = 100_000
	for i := range 10 {
		addr := fmt.Sprintf("192.0.2.%d", 100+i)
		serveHTTP(b, addr, 80, nil, http.NotFound)
		batch.Targets = append(batch.Targets, permit(b, "A-1", addr, ""))
		batch.Services = append(batch.Services, service(addr, 80, "http", false))
	}
	e := newEngine(b, templates, func(c *nuclei.Config) { c.TempDir = dir })
	run := func() {
		r, err := e.Scan(b.Context(), batch)
		if err != nil || len(r.Checks) != 10 || len(r.Checks[0].Ran) != 40 {
			b.Fatalf("Scan() = %q, %v", covered(r), err)
		}
	}
	run()
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(residentBelow(b, dir)>>20), "child-MiB")
}

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

// residentBelow returns the memory of the child whose directory is below dir.
func residentBelow(b *testing.B, dir string) int {
	b.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range procs {
		if cwd, err := os.Readlink(p); err != nil || !strings.HasPrefix(cwd, dir+"/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(p), "statm"))
		if err != nil {
			b.Fatal(err)
		}
		pages, err := strconv.Atoi(strings.Fields(string(text))[1])
		if err != nil {
			b.Fatal(err)
		}
		return pages * os.Getpagesize()
	}
	b.Fatal("no child found")
	return 0
}
