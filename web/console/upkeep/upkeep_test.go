package upkeep_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/console/consoletest"
)

func TestPages(t *testing.T) {
	w := consoletest.New(t)
	for path, want := range map[string]string{
		"/health":                "start ciiscan-worker",
		"/backups":               "No backup was made yet",
		"/settings":              "&lt;b&gt;mail&lt;/b&gt;.cert",
		"/settings?q=oidc":       "not set",
		"/settings?q=password":   "set, and not shown",
		"/settings?q=zz&set=yes": "No setting matches",
	} {
		if page := w.As("administrator").Get(path); page.Status != http.StatusOK || !page.Has(want) {
			t.Errorf("GET %s = %d, want %q\n%s", path, page.Status, want, page.Body)
		}
		role := "analyst"
		if path == "/health" {
			role = "operator_admin"
		}
		if page := w.As(role).Get(path); page.Status != http.StatusForbidden {
			t.Errorf("%s sees %s: %d", role, path, page.Status)
		}
	}
	c, ctx := w.API("administrator")
	const file = "/srv/<b>copy</b>.dump"
	made, err := c.RecordBackup(ctx, wire.NewBackup{At: time.Now(), Host: "db1", File: file, Bytes: 3 << 20, SHA256: "0000000000000000000000000000000000000000000000000000000000000000"})
	if err != nil || made.ID != "BAK-1" || made.By != "administrator.one" || made.SchemaVersion == 0 {
		t.Fatalf("a backup is kept as %+v, %v", made, err)
	}
	if page := w.As("auditor").Get("/backups"); page.Status != http.StatusOK || !page.Has("3.0 MiB") || !page.Has("&lt;b&gt;") || page.Has("No backup") {
		t.Errorf("the list = %d\n%s", page.Status, page.Body)
	}
	for what, bad := range map[string]wire.NewBackup{
		"of tomorrow":    {At: time.Now().AddDate(0, 0, 1), Host: "db1", File: file, Bytes: 1, SHA256: made.SHA256},
		"of nothing":     {At: time.Now(), Host: "db1", File: file, SHA256: made.SHA256},
		"with no sum":    {At: time.Now(), Host: "db1", File: file, Bytes: 1, SHA256: "x"},
		"with an escape": {At: time.Now(), Host: "db1\x1b[2J", File: file, Bytes: 1, SHA256: made.SHA256},
	} {
		if _, err := c.RecordBackup(ctx, bad); err == nil {
			t.Errorf("a backup %s is written down", what)
		}
	}
}
