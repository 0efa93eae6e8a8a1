package api_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner/schedule"
	"github.com/ciiscan/ciiscan/web/api"
	"github.com/ciiscan/ciiscan/web/api/apitest"
	"github.com/ciiscan/ciiscan/web/api/client"
	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// onRealStore serves the API on a unix socket, with PostgreSQL behind it.
func onRealStore(t *testing.T) (socket string) {
	t.Helper()
	admit := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	st := storetest.Open(t, storetest.NewDB(t).URL, store.Options{Admit: admit})
	planner := schedule.NewPlanner(st, apitest.NoNames{}, time.Now)
	deps := api.Deps{
		Names: apitest.NoNames{}, Planner: planner, Scheduler: schedule.New(st, planner, time.Now, slog.New(slog.DiscardHandler)),
		Health: func(context.Context) (wire.Health, error) { return wire.Health{}, nil },
		Admit:  admit, ConsoleURL: "https://console.example", Log: slog.New(slog.DiscardHandler), Now: time.Now, Version: "test",
	}
	apitest.Supply(&deps, st)
	h := api.New(deps)
	socket = filepath.Join(t.TempDir(), "api.sock")
	ln, err := auth.UnixListener(socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ConnContext: auth.ConnContext, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	return socket
}

// must is for calls that have to succeed.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestOnRealStore takes the client through the register, permissions and
// scans, as the local administrator and as the holder of a token.
func TestOnRealStore(t *testing.T) {
	ctx := t.Context()
	socket := onRealStore(t)
	c := client.Unix(socket, "")

	org := must[wire.Organization](t)(c.CreateOrganization(ctx, wire.NewOrganization{Name: "Grid", Sector: "energy", Country: "LK"}))
	must[wire.Contact](t)(c.AddContact(ctx, org.ID, wire.NewContact{Role: "technical", Name: "Desk", Email: "desk@example.org"}))
	if _, err := c.CreateOrganization(ctx, wire.NewOrganization{Name: "Grid", Sector: "energy", Country: "LK"}); !errors.Is(err, inventory.ErrConflict) {
		t.Errorf("the same organisation again = %v, want a conflict", err)
	}

	// More assets than fit on one page come back whole.
	var csv strings.Builder
	csv.WriteString("address,name\n")
	for i := range 600 {
		fmt.Fprintf(&csv, "host-%d.example.org,Host %d\n", i, i)
	}
	imported := must[wire.ImportResult](t)(c.ImportAssets(ctx, client.Import{Org: org.ID, Name: "assets.csv"}, []byte(csv.String())))
	asset := must[wire.Asset](t)(c.CreateAsset(ctx, wire.NewAsset{OrgID: org.ID, Address: "192.0.2.10"}))
	if all := must[[]wire.Asset](t)(c.Assets(ctx, client.AssetFilter{Org: org.ID})); imported.Imported != 600 || len(all) != 601 {
		t.Errorf("imported %d, listed %d assets, want 600 and 601", imported.Imported, len(all))
	}

	// Without an authorisation nothing is scanned; with one the plan has a task.
	refused := must[wire.Scan](t)(c.StartScan(ctx, wire.NewScan{AssetID: asset.ID, Profile: "standard"}))
	if refused.State != "failed" || len(refused.Skipped) != 1 || !strings.Contains(refused.Skipped[0].Reason, inventory.ErrOutOfScope.Error()) {
		t.Errorf("scan without consent = %+v, want it failed with the reason", refused)
	}
	must[wire.Authorization](t)(c.CreateAuthorization(ctx, wire.NewAuthorization{
		OrgID: org.ID, Prefixes: []string{"192.0.2.0/24"}, Method: "letter", Level: "standard",
		From: time.Now().Add(-time.Hour), Until: time.Now().Add(24 * time.Hour),
		Document: &wire.NewDocument{Name: "letter.pdf", Content: []byte("%PDF-1.7")},
	}))
	scan := must[wire.Scan](t)(c.StartScan(ctx, wire.NewScan{AssetID: asset.ID, Profile: "standard"}))
	if scan.State != "queued" || scan.Tasks.Total != 1 || len(scan.Skipped) != 0 {
		t.Errorf("scan with consent = %+v, want one task queued", scan)
	}
	must[wire.Exclusion](t)(c.CreateExclusion(ctx, wire.NewExclusion{Prefix: "192.0.2.10", Reason: "fragile", Until: time.Now().Add(time.Hour)}))
	if excluded := must[wire.Scan](t)(c.StartScan(ctx, wire.NewScan{AssetID: asset.ID, Profile: "standard"})); excluded.Tasks.Total != 0 {
		t.Errorf("scan of what is excluded = %+v, want no task", excluded)
	}
	if cancelled := must[wire.Scan](t)(c.CancelScan(ctx, scan.ID, "enough")); cancelled.State != "cancelled" {
		t.Errorf("state after cancel = %s", cancelled.State)
	}

	if _, err := c.CreateSchedule(ctx, wire.NewSchedule{OrgID: org.ID, Cron: "0 0 31 2 *", Profile: "standard"}); !errors.Is(err, inventory.ErrInvalid) {
		t.Errorf("schedule that never fires = %v, want invalid", err)
	}
	s := must[wire.Schedule](t)(c.CreateSchedule(ctx, wire.NewSchedule{OrgID: org.ID, Cron: "0 2 * * 1", Profile: "standard"}))
	if s = must[wire.Schedule](t)(c.PauseSchedule(ctx, s.ID)); !s.Paused {
		t.Errorf("paused schedule = %+v", s)
	}
	if s = must[wire.Schedule](t)(c.ResumeSchedule(ctx, s.ID)); s.Paused || s.NextAt == nil {
		t.Errorf("resumed schedule = %+v, want a next slot", s)
	}

	token := must[wire.Token](t)(c.CreateToken(ctx, wire.NewToken{User: "amara", Name: "cli", Role: "auditor", Expires: time.Now().Add(time.Hour)}))
	amara := client.Unix(socket, token.Secret)
	if id := must[wire.Identity](t)(amara.Identity(ctx)); id.User != "amara" || id.Role != "auditor" {
		t.Errorf("identity by token = %+v", id)
	}
	if _, err := amara.StopScanning(ctx, "x"); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("an auditor stops scanning: %v, want forbidden", err)
	}
	if v := must[wire.AuditVerification](t)(amara.VerifyAudit(ctx)); !v.Intact || v.Checked < 10 {
		t.Errorf("audit = %+v, want an intact chain of all that was done", v)
	}
	if err := c.RevokeToken(ctx, "amara", "cli"); err != nil {
		t.Fatal(err)
	}
	if _, err := amara.Identity(ctx); !errors.Is(err, inventory.ErrForbidden) {
		t.Errorf("a revoked token = %v, want to be refused", err)
	}
}
