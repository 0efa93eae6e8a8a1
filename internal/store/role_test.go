package store_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func TestWorkerRoleCanDoItsWork(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	must(w.CreateAuthorization(t.Context(), "mara", inventory.Authorization{
		Org: org, Prefixes: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Method: inventory.MethodLetter, State: inventory.AuthActive,
		Level: inventory.LevelStandard, OTLevel: inventory.LevelLight, From: start, Until: start.Add(time.Hour), TimeZone: "UTC",
	}, []byte("letter")))(t)
	must(w.CreateExclusion(t.Context(), "mara", inventory.Exclusion{
		Prefix: netip.MustParsePrefix("192.0.2.9/32"), Reason: "fragile", Until: start.Add(time.Hour),
	}))(t)
	w.scan(org, []scanner.Host{host(a, addressOf(1))}, []scanner.Host{host(a, addressOf(2))})

	s := storetest.Open(t, w.db.WorkerURL, store.Options{Now: w.clock.now, Admit: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	ctx := t.Context()
	if err := s.RegisterWorker(ctx, store.Worker{Name: "worker-1", Version: "1.0", Slots: 2}); err != nil {
		t.Fatal(err)
	}
	if err := s.TouchWorker(ctx, "worker-1"); err != nil {
		t.Fatal(err)
	}
	if ahead := must(s.ClockAhead(ctx))(t) - time.Until(w.clock.now()); ahead.Abs() > time.Minute {
		t.Errorf("ClockAhead is wrong by %s", ahead)
	}
	wantErr(t, "TouchWorker of nobody", s.TouchWorker(ctx, "worker-9"), inventory.ErrNotFound)
	if stop := must(s.Stop(ctx))(t); stop.On {
		t.Error("scanning is stopped")
	}
	if n := must(s.QueuedTasks(ctx))(t); n != 2 {
		t.Errorf("QueuedTasks = %d, want 2", n)
	}
	scope := must(s.Scope(ctx, org))(t)
	if _, err := scope.Authorize(netip.MustParseAddr("192.0.2.1"), inventory.Subject{Asset: a.ID, Class: inventory.IT}, start); err != nil {
		t.Errorf("the worker's scope refuses an authorised address: %v", err)
	}
	_, err := scope.Authorize(netip.MustParseAddr("192.0.2.9"), inventory.Subject{Asset: a.ID, Class: inventory.IT}, start)
	wantErr(t, "an excluded address in the worker's scope", err, inventory.ErrOutOfScope)

	task, ok, err := s.ClaimTask(ctx, "worker-1", time.Minute)
	if err != nil || !ok {
		t.Fatalf("ClaimTask = %v, %v", ok, err)
	}
	if order := must(s.RenewTask(ctx, task.ID, "worker-1", 1, time.Minute))(t); order.Stop {
		t.Errorf("order = %+v", order)
	}
	must(s.TaskScope(ctx, task))(t)
	must(s.GentleNames(ctx, task))(t)
	if err := s.FinishTask(ctx, w.sees(task)); err != nil {
		t.Fatal(err)
	}
	if task, ok, err = s.ClaimTask(ctx, "worker-1", time.Minute); err != nil || !ok {
		t.Fatalf("second ClaimTask = %v, %v", ok, err)
	}
	if err := s.ReleaseTask(ctx, task.ID, "worker-1", task.Attempt, "stopping"); err != nil {
		t.Fatal(err)
	}
	if task, _, err = s.ClaimTask(ctx, "worker-1", time.Minute); err != nil {
		t.Fatal(err)
	}
	// The same proofs again: what is there already is no hindrance.
	if err := s.FinishTask(ctx, w.sees(task)); err != nil {
		t.Fatal(err)
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'judge'"); n != 2 {
		t.Errorf("%d judge jobs, want 2", n)
	}
}

func TestWorkerRoleSeesNothingElse(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.round(org, w.sees, host(a, addressOf(1)))
	db := connect(t, w.db.WorkerURL)
	denied := func(statement string) {
		t.Helper()
		_, err := db.ExecContext(t.Context(), statement)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
			t.Errorf("%s = %v, want insufficient privilege", statement, err)
		}
	}
	for _, table := range []string{
		"organizations", "contacts", "asset_owners", "documents", "tokens", "audit_log", "audit_head", "schedules",
		"findings", "finding_events", "services", "address_states", "advisories", "advisory_revisions",
		"cve_threats", "evidence", "observations", "check_coverage", "port_coverage", "check_sets", "host_results", "scan_skips",
		"teams", "team_credentials", "team_api_keys", "key_changes", "agreements", "advisory_comments", "releases", "release_files",
		"release_clock", "deliveries", "receipts", "taxii_collections", "taxii_objects", "taxii_statuses", "sources", "inbounds",
		"bundles_out", "bundles_in", "matches", "answers", "feedback",
		"accounts", "account_totp", "recovery_codes", "sessions", "invitations", "sign_in_failures",
	} {
		denied("SELECT 1 FROM " + table)
	}
	for _, statement := range []string{
		"SELECT name FROM assets", "SELECT address FROM assets", "SELECT criticality FROM assets", "SELECT consent FROM assets", "SELECT aim FROM scans",
		"SELECT signed_by FROM authorizations", "SELECT document_sha256 FROM authorizations",
		"SELECT created_by FROM exclusions", "SELECT actor FROM scans",
		"UPDATE authorizations SET level = 4", "DELETE FROM exclusions", "UPDATE assets SET class = 'it'",
		"UPDATE stop_switch SET is_on = false", "UPDATE scan_tasks SET hosts = '[]'", "UPDATE scan_tasks SET addresses = '{}'",
		"INSERT INTO scans (org_id) VALUES ('ORG-1')", "UPDATE scans SET actor = 'x'", "DELETE FROM scan_tasks",
		"UPDATE observations SET port = 1", "DELETE FROM evidence", "UPDATE evidence SET request = ''",
		"UPDATE checks SET severity = 'info'", "INSERT INTO findings (org_id) VALUES ('ORG-1')",
		"CREATE TABLE mine (x int)", "TRUNCATE scan_leases",
	} {
		denied(statement)
	}
}
