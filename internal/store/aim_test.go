package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// A targeted scan asks one question. That it asked no other is no news.
func TestTargetedScan(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.7")
	w.round(org, w.sees, host(a, "192.0.2.7"))
	next := func() int {
		return w.rows("SELECT extract(epoch FROM next_scan)::bigint FROM address_states WHERE address = '192.0.2.7'")
	}
	before, events := next(), w.rows("SELECT count(*) FROM finding_events")
	w.clock.advance(time.Hour)

	aim := scanner.Aim{Checks: []inventory.CheckID{"other-check"}, TCP: "6379"}
	sc := must(w.CreateScan(ctx, "inbox", scanner.Scan{
		Org: org, Asset: a.ID, Profile: "standard", Trigger: scanner.TriggerAdvisory, Priority: 1, Aim: aim,
	}, []scanner.Task{{Profile: "standard", Aim: aim, Hosts: []scanner.Host{host(a, "192.0.2.7")}}}, time.Time{}, time.Time{}))(t)
	if diff := cmp.Diff(aim, must(w.Scan(ctx, sc.ID))(t).Aim); diff != "" {
		t.Errorf("the scan's aim (-want +got):\n%s", diff)
	}
	task := w.claim("worker-1")
	if diff := cmp.Diff(aim, task.Aim); diff != "" {
		t.Errorf("the task's aim (-want +got):\n%s", diff)
	}
	r := scanner.Report{Task: task, Outcome: inventory.Complete}
	h := task.Hosts[0]
	r.Result.Hosts = []inventory.HostResult{{Asset: h.Asset, Addr: h.Addr, Outcome: inventory.Complete}}
	r.Result.Ports = []inventory.PortCoverage{{Asset: h.Asset, Addr: h.Addr, Transport: inventory.TCP, Closed: inventory.MustPorts("6379")}}
	w.finish(r)
	w.judge(task.ID)
	if n := w.rows("SELECT count(*) FROM finding_events"); n != events {
		t.Errorf("%d new events on findings that it did not ask about", n-events)
	}
	if n := w.rows("SELECT count(*) FROM services"); n != 1 {
		t.Errorf("%d services are known, want the one of before", n)
	}
	if got := next(); got != before {
		t.Errorf("the next routine scan moved by %d s", got-before)
	}
}
