package match

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// What looks like a sure word on a product, and is none: to say affected, or
// fixed, would be wrong.
func TestNotSure(t *testing.T) {
	redis := func(version string) exchange.Running {
		return running(1, "Redis key-value store", version, "", "cpe:/a:redislabs:redis:"+version)
	}
	says := func(s advisory.ProductStatus, cve, cpe, versions string) exchange.Product {
		return exchange.Product{CPE: "cpe:2.3:a:" + cpe, Range: versions, Status: s, CVE: cve}
	}
	const affected, fixed, open, all = advisory.ProductAffected, advisory.ProductFixed, advisory.ProductUnknown, "redis:redis:*:*:*:*:*:*:*:*"
	debian := redis("6.0.9")
	debian.ExtraInfo = "Debian"
	nginx := running(1, "nginx", "1.18.0", "", "cpe:/a:igor_sysoev:nginx:1.18.0")
	for _, tt := range []struct {
		reason string
		doc    exchange.Document
		run    exchange.Running
		want   Standing // "" for no hit
		doubt  string   // a part of it
	}{
		{"a library called like a server", about(exchange.Product{PURL: "pkg:npm/mysql", Range: "vers:npm/<5.7.0"}), running(1, "MySQL", "5.6.40", "", "cpe:/a:mysql:mysql:5.6.40"), Possible, "alike"},
		{"a library that is repaired", about(exchange.Product{PURL: "pkg:npm/mongodb@6.0.0", Status: fixed}), running(1, "MongoDB", "6.0.0", "", "cpe:/a:mongodb:mongodb:6.0.0"), "", ""},
		{"somebody's fork", about(exchange.Product{PURL: "pkg:github/somebody/nginx@1.18.0"}), nginx, Possible, "alike"},
		{"the maker's without a registry", about(exchange.Product{PURL: "pkg:generic/nginx@1.18.0"}), nginx, Affected, ""},
		{"for another system", about(says(affected, "", "apache:http_server:2.4.49:*:*:*:*:windows:*:*", "")), running(1, "Apache httpd", "2.4.49", ""), Possible, "for windows"},
		{"a client of the same name", about(says(affected, "", "redis:redis:*:*:*:*:*:node.js:*:*", "<7.0")), redis("6.0.9"), Possible, "for node.js"},
		{"an edition that is repaired", about(says(fixed, "", "f5:nginx:1.18.0:*:*:*:plus:*:*:*", "")), nginx, "", ""},
		{"no version at all", about(says(affected, "", all, "vers:none/*")), redis("6.0.9"), "", ""},
		{"bounds in the other order", about(says(affected, "", all, "<6.0.16, >=6.0")), redis("6.0.20"), "", ""},
		{"bounds in the other order, inside", about(says(affected, "", all, "<6.0.16, >=6.0")), redis("6.0.15"), Affected, ""},
		{"lines with letters have no order", about(says(affected, "", "juniper:junos:*:*:*:*:*:*:*:*", "<18.4X75")), running(1, "junos", "18.4R2", "", "cpe:/a:juniper:junos:18.4r2"), Possible, "not known well enough"},
		{"another weakness is repaired", about(says(open, "CVE-2026-0001", "redis:redis:6.0.9:*:*:*:*:*:*:*", ""), says(fixed, "CVE-2026-0002", "redis:redis:6.0.9:*:*:*:*:*:*:*", "")), redis("6.0.9"), Possible, "looks into it"},
		{"of a distribution's version, too", about(says(affected, "CVE-2026-0001", all, "<6.2.6"), says(fixed, "CVE-2026-0002", "redis:redis:6.0.9:*:*:*:*:*:*:*", "")), debian, Possible, "distribution"},
		{"the same weakness is", about(says(open, "CVE-2026-0001", all, "<6.2.6"), says(fixed, "CVE-2026-0001", "redis:redis:6.0.9:*:*:*:*:*:*:*", "")), debian, Fixed, ""},
		{"a branch that is repaired, in a range that is not", about(says(affected, "CVE-2026-0001", all, "<6.2.6"), says(fixed, "CVE-2026-0001", "redis:redis:6.0.16:*:*:*:*:*:*:*", "")), redis("6.0.16"), Possible, "both affected and repaired"},
		{"what a scan says of every Samba", about(says(affected, "", "samba:samba:*:*:*:*:*:*:*:*", "<4.13.17")), running(1, "Samba smbd", "4.6.2", "", "cpe:/a:samba:samba:4.6.2"), Possible, "not known well enough"},
		{"the version of Tomcat's connector", about(says(affected, "", "apache:tomcat:*:*:*:*:*:*:*:*", "<9.0.50")), running(1, "Apache Tomcat/Coyote JSP engine", "1.1", "", "cpe:/a:apache:coyote_http_connector:1.1"), Possible, "not known well enough"},
		{"MariaDB, which a scan calls MySQL", about(says(affected, "", "oracle:mysql:*:*:*:*:*:*:*:*", "<=10.5")), running(1, "MySQL", "5.5.5-10.3.29-MariaDB", "", "cpe:/a:mariadb:mariadb:5.5.5-10.3.29-mariadb"), "", ""},
	} {
		x := NewIndex()
		x.AddDocument("IN-1", tt.doc)
		var got Hit
		hits := x.Match(tt.run)
		ok := len(hits) > 0
		if ok {
			got = hits[0]
		}
		if ok != (tt.want != "") || got.Standing != tt.want || !strings.Contains(got.Doubt, tt.doubt) || (got.Doubt == "") != (tt.want != Possible) {
			t.Errorf("%s: %+v, want %q in doubt because %q", tt.reason, got, tt.want, tt.doubt)
		}
	}
}

// The version there now is repaired only where the document surely warns of
// that product: of what it only calls alike, nothing is known.
func TestReviewNeedsTheProduct(t *testing.T) {
	m := exchange.Match{Inbound: "IN-1", Org: "ORG-1", Asset: "A-1", Service: placeOf(running(1, "", "", "")).String(), How: "CVE-2022-0543" + isOpenAs + "F-1"}
	for _, tt := range []struct {
		reason  string
		product exchange.Product
		want    exchange.Verdict
	}{
		{"the maker's range", exchange.Product{CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*", Range: "<6.0"}, exchange.VerdictFixed},
		{"a library's", exchange.Product{PURL: "pkg:npm/redis", Range: "<6.0"}, exchange.VerdictUnknown},
		{"only a version that is repaired", exchange.Product{CPE: "cpe:2.3:a:redis:redis:7.2.0:*:*:*:*:*:*:*", Status: advisory.ProductFixed}, exchange.VerdictUnknown},
	} {
		p := exchange.Proven{Running: []exchange.Running{running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9")}}
		if got := NewCatalogue(nil).Review(m, about(tt.product), p); got.Verdict != tt.want {
			t.Errorf("%s: %+v, want %s", tt.reason, got, tt.want)
		}
	}
}
