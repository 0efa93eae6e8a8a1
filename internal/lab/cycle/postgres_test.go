package cycle

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
)

// TestPostgreSQLKilled: up starts its own cluster again at once.
func TestPostgreSQLKilled(t *testing.T) {
	if !alone(t) {
		return
	}
	in, up, s := midScan(t)
	programs := in.programs()
	in.killPostgreSQL()
	up.awaitWord("PostgreSQL is ready again", 30*time.Second)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
	in.wantFirstAttempts(s.ID)
	in.wantSamePrograms(programs)
}

// TestPostgreSQLAway: an outside database is away for less than a lease.
func TestPostgreSQLAway(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, office(t))
	in.startDatabase()
	in.up()
	in.register()
	programs := in.programs()
	s := in.startScan("standard")
	in.awaitPackets(300)
	in.killPostgreSQL()
	time.Sleep(8 * time.Second) // on a busy machine, it takes as long again until all is well
	in.runCluster()
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
	in.wantFirstAttempts(s.ID)
	in.wantSamePrograms(programs)
}

// TestPostgreSQLAwayForLong: nobody may send for a lease that may have ended,
// so workers fall silent, and scan again when they can ask.
func TestPostgreSQLAwayForLong(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, district(t))
	in.startDatabase()
	in.up()
	in.register()
	programs := in.programs()
	s := in.startScan("light")
	in.awaitPackets(300)
	in.killPostgreSQL()
	gone := time.Now()
	time.Sleep(15 * time.Second)
	if before := in.packets(); !moves(before, in.packets, 10*time.Second) {
		t.Error("nothing is sent any more while the lease lasts: the silence after it proves nothing")
	}
	time.Sleep(time.Until(gone.Add(31 * time.Second)))
	if before := in.packets(); moves(before, in.packets, 12*time.Second) {
		t.Errorf("after the lease has ended %d packets were sent", in.packets()-before)
	}
	time.Sleep(time.Until(gone.Add(45 * time.Second)))
	in.runCluster()
	in.wantUndisturbed(in.await(s.ID, 3*time.Minute))
	again := 0
	for _, x := range in.tasks(s.ID) {
		again += x.Attempt - 1
	}
	if again == 0 {
		t.Error("no task was scanned again, although all had been told to stop")
	}
	in.wantSamePrograms(programs)
}

// district is what keeps a scanner busy for longer than a lease lasts.
func district(t *testing.T) lab.Truth {
	return only(t,
		"198.51.100.10", "198.51.100.11", "198.51.100.12", "198.51.100.13", "198.51.100.14", "198.51.100.15",
		"198.51.100.17", "198.51.100.18", "198.51.100.19", "198.51.100.20", "198.51.100.21", "198.51.100.25",
		"198.51.100.31", "198.51.100.32", "198.51.100.35", "198.51.100.36", "198.51.100.64")
}

// moves tells whether a count becomes another within some time.
func moves(from int64, count func() int64, within time.Duration) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if count() != from {
			return true
		}
	}
	return false
}

// killPostgreSQL kills the server's first process; the others follow.
func (in *installation) killPostgreSQL() {
	in.t.Helper()
	text, err := os.ReadFile(filepath.Join(in.clusterDir(), "data", "postmaster.pid"))
	if err != nil {
		in.t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		in.t.Fatal(err)
	}
	if !slices.Contains(running(in.t, postgresPart), pid) {
		in.t.Fatalf("process %d is not PostgreSQL", pid)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		in.t.Fatal(err)
	}
	if in.cluster != nil {
		<-in.cluster.Wait()
		_ = in.cluster.Stop(in.t.Context()) // it has ended; only to give up its lock
	}
}

// programs are the process ids of the daemon and the worker.
func (in *installation) programs() []int {
	return slices.Concat(running(in.t, daemonPart), running(in.t, workerPart))
}

// wantSamePrograms fails the test when one of the programs did not bear a
// database that is away.
func (in *installation) wantSamePrograms(before []int) {
	in.t.Helper()
	if now := in.programs(); !slices.Equal(now, before) {
		in.t.Errorf("ciiscand and worker were processes %v, and are %v now", before, now)
	}
}
