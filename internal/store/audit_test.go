package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ciiscan/ciiscan/internal/audit"
	"github.com/ciiscan/ciiscan/inventory"
)

func TestEveryActIsRecorded(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	w.asset(org, "192.0.2.1")
	list, _, err := w.AuditRecords(t.Context(), audit.Filter{}, inventory.Page{})
	if err != nil || len(list) != 2 {
		t.Fatalf("AuditRecords = %d, %v, want 2", len(list), err)
	}
	r := list[0]
	if r.Actor != "mara" || r.Act != "asset.create" || r.Object != "A-1" || !r.At.Equal(start) || string(r.Detail) != `{"count":1,"last":"A-1"}` {
		t.Errorf("newest record = %+v %s", r, r.Detail)
	}
	if n := must(w.VerifyAudit(t.Context()))(t).Seq; n != 2 {
		t.Errorf("VerifyAudit = %d, want 2", n)
	}
}

func TestFailedActLeavesNoRecord(t *testing.T) {
	w := newWorld(t)
	wantErr(t, "an impossible act", w.CancelScan(t.Context(), "mara", "S-1", "x"), inventory.ErrNotFound)
	if n := must(w.VerifyAudit(t.Context()))(t).Seq; n != 0 {
		t.Errorf("%d records of an act that failed", n)
	}
}

func TestAuditSurvivesACrowd(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() { w.asset(org, addressOf(i)) })
	}
	wg.Wait()
	if n := must(w.VerifyAudit(t.Context()))(t).Seq; n != 17 {
		t.Errorf("VerifyAudit = %d, want 17", n)
	}
}

func TestVerifyAuditFindsTampering(t *testing.T) {
	tests := []struct {
		name, statement, want string
	}{
		{"a changed actor", "UPDATE audit_log SET actor = 'nobody' WHERE seq = 2", "record 2 was changed"},
		{"a changed detail", `UPDATE audit_log SET detail = '{"sector":"water"}' WHERE seq = 3`, "record 3 was changed"},
		{"a changed time", "UPDATE audit_log SET at = at + interval '1 second' WHERE seq = 1", "record 1 was changed"},
		{"a removed record", "DELETE FROM audit_log WHERE seq = 2", "record 3 follows 1"},
		{"the last record removed", "DELETE FROM audit_log WHERE seq = 4", "ends with record 3, and 4 were written"},
		{"an appended record", "INSERT INTO audit_log SELECT 5, at, actor, act, object, detail, hash, hash FROM audit_log WHERE seq = 4", "record 5 was changed"},
		{"the head removed", "DELETE FROM audit_head", "the number of its last record was removed"},
		{"everything removed", "DELETE FROM audit_log", "ends with record 0, and 4 were written"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			for _, name := range []string{"One", "Two", "Three", "Four"} {
				w.org(name)
			}
			execSQL(t, w.db.URL, "ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only")
			execSQL(t, w.db.URL, tt.statement)
			_, err := w.VerifyAudit(t.Context())
			if !errors.Is(err, audit.ErrBroken) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("VerifyAudit = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestAuditLogIsAppendOnly(t *testing.T) {
	w := newWorld(t)
	w.org("Power")
	for _, statement := range []string{"UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"} {
		_, err := connect(t, w.db.URL).ExecContext(t.Context(), statement)
		if err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s = %v, want a refusal", statement, err)
		}
	}
}

// Nothing is left out of a search for words, however rare they are: a page ends
// after so many records, and the next goes on from there.
func TestAuditIsSearchedInStretches(t *testing.T) {
	w := newWorld(t)
	execSQL(t, w.db.URL, `
		INSERT INTO audit_log (seq, at, actor, act, object, detail, prev, hash)
		SELECT n, now(), CASE WHEN n % 2 = 0 THEN 'ada' ELSE 'mara' END, 'session.open', '', CASE WHEN n IN (7, 120000) THEN '{"reason":"Told by phone"}'::json END, '', n::text
		FROM generate_series(1, 120001) n`)
	for _, tt := range []struct {
		filter audit.Filter
		pages  int
	}{
		{audit.Filter{Text: "by PHONE"}, 3},
		{audit.Filter{Text: "phone", Actor: "ada"}, 2}, // of whom there are half as many
	} {
		var found []int64
		pages, cursor := 0, ""
		for {
			list, next, err := w.AuditRecords(t.Context(), tt.filter, inventory.Page{Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list {
				found = append(found, r.Seq)
			}
			if pages++; next == "" {
				break
			}
			cursor = next
		}
		want := []int64{120000, 7}
		if tt.filter.Actor != "" {
			want = want[:1]
		}
		if !slices.Equal(found, want) || pages != tt.pages {
			t.Errorf("%+v: records %v on %d pages, want %v on %d", tt.filter, found, pages, want, tt.pages)
		}
	}
	var all int
	for cursor := ""; ; {
		list, next, err := w.AuditRecords(t.Context(), audit.Filter{Text: "session"}, inventory.Page{Cursor: cursor, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		if all += len(list); next == "" {
			break
		}
		cursor = next
	}
	if all != 120001 {
		t.Errorf("%d records have the act, want every one once", all)
	}
}
