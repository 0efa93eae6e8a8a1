package nmap

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
)

func TestSuite(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	p := profile(t, "standard", "8080-8082", "")
	enginetest.Run(t, enginetest.Subject{Engine: engine(t, Config{}), Profile: p})
}

func TestSuiteLight(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	p := profile(t, "light", "8080-8081", "")
	enginetest.Run(t, enginetest.Subject{Engine: engine(t, Config{}), Profile: p})
}

// TestPorts looks at hosts of every kind in one batch, over both families.
func TestPorts(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const host, other, host6, down, nowhere = "192.0.2.10", "192.0.2.11", "2001:db8::10", "198.51.100.7", "203.0.113.9"
	enginetest.AddAddr(t, host, other, host6)
	enginetest.AddSilentRange(t, "198.51.100.0/24")
	for _, addr := range []string{host, host6} {
		enginetest.ServeHTTP(t, addr, 80, http.NotFoundHandler())
		enginetest.Drop(t, addr, "tcp", "100-200")
	}
	enginetest.Drop(t, host, "udp", "69")
	enginetest.ServeUDP(t, host, 161, func([]byte) []byte { return []byte("not SNMP, but there") })

	p := profile(t, "standard", "1-300,8080", "69,123,161")
	p.Versions = false
	e := engine(t, Config{})
	r, err := e.Scan(t.Context(), scanner.Batch{Profile: p, Targets: enginetest.Targets(t, host, down, host6, nowhere, other)})
	if err != nil {
		t.Fatal(err)
	}
	if r.Method != "syn" {
		t.Errorf("Method = %q, want syn", r.Method)
	}
	wantPorts := []string{
		host + " tcp open=80 closed=1-79,81-99,201-300,8080 filtered=100-200",
		host + " udp open=161 closed=123 filtered=69",
		host6 + " tcp open=80 closed=1-79,81-99,201-300,8080 filtered=100-200",
		host6 + " udp open= closed=69,123,161 filtered=",
		other + " tcp open= closed=1-300,8080 filtered=",
		other + " udp open= closed=69,123,161 filtered=",
	}
	if diff := cmp.Diff(wantPorts, describePorts(r)); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	wantHosts := []string{
		host + " complete",
		down + " unreachable: no answer to discovery (no-response)",
		host6 + " complete",
		nowhere + " failed: this worker has no route to the address",
		other + " complete",
	}
	if diff := cmp.Diff(wantHosts, describeHosts(r)); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	if got := describeServices(r); len(got) != 3 {
		t.Errorf("services = %q, want the three open ports", got)
	}
}

// TestServices asks services that help and services that do not.
func TestServices(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const host, tarpit = "192.0.2.10", "192.0.2.20"
	enginetest.AddAddr(t, host, tarpit)
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
	enginetest.ServeHTTP(t, host, 8000, hello)
	enginetest.ServeTCP(t, host, 8443, overTLS(t, hello))
	enginetest.ServeTCP(t, host, 21, enginetest.Banner("220 ProFTPD 1.3.5 Server ready.\r\n"))
	enginetest.ServeTCP(t, host, 7777, enginetest.Banner("\x1b[31mred\x1b[0m <script>alert(1)</script>\r\nand \"more\"\r\n"))
	enginetest.ServeTCP(t, host, 7778, enginetest.Endless)
	enginetest.ServeTCP(t, host, 7779, func(net.Conn) {}) // closes at once
	silent := enginetest.ServeTCP(t, tarpit, 23, enginetest.Silent)

	p := profile(t, "standard", "21-25,7777-7780,8000,8443", "")
	start := time.Now()
	r, err := engine(t, Config{}).Scan(t.Context(), scanner.Batch{Profile: p, Targets: enginetest.Targets(t, host, tarpit)})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("took %s", time.Since(start).Round(time.Second))
	if took := time.Since(start); took > 2*time.Minute {
		t.Errorf("a silent port cost %s, want less than two minutes", took)
	}
	want := []string{
		host + ":21/tcp ftp ProFTPD 1.3.5",
		host + ":7777/tcp - said \"[31mred[0m <script>alert(1)</script>\\nand \\\"more\\\"\"",
		host + ":7778/tcp - said 900 bytes", // of which nmap keeps no more
		host + ":7779/tcp -",
		host + ":8000/tcp http said a page",
		host + ":8443/tcp http over TLS said a page",
		tarpit + ":23/tcp -",
	}
	if diff := cmp.Diff(want, describeServices(r)); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{host + " complete", tarpit + " complete"}, describeHosts(r)); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	if silent.Connections() == 0 {
		t.Error("nobody asked the tarpit")
	}
	for _, o := range r.Observations {
		if c := o.Service.Certificate; (c != nil) != (o.Port == 8443) {
			t.Errorf("port %d shows the certificate %+v", o.Port, c)
		} else if c != nil && (len(c.SHA256) != 64 || c.NotAfter.Before(start) || c.KeyBits == 0 || !c.SelfSigned) {
			t.Errorf("certificate = %+v, want all that it says", c)
		}
		if o.Port == 7777 && !strings.Contains(string(o.Evidence.Response), "\x1b[31mred") {
			t.Errorf("evidence = %q, want the bytes as they came: they are cleaned where they are stored", o.Evidence.Response)
		}
	}
}

// TestScripts runs the safe scripts of a profile, and none that is not safe.
func TestScripts(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const host = "192.0.2.10"
	enginetest.AddAddr(t, host)
	enginetest.ServeHTTP(t, host, 8000, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<html><head><title>Pumping station</title></head></html>"))
	}))
	p := profile(t, "intensive", "8000", "")
	p.Level = inventory.LevelStandard // the usual intensity, which is quicker
	batch := scanner.Batch{Profile: p, Targets: enginetest.Targets(t, host)}
	r, err := engine(t, Config{}).Scan(t.Context(), batch)
	if err != nil || len(r.Observations) != 1 {
		t.Fatalf("Scan = %+v, %v; want one service", r.Observations, err)
	}
	if got := string(r.Observations[0].Evidence.Response); !strings.Contains(got, "http-title:\nPumping station") {
		t.Errorf("evidence = %q, want the page's title", got)
	}

	batch.Profile.Scripts = []string{"ssh-brute"}
	r, err = engine(t, Config{}).Scan(t.Context(), batch)
	if err == nil || !strings.Contains(err.Error(), "ssh-brute") {
		t.Errorf("Scan with a script that guesses passwords = %v, want a refusal that names it", err)
	}
	if got := describePorts(r); len(got) != 1 {
		t.Errorf("coverage = %q, want that of the ports, which were asked before", got)
	}
}

// TestHostTimeout keeps what the slices before the timeout gave.
func TestHostTimeout(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const host = "192.0.2.10"
	enginetest.AddAddr(t, host)
	enginetest.ServeHTTP(t, host, 80, http.NotFoundHandler())
	enginetest.Drop(t, host, "tcp", "8193-16384")
	p := profile(t, "standard", "1-16384", "53")
	p.PacketsPerSecond, p.HostTimeout = 4000, 5*time.Second
	r, err := engine(t, Config{}).Scan(t.Context(), scanner.Batch{Profile: p, Targets: enginetest.Targets(t, host)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{host + " partial: not done within the host timeout of 5s"}, describeHosts(r)); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{host + " tcp open=80 closed=1-79,81-8192 filtered="}, describePorts(r)); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
}

// TestWithoutPrivileges gives nmap no right to craft packets.
func TestWithoutPrivileges(t *testing.T) {
	if !enginetest.InNamespace(t) {
		return
	}
	const host, down = "192.0.2.10", "198.51.100.7"
	enginetest.AddAddr(t, host)
	enginetest.AddSilentRange(t, "198.51.100.0/24")
	enginetest.ServeHTTP(t, host, 80, http.NotFoundHandler())
	enginetest.Drop(t, host, "tcp", "90")
	no := false
	e := engine(t, Config{Privileged: &no, Path: script(t, `exec setpriv --inh-caps=-net_raw --ambient-caps=-net_raw --bounding-set=-net_raw nmap "$@"`)})
	r, err := e.Scan(t.Context(), scanner.Batch{Profile: profile(t, "standard", "80-90", "161"), Targets: enginetest.Targets(t, host, down)})
	if err != nil {
		t.Fatal(err)
	}
	if r.Method != "connect" {
		t.Errorf("Method = %q, want connect", r.Method)
	}
	if diff := cmp.Diff([]string{host + " tcp open=80 closed=81-89 filtered=90"}, describePorts(r)); diff != "" {
		t.Errorf("coverage, of which UDP is no part (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{host + " partial: " + noUDP, down + " unreachable: no answer to discovery (no-response)"}, describeHosts(r)); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}
