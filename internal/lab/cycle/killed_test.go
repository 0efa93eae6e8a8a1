package cycle

import (
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/web/api/wire"
)

// wantUndisturbed fails the test unless a scan has ended as if nothing had
// happened to it.
func (in *installation) wantUndisturbed(s wire.Scan) {
	in.t.Helper()
	if s.State != "complete" {
		in.t.Errorf("scan %s is %s (%+v), want complete", s.ID, s.State, s.Tasks)
	}
	hosts, services := 0, 0
	for _, h := range in.Truth.Hosts {
		hosts++
		for _, x := range h.Services {
			if x.Port != 0 {
				services++
			}
		}
	}
	expected := len(in.Truth.Expected())
	if s.Hosts != hosts || s.Services != services || s.Findings.New != expected || s.Findings.Open != expected {
		in.t.Errorf("scan %s saw %d hosts, %d services, findings %+v; want %d, %d, and %d findings, all new and open",
			s.ID, s.Hosts, s.Services, s.Findings, hosts, services, expected)
	}
	in.wantTruth(in.Truth)
	in.wantTidy()
}

// midScan starts a scan on an installation that up runs, and returns once
// packets flow.
func midScan(t *testing.T) (*installation, *process, wire.Scan) {
	t.Helper()
	in := newInstallation(t, office(t))
	up := in.up()
	in.register()
	s := in.startScan("standard")
	in.awaitPackets(300)
	return in, up, s
}

// TestNothingKilled is the run to which those with accidents compare.
func TestNothingKilled(t *testing.T) {
	if !alone(t) {
		return
	}
	in, _, s := midScan(t)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
	in.wantFirstAttempts(s.ID)
}

// TestWorkerKilled: up starts another worker, which takes the tasks over when
// their leases have ended.
func TestWorkerKilled(t *testing.T) {
	if !alone(t) {
		return
	}
	in, _, s := midScan(t)
	before := in.awaitRunning(s.ID)
	killed := killPart(t, workerPart)
	nothingRuns(t, nmapPart, nucleiPart) // they must not go on scanning for nobody
	in.wantTakenOver(s.ID, before, killed)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
}

// TestSecondWorkerTakesOver: nobody starts the killed worker again.
func TestSecondWorkerTakesOver(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, office(t))
	in.startDatabase()
	in.startDaemon("ciiscand")
	first := in.startWorker("first")
	in.register()
	s := in.startScan("standard")
	before := in.awaitRunning(s.ID)
	in.startWorker("second")
	in.awaitPackets(300)
	first.kill()
	killed := time.Now()
	nothingRuns(t, nmapPart)
	in.wantTakenOver(s.ID, before, killed)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
	for _, x := range in.tasks(s.ID) {
		if x.Losses > 0 && x.Worker != "second" {
			t.Errorf("task %s was ended by worker %q, want the second", x.ID, x.Worker)
		}
	}
}

// wantTakenOver fails the test unless the tasks that ran when their worker was
// killed run again within a minute, under other hands.
func (in *installation) wantTakenOver(scan string, before []taskLine, killed time.Time) {
	in.t.Helper()
	lost := map[string]taskLine{}
	for _, x := range before {
		lost[x.ID] = x
	}
	eventually(in.t, "the tasks of the killed worker run elsewhere", time.Minute-time.Since(killed), func() bool {
		for _, x := range in.tasks(scan) {
			again := x.Attempt > lost[x.ID].Attempt && x.Worker != lost[x.ID].Worker
			ended := x.State != "running" && x.State != "queued"
			if !again && !ended {
				return false
			}
		}
		return true
	})
	moved := 0
	for _, x := range in.tasks(scan) {
		moved += x.Losses
	}
	if moved == 0 {
		in.t.Error("no task was lost with its worker: the kill came too late to prove anything")
	}
}

// TestNucleiKilled: the batch is tried once more in another child.
func TestNucleiKilled(t *testing.T) {
	if !alone(t) {
		return
	}
	in, up, s := midScan(t)
	tasks := in.tasks(s.ID)
	eventually(t, "nmap's end", time.Minute, func() bool { return strings.Count(up.said(), "engine=nmap") == len(tasks) })
	time.Sleep(500 * time.Millisecond) // some templates have ended, some run, some are to come
	killPart(t, nucleiPart)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
	in.wantFirstAttempts(s.ID)
	if !strings.Contains(up.said(), "nuclei child failed, trying what is left once more") {
		t.Error("no child was killed at its work: the kill proves nothing")
	}
}

// TestNmapKilled: the call is tried once more.
func TestNmapKilled(t *testing.T) {
	if !alone(t) {
		return
	}
	in, _, s := midScan(t)
	killPart(t, nmapPart)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
	in.wantFirstAttempts(s.ID)
}

// TestDaemonKilled: workers go on, and what they bring is judged when up has
// started ciiscand again. It dies once in mid-scan, and once while it judges.
func TestDaemonKilled(t *testing.T) {
	if !alone(t) {
		return
	}
	in, _, s := midScan(t)
	killPart(t, daemonPart)
	eventually(t, "another ciiscand", 20*time.Second, func() bool { return len(running(t, daemonPart)) == 1 })
	letGo := in.holdJudging()
	eventually(t, "the first task is being judged", time.Minute, func() bool {
		return in.count("SELECT count(*) FROM river_job WHERE kind = 'judge' AND state = 'running'") > 0
	})
	killPart(t, daemonPart)
	letGo()
	in.wantUndisturbed(in.await(s.ID, 3*time.Minute))
	in.wantFirstAttempts(s.ID)
}

// wantFirstAttempts fails the test when a task had to be started again.
func (in *installation) wantFirstAttempts(scan string) {
	in.t.Helper()
	for _, x := range in.tasks(scan) {
		if x.Attempt != 1 || x.Losses != 0 {
			in.t.Errorf("task %s took %d attempts and lost %d workers, want one attempt", x.ID, x.Attempt, x.Losses)
		}
	}
}
