package store_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/internal/store"
	"github.com/ciiscan/ciiscan/internal/storetest"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// start is when the tests' clocks begin.
var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a store with a clock, and makes what tests need in it.
type world struct {
	*store.Store
	t     *testing.T
	db    storetest.DB
	clock *clock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: storetest.NewDB(t), clock: &clock{at: start}}
	w.Store = storetest.Open(t, w.db.URL, store.Options{
		Now: w.clock.now, Admit: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24")},
	})
	return w
}

// must ends the test on an error, and returns the value else.
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func (w *world) org(name string) inventory.OrganizationID {
	w.t.Helper()
	return must(w.CreateOrganization(w.t.Context(), "mara", inventory.Organization{
		Name: name, Sector: inventory.SectorEnergy, Country: "LK", Criticality: inventory.CriticalityHigh, TimeZone: "Asia/Colombo",
		Contacts: []inventory.Contact{{Role: inventory.RoleTechnical, Name: "Duty " + name, Email: "duty@example.org"}},
	}))(w.t).ID
}

func address(t testing.TB, s string) inventory.Address {
	t.Helper()
	return must(inventory.ParseAddress(s))(t)
}

func (w *world) asset(org inventory.OrganizationID, addr string) inventory.Asset {
	w.t.Helper()
	return must(w.CreateAssets(w.t.Context(), "mara", []inventory.Asset{{
		Org: org, Address: address(w.t, addr), Name: "server " + addr, Criticality: inventory.CriticalityHigh,
		Class: inventory.IT, Tags: []string{"dmz"},
	}}))(w.t)[0]
}

func host(a inventory.Asset, addr string) scanner.Host {
	return scanner.Host{Addr: netip.MustParseAddr(addr), Asset: a.ID, Class: inventory.IT}
}

// scan creates a scan of one task for each list of hosts.
func (w *world) scan(org inventory.OrganizationID, tasks ...[]scanner.Host) scanner.Scan {
	w.t.Helper()
	var all []scanner.Task
	for _, hosts := range tasks {
		all = append(all, scanner.Task{Profile: "standard", Hosts: hosts})
	}
	return must(w.CreateScan(w.t.Context(), "mara", scanner.Scan{
		Org: org, Profile: "standard", Trigger: scanner.TriggerManual, Priority: 2,
	}, all, time.Time{}, time.Time{}))(w.t)
}

func (w *world) claim(worker string) scanner.Task {
	w.t.Helper()
	task, ok, err := w.ClaimTask(w.t.Context(), worker, time.Minute)
	if err != nil || !ok {
		w.t.Fatalf("ClaimTask(%s) = %v, %v, want a task", worker, ok, err)
	}
	return task
}

func (w *world) noClaim(why string) {
	w.t.Helper()
	if task, ok, err := w.ClaimTask(w.t.Context(), "idle", time.Minute); ok || err != nil {
		w.t.Errorf("%s: ClaimTask = %s, %v, %v, want none", why, task.ID, ok, err)
	}
}

// found reports one service with one weakness on each host of the task.
func found(task scanner.Task, at time.Time, check inventory.CheckID) scanner.Report {
	r := quiet(task)
	for _, h := range task.Hosts {
		proof := &inventory.Evidence{Request: []byte("GET /"), Response: []byte("HTTP/1.1 200 OK\n" + h.Addr.String())}
		r.Result.Observations = append(r.Result.Observations,
			inventory.Observation{
				Asset: h.Asset, Addr: h.Addr, Port: 80, Transport: inventory.TCP, At: at,
				Service: &inventory.Service{Name: "http", Product: "nginx", Version: "1.22", CPEs: []string{"cpe:/a:nginx:nginx:1.22"}},
			},
			inventory.Observation{
				Asset: h.Asset, Addr: h.Addr, Port: 80, Transport: inventory.TCP, At: at, Evidence: proof,
				Match: &inventory.Match{Check: check, Matcher: "m", Extracted: []string{"a", "b"}, Location: "http://x/"},
			})
	}
	return r
}

// quiet reports that port 80 was open on each host and test-check ran to its
// end without a match.
func quiet(task scanner.Task) scanner.Report {
	r := scanner.Report{Task: task, Outcome: inventory.Complete}
	r.Result.Method, r.Result.Requests = "syn", 12
	for _, h := range task.Hosts {
		r.Result.Hosts = append(r.Result.Hosts, inventory.HostResult{Asset: h.Asset, Addr: h.Addr, Outcome: inventory.Complete})
		r.Result.Ports = append(r.Result.Ports, inventory.PortCoverage{
			Asset: h.Asset, Addr: h.Addr, Transport: inventory.TCP,
			Open: inventory.Ports(80), Closed: inventory.MustPorts("1-79,81-1024"),
		})
		r.Result.Checks = append(r.Result.Checks, inventory.CheckCoverage{
			Asset: h.Asset, Addr: h.Addr, Port: 80, Transport: inventory.TCP, Ran: []inventory.CheckID{"other", testCheck},
			Missed: []inventory.Missed{{Check: "slow", Reason: "timed out"}},
		})
	}
	return r
}

const testCheck inventory.CheckID = "test-check"

func (w *world) check() {
	w.t.Helper()
	if err := w.SyncChecks(w.t.Context(), []inventory.Check{{
		ID: testCheck, Title: "A test page is exposed", Severity: inventory.SeverityHigh, Why: "It tells too much.",
		Fix: "Remove it.", Source: "template", Protocol: "http", CVEs: []string{"CVE-2026-0001"},
	}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) finish(r scanner.Report) {
	w.t.Helper()
	if err := w.FinishTask(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) judge(id inventory.TaskID) {
	w.t.Helper()
	if err := w.Judge(w.t.Context(), id, inventory.Judge); err != nil {
		w.t.Fatal(err)
	}
}

// round scans the assets once and judges: with a sighting or without.
func (w *world) round(org inventory.OrganizationID, report func(scanner.Task) scanner.Report, hosts ...scanner.Host) scanner.Scan {
	w.t.Helper()
	sc := w.scan(org, hosts)
	task := w.claim("worker-1")
	w.finish(report(task))
	w.judge(task.ID)
	return sc
}

func (w *world) sees(task scanner.Task) scanner.Report { return found(task, w.clock.now(), testCheck) }

// rows counts rows by a query.
func (w *world) rows(query string, args ...any) int {
	w.t.Helper()
	return count(w.t, w.db.URL, query, args...)
}

func addressOf(i int) string { return fmt.Sprintf("192.0.2.%d", i) }
