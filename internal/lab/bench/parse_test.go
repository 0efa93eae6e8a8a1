package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ciiscan/ciiscan/inventory"
)

func TestRowsPerSecond(t *testing.T) {
	const output = `goos: linux
BenchmarkFinishTask-2   	      10	 361842811 ns/op	     55272 rows/s
BenchmarkBareCopy-2     	      10	 151842811 ns/op	    1.3e+05 rows/s
PASS
`
	got, err := rowsPerSecond(output)
	want := map[string]float64{"FinishTask": 55272, "BareCopy": 130000}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("rowsPerSecond: %v (-want +got):\n%s", err, diff)
	}
	if _, err := rowsPerSecond("PASS\n"); err == nil {
		t.Error("rowsPerSecond of nothing gave no error")
	}
}

func TestOpenServices(t *testing.T) {
	const report = `<nmaprun><host><address addr="192.0.2.7" addrtype="ipv4"/><ports>
		<port protocol="tcp" portid="443"><state state="open"/><service name="http" product="nginx" tunnel="ssl"/></port>
		<port protocol="tcp" portid="80"><state state="closed"/><service name="http"/></port>
	</ports></host></nmaprun>`
	got, err := openServices([]byte(report))
	if err != nil || len(got) != 1 {
		t.Fatalf("openServices = %v, %v, want one service", got, err)
	}
	if s := got[0]; s.Addr.String() != "192.0.2.7" || s.Port != 443 || s.Transport != inventory.TCP || s.Name != "http" || s.Product != "nginx" || !s.TLS {
		t.Errorf("openServices = %+v", s)
	}
	if _, err := openServices([]byte("<nmaprun><host>")); err == nil {
		t.Error("openServices of half a report gave no error")
	}
}

func TestOwnMemoryIsCounted(t *testing.T) {
	all := map[int]process{1: {0, "up", 1}, 2: {1, "worker", 2}, 3: {2, "nmap", 4}, 4: {1, "postgres", 8}, 5: {4, "backend", 16}, 6: {0, "other", 32}}
	for _, tt := range []struct {
		reason string
		skip   func(string) bool
		want   int64
	}{
		{"everything below", nothing, 31},
		{"without the database and what is below it", isServer, 7},
	} {
		var got int64
		for pid, p := range all {
			if below(all, pid, 1, tt.skip) {
				got += p.memory
			}
		}
		if got != tt.want {
			t.Errorf("%s: %d, want %d", tt.reason, got, tt.want)
		}
	}
}

func TestMetric(t *testing.T) {
	const output = "BenchmarkMatch-2   \t       1\t1825041742 ns/op\t    134313 hits\t        15.45 x-naive-documents\t        14.41 x-naive-services\n"
	for unit, want := range map[string]float64{"ns/op": 1825041742, "x-naive-documents": 15.45, "x-naive-services": 14.41} {
		if got, err := metric(output, "Match", unit); err != nil || got != want {
			t.Errorf("metric(%s) = %v, %v, want %v", unit, got, err, want)
		}
	}
	if _, err := metric(output, "Leaks", "ns/op"); err == nil {
		t.Error("a benchmark that is not there has a figure")
	}
}
