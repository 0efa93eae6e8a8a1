package cycle

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// slots is how many schedules fall due at the same moment.
const slots = 60

// TestSlotsAreServedOnce: two ciiscand, which also make the database's tables
// at the same time, see all schedules fall due in the same second.
func TestSlotsAreServedOnce(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, office(t))
	in.startDatabase()
	daemons := []*process{in.launchDaemon("ciiscand"), in.launchDaemon("beside")}
	for _, d := range daemons {
		d.awaitWord("ciiscand is ready", time.Minute)
	}
	in.register()
	for range slots {
		in.must(nil, "schedule", "add", "--org", in.Orgs[lab.Energy], "--cron", "* * * * *", "--profile", "standard")
	}
	eventually(t, "every schedule has had a slot", 3*time.Minute, func() bool {
		return in.count("SELECT count(DISTINCT schedule_id) FROM scans") == slots
	})
	time.Sleep(6 * time.Second) // each ciiscand looks once more
	started := 0
	for _, d := range daemons {
		d.stop()
		own := strings.Count(d.said(), `msg="scheduled scan started"`)
		t.Logf("%s started %d scans", d.name, own)
		started += own
		if strings.Contains(d.said(), "scheduler step failed") {
			t.Errorf("%s could not bear another beside it", d.name)
		}
	}
	scans, served := in.count("SELECT count(*) FROM scans"), in.count("SELECT count(*) FROM (SELECT DISTINCT schedule_id, slot_at FROM scans) s")
	if scans != served || scans != started || scans < slots {
		t.Errorf("%d scans for %d slots, of which the two say they started %d; want one for each slot", scans, served, started)
	}
	if tasks := in.count("SELECT count(*) FROM scan_tasks"); tasks != 2*scans { // the office's IT and its controller
		t.Errorf("%d tasks for %d scans, want two for each", tasks, scans)
	}
}

// TestAddressesAreTouchedByOne: two workers have enough to do on the same
// addresses, for two scans of one organisation and one of another.
func TestAddressesAreTouchedByOne(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, office(t))
	in.startDatabase()
	in.startDaemon("ciiscand")
	in.register()
	scans := []string{in.startScan("standard").ID, in.scanAsNeighbour("198.51.100.8/29"), in.startScan("standard").ID}
	workers := []*process{in.startWorker("first", "CIISCAN_WORKER__SLOTS=1"), in.startWorker("second", "CIISCAN_WORKER__SLOTS=1")}

	looks, busy := 0, 0
	for deadline := time.Now().Add(4 * time.Minute); in.unfinished() > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d tasks have not ended within four minutes", in.unfinished())
		}
		looks++
		if in.wantApart(workers) {
			busy++
		}
	}
	if busy < 3 {
		t.Errorf("of %d looks only %d saw both workers scan: too few to prove anything", looks, busy)
	}
	for _, id := range scans {
		if s := in.await(id, time.Minute); s.State != "complete" && s.State != "partial" { // the neighbour's prefix has dark addresses
			t.Errorf("scan %s is %s", id, s.State)
		}
	}
	in.wantTidy()
}

// scanAsNeighbour has a second organisation authorise and scan a prefix that
// holds addresses of the first.
func (in *installation) scanAsNeighbour(prefix string) string {
	in.t.Helper()
	var org wire.Organization
	in.must(&org, "org", "add", "--name", "Hosting Company", "--sector", "telecom", "--country", "LK")
	in.must(nil, "asset", "add", prefix, "--org", org.ID)
	in.must(nil, "authorization", "add", "--org", org.ID, "--prefix", prefix, "--method", "mandate", "--reference", "Act 12, section 3",
		"--from", "2020-01-01", "--until", "2099-01-01", "--level", "standard")
	var s wire.Scan
	in.must(&s, "scan", "run", "--org", org.ID, "--profile", "standard")
	return s.ID
}

func (in *installation) unfinished() int {
	return in.count("SELECT count(*) FROM scan_tasks WHERE state IN ('queued', 'running')")
}

// wantApart fails the test when two tasks, or the nmap of two workers, are on
// the same address at this moment. It tells whether both workers scan.
func (in *installation) wantApart(workers []*process) bool {
	in.t.Helper()
	type pair struct{ A, B string }
	for _, p := range ask[pair](in, `SELECT a.id, b.id FROM scan_tasks a JOIN scan_tasks b ON a.id < b.id AND a.addresses && b.addresses
		WHERE a.state = 'running' AND b.state = 'running'`) {
		in.t.Errorf("tasks %s and %s run at the same time on the same addresses", p.A, p.B)
	}
	touched := map[string]int{} // address to the worker whose nmap is there
	active := map[int]bool{}
	for _, pid := range running(in.t, nmapPart) {
		parent, addrs := nmapOf(pid)
		active[parent] = true
		for _, a := range addrs {
			if other := touched[a]; other != 0 && other != parent {
				in.t.Errorf("the workers %d and %d both run nmap on %s", parent, other, a)
			}
			touched[a] = parent
		}
	}
	return slices.IndexFunc(workers, func(w *process) bool { return !active[w.cmd.Process.Pid] }) < 0
}

// nmapOf returns an nmap's parent and the addresses that it was given; nothing
// when it has just ended.
func nmapOf(pid int) (parent int, addrs []string) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, nil
	}
	_, after, _ := strings.Cut(string(status), "\nPPid:")
	_, _ = fmt.Sscan(after, &parent)
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	for _, word := range bytes.Split(line, []byte{0}) {
		if a, err := netip.ParseAddr(string(word)); err == nil {
			addrs = append(addrs, a.String())
		}
	}
	return parent, addrs
}
