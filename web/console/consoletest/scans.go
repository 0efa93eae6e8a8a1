package consoletest

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/web/api/apitest"
)

// A weakness is one that a server had during some of the six weeks, of which
// the first is week 0.
type weakness struct {
	check inventory.CheckID
	port  uint16
	weeks string // "xx--x-": seen where there is an x
}

// weaknesses of the servers: one open, one fixed, one back again, and so on.
var weaknesses = map[string][]weakness{
	"192.0.2.10":    {{"test-portal", 443, "xxxxxx"}, {"test-version", 443, "xx----"}},
	"192.0.2.20":    {{"test-status", 80, "-xxxxx"}, {"test-version", 80, "x--xxx"}},
	"192.0.2.30":    {{"test-modbus", 502, "----xx"}},
	"192.0.2.40":    {{"test-rdp", 3389, "--xxxx"}},
	"198.51.100.10": {{"test-portal", 443, "xxx---"}, {"test-status", 443, "xxxxxx"}},
	"198.51.100.20": {{"test-modbus", 502, "xxxxxx"}},
}

// leads are where web servers send their visitors: to what nobody registered.
var leads = map[string]string{"192.0.2.10": "https://shop.grid.example/", "192.0.2.20": "https://cdn.host.example/"}

// names resolves the one of those that is Grid's, to where no permission is.
type names struct{ apitest.NoNames }

// Lookup implements schedule.Resolver.
func (n names) Lookup(ctx context.Context, name string) ([]netip.Addr, error) {
	if name == "shop.grid.example" {
		return []netip.Addr{netip.MustParseAddr("192.0.2.200")}, nil
	}
	return n.NoNames.Lookup(ctx, name)
}

// scan looks once a week, and judges what was seen.
func (w *World) scan() {
	for n := range 6 {
		w.past.Store(int64(time.Duration(6-n)*week - 6*24*time.Hour))
		for _, org := range []inventory.OrganizationID{w.Grid, w.Water} {
			w.look(org, n)
		}
	}
}

func (w *World) look(org inventory.OrganizationID, n int) {
	var hosts []scanner.Host
	for _, a := range w.Assets {
		if a.Org == org {
			hosts = append(hosts, scanner.Host{Addr: netip.MustParseAddr(a.Address.String()), Asset: a.ID, Class: a.Class})
		}
	}
	ctx := w.Context()
	made, err := w.Store.CreateScan(ctx, "mara", scanner.Scan{Org: org, Profile: "standard", Trigger: scanner.TriggerSchedule, Priority: 2},
		[]scanner.Task{{Profile: "standard", Hosts: hosts}}, time.Time{}, time.Time{})
	w.must(err)
	w.Scan = string(made.ID)
	task, ok, err := w.Store.ClaimTask(ctx, "worker-1", time.Minute)
	w.must(err)
	if !ok {
		w.t.Fatal("no task to claim")
	}
	w.must(w.Store.FinishTask(ctx, w.seen(task, n)))
	w.must(w.Store.Judge(ctx, task.ID, inventory.Judge))
}

// seen is what the task saw in that week.
func (w *World) seen(task scanner.Task, n int) scanner.Report {
	r := scanner.Report{Task: task, Outcome: inventory.Complete}
	r.Result.Method, r.Result.Requests = "syn", 12
	for _, h := range task.Hosts {
		r.Result.Hosts = append(r.Result.Hosts, inventory.HostResult{Asset: h.Asset, Addr: h.Addr, Outcome: inventory.Complete})
		var ports []uint16
		for _, x := range weaknesses[h.Addr.String()] {
			ports = append(ports, x.port)
			at := inventory.Observation{Asset: h.Asset, Addr: h.Addr, Port: x.port, Transport: inventory.TCP, At: w.now()}
			service := at
			service.Service = &inventory.Service{Name: "https", Product: "Portal", Version: "4.1", TLS: true, Certificate: &inventory.Certificate{
				SHA256: strings.Repeat("ab", 32), Subject: "CN=portal.example.org,O=Grid", Issuer: "CN=Example Root", Names: []string{"portal.example.org"},
				NotBefore: w.now().AddDate(0, -10, 0), NotAfter: w.now().AddDate(0, 0, 62), KeyType: "RSA", KeyBits: 2048,
			}}
			r.Result.Observations = append(r.Result.Observations, service)
			if x.weeks[n] == 'x' {
				match := at
				match.Match = &inventory.Match{Check: x.check, Matcher: "version", Extracted: []string{"4.1"}, Location: h.Addr.String()}
				match.Evidence = &inventory.Evidence{Request: []byte("GET / HTTP/1.1"), Response: []byte("HTTP/1.1 200 OK\nServer: Portal/4.1 <script>alert(1)</script>")}
				if to := leads[h.Addr.String()]; to != "" {
					match.Evidence.Response = append(match.Evidence.Response, "\nLocation: "+to...)
				}
				r.Result.Observations = append(r.Result.Observations, match)
			}
			r.Result.Checks = append(r.Result.Checks, inventory.CheckCoverage{
				Asset: h.Asset, Addr: h.Addr, Port: x.port, Transport: inventory.TCP, Ran: []inventory.CheckID{x.check},
			})
		}
		r.Result.Ports = append(r.Result.Ports, inventory.PortCoverage{
			Asset: h.Asset, Addr: h.Addr, Transport: inventory.TCP, Open: inventory.Ports(ports...), Closed: inventory.MustPorts("1-79,81-442"),
		})
	}
	return r
}
