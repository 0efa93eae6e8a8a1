package cycle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
)

// A clockwork is a set of PostgreSQL's programs whose server goes by a clock
// that the test sets. Go's programs ask the kernel and are left alone, and so
// is what counts only seconds: one machine is wrong about the time of day.
type clockwork struct {
	t    *testing.T
	bin  string
	file string // by how much the clock is ahead
}

// clockLibraries are where distributions put libfaketime.
var clockLibraries = []string{"/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1"}

func newClockwork(t *testing.T, dir string) *clockwork {
	t.Helper()
	library, programs := installed(t, "libfaketime", clockLibraries...), installed(t, "postgresql", "/usr/lib/postgresql/*/bin")
	c := &clockwork{t: t, bin: filepath.Join(dir, "clockwork"), file: filepath.Join(dir, "clock")}
	if err := os.Mkdir(c.bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"initdb", "psql"} {
		if err := os.Symlink(filepath.Join(programs, name), filepath.Join(c.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	script := fmt.Sprintf(`#!/bin/sh
export LD_PRELOAD='%s' FAKETIME_TIMESTAMP_FILE='%s' FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1
exec '%s' "$@"
`, library, c.file, filepath.Join(programs, "postgres"))
	if err := os.WriteFile(filepath.Join(c.bin, "postgres"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	c.set(0)
	return c
}

// installed finds what a package has installed.
func installed(t *testing.T, what string, patterns ...string) string {
	t.Helper()
	for _, p := range patterns {
		found, err := filepath.Glob(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			return found[len(found)-1]
		}
	}
	t.Fatalf("%s is not installed: run scripts/setup.sh", what)
	return ""
}

// set makes the clock that much ahead of ours, or behind when it is less than
// nothing. It is done in one step: nobody may read half a time.
func (c *clockwork) set(ahead time.Duration) {
	c.t.Helper()
	next := c.file + ".new"
	err := os.WriteFile(next, fmt.Appendf(nil, "%+d\n", int(ahead.Seconds())), 0o644)
	if err == nil {
		err = os.Rename(next, c.file)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// startClocked starts a lab and a database whose clock can be set.
func startClocked(t *testing.T) (*installation, *clockwork) {
	t.Helper()
	in := newInstallation(t, office(t))
	c := newClockwork(t, in.dir)
	in.postgres = c.bin
	in.startDatabase()
	type moment struct{ At time.Time }
	for _, ahead := range []time.Duration{time.Hour, 0} {
		c.set(ahead)
		shown := time.Until(ask[moment](in, "SELECT clock_timestamp()")[0].At)
		if (shown - ahead).Abs() > 10*time.Second {
			t.Fatalf("the database's clock is %s ahead, want %s", shown, ahead)
		}
	}
	return in, c
}

// clocksDiffer is what a worker says that claims nothing for that reason.
const clocksDiffer = "no task is claimed: this machine's clock is"

// TestClockLeapsAhead: all leases end at once, and nobody may take the tasks
// over before the clocks agree. Then the clock comes back.
func TestClockLeapsAhead(t *testing.T) {
	if !alone(t) {
		return
	}
	in, clock := startClocked(t)
	up := in.up()
	in.register()
	programs := in.programs()
	s := in.startScan("standard")
	before := in.awaitRunning(s.ID)
	in.awaitPackets(300)

	hours := 0
	eventually(t, "the leases end", 30*time.Second, func() bool {
		// A worker that renews a lease before anybody has looked keeps it,
		// rightly; then the clock leaps once more.
		hours++
		clock.set(time.Duration(hours) * time.Hour)
		time.Sleep(time.Second)
		return in.count("SELECT count(*) FROM scan_tasks WHERE state = 'running'") == 0
	})
	up.awaitWord("lease lost; nothing of this attempt is reported", 10*time.Second)
	up.awaitWord(clocksDiffer, 10*time.Second)
	nothingRuns(t, nmapPart)
	time.Sleep(time.Second) // what is on its way arrives
	if sent := in.packets(); moves(sent, in.packets, 10*time.Second) {
		t.Errorf("%d packets were sent while the clocks differ", in.packets()-sent)
	}
	if n := in.count("SELECT count(*) FROM scan_tasks WHERE state = 'running'"); n != 0 {
		t.Errorf("%d tasks were claimed while the clocks differ", n)
	}
	if n := strings.Count(up.said(), clocksDiffer); n != 1 {
		t.Errorf("in ten seconds the worker has said %d times that the clocks differ, want once", n)
	}
	if !strings.Contains(up.said(), "NTP") {
		t.Error("the worker does not say what to do about the clocks")
	}

	clock.set(0)
	back := time.Now()
	in.wantTakenOver(s.ID, before, back)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
	in.wantSamePrograms(programs)
}

// TestClockLeapsBack: a lease that is renewed does not mind.
func TestClockLeapsBack(t *testing.T) {
	if !alone(t) {
		return
	}
	in, clock := startClocked(t)
	in.up()
	in.register()
	programs := in.programs()
	s := in.startScan("standard")
	in.awaitRunning(s.ID)
	in.awaitPackets(300)
	clock.set(-time.Hour)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
	in.wantFirstAttempts(s.ID)
	in.wantSamePrograms(programs)
}

// TestClockLeapsBackOverADeadWorker: the worker renewed its leases by a clock
// that was an hour ahead, and died before that was put right. Nobody may have
// to wait for that hour.
func TestClockLeapsBackOverADeadWorker(t *testing.T) {
	if !alone(t) {
		return
	}
	in, clock := startClocked(t)
	daemon := in.launchDaemon("ciiscand")
	daemon.awaitWord("ciiscand is ready", time.Minute)
	first := in.startWorker("first")
	in.register()
	s := in.startScan("standard")
	before := in.awaitRunning(s.ID)
	in.awaitPackets(300)
	daemon.kill() // so that nobody sees the leases end before they are renewed
	clock.set(time.Hour)
	eventually(t, "all leases are renewed", 10*time.Second, func() bool {
		return in.count("SELECT count(*) FROM scan_tasks WHERE state = 'running' AND lease_until > clock_timestamp()") == len(before)
	})
	first.kill()
	clock.set(0)
	killed := time.Now()
	in.startDaemon("ciiscand")
	in.startWorker("second")
	in.wantTakenOver(s.ID, before, killed)
	in.wantUndisturbed(in.await(s.ID, 2*time.Minute))
}

// TestClockLeapsBetweenSlots: each slot of a schedule is run once, and none is
// left out, wherever the database's clock leaps.
func TestClockLeapsBetweenSlots(t *testing.T) {
	if !alone(t) {
		return
	}
	in, clock := startClocked(t)
	in.startDaemon("ciiscand")
	in.register()
	const schedules = 3
	begun := time.Now().Truncate(time.Minute)
	for range schedules {
		in.must(nil, "schedule", "add", "--org", in.Orgs[lab.Energy], "--cron", "* * * * *", "--profile", "standard")
	}
	scans := func() int { return in.count("SELECT count(*) FROM scans") }
	for i, ahead := range []time.Duration{time.Hour, -time.Hour, 0} {
		clock.set(ahead)
		eventually(t, "another slot", 80*time.Second, func() bool { return scans() >= (i+1)*schedules })
		time.Sleep(11 * time.Second) // ciiscand looks again
	}
	type line struct {
		Schedule string
		Slot     time.Time
	}
	last := map[string]time.Time{}
	for _, x := range ask[line](in, "SELECT schedule_id, slot_at FROM scans ORDER BY num") {
		if x.Slot.Before(begun) || x.Slot.After(time.Now()) {
			t.Errorf("schedule %s was run for the slot %s, a time that has not been", x.Schedule, x.Slot)
		}
		if before, ok := last[x.Schedule]; ok && !x.Slot.Equal(before.Add(time.Minute)) {
			t.Errorf("schedule %s was run for the slot %s after that of %s", x.Schedule, x.Slot, before)
		}
		last[x.Schedule] = x.Slot
	}
	if len(last) != schedules {
		t.Errorf("%d of %d schedules were run", len(last), schedules)
	}
	looked := time.Now().Add(-11 * time.Second)
	for id, slot := range last {
		if slot.Before(looked.Truncate(time.Minute)) {
			t.Errorf("schedule %s was run for %s at last, and it is %s", id, slot, looked)
		}
	}
}
