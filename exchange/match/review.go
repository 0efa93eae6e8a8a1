package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Review decides on a stored match of a document by what is proven of the
// asset now, be it before, while or after its targeted scan.
func (c Catalogue) Review(m exchange.Match, d exchange.Document, p exchange.Proven) Ruling {
	return c.Reviewer(m.Inbound, d)(m, p)
}

// Reviewer is Review for many matches of one document, which is read once.
func (c Catalogue) Reviewer(id exchange.InboundID, d exchange.Document) func(exchange.Match, exchange.Proven) Ruling {
	paper := newPaper(id, d)
	return func(m exchange.Match, p exchange.Proven) Ruling { return c.review(m, paper, p) }
}

func (c Catalogue) review(m exchange.Match, paper *paper, p exchange.Proven) Ruling {
	if p.Retired {
		return Ruling{Verdict: exchange.VerdictNotPresent, Why: "the asset is not in use any more"}
	}
	h := Hit{
		Inbound: m.Inbound, Place: Place{Org: m.Org, Asset: m.Asset}, How: m.How, Standing: Possible, Doubt: "nothing answered there",
		CVEs: paper.cves, Checks: paper.checks,
	}
	f := Facts{Waiting: p.Waiting}
	i := slices.IndexFunc(p.Running, func(r exchange.Running) bool { return placeOf(r).String() == m.Service })
	if i >= 0 {
		h.Place = placeOf(p.Running[i])
		sw := newSoftware(p.Running[i].Service)
		now, ok := paper.meet(sw)
		named, surely := paper.names(sw)
		switch {
		case ok:
			now.Place = h.Place
			h = now
		case named && !surely:
			h.Doubt = "the names are alike, but nothing says that the document means this product"
		case named:
			h.Standing, h.Doubt, h.How = Fixed, "", fmt.Sprintf("the version there now, %s, is none that the document warns of", quoted(sw))
		case strings.Contains(m.How, isOpenAs): // whatever runs there, it was never known by its name
			h.Doubt = "only a check can tell"
		default:
			f.Gone = "something else is there now: " + quoted(sw)
		}
	}
	for _, s := range p.Closed {
		if at(m, s) && i < 0 {
			f.Gone = "nothing listens there any more: the port answered closed"
		}
	}
	for _, w := range p.Found {
		if m.Service == "" || at(m, exchange.Spot{Addr: w.Addr, Port: w.Port, Transport: w.Proto}) {
			f.Open = append(f.Open, Found{w.Finding, w.Check, string(w.Evidence)})
		}
	}
	for _, covered := range p.Covered {
		if m.Service == "" || at(m, covered.Spot) {
			f.Ran = append(f.Ran, covered.Ran...)
			f.Missed = append(f.Missed, covered.Missed...)
		}
	}
	return c.Verdict(h, f)
}

// Answers tells whether anything runs in the place of a match.
func Answers(m exchange.Match, p exchange.Proven) bool {
	return slices.ContainsFunc(p.Running, func(r exchange.Running) bool { return placeOf(r).String() == m.Service })
}

func at(m exchange.Match, s exchange.Spot) bool {
	return Place{Addr: s.Addr.Unmap(), Port: s.Port, Transport: s.Transport}.String() == m.Service
}

func quoted(sw *software) string {
	if sw.text == "" {
		return "an unknown service"
	}
	return inventory.CleanText(sw.text, 200)
}

// names tells whether a document speaks of a product that some software is, in
// whatever version, and whether it surely warns of it by the maker's numbers.
func (p *paper) names(sw *software) (named, surely bool) {
	for _, key := range sw.keys {
		for _, i := range p.keys[key] {
			s := p.statements[i]
			_, sure, program := s.judge(sw)
			named = named || program != nil
			warns := s.status != advisory.ProductFixed && s.status != advisory.ProductNotAffected
			surely = surely || program != nil && sure && warns && !s.span.packaged
		}
	}
	return named, surely
}
