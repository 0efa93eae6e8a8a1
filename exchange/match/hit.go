package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/reports/advisory"
)

// Standing is how what runs stands to what a document says of versions.
type Standing string

// Standings. Only Affected and Fixed say something for sure.
const (
	Affected Standing = "affected" // surely a version that the document warns of
	Fixed    Standing = "fixed"    // surely a version that it calls repaired
	Possible Standing = "possible" // the product, but nothing tells
)

// A Hit is one place that a document concerns.
type Hit struct {
	Inbound exchange.InboundID
	Place
	How      string // "cpe redis 6.0.9 is in >=6.0|<6.2.6"; "CVE-2022-0543 is open as F-7"
	Standing Standing
	Doubt    string   // why the standing is no better than possible
	CVEs     []string // of the document, that concern this place
	// Checks are those that the document names, by our catalogue.
	Checks   []inventory.CheckID // not to be changed
	Exposure inventory.CheckID   // the check of such a service being reachable; "" for most
	// Finding is an open one by a check for one of the CVEs; "" when the hit
	// is by product.
	Finding inventory.FindingID
	Found   inventory.CheckID // the check of the finding
}

// Match is the hit as it is stored, before anything was decided.
func (h Hit) Match(c Catalogue) exchange.Match {
	m := exchange.Match{
		Inbound: h.Inbound, Org: h.Org, Asset: h.Asset, How: h.How, Verdict: exchange.VerdictPending, Checks: c.Deciding(h),
	}
	if h.Port != 0 {
		m.Service = h.String()
	}
	return m
}

// What was judged of a document and some software: a hit without its place.
type judged struct {
	paper *paper
	hit   Hit
}

// judge compares a document with software that shares the statements with it.
// It is no hit when every version that the document warns of is surely
// another or not affected, and none that it calls repaired is this. What is
// repaired of one weakness says nothing of another.
func (p *paper) judge(sw *software, statements []int, named bool) (Hit, bool) {
	h := Hit{Inbound: p.id, Exposure: sw.exposure}
	warned, repaired, spared := p.speakers(sw, statements)
	var best speaker
	var cves []string
	all := false // some statement is about the document as a whole
	for _, w := range warned {
		if slices.ContainsFunc(repaired, func(r speaker) bool { return r.cve == "" || r.cve == w.cve }) {
			if !w.certain { // the same product, by the same number
				continue
			}
			w.certain, w.clash = false, "repaired"
		}
		w, stands := w.against(spared)
		if !stands {
			continue
		}
		all = all || w.cve == ""
		cves = append(cves, w.cve)
		if len(cves) == 1 || w.certain && !best.certain || w.certain == best.certain && w.fit > best.fit {
			best = w
		}
	}
	switch {
	case len(cves) > 0:
		if all {
			cves = p.cves
		}
		h.How, h.CVEs, h.Standing = best.how(sw, best.fit), cves, Affected
		if h.Doubt = best.doubt(sw); h.Doubt != "" {
			h.Standing = Possible
		}
	case len(repaired) > 0:
		h.Standing, h.How, h.CVEs = Fixed, repaired[0].how(sw, inside)+", which is fixed", p.cves
	case named:
		h.Standing, h.How, h.CVEs, h.Doubt = Possible, "check "+string(sw.exposure)+" is named", p.cves, "only a check can tell"
	default:
		return Hit{}, false
	}
	h.CVEs, h.Checks = distinct(h.CVEs), p.checks
	return h, true
}

// A speaker is a statement that is about some software.
type speaker struct {
	statement
	fit     fit
	certain bool
	about   *program
	part    interval // of the range, that holds what runs
	clash   string   // what else the document calls the version: "repaired"
}

// speakers are the statements that may warn of some software, those that
// surely call it repaired, and those that may say that it is not affected.
func (p *paper) speakers(sw *software, statements []int) (warned, repaired, spared []speaker) {
	for _, i := range statements {
		s := p.statements[i]
		f, sure, about := s.judge(sw)
		if about == nil || f == outside {
			continue
		}
		x := speaker{statement: s, fit: f, certain: f == inside && sure && !s.span.packaged && s.edition == ""}
		x.about, x.part = about, s.span.around(about.version)
		switch {
		case s.status == advisory.ProductNotAffected:
			if sure && s.spares(sw) && len(spared) < maxSpared {
				spared = append(spared, x)
			}
		case s.status != advisory.ProductFixed:
			x.certain = x.certain && s.status != advisory.ProductUnknown
			warned = append(warned, x)
		case x.certain:
			repaired = append(repaired, x)
		}
	}
	return warned, repaired, spared
}

func distinct(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

// how says in words why a place was found.
func (s statement) how(sw *software, f fit) string {
	text := inventory.CleanText(fmt.Sprintf("%s %s", s.by, cmp.Or(sw.text, s.label)), 200)
	switch {
	case s.span.unknown:
		return text + " is the product"
	case f == inside:
		return text + " is in " + inventory.CleanText(s.span.text, 200)
	}
	return text + " may be in " + inventory.CleanText(s.span.text, 200)
}

// doubt says why the versions prove nothing, or "".
func (s speaker) doubt(sw *software) string {
	switch {
	case s.clash != "":
		return "the document calls this version both affected and " + s.clash
	case s.span.unknown:
		return "the document does not say which versions"
	case s.fit != inside:
		return "the version that runs is not known well enough"
	case s.span.packaged:
		return "the document counts a distribution's packages, whose versions a service does not tell"
	case sw.packaged:
		return "a distribution's version may have the repair without a new number"
	case s.status == advisory.ProductUnknown:
		return "its maker still looks into it"
	case s.edition != "":
		return "the document means that for " + inventory.CleanText(s.edition, 50) + ", which a service does not tell of itself"
	case !s.certain:
		return "the names are alike, but no identifier says that it is the same product"
	}
	return ""
}

// isOpenAs tells hits by findings from those by products.
const isOpenAs = " is open as "

// byFinding is the hit of something that a check found.
func (p *paper) byFinding(w exchange.Weak) (Hit, bool) {
	h := Hit{Inbound: p.id, Place: placeOfWeak(w), Standing: Possible, Finding: w.Finding, Found: w.Check, Checks: p.checks}
	for _, cve := range w.CVEs {
		if _, ok := p.keys[cveKey+strings.ToUpper(cve)]; ok {
			h.CVEs = append(h.CVEs, strings.ToUpper(cve))
		}
	}
	switch _, named := p.keys[checkKey+string(w.Check)]; {
	case len(h.CVEs) > 0:
		h.How = h.CVEs[0] + isOpenAs + string(w.Finding)
	case named:
		h.How = "check " + string(w.Check) + isOpenAs + string(w.Finding)
	default:
		return Hit{}, false
	}
	return h, true
}

// sorted puts hits in order and makes one of those on the same place: what a
// check found counts more than what a version says, but keeps its doubts.
func sorted(hits []Hit) []Hit {
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(
			cmp.Compare(a.Inbound, b.Inbound), cmp.Compare(a.Asset, b.Asset), a.Addr.Compare(b.Addr),
			cmp.Compare(a.Port, b.Port), cmp.Compare(a.Transport, b.Transport), -cmp.Compare(a.Finding, b.Finding),
		)
	})
	out := hits[:0]
	for _, h := range hits {
		n := len(out)
		if n == 0 || out[n-1].Inbound != h.Inbound || out[n-1].Place != h.Place {
			out = append(out, h)
			continue
		}
		was := &out[n-1]
		if was.Finding != "" && h.Finding == "" { // keep both reasons
			was.How += "; " + h.How
			was.Standing, was.Doubt, was.Exposure = h.Standing, h.Doubt, h.Exposure
		}
		was.CVEs = distinct(slices.Concat(was.CVEs, h.CVEs))
	}
	return out
}
