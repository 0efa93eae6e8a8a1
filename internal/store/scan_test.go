package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func (w *world) schedule(org inventory.OrganizationID) scanner.Schedule {
	w.t.Helper()
	return must(w.CreateSchedule(w.t.Context(), "mara", scanner.Schedule{
		Org: org, Cron: "0 2 * * 1", Profile: "standard", Jitter: 10 * time.Minute, NextAt: start.Add(time.Hour),
	}))(w.t)
}

// However many book the first scans at once, and whatever they propose, one is
// stored, audited, and told to all of them; what is paused does not run, so
// that another may be booked beside it.
func TestFirstSchedule(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	book := func(n int) scanner.Schedule {
		return must(w.FirstSchedule(t.Context(), "mara", scanner.Schedule{
			Org: org, Cron: fmt.Sprintf("%d 2 * * 1", n), Profile: "standard", NextAt: start.Add(time.Hour),
		}))(t)
	}
	made := make([]scanner.Schedule, 8)
	var clicks sync.WaitGroup
	for i := range made {
		clicks.Go(func() { made[i] = book(i) })
	}
	clicks.Wait()
	for _, m := range made {
		if m != made[0] {
			t.Errorf("two that booked at once have %+v and %+v", made[0], m)
		}
	}
	if n := w.rows("SELECT count(*) FROM audit_log WHERE act = 'schedule.create'"); n != 1 {
		t.Errorf("%d schedules were booked, say the audit log's entries", n)
	}
	if err := w.PauseSchedule(t.Context(), "mara", made[0].ID); err != nil {
		t.Fatal(err)
	}
	if again := book(9); again.ID == made[0].ID || again.Cron != "9 2 * * 1" {
		t.Errorf("beside a paused one, %+v is booked", again)
	}
	if all, _, err := w.Schedules(t.Context(), org, inventory.Page{}); err != nil || len(all) != 2 {
		t.Errorf("%d schedules, %v; want 2", len(all), err)
	}
}

func TestSchedule(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	made := w.schedule(org)
	want := scanner.Schedule{
		ID: "SCH-1", Org: org, Cron: "0 2 * * 1", Profile: "standard", Jitter: 10 * time.Minute,
		Misfire: scanner.MisfireOnce, NextAt: start.Add(time.Hour), CreatedAt: start,
	}
	if diff := cmp.Diff(want, must(w.Schedule(t.Context(), made.ID))(t)); diff != "" {
		t.Errorf("Schedule (-want +got):\n%s", diff)
	}
	due := func(at time.Time) int { return len(must(w.DueSchedules(t.Context(), at, 10))(t)) }
	if due(start) != 0 || due(start.Add(time.Hour)) != 1 {
		t.Error("a schedule is due when its moment has come, and not before")
	}
	if err := w.PauseSchedule(t.Context(), "mara", made.ID); err != nil {
		t.Fatal(err)
	}
	if due(start.Add(24*time.Hour)) != 0 {
		t.Error("a paused schedule is due")
	}
	if err := w.ResumeSchedule(t.Context(), "mara", made.ID, start.Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if due(start.Add(24*time.Hour)) != 0 || due(start.Add(48*time.Hour)) != 1 {
		t.Error("a resumed schedule does not run first at the moment given")
	}
	if err := w.AdvanceSchedule(t.Context(), made.ID, start.Add(48*time.Hour), start.Add(72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	// Somebody who is late does not turn it back.
	if err := w.AdvanceSchedule(t.Context(), made.ID, start.Add(24*time.Hour), start.Add(48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Schedule(t.Context(), made.ID))(t); !got.NextAt.Equal(start.Add(72*time.Hour)) || !got.LastSlot.Equal(start.Add(48*time.Hour)) {
		t.Errorf("advanced to next %v, last %v", got.NextAt, got.LastSlot)
	}
	if due(start) != 1 { // the last slot is two days to come
		t.Error("a schedule that a clock ahead has dealt with is not looked at")
	}
	if err := w.ResumeSchedule(t.Context(), "scheduler", made.ID, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := must(w.Schedule(t.Context(), made.ID))(t); due(start) != 0 || due(start.Add(time.Hour)) != 1 || !got.LastSlot.IsZero() {
		t.Errorf("after a clock that was ahead: %+v", got)
	}
	wantErr(t, "PauseSchedule of nothing", w.PauseSchedule(t.Context(), "mara", "SCH-9"), inventory.ErrNotFound)
}

func TestSlotHasOneScan(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.1")
	sch := w.schedule(org)
	slot, next := start.Add(time.Hour), start.Add(25*time.Hour)
	var made, refused atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := w.CreateScan(t.Context(), "scheduler", scanner.Scan{
				Org: org, Profile: "standard", Trigger: scanner.TriggerSchedule, Schedule: sch.ID, Slot: slot, Priority: 3,
			}, []scanner.Task{{Hosts: []scanner.Host{host(a, "192.0.2.1")}}}, slot, next)
			switch {
			case err == nil:
				made.Add(1)
			case errors.Is(err, inventory.ErrConflict):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || refused.Load() != 7 {
		t.Errorf("%d scans were made and %d refused, want 1 and 7", made.Load(), refused.Load())
	}
	if tasks, tickets := w.rows("SELECT count(*) FROM scan_tasks"), w.rows("SELECT count(*) FROM river_job"); tasks != 1 || tickets != 1 {
		t.Errorf("%d tasks and %d tickets, want 1 and 1", tasks, tickets)
	}
	if got := must(w.Schedule(t.Context(), sch.ID))(t); !got.NextAt.Equal(next) || !got.LastSlot.Equal(slot) {
		t.Errorf("schedule moved to next %v, last %v", got.NextAt, got.LastSlot)
	}
}

func TestScanWithoutTasksEndsAtOnce(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.1")
	skip := scanner.Skip{Asset: a.ID, What: "192.0.2.1", Reason: "not authorised"}
	made := must(w.CreateScan(t.Context(), "mara", scanner.Scan{Org: org, Profile: "light", Skipped: []scanner.Skip{skip}}, nil, time.Time{}, time.Time{}))(t)
	got := must(w.Scan(t.Context(), made.ID))(t)
	if got.State != scanner.ScanFailed || got.FinishedAt == nil || got.Note == "" || !cmp.Equal(got.Skipped, []scanner.Skip{skip}) {
		t.Errorf("scan = %+v", got)
	}
	if n := w.rows("SELECT count(*) FROM river_job"); n != 0 {
		t.Errorf("%d tickets for nothing", n)
	}
}

// Of very many that were left out the first are named, and the rest counted:
// none is passed over in silence.
func TestScanTellsOfWhatItLeftOut(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	var skips []scanner.Skip
	for i := range 103 {
		skips = append(skips, scanner.Skip{Asset: a.ID, What: addressOf(i + 1), Reason: "not authorised"})
	}
	few := must(w.CreateScan(t.Context(), "mara", scanner.Scan{Org: org, Profile: "light", Skipped: skips[:100]}, nil, time.Time{}, time.Time{}))(t)
	many := must(w.CreateScan(t.Context(), "mara", scanner.Scan{Org: org, Profile: "light", Skipped: skips}, nil, time.Time{}, time.Time{}))(t)
	for id, more := range map[scanner.ScanID]int{few.ID: 0, many.ID: 3} {
		got := must(w.Scan(t.Context(), id))(t)
		if !cmp.Equal(got.Skipped, skips[:100]) || got.SkippedMore != more {
			t.Errorf("scan %s names %d and counts %d more, want the first 100 and %d", id, len(got.Skipped), got.SkippedMore, more)
		}
		all := must(inventory.Every(func(p inventory.Page) ([]scanner.Skip, string, error) {
			p.Limit = 40
			return w.ScanSkips(t.Context(), id, p)
		}))(t)
		if !cmp.Equal(all, skips[:100+more]) {
			t.Errorf("of scan %s %d are listed, want %d", id, len(all), 100+more)
		}
	}
	if _, _, err := w.ScanSkips(as(t.Context(), w.org("Bank")), many.ID, inventory.Page{}); !errors.Is(err, inventory.ErrNotFound) {
		t.Errorf("what another's scan left out: %v", err)
	}
}

func TestScanStatusCounts(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	sc := w.scan(org, []scanner.Host{host(a, addressOf(1)), host(a, addressOf(2))}, []scanner.Host{host(a, addressOf(3))}, []scanner.Host{host(a, addressOf(4))})
	one := w.claim("w")
	w.finish(w.sees(one))
	two := w.claim("w")
	r := quiet(two)
	r.Outcome, r.Result.Hosts[0].Outcome, r.Note = inventory.Unreachable, inventory.Unreachable, "nothing answered"
	r.Result.Hosts[0].Reason = "no answer to discovery"
	r.Result.Observations, r.Result.Ports, r.Result.Checks = nil, nil, nil
	w.finish(r)
	w.judge(one.ID)
	w.judge(two.ID)
	got := must(w.Scan(t.Context(), sc.ID))(t)
	if want := (scanner.TaskCounts{Total: 3, Queued: 1, Complete: 1, Unreachable: 1}); got.Tasks != want {
		t.Errorf("tasks = %+v, want %+v", got.Tasks, want)
	}
	if want := (scanner.FindingCounts{New: 2, Open: 2}); got.Findings != want || got.Hosts != 2 || got.Services != 2 {
		t.Errorf("findings %+v, hosts %d, services %d, want %+v, 2, 2", got.Findings, got.Hosts, got.Services, want)
	}
	if got.State != scanner.ScanRunning {
		t.Errorf("state = %s, want running while a task waits", got.State)
	}
	remark := scanner.Remark{Outcome: inventory.Unreachable, Reason: "no answer to discovery", Addresses: 1}
	if !slices.Equal(got.Remarks, []scanner.Remark{remark}) {
		t.Errorf("remarks = %+v, want %+v", got.Remarks, remark)
	}
	three := w.claim("w")
	w.finish(quiet(three))
	if must(w.Scan(t.Context(), sc.ID))(t).State != scanner.ScanRunning {
		t.Error("the scan ended before its last task was judged")
	}
	w.judge(three.ID)
	list, _, err := w.Scans(t.Context(), scanner.ScanFilter{Org: org}, inventory.Page{})
	if err != nil || len(list) != 1 || list[0].State != scanner.ScanPartial || list[0].FinishedAt == nil {
		t.Errorf("Scans = %+v, %v, want one partial", list, err)
	}
}

func TestLastTwoTasksJudgedAtOnceEndTheScan(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	b := w.asset(org, "198.51.100.0/24")
	for range 5 {
		sc := w.scan(org, []scanner.Host{host(a, addressOf(1))}, []scanner.Host{host(b, "198.51.100.1")})
		var wg sync.WaitGroup
		for range 2 {
			task := w.claim("w")
			w.finish(quiet(task))
			wg.Go(func() { w.judge(task.ID) })
		}
		wg.Wait()
		if got := must(w.Scan(t.Context(), sc.ID))(t); got.State != scanner.ScanComplete {
			t.Fatalf("scan %s = %s, want complete", sc.ID, got.State)
		}
	}
}

func TestDueAssets(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.round(org, w.sees, host(a, addressOf(1)))
	due := func() []scanner.DueAsset { return must(w.DueAssets(t.Context(), w.clock.now(), 10))(t) }
	if got := due(); len(got) != 0 {
		t.Fatalf("just scanned and due: %+v", got)
	}
	w.clock.advance(100 * 24 * time.Hour)
	got := due()
	if len(got) != 1 || got[0].Asset != a.ID || got[0].Org != org || got[0].Profile != "standard" || got[0].Due.IsZero() {
		t.Fatalf("DueAssets = %+v", got)
	}
	adaptive := scanner.Scan{Org: org, Asset: a.ID, Profile: "standard", Trigger: scanner.TriggerAdaptive, Slot: got[0].Due}
	tasks := []scanner.Task{{Hosts: []scanner.Host{host(a, addressOf(1))}}}
	sc := must(w.CreateScan(t.Context(), "scheduler", adaptive, tasks, time.Time{}, time.Time{}))(t)
	_, err := w.CreateScan(t.Context(), "scheduler", adaptive, tasks, time.Time{}, time.Time{})
	wantErr(t, "a second adaptive scan of the moment", err, inventory.ErrConflict)
	w.clock.advance(2 * 24 * time.Hour)
	if got := due(); len(got) != 0 {
		t.Errorf("due while a scan has it in hand: %+v", got)
	}
	if err := w.CancelScan(t.Context(), "mara", sc.ID, "not now"); err != nil {
		t.Fatal(err)
	}
	if got := due(); len(got) != 1 {
		t.Errorf("after the cancel and a day DueAssets = %+v, want it again", got)
	}
}

// A name that leads elsewhere leaves findings and states behind at its old
// address; so does a prefix in which another asset was registered.
func TestScanTellsWhatItLeavesOut(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	name, net := w.asset(org, "www.example.org"), w.asset(org, "192.0.2.8/30")
	hosts := []scanner.Host{host(name, "192.0.2.1"), host(net, "192.0.2.8"), host(net, "192.0.2.9")}
	w.round(org, w.sees, hosts...)
	before := w.rows("SELECT count(*) FROM findings WHERE detection = 'open'")

	moved := []scanner.Host{host(name, "192.0.2.2"), host(net, "192.0.2.8")}
	// A scan of one asset says nothing of another that it meets.
	must(w.CreateScan(t.Context(), "mara", scanner.Scan{Org: org, Asset: name.ID, Profile: "standard"},
		[]scanner.Task{{Hosts: moved}}, time.Time{}, time.Time{}))(t)
	left := func(asset inventory.AssetID) int {
		return w.rows("SELECT count(*) FROM findings WHERE asset_id = $1 AND not_tested LIKE '%left this address out'", asset)
	}
	if left(name.ID) == 0 || left(net.ID) != 0 {
		t.Errorf("left out: %d of the name's, %d of the prefix's findings", left(name.ID), left(net.ID))
	}
	if n := w.rows("SELECT count(*) FROM address_states WHERE asset_id = $1", name.ID); n != 0 {
		t.Errorf("%d old addresses of a name wait for their next scan", n)
	}
	for range 2 { // the second time nothing is news
		w.scan(org, moved)
	}
	if left(net.ID) == 0 || left(net.ID) != w.rows("SELECT count(*) FROM findings WHERE asset_id = $1 AND address = '192.0.2.9'", net.ID) {
		t.Errorf("left out: %d of the prefix's findings, want those on 192.0.2.9", left(net.ID))
	}
	if n := w.rows("SELECT count(*) FROM finding_events WHERE kind = 'not_tested'"); n != left(net.ID)+left(name.ID) {
		t.Errorf("%d events, want one for each finding", n)
	}
	if n := w.rows("SELECT count(*) FROM address_states WHERE address = '192.0.2.9' AND next_scan < $1", start.AddDate(0, 0, 7)); n != 0 {
		t.Error("an address that is left out makes its asset due again at once")
	}
	if after := w.rows("SELECT count(*) FROM findings WHERE detection = 'open'"); after != before {
		t.Errorf("%d findings are open, want %d: leaving out proves nothing", after, before)
	}
}
