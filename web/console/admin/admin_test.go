package admin_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	admin := w.As("administrator")
	for path, want := range map[string]string{
		"/feeds":                    "known to be exploited",
		"/checks":                   "Modbus answers from the internet",
		"/checks?q=nothing+of+that": "No check matches",
		"/checks?severity=low&q=":   "Remove all",
	} {
		if page := admin.Get(path); page.Status != http.StatusOK || !page.Has(want) {
			t.Errorf("GET %s = %d, want %q\n%s", path, page.Status, want, page.Body)
		}
	}
	if page := w.As("operator").Get("/checks"); page.Status != http.StatusOK {
		t.Errorf("an operator does not see what scans look for: %d", page.Status)
	}
}

func TestFeedIsImported(t *testing.T) {
	w := consoletest.New(t)
	send := func(role, feed, text string) consoletest.Response {
		t.Helper()
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		if err := m.WriteField("feed", feed); err != nil {
			t.Fatal(err)
		}
		if text != "" {
			f, err := m.CreateFormFile("file", "feed.json")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		return w.As(role).Send("/feeds", m.FormDataContentType(), b.String())
	}
	if page := send("administrator", "kev", ""); page.Status != http.StatusUnprocessableEntity || !page.Has("No file was chosen") {
		t.Errorf("no file: %d\n%s", page.Status, page.Body)
	}
	if page := send("administrator", "kev", "<html>not json</html>"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("no feed: %d\n%s", page.Status, page.Body)
	}
	good := `{"title":"x","catalogVersion":"1","count":1,"vulnerabilities":[{"cveID":"CVE-2021-44228","knownRansomwareCampaignUse":"Known"}]}`
	if page := send("administrator", "kev", good); page.Status != http.StatusSeeOther {
		t.Errorf("a feed: %d\n%s", page.Status, page.Body)
	}
	if page := send("analyst", "kev", good); page.Status != http.StatusForbidden {
		t.Errorf("an analyst imports a feed: %d", page.Status)
	}
}
