package ledger_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	for _, role := range []string{"administrator", "analyst", "approver", "legal_officer", "auditor"} {
		for path, want := range map[string]string{
			"/ledger": "CERT Neighbour", "/ledger?peer=" + w.Team: "CERT Neighbour", "/ledger?year=2024": "Nothing passed in this year",
			"/ledger/plan": "MoU 2026/7", "/reminders": "Reminders",
		} {
			if page := w.As(role).Get(path); page.Status != http.StatusOK || !page.Has(want) {
				t.Errorf("GET %s as %s = %d, want %q\n%s", path, role, page.Status, want, page.Body)
			}
		}
	}
	if page := w.As("operator").Get("/ledger"); page.Status != http.StatusForbidden {
		t.Errorf("an operator reads the ledger: %d", page.Status)
	}
	if page := w.As("analyst").Get("/ledger?year=1066"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the ledger of 1066: %d", page.Status)
	}
}

func TestReportsAreFiles(t *testing.T) {
	w := consoletest.New(t)
	for path, kind := range map[string]string{
		"/ledger/file?format=csv":                                     "text/csv",
		"/ledger/file?of=plan&format=html":                            "text/html",
		"/ledger/committee?agreement=" + w.Agreement + "&format=csv":  "text/csv",
		"/ledger/committee?agreement=" + w.Agreement + "&year=2026":   "text/csv",
		"/ledger/committee?agreement=" + w.Agreement + "&format=json": "application/json",
		"/ledger/file?peer=" + w.Team + "&format=html":                "text/html",
	} {
		f := w.As("auditor").Get(path)
		if f.Status != http.StatusOK || !strings.HasPrefix(f.Header.Get("Content-Type"), kind) || !strings.HasPrefix(f.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("GET %s = %d %s", path, f.Status, f.Header)
		}
	}
	if page := w.As("auditor").Get("/ledger/committee"); page.Location != "/agreements" {
		t.Errorf("a report of no agreement: %d", page.Status)
	}
}
