package nmap

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// wholeReport is nmap 7.93's, shortened; its second host was given up.
const wholeReport = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<!-- Nmap 7.93 scan initiated as: nmap -&#45;privileged -n -->
<nmaprun scanner="nmap" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="301" services="1-300,8080"/>
<target specification="203.0.113.9" status="skipped" reason="invalid"/>
<hosthint><status state="up" reason="unknown-response"/><address addr="192.0.2.77" addrtype="ipv4"/></hosthint>
<host starttime="1795356208" endtime="1795356210"><status state="up" reason="user-set" reason_ttl="0"/>
<address addr="192.0.2.10" addrtype="ipv4"/><address addr="02:00:00:00:00:01" addrtype="mac"/>
<ports><extraports state="closed" count="199"><extrareasons reason="reset" count="199" proto="tcp" ports="1-79,81-99,201-300,8080"/></extraports>
<extraports state="filtered" count="101"><extrareasons reason="no-response" count="101" proto="tcp" ports="100-200"/></extraports>
<port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="http" method="table" conf="3"/></port>
</ports></host>
<host timedout="true"><status state="up" reason="user-set"/><address addr="192.0.2.11" addrtype="ipv4"/></host>
<runstats><finished time="1795356210" exit="success"/><hosts up="2" down="0" total="2"/></runstats>
</nmaprun>`

func TestParseReport(t *testing.T) {
	r, err := parseReport([]byte(wholeReport))
	if err != nil {
		t.Fatal(err)
	}
	if !r.Finished || r.Error != "" || len(r.Hosts) != 2 || !r.Hosts[1].TimedOut || r.Hosts[0].TimedOut {
		t.Errorf("parseReport = %+v, want two hosts, the second given up", r)
	}
	if diff := cmp.Diff([]string{"203.0.113.9"}, texts(r.Skipped)); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if got := texts(slices.Collect(maps.Keys(r.byAddr()))); len(got) != 2 || slices.Contains(got, "192.0.2.77") {
		t.Errorf("addresses = %v, want the two hosts and no hint", got)
	}
	// Cut anywhere, it never says more than the whole.
	for n := range wholeReport {
		cut, err := parseReport([]byte(wholeReport[:n]))
		if err == nil && cut.Finished && n < strings.Index(wholeReport, "<finished") {
			t.Fatalf("parseReport of the first %d bytes is finished", n)
		}
		if len(cut.Hosts) > 2 || len(cut.Hosts) > 0 && cut.Hosts[0].addr() != r.Hosts[0].addr() {
			t.Fatalf("parseReport of the first %d bytes = %+v", n, cut)
		}
	}
}

func TestParseReportOfAFailure(t *testing.T) {
	r, err := parseReport([]byte(`<nmaprun><runstats><finished exit="error" errormsg="No room&#27;[31m"/></runstats></nmaprun>`))
	if err != nil || !strings.Contains(r.Error, "No room?[31m") {
		t.Errorf("parseReport = %+v, %v; want the error, disarmed", r, err)
	}
}

func TestLegalXML(t *testing.T) {
	tests := []struct{ reason, in, want string }{
		{"good references stay", "&#45;&#x2d;&#9;&amp;", "&#45;&#x2d;&#9;&amp;"},
		{"control characters by number", "a&#27;b&#x1b;c&#0;d", "a?b?c?d"},
		{"surrogates and beyond Unicode", "&#xD800;&#x110000;&#x99999999;", "???"},
		{"raw control characters", "a\x00b\x1bc\td", "a?b?c\td"},
		{"bytes that are no UTF-8", "a\xffb", "a\uFFFDb"},
	}
	for _, test := range tests {
		if got := string(legalXML([]byte(test.in))); got != test.want {
			t.Errorf("%s: legalXML(%q) = %q, want %q", test.reason, test.in, got, test.want)
		}
	}
}

func TestCover(t *testing.T) {
	const one = `<port protocol="tcp" portid="%d"><state state="%s"/></port>`
	tests := []struct{ reason, asked, xml, want string }{
		{
			"two summaries that name their ports", "1-10",
			`<extraports state="closed"><extrareasons proto="tcp" ports="1-4"/><extrareasons proto="tcp" ports="6"/></extraports>` +
				`<extraports state="filtered"><extrareasons proto="tcp" ports="7-10"/></extraports>` + fmt.Sprintf(one, 5, "open"),
			"open=5 closed=1-4,6 filtered=7-10",
		},
		{
			"an older nmap's only summary is the rest", "1-10", `<extraports state="closed"/>` + fmt.Sprintf(one, 5, "open"),
			"open=5 closed=1-4,6-10 filtered=",
		},
		{
			"of an older nmap's two summaries nothing is known", "1-10",
			`<extraports state="closed"/><extraports state="filtered"/>` + fmt.Sprintf(one, 5, "open"), "open=5 closed= filtered=1-4,6-10",
		},
		{
			"silence is not open", "1-3", fmt.Sprintf(one, 1, "open|filtered") + fmt.Sprintf(one, 2, "unfiltered") + fmt.Sprintf(one, 3, "closed|filtered"),
			"open= closed= filtered=1-3",
		},
		{
			"ports that nobody asked about", "1-3", fmt.Sprintf(one, 9, "open") + `<extraports state="closed"><extrareasons proto="tcp" ports="1-65535"/></extraports>`,
			"open= closed=1-3 filtered=",
		},
		{
			"another transport", "1-3", `<port protocol="udp" portid="1"><state state="open"/></port><extraports state="closed"><extrareasons proto="tcp" ports="1-3"/></extraports>`,
			"open= closed=1-3 filtered=",
		},
		{"a port that is not mentioned", "1-3", fmt.Sprintf(one, 1, "closed") + fmt.Sprintf(one, 2, "open"), "open=2 closed=1 filtered=3"},
		{
			"a summary that makes no sense", "1-3", `<extraports state="closed"><extrareasons proto="tcp" ports="x-"/></extraports><extraports state="open"><extrareasons proto="tcp" ports="3-1"/></extraports>`,
			"open= closed= filtered=1-3",
		},
	}
	for _, test := range tests {
		h := hostOf(t, test.asked, test.xml)
		c := h.coverage(inventory.TCP)
		if got := "open=" + c.Open.String() + " closed=" + c.Closed.String() + " filtered=" + c.Filtered.String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.reason, got, test.want)
		}
	}
}

// TestAcceptsAll does not believe a host on which every port is open, but for
// the services that said what they are.
func TestAcceptsAll(t *testing.T) {
	var b strings.Builder
	for p := 1; p <= 1000; p++ {
		service := `<service name="guess" method="table"/>`
		if p == 443 {
			service = `<service name="http" tunnel="ssl" method="probed"/>`
		}
		fmt.Fprintf(&b, `<port protocol="tcp" portid="%d"><state state="open"/>%s</port>`, p, service)
	}
	h := hostOf(t, "1-1000", b.String())
	h.done = true
	c := h.coverage(inventory.TCP)
	if got := c.Open.String() + " " + c.Filtered.String(); got != "443 1-442,444-1000" {
		t.Errorf("coverage = %s, want 443 open and nothing known of the rest", got)
	}
	if o := h.observations(scanner.Profile{Versions: true}, time.Time{}); len(o) != 1 || o[0].Port != 443 {
		t.Errorf("observations = %+v, want port 443 only", o)
	}
	if outcome, reason := h.verdict(scanner.Profile{}, nil); outcome != inventory.Partial || !strings.HasPrefix(reason, "1000 ports accept") {
		t.Errorf("verdict = %s: %s, want partial", outcome, reason)
	}
}

// Something that accepts every connection has no services, few as the ports
// may be that a gentle look asks for.
func TestAllPortsOpenIsNobodysService(t *testing.T) {
	ot := profile(t, "ot", "", "")
	for _, c := range []struct {
		reason, open string
		believed     int
	}{
		{"all", "80,102,443,502,1911,2404,4840,20000,44818", 0},
		{"all but one", "80,102,443,502,1911,2404,4840,20000", 8},
	} {
		var ports strings.Builder
		for p := range inventory.MustPorts(c.open).All() {
			fmt.Fprintf(&ports, `<port protocol="tcp" portid="%d"><state state="open"/><service name="x" method="table"/></port>`, p)
		}
		h := hostOf(t, "80,102,443,502,1911,2404,4840,20000,44818", ports.String()+`<extraports state="closed" count="1"/>`)
		h.done = true
		if got := len(h.observations(ot, time.Time{})); got != c.believed {
			t.Errorf("%s open: %d services, want %d", c.reason, got, c.believed)
		}
		if open := h.coverage(inventory.TCP).Open.Len(); open != c.believed {
			t.Errorf("%s open: %d ports covered as open, want %d", c.reason, open, c.believed)
		}
		outcome, _ := h.verdict(ot, nil)
		if (outcome == inventory.Partial) != (c.believed == 0) {
			t.Errorf("%s open: %s", c.reason, outcome)
		}
	}
}

// TestMoreServicesThanAreAsked: what is left out is said, and not taken for asked.
func TestMoreServicesThanAreAsked(t *testing.T) {
	var ports strings.Builder
	for p := range namedPorts + 1 {
		fmt.Fprintf(&ports, `<port protocol="tcp" portid="%d"><state state="open"/><service name="x" method="probed"/></port>`, p+1)
	}
	h := hostOf(t, "1-200", ports.String()+`<extraports state="closed" count="99"/>`)
	h.done = true
	if outcome, reason := h.verdict(scanner.Profile{Versions: true}, nil); outcome != inventory.Partial {
		t.Errorf("verdict = %s %s, want partial", outcome, reason)
	}
}

// TestWhoWasAsked: an answer counts, and so does the silence of UDP; that a
// port does not answer any more does not.
func TestWhoWasAsked(t *testing.T) {
	for _, test := range []struct {
		state   string
		unasked bool // under a profile that means to ask
	}{
		{"open", false},
		{"open|filtered", false},
		{"filtered", true},
		{"closed", true},
		{"", true}, // nothing was said of it
	} {
		h := hostOf(t, "6379", `<port protocol="tcp" portid="6379"><state state="open"/><service name="redis" method="table"/></port>`)
		if test.state != "" {
			h.identify(xmlPorts{Ports: []xmlPort{{Transport: "tcp", ID: 6379, State: xmlState{State: test.state}}}})
		}
		for _, versions := range []bool{true, false} {
			s := h.observations(scanner.Profile{Versions: versions}, time.Time{})[0].Service
			if want := versions && test.unasked; s.Unasked != want {
				t.Errorf("state %q, versions asked %v: unasked = %v, want %v", test.state, versions, s.Unasked, want)
			}
		}
	}
}

func TestServiceNames(t *testing.T) {
	tests := []struct {
		reason, xml      string
		byNumber         bool
		name, said, full string
	}{
		{"the service said it", `<service name="ssh" product="OpenSSH" version="9.2p1" extrainfo="protocol 2.0" method="probed"/>`, false, "ssh", "", "OpenSSH 9.2p1 protocol 2.0"},
		{"a guess by number is no name", `<service name="telnet" method="table"/>`, false, "", "", ""},
		{"unless nobody asked", `<service name="telnet" method="table"/>`, true, "telnet", "", ""},
		{"closed at once", `<service name="tcpwrapped" method="probed"/>`, false, "", "", ""},
		{"unknown even to the table", `<service name="unknown" method="table"/>`, true, "", "", ""},
		{"HTTP that nmap has no pattern for", `<service name="irdmi" method="table" servicefp="SF-Port8000-TCP:V=7.93%r(GenericLines,9,&quot;HTTP/1\.1\x20400\r\n&quot;)%r(GetRequest,9,&quot;HTTP/1\.0\x20200\r\n&quot;);"/>`, false, "http", "HTTP/1.0 200", ""},
		{"a greeting", `<service name="cbt" method="table" servicefp="SF:%r(NULL,5,&quot;\x1b\[31mhi\x20\&quot;you\&quot;\r\n\0&quot;)%r(Help,2,&quot;no&quot;);"/>`, false, "", "[31mhi \"you\"", ""},
		{"a fingerprint cut short", `<service name="cbt" method="table" servicefp="SF:%r(NULL,5,&quot;hi\x"/>`, false, "", "hix", ""},
		{"a hostile product", "<service name=\"http\" product=\"a&#27;[2J\u202Eb\n c\" method=\"probed\"/>", false, "http", "", "a?[2Jb c"},
	}
	for _, test := range tests {
		h := hostOf(t, "1", `<port protocol="tcp" portid="1"><state state="open"/>`+test.xml+`</port>`)
		o := h.observations(scanner.Profile{Versions: !test.byNumber}, time.Time{})
		if len(o) != 1 {
			t.Fatalf("%s: %d observations, want 1", test.reason, len(o))
		}
		s := o[0].Service
		if guessed := test.byNumber && test.name != ""; s.Guessed != guessed {
			t.Errorf("%s: guessed = %v, want %v", test.reason, s.Guessed, guessed)
		}
		full := strings.TrimSpace(s.Product + " " + s.Version + " " + s.ExtraInfo)
		if s.Name != test.name || s.Banner != test.said || full != test.full {
			t.Errorf("%s: name %q, banner %q, product %q; want %q, %q, %q", test.reason, s.Name, s.Banner, full, test.name, test.said, test.full)
		}
	}
}

func TestHasCapability(t *testing.T) {
	const status = "Name:\tx\nCapInh:\t0000000000000000\nCapEff:\t0000000000002000\nCapBnd:\t000001ffffffffff\nCapAmb:\tnonsense\n"
	for set, want := range map[string]bool{"CapInh:": false, "CapEff:": true, "CapBnd:": true, "CapAmb:": false, "CapNew:": false} {
		if got := hasCapability(strings.NewReader(status), set, capNetRaw); got != want {
			t.Errorf("hasCapability(%s) = %v, want %v", set, got, want)
		}
	}
}

func TestPings(t *testing.T) {
	stock, err := scanner.ProfileByName("standard")
	if err != nil {
		t.Fatal(err)
	}
	light := profile(t, "light", "80,443,9999", "")
	if got := pings(stock); len(got) != usualPings || got[0] != 443 || slices.Contains(got, 1) {
		t.Errorf("pings(standard) = %v, want the best twenty", got)
	}
	if got := pings(light); fmt.Sprint(got) != "[9999 443 80]" {
		t.Errorf("pings(light with 9999 added) = %v, want 9999 first: somebody registered it", got)
	}
}

// FuzzParse holds whatever nmap may write to what the rest of the program may
// believe.
func FuzzParse(f *testing.F) {
	f.Add([]byte(wholeReport))
	f.Add([]byte(hostXML("192.0.2.10", true)))
	f.Add([]byte(`<host><ports><port protocol="tcp" portid="7"><state state="open"/><service servicefp="%r(NULL,5,&quot;\x1b\&quot;x&quot;)"/><script id="a" output="&#27;"/></port></ports></host>`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, _ := parseReport(doc) // an error leaves what came before
		asked := inventory.MustPorts("1-300,8080")
		for _, x := range r.Hosts {
			if x.Ports == nil {
				continue
			}
			h := newHost(netip.MustParseAddr("192.0.2.10"))
			h.assets = []inventory.AssetID{"A-1"}
			h.cover(inventory.TCP, asked, *x.Ports)
			h.identify(*x.Ports)
			c := h.coverage(inventory.TCP)
			for p := range asked.All() {
				if n := count(c.Open.Contains(p), c.Closed.Contains(p), c.Filtered.Contains(p)); n != 1 {
					t.Fatalf("port %d has %d answers", p, n)
				}
			}
			if c.Open.Len()+c.Closed.Len()+c.Filtered.Len() != asked.Len() {
				t.Fatal("coverage of ports that nobody asked about")
			}
			for _, o := range h.observations(scanner.Profile{}, time.Time{}) {
				s := o.Service
				if !c.Open.Contains(o.Port) || len(s.Banner) > maxBanner || len(o.Evidence.Response) > inventory.MaxEvidence {
					t.Fatalf("observation out of bounds: %+v", o)
				}
				for _, text := range append(s.CPEs, s.Name, s.Product, s.Version, s.ExtraInfo, s.Banner) {
					if text != inventory.CleanText(text, maxBanner) {
						t.Fatalf("text is not clean: %q", text)
					}
				}
			}
		}
	})
}

// hostOf is a host of which nmap said this about its TCP ports.
func hostOf(t *testing.T, asked, ports string) *host {
	t.Helper()
	r, err := parseReport([]byte(`<host><address addr="192.0.2.10" addrtype="ipv4"/><ports>` + ports + `</ports></host>`))
	if err != nil || len(r.Hosts) != 1 {
		t.Fatalf("parseReport: %d hosts, %v", len(r.Hosts), err)
	}
	h := newHost(r.Hosts[0].addr())
	h.assets = []inventory.AssetID{"A-1"}
	h.cover(inventory.TCP, inventory.MustPorts(asked), *r.Hosts[0].Ports)
	return h
}

func texts(addrs []netip.Addr) []string {
	var out []string
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}

func count(facts ...bool) int {
	n := 0
	for _, f := range facts {
		if f {
			n++
		}
	}
	return n
}
