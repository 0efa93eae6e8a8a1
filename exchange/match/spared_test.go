package match

import (
	"strings"
	"testing"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// A word that what runs is not affected outweighs a wider warning, and nothing
// else.
func TestNotAffected(t *testing.T) {
	const cve, other, all, exact = "CVE-2026-0001", "CVE-2026-0002", "redis:redis:*:*:*:*:*:*:*:*", "redis:redis:6.0.9:*:*:*:*:*:*:*"
	says := func(s advisory.ProductStatus, cve, cpe, versions string) exchange.Product {
		return exchange.Product{CPE: "cpe:2.3:a:" + cpe, Range: versions, Status: s, CVE: cve}
	}
	warns := func(cpe, versions string) exchange.Product { return says(advisory.ProductAffected, cve, cpe, versions) }
	spares := func(cpe, versions string) exchange.Product {
		return says(advisory.ProductNotAffected, cve, cpe, versions)
	}
	redis := running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9")
	debian, branch, both := redis, redis, redis
	debian.ExtraInfo = "Debian"
	branch.Version, branch.CPEs = "6.0", []string{"cpe:/a:redislabs:redis:6.0"}
	both.CPEs = append([]string{"cpe:/a:f5:nginx:1.18.0"}, redis.CPEs...)
	for _, tt := range []struct {
		reason string
		doc    exchange.Document
		run    exchange.Running
		want   Standing // "" for no hit
		doubt  string   // a part of it
	}{
		{"this version, in a range", about(warns(all, "<6.2.6"), spares(exact, "")), redis, "", ""},
		{"in either order", about(spares(exact, ""), warns(all, "<6.2.6")), redis, "", ""},
		{"a range in a range", about(warns(all, ">=5.0|<6.2.6"), spares(all, ">=6.0|<6.0.16")), redis, "", ""},
		{"outside it", about(warns(all, ">=5.0|<6.2.6"), spares(all, ">=6.0.10|<6.0.16")), redis, Affected, ""},
		{"in all versions but some", about(warns(all, "vers:generic/*"), spares(all, "<6.2.6")), redis, "", ""},
		{"in versions that nobody tells", about(warns(all, ""), spares(exact, "")), redis, "", ""},
		{"for the document as a whole", about(warns(all, "<6.2.6"), says(advisory.ProductNotAffected, "", exact, "")), redis, "", ""},
		{"of the name alone", about(exchange.Product{Name: "redis", Range: "<6.2.6", CVE: cve}, spares(exact, "")), redis, "", ""},
		{"no hit by itself", about(spares(exact, "")), redis, "", ""},
		{"repaired all the same", about(warns(all, "<6.2.6"), spares(exact, ""), says(advisory.ProductFixed, cve, exact, "")), redis, Fixed, ""},

		{"by another weakness", about(warns(all, "<6.2.6"), says(advisory.ProductNotAffected, other, exact, "")), redis, Affected, ""},
		{"of a document on both", about(says(advisory.ProductAffected, other, all, "<6.2.6"), warns(all, "<6.2.6"), spares(exact, "")), redis, Affected, ""},
		{"this version is affected, in a range that is not", about(warns(exact, ""), spares(all, "<6.2.6")), redis, Affected, ""},
		{"of all versions but some", about(warns(all, "<6.2.6"), spares(all, "vers:generic/*")), redis, Affected, ""},
		{"another program that runs there", about(warns(all, "<6.2.6"), spares("f5:nginx:1.18.0:*:*:*:*:*:*:*", "")), both, Affected, ""},
		{"a product of the same name", about(warns(all, "<6.2.6"), exchange.Product{PURL: "pkg:npm/redis@6.0.9", Status: advisory.ProductNotAffected, CVE: cve}), redis, Affected, ""},
		{"a distribution's package", about(warns(all, "<6.2.6"), spares(all, "6.0.9-1.el8")), redis, Affected, ""},

		{"both", about(warns(exact, ""), spares(exact, "")), redis, Possible, "both affected and not affected"},
		{"ranges that overlap", about(warns(all, "<6.2.6"), spares(all, ">=6.0")), redis, Possible, "both affected and not affected"},
		{"the same range", about(warns(all, "<=6.2.6"), spares(all, "<=6.2.6")), redis, Possible, "both affected and not affected"},
		{"both, and repaired", about(warns(exact, ""), spares(exact, ""), says(advisory.ProductFixed, cve, exact, "")), redis, Possible, "both affected"},
		{"a version that may be it", about(warns(all, "<6.2.6"), spares("redis:redis:6.0.16:*:*:*:*:*:*:*", "")), branch, Possible, "perhaps not affected"},
		{"an edition", about(warns(exact, ""), spares("redis:redis:6.0.9:*:*:*:*:windows:*:*", "")), redis, Possible, "perhaps not affected"},
		{"of an edition that is affected", about(warns("redis:redis:*:*:*:*:*:windows:*:*", "<6.2.6"), spares(exact, "")), redis, Possible, "for windows"},
		{"a distribution's build", about(warns(all, "<6.2.6"), spares(exact, "")), debian, Possible, "distribution"},
		{"in a distribution's numbers", about(warns(all, "vers:deb/<5:7.0.15-1"), spares(exact, "")), redis, Possible, "distribution"},
	} {
		x := NewIndex()
		x.AddDocument("IN-1", tt.doc)
		var got Hit
		hits := x.Match(tt.run)
		if len(hits) > 0 {
			got = hits[0]
		}
		if got.Standing != tt.want || !strings.Contains(got.Doubt, tt.doubt) || (got.Doubt == "") != (tt.want != Possible) {
			t.Errorf("%s: %+v, want %q in doubt because %q", tt.reason, got, tt.want, tt.doubt)
		}
	}
}

// A stored match ends when a revision says that what runs is not affected, and
// not by that alone when nothing in it warns of the product.
func TestReviewNotAffected(t *testing.T) {
	redis := running(1, "Redis key-value store", "6.0.9", "", "cpe:/a:redislabs:redis:6.0.9")
	m := exchange.Match{Inbound: "IN-1", Org: "ORG-1", Asset: "A-1", Service: placeOf(redis).String()}
	wide := exchange.Product{CPE: "cpe:2.3:a:redis:redis:*:*:*:*:*:*:*:*", Range: "<6.2.6", Status: advisory.ProductAffected}
	spared := exchange.Product{CPE: "cpe:2.3:a:redis:redis:6.0.9:*:*:*:*:*:*:*", Status: advisory.ProductNotAffected}
	for want, doc := range map[exchange.Verdict]exchange.Document{
		exchange.VerdictAffected: about(wide), exchange.VerdictFixed: about(wide, spared), exchange.VerdictUnknown: about(spared),
	} {
		if got := NewCatalogue(nil).Review(m, doc, exchange.Proven{Running: []exchange.Running{redis}}); got.Verdict != want {
			t.Errorf("%+v: %+v, want %s", doc.Products, got, want)
		}
	}
}
