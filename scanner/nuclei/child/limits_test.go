package child_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
)

// arrivals notes when something came.
type arrivals struct {
	mu sync.Mutex
	at []time.Time
}

func (a *arrivals) note() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = append(a.at, time.Now())
}

// most returns the largest number within any window of the given length.
func (a *arrivals) most(window time.Duration) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	most := 0
	for i := range a.at {
		n := 0
		for j := i; j < len(a.at) && a.at[j].Sub(a.at[i]) < window; j++ {
			n++
		}
		most = max(most, n)
	}
	return most
}

// One rate holds for all that an address gets: HTTP on two names, redirects,
// TLS handshakes and tcp templates together.
func TestRateHoldsForAllProtocols(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	var got arrivals
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, r *http.Request) {
		got.note()
		if r.URL.Path == "/a" {
			http.Redirect(w, r, "/b", http.StatusFound)
		}
	})
	serveTCP(t, target, 6379, func(c net.Conn) { got.note(); answer("no\r\n")(c) })
	serveTCP(t, target, 993, func(net.Conn) { got.note() }) // not TLS: nuclei tries again and again
	templates := catalogue{
		template("follow", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}/a\", \"{{BaseURL}}/b\", \"{{BaseURL}}/c\"]\n    host-redirects: true\n    matchers: [{type: word, words: [nothing]}]\n"),
		template("tls", "ssl", "ssl:\n  - address: \"{{Host}}:{{Port}}\"\n    matchers: [{type: dsl, dsl: [\"expired\"]}]\n"),
	}
	for i := range 6 {
		templates = append(templates, tcpTemplate("tcp-"+strconv.Itoa(i), 6379, "x", "nothing"))
	}
	e := newEngine(t, templates, nil)
	p := profile()
	p.RequestsPerSecond = 10
	r := scan(t, e, scanner.Batch{
		Profile: p, Targets: []inventory.Target{permit(t, "A-1", target, ""), permit(t, "A-2", target, "www.example.org")},
		Services: []inventory.Service{service(target, 80, "http", false), service(target, 6379, "redis", false), service(target, 993, "imaps", true)},
	})
	if n := got.most(time.Second); n > 11 || len(got.at) < 15 {
		t.Errorf("%d requests within a second of %d in all, want at most 10", n, len(got.at))
	}
	if int(r.Requests) != len(got.at) {
		t.Errorf("Requests = %d, the host counted %d", r.Requests, len(got.at))
	}
}

// Hosts that answer without end, or with a bomb, are read up to the bound.
func TestHostileAnswers(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 512 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			for chunk := bytes.Repeat([]byte("needle "), 10_000); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "some")
		case "/honest":
			_, _ = io.WriteString(w, "needle")
		}
	})
	e := newEngine(t, catalogue{
		httpTemplate("endless", "{{BaseURL}}/endless", "needle"), httpTemplate("endless-not", "{{BaseURL}}/endless", "haystack"),
		httpTemplate("bomb", "{{BaseURL}}/bomb", "needle"), httpTemplate("cut", "{{BaseURL}}/cut", "needle"),
		httpTemplate("honest", "{{BaseURL}}/honest", "needle"),
	}, func(c *nuclei.Config) { c.MemoryLimit = 512 << 20 })
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")},
		Services: []inventory.Service{service(target, 80, "http", false)},
	})
	want := []string{
		"bomb 192.0.2.10:80: ran", "endless 192.0.2.10:80: ran", "endless-not 192.0.2.10:80: ran", "honest 192.0.2.10:80: ran",
		"cut 192.0.2.10:80: the answer broke off",
	}
	if diff := cmp.Diff(want, covered(r)); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"endless 192.0.2.10:80", "honest 192.0.2.10:80"}, matched(r)); diff != "" {
		t.Errorf("matched (-want +got):\n%s", diff)
	}
	if n := len(r.Observations[0].Evidence.Response); n != inventory.MaxEvidence {
		t.Errorf("evidence of the endless answer has %d bytes, want %d", n, inventory.MaxEvidence)
	}
}

// What could not be asked is missed, with its reason; after three in a row
// the rest is not tried, and says so.
func TestNoAnswerIsNotNegative(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	serveTCP(t, target, 80, func(c net.Conn) { // a tarpit: takes everything, says nothing
		_, _ = io.Copy(io.Discard, c)
	})
	serveTCP(t, target, 6379, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	serveTCP(t, target, 6380, func(net.Conn) {}) // hangs up at once, as one does that has banned us
	many := catalogue{}
	for i := range 5 {
		many = append(many, httpTemplate("web-"+strconv.Itoa(i), "{{BaseURL}}/", "x"))
	}
	silent, hangup, refused := tcpTemplate("silent", 6379, "x", "y"), tcpTemplate("hangup", 6380, "", "y"), tcpTemplate("refused", 6381, "x", "y")
	e := newEngine(t, append(many, silent, hangup, refused), nil)
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")},
		Services: []inventory.Service{
			service(target, 80, "http", false), service(target, 6379, "", false), service(target, 6380, "", false), service(target, 6381, "", false),
		},
	})
	skipped := ": not tried after 3 errors in a row: timed out"
	want := []string{
		"web-0 192.0.2.10:80: timed out", "web-1 192.0.2.10:80: timed out", "web-2 192.0.2.10:80: timed out",
		"web-3 192.0.2.10:80" + skipped, "web-4 192.0.2.10:80" + skipped,
		"silent 192.0.2.10:6379: timed out", "hangup 192.0.2.10:6380: the service hung up without a word", "refused 192.0.2.10:6381: connection refused",
	}
	if diff := cmp.Diff(want, covered(r)); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	if h := r.Hosts[0]; h.Outcome != inventory.Partial || h.Reason != "8 checks did not run, most of them: timed out" {
		t.Errorf("host = %+v", h)
	}
}

// A server that is down, or tired of us, has repaired nothing.
func TestNotNowIsNotNegative(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			code = http.StatusOK
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "sorry")
	})
	e := newEngine(t, catalogue{
		httpTemplate("limit", "{{BaseURL}}/429", "needle"), httpTemplate("down", "{{BaseURL}}/503", "needle"),
		httpTemplate("gone", "{{BaseURL}}/404", "needle"), httpTemplate("denied", "{{BaseURL}}/403", "needle"),
		httpTemplate("match", "{{BaseURL}}/503", "sorry"),
	}, nil)
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")},
		Services: []inventory.Service{service(target, 80, "http", false)},
	})
	want := []string{
		"denied 192.0.2.10:80: ran", "gone 192.0.2.10:80: ran", "match 192.0.2.10:80: ran",
		"limit 192.0.2.10:80: the server would not answer now (429 Too Many Requests)",
		"down 192.0.2.10:80: the server would not answer now (503 Service Unavailable)",
	}
	if diff := cmp.Diff(want, covered(r)); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
}

func TestHostTimeoutTellsWhatIsLeft(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	serveHTTP(t, target, 80, nil, func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/1" {
			<-r.Context().Done() // until nuclei has enough of it
		}
	})
	e := newEngine(t, catalogue{httpTemplate("one", "{{BaseURL}}/1", "x"), httpTemplate("two", "{{BaseURL}}/2", "x"), httpTemplate("three", "{{BaseURL}}/3", "x")}, nil)
	p := profile()
	p.HostTimeout = 3 * time.Second
	r := scan(t, e, scanner.Batch{
		Profile: p, Targets: []inventory.Target{permit(t, "A-1", target, "")}, Services: []inventory.Service{service(target, 80, "http", false)},
	})
	used := ": the time for this host was used up"
	want := []string{"one 192.0.2.10:80: ran", "two 192.0.2.10:80" + used, "three 192.0.2.10:80" + used}
	if diff := cmp.Diff(want, covered(r)); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
}

func TestNamedMatchersAreFindingsOfTheirOwn(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alpha beta v1.2 v1.3") })
	named := template("named", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}/\", \"{{BaseURL}}/again\"]\n    matchers:\n      - {type: word, name: alpha, words: [alpha]}\n      - {type: word, name: gamma, words: [gamma]}\n      - {type: word, name: beta, words: [beta]}\n")
	plain := template("plain", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}/\", \"{{BaseURL}}/again\"]\n    matchers:\n      - {type: word, words: [alpha]}\n    extractors:\n      - {type: regex, regex: ['v[0-9.]+']}\n")
	e := newEngine(t, catalogue{named, plain}, nil)
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")}, Services: []inventory.Service{service(target, 80, "http", false)},
	})
	got := map[string]int{}
	for _, o := range r.Observations {
		got[strings.TrimSpace(fmt.Sprint(o.Match.Check, " ", o.Match.Matcher, " ", len(o.Match.Extracted)))]++
	}
	want := map[string]int{"named alpha 0": 1, "named beta 0": 1, "plain  2": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observations (-want +got):\n%s", diff)
	}
}

// The questions of dns templates go to the configured resolvers, only about
// the names under test; a resolver that fails proves nothing.
func TestDNSTemplates(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	var mu sync.Mutex
	var asked []string
	resolver := serveDNS(t, func(w dns.ResponseWriter, q *dns.Msg) {
		name := q.Question[0].Name
		mu.Lock()
		asked = append(asked, name+dns.TypeToString[q.Question[0].Qtype])
		mu.Unlock()
		m := new(dns.Msg).SetReply(q)
		switch {
		case strings.HasSuffix(name, "broken.example."):
			m.Rcode = dns.RcodeServerFailure
		case name == "_dmarc.with.example.":
			m.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}, Txt: []string{"v=DMARC1; p=reject"}}}
		default:
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m)
	})
	lacks := template("dmarc-missing", "dns", "dns:\n  - name: \"_dmarc.{{FQDN}}\"\n    type: TXT\n    retries: 2\n    matchers: [{type: word, words: [\"v=DMARC1\"], negative: true}]\n")
	other := template("elsewhere", "dns", "dns:\n  - name: \"www.other.test\"\n    type: A\n    matchers: [{type: word, words: [\"x\"], negative: true}]\n")
	e := newEngine(t, catalogue{lacks, other}, func(c *nuclei.Config) { c.Resolvers = []netip.AddrPort{resolver} })
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{
			permit(t, "A-1", target, "with.example"), permit(t, "A-2", target, "without.example"), permit(t, "A-3", target, "broken.example"),
		},
	})
	want := []string{
		"dmarc-missing 192.0.2.10:0 broken.example: the resolver answered SERVFAIL", "elsewhere 192.0.2.10:0 broken.example: the resolver answered REFUSED",
		"dmarc-missing 192.0.2.10:0 with.example: ran", "elsewhere 192.0.2.10:0 with.example: the resolver answered REFUSED",
		"dmarc-missing 192.0.2.10:0 without.example: ran", "elsewhere 192.0.2.10:0 without.example: the resolver answered REFUSED",
	}
	if diff := cmp.Diff(want, covered(r)); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"dmarc-missing 192.0.2.10:0 without.example"}, matched(r)); diff != "" {
		t.Errorf("matched (-want +got):\n%s", diff)
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff([]string{"_dmarc.broken.example.TXT", "_dmarc.with.example.TXT", "_dmarc.without.example.TXT"}, asked); diff != "" {
		t.Errorf("the resolver was asked (-want +got):\n%s", diff)
	}
}

// A real child that is shot in the middle of its work costs a retry.
func TestShotChildIsReplaced(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	var once sync.Once
	var e *nuclei.Engine
	dir := t.TempDir()
	shot := errors.New("no child found")
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/3" {
			once.Do(func() { shot = killChildIn(dir) })
		}
		_, _ = io.WriteString(w, "ok")
	})
	var templates catalogue
	var want []string
	for i := range 6 {
		templates = append(templates, httpTemplate("t"+strconv.Itoa(i), "{{BaseURL}}/"+strconv.Itoa(i), "ok"))
		want = append(want, "t"+strconv.Itoa(i)+" 192.0.2.10:80")
	}
	e = newEngine(t, templates, func(c *nuclei.Config) { c.TempDir = dir })
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")}, Services: []inventory.Service{service(target, 80, "http", false)},
	})
	if shot != nil {
		t.Fatal(shot)
	}
	if diff := cmp.Diff(want, matched(r)); diff != "" {
		t.Errorf("matched (-want +got):\n%s", diff)
	}
	if r.Requests < 6 {
		t.Errorf("Requests = %d, want those of both children", r.Requests)
	}
}

// killChildIn shoots the process whose directory is below dir.
func killChildIn(dir string) error {
	procs, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return err
	}
	for _, p := range procs {
		if cwd, err := os.Readlink(p); err == nil && strings.HasPrefix(cwd, dir+"/") {
			pid, err := strconv.Atoi(strings.Split(p, "/")[2])
			if err != nil {
				return err
			}
			return syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	return errors.New("no child found")
}
