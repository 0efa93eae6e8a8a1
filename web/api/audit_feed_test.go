package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/ciiscan/ciiscan/web/api/wire"
	"github.com/ciiscan/ciiscan/web/auth"
)

// A collector that asks for what comes after the last it has, has all in the
// end, each once and in order, and then gets nothing.
func TestAuditFeed(t *testing.T) {
	w := newWalked(t)
	siem := auth.Identity{User: "siem", Role: auth.Auditor, ReadOnly: true}
	var last wire.AuditRecord
	for pulls := 1; ; pulls++ {
		rec := w.call(siem, http.MethodGet, fmt.Sprintf("%s/audit/feed?after=%d&limit=7", Base, last.Seq), "", "")
		if rec.Code != http.StatusOK {
			t.Fatalf("pull = %d %s", rec.Code, rec.Body)
		}
		n := 0
		for lines := bufio.NewScanner(rec.Body); lines.Scan(); n++ {
			var r wire.AuditRecord
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if r.Seq != last.Seq+1 || r.Prev != last.Hash {
				t.Fatalf("record %d after %d: one was left out, or the chain is broken", r.Seq, last.Seq)
			}
			last = r
		}
		if n == 0 {
			break
		}
		if n > 7 || pulls > 1000 {
			t.Fatalf("%d records in pull %d", n, pulls)
		}
	}
	head, err := w.store.VerifyAudit(t.Context())
	if err != nil || head.Seq != last.Seq || head.Hash != last.Hash {
		t.Errorf("the collector ends with %d, the log with %d, %v", last.Seq, head.Seq, err)
	}
	if last.Act != "audit.feed" || last.Actor != "siem" {
		t.Errorf("the last record is %s by %s, want the pull itself, once", last.Act, last.Actor)
	}
	if rec := w.call(auth.Identity{User: "ada", Role: auth.Analyst}, http.MethodGet, Base+"/audit/feed", "", ""); rec.Code != http.StatusForbidden {
		t.Errorf("an analyst collects the audit log: %d", rec.Code)
	}
}
