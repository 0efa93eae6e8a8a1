package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/exchange/match"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name string
		scan sight
		want exchange.Verdict
		why  string
	}{
		{"the check finds it", sight{version: "6.0.9", ran: []inventory.CheckID{luaCheck}, found: []inventory.CheckID{luaCheck}}, exchange.VerdictAffected, "redis-lua found it"},
		{"the check finds nothing", sight{version: "6.0.9", ran: []inventory.CheckID{luaCheck}}, exchange.VerdictFixed, "found nothing"},
		{"it was updated", sight{version: "6.2.7", missed: []inventory.CheckID{luaCheck}}, exchange.VerdictFixed, "6.2.7"},
		{"the port is closed", sight{}, exchange.VerdictNotPresent, "closed"},
		{"something else is there", sight{version: "1.6", product: "Memcached", missed: []inventory.CheckID{luaCheck}}, exchange.VerdictNotPresent, "Memcached"},
		{"only the version tells", sight{version: "6.0.9", missed: []inventory.CheckID{luaCheck}}, exchange.VerdictAffected, "<6.2.6"},
		{"a distribution's version tells nothing", sight{version: "6.0.16 Debian", missed: []inventory.CheckID{luaCheck}}, exchange.VerdictUnknown, "timed out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.asset(w.org("Power"), "192.0.2.7", inventory.IT)
			w.routine(sight{version: "6.0.9"}, a)
			id := w.meets(about(1, nil))
			pending := w.wantVerdict(id, exchange.VerdictPending, "targeted scan")
			if pending.Scan == "" || pending.DueAt == nil || !pending.DueAt.After(w.clock.Now()) || pending.Service != "192.0.2.7 6379/tcp" {
				t.Errorf("while the scan waits: %+v", pending)
			}
			w.work(tt.scan)
			m := w.wantVerdict(id, tt.want, tt.why)
			if (m.Evidence != "") != (len(tt.scan.found) > 0) {
				t.Errorf("evidence is %q", m.Evidence)
			}
			w.do(w.ScanEnded(t.Context(), m.Scan))
			if diff := cmp.Diff(m, w.only(id)); diff != "" {
				t.Errorf("to rule again changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDueSoonerWhenExploited(t *testing.T) {
	due := func(threats map[string]inventory.Threat) time.Time {
		w := newWorld(t)
		w.do(w.st.ImportKEV(t.Context(), "mara", threats))
		w.country(1)
		return *w.only(w.meets(about(1, nil))).DueAt
	}
	if usual, soon := due(nil), due(map[string]inventory.Threat{"CVE-2022-0543": {KEV: true}}); !soon.Before(usual) {
		t.Errorf("due %s, and %s when it is exploited", usual, soon)
	}
}

// With the deciding checks goes the one that tells anew what runs.
func TestTargetedScanAsksWhatDecidesAndNothingElse(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	first, second := w.asset(org, "192.0.2.7", inventory.IT), w.asset(org, "192.0.2.8", inventory.OT)
	w.routine(sight{version: "6.0.9"}, first, second)
	w.routine(sight{version: "7.0.0"}, w.asset(org, "192.0.2.9", inventory.IT))
	w.meets(about(1, func(a *advisory.Advisory) { a.CVEs = append(a.CVEs, "CVE-2022-9999") }))
	var want []match.Targeted
	for _, a := range []inventory.Asset{first, second} {
		want = append(want, match.Targeted{
			Org: org, Asset: a.ID, Inbounds: []exchange.InboundID{"IN-1"}, Checks: []inventory.CheckID{exposedCheck, luaCheck, secondCheck}, TCP: "6379",
		})
	}
	if diff := cmp.Diff(want, w.starter.started); diff != "" {
		t.Errorf("targeted scans (-want +got):\n%s", diff)
	}
	w.meets(about(2, func(a *advisory.Advisory) { a.CVEs = append(a.CVEs, "CVE-2022-9999") }))
	if n := len(w.starter.started); n != 2 {
		t.Errorf("%d scans after a second document that asks the same, want 2", n)
	}
}

// What is open is met by the CVE of its check, and by the check itself.
func TestFindingsAreMet(t *testing.T) {
	for _, tt := range []struct {
		name  string
		check inventory.CheckID
		doc   func(*advisory.Advisory)
		how   string
	}{
		{"by CVE", luaCheck, func(a *advisory.Advisory) { a.Products = nil }, "CVE-2022-0543 is open as F-1"},
		{"by check", exposedCheck, func(a *advisory.Advisory) {
			a.Category, a.Products, a.CVEs, a.CWEs, a.Check = advisory.Exposure, nil, nil, nil, exposedCheck
		}, "check exposed-redis is open as F-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			a := w.asset(w.org("Power"), "192.0.2.7", inventory.IT)
			w.routine(sight{version: "1.0", product: "Unheard of", ran: []inventory.CheckID{tt.check}, found: []inventory.CheckID{tt.check}}, a)
			id := w.meets(about(1, tt.doc))
			m := w.wantVerdict(id, exchange.VerdictAffected, "found it: F-1")
			if m.How != tt.how || m.Evidence == "" {
				t.Errorf("how %q, evidence %q, want how %q", m.How, m.Evidence, tt.how)
			}
			closed := sight{version: "1.0", product: "Unheard of", ran: []inventory.CheckID{tt.check}}
			w.work(closed) // the targeted scan, and then enough others to close the finding
			for n := 0; n < 5 && w.only(id).Verdict == exchange.VerdictAffected; n++ {
				w.clock.Advance(24 * time.Hour)
				w.routine(closed, a)
			}
			w.wantVerdict(id, exchange.VerdictFixed, string(tt.check)+" ran to the end")
		})
	}
}

// A finding that is new meets a document of old, as a service does; and what
// was met stays met.
func TestMeetNew(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	id := w.meets(about(1, nil))
	if list := w.matched(exchange.MatchFilter{}); len(list) != 0 {
		t.Fatalf("an empty register matches: %+v", list)
	}
	a := w.asset(w.org("Power"), "192.0.2.7", inventory.IT)
	seen := w.clock.Now()
	w.routine(sight{version: "6.0.9"}, a) // the desk still holds the empty register in memory
	for range 3 {
		w.do(w.MeetNew(ctx, seen))
	}
	w.wantVerdict(id, exchange.VerdictPending, "")
	if len(w.starter.started) != 1 || len(w.told) != 1 {
		t.Errorf("%d scans, told %q, want one each", len(w.starter.started), w.told)
	}
	w.work(sight{version: "6.0.9", ran: []inventory.CheckID{luaCheck}, found: []inventory.CheckID{luaCheck}})
	w.do(w.MeetNew(ctx, seen))
	w.wantVerdict(id, exchange.VerdictAffected, "")
	if len(w.starter.started) != 1 || len(w.told) != 1 {
		t.Errorf("after the scan: %d scans, told %q, want one each", len(w.starter.started), w.told)
	}
	other := w.asset(a.Org, "192.0.2.8", inventory.IT)
	w.routine(sight{version: "1.0", product: "Unheard of", ran: []inventory.CheckID{luaCheck}, found: []inventory.CheckID{luaCheck}}, other)
	w.do(w.MeetNew(ctx, w.clock.Now()))
	if list := w.matched(exchange.MatchFilter{Asset: other.ID}); len(list) != 1 || list[0].Verdict != exchange.VerdictAffected {
		t.Errorf("a new finding met a document of old as %+v, want affected", list)
	}
}

// What was judged late is new when it was judged, however long ago it was seen.
func TestMeetNewGoesByWhenItWasLearnt(t *testing.T) {
	w := newWorld(t)
	id := w.meets(about(1, nil))
	a := w.asset(w.org("Power"), "192.0.2.7", inventory.IT)
	before := w.clock.Now()
	w.clock.Advance(6 * time.Hour)
	old := sight{version: "6.0.9"}
	w.routineAt(before, old, a)
	w.do(w.MeetNew(t.Context(), w.clock.Now().Add(-time.Minute)))
	w.wantVerdict(id, exchange.VerdictPending, "")
}

// One that is met by several documents of old is scanned once for all.
func TestMeetNewScansOnceForAllDocuments(t *testing.T) {
	w := newWorld(t)
	w.meets(about(1, nil))
	w.meets(about(1, func(a *advisory.Advisory) { a.ID, a.CVEs = "ADV-8", []string{"CVE-2022-9999"} }))
	w.routine(sight{version: "6.0.9"}, w.asset(w.org("Power"), "192.0.2.7", inventory.IT))
	w.do(w.MeetNew(t.Context(), start))
	if len(w.starter.started) != 1 || !slices.Equal(w.starter.started[0].Inbounds, []exchange.InboundID{"IN-1", "IN-2"}) {
		t.Errorf("started %+v, want one scan for both documents", w.starter.started)
	}
	w.work(sight{version: "6.0.9", ran: []inventory.CheckID{luaCheck, secondCheck}, found: []inventory.CheckID{secondCheck}})
	w.wantVerdict("IN-1", exchange.VerdictFixed, "redis-lua")
	w.wantVerdict("IN-2", exchange.VerdictAffected, "redis-second")
}

func TestWhatMayNotBeScannedIsUnknown(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	barred, ot, lost := w.asset(org, "192.0.2.7", inventory.IT), w.asset(org, "192.0.2.8", inventory.OT), w.asset(org, "192.0.2.9", inventory.IT)
	w.routine(sight{version: "6.0.16 Debian"}, barred, ot, lost)
	w.starter.refuses[barred.ID] = fmt.Errorf("192.0.2.7 is in no scope: %w", inventory.ErrOutOfScope)
	w.starter.refuses[ot.ID] = fmt.Errorf("192.0.2.8 is OT, and the level does not allow it: %w", inventory.ErrOutOfScope)
	w.starter.refuses[lost.ID] = fmt.Errorf("asset %s: %w", lost.ID, inventory.ErrNotFound)
	id := w.meets(about(1, nil))
	for asset, why := range map[inventory.AssetID]string{barred.ID: "in no scope", ot.ID: "is OT", lost.ID: "not found"} {
		list := w.matched(exchange.MatchFilter{Inbound: id, Asset: asset})
		if len(list) != 1 || list[0].Verdict != exchange.VerdictUnknown || !strings.Contains(list[0].Why, why) {
			t.Errorf("%s: %+v, want unknown because of %q", asset, list, why)
		}
	}
}

func TestTroubleWithOneAssetKeepsNoOtherWaiting(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a, b := w.asset(org, "192.0.2.7", inventory.IT), w.asset(org, "192.0.2.8", inventory.IT)
	w.routine(sight{version: "6.0.9"}, a, b)
	w.starter.refuses[a.ID] = errKilled
	in := w.receive(about(1, nil), exchange.InboundAccepted)
	if err := w.Match(t.Context(), in.ID); err == nil {
		t.Error("Match = nil, want the trouble")
	}
	if len(w.starter.started) != 1 || w.starter.started[0].Asset != b.ID {
		t.Fatalf("started %+v, want the other's", w.starter.started)
	}
	delete(w.starter.refuses, a.ID)
	w.do(w.Match(t.Context(), in.ID))
	if len(w.starter.started) != 2 || len(w.told) != 2 {
		t.Errorf("%d scans, told %q, want both of each", len(w.starter.started), w.told)
	}
}

func TestRetiredAsset(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	org := w.org("Power")
	before, after := w.asset(org, "192.0.2.7", inventory.IT), w.asset(org, "192.0.2.8", inventory.IT)
	w.routine(sight{version: "6.0.9"}, before, after)
	w.do(w.st.RetireAsset(ctx, "mara", before.ID, "sold"))
	id := w.meets(about(1, nil))
	w.work(sight{version: "6.0.9", ran: []inventory.CheckID{luaCheck}, found: []inventory.CheckID{luaCheck}})
	if m := w.wantVerdict(id, exchange.VerdictAffected, ""); m.Asset != after.ID {
		t.Fatalf("it is %s, want the asset in use", m.Asset)
	}
	w.do(w.st.RetireAsset(ctx, "mara", after.ID, "sold"))
	w.ruleEnded()
	if m := w.wantVerdict(id, exchange.VerdictNotPresent, "not in use"); m.FixedAt == nil {
		t.Error("it is not noted when it was gone")
	}
}

func TestRepairIsSeenByARoutineScan(t *testing.T) {
	w := newWorld(t)
	a := w.asset(w.org("Power"), "192.0.2.7", inventory.IT)
	w.routine(sight{version: "6.0.9"}, a)
	id := w.meets(about(1, nil))
	w.work(sight{version: "6.0.9", missed: []inventory.CheckID{luaCheck}})
	w.wantVerdict(id, exchange.VerdictAffected, "<6.2.6")
	w.clock.Advance(24 * time.Hour)
	w.routine(sight{version: "6.2.7"}, a)
	if m := w.wantVerdict(id, exchange.VerdictFixed, "6.2.7"); m.FixedAt == nil || !m.FixedAt.Equal(w.clock.Now()) {
		t.Errorf("fixed at %v, want now", m.FixedAt)
	}
}

// A check that a targeted scan missed may run in a routine one.
func TestRoutineScanDecidesWhatTheTargetedOneMissed(t *testing.T) {
	w := newWorld(t)
	a := w.asset(w.org("Power"), "192.0.2.7", inventory.IT)
	w.routine(sight{version: "6.0.16 Debian"}, a)
	id := w.meets(about(1, nil))
	w.work(sight{version: "6.0.16 Debian", missed: []inventory.CheckID{luaCheck}})
	w.wantVerdict(id, exchange.VerdictUnknown, "timed out")
	w.routine(sight{version: "6.0.16 Debian", ran: []inventory.CheckID{luaCheck}}, a)
	w.wantVerdict(id, exchange.VerdictFixed, "found nothing")
}

// A scan that is cancelled proves nothing with what nobody judged.
func TestCancelledScan(t *testing.T) {
	w := newWorld(t)
	a := w.asset(w.org("Power"), "192.0.2.7", inventory.IT)
	w.routine(sight{version: "6.0.16 Debian"}, a)
	id := w.meets(about(1, nil))
	task, ok, err := w.st.ClaimTask(t.Context(), "worker-1", time.Minute)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	w.do(w.st.FinishTask(t.Context(), sight{version: "6.0.16 Debian", ran: []inventory.CheckID{luaCheck}, found: []inventory.CheckID{luaCheck}}.report(task, w.clock.Now())))
	w.do(w.ScanEnded(t.Context(), w.only(id).Scan))
	w.wantVerdict(id, exchange.VerdictPending, "")
	w.do(w.st.Judge(t.Context(), task.ID, inventory.Judge))
	w.ruleEnded()
	w.wantVerdict(id, exchange.VerdictAffected, "")
}

func TestTwoJobsForOneDocument(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	var assets []inventory.Asset
	for i := range 5 {
		assets = append(assets, w.asset(org, fmt.Sprintf("192.0.2.%d", 10+i), inventory.IT))
	}
	w.routine(sight{version: "6.0.9"}, assets...)
	in := w.receive(about(1, nil), exchange.InboundAccepted)
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() {
			if i%2 == 0 {
				errs[i] = w.Match(t.Context(), in.ID)
			} else {
				errs[i] = w.MeetNew(t.Context(), start)
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if len(w.starter.started) != len(assets) || len(w.told) != 1 {
		t.Errorf("%d scans of %d assets, told %q", len(w.starter.started), len(assets), w.told)
	}
}

// A document that concerns the whole country is followed in few queries.
func TestMatchManyServices(t *testing.T) {
	w := newWorld(t)
	const n = 20_000
	w.fill(n)
	in := w.receive(about(1, func(a *advisory.Advisory) { a.CVEs = []string{"CVE-2031-0001"} }), exchange.InboundAccepted)
	begun := time.Now()
	w.do(w.Match(t.Context(), in.ID))
	took := time.Since(begun)
	t.Logf("%d services on one asset each thousand: %s", n, took)
	list, _, err := w.st.Matches(t.Context(), exchange.MatchFilter{Inbound: in.ID, Verdict: exchange.VerdictAffected}, inventory.Page{Limit: 500})
	if err != nil || len(list) != 500 {
		t.Fatalf("%d matches, %v", len(list), err)
	}
	if w.steps > 2*n/1000+10 {
		t.Errorf("%d writes for %d services on %d assets", w.steps, n, n/1000)
	}
	if took > 2*time.Minute {
		t.Errorf("took %s", took)
	}
}
