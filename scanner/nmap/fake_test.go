package nmap

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
)

// fakeVar makes the test binary play nmap, or a part of it, and says which.
const fakeVar = "CIISCAN_FAKE_NMAP"

func TestMain(m *testing.M) {
	if role := os.Getenv(fakeVar); role != "" {
		os.Exit(playNmap(role, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fake returns an engine whose nmap is this test binary in some role. What it
// is called with is kept in the returned file, a line for each call.
func fake(t *testing.T, role string) (*Engine, string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "calls")
	yes := true
	return engine(t, Config{Privileged: &yes, Path: script(t, fmt.Sprintf("%s=%s FAKE_LOG=%s exec %s \"$@\"", fakeVar, role, log, os.Args[0]))}), log
}

func playNmap(role string, args []string) int {
	if role == "privilege" {
		fmt.Print(mayCraftPackets())
		return 0
	}
	if slices.Contains(args, "--version") {
		fmt.Println("Nmap version 7.93 ( https://nmap.org )")
		return 0
	}
	calls := countCall(args)
	discovery, services := slices.Contains(args, "-sn"), slices.Contains(args, "-sV")
	switch {
	case role == "stubborn":
		signal.Ignore(syscall.SIGTERM)
		// Somebody else who keeps the pipe open, and does not hear either.
		_ = exec.Command("sh", "-c", "trap '' TERM; sleep 60").Start()
		time.Sleep(time.Minute)
	case role == "garbage" && !discovery:
		fmt.Print("Segmentation fault <<<")
		return 0
	case role == "silent" && !discovery:
		return 0
	case role == "endless" && !discovery:
		for {
			if _, err := os.Stdout.Write(make([]byte, 1<<20)); err != nil {
				return 1
			}
		}
	case role == "killed" && calls == 1, role == "killed-twice" && !discovery:
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	case role == "crash" && services:
		fmt.Print(`<nmaprun>`, hostXML("192.0.2.1", services), `<host><status state="up"/><address addr="192.0.2.2" addr`)
		fmt.Fprintln(os.Stderr, "Assertion failed:\x1b[31m out of luck\nQUITTING!")
		return 1
	}
	fmt.Print(`<?xml version="1.0"?><nmaprun>`)
	for _, a := range args {
		if addr, err := netip.ParseAddr(a); err == nil {
			fmt.Print(hostXML(addr.String(), services))
		}
	}
	if role == "stranger" {
		fmt.Print(hostXML("198.51.100.66", services))
	}
	fmt.Print(`<runstats><finished exit="success"/></runstats></nmaprun>`)
	return 0
}

// countCall notes a call and returns how many there were, this one included.
func countCall(args []string) int {
	f, err := os.OpenFile(os.Getenv("FAKE_LOG"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return 0
	}
	defer f.Close()
	fmt.Fprintln(f, strings.Join(args, " "))
	all, _ := os.ReadFile(f.Name())
	return strings.Count(string(all), "\n")
}

// hostXML is a host on which port 80 is open.
func hostXML(addr string, named bool) string {
	kind, service := "ipv4", `<service name="http" method="table"/>`
	if strings.Contains(addr, ":") {
		kind = "ipv6"
	}
	if named {
		service = `<service name="http" product="Fake" method="probed"/>`
	}
	return `<host><status state="up" reason="user-set"/><address addr="` + addr + `" addrtype="` + kind + `"/><ports>` +
		`<port protocol="tcp" portid="80"><state state="open" reason="syn-ack"/>` + service + `</port></ports></host>`
}

func TestNoNmap(t *testing.T) {
	for reason, path := range map[string]string{
		"missing":              filepath.Join(t.TempDir(), "nmap"),
		"not nmap":             script(t, "echo hello"),
		"fails":                script(t, "exit 3"),
		"too old":              script(t, "echo 'Nmap version 7.70 ( https://nmap.org )'"),
		"much too old":         script(t, "echo 'Nmap version 6.99SVN ( https://nmap.org )'"),
		"a name not in PATH":   "nmap-of-nobody",
		"a folder, no program": t.TempDir(),
	} {
		_, err := New(Config{Path: path})
		if !errors.Is(err, inventory.ErrUnavailable) || !strings.Contains(inventory.HintOf(err), "apt-get install nmap") {
			t.Errorf("New with nmap %s = %v (hint %q), want ErrUnavailable that says what to install", reason, err, inventory.HintOf(err))
		}
	}
	for version, want := range map[string]string{"7.80": "7.80", "7.94SVN": "7.94SVN", "8.0": "8.0", "10.1": "10.1"} {
		e, err := New(Config{Path: script(t, "echo 'Nmap version "+version+" ( https://nmap.org )'")})
		if err != nil || e.Version() != want {
			t.Errorf("New with nmap %s = %v, want version %s", version, err, want)
		}
	}
}

// TestBrokenNmap keeps what was learnt before nmap broke.
func TestBrokenNmap(t *testing.T) {
	targets := enginetest.Targets(t, "192.0.2.1", "192.0.2.2")
	tests := []struct {
		role, err    string
		hosts, ports []string
	}{
		{"garbage", "read nmap's report", []string{
			"192.0.2.1 failed: read nmap's report: XML syntax error on line 1: expected element name after <",
			"192.0.2.2 failed: read nmap's report: XML syntax error on line 1: expected element name after <",
		}, nil},
		{"silent", "it ends early", []string{
			"192.0.2.1 failed: read nmap's report: it ends early: it gave no reason",
			"192.0.2.2 failed: read nmap's report: it ends early: it gave no reason",
		}, nil},
		{"endless", "larger than 32 MiB", []string{
			"192.0.2.1 failed: nmap's report is larger than 32 MiB and was cut",
			"192.0.2.2 failed: nmap's report is larger than 32 MiB and was cut",
		}, nil},
		{"crash", "exit status 1: Assertion failed:[31m out of luck", []string{
			"192.0.2.1 partial: stopped before the end: run nmap: exit status 1: Assertion failed:[31m out of luck",
			"192.0.2.2 partial: stopped before the end: run nmap: exit status 1: Assertion failed:[31m out of luck",
		}, []string{"192.0.2.1 tcp open=80 closed= filtered=81", "192.0.2.2 tcp open=80 closed= filtered=81"}},
	}
	for _, test := range tests {
		t.Run(test.role, func(t *testing.T) {
			e, _ := fake(t, test.role)
			r, err := e.Scan(t.Context(), scanner.Batch{Profile: profile(t, "standard", "80-81", ""), Targets: targets})
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("Scan = %v, want an error with %q", err, test.err)
			}
			if diff := cmp.Diff(test.hosts, describeHosts(r)); diff != "" {
				t.Errorf("hosts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.ports, describePorts(r)); diff != "" {
				t.Errorf("coverage (-want +got):\n%s", diff)
			}
			if test.role == "crash" {
				want := []string{"192.0.2.1:80/tcp http Fake", "192.0.2.2:80/tcp -"}
				if diff := cmp.Diff(want, describeServices(r)); diff != "" {
					t.Errorf("services, of which one was told before the crash (-want +got):\n%s", diff)
				}
				if first, second := r.Observations[0].Service.Unasked, r.Observations[1].Service.Unasked; first || !second {
					t.Errorf("unasked = %v, %v, want only the second", first, second)
				}
			}
		})
	}
}

// TestKilledNmap: an nmap that somebody kills is run once more, and not for
// ever.
func TestKilledNmap(t *testing.T) {
	b := scanner.Batch{Profile: profile(t, "standard", "80", ""), Targets: enginetest.Targets(t, "192.0.2.1")}
	undisturbed, _ := fake(t, "plain")
	want, err := undisturbed.Scan(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	killed, _ := fake(t, "killed")
	got, err := killed.Scan(t.Context(), b)
	if err != nil {
		t.Fatalf("Scan with an nmap killed once = %v", err)
	}
	describe := func(r scanner.Result) []string {
		return slices.Concat(describeHosts(r), describePorts(r), describeServices(r))
	}
	if diff := cmp.Diff(describe(want), describe(got)); diff != "" {
		t.Errorf("after a kill the result is another (-undisturbed +killed):\n%s", diff)
	}
	twice, _ := fake(t, "killed-twice")
	if _, err := twice.Scan(t.Context(), b); err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("Scan with an nmap killed twice = %v, want that it was killed", err)
	}
}

// TestStubbornNmap ends an nmap that does not hear, and whom it started.
func TestStubbornNmap(t *testing.T) {
	e, _ := fake(t, "stubborn")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, cancel)
	start := time.Now()
	r, err := e.Scan(ctx, scanner.Batch{Profile: profile(t, "standard", "80", ""), Targets: enginetest.Targets(t, "192.0.2.1")})
	if took := time.Since(start); !errors.Is(err, context.Canceled) || took > 6*time.Second {
		t.Errorf("Scan = %v after %s, want context.Canceled within 5 s of the end", err, took)
	}
	if diff := cmp.Diff([]string{"192.0.2.1 partial: stopped before the end: context canceled"}, describeHosts(r)); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	if len(r.Ports) != 0 {
		t.Errorf("coverage = %q, want none", describePorts(r))
	}
}

// TestStrangers ignores a host in the report that nobody asked about.
func TestStrangers(t *testing.T) {
	e, _ := fake(t, "stranger")
	r, err := e.Scan(t.Context(), scanner.Batch{Profile: profile(t, "standard", "80", ""), Targets: enginetest.Targets(t, "192.0.2.1")})
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Concat(describeHosts(r), describePorts(r), describeServices(r)); strings.Contains(strings.Join(got, " "), "198.51.100.66") {
		t.Errorf("Scan took in a host that is no target: %q", got)
	}
}

// TestArguments reads the command lines that nmap really gets.
func TestArguments(t *testing.T) {
	v4, v6 := []string{"192.0.2.1", "192.0.2.2"}, []string{"2001:db8::1"}
	tests := []struct {
		profile       string
		calls         int
		with, without []string
	}{
		{"standard", 8, []string{"-sS", "-sU", "-sV", "--max-rate 1000", "--min-rate 500"}, []string{"-sT"}},
		{"light", 2 + 3*2, []string{"-sT", "--max-parallelism 1", "--max-rate 25", "-sV"}, []string{"-sS", "-sU"}},
		{"ot", 3, []string{"-sT", "--max-parallelism 1", "--scan-delay 200ms", "-Pn"}, []string{"-sS", "-sU", "-sV", "-sn", "-O", "-A", "--min-rate", "--script"}},
		{"intensive", 2*(1+8+1) + 2, []string{"-sS", "--script=safe and (ssl-cert or ssh-hostkey or http-title)", "--max-rate 2000"}, []string{"-sT", "-O", "-A"}},
	}
	for _, test := range tests {
		t.Run(test.profile, func(t *testing.T) {
			e, log := fake(t, "usual")
			p, err := scanner.ProfileByName(test.profile)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Scan(t.Context(), scanner.Batch{Profile: p, Targets: enginetest.Targets(t, slices.Concat(v4, v6)...)}); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			calls := strings.Split(strings.TrimSpace(string(text)), "\n")
			if len(calls) != test.calls {
				t.Errorf("%d calls, want %d:\n%s", len(calls), test.calls, text)
			}
			for _, word := range test.with {
				if !strings.Contains(string(text), " "+word) {
					t.Errorf("no call has %s:\n%s", word, text)
				}
			}
			for _, word := range test.without {
				if strings.Contains(string(text)+" ", " "+word+" ") {
					t.Errorf("a call has %s:\n%s", word, text)
				}
			}
			for _, call := range calls {
				checkCall(t, call, v4, v6)
			}
		})
	}
}

// valued are the options that take the next argument.
var valued = []string{
	"-p", "-oX", "--max-rate", "--min-rate", "--max-retries", "--host-timeout", "--min-hostgroup", "--max-parallelism",
	"--scan-delay", "--initial-rtt-timeout", "--max-rtt-timeout", "--version-intensity", "--script-timeout",
}

// checkCall makes sure that a command line resolves nothing and that its only
// targets are ours.
func checkCall(t *testing.T, call string, v4, v6 []string) {
	t.Helper()
	for _, scripts := range []string{"ssl-cert or ssh-hostkey or http-title", "ssl-cert"} {
		call = strings.ReplaceAll(call, "safe and ("+scripts+")", "SCRIPTS")
	}
	want := v4
	if strings.Contains(call, " -6 ") {
		want = v6
	}
	args := strings.Fields(call)
	if !slices.Contains(args, "-n") {
		t.Errorf("a call may resolve names: %s", call)
	}
	targets := 0
	for i := 0; i < len(args); i++ {
		switch {
		case slices.Contains(valued, args[i]):
			i++
		case strings.HasPrefix(args[i], "-"):
			if strings.HasPrefix(args[i], "-i") && args[i] != "--initial-rtt-timeout" {
				t.Errorf("a call takes targets from elsewhere (%s): %s", args[i], call)
			}
		case slices.Contains(want, args[i]):
			targets++
		default:
			t.Errorf("%q is no target of the batch: %s", args[i], call)
		}
	}
	if targets == 0 {
		t.Errorf("a call without a target: %s", strconv.Quote(call))
	}
}
