package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/notify"
)

// finding writes a finding with the event that opened it, as judging does.
func (w *world) finding(a inventory.Asset, check, severity string, due time.Time) inventory.FindingID {
	w.t.Helper()
	var id string
	err := connect(w.t, w.db.URL).QueryRowContext(w.t.Context(), `
		INSERT INTO findings (org_id, asset_id, address, port, transport, check_id, matcher, hostname, title, severity, kev, detection,
			work, waiver, waiver_reason, waiver_by, first_seen, last_seen, last_tested, not_tested, negatives, evidence_id, decision,
			decision_path, due_at)
		VALUES ($1, $2, '192.0.2.7', 3389, 'tcp', $3, '', 'rdp.example.org', $3, $4, false, 'open', 'new', 'none', '', '', $5, $5, $5, '',
			0, '', 'attend', '', $6) RETURNING id`,
		a.Org, a.ID, check, severity, w.clock.now(), sql.NullTime{Time: due, Valid: !due.IsZero()}).Scan(&id)
	if err != nil {
		w.t.Fatal(err)
	}
	w.event(id, "opened", "", "")
	return inventory.FindingID(id)
}

func (w *world) event(id, kind, from, to string) {
	w.t.Helper()
	w.exec(`INSERT INTO finding_events (finding_id, at, actor, kind, from_value, to_value, reason, task_id, evidence_id)
		VALUES ($1, $2, 'scan', $3, $4, $5, '', '', '')`, id, w.clock.now(), kind, from, to)
}

func (w *world) exec(statement string, args ...any) {
	w.t.Helper()
	if _, err := connect(w.t, w.db.URL).ExecContext(w.t.Context(), statement, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) planner() *notify.Planner {
	return &notify.Planner{Book: w.Store, Rules: notify.DefaultRules(), Now: w.clock.now}
}

func (w *world) tell() {
	w.t.Helper()
	if err := w.planner().Round(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// open opens the same database with another outbox.
func (w *world) open(o notify.Outbox) *store.Store {
	w.t.Helper()
	return storetest.Open(w.t, w.db.URL, store.Options{Now: w.clock.now, Mail: o})
}

func (w *world) notices(f notify.Filter) []notify.Notice {
	w.t.Helper()
	all, _, err := w.Notices(w.t.Context(), f, inventory.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestWeekAndAlert(t *testing.T) {
	w := newWorld(t) // 8:00 UTC is 13:30 in Colombo
	org := w.org("Grid")
	a := w.asset(org, "192.0.2.7")
	w.tell()
	weekly := w.notices(notify.Filter{})
	if len(weekly) != 1 || weekly[0].Kind != notify.Weekly || weekly[0].Letter.Week != "2026-W09" || weekly[0].Letter.Counts.Open != 0 {
		t.Fatalf("first day: %+v, want the week's letter although nothing is open", weekly)
	}
	id := w.finding(a, "exposed-rdp", "high", w.clock.now().AddDate(0, 0, 30))
	w.finding(a, "weak-cipher", "low", time.Time{})
	w.tell()
	if n := len(w.notices(notify.Filter{Kind: notify.Alert})); n != 0 {
		t.Errorf("%d alerts before the scan has settled", n)
	}
	w.clock.advance(11 * time.Minute)
	w.tell()
	w.tell()
	alerts := w.notices(notify.Filter{Kind: notify.Alert})
	if len(alerts) != 1 || len(alerts[0].Letter.Matters) != 1 || alerts[0].Letter.Matters[0].Places[0].Finding != id || alerts[0].Letter.TLP != notify.Amber {
		t.Fatalf("alerts: %+v, want one of the exposed service", alerts)
	}
	if of := w.notices(notify.Filter{Object: string(id)}); len(of) != 1 || of[0].ID != alerts[0].ID {
		t.Errorf("notices of %s: %+v", id, of)
	}
	// Its severity rises, and a feed lists what it is.
	w.exec("UPDATE findings SET severity = 'high' WHERE check_id = 'weak-cipher'")
	w.event("F-2", "changed", "low", "high")
	w.clock.advance(2 * time.Hour)
	w.tell()
	w.clock.advance(11 * time.Minute)
	w.tell()
	if alerts = w.notices(notify.Filter{Kind: notify.Alert}); len(alerts) != 2 || alerts[0].Letter.Matters[0].Reason != notify.ReasonRaised || alerts[0].Thread != alerts[1].MessageID {
		t.Errorf("after the severity rose: %+v", alerts)
	}
}

// Several planners at once tell everything once.
func TestPlannersAtOnce(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		org := w.org(fmt.Sprintf("Grid %d", i))
		w.finding(w.asset(org, fmt.Sprintf("192.0.2.%d", i+1)), "exposed-modbus", "critical", time.Time{})
	}
	for range 4 {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := w.planner().Round(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.clock.advance(6 * time.Minute)
	}
	if n, m := len(w.notices(notify.Filter{Kind: notify.Alert})), len(w.notices(notify.Filter{Kind: notify.Weekly})); n != 5 || m != 5 {
		t.Errorf("%d alerts and %d weekly letters, want 5 and 5", n, m)
	}
}

// A feed makes a finding urgent before its next scan.
func TestNewlyExploited(t *testing.T) {
	w := newWorld(t)
	a := w.asset(w.org("Grid"), "192.0.2.7")
	w.exec(`INSERT INTO checks (id, title, severity, why, fix, refs, cves, cwes, tags, source, protocol, sha256, updated_at)
		VALUES ('CVE-2026-1', 'Old firewall', 'medium', 'It is old.', 'Update it.', '[]', '["CVE-2026-1"]', '[]', '[]', 'template', 'http', '', now())`)
	id := w.finding(a, "CVE-2026-1", "medium", time.Time{})
	for _, feed := range []bool{false, true, true} {
		if feed {
			if err := w.ImportKEV(t.Context(), "mara", map[string]inventory.Threat{"CVE-2026-1": {KEV: true}}); err != nil {
				t.Fatal(err)
			}
		}
		w.tell()
		w.clock.advance(11 * time.Minute)
		w.tell()
		alerts := w.notices(notify.Filter{Kind: notify.Alert})
		switch {
		case !feed && len(alerts) != 0:
			t.Fatalf("alerts before the feed: %+v", alerts)
		case feed && (len(alerts) != 1 || alerts[0].Letter.Matters[0].Reason != notify.ReasonKEV || alerts[0].Letter.Matters[0].Fix != "Update it." ||
			alerts[0].Letter.Matters[0].Places[0].Finding != id):
			t.Fatalf("alerts after the feed: %+v", alerts)
		}
	}
}

func TestSendFailAndBounce(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t)
	org := w.org("Grid")
	boss := must(w.AddContact(ctx, "mara", org, inventory.Contact{Role: inventory.RoleManagement, Name: "Boss", Email: "boss@example.org"}))(t)
	w.tell()
	first := w.notices(notify.Filter{})[0]
	n, who, ok, err := w.TakeNotice(ctx, 1)
	if err != nil || !ok || n.ID != first.ID || who.Email != "duty@example.org" {
		t.Fatalf("TakeNotice = %+v, %v, %v", n, ok, err)
	}
	if _, _, ok, _ := w.TakeNotice(ctx, 1); ok {
		t.Error("a notice was lent to two")
	}
	w.clock.advance(16 * time.Minute) // its sender died
	again, _, ok, err := w.TakeNotice(ctx, 1)
	if err != nil || !ok || again.MessageID != first.MessageID {
		t.Fatalf("after a crash: %v, %v, with Message-ID %q, want %q", ok, err, again.MessageID, first.MessageID)
	}
	if err := w.NoticeSent(ctx, n.ID, notify.LinkOnly, notify.KeyExpired, "expired yesterday"); err != nil {
		t.Fatal(err)
	}
	if all, _, err := w.ContactStates(ctx, "", true, inventory.Page{}); err != nil || len(all) != 1 || all[0].Problem != notify.KeyExpired {
		t.Errorf("contacts with a problem: %+v, %v", all, err)
	}
	soft := notify.Bounce{SHA256: "a", Token: n.Token, Action: "delayed", Status: "4.2.2"}
	hard := notify.Bounce{SHA256: "b", MessageID: n.MessageID, Action: "failed", Status: "5.1.1", Diagnostic: "no such user", Hard: true}
	for _, b := range []notify.Bounce{soft, hard, hard, {SHA256: "c", Token: "guessed", Hard: true}} {
		if _, err := w.KeepBounce(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	all := w.notices(notify.Filter{})
	if len(all) != 2 || all[1].State != notify.Bounced || all[0].Contact != boss.ID || all[0].ResendOf != n.ID || all[0].MessageID == n.MessageID {
		t.Fatalf("after the bounce: %+v, want the notice once more, to the second contact", all)
	}
	// From now on the second contact is told.
	w.finding(w.asset(org, "192.0.2.7"), "exposed-s7", "critical", time.Time{})
	w.tell()
	w.clock.advance(11 * time.Minute)
	w.tell()
	if alerts := w.notices(notify.Filter{Kind: notify.Alert}); len(alerts) != 1 || alerts[0].Contact != boss.ID {
		t.Errorf("alerts after the bounce: %+v", alerts)
	}
	// A code that arrives makes the address good again.
	test := must(w.SendTest(ctx, "mara", first.Contact))(t)
	wantErr(t, "a wrong code", w.ConfirmContact(ctx, "duty", first.Contact, "WRONG"), inventory.ErrInvalid)
	if err := w.ConfirmContact(ctx, "duty", first.Contact, test.Letter.Code); err != nil {
		t.Fatal(err)
	}
	if all, _, err := w.ContactStates(ctx, org, false, inventory.Page{}); err != nil || all[0].Problem != notify.NoProblem || all[0].VerifiedAt == nil {
		t.Errorf("after the code: %+v, %v", all, err)
	}
}

func TestUnconfirmedGoesToTheSecond(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t)
	org := w.org("Grid")
	boss := must(w.AddContact(ctx, "mara", org, inventory.Contact{Role: inventory.RoleManagement, Name: "Boss", Email: "boss@example.org"}))(t)
	w.finding(w.asset(org, "192.0.2.7"), "weak-cipher", "low", time.Time{})
	w.tell()
	for _, n := range w.notices(notify.Filter{State: notify.Queued}) {
		if err := w.NoticeSent(ctx, n.ID, notify.LinkOnly, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	for range 6 * 24 {
		w.clock.advance(time.Hour)
		w.tell()
	}
	late := w.notices(notify.Filter{Kind: notify.Unconfirmed})
	if len(late) != 1 || late[0].Contact != boss.ID || late[0].Letter.Earlier == nil || late[0].Letter.Earlier.Week != "2026-W09" {
		t.Fatalf("unconfirmed: %+v", late)
	}
	states := []notify.State{}
	for _, n := range w.notices(notify.Filter{Kind: notify.Weekly}) {
		states = append(states, n.State)
	}
	if !slices.Contains(states, notify.SentOff) {
		t.Errorf("weekly letters: %v", states)
	}
}

func TestDryRunSendsNothing(t *testing.T) {
	w := newWorld(t)
	w.Store = w.open(notify.Outbox{Domain: "cert.example", DryRun: true})
	w.org("Grid")
	w.tell()
	all := w.notices(notify.Filter{})
	if len(all) != 1 || all[0].State != notify.DryRun {
		t.Fatalf("dry run: %+v", all)
	}
	if _, _, ok, err := w.TakeNotice(t.Context(), 1); ok || err != nil {
		t.Errorf("TakeNotice of a dry run = %v, %v", ok, err)
	}
}
