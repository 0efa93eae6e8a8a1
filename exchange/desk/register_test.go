package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

func (w *world) org(name string) inventory.OrganizationID {
	w.t.Helper()
	return must(w.st.CreateOrganization(w.t.Context(), "mara", inventory.Organization{
		Name: name, Sector: inventory.SectorEnergy, Country: "LK", Criticality: inventory.CriticalityHigh, TimeZone: "Asia/Colombo",
		Contacts: []inventory.Contact{{Role: inventory.RoleTechnical, Name: "Duty", Email: "duty@example.org"}},
	}))(w.t).ID
}

func (w *world) asset(org inventory.OrganizationID, addr string, class inventory.AssetClass) inventory.Asset {
	w.t.Helper()
	address := must(inventory.ParseAddress(addr))(w.t)
	return must(w.st.CreateAssets(w.t.Context(), "mara", []inventory.Asset{{
		Org: org, Address: address, Name: "server " + addr, Criticality: inventory.CriticalityHigh, Class: class,
	}}))(w.t)[0]
}

// A sight is what a scan sees of one host: a version of Redis on port 6379, or
// with "" a closed port, and what its checks say.
type sight struct {
	version string
	product string    // "" is Redis
	at      time.Time // zero is when it is reported
	ran     []inventory.CheckID
	found   []inventory.CheckID
	missed  []inventory.CheckID
}

func (s sight) service() *inventory.Service {
	if s.product != "" {
		return &inventory.Service{Name: "other", Product: s.product, Version: s.version}
	}
	return &inventory.Service{Name: "redis", Product: "Redis key-value store", Version: s.version, CPEs: []string{"cpe:/a:redis:redis:" + s.version}}
}

// report is the result of a task that sees this on each of its hosts.
func (s sight) report(task scanner.Task, at time.Time) scanner.Report {
	if !s.at.IsZero() {
		at = s.at
	}
	r := scanner.Report{Task: task, Outcome: inventory.Complete}
	r.Result.Method = "syn"
	for _, h := range task.Hosts {
		r.Result.Hosts = append(r.Result.Hosts, inventory.HostResult{Asset: h.Asset, Addr: h.Addr, Outcome: inventory.Complete})
		ports := inventory.PortCoverage{Asset: h.Asset, Addr: h.Addr, Transport: inventory.TCP, Closed: inventory.Ports(6379)}
		if s.version == "" {
			r.Result.Ports = append(r.Result.Ports, ports)
			continue
		}
		ports.Open, ports.Closed = inventory.Ports(6379), inventory.Ports(22)
		r.Result.Ports = append(r.Result.Ports, ports)
		observed := inventory.Observation{Asset: h.Asset, Addr: h.Addr, Port: 6379, Transport: inventory.TCP, At: at, Service: s.service()}
		r.Result.Observations = append(r.Result.Observations, observed)
		for _, check := range s.found {
			found := observed
			found.Service, found.Match = nil, &inventory.Match{Check: check, Matcher: "m"}
			found.Evidence = &inventory.Evidence{Request: []byte("EVAL"), Response: []byte("root " + h.Addr.String())}
			r.Result.Observations = append(r.Result.Observations, found)
		}
		covered := inventory.CheckCoverage{Asset: h.Asset, Addr: h.Addr, Port: 6379, Transport: inventory.TCP, Ran: s.ran}
		for _, check := range s.missed {
			covered.Missed = append(covered.Missed, inventory.Missed{Check: check, Reason: "timed out"})
		}
		r.Result.Checks = append(r.Result.Checks, covered)
	}
	return r
}

// work claims the next task, reports what is seen, and has it judged, as the
// queue does; the desk hears of it.
func (w *world) work(s sight) {
	w.t.Helper()
	ctx := w.t.Context()
	w.clock.Advance(time.Minute)
	task, ok, err := w.st.ClaimTask(ctx, "worker-1", time.Minute)
	if err != nil || !ok {
		w.t.Fatalf("no task to claim: %v", err)
	}
	w.do(w.st.FinishTask(ctx, s.report(task, w.clock.Now())))
	w.do(w.st.Judge(ctx, task.ID, inventory.Judge))
	w.ruleEnded()
	for _, a := range must(w.st.AssetsToRevisit(ctx, task.ID))(w.t) {
		w.do(w.Revisit(ctx, a))
	}
}

func (w *world) ruleEnded() {
	w.t.Helper()
	ctx := w.t.Context()
	for _, id := range must(w.st.EndedTargeted(ctx))(w.t) {
		w.do(w.ScanEnded(ctx, string(id)))
	}
	for _, a := range must(w.st.RetiredToRevisit(ctx))(w.t) {
		w.do(w.Revisit(ctx, a))
	}
}

// routine is a scan of all that assets run.
func (w *world) routine(s sight, assets ...inventory.Asset) {
	w.t.Helper()
	w.routineAt(time.Time{}, s, assets...)
}

// routineAt is one whose report took its time.
func (w *world) routineAt(seen time.Time, s sight, assets ...inventory.Asset) {
	w.t.Helper()
	s.at = seen
	var hosts []scanner.Host
	for _, a := range assets {
		hosts = append(hosts, scanner.Host{Addr: netip.MustParseAddr(a.Address.String()), Asset: a.ID, Class: a.Class})
	}
	must(w.st.CreateScan(w.t.Context(), "mara", scanner.Scan{
		Org: assets[0].Org, Profile: "standard", Trigger: scanner.TriggerManual, Priority: 1,
	}, []scanner.Task{{Profile: "standard", Hosts: hosts}}, time.Time{}, time.Time{}))(w.t)
	w.work(s)
}

func (w *world) matched(f exchange.MatchFilter) []exchange.Match {
	w.t.Helper()
	list, next, err := w.st.Matches(w.t.Context(), f, inventory.Page{Limit: 500})
	if err != nil || next != "" {
		w.t.Fatalf("matches: %v, more: %q", err, next)
	}
	return list
}

// only is the one match that there is of a document.
func (w *world) only(id exchange.InboundID) exchange.Match {
	w.t.Helper()
	list := w.matched(exchange.MatchFilter{Inbound: id})
	if len(list) != 1 {
		w.t.Fatalf("%d matches of %s, want 1: %+v", len(list), id, list)
	}
	return list[0]
}

func (w *world) wantVerdict(id exchange.InboundID, want exchange.Verdict, why string) exchange.Match {
	w.t.Helper()
	m := w.only(id)
	if m.Verdict != want || !bytes.Contains([]byte(m.Why), []byte(why)) {
		w.t.Fatalf("verdict is %s because %q, want %s because of %q", m.Verdict, m.Why, want, why)
	}
	return m
}

func (w *world) answers(id exchange.InboundID) []exchange.Answer {
	w.t.Helper()
	return must(w.st.Answers(w.t.Context(), id))(w.t)
}

// post puts objects into our own TAXII inbox, as a peer does.
func (w *world) post(p peer, objects []json.RawMessage) exchange.Inbound {
	w.t.Helper()
	ctx := w.t.Context()
	who := exchange.Caller{Team: p.ID, Credential: "a key"}
	all := must(w.st.TAXIICollections(ctx, who))(w.t)
	i := slices.IndexFunc(all, func(c exchange.TAXIICollection) bool { return c.CanWrite })
	raw := must(json.Marshal(map[string]any{"objects": objects}))(w.t)
	post := exchange.TAXIIPost{Collection: all[i].ID, At: w.clock.Now(), Raw: raw}
	for _, o := range objects {
		var head struct{ ID, Type string }
		w.do(json.Unmarshal(o, &head))
		post.Objects = append(post.Objects, exchange.TAXIIObject{ID: head.ID, Type: head.Type, SpecVersion: "2.1", Modified: w.clock.Now(), Raw: o})
	}
	must(w.st.TAXIIReceive(ctx, who, post))(w.t)
	list, _, err := w.st.Inbounds(ctx, exchange.InboundFilter{Team: p.ID}, inventory.Page{Limit: 1})
	if err != nil || len(list) != 1 {
		w.t.Fatal(err)
	}
	return list[0]
}

// fill puts services of Redis 6.0.9 into the register, a thousand on each asset.
func (w *world) fill(n int) {
	w.t.Helper()
	org := w.org("Country")
	conn := must(pgx.Connect(w.t.Context(), w.url))(w.t)
	defer conn.Close(context.Background())
	for i := range n / 1000 {
		a := w.asset(org, fmt.Sprintf("198.51.100.%d", i+1), inventory.IT)
		_, err := conn.Exec(w.t.Context(), `
			INSERT INTO services (asset_id, address, port, transport, name, product, version, extra_info, cpes, tls, banner, first_seen, last_seen)
			SELECT $1, $2::inet, port, 'tcp', 'redis', 'Redis key-value store', '6.0.9', '', '["cpe:/a:redis:redis:6.0.9"]', false, '', $3, $3
			FROM generate_series(1, 1000) AS port`, string(a.ID), a.Address.String(), w.clock.Now())
		w.do(err)
	}
}

// noServers is a peer of whom no server is known.
func (w *world) noServers() {
	w.t.Helper()
	conn := must(pgx.Connect(w.t.Context(), w.url))(w.t)
	defer conn.Close(context.Background())
	_, err := conn.Exec(w.t.Context(), "DELETE FROM sources")
	w.do(err)
}
