package match

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
	"github.com/google/go-cmp/cmp"
)

// running is a service on port 6379 of the n-th asset.
func running(n int, product, version, extra string, cpes ...string) exchange.Running {
	return exchange.Running{Org: "ORG-1", Service: inventory.Service{
		Asset: inventory.AssetID(fmt.Sprintf("A-%d", n)), Addr: netip.AddrFrom4([4]byte{192, 0, byte(2 + n/250), byte(1 + n%250)}),
		Port: 6379, Transport: inventory.TCP, Name: "any", Product: product, Version: version, ExtraInfo: extra, CPEs: cpes,
	}}
}

func about(products ...exchange.Product) exchange.Document {
	return exchange.Document{CVEs: []string{"CVE-2022-0543"}, Products: products}
}

func TestMatch(t *testing.T) {
	redis := func(r string) exchange.Product {
		return exchange.Product{CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*", Range: r, Status: advisory.ProductAffected, CVE: "CVE-2022-0543"}
	}
	for _, tt := range []struct {
		reason string
		doc    exchange.Document
		run    exchange.Running
		want   Standing // "" for no hit
		how    string
	}{
		{"nmap's CPE 2.2 in a range", about(redis("vers:generic/>=6.0|<6.2.6")), running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9"), Affected, "cpe Redis key-value store 6.0.9 is in >=6.0|<6.2.6"},
		{"after the range", about(redis("vers:generic/>=6.0|<6.2.6")), running(1, "Redis key-value store", "6.2.6", "", "cpe:/a:redislabs:redis:6.2.6"), "", ""},
		{"no version at all", about(redis("vers:generic/>=6.0|<6.2.6")), running(1, "Redis key-value store", "", "", "cpe:/a:redislabs:redis"), Possible, "cpe Redis key-value store may be in >=6.0|<6.2.6"},
		{"by nmap's name alone", about(redis("vers:generic/<6.2.6")), running(1, "Redis key-value store", "6.0.9", ""), Affected, "cpe Redis key-value store 6.0.9 is in <6.2.6"},
		{
			"a distribution's version proves nothing", about(exchange.Product{CPE: "cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*", Range: "<9.3p2"}),
			running(1, "OpenSSH", "9.2p1 Debian 2+deb12u1", "protocol 2.0", "cpe:/a:openbsd:openssh:9.2p1", "cpe:/o:linux:linux_kernel"), Possible, "cpe OpenSSH 9.2p1 Debian 2+deb12u1 is in <9.3p2",
		},
		{
			"the update of a CPE", about(exchange.Product{CPE: "cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:*"}),
			running(1, "OpenSSH", "9.2p1", "", "cpe:/a:openbsd:openssh:9.2p1"), Affected, "cpe OpenSSH 9.2p1 is in 9.2p1",
		},
		{
			"another vendor's of the same name", about(exchange.Product{CPE: "cpe:2.3:a:acme:redis:*:*:*:*:*:*:*:*", Range: "vers:all/*"}),
			running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9"), "", "",
		},
		{
			"httpd under both its names", about(exchange.Product{CPE: "cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*"}),
			running(1, "Apache httpd", "2.4.49", ""), Affected, "cpe Apache httpd 2.4.49 is in 2.4.49",
		},
		{
			"nginx by its old maker", about(exchange.Product{CPE: "cpe:2.3:a:f5:nginx:*:*:*:*:*:*:*:*", Range: "vers:generic/<1.20.1"}),
			running(1, "nginx", "1.18.0", "", "cpe:/a:igor_sysoev:nginx:1.18.0"), Affected, "cpe nginx 1.18.0 is in <1.20.1",
		},
		{
			"a package URL", about(exchange.Product{PURL: "pkg:generic/redis@6.0.9"}),
			running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9"), Possible, "purl Redis key-value store 6.0.9 is in 6.0.9",
		},
		{
			"a distribution's package is not what the banner counts", about(exchange.Product{PURL: "pkg:deb/debian/redis", Range: "vers:deb/<5:7.0.15-1"}),
			running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9"), Possible, "purl Redis key-value store 6.0.9 is in <5:7.0.15-1",
		},
		{
			"names in prose", about(exchange.Product{Vendor: "Cesanta", Name: "Mongoose 7.2", Status: advisory.ProductAffected}),
			running(1, "Mongoose httpd", "7.2", ""), Possible, "name Mongoose httpd 7.2 is in 7.2",
		},
		{"a name that is anybody's", about(exchange.Product{Name: "Web Server", Range: "vers:all/*"}), running(1, "Web Server", "1.0", ""), "", ""},
		{
			"a version that is repaired", about(redis("vers:generic/<6.2.6"), exchange.Product{CPE: "cpe:2.3:a:redis:redis:6.2.6:*:*:*:*:*:*:*", Status: advisory.ProductFixed}),
			running(1, "Redis key-value store", "6.2.6", "", "cpe:/a:redislabs:redis:6.2.6"), Fixed, "cpe Redis key-value store 6.2.6 is in 6.2.6, which is fixed",
		},
		{
			"its maker still looks", about(exchange.Product{CPE: "cpe:2.3:a:redis:redis:6.0.9:*:*:*:*:*:*:*", Status: advisory.ProductUnknown}),
			running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9"), Possible, "cpe Redis key-value store 6.0.9 is in 6.0.9",
		},
		{
			"the guessed kernel does not count", about(exchange.Product{CPE: "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*", Range: "vers:all/*"}),
			running(1, "OpenSSH", "9.2p1", "", "cpe:/o:linux:linux_kernel"), "", "",
		},
		{
			"firmware counts", about(exchange.Product{CPE: "cpe:2.3:o:cisco:ios:12.4:*:*:*:*:*:*:*"}),
			running(1, "Cisco IOS telnetd", "", "", "cpe:/o:cisco:ios:12.4"), Affected, "cpe Cisco IOS telnetd is in 12.4",
		},
		{"a check that the document names", exchange.Document{Checks: []inventory.CheckID{"exposed-redis"}}, func() exchange.Running {
			r := running(1, "Redis key-value store", "7.2", "")
			r.Name = "redis"
			return r
		}(), Possible, "check exposed-redis is named"},
		{"hostile identifiers", about(exchange.Product{CPE: "cpe:/a:000%0:000000000000", PURL: "pkg:%zz"}), running(1, "x", "1", "", "cpe:/a:%", "cpe:2.3:a"), "", ""},
	} {
		x := NewIndex()
		x.AddDocument("IN-1", tt.doc)
		hits := x.Match(tt.run)
		s := NewServices()
		s.AddService(tt.run)
		if d := cmp.Diff(hits, s.Match("IN-1", tt.doc), cmp.AllowUnexported(netip.Addr{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" && len(hits) > 0 {
			t.Errorf("%s: the two ways differ:\n%s", tt.reason, d)
		}
		switch {
		case tt.want == "" && len(hits) > 0:
			t.Errorf("%s: %+v, want no hit", tt.reason, hits)
		case tt.want == "":
		case len(hits) != 1 || hits[0].Standing != tt.want || hits[0].How != tt.how || (hits[0].Doubt == "") != (tt.want != Possible):
			t.Errorf("%s: %+v, want %s because %q", tt.reason, hits, tt.want, tt.how)
		}
	}
}

func TestMatchFinding(t *testing.T) {
	doc := about()
	weak := exchange.Weak{Finding: "F-7", Org: "ORG-1", Asset: "A-1", Addr: netip.MustParseAddr("192.0.2.2"), Port: 6379, Proto: inventory.TCP, Check: "redis-lua", CVEs: []string{"cve-2022-0543", "CVE-1999-0001"}}
	x := NewIndex()
	x.AddDocument("IN-1", doc)
	x.AddDocument("IN-2", exchange.Document{CVEs: []string{"CVE-2020-0001"}})
	hits := x.MatchFinding(weak)
	if len(hits) != 1 || hits[0].Inbound != "IN-1" || hits[0].How != "CVE-2022-0543 is open as F-7" || len(hits[0].CVEs) != 1 {
		t.Errorf("MatchFinding = %+v", hits)
	}
	s := NewServices()
	s.AddFinding(weak)
	s.AddService(running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9"))
	doc.Products = []exchange.Product{{CPE: "cpe:2.3:a:redis:redis:6.0.9:*:*:*:*:*:*:*"}}
	hits = s.Match("IN-1", doc)
	if len(hits) != 1 || hits[0].Finding != "F-7" || hits[0].Standing != Affected {
		t.Fatalf("a service with a finding = %+v, want one hit by both", hits)
	}
	c := NewCatalogue(map[inventory.CheckID]inventory.Check{})
	if got := c.Verdict(hits[0], Facts{Open: []Found{{"F-7", "redis-lua", "EV-1"}}}); got.Verdict != exchange.VerdictAffected || got.Evidence != "EV-1" {
		t.Errorf("Verdict = %+v, want affected by EV-1", got)
	}
	s.RemoveAsset("A-1")
	if hits := s.Match("IN-1", doc); len(hits) != 0 {
		t.Errorf("after RemoveAsset: %+v", hits)
	}
	if n, kinds := s.Len(); n != 0 || kinds != 0 || len(s.byKey)+len(s.weakKeys) != 0 {
		t.Errorf("RemoveAsset left %d services of %d kinds, %d keys", n, kinds, len(s.byKey)+len(s.weakKeys))
	}
}

func TestIndexForgets(t *testing.T) {
	x := NewIndex()
	r := running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9")
	x.AddDocument("IN-1", about(exchange.Product{CPE: "cpe:2.3:a:redis:redis:6.0.9:*:*:*:*:*:*:*"}))
	if n := len(x.Match(r)); n != 1 {
		t.Fatalf("%d hits, want 1", n)
	}
	x.AddDocument("IN-1", about(exchange.Product{CPE: "cpe:2.3:a:redis:redis:6.0.8:*:*:*:*:*:*:*"})) // a revision
	if hits := x.Match(r); len(hits) != 0 {
		t.Errorf("the old revision still matches: %+v", hits)
	}
	x.RemoveDocument("IN-1")
	if x.Len() != 0 || len(x.byKey) != 0 {
		t.Errorf("RemoveDocument left %d documents and %d keys", x.Len(), len(x.byKey))
	}
}

// A service that changes leaves nothing of what it was.
func TestServiceChanges(t *testing.T) {
	s := NewServices()
	doc := about(exchange.Product{CPE: "cpe:2.3:a:redis:redis:6.0.9:*:*:*:*:*:*:*"})
	s.AddService(running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9"))
	s.AddService(running(1, "Redis key-value store", "7.2.0", "", "cpe:/a:redislabs:redis:7.2.0"))
	if hits := s.Match("IN-1", doc); len(hits) != 0 {
		t.Errorf("the version of before still matches: %+v", hits)
	}
	if n, kinds := s.Len(); n != 1 || kinds != 1 {
		t.Errorf("%d services of %d kinds, want 1 of 1", n, kinds)
	}
}
