package child_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
)

func TestEngineSuite(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	e := newEngine(t, catalogue{httpTemplate("title", "{{BaseURL}}/", "suite"), httpTemplate("nothing", "{{BaseURL}}/", "nowhere")}, nil)
	enginetest.Run(t, enginetest.Subject{Engine: e, Profile: profile(), AfterPorts: true})
}

// Ten batches of 40 templates on each of 10 hosts leave a warm child with
// memory to spare, and cost little more than the hosts' answers.
func TestWarmChildStaysSmall(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	dir := t.TempDir()
	var templates catalogue
	for i := range 40 {
		templates = append(templates, httpTemplate("t"+strconv.Itoa(i), "{{BaseURL}}/"+strconv.Itoa(i), "needle"))
	}
	batch := scanner.Batch{Profile: profile()}
	batch.Profile.RequestsPerSecond = 100_000
	for i := range 10 {
		addr := fmt.Sprintf("192.0.2.%d", 100+i)
		enginetest.AddAddr(t, addr)
		serveHTTP(t, addr, 80, nil, http.NotFound)
		batch.Targets = append(batch.Targets, permit(t, "A-1", addr, ""))
		batch.Services = append(batch.Services, service(addr, 80, "http", false))
	}
	e := newEngine(t, templates, func(c *nuclei.Config) { c.TempDir = dir })
	for range 10 {
		start := time.Now()
		r := scan(t, e, batch)
		if len(r.Checks) != 10 || len(r.Checks[9].Ran) != 40 || r.Requests != 400 {
			t.Fatalf("%d requests; covered %q", r.Requests, covered(r))
		}
		t.Logf("a batch took %s, the child holds %d MiB", time.Since(start).Round(time.Millisecond), residentBelow(t, dir)>>20)
	}
	if held := residentBelow(t, dir) >> 20; held > 400 {
		t.Errorf("the child holds %d MiB after ten batches, want at most 400", held)
	}
}

// residentBelow returns the memory of the child whose directory is below dir.
func residentBelow(t *testing.T, dir string) int {
	t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range procs {
		if cwd, err := os.Readlink(p); err != nil || !strings.HasPrefix(cwd, dir+"/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(p), "statm"))
		if err != nil {
			t.Fatal(err)
		}
		pages, err := strconv.Atoi(strings.Fields(string(text))[1])
		if err != nil {
			t.Fatal(err)
		}
		return pages * os.Getpagesize()
	}
	t.Fatal("no child found")
	return 0
}
