package lab

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ciiscan/ciiscan/inventory"
)

// small is a truth of one host with a cache that can be repaired and a web
// server whose repair leaves something.
func small() Truth {
	return Truth{Hosts: []Host{
		energy("198.51.100.1", "cache", port(6379, "redis-open", "cii-redis-open", "exposed-redis").fixedBy("cache")),
		energy("198.51.100.2", "web", port(80, "nginx-git", "cii-git-exposed", "cii-old").mendedBy("web", "nginx-plain", "cii-old")),
		energy("198.51.100.3", "name", Service{Expect: expects("a.example", "cii-dns-spf-missing")}),
	}}
}

func found(address string, port uint16, check inventory.CheckID, detection inventory.Detection) Finding {
	return Finding{Owner: Energy, Addr: addr(address), Port: port, Transport: inventory.TCP, Check: check, Detection: detection}
}

// all is what a perfect scan of small brings.
func all() []Finding {
	name := found("198.51.100.3", 0, "cii-dns-spf-missing", inventory.Open)
	name.Hostname = "a.example"
	name.Transport = inventory.UDP // whatever it says: there is no port
	return []Finding{
		found("198.51.100.1", 6379, "cii-redis-open", inventory.Open),
		found("198.51.100.1", 6379, "exposed-redis", inventory.Reopened),
		found("198.51.100.2", 80, "cii-git-exposed", inventory.Open),
		found("198.51.100.2", 80, "cii-old", inventory.Open),
		name,
	}
}

func TestCompareFirstScan(t *testing.T) {
	wrongName := all()
	wrongName[4].Hostname = "b.example"
	for _, tt := range []struct {
		reason string
		got    []Finding
		want   []string
	}{
		{"everything and nothing else", all(), nil},
		{"one missed", all()[1:], []string{"missing: energy 198.51.100.1 6379/tcp cii-redis-open"}},
		{"one too many", append(all(), found("198.51.100.1", 22, "cii-x", inventory.Open)), []string{"unexpected: energy 198.51.100.1 22/tcp cii-x"}},
		{"one twice is said once", append(all(), all()[0], all()[0]), []string{"twice: energy 198.51.100.1 6379/tcp cii-redis-open"}},
		{"held fixed while it is there", append(all()[1:], found("198.51.100.1", 6379, "cii-redis-open", inventory.Fixed)), []string{"not open: energy 198.51.100.1 6379/tcp cii-redis-open"}},
		{"the virtual host counts", wrongName, []string{
			"missing: energy 198.51.100.3 (a.example) cii-dns-spf-missing",
			"unexpected: energy 198.51.100.3 (b.example) cii-dns-spf-missing",
		}},
	} {
		check(t, tt.reason, Compare(small(), small(), tt.got), tt.want)
	}
}

func TestCompareAfterRepairs(t *testing.T) {
	after, err := small().After("cache", "web")
	if err != nil {
		t.Fatal(err)
	}
	repaired := all()
	for i := range 3 {
		repaired[i].Detection = inventory.Fixed
	}
	check(t, "all repairs seen", Compare(small(), after, repaired), nil)

	repaired[0].Detection = inventory.Open
	check(t, "one held open", Compare(small(), after, repaired), []string{"not fixed: energy 198.51.100.1 6379/tcp cii-redis-open"})

	check(t, "what was repaired must still be known", Compare(small(), after, repaired[1:]),
		[]string{"missing: energy 198.51.100.1 6379/tcp cii-redis-open"})

	repaired[0].Detection, repaired[3].Detection = inventory.Fixed, inventory.Fixed
	check(t, "what the repair leaves must stay open", Compare(small(), after, repaired), []string{"not open: energy 198.51.100.2 80/tcp cii-old"})
}

func check(t *testing.T, reason string, got []Difference, want []string) {
	t.Helper()
	var lines []string
	for _, d := range got {
		lines = append(lines, d.String())
	}
	if diff := cmp.Diff(want, lines, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: Compare differs (-want +got):\n%s", reason, diff)
	}
}
