package child_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
)

const left = "it tried to leave the address under test"

// Everything here tries to make nuclei connect to the neighbour.

func TestAbsoluteURLStaysInScope(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	watchNeighbour(t)
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	raw := template("raw", "http", "http:\n  - raw:\n      - |\n        GET http://198.51.100.99/ HTTP/1.1\n        Host: 198.51.100.99\n\n    matchers:\n      - type: status\n        status: [299]\n")
	e := newEngine(t, catalogue{
		httpTemplate("address", "http://198.51.100.99/", "ok"),
		httpTemplate("mapped", "http://[::ffff:198.51.100.99]/", "ok"),
		httpTemplate("name", "http://www.other.example/", "ok"),
		httpTemplate("port", "http://198.51.100.99:8080/", "ok"),
		raw,
		httpTemplate("honest", "{{BaseURL}}/", "ok"),
	}, nil)
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")},
		Services: []inventory.Service{service(target, 80, "http", false)},
	})
	want := []string{
		"honest 192.0.2.10:80: ran",
		"address 192.0.2.10:80: " + left, "mapped 192.0.2.10:80: " + left,
		"name 192.0.2.10:80: " + left, "port 192.0.2.10:80: " + left,
	}
	got := covered(r)
	// nuclei sends the path of a raw request with a full URL to the target.
	got = without(got, "raw 192.0.2.10:80: ran", "raw 192.0.2.10:80: "+left)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
}

func without(list []string, drop ...string) []string {
	var out []string
	for _, s := range list {
		if !strings.Contains("\n"+strings.Join(drop, "\n")+"\n", "\n"+s+"\n") {
			out = append(out, s)
		}
	}
	return out
}

func TestRedirectStaysInScope(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	watchNeighbour(t)
	var hops atomic.Int64
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "http://198.51.100.99/", http.StatusFound)
		case "/name":
			http.Redirect(w, r, "http://www.other.example/", http.StatusFound)
		case "/here":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/there":
			hops.Add(1)
			_, _ = io.WriteString(w, "arrived")
		}
	})
	follow := func(id, path string) nuclei.Template {
		return template(id, "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}"+path+"\"]\n    host-redirects: true\n    matchers:\n      - type: word\n        words: [arrived]\n")
	}
	anywhere := template("anywhere", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}/away\"]\n    redirects: true\n    matchers:\n      - type: word\n        words: [arrived]\n")
	e := newEngine(t, catalogue{follow("away", "/away"), follow("name", "/name"), follow("here", "/here"), anywhere}, nil)
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")},
		Services: []inventory.Service{service(target, 80, "http", false)},
	})
	want := []string{
		"away 192.0.2.10:80: ran", "here 192.0.2.10:80: ran", "name 192.0.2.10:80: ran",
		"anywhere 192.0.2.10:80: the template was refused: it follows redirects to other hosts (use host-redirects)",
	}
	if diff := cmp.Diff(want, covered(r)); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"here 192.0.2.10:80"}, matched(r)); diff != "" {
		t.Errorf("matched (-want +got):\n%s", diff)
	}
	if hops.Load() != 1 {
		t.Errorf("the redirect on the host itself was followed %d times, want once", hops.Load())
	}
}

// A name that leads to the authorised address when the worker asks, and to
// the neighbour for everybody who asks later.
func TestRebindingNameStaysInScope(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	watchNeighbour(t)
	serveHTTP(t, target, 80, nil, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "host="+r.Host) })
	serveHTTP(t, target, 443, tlsConfig(t, x509.Certificate{}), func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "host="+r.Host) })
	resolver, asked := evilResolver(t)
	tls := template("tls", "ssl", "ssl:\n  - address: \"{{Host}}:{{Port}}\"\n    scan_mode: ctls\n    matchers:\n      - type: dsl\n        dsl: [\"self_signed == true\"]\n")
	e := newEngine(t, catalogue{httpTemplate("who", "{{BaseURL}}/", "host=rebind.example.org"), tls}, func(c *nuclei.Config) {
		c.Resolvers = []netip.AddrPort{resolver}
	})
	for range 2 {
		r := scan(t, e, scanner.Batch{
			Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "rebind.example.org")},
			Services: []inventory.Service{service(target, 80, "http", false), service(target, 443, "https", true)},
		})
		want := []string{
			"who 192.0.2.10:80 rebind.example.org", "who 192.0.2.10:443 rebind.example.org", "tls 192.0.2.10:443 rebind.example.org",
		}
		if diff := cmp.Diff(want, matched(r)); diff != "" {
			t.Errorf("matched (-want +got):\n%s\n%s", diff, covered(r))
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the name was looked up %d times, want never", n)
	}
}

// One name with two addresses is asked at both, each by its own.
func TestOneNameTwoAddresses(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, addr := range []string{target, target2} {
		serveHTTP(t, addr, 80, nil, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "I am "+addr+" ") })
	}
	e := newEngine(t, catalogue{
		httpTemplate("first", "{{BaseURL}}/", "I am "+target+" "), httpTemplate("second", "{{BaseURL}}/", "I am "+target2+" "),
	}, nil)
	r := scan(t, e, scanner.Batch{
		Profile:  profile(),
		Targets:  []inventory.Target{permit(t, "A-1", target, "www.example.org"), permit(t, "A-1", target2, "www.example.org")},
		Services: []inventory.Service{service(target, 80, "http", false), service(target2, 80, "http", false)},
	})
	want := []string{"first 192.0.2.10:80 www.example.org", "second 192.0.2.11:80 www.example.org"}
	if diff := cmp.Diff(want, matched(r)); diff != "" {
		t.Errorf("matched (-want +got):\n%s", diff)
	}
}

// nuclei repeats a request that was answered with something like HTTP/2
// through a client that has its own dialer and follows redirects.
func TestFallbackClientStaysInScope(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, first := range []string{"HTTP/2 200 OK\r\n\r\n", "garbage\r\n\r\n"} {
		t.Run(first[:4], func(t *testing.T) {
			watchNeighbour(t)
			var served atomic.Int64
			serveTCP(t, target, 80, func(c net.Conn) {
				if served.Add(1) == 1 {
					answer(first)(c)
					return
				}
				answer("HTTP/1.1 302 Found\r\nLocation: http://198.51.100.99/\r\nContent-Length: 0\r\n\r\n")(c)
			})
			e := newEngine(t, catalogue{httpTemplate("any", "{{BaseURL}}/", "ok")}, nil)
			r := scan(t, e, scanner.Batch{
				Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")},
				Services: []inventory.Service{service(target, 80, "http", false)},
			})
			if got := covered(r); len(got) != 1 || served.Load() == 0 {
				t.Errorf("covered = %q after %d connections", got, served.Load())
			}
		})
	}
}

// A certificate names addresses to ask about it: its issuer, its revocation.
func TestCertificateStaysInScope(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	watchNeighbour(t)
	config := tlsConfig(t, x509.Certificate{
		CRLDistributionPoints: []string{"http://198.51.100.99/crl"},
		OCSPServer:            []string{"http://198.51.100.99:8080/ocsp"},
		IssuingCertificateURL: []string{"http://198.51.100.99/ca.crt"},
	})
	serveHTTP(t, target, 443, config, func(http.ResponseWriter, *http.Request) {})
	var templates catalogue
	for _, mode := range []string{"ctls", "ztls", "auto"} {
		templates = append(templates, template("tls-"+mode, "ssl",
			"ssl:\n  - address: \"{{Host}}:{{Port}}\"\n    scan_mode: "+mode+"\n    matchers:\n      - type: dsl\n        dsl: [\"self_signed == true\"]\n"))
	}
	e := newEngine(t, templates, nil)
	r := scan(t, e, scanner.Batch{
		Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")},
		Services: []inventory.Service{service(target, 443, "https", true)},
	})
	want := []string{"tls-ctls 192.0.2.10:443", "tls-ztls 192.0.2.10:443", "tls-auto 192.0.2.10:443"}
	if diff := cmp.Diff(want, matched(r)); diff != "" {
		t.Errorf("matched (-want +got):\n%s\n%s", diff, covered(r))
	}
	for _, o := range r.Observations {
		if !strings.Contains(string(o.Evidence.Response), "self_signed") {
			t.Errorf("evidence of %s = %.80q, want the handshake", o.Match.Check, o.Evidence.Response)
		}
	}
}

func TestTemplatesThatWouldLeaveAreRefused(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	watchNeighbour(t)
	e := newEngine(t, nil, nil)
	for _, c := range []struct {
		name, protocol, requests, want string
	}{
		{"another host", "tcp", "tcp:\n  - host: [\"198.51.100.99:6379\"]\n    read-size: 10\n    matchers: [{type: word, words: [x]}]\n", "its host is not"},
		{"another port", "tcp", "tcp:\n  - host: [\"{{Host}}:8080\"]\n    read-size: 10\n    matchers: [{type: word, words: [x]}]\n", "its host is not"},
		{"ports of its own", "tcp", "tcp:\n  - host: [\"{{Hostname}}\"]\n    port: 80,8080\n    matchers: [{type: word, words: [x]}]\n", "names ports"},
		{"endless read", "tcp", "tcp:\n  - host: [\"{{Hostname}}\"]\n    read-all: true\n    matchers: [{type: word, words: [x]}]\n", "without a bound"},
		{"another TLS host", "ssl", "ssl:\n  - address: \"198.51.100.99:443\"\n    matchers: [{type: dsl, dsl: [\"true\"]}]\n", "its address is not"},
		{"its own resolver", "dns", "dns:\n  - name: \"{{FQDN}}\"\n    type: A\n    resolvers: [\"198.51.100.99:53\"]\n    matchers: [{type: word, words: [x]}]\n", "resolver"},
		{"a trace", "dns", "dns:\n  - name: \"{{FQDN}}\"\n    type: A\n    trace: true\n    matchers: [{type: word, words: [x]}]\n", "servers other than the resolver"},
		{"a lookup in a matcher", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}\"]\n    matchers: [{type: dsl, dsl: [\"resolve('x.example') == 'y'\"]}]\n", "reaches the network"},
		{"a call back", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}/?u={{interactsh-url}}\"]\n    matchers: [{type: word, words: [x]}]\n", "calls back"},
		{"another protocol", "http", "tcp:\n  - host: [\"{{Hostname}}\"]\n    read-size: 10\n    matchers: [{type: word, words: [x]}]\n", "another protocol"},
		{"two protocols", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}\"]\n    matchers: [{type: word, words: [x]}]\ntcp:\n  - host: [\"{{Hostname}}\"]\n    read-size: 10\n    matchers: [{type: word, words: [x]}]\n", "another protocol"},
		{"a program", "http", "code:\n  - engine: [sh]\n    source: echo x\n    matchers: [{type: word, words: [x]}]\n", "another protocol"},
		{"a script", "http", "javascript:\n  - code: \"1\"\n    args: {}\n    matchers: [{type: word, words: [x]}]\n", "another protocol"},
		{"a browser", "http", "headless:\n  - steps: [{action: navigate, args: {url: \"{{BaseURL}}\"}}]\n    matchers: [{type: word, words: [x]}]\n", ""},
		{"a flow", "http", "flow: http(1)\nhttp:\n  - method: GET\n    path: [\"{{BaseURL}}\"]\n    matchers: [{type: word, words: [x]}]\n", "JavaScript"},
		{"a race", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}\"]\n    race: true\n    race_count: 5\n    matchers: [{type: word, words: [x]}]\n", "races"},
		{"threads", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}/{{p}}\"]\n    payloads: {p: [a, b]}\n    threads: 10\n    matchers: [{type: word, words: [x]}]\n", "in parallel"},
		{"words from a file", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}/{{p}}\"]\n    payloads: {p: /etc/passwd}\n    matchers: [{type: word, words: [x]}]\n", ""},
		{"malformed requests", "http", "http:\n  - raw: [\"GET / HTTP/1.1\\nHost: x\\n\\n\"]\n    unsafe: true\n    matchers: [{type: word, words: [x]}]\n", "malformed"},
		{"its own target", "http", "self-contained: true\nhttp:\n  - method: GET\n    path: [\"http://198.51.100.99/\"]\n    matchers: [{type: word, words: [x]}]\n", "its own targets"},
		{"another target in a raw request", "http", "http:\n  - raw:\n      - |\n        @Host: 198.51.100.99\n        GET / HTTP/1.1\n        Host: x\n    matchers: [{type: word, words: [x]}]\n", "override"},
		{"no YAML", "http", "http: [\n", "nuclei cannot read it"},
		{"an unknown function", "http", "http:\n  - method: GET\n    path: [\"{{BaseURL}}\"]\n    matchers: [{type: dsl, dsl: [\"nosuch(body)\"]}]\n", "nuclei cannot read it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			good, bad := httpTemplate("good", "{{BaseURL}}/", "x"), template("bad", c.protocol, c.requests)
			err := e.Validate(t.Context(), []nuclei.Template{good, bad})
			if err == nil || !strings.HasPrefix(err.Error(), `template "bad": `) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Validate() = %v, want an error about bad alone that says %q", err, c.want)
			}
		})
	}
}

func TestValidateRefusesOtherBytes(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	e := newEngine(t, nil, nil)
	good := httpTemplate("good", "{{BaseURL}}/", "x")
	if err := e.Validate(t.Context(), []nuclei.Template{good}); err != nil {
		t.Errorf("Validate(good) = %v", err)
	}
	changed := good
	changed.Body = append(append([]byte{}, good.Body...), '\n')
	if err := e.Validate(t.Context(), []nuclei.Template{changed}); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("Validate(changed) = %v, want a refusal", err)
	}
}

// evilResolver sends everybody who asks for any name to the neighbour.
func evilResolver(t *testing.T) (netip.AddrPort, *atomic.Int64) {
	t.Helper()
	asked := new(atomic.Int64)
	addr := serveDNS(t, func(w dns.ResponseWriter, q *dns.Msg) {
		asked.Add(1)
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.ParseIP(neighbour)}}
		}
		_ = w.WriteMsg(m)
	})
	return addr, asked
}

// serveDNS answers on a port of the second target, over UDP.
func serveDNS(t *testing.T, h dns.HandlerFunc) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenPacket("udp", target2+":5353")
	if err != nil {
		t.Fatal(err)
	}
	up := make(chan struct{})
	server := &dns.Server{PacketConn: conn, Handler: h, NotifyStartedFunc: func() { close(up) }}
	go func() { _ = server.ActivateAndServe() }()
	<-up
	t.Cleanup(func() { _ = server.Shutdown() })
	return netip.MustParseAddrPort(target2 + ":5353")
}

// tlsConfig serves a self-signed certificate made from a template.
func tlsConfig(t *testing.T, cert x509.Certificate) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert.SerialNumber, cert.Subject = big.NewInt(1), pkix.Name{CommonName: "test"}
	cert.NotBefore, cert.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	cert.DNSNames = []string{"rebind.example.org"}
	der, err := x509.CreateCertificate(rand.Reader, &cert, &cert, key.Public(), key)
	if err != nil {
		t.Fatal(fmt.Errorf("make certificate: %w", err))
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}
