package child_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// A server that declines old versions and weak ciphers has passed the check
// for them. One that hangs up may mean that, if it spoke TLS before; one that
// never spoke TLS was not tested.
func TestDecliningWeakTLSIsAnAnswer(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	handshake := func(config *tls.Config, c net.Conn) {
		_ = tls.Server(c, config).Handshake()
	}
	modern, old := tlsConfig(t, x509.Certificate{}), tlsConfig(t, x509.Certificate{})
	modern.MinVersion = tls.VersionTLS13
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
	serveTCP(t, target, 1001, func(c net.Conn) { handshake(modern, c) })
	serveTCP(t, target, 1002, func(c net.Conn) { handshake(old, c) })
	var visits atomic.Int64
	serveTCP(t, target, 1003, func(c net.Conn) {
		if visits.Add(1) == 1 {
			handshake(modern, c)
		}
	})
	serveTCP(t, target, 1004, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })

	block := "ssl:\n  - address: \"{{Host}}:{{Port}}\"\n    scan_mode: ctls\n"
	matchers := "    matchers:\n      - type: dsl\n        dsl: [\"true\"]\n"
	e := newEngine(t, catalogue{
		template("any", "ssl", block+matchers),
		template("old", "ssl", block+"    min_version: tls10\n    max_version: tls11\n"+matchers),
		template("weak", "ssl", block+"    max_version: tls12\n    cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n"+matchers),
	}, nil)
	var services []inventory.Service
	for port := range uint16(4) {
		services = append(services, service(target, 1001+port, "ssl", true))
	}
	r := scan(t, e, scanner.Batch{Profile: profile(), Targets: []inventory.Target{permit(t, "A-1", target, "")}, Services: services})
	const hungUp = ": connection closed without an answer"
	want := []string{
		"any 192.0.2.10:1001: ran", "old 192.0.2.10:1001: ran", "weak 192.0.2.10:1001: ran",
		"any 192.0.2.10:1002: ran", "old 192.0.2.10:1002: ran", "weak 192.0.2.10:1002: ran",
		"any 192.0.2.10:1003: ran", "old 192.0.2.10:1003: ran", "weak 192.0.2.10:1003: ran",
		"any 192.0.2.10:1004" + hungUp, "old 192.0.2.10:1004" + hungUp, "weak 192.0.2.10:1004" + hungUp,
	}
	if diff := cmp.Diff(want, covered(r)); diff != "" {
		t.Errorf("covered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"any 192.0.2.10:1001", "any 192.0.2.10:1002", "old 192.0.2.10:1002", "any 192.0.2.10:1003"}, matched(r)); diff != "" {
		t.Errorf("matched (-want +got):\n%s", diff)
	}
}
