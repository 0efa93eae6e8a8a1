package enginetest

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// A Subject is an engine in the suite, and how it is to look.
type Subject struct {
	Engine scanner.Engine
	// Profile must make the engine ask TCP ports 8080 and 8081.
	Profile scanner.Profile
	// AfterPorts says that the engine needs services that an earlier stage saw.
	AfterPorts bool
}

// stopWithin is what scanner.Engine promises of the end of its context.
const stopWithin = 5 * time.Second

// The suite's hosts: two to look at, and neighbours that nobody may touch.
const (
	hostA, hostB           = "192.0.2.10", "192.0.2.12"
	neighbourA, neighbourB = "192.0.2.9", "192.0.2.11"
	tarpitHost             = "192.0.2.20"
	webPort, otherPort     = 8080, 8081
	settle                 = time.Second // for packets under way
	beforeCancel           = 1500 * time.Millisecond
)

// Run is the suite that every engine passes. It must be called inside
// InNamespace, in a namespace that has no addresses yet.
func Run(t *testing.T, s Subject) {
	AddAddr(t, hostA, hostB, neighbourA, neighbourB, tarpitHost)
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<title>suite</title>")) // a client that left
	})
	var wanted, neighbours []*Server
	for _, port := range []uint16{webPort, otherPort} {
		wanted = append(wanted, ServeHTTP(t, hostA, port, page), ServeHTTP(t, hostB, port, page))
		neighbours = append(neighbours, ServeHTTP(t, neighbourA, port, page), ServeHTTP(t, neighbourB, port, page))
	}
	tarpit := ServeTCP(t, tarpitHost, webPort, Silent)

	t.Run("no targets, no work", func(t *testing.T) {
		r, err := s.Engine.Scan(t.Context(), scanner.Batch{Task: "T-1", Profile: s.Profile})
		if err != nil || len(r.Hosts)+len(r.Observations)+len(r.Ports)+len(r.Checks) > 0 {
			t.Errorf("Scan of nothing = %+v, %v; want nothing", r, err)
		}
	})
	t.Run("touches its targets only", func(t *testing.T) {
		r, err := s.Engine.Scan(t.Context(), s.batch(t, hostA))
		if err != nil {
			t.Fatalf("Scan: %v", err)
		}
		if sum(wanted) == 0 {
			t.Error("Scan did not connect to its target")
		}
		if n := sum(neighbours); n > 0 {
			t.Errorf("Scan made %d connections to neighbours", n)
		}
		concernsOnly(t, r, hostA)
	})
	t.Run("concurrent calls do not mix", func(t *testing.T) {
		var wg sync.WaitGroup
		for _, host := range []string{hostA, hostB} {
			b := s.batch(t, host)
			wg.Go(func() {
				r, err := s.Engine.Scan(t.Context(), b)
				if err != nil {
					t.Errorf("Scan of %s: %v", host, err)
				}
				concernsOnly(t, r, host)
			})
		}
		wg.Wait()
		if n := sum(neighbours); n > 0 {
			t.Errorf("two calls made %d connections to neighbours", n)
		}
	})
	t.Run("an ended context sends nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		before := sum(wanted)
		if _, err := s.Engine.Scan(ctx, s.batch(t, hostA)); err == nil {
			t.Error("Scan with an ended context gave no error")
		}
		if n := sum(wanted) - before; n > 0 {
			t.Errorf("Scan with an ended context made %d connections", n)
		}
	})
	t.Run("stops in time and stays true", func(t *testing.T) { s.stops(t, tarpit) })
}

// stops ends the context while the engine waits for a host that never speaks.
func (s Subject) stops(t *testing.T, tarpit *Server) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var cancelled time.Time
	timer := time.AfterFunc(beforeCancel, func() { cancelled = time.Now(); cancel() })
	defer timer.Stop()
	r, err := s.Engine.Scan(ctx, s.batch(t, tarpitHost))
	if cancelled.IsZero() {
		t.Fatalf("Scan of a tarpit ended by itself within %s: %v", beforeCancel, err)
	}
	if took := time.Since(cancelled); took > stopWithin {
		t.Errorf("Scan went on for %s after its context ended, want at most %s", took, stopWithin)
	}
	if err == nil {
		t.Error("Scan gave no error after its context ended")
	}
	time.Sleep(settle)
	if last := tarpit.LastAt(); last.After(cancelled.Add(stopWithin)) {
		t.Errorf("the last connection came %s after the context's end", last.Sub(cancelled))
	}
	for _, c := range r.Ports {
		open := inventory.Ports(webPort)
		for p := range c.Open.All() {
			if !open.Contains(p) {
				t.Errorf("coverage says port %d is open; nothing listens there", p)
			}
		}
		if c.Closed.Contains(webPort) || c.Filtered.Contains(webPort) {
			t.Errorf("coverage says port %d is not open; it is", webPort)
		}
	}
	for _, c := range r.Checks {
		if len(c.Ran) > 0 {
			t.Errorf("coverage says that %v ran to an end against a host that never answered", c.Ran)
		}
	}
	for _, h := range r.Hosts {
		if h.Outcome == inventory.Complete {
			t.Errorf("the interrupted host is %s, want anything else", h.Outcome)
		}
	}
}

// batch asks for one host, with its services when the engine needs them.
func (s Subject) batch(t *testing.T, addr string) scanner.Batch {
	t.Helper()
	b := scanner.Batch{Task: "T-1", Profile: s.Profile, Targets: Targets(t, addr)}
	if s.AfterPorts {
		for _, port := range []uint16{webPort, otherPort} {
			b.Services = append(b.Services, inventory.Service{
				Asset: "A-1", Addr: netip.MustParseAddr(addr), Port: port, Transport: inventory.TCP, Name: "http",
			})
		}
	}
	return b
}

// concernsOnly checks that a result says something of a host, and of no other.
func concernsOnly(t *testing.T, r scanner.Result, host string) {
	t.Helper()
	addr := netip.MustParseAddr(host)
	if !slices.ContainsFunc(r.Hosts, func(h inventory.HostResult) bool { return h.Addr == addr && h.Outcome == inventory.Complete }) {
		t.Errorf("Scan's hosts = %+v, want %s complete", r.Hosts, host)
	}
	var others []netip.Addr
	for _, h := range r.Hosts {
		others = append(others, h.Addr)
	}
	for _, o := range r.Observations {
		others = append(others, o.Addr)
	}
	for _, c := range r.Ports {
		others = append(others, c.Addr)
	}
	for _, c := range r.Checks {
		others = append(others, c.Addr)
	}
	for _, a := range others {
		if a != addr {
			t.Errorf("Scan of %s speaks of %s", host, a)
		}
	}
}

func sum(servers []*Server) int {
	n := 0
	for _, s := range servers {
		n += s.Connections()
	}
	return n
}
