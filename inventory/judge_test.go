package inventory

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func judgeInput(seen Seen) JudgeInput {
	seen.Task = "T-9"
	return JudgeInput{
		Org: "ORG-1", Seen: seen, Checks: testChecks, At: start,
		Assets: map[AssetID]Asset{"A-1": {ID: "A-1", Org: "ORG-7", Criticality: CriticalityHigh}},
	}
}

func TestJudgeNewFinding(t *testing.T) {
	in := judgeInput(Seen{Observations: []Observation{match(web, start)}, Hosts: outcome(Complete, "").Hosts})
	in.Threats = map[CheckID]Threat{"git": {KEV: true}}
	out := Judge(in)
	if len(out.Changes) != 1 {
		t.Fatalf("%d changes, want 1", len(out.Changes))
	}
	f := out.Changes[0].Finding
	if f.Org != "ORG-7" || !f.KEV || f.Decision.Outcome != Act || f.DueAt == nil || !f.DueAt.Equal(start.AddDate(0, 0, 7)) {
		t.Errorf("finding = %+v", f)
	}
	if len(out.Changes[0].Events) != 1 {
		t.Errorf("a new finding has %d events, want 1", len(out.Changes[0].Events))
	}
	if out.States[0].Priority != -16 || !out.States[0].Up {
		t.Errorf("state = %+v, want priority -16", out.States[0])
	}
}

func TestJudgeKnownFinding(t *testing.T) {
	known := Finding{ID: "F-1", Org: "ORG-7", FindingKey: web, Title: testChecks["git"].Title, Severity: SeverityHigh, Detection: Open, FirstSeen: start.AddDate(0, 0, -3), LastSeen: start.AddDate(0, 0, -3)}
	known.Decision, known.DueAt = Prioritise(known, Asset{Criticality: CriticalityHigh}, Threat{})
	elsewhere := Seen{Hosts: []HostResult{{"A-1", netip.MustParseAddr("192.0.2.99"), Complete, ""}}}

	for _, c := range []struct {
		reason string
		seen   Seen
		change func(*JudgeInput)
		want   string // kinds of events
	}{
		{"nothing new", elsewhere, func(*JudgeInput) {}, ""},
		{"a feed says that it is exploited", elsewhere, func(in *JudgeInput) { in.Threats = map[CheckID]Threat{"git": {KEV: true}} }, "changed changed"},
		{"seen and exploited", Seen{Observations: []Observation{match(web, start)}}, func(in *JudgeInput) { in.Threats = map[CheckID]Threat{"git": {KEV: true}} }, "verified changed changed"},
		{"the asset is less important now", elsewhere, func(in *JudgeInput) { in.Assets["A-1"] = Asset{ID: "A-1", Criticality: CriticalityLow} }, "changed"},
		{"the asset is retired", Seen{Observations: []Observation{match(web, start)}}, func(in *JudgeInput) { in.Assets["A-1"] = Asset{ID: "A-1", RetiredAt: &start} }, "fixed"},
		{"the asset is not told: nothing is decided anew", elsewhere, func(in *JudgeInput) { in.Assets = nil }, ""},
	} {
		in := judgeInput(c.seen)
		in.Known = []Finding{known}
		c.change(&in)
		var kinds []string
		for _, change := range Judge(in).Changes {
			for _, e := range change.Events {
				kinds = append(kinds, string(e.Kind))
				if e.Finding != "F-1" || !strings.HasSuffix(e.Reason, ".") {
					t.Errorf("%s: event %+v", c.reason, e)
				}
			}
		}
		if got := strings.Join(kinds, " "); got != c.want {
			t.Errorf("%s: events %q, want %q", c.reason, got, c.want)
		}
	}
}

func TestJudgeFixedOwesNothing(t *testing.T) {
	due := start
	in := judgeInput(Seen{Ports: []PortCoverage{ports("", "443", "")}, Hosts: outcome(Complete, "").Hosts})
	in.Known = []Finding{{ID: "F-1", FindingKey: web, Severity: SeverityCritical, Detection: Open, Negatives: 1, DueAt: &due}}
	in.States = []AddressState{{Asset: "A-1", Addr: host, Priority: -16}}
	out := Judge(in)
	if f := out.Changes[0].Finding; f.Detection != Fixed || f.DueAt != nil {
		t.Errorf("finding = %+v", f)
	}
	if got := out.States[0].Priority; got != -15 {
		t.Errorf("after the fix the priority is %d, want the first step of decay, -15", got)
	}
}

func TestJudgeServices(t *testing.T) {
	before := func(port uint16, name string) Service {
		return Service{Asset: "A-1", Addr: host, Port: port, Transport: TCP, Name: name, FirstSeen: start.AddDate(0, -1, 0), LastSeen: start.AddDate(0, 0, -7)}
	}
	in := judgeInput(Seen{
		Ports: []PortCoverage{ports("22,80,443,8080", "21", "25")},
		Observations: []Observation{
			service(22, "ssh"), service(22, "ssh"),
			{Asset: "A-1", Addr: host, Port: 80, Transport: TCP, At: start, Service: &Service{Name: "http", Banner: "\x1b[31mred", Product: "\u202eevil", CPEs: []string{"b", "a", "b", ""}}},
			unasked(443),
			{Asset: "A-1", Addr: netip.MustParseAddr("192.0.2.50"), Port: 80, Transport: TCP, Service: &Service{Name: "http"}},
		},
	})
	elsewhere := before(80, "http")
	elsewhere.Addr = netip.MustParseAddr("192.0.2.60")
	in.Services = []Service{before(21, "ftp"), before(22, "ssh"), before(25, "smtp"), before(443, "https"), before(3306, "mysql"), elsewhere}
	out := Judge(in)
	var got []string
	for _, s := range out.Services {
		got = append(got, s.Addr.String()+" "+s.Name+" "+s.FirstSeen.Format(time.DateOnly)+" "+s.LastSeen.Format(time.DateOnly))
	}
	want := []string{
		"192.0.2.7 ssh 2026-10-01 2026-11-01",
		"192.0.2.7 smtp 2026-10-01 2026-10-25", // filtered: nothing is known
		"192.0.2.7 http 2026-11-01 2026-11-01",
		"192.0.2.7 https 2026-10-01 2026-11-01", // open, not identified again
		"192.0.2.7 mysql 2026-10-01 2026-10-25", // not asked
		"192.0.2.7  2026-11-01 2026-11-01",      // open, nothing more
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("services (-want +got):\n%s", d)
	}
	if len(out.Gone) != 1 || out.Gone[0].Name != "ftp" {
		t.Errorf("gone = %+v, want ftp", out.Gone)
	}
	if s := out.Services[2]; s.Banner != "[31mred" || s.Product != "evil" || strings.Join(s.CPEs, " ") != "a b" {
		t.Errorf("the host's words are not cleaned: %+v", s)
	}
}

func TestJudgeServicesOfVirtualHosts(t *testing.T) {
	s := Service{Asset: "A-2", Addr: host, Port: 80, Transport: TCP, Name: "http"}
	in := judgeInput(Seen{Ports: []PortCoverage{ports("80", "", "")}, Observations: []Observation{service(80, "http")}})
	in.Services = []Service{s}
	if out := Judge(in); len(out.Services) != 1 || out.Services[0].Asset != "A-1" || len(out.Gone) != 0 {
		t.Errorf("one port of one address is %+v, gone %+v; want one service of the asset that saw it", out.Services, out.Gone)
	}
}

func TestJudgeStates(t *testing.T) {
	open := Finding{ID: "F-1", FindingKey: web, Severity: SeverityHigh, Detection: Open, LastSeen: start.Add(time.Hour)}
	for _, c := range []struct {
		reason   string
		was      Priority
		outcome  Outcome
		known    []Finding
		want     Priority
		up       bool
		interval time.Duration
	}{
		{"new and clean", 0, Complete, nil, -1, true, Interval(-1)},
		{"something is open", 0, Complete, []Finding{open}, -8, true, Interval(-8)},
		{"down", 0, Unreachable, []Finding{open}, 1, false, Interval(1)},
		{"half a look does not decay", -8, Partial, nil, -8, true, Interval(-8)},
		{"blocked teaches nothing", -4, Blocked, nil, -4, true, Interval(-4)},
		{"our own fault: again tomorrow", 0, Failed, nil, 0, true, 24 * time.Hour},
		{"a false positive is no hurry", 0, Complete, []Finding{withWaiver(open)}, -1, true, Interval(-1)},
	} {
		in := judgeInput(outcome(c.outcome, "why"))
		in.Known = c.known
		in.States = []AddressState{{Asset: "A-1", Addr: host, Priority: c.was, Up: true}}
		s := Judge(in).States[0]
		wait := s.NextScan.Sub(start)
		if s.Priority != c.want || s.Up != c.up || wait < c.interval || wait > c.interval+c.interval/10 || !s.LastScan.Equal(start) || s.Outcome != c.outcome {
			t.Errorf("%s: state %+v, next in %s, want priority %d in %s", c.reason, s, wait, c.want, c.interval)
		}
	}
}

func withWaiver(f Finding) Finding {
	f.Waiver = Waiver{Kind: WaiverFalsePositive, Until: start.AddDate(1, 0, 0)}
	return f
}

func TestJitterSpreads(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 100 {
		key := hostKey{"A-1", netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})}
		j := jitter(key, 24*time.Hour)
		if j < 0 || j > 24*time.Hour/10 || j != jitter(key, 24*time.Hour) {
			t.Fatalf("jitter(%v) = %s", key, j)
		}
		seen[j] = true
	}
	if len(seen) < 90 {
		t.Errorf("100 addresses get %d different delays", len(seen))
	}
}

// Duplicates and another order of what was seen change nothing.
func TestJudgeIsStable(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 500 {
		in := judgeInput(withoutProof(r))
		in.Seen.Ports = append(in.Seen.Ports, ports("22", "21", ""))
		in.Seen.Observations = append(in.Seen.Observations, match(web, start), service(6379, "redis"))
		in.Known = []Finding{{ID: "F-1", FindingKey: web, Severity: SeverityHigh, Detection: Open}, {ID: "F-2", FindingKey: redis, Detection: Fixed, ClosedAt: &start}}
		in.Services = []Service{{Asset: "A-1", Addr: host, Port: 21, Transport: TCP}, {Asset: "A-2", Addr: host, Port: 22, Transport: TCP}}
		want := Judge(in)
		s := &in.Seen
		s.Hosts, s.Ports = append(s.Hosts, s.Hosts...), append(s.Ports, s.Ports...)
		s.Checks, s.Observations = append(s.Checks, s.Checks...), append(s.Observations, s.Observations...)
		r.Shuffle(len(s.Hosts), func(i, j int) { s.Hosts[i], s.Hosts[j] = s.Hosts[j], s.Hosts[i] })
		r.Shuffle(len(s.Ports), func(i, j int) { s.Ports[i], s.Ports[j] = s.Ports[j], s.Ports[i] })
		r.Shuffle(len(s.Checks), func(i, j int) { s.Checks[i], s.Checks[j] = s.Checks[j], s.Checks[i] })
		r.Shuffle(len(s.Observations), func(i, j int) { s.Observations[i], s.Observations[j] = s.Observations[j], s.Observations[i] })
		if d := cmp.Diff(want, Judge(in), compareValues); d != "" {
			t.Fatalf("duplicates or order change the result (-want +got):\n%s", d)
		}
	}
}
