package nuclei

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

var allProtocols = []Template{
	{ID: "web", Protocol: "http"},
	{ID: "redis", Protocol: "tcp", Ports: []uint16{6379}, Services: []string{"redis"}},
	{ID: "cert", Protocol: "ssl", Services: []string{"imaps"}},
	{ID: "spf", Protocol: "dns"},
}

// docker is an http template that names a service.
var docker = Template{ID: "docker", Protocol: "http", Ports: []uint16{2375}, Services: []string{"docker"}}

func permit(t testing.TB, asset inventory.AssetID, addr, name string, until time.Duration) inventory.Target {
	t.Helper()
	a, now := netip.MustParseAddr(addr), time.Now().Truncate(time.Second)
	p := netip.PrefixFrom(a, a.BitLen())
	scope := inventory.NewScope([]inventory.Authorization{{
		Prefixes: []netip.Prefix{p}, State: inventory.AuthActive, Level: inventory.LevelStandard,
		From: now.Add(-time.Hour), Until: now.Add(until),
	}}, nil, []netip.Prefix{p})
	got, err := scope.Authorize(a, inventory.Subject{Asset: asset, Class: inventory.IT, Name: name}, now)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func tcp(addr string, port uint16, name string, overTLS bool) inventory.Service {
	return inventory.Service{Addr: netip.MustParseAddr(addr), Port: port, Transport: inventory.TCP, Name: name, TLS: overTLS}
}

func TestPlan(t *testing.T) {
	const four, six = "192.0.2.1", "2001:db8::1"
	bare := func(t *testing.T) []inventory.Target {
		return []inventory.Target{permit(t, "A-1", four, "", time.Hour)}
	}
	for _, c := range []struct {
		name     string
		targets  func(*testing.T) []inventory.Target
		services []inventory.Service
		want     []string
	}{
		{"nothing alive", bare, nil, nil},
		{"a service of another address", bare, []inventory.Service{tcp("192.0.2.2", 80, "http", false)}, nil},
		{"usual ports are left out", bare, []inventory.Service{tcp(four, 80, "http", false), tcp(four, 443, "http", true)}, []string{
			"A-1 http://192.0.2.1 web", "A-1 https://192.0.2.1 web", "A-1 192.0.2.1:443 cert",
		}},
		{"nmap's https is TLS", bare, []inventory.Service{tcp(four, 8443, "https-alt", false)}, []string{
			"A-1 https://192.0.2.1:8443 web", "A-1 192.0.2.1:8443 cert",
		}},
		{"the other scheme's port is named", bare, []inventory.Service{tcp(four, 443, "http", false)}, []string{"A-1 http://192.0.2.1:443 web"}},
		{"a service seen twice", bare, []inventory.Service{tcp(four, 80, "http", false), tcp(four, 80, "http", false)}, []string{"A-1 http://192.0.2.1 web"}},
		{"tcp by port", bare, []inventory.Service{tcp(four, 6379, "", false)}, []string{"A-1 192.0.2.1:6379 redis"}},
		{"tcp by name", bare, []inventory.Service{tcp(four, 7000, "Redis", false)}, []string{"A-1 192.0.2.1:7000 redis"}},
		{"tcp by port, whatever its name", bare, []inventory.Service{tcp(four, 6379, "ssh", false)}, []string{"A-1 192.0.2.1:6379 redis"}},
		{"http by nmap's name for a product", bare, []inventory.Service{tcp(four, 2376, "docker", true)}, []string{
			"A-1 https://192.0.2.1:2376 docker", "A-1 192.0.2.1:2376 cert",
		}},
		{"http by port, where nmap knows no name", bare, []inventory.Service{tcp(four, 2375, "unknown", false)}, []string{"A-1 http://192.0.2.1:2375 docker"}},
		{"ssl by name", bare, []inventory.Service{tcp(four, 993, "imaps", false)}, []string{"A-1 192.0.2.1:993 cert"}},
		{"tcp by neither", bare, []inventory.Service{tcp(four, 7000, "", false)}, nil},
		{"udp has no templates", bare, []inventory.Service{{Addr: netip.MustParseAddr(four), Port: 6379, Transport: inventory.UDP, Name: "redis"}}, nil},
		{"IPv6", func(t *testing.T) []inventory.Target {
			return []inventory.Target{permit(t, "A-6", six, "", time.Hour)}
		}, []inventory.Service{tcp(six, 80, "http", false), tcp(six, 81, "http", false), tcp(six, 993, "imaps", true), tcp(six, 6379, "", false)}, []string{
			"A-6 http://[2001:db8::1] web", "A-6 http://[2001:db8::1]:81 web", "A-6 [2001:db8::1]:993 cert", "A-6 [2001:db8::1]:6379 redis",
		}},
		{"a name alone is not scanned as an address", func(t *testing.T) []inventory.Target {
			return []inventory.Target{permit(t, "A-2", four, "www.example.org", time.Hour)}
		}, []inventory.Service{tcp(four, 80, "http", false), tcp(four, 6379, "redis", false)}, []string{
			"A-2 http://www.example.org web", "A-2 192.0.2.1:6379 redis", "A-2 www.example.org spf",
		}},
		{"the first permit owns the address, each name has its own", func(t *testing.T) []inventory.Target {
			return []inventory.Target{
				permit(t, "A-1", four, "", time.Hour), permit(t, "A-2", four, "b.example.org", time.Hour),
				permit(t, "A-3", four, "a.example.org", time.Hour), permit(t, "A-4", four, "a.example.org", time.Hour),
			}
		}, []inventory.Service{tcp(four, 80, "http", false), tcp(four, 6379, "redis", false)}, []string{
			"A-1 http://192.0.2.1 web", "A-3 http://a.example.org web", "A-2 http://b.example.org web",
			"A-1 192.0.2.1:6379 redis", "A-3 a.example.org spf", "A-2 b.example.org spf",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			approved := allProtocols
			if strings.HasPrefix(c.name, "http by") {
				approved = append(slices.Clone(approved), docker)
			}
			p := newPlan(scanner.Batch{Targets: c.targets(t), Services: c.services}, approved)
			var got []string
			for _, u := range p.units {
				for _, i := range u.templates {
					got = append(got, fmt.Sprintf("%s %s %s", u.asset, u.input, p.templates[i].ID))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanOfNamedChecks(t *testing.T) {
	b := scanner.Batch{
		Profile:  scanner.Profile{Checks: []inventory.CheckID{"redis", "retired-check"}},
		Targets:  []inventory.Target{permit(t, "A-1", "192.0.2.1", "", time.Hour)},
		Services: []inventory.Service{tcp("192.0.2.1", 80, "http", false), tcp("192.0.2.1", 6379, "redis", false)},
	}
	p := newPlan(b, allProtocols)
	if len(p.templates) != 1 || len(p.units) != 1 || p.units[0].input != "192.0.2.1:6379" {
		t.Errorf("templates %+v, units %+v; want redis on its port alone", p.templates, p.units)
	}
	if len(allProtocols) != 4 {
		t.Error("the caller's templates changed")
	}
}

func TestJobHasTheEarliestEndAndOnlyWhatIsLeft(t *testing.T) {
	late, soon := permit(t, "A-1", "192.0.2.1", "", 2*time.Hour), permit(t, "A-2", "192.0.2.1", "www.example.org", time.Hour)
	p := newPlan(scanner.Batch{
		Targets: []inventory.Target{late, soon}, Services: []inventory.Service{tcp("192.0.2.1", 443, "https", true)},
	}, allProtocols)
	job := p.job(wire.Job{Rate: 7}, p.pairs()[1:])
	if len(job.Hosts) != 1 || !job.Hosts[0].Until.Equal(soon.Until()) || job.Rate != 7 {
		t.Fatalf("job = %+v, want one host until %s", job, soon.Until())
	}
	var got []string
	for _, u := range job.Hosts[0].Units {
		got = append(got, fmt.Sprint(u.Input, u.Templates))
	}
	want := []string{"192.0.2.1:443[2]", "https://www.example.org[0]", "www.example.org:443[2]", "www.example.org[3]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
}

// FuzzEvents books whatever a child may say. However it lies, every pair has
// exactly one end, and nothing is observed that did not run.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"start"}` + "\n" + `{"kind":"match","match":{"matcher":"m","extracted":["x"],"response":"eA=="}}` + "\n" + `{"kind":"ran","sent":3}` + "\n",
		`{"kind":"start","unit":1,"template":1}` + "\n" + `{"kind":"missed","unit":1,"template":1,"reason":"timed\u001b[31m out"}` + "\n",
		`{"kind":"done","sent":-1}` + "\n" + `{"kind":"ran","unit":99}` + "\n",
		"[INF] hello\n", `{"kind":"match"}` + "\n", "{\n",
	} {
		f.Add([]byte(seed))
	}
	p := newPlan(scanner.Batch{
		Targets:  []inventory.Target{permit(f, "A-1", "192.0.2.1", "", time.Hour)},
		Services: []inventory.Service{tcp("192.0.2.1", 80, "http", false), tcp("192.0.2.1", 6379, "redis", false)},
	}, allProtocols)
	f.Fuzz(func(t *testing.T, said []byte) {
		book := newLedger(p, time.Now)
		in := wire.NewReader[wire.Event](bytes.NewReader(said), wire.MaxEvent)
		for {
			ev, err := in.Next()
			if err != nil {
				break
			}
			if err := book.apply(ev); err != nil {
				break
			}
		}
		r := book.result(reasonSilent)
		ran, missed := map[inventory.CheckID]bool{}, 0
		for _, c := range r.Checks {
			for _, id := range c.Ran {
				ran[id] = true
			}
			missed += len(c.Missed)
			if slices.ContainsFunc(c.Missed, func(m inventory.Missed) bool { return m.Reason != clean(m.Reason, 200) }) {
				t.Errorf("reasons not cleaned: %q", c.Missed)
			}
		}
		if len(ran)+missed != len(p.pairs()) {
			t.Errorf("%d ran and %d missed, of %d", len(ran), missed, len(p.pairs()))
		}
		for _, o := range r.Observations {
			if !ran[o.Match.Check] || len(o.Evidence.Response) > inventory.MaxEvidence {
				t.Errorf("observation without coverage, or with too much evidence: %+v", o)
			}
		}
	})
}
