package imports_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

// send brings a file as a browser does, and returns the answer's status, where
// it leads and its beginning.
func send(t *testing.T, w *consoletest.World, name string, content []byte) (status int, location, body string) {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(content) // into memory
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/imports", &form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.AddCookie(w.Cookie("operator_admin"))
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // read as far as it matters
	text := new(bytes.Buffer)
	_, _ = text.ReadFrom(res.Body)
	return res.StatusCode, res.Header.Get("Location"), text.String()
}

func TestColumnsAreAskedForAndRemembered(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("operator_admin")
	file := []byte("wo,was,nr\n203.0.113.20,Tor,1\n")
	status, path, body := send(t, w, "liste.csv", file)
	if status != 303 {
		t.Fatalf("a file whose headings nobody knows = %d\n%.2000s", status, body)
	}
	if page := admin.Get(path); !page.Has("say which one it is") {
		t.Errorf("the page does not ask for the column\n%.3000s", page.Body)
	}
	if got := admin.Post(path+"/columns", url.Values{"column-A": {"address"}, "column-B": {"name"}, "column-C": {""}}); got.Status != 303 {
		t.Fatalf("columns = %d\n%.2000s", got.Status, got.Body)
	}
	if page := admin.Get(path); !page.Has("203.0.113.20") || !page.Has("Import 1 row") {
		t.Errorf("the file is not read as told\n%.3000s", page.Body)
	}
	if _, dropped, _ := send(t, w, "liste.csv", file); !admin.Get(dropped).Has("say which one it is") {
		t.Error("a reading that nobody has imported is remembered")
	}
	if got := admin.Post(path+"/apply", url.Values{"mode": {"all"}}); got.Status != 303 {
		t.Fatalf("apply = %d\n%.2000s", got.Status, got.Body)
	}
	_, again, _ := send(t, w, "liste.csv", file)
	if page := admin.Get(again); !page.Has("203.0.113.20") || !page.Has("which had the same headings") {
		t.Error("the same headings are not understood the second time")
	}
}

func TestWrongFilesAreExplained(t *testing.T) {
	w := consoletest.New(t)
	for name, tt := range map[string]struct {
		content []byte
		status  int
		want    string
	}{
		"letter.pdf": {[]byte("%PDF-1.7 x"), 422, "it is a PDF"},
		"old.xls":    {[]byte("\xd0\xcf\x11\xe0 x"), 422, "Excel before 2007"},
		"empty.csv":  {[]byte("  \n"), 422, "the file is empty"},
		"bom.xml":    {[]byte(`<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>`), 422, "CycloneDX in XML"},
		"bomb.xml":   {[]byte(`<!DOCTYPE nmaprun [<!ENTITY a "b">]><nmaprun>&a;</nmaprun>`), 422, "entities of its own"},
		"cut.xml":    {[]byte(nmapFile[:200]), 422, "breaks off in line"},
		"spdx.json":  {[]byte(`{"spdxVersion": "SPDX-2.3"}`), 422, "SPDX"},
		"huge.xml":   {[]byte("<nmaprun>" + strings.Repeat("<x/>", 3<<20)), 413, "too large"},
		"huge.csv":   {[]byte(strings.Repeat("a", 12<<20)), 413, "too large"},
	} {
		status, _, body := send(t, w, name, tt.content)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s = %d, want %d and %q\n%.1500s", name, status, tt.status, tt.want, body)
		}
	}
}
