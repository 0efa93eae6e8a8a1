package match

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// nation makes what a country may run, and what its CERT may have received:
// 300 products in twelve versions, each document about three products.
func nation(documents, services int) ([]exchange.Document, []exchange.Running) {
	vendor := func(i int) string { return fmt.Sprintf("maker%d", i%97) }
	product := func(i int) string { return fmt.Sprintf("product%d", i%300) }
	docs := make([]exchange.Document, documents)
	for d := range docs {
		cve := fmt.Sprintf("CVE-2026-%04d", 1000+d)
		docs[d].CVEs = []string{cve}
		for k := range 3 {
			i := (d*7 + k*31) % 300
			docs[d].Products = append(docs[d].Products, exchange.Product{
				CPE:   fmt.Sprintf("cpe:2.3:a:%s:%s:*:*:*:*:*:*:*:*", vendor(i), product(i)),
				Range: fmt.Sprintf("vers:generic/>=%d.0|<%d.%d.6", d%9, d%9+1, d%5), Status: advisory.ProductAffected, CVE: cve,
			})
		}
	}
	all := make([]exchange.Running, services)
	for n := range all {
		i, v := n%300, fmt.Sprintf("%d.%d.%d", n/300%12, n/300%5, n/300%3)
		all[n] = exchange.Running{Org: "ORG-1", Service: inventory.Service{
			Asset: inventory.AssetID(fmt.Sprintf("A-%d", n/4)), Addr: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}),
			Port: uint16(8000 + n%4), Transport: inventory.TCP, Product: product(i), Version: v,
			CPEs: []string{fmt.Sprintf("cpe:/a:%s:%s:%s", vendor(i), product(i), v)},
		}}
	}
	return docs, all
}

func documentID(i int) exchange.InboundID { return exchange.InboundID(fmt.Sprintf("IN-%04d", i)) }

// naive compares every document with every service.
func naive(docs []exchange.Document, services []exchange.Running) (hits int) {
	papers := make([]*paper, len(docs))
	for i, d := range docs {
		papers[i] = newPaper(documentID(i), d)
	}
	for _, s := range services {
		sw := newSoftware(s.Service)
		for _, p := range papers {
			if _, ok := p.meet(sw); ok {
				hits++
			}
		}
	}
	return hits
}

// Matching compares what shares a name, once for what runs the same, both
// ways, and a change costs no more than what it concerns. By counts: a clock
// tells little on a busy machine.
func TestComparesLittle(t *testing.T) {
	docs, services := nation(200, 4000)
	want := naive(docs, services)
	x, s := NewIndex(), NewServices()
	for i, d := range docs {
		x.AddDocument(documentID(i), d)
	}
	forth := 0
	for _, r := range services {
		forth += len(x.Match(r))
		s.AddService(r)
	}
	back := 0
	for i, d := range docs {
		back += len(s.Match(documentID(i), d))
	}
	if forth != want || back != want || want == 0 {
		t.Errorf("hits: %d by service, %d by document, want %d", forth, back, want)
	}
	_, kinds := s.Len()
	if most := kinds * 3; x.compared > most || s.compared > most {
		t.Errorf("compared %d and %d pairs, want at most %d; there are %d", x.compared, s.compared, most, len(docs)*len(services))
	}
	x.compared, s.compared = 0, 0
	x.Match(services[0])
	if x.compared != 0 {
		t.Errorf("a service like others costs %d comparisons, want none", x.compared)
	}
	s.Match("IN-new", docs[0])
	if share := s.compared * 20; share > kinds*2 {
		t.Errorf("one document was compared with %d of %d kinds of software", s.compared, kinds)
	}
}

// BenchmarkMatch matches 1,000 documents with 100,000 services, both ways, and
// tells how many times faster that is than comparing each with each, as done
// in the same run with a fortieth of the services.
func BenchmarkMatch(b *testing.B) {
	const share = 40
	docs, services := nation(1000, 100_000)
	begun := time.Now()
	want := naive(docs, services[:len(services)/share])
	slow := time.Since(begun) * share
	for b.Loop() {
		x, s := NewIndex(), NewServices()
		begun = time.Now()
		for i, d := range docs {
			x.AddDocument(documentID(i), d)
		}
		forth := 0
		for _, r := range services {
			forth += len(x.Match(r))
		}
		forthTook := time.Since(begun)
		for _, r := range services {
			s.AddService(r)
		}
		begun = time.Now()
		back := 0
		for i, d := range docs {
			back += len(s.Match(documentID(i), d))
		}
		backTook := time.Since(begun)
		if forth != back || forth < want {
			b.Fatalf("hits: %d one way, %d the other, at least %d wanted", forth, back, want)
		}
		b.ReportMetric(float64(slow)/float64(forthTook), "x-naive-services")
		b.ReportMetric(float64(slow)/float64(backTook), "x-naive-documents")
		b.ReportMetric(float64(forth), "hits")
	}
}
