package nmap

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
)

// TestSerial looks at a machine that moves things: nine ports, one packet to
// each, one connection at a time, and nothing said.
func TestSerial(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const host, dead = "192.0.2.10", "198.51.100.7"
	enginetest.AddAddr(t, host)
	enginetest.AddSilentRange(t, "198.51.100.0/24")
	packets := enginetest.CountPackets(t, host)
	var now, most, said atomic.Int64
	for _, port := range []uint16{102, 502, 4840} {
		enginetest.ServeTCP(t, host, port, func(c net.Conn) {
			most.Store(max(most.Load(), now.Add(1)))
			n, _ := c.Read(make([]byte, 1)) // the scanner closes without a word
			said.Add(int64(n))
			now.Add(-1)
		})
	}
	ot, err := scanner.ProfileByName("ot")
	if err != nil {
		t.Fatal(err)
	}
	plc := inventory.Subject{Asset: "A-1", Class: inventory.OT}
	start := time.Now()
	r, err := engine(t, Config{}).Scan(t.Context(), scanner.Batch{Profile: ot, Targets: []inventory.Target{
		enginetest.Target(t, host, enginetest.Permit{Subject: plc}),
		enginetest.Target(t, dead, enginetest.Permit{Subject: plc}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if took, least := time.Since(start), time.Second; took < least {
		t.Errorf("nine ports at five a second took %s, want at least %s", took, least)
	}
	if n := packets(); n != ot.TCP.Len() {
		t.Errorf("%d packets that open a connection, want one for each of %d ports", n, ot.TCP.Len())
	}
	if most.Load() != 1 || said.Load() != 0 {
		t.Errorf("%d connections at once and %d bytes, want 1 and 0", most.Load(), said.Load())
	}
	if r.Method != "connect" {
		t.Errorf("Method = %q, want connect", r.Method)
	}
	if diff := cmp.Diff([]string{host + " complete", dead + " unreachable: no port answered"}, describeHosts(r)); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	want := []string{host + ":102/tcp iso-tsap", host + ":502/tcp mbap", host + ":4840/tcp opcua-tcp"}
	if diff := cmp.Diff(want, describeServices(r)); diff != "" {
		t.Errorf("services, named by their numbers (-want +got):\n%s", diff)
	}
}

// TestLight keeps to one connection at a time on every host.
func TestLight(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const first, second = "192.0.2.10", "192.0.2.11"
	enginetest.AddAddr(t, first, second)
	var most atomic.Int64
	for _, host := range []string{first, second} {
		var now atomic.Int64
		for _, port := range []uint16{21, 22, 25, 80} {
			enginetest.ServeTCP(t, host, port, func(c net.Conn) {
				// The port scan is gone by then. What asks for the service is
				// not, and would be here on all ports if it took them together.
				_ = c.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
					return
				}
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
				_ = c.SetReadDeadline(time.Time{})
				enginetest.Banner("220 ProFTPD 1.3.5 Server ready.\r\n")(c)
			})
		}
	}
	r, err := engine(t, Config{}).Scan(t.Context(), scanner.Batch{Profile: profile(t, "light", "20-30,80", ""), Targets: enginetest.Targets(t, first, second)})
	if err != nil {
		t.Fatal(err)
	}
	if n := most.Load(); n != 1 {
		t.Errorf("%d connections at once to one host, want 1", n)
	}
	if got := describeServices(r); len(got) != 8 || got[0] != first+":21/tcp ftp ProFTPD 1.3.5" {
		t.Errorf("services = %q, want eight, all FTP", got)
	}
}

// TestPermitsAreKept sends nothing where the permit does not allow the look.
func TestPermitsAreKept(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const ended, light, plc, shared = "192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13"
	enginetest.AddAddr(t, ended, light, plc, shared)
	var counts []func() int
	for _, a := range []string{ended, light, plc, shared} {
		counts = append(counts, enginetest.CountPackets(t, a))
	}
	ot := inventory.Subject{Asset: "A-3", Class: inventory.OT}
	r, err := engine(t, Config{}).Scan(t.Context(), scanner.Batch{Profile: profile(t, "standard", "80", ""), Targets: []inventory.Target{
		enginetest.Target(t, ended, enginetest.Permit{Until: time.Now().Add(-time.Minute)}),
		enginetest.Target(t, light, enginetest.Permit{Level: inventory.LevelLight}),
		enginetest.Target(t, plc, enginetest.Permit{Subject: ot}),
		enginetest.Target(t, shared, enginetest.Permit{}),
		enginetest.Target(t, shared, enginetest.Permit{Subject: ot}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		ended + " blocked: the scan window or the authorisation is over",
		light + " blocked: AUTH-1 allows the level light, the profile standard needs standard",
		plc + " blocked: an OT asset is looked at with the profile ot only, not standard",
		shared + " blocked: an OT asset is looked at with the profile ot only, not standard",
		shared + " blocked: an OT asset is looked at with the profile ot only, not standard",
	}
	if diff := cmp.Diff(want, describeHosts(r)); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	for i, packets := range counts {
		if n := packets(); n != 0 {
			t.Errorf("host %d of the batch got %d packets, want none", i, n)
		}
	}
}

// TestPermitEnds stops in the middle of a look when the permit ends. What
// listens on Redis's port was not asked what it is, and opens no finding.
func TestPermitEnds(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const tarpit = "192.0.2.10"
	enginetest.AddAddr(t, tarpit)
	enginetest.ServeTCP(t, tarpit, 8080, enginetest.Silent)
	enginetest.ServeTCP(t, tarpit, 6379, enginetest.Silent)
	until := time.Now().Add(3 * time.Second)
	r, err := engine(t, Config{}).Scan(t.Context(), scanner.Batch{
		Profile: profile(t, "standard", "6379,8080", ""),
		Targets: []inventory.Target{enginetest.Target(t, tarpit, enginetest.Permit{Until: until})},
	})
	if !errors.Is(err, inventory.ErrOutOfScope) || time.Since(until) > 5*time.Second {
		t.Errorf("Scan = %v, %s after the permit's end; want ErrOutOfScope within 5 s", err, time.Since(until))
	}
	if got := describeHosts(r); len(got) != 1 || !strings.HasPrefix(got[0], tarpit+" partial: stopped before the end") {
		t.Errorf("hosts = %q, want one, partial", got)
	}
	if diff := cmp.Diff([]string{tarpit + " tcp open=6379,8080 closed= filtered="}, describePorts(r)); diff != "" {
		t.Errorf("coverage of the stage that ended (-want +got):\n%s", diff)
	}
	seen := inventory.Seen{Observations: r.Observations, Ports: r.Ports, Hosts: r.Hosts}
	for _, c := range inventory.Reconcile(nil, seen, nil, inventory.DefaultClosing, time.Now()) {
		t.Errorf("%s %s: %s", c.Finding.Detection, c.Finding.Check, c.Events[0].Reason)
	}
}

// TestSharedAddress scans an address of two assets once.
func TestSharedAddress(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const host = "192.0.2.10"
	enginetest.AddAddr(t, host)
	packets := enginetest.CountPackets(t, host)
	p := profile(t, "standard", "81-82", "")
	r, err := engine(t, Config{}).Scan(t.Context(), scanner.Batch{Profile: p, Targets: []inventory.Target{
		enginetest.Target(t, host, enginetest.Permit{Subject: inventory.Subject{Asset: "A-2", Name: "a.example"}}),
		enginetest.Target(t, host, enginetest.Permit{Subject: inventory.Subject{Asset: "A-2", Name: "b.example"}}),
		enginetest.Target(t, host, enginetest.Permit{Subject: inventory.Subject{Asset: "A-9"}}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if n := packets(); n != 2 { // the host's own address needs no discovery
		t.Errorf("%d packets, want one for each of two ports", n)
	}
	if len(r.Ports) != 1 || r.Ports[0].Asset != "A-2" {
		t.Errorf("coverage = %+v, want one, of the first target's asset", r.Ports)
	}
	if len(r.Hosts) != 2 || r.Hosts[0].Asset != "A-2" || r.Hosts[1].Asset != "A-9" {
		t.Errorf("hosts = %+v, want one for each asset", r.Hosts)
	}
}

// TestPrivilegeIsFound compares what we think of our rights with the kernel.
func TestPrivilegeIsFound(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	if !mayCraftPackets() {
		t.Error("mayCraftPackets() = false in a namespace of our own")
	}
	cmd := exec.CommandContext(t.Context(), "setpriv", "--inh-caps=-net_raw", "--ambient-caps=-net_raw", "--bounding-set=-net_raw", os.Args[0])
	cmd.Env = append(os.Environ(), fakeVar+"=privilege")
	out, err := cmd.Output()
	if err != nil || string(out) != "false" {
		t.Errorf("mayCraftPackets() without the capability = %s, %v; want false, whoever the user is", out, err)
	}
}
