package match

import (
	"maps"
	"slices"

	"github.com/ciiscan/ciiscan/exchange"
	"github.com/ciiscan/ciiscan/inventory"
)

// Services holds what runs and what was found, to be met by documents. Equal
// software is held and compared once. It is not safe for concurrent use.
type Services struct {
	groups   map[string]*group // by fingerprint
	byKey    map[string]map[*group]bool
	places   map[spot]string // fingerprints
	weak     map[inventory.FindingID]exchange.Weak
	weakKeys map[string]map[inventory.FindingID]bool
	assets   map[inventory.AssetID]*holdings
	compared int
}

// A group is every place where the same software runs.
type group struct {
	software *software
	places   map[spot]Place
}

// A spot names a service, whoever owns the asset.
type spot struct {
	asset inventory.AssetID
	place Place // without Org
}

type holdings struct {
	spots    map[spot]bool
	findings map[inventory.FindingID]bool
}

func spotOf(p Place) spot {
	p.Org = ""
	return spot{p.Asset, p}
}

// NewServices makes an index without services.
func NewServices() *Services {
	return &Services{
		groups: map[string]*group{}, byKey: map[string]map[*group]bool{}, places: map[spot]string{},
		weak: map[inventory.FindingID]exchange.Weak{}, weakKeys: map[string]map[inventory.FindingID]bool{},
		assets: map[inventory.AssetID]*holdings{},
	}
}

func (x *Services) holdings(id inventory.AssetID) *holdings {
	h := x.assets[id]
	if h == nil {
		h = &holdings{map[spot]bool{}, map[inventory.FindingID]bool{}}
		x.assets[id] = h
	}
	return h
}

// AddService adds a service, instead of what was in its place.
func (x *Services) AddService(r exchange.Running) {
	p := placeOf(r)
	s := spotOf(p)
	key := fingerprint(r.Service)
	if was, ok := x.places[s]; ok && was != key {
		x.removeSpot(s)
	}
	g := x.groups[key]
	if g == nil {
		g = &group{newSoftware(r.Service), map[spot]Place{}}
		x.groups[key] = g
		for _, k := range g.software.keys {
			if x.byKey[k] == nil {
				x.byKey[k] = map[*group]bool{}
			}
			x.byKey[k][g] = true
		}
	}
	g.places[s], x.places[s] = p, key
	x.holdings(r.Asset).spots[s] = true
}

func (x *Services) removeSpot(s spot) {
	key, ok := x.places[s]
	if !ok {
		return
	}
	delete(x.places, s)
	g := x.groups[key]
	if delete(g.places, s); len(g.places) > 0 {
		return
	}
	delete(x.groups, key)
	for _, k := range g.software.keys {
		if delete(x.byKey[k], g); len(x.byKey[k]) == 0 {
			delete(x.byKey, k)
		}
	}
}

// AddFinding adds something that a check found.
func (x *Services) AddFinding(w exchange.Weak) {
	x.removeFinding(w.Finding)
	x.weak[w.Finding] = w
	x.holdings(w.Asset).findings[w.Finding] = true
	for _, key := range keysOf(w) {
		if x.weakKeys[key] == nil {
			x.weakKeys[key] = map[inventory.FindingID]bool{}
		}
		x.weakKeys[key][w.Finding] = true
	}
}

func (x *Services) removeFinding(id inventory.FindingID) {
	w, ok := x.weak[id]
	if !ok {
		return
	}
	delete(x.weak, id)
	for _, key := range keysOf(w) {
		if delete(x.weakKeys[key], id); len(x.weakKeys[key]) == 0 {
			delete(x.weakKeys, key)
		}
	}
}

// RemoveAsset forgets all that is known of an asset, to retire it or to add it
// afresh.
func (x *Services) RemoveAsset(id inventory.AssetID) {
	h := x.assets[id]
	if h == nil {
		return
	}
	for s := range h.spots {
		x.removeSpot(s)
	}
	for f := range h.findings {
		x.removeFinding(f)
	}
	delete(x.assets, id)
}

// Len is how many services there are, and how many that differ.
func (x *Services) Len() (services, kinds int) { return len(x.places), len(x.groups) }

// Match finds what a document concerns: one hit for each place, in order.
func (x *Services) Match(id exchange.InboundID, d exchange.Document) []Hit {
	p := newPaper(id, d)
	near, found := map[*group]bool{}, map[inventory.FindingID]bool{}
	for key := range p.keys {
		maps.Copy(near, x.byKey[key])
		maps.Copy(found, x.weakKeys[key])
	}
	var out []Hit
	for g := range near {
		x.compared++
		h, ok := p.meet(g.software)
		if !ok {
			continue
		}
		for _, place := range g.places {
			out = append(out, judged{p, h}.at(place))
		}
	}
	for _, f := range slices.Sorted(maps.Keys(found)) {
		x.compared++
		if h, ok := p.byFinding(x.weak[f]); ok {
			out = append(out, h)
		}
	}
	return sorted(out)
}
