package inventory

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	host  = netip.MustParseAddr("192.0.2.7")
	web   = FindingKey{Asset: "A-1", Addr: host, Port: 443, Transport: TCP, Check: "git", Matcher: "head"}
	redis = FindingKey{Asset: "A-1", Addr: host, Port: 6379, Transport: TCP, Check: "exposed-redis"}

	testChecks = map[CheckID]Check{"git": {ID: "git", Title: "Source code can be downloaded", Severity: SeverityHigh}}
)

// compareAddrs lets go-cmp look at addresses and sets of ports.
var compareValues = cmp.Options{
	cmpopts.EquateComparable(netip.Addr{}),
	cmp.Comparer(func(a, b PortSet) bool { return a.String() == b.String() }),
}

// A step is one task: what it brings, and what must be true after it.
type step struct {
	seen Seen
	// after is how long after the first step it ends.
	after time.Duration
	want  string // detection, negatives, last event and its reason's beginning
}

func match(key FindingKey, at time.Time) Observation {
	return Observation{
		Asset: key.Asset, Addr: key.Addr, Port: key.Port, Transport: key.Transport, At: at,
		Match:    &Match{Check: key.Check, Matcher: key.Matcher},
		Evidence: &Evidence{Response: []byte("proof")},
	}
}

func service(port uint16, name string) Observation {
	return Observation{Asset: "A-1", Addr: host, Port: port, Transport: TCP, At: start, Service: &Service{Name: name}}
}

// guessed is a service named by its port alone.
func guessed(port uint16, name string) Observation {
	o := service(port, name)
	o.Service.Guessed = true
	return o
}

// unasked is a service that a scan came too late to ask what it is.
func unasked(port uint16) Observation {
	o := service(port, "")
	o.Service.Unasked = true
	return o
}

func ran(checks ...CheckID) CheckCoverage {
	return CheckCoverage{Asset: "A-1", Addr: host, Port: 443, Transport: TCP, Ran: checks}
}

func missed(reason string) CheckCoverage {
	return CheckCoverage{Asset: "A-1", Addr: host, Port: 443, Transport: TCP, Missed: []Missed{{"git", reason}}}
}

func ports(open, closed, filtered string) PortCoverage {
	return PortCoverage{Asset: "A-1", Addr: host, Transport: TCP, Open: MustPorts(open), Closed: MustPorts(closed), Filtered: MustPorts(filtered)}
}

func outcome(o Outcome, reason string) Seen {
	return Seen{Hosts: []HostResult{{"A-1", host, o, reason}}}
}

func TestReconcile(t *testing.T) {
	day := 24 * time.Hour
	see := Seen{Observations: []Observation{match(web, time.Time{})}, Checks: []CheckCoverage{ran("git")}}
	notSee := Seen{Checks: []CheckCoverage{ran("git")}, Ports: []PortCoverage{ports("443", "", "")}}
	seeRedis := Seen{Observations: []Observation{service(6379, "redis")}, Ports: []PortCoverage{ports("6379", "", "")}}
	closed := Seen{Ports: []PortCoverage{ports("", "443,6379", "")}}
	const one, two = "open 1 negative", "fixed 2 fixed"

	for _, c := range []struct {
		reason string
		steps  []step
	}{
		{"seen, then twice not: fixed", []step{
			{see, 0, "open 0 opened: Seen for the first time on 192.0.2.7 port 443/tcp."},
			{notSee, day, one + ": The check ran to its end and did not find it (1 of 2 in a row that closing needs)."},
			{notSee, 2 * day, two + ": The check ran to its end and did not find it; that is 2 times in a row, enough to close it."},
		}},
		{"a match between negatives begins the count anew", []step{
			{see, 0, "open 0 opened"}, {notSee, day, one}, {see, 2 * day, "open 0 verified: Seen again"}, {notSee, 3 * day, one},
		}},
		{"closed ports are proof", []step{{see, 0, "open 0 opened"}, {closed, day, one + ": The port answered that nothing listens there"}, {closed, 2 * day, two}}},
		{"proof of both kinds adds up", []step{{see, 0, "open 0 opened"}, {closed, day, one}, {notSee, 2 * day, two}}},
		{"filtered is not closed", []step{
			{see, 0, "open 0 opened"},
			{Seen{Ports: []PortCoverage{ports("", "", "443")}}, day, "open 0 not_tested: Not tested: port 443/tcp is filtered"},
			{Seen{Ports: []PortCoverage{ports("", "", "443")}}, 2 * day, "unchanged"},
		}},
		{"not tested between negatives keeps the count", []step{
			{see, 0, "open 0 opened"},
			{notSee, day, one},
			{outcome(Unreachable, ""), 2 * day, "open 1 not_tested: Not tested: the host did not answer."},
			{notSee, 3 * day, two},
		}},
		{"a host that is down closes nothing, however often", []step{
			{see, 0, "open 0 opened"},
			{outcome(Unreachable, "no answer to any probe"), day, "open 0 not_tested: Not tested: no answer to any probe."},
			{outcome(Unreachable, "no answer to any probe"), 2 * day, "unchanged"},
			{outcome(Blocked, "an exclusion covers it"), 3 * day, "open 0 not_tested: Not tested: an exclusion covers it."},
		}},
		{"down beats whatever else the task claims", []step{
			{see, 0, "open 0 opened"},
			{Seen{Hosts: outcome(Unreachable, "").Hosts, Checks: notSee.Checks, Ports: closed.Ports}, day, "open 0 not_tested"},
		}},
		{"a check that was cut short is not a negative", []step{
			{see, 0, "open 0 opened"},
			{Seen{Checks: []CheckCoverage{missed("timed out")}}, day, "open 0 not_tested: Not tested: timed out."},
		}},
		{"a missing check is not a negative", []step{
			{see, 0, "open 0 opened"},
			{Seen{Checks: []CheckCoverage{ran("other")}}, day, "open 0 not_tested: Not tested: the check was not part of this scan."},
		}},
		{"a partial host says why", []step{
			{see, 0, "open 0 opened"},
			{outcome(Partial, "the time was up"), day, "open 0 not_tested: Not tested: the time was up."},
		}},
		{"a retry that ran to its end counts although the first was cut short", []step{
			{see, 0, "open 0 opened"},
			{Seen{Checks: []CheckCoverage{missed("child ended"), ran("git")}}, day, one},
		}},
		{"another port's coverage proves nothing", []step{
			{see, 0, "open 0 opened"},
			{Seen{Checks: []CheckCoverage{{Asset: "A-1", Addr: host, Port: 8443, Transport: TCP, Ran: []CheckID{"git"}}}}, day, "open 0 not_tested"},
		}},
		{"another virtual host's coverage proves nothing", []step{
			{see, 0, "open 0 opened"},
			{Seen{Checks: []CheckCoverage{{Asset: "A-1", Addr: host, Port: 443, Transport: TCP, Hostname: "b.example", Ran: []CheckID{"git"}}}}, day, "open 0 not_tested"},
		}},
		{"an address is no virtual host", []step{
			{see, 0, "open 0 opened"},
			{Seen{Checks: []CheckCoverage{{Asset: "A-1", Addr: host, Port: 443, Transport: TCP, Hostname: "192.0.2.7", Ran: []CheckID{"git"}}}}, day, one},
		}},
		{"another asset's checks prove nothing", []step{
			{see, 0, "open 0 opened"},
			{Seen{Checks: []CheckCoverage{{Asset: "A-2", Addr: host, Port: 443, Transport: TCP, Ran: []CheckID{"git"}}}}, day, "unchanged"},
		}},
		{"a port that answered differently proves nothing", []step{
			{see, 0, "open 0 opened"},
			{Seen{Ports: []PortCoverage{ports("", "443", ""), ports("443", "", "")}}, day, "open 0 not_tested: Not tested: port 443/tcp answered differently"},
			{Seen{Ports: []PortCoverage{ports("", "443", ""), ports("", "", "443")}}, day, "unchanged"},
		}},
		{"twice the same coverage is one negative", []step{
			{see, 0, "open 0 opened"},
			{Seen{Checks: []CheckCoverage{ran("git"), ran("git")}, Ports: []PortCoverage{ports("", "443", ""), ports("", "443", "")}}, day, one},
		}},
		{"a task elsewhere does not touch it", []step{
			{see, 0, "open 0 opened"},
			{Seen{Hosts: []HostResult{{"A-1", netip.MustParseAddr("192.0.2.8"), Unreachable, ""}}}, day, "unchanged"},
		}},
		{"back within ninety days: the same finding", []step{
			{see, 0, "open 0 opened"},
			{closed, day, one},
			{closed, 2 * day, two},
			{see, 92 * day, "back_again 0 back_again: Seen again on 192.0.2.7 port 443/tcp, 90 days after it was closed."},
			{notSee, 93 * day, "back_again 1 negative"},
			{see, 94 * day, "back_again 0 verified"},
			{closed, 95 * day, "back_again 1 negative"},
			{closed, 96 * day, two},
		}},
		{"back after ninety days: a new finding", []step{
			{see, 0, "open 0 opened"},
			{closed, day, one},
			{closed, 2 * day, two},
			{see, 93 * day, "open 0 opened new"},
		}},
		{"old news do not reopen", []step{
			{see, 0, "open 0 opened"},
			{closed, 10 * day, one},
			{closed, 20 * day, two},
			{see, 15 * day, "unchanged"},
		}},
		{"old news do not reset the count", []step{{see, 0, "open 0 opened"}, {closed, 10 * day, one}, {see, 5 * day, "unchanged"}, {closed, 20 * day, two}}},
		{"an old negative does not count against a newer sighting", []step{{see, 10 * day, "open 0 opened"}, {closed, 5 * day, "unchanged"}}},

		{"an exposed service is seen by its port scan", []step{{seeRedis, 0, "open 0 opened"}, {seeRedis, day, "open 0 verified"}}},
		{"an exposure closes with its port", []step{{seeRedis, 0, "open 0 opened"}, {closed, day, one}, {closed, 2 * day, two}}},
		{"an exposure is not closed by a filter", []step{
			{seeRedis, 0, "open 0 opened"},
			{Seen{Ports: []PortCoverage{ports("", "", "6379")}}, day, "open 0 not_tested: Not tested: port 6379/tcp is filtered"},
		}},
		{"an exposure closes when something else answers", []step{
			{seeRedis, 0, "open 0 opened"},
			{Seen{Observations: []Observation{guessed(6379, "ssh")}, Ports: []PortCoverage{ports("6379", "", "")}}, day / 2, "open 0 not_tested: Not tested: port 6379/tcp is open, but what answers there could not be identified"},
			{Seen{Observations: []Observation{service(6379, "ssh")}, Ports: []PortCoverage{ports("6379", "", "")}}, day, one + ": Another service answers on the port now (ssh)"},
		}},
		{"a guess opens an exposure where nobody means to ask", []step{
			{Seen{Observations: []Observation{guessed(6379, "redis")}, Ports: []PortCoverage{ports("6379", "", "")}}, 0, "open 0 opened"},
		}},
		{"a service that was asked and said nothing is judged by its port", []step{
			{Seen{Observations: []Observation{service(6379, "")}, Ports: []PortCoverage{ports("6379", "", "")}}, 0, "open 0 opened"},
		}},
		{"a service that was not asked what it is opens nothing", []step{
			{Seen{Observations: []Observation{unasked(6379)}, Ports: []PortCoverage{ports("6379", "", "")}}, 0, "unchanged"},
		}},
		{"and neither renews nor closes anything", []step{
			{seeRedis, 0, "open 0 opened"},
			{Seen{Observations: []Observation{unasked(6379)}, Ports: []PortCoverage{ports("6379", "", "")}}, day, "open 0 not_tested: Not tested: port 6379/tcp is open, but what answers there could not be identified"},
		}},
		{"who hides is not something else", []step{
			{seeRedis, 0, "open 0 opened"},
			{Seen{Observations: []Observation{service(6379, "tcpwrapped")}, Ports: []PortCoverage{ports("6379", "", "")}}, day, "open 0 not_tested: Not tested: port 6379/tcp is open, but what answers"},
		}},
		{"an open port alone says nothing of the service", []step{
			{seeRedis, 0, "open 0 opened"},
			{Seen{Ports: []PortCoverage{ports("6379", "", "")}}, day, "open 0 not_tested"},
		}},
		{"a profile without the port does not test it", []step{
			{seeRedis, 0, "open 0 opened"},
			{Seen{Ports: []PortCoverage{ports("443", "1-100", "")}}, day, "open 0 not_tested: Not tested: port 6379/tcp was not part of this scan."},
		}},
		{"the service belongs to another virtual host now, and is still there", []step{
			{seeRedis, 0, "open 0 opened"},
			{Seen{Hosts: outcome(Complete, "").Hosts, Observations: []Observation{{Asset: "A-0", Addr: host, Port: 6379, Transport: TCP, Service: &Service{Name: "redis"}}}}, day, "open 0 verified"},
		}},
	} {
		t.Run(c.reason, func(t *testing.T) { follow(t, c.steps) })
	}
}

// follow runs the steps on one finding, as the store would.
func follow(t *testing.T, steps []step) {
	t.Helper()
	var known []Finding
	for i, s := range steps {
		at := start.Add(s.after)
		s.seen.Task = "T-1"
		observations := slices.Clone(s.seen.Observations)
		for j := range observations {
			observations[j].At = at
		}
		s.seen.Observations = observations
		changes := Reconcile(known, s.seen, testChecks, DefaultClosing, at)
		changes = slices.DeleteFunc(changes, func(c Change) bool { return c.Finding.Asset == "A-0" })
		if len(changes) == 0 {
			if s.want != "unchanged" {
				t.Fatalf("step %d: nothing changed, want %s", i, s.want)
			}
			continue
		}
		f, e := changes[0].Finding, changes[0].Events[0]
		got := strings.Join([]string{string(f.Detection), string(rune('0' + f.Negatives)), string(e.Kind) + ": " + e.Reason}, " ")
		want, isNew := strings.CutSuffix(s.want, " new")
		if !strings.HasPrefix(got, want) || len(changes) != 1 {
			t.Fatalf("step %d: %s (%d changes), want %s", i, got, len(changes), s.want)
		}
		if e.Task != "T-1" || e.Actor != "scan" || !e.At.Equal(at) || e.Finding != f.ID {
			t.Errorf("step %d: event %+v", i, e)
		}
		if (f.ClosedAt != nil) != (f.Detection == Fixed) || isNew && f.ID != "" {
			t.Errorf("step %d: finding %+v", i, f)
		}
		if f.ID == "" {
			if !f.FirstSeen.Equal(at) {
				t.Errorf("step %d: a new finding first seen %s, want %s", i, f.FirstSeen, at)
			}
			f.ID = FindingID("F-" + string(rune('1'+len(known))))
			known = append(known, f)
			continue
		}
		if !f.FirstSeen.Equal(known[len(known)-1].FirstSeen) {
			t.Errorf("step %d: first seen moved to %s", i, f.FirstSeen)
		}
		known[len(known)-1] = f
	}
}

func TestReconcileMergesObservations(t *testing.T) {
	older, newer := match(web, start.Add(-time.Minute)), match(web, start)
	newer.Evidence = &Evidence{Response: []byte("newer")}
	newer.Hostname = "WWW.example."
	bare := match(web, start) // without evidence, does not hide the one with it
	bare.Evidence = nil
	wild := match(web, start.Add(time.Hour)) // a worker's clock runs ahead
	wild.Evidence = nil
	mapped := match(web, start)
	mapped.Addr, mapped.Transport = netip.MustParseAddr("::ffff:192.0.2.7"), ""
	unknown := match(FindingKey{Asset: "A-1", Addr: host, Check: "nobody-knows"}, start)
	all := []Observation{older, newer, bare, wild, mapped, unknown, service(22, "ssh"), {Asset: "A-1", Addr: host}}

	want := Reconcile(nil, Seen{Observations: all}, testChecks, DefaultClosing, start)
	if len(want) != 2 {
		t.Fatalf("%d findings, want 2: %+v", len(want), want)
	}
	f := want[1].Finding
	if f.FindingKey != web || !f.FirstSeen.Equal(older.At) || !f.LastSeen.Equal(start) || f.Hostname != "www.example" ||
		f.Title != "Source code can be downloaded" || f.Severity != SeverityHigh || f.Work != WorkNew {
		t.Errorf("merged finding = %+v", f)
	}
	if f.Evidence != newer.Evidence.ID() && f.Evidence != mapped.Evidence.ID() {
		t.Errorf("evidence %s is not of the newest observations", f.Evidence)
	}
	if u := want[0].Finding; u.Title != "nobody-knows" || u.Severity != SeverityMedium || u.Port != 0 {
		t.Errorf("a finding of an unknown check = %+v", u)
	}
	for range 20 {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if d := cmp.Diff(want, Reconcile(nil, Seen{Observations: all}, testChecks, DefaultClosing, start), compareValues); d != "" {
			t.Fatalf("another order gives another result (-want +got):\n%s", d)
		}
	}
}

func TestReconcileTellsWhatChangedInTheCheck(t *testing.T) {
	known := Finding{ID: "F-1", FindingKey: web, Title: "Old", Severity: SeverityLow, Detection: Open, FirstSeen: start, LastSeen: start}
	changes := Reconcile([]Finding{known}, Seen{Observations: []Observation{match(web, start)}}, testChecks, DefaultClosing, start)
	var got []string
	for _, e := range changes[0].Events {
		got = append(got, string(e.Kind)+" "+e.From+" > "+e.To)
	}
	want := []string{"verified  > ", "changed low > high", "changed Old > Source code can be downloaded"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
}

func TestReconcilePolicy(t *testing.T) {
	known := []Finding{{ID: "F-1", FindingKey: web, Detection: Open}}
	once := Reconcile(known, Seen{Checks: []CheckCoverage{ran("git")}}, testChecks, ClosingPolicy{Negatives: 0}, start)
	if once[0].Finding.Detection != Fixed || !strings.HasSuffix(once[0].Events[0].Reason, "that is enough to close it.") {
		t.Errorf("with a policy of one negative: %+v", once[0])
	}
}

func TestCloseRetired(t *testing.T) {
	due := start
	known := []Finding{
		{ID: "F-2", FindingKey: redis, Detection: Reopened, DueAt: &due},
		{ID: "F-1", FindingKey: web, Detection: Open},
		{ID: "F-3", FindingKey: web, Detection: Fixed},
	}
	changes := CloseRetired(known, "nima", "sold", start)
	if len(changes) != 2 || changes[0].Finding.ID != "F-1" || changes[1].Finding.DueAt != nil || changes[1].Finding.ClosedAt == nil {
		t.Fatalf("CloseRetired = %+v", changes)
	}
	if e := changes[0].Events[0]; e.Kind != EventFixed || e.Actor != "nima" || e.Reason != "The asset was retired: sold." || e.To != string(Fixed) {
		t.Errorf("event = %+v", e)
	}
}

// No sequence of tasks without covering coverage ever closes a finding,
// whatever else is in them.
func TestOnlyProofCloses(t *testing.T) {
	r := rand.New(rand.NewPCG(2026, 11))
	for range 3000 {
		known := []Finding{
			{ID: "F-1", FindingKey: web, Detection: Open, FirstSeen: start, LastSeen: start},
			{ID: "F-2", FindingKey: redis, Detection: Reopened, FirstSeen: start, LastSeen: start},
		}
		at := start
		for range r.IntN(12) {
			at = at.Add(time.Duration(r.IntN(100)) * time.Hour)
			for _, c := range Judge(JudgeInput{Known: known, Seen: withoutProof(r), Checks: testChecks, At: at}).Changes {
				for i := range known {
					if known[i].ID == c.Finding.ID {
						known[i] = c.Finding
					}
				}
			}
			for _, f := range known {
				if !f.Detection.Present() || f.Negatives != 0 {
					t.Fatalf("finding %s is %s with %d negatives, and nothing proved it", f.ID, f.Detection, f.Negatives)
				}
			}
		}
	}
}

// withoutProof makes a task that says much about the host, but nothing that
// covers the two findings.
func withoutProof(r *rand.Rand) Seen {
	assets := []AssetID{"A-1", "A-2"}
	other := netip.MustParseAddr("192.0.2.8")
	reasons := []string{"", "timed out", "host skipped after errors"}
	var s Seen
	for range r.IntN(4) {
		s.Hosts = append(s.Hosts, HostResult{assets[r.IntN(2)], host, []Outcome{Complete, Partial, Unreachable, Blocked, Failed}[r.IntN(5)], reasons[r.IntN(3)]})
	}
	for range r.IntN(4) {
		c := []PortCoverage{
			ports("443", "80,6378", "6379"), // filtered
			ports("443,6379", "", ""),       // open, and not identified
			{Asset: "A-1", Addr: other, Transport: TCP, Closed: MustPorts("1-65535")}, // another address
			{Asset: "A-1", Addr: host, Transport: UDP, Closed: MustPorts("1-65535")},  // another transport
			ports("", "1-442,444-6378,6380-65535", ""),                                // not asked
		}[r.IntN(5)]
		s.Ports = append(s.Ports, c)
	}
	for range r.IntN(4) {
		c := CheckCoverage{Asset: "A-1", Addr: host, Port: 443, Transport: TCP, Ran: []CheckID{"git", "exposed-redis"}}
		switch r.IntN(6) {
		case 0:
			c.Ran, c.Missed = nil, []Missed{{"git", reasons[r.IntN(3)]}}
		case 1:
			c.Port = 8443
		case 2:
			c.Asset = "A-2"
		case 3:
			c.Hostname = "other.example"
		case 4:
			c.Addr = other
		case 5:
			c.Ran = []CheckID{"other"}
		}
		s.Checks = append(s.Checks, c)
	}
	for range r.IntN(3) {
		s.Observations = append(s.Observations, []Observation{
			service(6379, "tcpwrapped"), service(6380, "ssh"), service(443, "http"),
			match(FindingKey{Asset: "A-2", Addr: host, Port: 443, Transport: TCP, Check: "git"}, start),
		}[r.IntN(4)])
	}
	return s
}
