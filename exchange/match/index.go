package match

import (
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/exchange"
)

// An Index holds documents, to be met by services and findings. It is not
// safe for concurrent use.
type Index struct {
	papers map[exchange.InboundID]*paper
	byKey  map[string]map[exchange.InboundID]*paper
	known  map[string][]judged // by fingerprint, since the last change
	// compared counts the pairs of a document and some software that were
	// looked at.
	compared int
}

// maxKnown bounds what is remembered between services.
const maxKnown = 50_000

// NewIndex makes one without documents.
func NewIndex() *Index {
	return &Index{papers: map[exchange.InboundID]*paper{}, byKey: map[string]map[exchange.InboundID]*paper{}, known: map[string][]judged{}}
}

// AddDocument adds a document, instead of what was added under the same id.
func (x *Index) AddDocument(id exchange.InboundID, d exchange.Document) {
	x.RemoveDocument(id)
	p := newPaper(id, d)
	x.papers[id] = p
	for key := range p.keys {
		if x.byKey[key] == nil {
			x.byKey[key] = map[exchange.InboundID]*paper{}
		}
		x.byKey[key][id] = p
	}
}

// RemoveDocument forgets a document: it was superseded or withdrawn.
func (x *Index) RemoveDocument(id exchange.InboundID) {
	clear(x.known)
	p := x.papers[id]
	if p == nil {
		return
	}
	delete(x.papers, id)
	for key := range p.keys {
		if delete(x.byKey[key], id); len(x.byKey[key]) == 0 {
			delete(x.byKey, key)
		}
	}
}

// Len is how many documents there are.
func (x *Index) Len() int { return len(x.papers) }

// Match finds the documents that concern a service, sorted by their id.
func (x *Index) Match(r exchange.Running) []Hit {
	key := fingerprint(r.Service)
	found, ok := x.known[key]
	if !ok {
		found = x.judge(newSoftware(r.Service))
		if len(x.known) >= maxKnown {
			clear(x.known)
		}
		x.known[key] = found
	}
	out := make([]Hit, len(found))
	for i, j := range found {
		out[i] = j.at(placeOf(r))
	}
	return out
}

// at is what was judged, in one place.
func (j judged) at(p Place) Hit {
	h := j.hit
	h.Place, h.CVEs = p, slices.Clone(h.CVEs)
	return h
}

// judge compares the documents that share a key with some software.
func (x *Index) judge(sw *software) []judged {
	near := map[*paper]bool{}
	for _, key := range sw.keys {
		for _, p := range x.byKey[key] {
			near[p] = true
		}
	}
	var out []judged
	for p := range near {
		x.compared++
		if h, ok := p.meet(sw); ok {
			out = append(out, judged{p, h})
		}
	}
	slices.SortFunc(out, func(a, b judged) int { return strings.Compare(string(a.paper.id), string(b.paper.id)) })
	return out
}

// meet compares a document with software by all the keys that they share.
func (p *paper) meet(sw *software) (Hit, bool) {
	var statements []int
	named := false
	for _, key := range sw.keys {
		found, ok := p.keys[key]
		named = named || ok && strings.HasPrefix(key, checkKey)
		statements = append(statements, found...)
	}
	slices.Sort(statements)
	return p.judge(sw, slices.Compact(statements), named)
}

// MatchFinding finds the documents about what a check found.
func (x *Index) MatchFinding(w exchange.Weak) []Hit {
	near := map[*paper]bool{}
	for _, key := range keysOf(w) {
		for _, p := range x.byKey[key] {
			near[p] = true
		}
	}
	var out []Hit
	for p := range near {
		x.compared++
		if h, ok := p.byFinding(w); ok {
			out = append(out, h)
		}
	}
	return sorted(out)
}

func keysOf(w exchange.Weak) []string {
	keys := []string{checkKey + string(w.Check)}
	for _, cve := range w.CVEs {
		keys = append(keys, cveKey+strings.ToUpper(cve))
	}
	return keys
}

// Merge puts the hits of services and of findings together: one for each
// document and place, in order.
func Merge(hits ...[]Hit) []Hit { return sorted(slices.Concat(hits...)) }
