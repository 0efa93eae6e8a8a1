package store_test

import (
	"net/netip"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func TestClaimHandsOutTheTaskAsPlanned(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/28")
	h := host(a, "192.0.2.1")
	h.Name, h.Class, h.Port, h.Within = "www.example.org", inventory.OT, 8443, []inventory.AssetID{"A-7"}
	sc := w.scan(org, []scanner.Host{h, host(a, "192.0.2.2")})
	task := w.claim("worker-1")
	if task.Scan != sc.ID || task.Org != org || task.Profile != "standard" || task.State != scanner.TaskRunning ||
		task.Attempt != 1 || task.Worker != "worker-1" || task.Priority != 2 {
		t.Errorf("claimed task = %+v", task)
	}
	if len(task.Hosts) != 2 || !reflect.DeepEqual(task.Hosts[0], h) {
		t.Errorf("hosts = %+v, want %+v first", task.Hosts, h)
	}
	st := must(w.Scan(t.Context(), sc.ID))(t)
	if st.State != scanner.ScanRunning || st.StartedAt == nil || st.Tasks.Running != 1 {
		t.Errorf("scan after the claim: state %s, started %v, tasks %+v", st.State, st.StartedAt, st.Tasks)
	}
	w.noClaim("nothing is left")
}

func TestNoAddressIsTouchedTwice(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	// Forty tasks that share addresses in many ways.
	var tasks [][]scanner.Host
	for i := range 40 {
		tasks = append(tasks, []scanner.Host{host(a, addressOf(i%10)), host(a, addressOf(i%7))})
	}
	w.scan(org, tasks...)
	var (
		mu   sync.Mutex
		held = map[netip.Addr]inventory.TaskID{}
		done int
		wg   sync.WaitGroup
	)
	deadline := time.Now().Add(time.Minute)
	for i := range 8 {
		name := addressOf(i)
		wg.Go(func() {
			for time.Now().Before(deadline) {
				task, ok, err := w.ClaimTask(t.Context(), name, time.Minute)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if done == len(tasks) {
					mu.Unlock()
					return
				}
				if ok {
					for _, addr := range task.Addresses() {
						if other, busy := held[addr]; busy {
							t.Errorf("%s was given to %s while %s holds it", addr, task.ID, other)
						}
						held[addr] = task.ID
					}
				}
				mu.Unlock()
				if !ok {
					continue
				}
				time.Sleep(time.Millisecond)
				mu.Lock()
				for _, addr := range task.Addresses() {
					delete(held, addr)
				}
				done++
				mu.Unlock()
				if err := w.FinishTask(t.Context(), quiet(task)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if done != len(tasks) {
		t.Errorf("%d of %d tasks were worked", done, len(tasks))
	}
	if n := w.rows("SELECT count(*) FROM scan_leases"); n != 0 {
		t.Errorf("%d addresses are still leased", n)
	}
}

func TestClaimIsFair(t *testing.T) {
	w := newWorld(t)
	big, small := w.org("Big"), w.org("Small")
	a, b := w.asset(big, "192.0.2.0/24"), w.asset(small, "198.51.100.0/24")
	var tasks [][]scanner.Host
	for i := range 6 {
		tasks = append(tasks, []scanner.Host{host(a, addressOf(i))})
	}
	w.scan(big, tasks...)
	w.scan(small, []scanner.Host{host(b, "198.51.100.1")}, []scanner.Host{host(b, "198.51.100.2")})
	want := []inventory.OrganizationID{big, small, big, small, big, big}
	for i, org := range want {
		if got := w.claim("worker-1").Org; got != org {
			t.Errorf("claim %d went to %s, want %s", i+1, got, org)
		}
	}
}

func TestUrgentTasksComeFirst(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	urgent := must(w.CreateScan(t.Context(), "mara", scanner.Scan{Org: org, Profile: "light", Priority: 1},
		[]scanner.Task{{Profile: "light", Hosts: []scanner.Host{host(a, addressOf(2))}}}, time.Time{}, time.Time{}))(t)
	if got := w.claim("worker-1").Scan; got != urgent.ID {
		t.Errorf("first claim is of %s, want the urgent %s", got, urgent.ID)
	}
}

func TestUrgentTasksDoNotStarveOthers(t *testing.T) {
	w := newWorld(t)
	big, small := w.org("Big"), w.org("Small")
	a, b := w.asset(big, "192.0.2.0/24"), w.asset(small, "198.51.100.1")
	must(w.CreateScan(t.Context(), "scheduler", scanner.Scan{Org: small, Profile: "standard", Priority: 4},
		[]scanner.Task{{Hosts: []scanner.Host{host(b, "198.51.100.1")}}}, time.Time{}, time.Time{}))(t)
	var tasks []scanner.Task
	for i := range 4 {
		tasks = append(tasks, scanner.Task{Hosts: []scanner.Host{host(a, addressOf(i))}})
	}
	w.clock.advance(11 * time.Hour)
	must(w.CreateScan(t.Context(), "mara", scanner.Scan{Org: big, Profile: "standard", Priority: 1}, tasks, time.Time{}, time.Time{}))(t)
	for _, want := range []inventory.OrganizationID{big, big} {
		if got := w.claim("worker-1").Org; got != want {
			t.Errorf("within twelve hours a claim went to %s, want the urgent scan of %s", got, want)
		}
	}
	w.clock.advance(time.Hour)
	if got := w.claim("worker-1").Org; got != small {
		t.Errorf("after twelve hours a claim went to %s, want %s, which has waited long enough", got, small)
	}
}

func TestClaimWaitsForItsTime(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	must(w.CreateScan(t.Context(), "mara", scanner.Scan{Org: org, Profile: "light"},
		[]scanner.Task{{Hosts: []scanner.Host{host(a, addressOf(2))}}}, start.Add(time.Hour), time.Time{}))(t)
	w.noClaim("an hour early")
	w.clock.advance(time.Hour)
	if got := w.claim("worker-1").Profile; got != "light" {
		t.Errorf("profile = %q, want the scan's", got)
	}
}

func TestCancelAll(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	one := w.scan(org, []scanner.Host{host(a, addressOf(1))})
	two := w.scan(org, []scanner.Host{host(a, addressOf(2))})
	task := w.claim("worker-1")
	if err := w.CancelAll(t.Context(), "mara", "evacuation"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []scanner.ScanID{one.ID, two.ID} {
		if st := must(w.Scan(t.Context(), id))(t); st.State != scanner.ScanCancelled {
			t.Errorf("scan %s is %s", id, st.State)
		}
	}
	if order := must(w.RenewTask(t.Context(), task.ID, "worker-1", 1, time.Minute))(t); !order.Stop {
		t.Error("the running task is not told")
	}
	w.noClaim("all is cancelled")
	// What the worker brings back is kept, and the scan stays cancelled.
	r := quiet(task)
	r.Outcome = inventory.Partial
	w.finish(r)
	w.judge(task.ID)
	if st := must(w.Scan(t.Context(), one.ID))(t); st.State != scanner.ScanCancelled || st.Tasks.Partial != 1 {
		t.Errorf("scan after the late result = %s, tasks %+v", st.State, st.Tasks)
	}
}

func TestOrganisationLimit(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))}, []scanner.Host{host(a, addressOf(2))}, []scanner.Host{host(a, addressOf(3))})
	s := storetest.Open(t, w.db.URL, store.Options{Now: w.clock.now, OrgTasks: 2})
	for i, want := range []bool{true, true, false} {
		if _, ok, err := s.ClaimTask(t.Context(), "worker-1", time.Minute); ok != want || err != nil {
			t.Errorf("claim %d of a limit of 2 = %v, %v, want %v", i+1, ok, err, want)
		}
	}
	if n := must(s.QueuedTasks(t.Context()))(t); n != 1 {
		t.Errorf("QueuedTasks = %d, want 1", n)
	}
}

func TestLostLease(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	first, ok, err := w.ClaimTask(t.Context(), "slow", time.Millisecond)
	if err != nil || !ok {
		t.Fatalf("ClaimTask = %v, %v", ok, err)
	}
	time.Sleep(10 * time.Millisecond)
	if n := must(w.ReapTasks(t.Context()))(t); n != 1 {
		t.Fatalf("ReapTasks = %d, want 1", n)
	}
	second := w.claim("quick")
	if second.ID != first.ID || second.Attempt != 2 {
		t.Fatalf("second claim = %s attempt %d, want %s attempt 2", second.ID, second.Attempt, first.ID)
	}
	_, err = w.RenewTask(t.Context(), first.ID, "slow", first.Attempt, time.Minute)
	wantErr(t, "RenewTask under the lost claim", err, inventory.ErrConflict)
	wantErr(t, "FinishTask under the lost claim", w.FinishTask(t.Context(), found(first, start, testCheck)), inventory.ErrConflict)
	wantErr(t, "ReleaseTask under the lost claim", w.ReleaseTask(t.Context(), first.ID, "slow", 1, "late"), inventory.ErrConflict)
	if n := w.rows("SELECT (SELECT count(*) FROM observations) + (SELECT count(*) FROM evidence) + (SELECT count(*) FROM host_results)"); n != 0 {
		t.Errorf("the late finish stored %d rows, want none", n)
	}
	w.finish(found(second, start, testCheck))
	wantErr(t, "FinishTask twice", w.FinishTask(t.Context(), found(second, start, testCheck)), inventory.ErrConflict)
	if n := w.rows("SELECT count(*) FROM observations"); n != 2 {
		t.Errorf("%d observations are stored, want 2", n)
	}
}

func TestReapLeavesLiveTasks(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	task := w.claim("worker-1")
	if n := must(w.ReapTasks(t.Context()))(t); n != 0 {
		t.Errorf("ReapTasks took %d tasks that are held", n)
	}
	if order := must(w.RenewTask(t.Context(), task.ID, "worker-1", 1, time.Minute))(t); order.Stop {
		t.Errorf("RenewTask says stop: %s", order.Reason)
	}
}

// TestLeasesOfAClockPutBackAreCut: their worker may be dead, and nobody may
// have to wait for the hour by which the clock was ahead.
func TestLeasesOfAClockPutBackAreCut(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	task, ok, err := w.ClaimTask(t.Context(), "worker-1", time.Hour)
	if err != nil || !ok {
		t.Fatalf("ClaimTask = %v, %v", ok, err)
	}
	if n := must(w.ReapTasks(t.Context()))(t); n != 0 {
		t.Errorf("ReapTasks took %d tasks whose worker may be alive", n)
	}
	const left = "SELECT count(*) FROM scan_tasks WHERE lease_until BETWEEN clock_timestamp() + interval '20 seconds' AND clock_timestamp() + interval '30 seconds'"
	if w.rows(left) != 1 {
		t.Error("the task is held for longer than a lease lasts, or not for as long")
	}
	if _, err := w.RenewTask(t.Context(), task.ID, "worker-1", 1, scanner.MaxLease); err != nil {
		t.Errorf("the worker is alive, and RenewTask = %v", err)
	}
}

// TestReapUnblocksTheQueue: without a leader of the queue no job that waits for
// its time is ever released.
func TestReapUnblocksTheQueue(t *testing.T) {
	w := newWorld(t)
	execSQL(t, w.db.URL, "INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES (now(), now() + interval '1 hour', 'dead')")
	must(w.ReapTasks(t.Context()))(t)
	if w.rows("SELECT count(*) FROM river_leader WHERE expires_at < now() + interval '1 minute'") != 1 {
		t.Error("the queue's leader, who may be dead, keeps all others from election for an hour")
	}
}

func TestTaskThatKillsWorkersIsGivenUp(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	sc := w.scan(org, []scanner.Host{host(a, addressOf(1))})
	var last scanner.Task
	for range 5 {
		task, ok, err := w.ClaimTask(t.Context(), "worker-1", time.Millisecond)
		if err != nil || !ok {
			t.Fatalf("ClaimTask = %v, %v", ok, err)
		}
		last = task
		time.Sleep(5 * time.Millisecond)
		must(w.ReapTasks(t.Context()))(t)
	}
	w.noClaim("it was given up")
	w.judge(last.ID)
	st := must(w.Scan(t.Context(), sc.ID))(t)
	if st.State != scanner.ScanFailed || st.Tasks.Failed != 1 {
		t.Errorf("scan = %s, tasks %+v, want failed", st.State, st.Tasks)
	}
	if n := w.rows("SELECT count(*) FROM address_states WHERE outcome = 'failed' AND reason LIKE 'given up%'"); n != 1 {
		t.Errorf("the address does not say why it was given up")
	}
}

func TestReleaseQueuesAgain(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	task := w.claim("worker-1")
	if err := w.ReleaseTask(t.Context(), task.ID, "worker-1", task.Attempt, "the worker stops"); err != nil {
		t.Fatal(err)
	}
	if again := w.claim("worker-2"); again.ID != task.ID || again.Note != "the worker stops" {
		t.Errorf("claimed %s with note %q", again.ID, again.Note)
	}
	if n := w.rows("SELECT count(*) FROM river_job WHERE kind = 'scan_ticket'"); n != 2 {
		t.Errorf("%d tickets were written, want one for the task and one for its return", n)
	}
}

func TestCancelAndStopReachRunningTasks(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	cancelled := w.scan(org, []scanner.Host{host(a, addressOf(1))}, []scanner.Host{host(a, addressOf(2))})
	task := w.claim("worker-1")
	if err := w.CancelScan(t.Context(), "mara", cancelled.ID, "wrong week"); err != nil {
		t.Fatal(err)
	}
	order := must(w.RenewTask(t.Context(), task.ID, "worker-1", 1, time.Minute))(t)
	if !order.Stop || order.Reason != "the scan was cancelled: wrong week" {
		t.Errorf("order after the cancel = %+v", order)
	}
	w.noClaim("the rest was cancelled")
	// What a worker gives back of a cancelled scan is not worked again.
	if err := w.ReleaseTask(t.Context(), task.ID, "worker-1", 1, "told to"); err != nil {
		t.Fatal(err)
	}
	w.noClaim("a released task of a cancelled scan")
	st := must(w.Scan(t.Context(), cancelled.ID))(t)
	if st.State != scanner.ScanCancelled || st.Tasks.Cancelled != 2 || st.Note != "wrong week" || st.FinishedAt == nil {
		t.Errorf("cancelled scan = %s %q, tasks %+v", st.State, st.Note, st.Tasks)
	}
	wantErr(t, "CancelScan twice", w.CancelScan(t.Context(), "mara", cancelled.ID, "again"), inventory.ErrConflict)
	wantErr(t, "CancelScan of nothing", w.CancelScan(t.Context(), "mara", "S-99", "x"), inventory.ErrNotFound)

	w.scan(org, []scanner.Host{host(a, addressOf(3))}, []scanner.Host{host(a, addressOf(4))})
	task = w.claim("worker-1")
	if err := w.StopScanning(t.Context(), "mara", "complaint"); err != nil {
		t.Fatal(err)
	}
	order = must(w.RenewTask(t.Context(), task.ID, "worker-1", 1, time.Minute))(t)
	if !order.Stop || order.Reason != "scanning was stopped: complaint" {
		t.Errorf("order after the stop = %+v", order)
	}
	w.noClaim("everything is stopped")
	if n := must(w.QueuedTasks(t.Context()))(t); n != 0 {
		t.Errorf("QueuedTasks while stopped = %d, want 0", n)
	}
	if err := w.AllowScanning(t.Context(), "mara", "settled"); err != nil {
		t.Fatal(err)
	}
	w.claim("worker-1")
	stop := must(w.Stop(t.Context()))(t)
	if stop.On || stop.By != "mara" || stop.Reason != "settled" || !stop.At.Equal(start) {
		t.Errorf("stop switch = %+v", stop)
	}
}
