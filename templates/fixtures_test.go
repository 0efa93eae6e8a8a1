package templates_test

import (
	"cmp"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei"
	"github.com/ciiscan/ciiscan/templates"
	"github.com/ciiscan/ciiscan/templates/fixture"
)

// TestFixtures runs every template against every fixture that it could meet,
// in one batch of the real engine: each must find its own servers, leave the
// look-alikes alone, and find nothing on another template's servers but what
// the fixture says. No template may match a host that answers 200 to
// everything, or one that says nothing.
func TestFixtures(t *testing.T) {
	catalogue, err := templates.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	for _, f := range files(t, catalogue) {
		tmpl, _ := catalogue.ByID(f.Check)
		for _, c := range f.Match {
			w.add(tmpl, c, append([]inventory.CheckID{f.Check}, c.Also...))
		}
		for _, c := range f.NoMatch {
			w.add(tmpl, c, c.Also)
		}
	}
	for _, tmpl := range catalogue.All() {
		if tmpl.Protocol == templates.TCP {
			w.add(tmpl, fixture.CatchAll(), nil)
			w.add(tmpl, fixture.Silent(), nil)
		}
	}
	w.add(templates.Template{Protocol: templates.HTTP}, fixture.CatchAll(), nil)
	w.add(templates.Template{Protocol: templates.HTTP}, fixture.Silent(), nil)
	w.add(templates.Template{Protocol: templates.SSL}, fixture.Silent(), nil)
	overTLS := fixture.CatchAll()
	overTLS.TLS = &fixture.TLS{CommonName: "catch-all.example"}
	w.add(templates.Template{Protocol: templates.HTTP}, overTLS, nil)

	result := w.scan(source{catalogue})
	w.check(result)
	w.checkCoverage(catalogue, result)
}

// files returns the fixtures, which must be there for every template and for
// nothing else.
func files(t *testing.T, c templates.Catalogue) []fixture.File {
	t.Helper()
	all, err := fixture.All()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []inventory.CheckID
	for _, tmpl := range c.All() {
		want = append(want, tmpl.Check.ID)
	}
	for _, f := range all {
		got = append(got, f.Check)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("templates and fixtures differ (-templates +fixtures):\n%s", diff)
	}
	return all
}

// source is the catalogue as the engine wants it.
type source struct{ templates.Catalogue }

func (s source) Approved(tags []string) ([]nuclei.Template, error) {
	var out []nuclei.Template
	for _, t := range s.Catalogue.Approved(tags...) {
		out = append(out, nuclei.Template{
			ID: t.Check.ID, SHA256: t.SHA256, Body: t.Body, Protocol: string(t.Protocol),
			Ports: t.Ports, Services: t.Services,
		})
	}
	return out, nil
}

// A world is a network in which each case has an address of its own.
type world struct {
	t        *testing.T
	next     netip.Addr
	homes    map[netip.Addr]home
	targets  []inventory.Target
	services []inventory.Service
	records  []string
}

// A home is one case at one address, and what must be found there.
type home struct {
	check inventory.CheckID // whose case it is
	name  string
	want  []inventory.CheckID
}

func newWorld(t *testing.T) *world {
	return &world{t: t, next: netip.MustParseAddr("192.0.2.100"), homes: map[netip.Addr]home{}}
}

// resolver is where the world's names are answered for.
var resolver = netip.MustParseAddrPort("192.0.2.53:53")

func (w *world) add(tmpl templates.Template, c fixture.Case, want []inventory.CheckID) {
	w.t.Helper()
	addr := w.address()
	w.homes[addr] = home{check: tmpl.Check.ID, name: c.Name, want: want}
	w.targets = append(w.targets, w.permit(addr, c.Host))
	w.records = append(w.records, c.DNS...)
	if len(c.DNS) > 0 {
		return
	}
	s := serviceOf(tmpl, c)
	s.Addr = addr
	server, err := c.Serve(netip.AddrPortFrom(addr, s.Port))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = server.Close() })
	w.services = append(w.services, s)
}

// address hands out the documentation prefixes' addresses, one after another.
func (w *world) address() netip.Addr {
	addr := w.next
	switch w.next = addr.Next(); w.next.String() {
	case "192.0.2.255":
		w.next = netip.MustParseAddr("198.51.100.1")
	case "198.51.100.255":
		w.next = netip.MustParseAddr("203.0.113.1")
	case "203.0.113.255":
		w.t.Fatal("the documentation prefixes are used up")
	}
	return addr
}

// serviceOf tells what nmap would say of the case's server.
func serviceOf(tmpl templates.Template, c fixture.Case) inventory.Service {
	s := inventory.Service{Asset: "A-1", Transport: inventory.TCP, Port: c.Port, Name: c.Service, TLS: c.TLS != nil}
	port, name := uint16(80), "http"
	switch {
	case tmpl.Protocol == templates.SSL:
		port, name, s.TLS = 443, "ssl", true
	case tmpl.Protocol == templates.TCP:
		port, name = tmpl.Ports[0], tmpl.Services[0]
	case s.TLS:
		port, name = 443, "https"
	case len(tmpl.Ports) > 0:
		port = tmpl.Ports[0]
	}
	s.Port, s.Name = cmp.Or(s.Port, port), cmp.Or(s.Name, name)
	return s
}

func (w *world) permit(addr netip.Addr, name string) inventory.Target {
	w.t.Helper()
	now := time.Now()
	prefixes := []netip.Prefix{
		netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	}
	scope := inventory.NewScope([]inventory.Authorization{{
		ID: "AUTH-1", Prefixes: prefixes, State: inventory.AuthActive,
		Level: inventory.LevelStandard, OTLevel: inventory.LevelStandard,
		From: now.Add(-time.Hour), Until: now.Add(time.Hour),
	}}, nil, prefixes)
	target, err := scope.Authorize(addr, inventory.Subject{Asset: "A-1", Class: inventory.IT, Name: name}, now)
	if err != nil {
		w.t.Fatal(err)
	}
	return target
}

// scan runs the source's templates over the whole world at once.
func (w *world) scan(s nuclei.Source) scanner.Result {
	w.t.Helper()
	names, err := fixture.ServeDNS(resolver, w.records)
	if err != nil {
		w.t.Fatal(err)
	}
	engine, err := nuclei.New(nuclei.Config{
		Args: []string{childArg}, Templates: s, TempDir: w.t.TempDir(),
		Resolvers: []netip.AddrPort{resolver}, Parallel: 48, MemoryLimit: 4 << 30,
		Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			w.t.Error(err)
		}
		if err := names.Close(); err != nil {
			w.t.Error(err)
		}
	})
	result, err := engine.Scan(w.t.Context(), scanner.Batch{
		Task: "T-1", Targets: w.targets, Services: w.services,
		Profile: scanner.Profile{
			Name: "test", Templates: true, RequestsPerSecond: 10_000, HostTimeout: 2 * time.Minute,
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// check compares what was found at each address with what must be.
func (w *world) check(r scanner.Result) {
	w.t.Helper()
	got := map[netip.Addr]map[inventory.CheckID]bool{}
	for _, o := range r.Observations {
		if got[o.Addr] == nil {
			got[o.Addr] = map[inventory.CheckID]bool{}
		}
		got[o.Addr][o.Match.Check] = true
	}
	for addr, h := range w.homes {
		want, found := slices.Sorted(slices.Values(h.want)), slices.Sorted(maps.Keys(got[addr]))
		if !slices.Equal(want, found) {
			w.t.Errorf("%s, %q (%s): found %v, want %v%s", h.check, h.name, addr, found, want, reasons(r, addr, h.check))
		}
	}
}

// checkCoverage demands that each template ran to an end on at least one of
// its look-alikes: a template that cannot say "not here" leaves its findings
// open for ever.
func (w *world) checkCoverage(c templates.Catalogue, r scanner.Result) {
	w.t.Helper()
	ended := map[inventory.CheckID]bool{}
	for _, cover := range r.Checks {
		if h := w.homes[cover.Addr]; !slices.Contains(h.want, h.check) && slices.Contains(cover.Ran, h.check) {
			ended[h.check] = true
		}
	}
	for _, tmpl := range c.All() {
		if !ended[tmpl.Check.ID] {
			w.t.Errorf("%s came to no end on any server that it does not match", tmpl.Check.ID)
		}
	}
}

// reasons says why a check came to no end at an address, if it did not.
func reasons(r scanner.Result, addr netip.Addr, id inventory.CheckID) string {
	var out []string
	for _, cover := range r.Checks {
		for _, m := range cover.Missed {
			if cover.Addr == addr && m.Check == id {
				out = append(out, m.Reason)
			}
		}
	}
	if out == nil {
		return ""
	}
	return "; missed: " + strings.Join(out, ", ")
}
