package store_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

var values = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b inventory.PortSet) bool { return a.String() == b.String() }),
	cmp.Comparer(func(a, b inventory.Address) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

func TestJudgeIsGivenWhatTheTaskSaw(t *testing.T) {
	w := newWorld(t)
	w.check()
	threats := map[string]inventory.Threat{"CVE-2026-0001": {KEV: true, EPSS: 0.5}}
	if err := errors.Join(w.ImportKEV(t.Context(), "mara", threats), w.ImportEPSS(t.Context(), "mara", threats)); err != nil {
		t.Fatal(err)
	}
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1)), host(a, "192.0.2.2")})
	task := w.claim("worker-1")
	r := w.sees(task)
	r.Result.Observations = append(r.Result.Observations, inventory.Observation{ // what concerns a name has no address
		Asset: a.ID, Hostname: "example.org", At: start, Match: &inventory.Match{Check: "cii-dns-spf", Location: "example.org"},
	})
	w.finish(r)
	w.clock.advance(time.Minute)
	var in inventory.JudgeInput
	err := w.Judge(t.Context(), task.ID, func(got inventory.JudgeInput) inventory.JudgeOutput {
		in = got
		return inventory.JudgeOutput{}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := inventory.Seen{
		Task: task.ID, Observations: r.Result.Observations, Ports: r.Result.Ports, Checks: r.Result.Checks, Hosts: r.Result.Hosts,
	}
	for i := range want.Observations {
		if s := want.Observations[i].Service; s != nil {
			o := want.Observations[i]
			s.Asset, s.Addr, s.Port, s.Transport, s.FirstSeen, s.LastSeen = o.Asset, o.Addr, o.Port, o.Transport, o.At, o.At
		}
	}
	if diff := cmp.Diff(want, in.Seen, values); diff != "" {
		t.Errorf("Seen (-want +got):\n%s", diff)
	}
	if in.Org != org || !in.At.Equal(start) || in.Policy != inventory.DefaultClosing || in.Assets[a.ID].Name != a.Name {
		t.Errorf("input: org %s, at %v, policy %+v, assets %v", in.Org, in.At, in.Policy, in.Assets)
	}
	if got := in.Threats[testCheck]; got != (inventory.Threat{KEV: true, EPSS: 0.5}) || in.Checks[testCheck].Title == "" {
		t.Errorf("threat = %+v, check %+v", got, in.Checks[testCheck])
	}
}

func TestFindingFromFirstSightToProofOfItsEnd(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	h := host(a, addressOf(1))
	step := func(report func(scanner.Task) scanner.Report) inventory.Finding {
		t.Helper()
		w.clock.advance(24 * time.Hour)
		w.round(org, report, h)
		list, _, err := w.Findings(t.Context(), inventory.FindingFilter{Check: testCheck}, inventory.Page{})
		if err != nil || len(list) != 1 {
			t.Fatalf("Findings = %d, %v, want 1", len(list), err)
		}
		return list[0]
	}
	f := step(w.sees)
	first := f.FirstSeen
	if f.ID != "F-1" || f.Org != org || f.Detection != inventory.Open || f.Severity != inventory.SeverityHigh || f.Work != inventory.WorkNew ||
		f.Waiver.Kind != inventory.WaiverNone || f.Matcher != "m" || f.Title == "" || f.Decision.Outcome == "" {
		t.Errorf("opened: %+v", f)
	}
	proof := must(w.Evidence(t.Context(), f.Evidence))(t)
	if string(proof.Response) != "HTTP/1.1 200 OK\n192.0.2.1" || proof.ID() != f.Evidence {
		t.Errorf("evidence %s = %q", f.Evidence, proof.Response)
	}
	if f = step(quiet); f.Detection != inventory.Open || f.Negatives != 1 {
		t.Errorf("after one negative: %s, %d negatives", f.Detection, f.Negatives)
	}
	if f = step(quiet); f.Detection != inventory.Fixed || f.ClosedAt == nil {
		t.Errorf("after two negatives: %s, closed %v", f.Detection, f.ClosedAt)
	}
	if f = step(w.sees); f.Detection != inventory.Reopened || f.ClosedAt != nil || !f.FirstSeen.Equal(first) {
		t.Errorf("seen again: %s, closed %v, first seen %v", f.Detection, f.ClosedAt, f.FirstSeen)
	}
	var kinds []inventory.EventKind
	for _, e := range must(w.FindingEvents(t.Context(), f.ID))(t) {
		if e.Finding != f.ID || e.Task == "" || e.Reason == "" {
			t.Errorf("event without its finding, task or reason: %+v", e)
		}
		if e.Kind != inventory.EventChanged { // deadlines move too
			kinds = append(kinds, e.Kind)
		}
	}
	want := []inventory.EventKind{inventory.EventOpened, inventory.EventNegative, inventory.EventFixed, inventory.EventReopened}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	w.clock.advance(24 * time.Hour)
	step(quiet)
	w.clock.advance(200 * 24 * time.Hour)
	step(quiet)
	w.round(org, w.sees, h)
	if n := w.rows("SELECT count(*) FROM findings WHERE detection <> 'fixed'"); n != 1 {
		t.Errorf("%d findings are present, want 1", n)
	}
}

func TestJudgeTwiceChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	task := w.claim("worker-1")
	wantErr(t, "Judge of a running task", w.Judge(t.Context(), task.ID, inventory.Judge), inventory.ErrConflict)
	w.finish(w.sees(task))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { w.judge(task.ID) })
	}
	wg.Wait()
	if findings, events := w.rows("SELECT count(*) FROM findings"), w.rows("SELECT count(*) FROM finding_events"); findings != 1 || events != 1 {
		t.Errorf("%d findings and %d events, want 1 and 1", findings, events)
	}
	wantErr(t, "Judge of nothing", w.Judge(t.Context(), "T-99", inventory.Judge), inventory.ErrNotFound)
}

func TestJudgesOfOneAssetTakeTurns(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	// The same weakness, seen by ten tasks that are judged all at once.
	var tasks []inventory.TaskID
	for range 10 {
		w.scan(org, []scanner.Host{host(a, addressOf(1))})
		task := w.claim("worker-1")
		w.finish(w.sees(task))
		tasks = append(tasks, task.ID)
	}
	var wg sync.WaitGroup
	for _, id := range tasks {
		wg.Go(func() { w.judge(id) })
	}
	wg.Wait()
	if n := w.rows("SELECT count(*) FROM findings"); n != 1 {
		t.Errorf("%d findings, want 1", n)
	}
}

func TestServicesFollowTheLastLook(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.round(org, w.sees, host(a, addressOf(1)))
	w.round(org, w.sees, host(a, addressOf(2)))
	if n := w.rows("SELECT count(*) FROM services"); n != 2 {
		t.Fatalf("%d services, want one on each address", n)
	}
	w.round(org, func(task scanner.Task) scanner.Report {
		r := quiet(task)
		r.Result.Ports[0].Open, r.Result.Ports[0].Closed = inventory.PortSet{}, inventory.MustPorts("1-1024")
		return r
	}, host(a, addressOf(1)))
	if n := w.rows("SELECT count(*) FROM services WHERE address = '192.0.2.2' AND product = 'nginx'"); n != 1 {
		t.Error("a look at one address changed what is known of another")
	}
	if n := w.rows("SELECT count(*) FROM services WHERE address = '192.0.2.1'"); n != 0 {
		t.Error("a service on a closed port is still listed")
	}
}

func TestFindingOfANameIsOne(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	for range 2 {
		w.clock.advance(time.Hour)
		w.round(org, func(task scanner.Task) scanner.Report {
			r := quiet(task)
			r.Result.Observations = []inventory.Observation{{
				Asset: a.ID, Hostname: "example.org", At: w.clock.now(), Match: &inventory.Match{Check: "cii-dns-spf", Location: "example.org"},
			}}
			return r
		}, host(a, addressOf(1)))
	}
	list, _, err := w.Findings(t.Context(), inventory.FindingFilter{Check: "cii-dns-spf"}, inventory.Page{})
	if err != nil || len(list) != 1 || list[0].Addr.IsValid() || list[0].Hostname != "example.org" {
		t.Errorf("Findings = %+v, %v, want one without an address", list, err)
	}
}

func TestPeoplesDecisions(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.round(org, w.sees, host(a, addressOf(1)))
	waiver := inventory.Waiver{Kind: inventory.WaiverAcceptedRisk, Reason: "replaced in May", Until: start.Add(60 * 24 * time.Hour)}
	if err := w.SetWaiver(t.Context(), "nimal", "F-1", waiver); err != nil {
		t.Fatal(err)
	}
	if err := w.SetWork(t.Context(), "nimal", "F-1", inventory.WorkTriaged, "looked at"); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Hour)
	w.round(org, w.sees, host(a, addressOf(1))) // a scan does not undo what people decide
	f := must(w.Finding(t.Context(), "F-1"))(t)
	waiver.By = "nimal"
	if f.Waiver != waiver || f.Work != inventory.WorkTriaged {
		t.Errorf("waiver %+v, work %s", f.Waiver, f.Work)
	}
	list, _, err := w.Findings(t.Context(), inventory.FindingFilter{
		Org: org, Asset: a.ID, Waiver: inventory.WaiverAcceptedRisk, Works: []inventory.Work{inventory.WorkTriaged},
		Severities: []inventory.Severity{inventory.SeverityHigh}, Detections: []inventory.Detection{inventory.Open},
	}, inventory.Page{})
	if err != nil || len(list) != 1 {
		t.Errorf("Findings with every filter = %d, %v, want 1", len(list), err)
	}
	if err := w.SetWaiver(t.Context(), "nimal", "F-1", inventory.Waiver{Kind: inventory.WaiverNone, Reason: "too early"}); err != nil {
		t.Fatal(err)
	}
	events := must(w.FindingEvents(t.Context(), "F-1"))(t)
	last := events[len(events)-1]
	if last.Kind != inventory.EventWaived || last.From != "accepted_risk" || last.To != "none" || last.Actor != "nimal" || last.Reason != "too early" {
		t.Errorf("last event = %+v", last)
	}
	for name, bad := range map[string]inventory.Waiver{
		"no reason":    {Kind: inventory.WaiverDisputed, Until: start.Add(24 * time.Hour)},
		"no end":       {Kind: inventory.WaiverDisputed, Reason: "x"},
		"unknown kind": {Kind: "magic", Reason: "x", Until: start.Add(24 * time.Hour)},
	} {
		wantErr(t, name, w.SetWaiver(t.Context(), "nimal", "F-1", bad), inventory.ErrInvalid)
	}
	wantErr(t, "unknown work", w.SetWork(t.Context(), "nimal", "F-1", "done", ""), inventory.ErrInvalid)
	wantErr(t, "no such finding", w.SetWork(t.Context(), "nimal", "F-9", inventory.WorkTriaged, ""), inventory.ErrNotFound)
}

func TestJudgeThatCanNotBeStoredChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a := w.asset(org, "192.0.2.0/24")
	w.scan(org, []scanner.Host{host(a, addressOf(1))})
	task := w.claim("worker-1")
	w.finish(w.sees(task))
	ctx, cancel := context.WithCancel(t.Context())
	err := w.Judge(ctx, task.ID, func(in inventory.JudgeInput) inventory.JudgeOutput {
		cancel() // the process is told to stop in between
		return inventory.Judge(in)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Judge = %v, want canceled", err)
	}
	if n := w.rows("SELECT count(*) FROM findings"); n != 0 {
		t.Errorf("%d findings of an unfinished judgement", n)
	}
	w.judge(task.ID)
	if n := w.rows("SELECT count(*) FROM findings"); n != 1 {
		t.Errorf("%d findings after judging again, want 1", n)
	}
}

// Whether a service said its name or its port did decides what closes.
func TestJudgeHearsThatANameIsAGuess(t *testing.T) {
	w := newWorld(t)
	org := w.org("Power")
	a := w.asset(org, "192.0.2.1")
	w.scan(org, []scanner.Host{host(a, "192.0.2.1")})
	r := w.sees(w.claim("worker-1"))
	r.Result.Observations[0].Service.Guessed, r.Result.Observations[0].Service.Unasked = true, true
	w.finish(r)
	err := w.Judge(t.Context(), r.Task.ID, func(in inventory.JudgeInput) inventory.JudgeOutput {
		if s := in.Seen.Observations[0].Service; !s.Guessed || !s.Unasked {
			t.Errorf("the guess came back as the service's own word: %+v", s)
		}
		return inventory.Judge(in)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOverviewCountsWhatWasLookedAt(t *testing.T) {
	w := newWorld(t)
	w.check()
	org := w.org("Power")
	a, b := w.asset(org, "192.0.2.1"), w.asset(org, "192.0.2.2")
	looks := func(want int, last time.Time) {
		t.Helper()
		o := must(w.Overview(t.Context(), inventory.OverviewFilter{Org: org, Since: start}))(t)
		if got := o.Standings[0]; got.Assets != 2 || got.Looked != want || !got.LastLook.Equal(last) {
			t.Errorf("of %d assets %d were looked at, last at %v; want %d of 2 and %v", got.Assets, got.Looked, got.LastLook, want, last)
		}
	}
	looks(0, time.Time{})
	w.round(org, func(task scanner.Task) scanner.Report {
		r := quiet(task)
		r.Outcome, r.Result.Hosts[0].Outcome = inventory.Unreachable, inventory.Unreachable
		return r
	}, host(b, addressOf(2)))
	looks(0, time.Time{})
	w.round(org, w.sees, host(a, addressOf(1)))
	seen := w.clock.now()
	looks(1, seen)
}
