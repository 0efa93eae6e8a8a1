package inventory

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// A sighting is what all observations of one finding in one task come to.
type sighting struct {
	first, last time.Time
	evidence    EvidenceID // the newest
	evidenceAt  time.Time
	hostname    string
}

// sightings groups observations by the finding that they show. The order of
// the observations does not matter.
func (r reconciler) sightings(observations []Observation) map[FindingKey]sighting {
	out := map[FindingKey]sighting{}
	for _, o := range observations {
		key, ok := keyOf(o)
		if !ok {
			continue
		}
		at := o.At.UTC()
		if o.At.IsZero() || at.After(r.at) { // a worker's clock may be wrong
			at = r.at
		}
		s, seen := out[key]
		if !seen {
			s = sighting{first: at, last: at}
		}
		if at.Before(s.first) {
			s.first = at
		}
		s.last = later(s.last, at)
		if o.Evidence != nil {
			id := o.Evidence.ID()
			if s.evidence == "" || at.After(s.evidenceAt) || at.Equal(s.evidenceAt) && id < s.evidence {
				s.evidence, s.evidenceAt = id, at
			}
		}
		if name := plainHost(o.Hostname); s.hostname == "" || name != "" && name < s.hostname {
			s.hostname = name
		}
		out[key] = s
	}
	return out
}

// keyOf returns the finding that an observation shows, if it shows one.
func keyOf(o Observation) (FindingKey, bool) {
	key := FindingKey{Asset: o.Asset, Addr: plainAddr(o.Addr), Port: o.Port, Transport: plainTransport(o.Transport)}
	switch {
	case o.Match != nil:
		key.Check, key.Matcher = o.Match.Check, o.Match.Matcher
		return key, key.Check != ""
	case o.Service != nil && !o.Service.Unasked:
		check, ok := ExposureOf(serviceOf(o))
		key.Check = check
		return key, ok
	}
	return FindingKey{}, false
}

// serviceOf returns an observation's service with the observation's place,
// which is the one that counts.
func serviceOf(o Observation) Service {
	s := *o.Service
	s.Asset, s.Addr, s.Port, s.Transport = o.Asset, plainAddr(o.Addr), o.Port, plainTransport(o.Transport)
	return s
}

// sameService finds the sighting of an exposure on the same address and port
// that belongs to another asset: with several virtual hosts on one address,
// whose finding a service is can change, but not that it is there.
func (r reconciler) sameService(f Finding, sightings map[FindingKey]sighting) (sighting, bool) {
	if !f.Detection.Present() {
		return sighting{}, false
	}
	var best FindingKey
	found := false
	for key := range sightings {
		moved := key
		moved.Asset = f.Asset
		if moved == f.FindingKey && (!found || key.Asset < best.Asset) {
			best, found = key, true
		}
	}
	return sightings[best], found
}

// proof is what one task says about what is absent. A port that different
// parts of a task saw in different states proves nothing.
type proof struct {
	hosts    map[hostKey]HostResult
	down     map[netip.Addr]string // addresses that did not answer, and why
	ports    map[netKey][]PortCoverage
	services map[portKey][]identified
	ran      map[checkKey]bool
	missed   map[checkKey]string
	touched  map[hostKey]bool
}

type hostKey struct {
	asset AssetID
	addr  netip.Addr
}

type netKey struct {
	addr      netip.Addr
	transport Transport
}

type portKey struct {
	addr      netip.Addr
	port      uint16
	transport Transport
}

type checkKey struct {
	hostKey
	port      uint16
	transport Transport
	hostname  string
	check     CheckID
}

type identified struct {
	name     string
	evidence EvidenceID
}

// portState is a set of answers, so that contradictions show.
type portState uint8

const (
	portOpen portState = 1 << iota
	portClosed
	portFiltered
)

func newProof(seen Seen) proof {
	p := proof{
		hosts: map[hostKey]HostResult{}, down: map[netip.Addr]string{},
		ports: map[netKey][]PortCoverage{}, services: map[portKey][]identified{},
		ran: map[checkKey]bool{}, missed: map[checkKey]string{}, touched: map[hostKey]bool{},
	}
	for _, h := range WorstHosts(seen.Hosts) {
		key := hostKey{h.Asset, h.Addr}
		p.touched[key], p.hosts[key] = true, h
		if h.Outcome == Unreachable {
			p.down[h.Addr] = cmp.Or(h.Reason, "the host did not answer")
		}
	}
	for _, c := range seen.Ports {
		key := netKey{plainAddr(c.Addr), plainTransport(c.Transport)}
		p.touched[hostKey{c.Asset, key.addr}] = true
		p.ports[key] = append(p.ports[key], c)
	}
	for _, c := range seen.Checks {
		p.addChecks(c)
	}
	for _, o := range seen.Observations {
		if o.Service != nil {
			p.addService(o)
		}
	}
	return p
}

// state returns every answer that a port gave; 0 when it was not asked.
func (p proof) state(key portKey) portState {
	var state portState
	for _, c := range p.ports[netKey{key.addr, key.transport}] {
		if c.Open.Contains(key.port) {
			state |= portOpen
		}
		if c.Closed.Contains(key.port) {
			state |= portClosed
		}
		if c.Filtered.Contains(key.port) {
			state |= portFiltered
		}
	}
	return state
}

func (p proof) addChecks(c CheckCoverage) {
	key := checkKey{
		hostKey: hostKey{c.Asset, plainAddr(c.Addr)}, port: c.Port,
		transport: plainTransport(c.Transport), hostname: plainHost(c.Hostname),
	}
	p.touched[key.hostKey] = true
	for _, id := range c.Ran {
		key.check = id
		p.ran[key] = true
	}
	for _, m := range c.Missed {
		key.check = m.Check
		reason := cmp.Or(CleanText(m.Reason, 200), "the check did not run to its end")
		if have, ok := p.missed[key]; !ok || reason < have {
			p.missed[key] = reason
		}
	}
}

func (p proof) addService(o Observation) {
	s := serviceOf(o)
	p.touched[hostKey{s.Asset, s.Addr}] = true
	key := portKey{s.Addr, s.Port, s.Transport}
	known := identified{name: CleanText(s.Name, 40)}
	if s.Guessed { // it may well be what the finding says, on another's port
		known.name = ""
	}
	if o.Evidence != nil {
		known.evidence = o.Evidence.ID()
	}
	p.services[key] = append(p.services[key], known)
}

// A verdict is what a task proves about a finding that it did not see.
type verdict struct {
	outside  bool   // the task had nothing to do with it
	negative bool   // it looked, and it was not there
	reason   string // what proves it, or why it was not tested
	evidence EvidenceID
}

func (p proof) verdict(f Finding) verdict {
	v := p.judge(f)
	v.outside = !v.negative && !p.touched[hostKey{f.Asset, f.Addr}]
	return v
}

func (p proof) judge(f Finding) verdict {
	if reason, down := p.down[f.Addr]; down {
		return verdict{reason: reason}
	}
	state := p.state(portKey{f.Addr, f.Port, plainTransport(f.Transport)})
	if state == portClosed && f.Port != 0 {
		return verdict{negative: true, reason: "The port answered that nothing listens there"}
	}
	if isExposure(f.Check) {
		return p.judgeExposure(f, state)
	}
	key := checkKey{
		hostKey: hostKey{f.Asset, f.Addr}, port: f.Port,
		transport: plainTransport(f.Transport), hostname: plainHost(f.Hostname), check: f.Check,
	}
	if p.ran[key] {
		return verdict{negative: true, reason: "The check ran to its end and did not find it"}
	}
	if reason, ok := p.missed[key]; ok {
		return verdict{reason: reason}
	}
	if state != portOpen && state != 0 {
		return verdict{reason: p.portReason(f, state)}
	}
	return verdict{reason: p.hostReason(f, "the check was not part of this scan")}
}

// judgeExposure judges a service on a port that did not simply answer closed.
func (p proof) judgeExposure(f Finding, state portState) verdict {
	if state != portOpen {
		return verdict{reason: p.portReason(f, state)}
	}
	other := identified{}
	for _, s := range p.services[portKey{f.Addr, f.Port, plainTransport(f.Transport)}] {
		if identifies(s.name) && (other.name == "" || s.name < other.name) {
			other = s
		}
	}
	if other.name == "" {
		return verdict{reason: fmt.Sprintf("port %d/%s is open, but what answers there could not be identified", f.Port, f.Transport)}
	}
	return verdict{
		negative: true, evidence: other.evidence,
		reason: fmt.Sprintf("Another service answers on the port now (%s)", other.name),
	}
}

// portReason says why the answer of a port proves nothing.
func (p proof) portReason(f Finding, state portState) string {
	place := fmt.Sprintf("port %d/%s", f.Port, f.Transport)
	switch state {
	case 0:
		return p.hostReason(f, place+" was not part of this scan")
	case portFiltered:
		return place + " is filtered: it did not answer"
	default:
		return place + " answered differently within one scan"
	}
}

// hostReason prefers what happened to the host over a general reason.
func (p proof) hostReason(f Finding, general string) string {
	h, ok := p.hosts[hostKey{f.Asset, f.Addr}]
	if !ok || h.Outcome == Complete {
		return general
	}
	if h.Reason != "" {
		return h.Reason
	}
	switch h.Outcome {
	case Partial:
		return "the scan of the host ended early"
	case Blocked:
		return "the host was not allowed to be scanned"
	default:
		return "the scan of the host failed"
	}
}

// WorstHosts merges several results for one asset and address into the worst
// of them, in the order of first mention, with plain addresses.
func WorstHosts(hosts []HostResult) []HostResult {
	var out []HostResult
	at := map[hostKey]int{}
	for _, h := range hosts {
		h.Addr, h.Reason = plainAddr(h.Addr), CleanText(h.Reason, 200)
		key := hostKey{h.Asset, h.Addr}
		i, ok := at[key]
		switch {
		case !ok:
			at[key] = len(out)
			out = append(out, h)
		case h.Outcome.rank() > out[i].Outcome.rank(),
			h.Outcome == out[i].Outcome && h.Reason < out[i].Reason:
			out[i] = h
		}
	}
	return out
}

// rank is 0 for the best outcome; an unknown one is the worst.
func (o Outcome) rank() int {
	for i, v := range []Outcome{Complete, Partial, Unreachable, Blocked, Failed} {
		if o == v {
			return i
		}
	}
	return len("unknown")
}

// plainTransport is TCP where nothing else is said.
func plainTransport(t Transport) Transport { return cmp.Or(t, TCP) }

// plainHost is a virtual host's name for comparing: lower case, without a
// final dot, and "" for an address, which is no name.
func plainHost(name string) string {
	name = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), ".")
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return ""
	}
	return name
}
