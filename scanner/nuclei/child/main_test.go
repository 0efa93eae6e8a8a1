package child_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/enginetest"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
	"github.com/ciiscan/ciiscan/scanner/nuclei/child"
)

// childArg makes the test binary a nuclei child.
const childArg = "nuclei-child"

// The addresses of the tests' namespace. Nothing may ever reach the neighbour.
const (
	target    = "192.0.2.10"
	target2   = "192.0.2.11"
	target6   = "2001:db8::10"
	neighbour = "198.51.100.99"
)

// TestMain lets the test binary be a nuclei child.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childArg {
		if err := child.Main(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// inNamespace is enginetest.InNamespace with the tests' addresses.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if !enginetest.InNamespace(t) {
		return false
	}
	enginetest.AddAddr(t, target, target2, target6, neighbour)
	return true
}

// catalogue is a nuclei.Source.
type catalogue []nuclei.Template

func (c catalogue) Approved([]string) ([]nuclei.Template, error) { return c, nil }

// template makes an approved template of requests under an id.
func template(id, protocol, requests string) nuclei.Template {
	body := []byte("id: " + id + "\ninfo:\n  name: " + id + "\n  author: test\n  severity: info\n" + requests)
	sum := sha256.Sum256(body)
	return nuclei.Template{ID: inventory.CheckID(id), Protocol: protocol, Body: body, SHA256: hex.EncodeToString(sum[:])}
}

// httpTemplate asks for a path and matches on a word in the body.
func httpTemplate(id, path, word string) nuclei.Template {
	return template(id, "http", `http:
  - method: GET
    path: ["`+path+`"]
    matchers:
      - type: word
        words: ["`+word+`"]
`)
}

func tcpTemplate(id string, port uint16, send, word string) nuclei.Template {
	t := template(id, "tcp", `tcp:
  - host: ["{{Hostname}}"]
    inputs:
      - data: "`+send+`"
    read-size: 1024
    matchers:
      - type: word
        words: ["`+word+`"]
`)
	t.Ports = []uint16{port}
	return t
}

func newEngine(t testing.TB, templates catalogue, change func(*nuclei.Config)) *nuclei.Engine {
	t.Helper()
	cfg := nuclei.Config{
		Args: []string{childArg}, Templates: templates, TempDir: t.TempDir(),
		Resolvers: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.10:9")}, // nobody
		Log:       slog.New(slog.NewTextHandler(testLog{t}, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	e, err := nuclei.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// testLog shows the engine's log with the test.
type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// profile is fast; tests of rates have their own.
func profile() scanner.Profile {
	return scanner.Profile{Name: "test", Templates: true, RequestsPerSecond: 500, HostTimeout: time.Minute}
}

// permit makes a target for an address under a name.
func permit(t *testing.T, asset inventory.AssetID, addr, name string) inventory.Target {
	t.Helper()
	return enginetest.Target(t, addr, enginetest.Permit{Subject: inventory.Subject{Asset: asset, Name: name}})
}

func service(addr string, port uint16, name string, overTLS bool) inventory.Service {
	return inventory.Service{Asset: "A-1", Addr: netip.MustParseAddr(addr), Port: port, Transport: inventory.TCP, Name: name, TLS: overTLS}
}

// scan runs one batch and fails on an error.
func scan(t *testing.T, e *nuclei.Engine, b scanner.Batch) scanner.Result {
	t.Helper()
	r, err := e.Scan(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// matched lists what was found as "check matcher address:port hostname".
func matched(r scanner.Result) []string {
	var out []string
	for _, o := range r.Observations {
		out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s",
			o.Match.Check, o.Match.Matcher, netip.AddrPortFrom(o.Addr, o.Port), o.Hostname)), " "))
	}
	return out
}

// covered lists coverage as "check address:port hostname: ran" or the reason.
func covered(r scanner.Result) []string {
	var out []string
	for _, c := range r.Checks {
		place := strings.TrimSpace(fmt.Sprintf("%s %s", netip.AddrPortFrom(c.Addr, c.Port), c.Hostname))
		for _, id := range c.Ran {
			out = append(out, fmt.Sprintf("%s %s: ran", id, place))
		}
		for _, m := range c.Missed {
			out = append(out, fmt.Sprintf("%s %s: %s", m.Check, place, m.Reason))
		}
	}
	return out
}
