package cycle

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/web/api/wire"
)

// obeyed is how long a running scan may take to end once it was told to.
const obeyed = 10 * time.Second

// TestOrdersEndScans: each way to end scanning works on a scan in full swing.
func TestOrdersEndScans(t *testing.T) {
	if !alone(t) {
		return
	}
	in := newInstallation(t, district(t))
	up := in.up()
	in.register()

	s := in.startScan("light")
	in.awaitPackets(200)
	in.wantSilence("stop-all", s.ID, "scan", "stop-all", "--reason", "the grid is unstable")
	in.wantNote(s.ID, "the grid is unstable")

	waiting := in.startScan("light")
	if before := in.packets(); moves(before, in.packets, 5*time.Second) {
		t.Error("packets were sent while the stop switch was on")
	}
	if got := in.scan(waiting.ID); got.State != "queued" {
		t.Errorf("a scan asked for while the stop switch is on is %s, want queued", got.State)
	}
	in.must(nil, "scan", "allow")
	in.awaitPackets(200)
	in.wantSilence("cancel", waiting.ID, "scan", "cancel", waiting.ID, "--reason", "asked for by mistake")
	if got := in.scan(waiting.ID); got.State != "cancelled" || got.Note != "asked for by mistake" {
		t.Errorf("a cancelled scan is %s (%q), want cancelled with the reason", got.State, got.Note)
	}

	again := in.startScan("light")
	in.awaitRunning(again.ID)
	in.awaitPackets(200)
	in.wantGivenBack(up, again.ID)

	in.awaitPackets(50)
	var permits []wire.Authorization
	in.must(&permits, "authorization", "list", "--org", in.Orgs[lab.Energy])
	in.wantSilence("revoke", again.ID, "authorization", "revoke", permits[0].ID, "--reason", "the operator has changed its mind")
	in.wantNote(again.ID, "no authorisation")

	in.wantTidy()
	var findings []wire.Finding
	in.must(&findings, "finding", "list")
	expected := map[string]bool{}
	for _, f := range in.Truth.Expected() {
		expected[f.Addr.String()+" "+string(f.Check)] = true
	}
	for _, f := range findings {
		if !expected[f.Address+" "+f.Check] || !open(f) {
			t.Errorf("scans that were ended early left the finding %s %s, %s", f.Address, f.Check, f.Detection)
		}
	}
}

// wantSilence gives an order and fails the test unless the scan ends in time
// and not one packet is sent after.
func (in *installation) wantSilence(what, scan string, order ...string) {
	in.t.Helper()
	given := time.Now()
	in.must(nil, order...)
	in.await(scan, obeyed-time.Since(given))
	nothingRuns(in.t, nmapPart)
	// The scan's end is told once the engines are silent: nothing may follow.
	time.Sleep(time.Second) // what is on its way arrives
	if before := in.packets(); moves(before, in.packets, 5*time.Second) {
		in.t.Errorf("%s: %d packets were sent after the scan had ended", what, in.packets()-before)
	}
}

// wantNote fails the test unless an ended scan is partial and its tasks say
// why.
func (in *installation) wantNote(scan, why string) {
	in.t.Helper()
	type line struct{ State, Note string }
	for _, x := range ask[line](in, "SELECT state, note FROM scan_tasks WHERE scan_id = $1", scan) {
		if !strings.Contains(x.Note, why) && x.State != "complete" {
			in.t.Errorf("a task of scan %s ended as %s (%q), want the reason %q", scan, x.State, x.Note, why)
		}
	}
	if s := in.scan(scan); s.State != "partial" {
		in.t.Errorf("scan %s is %s, want partial", scan, s.State)
	}
}

// wantGivenBack tells the worker to end, and fails the test unless it gives
// its tasks back, and they run again under the worker that up starts next.
func (in *installation) wantGivenBack(up *process, scan string) {
	in.t.Helper()
	first := running(in.t, workerPart)
	if len(first) != 1 {
		in.t.Fatalf("%d workers run, want one", len(first))
	}
	if err := syscall.Kill(first[0], syscall.SIGTERM); err != nil {
		in.t.Fatal(err)
	}
	eventually(in.t, "the worker's end", 45*time.Second, func() bool { return syscall.Kill(first[0], 0) != nil })
	nothingRuns(in.t, nmapPart)
	if !strings.Contains(up.said(), "task given back to the queue") {
		in.t.Error("the worker has ended without giving its task back")
	}
	eventually(in.t, "the task runs again", 20*time.Second, func() bool {
		for _, x := range in.tasks(scan) {
			if x.State == "running" && x.Attempt == 2 && x.Losses == 0 {
				return true
			}
		}
		return false
	})
}
