package nmap

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
)

// A scan is one batch on its way through the stages.
type scan struct {
	engine   *Engine
	profile  scanner.Profile
	addrs    []netip.Addr // once each, in the order of the targets
	hosts    map[netip.Addr]*host
	requests int64
	targets  []inventory.Target
}

// A host is what is known of one address so far.
type host struct {
	owner    inventory.AssetID // of what concerns the address as a whole
	outcome  inventory.Outcome // "" while nothing is wrong
	reason   string
	coverage []inventory.PortCoverage
	services []inventory.Service
}

func newScan(e *Engine, b scanner.Batch) *scan {
	s := &scan{engine: e, profile: b.Profile, hosts: map[netip.Addr]*host{}, targets: b.Targets}
	for _, t := range b.Targets {
		if _, known := s.hosts[t.Addr()]; !known {
			s.addrs = append(s.addrs, t.Addr())
			s.hosts[t.Addr()] = &host{owner: t.Asset()}
		}
	}
	return s
}

func (s *scan) family(is func(netip.Addr) bool) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(s.addrs), func(a netip.Addr) bool { return !is(a) })
}

// end says what kept us from looking at all of a host. The first reason stays.
func (s *scan) end(addr netip.Addr, o inventory.Outcome, reason string) {
	if h := s.hosts[addr]; h.outcome == "" {
		h.outcome, h.reason = o, reason
	}
}

// answering leaves out the hosts that are known not to answer.
func (s *scan) answering(addrs []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool {
		return s.hosts[a].outcome == inventory.Unreachable
	})
}

// book keeps which ports answered what. A host none of whose ports answered
// is not known to be there.
func (s *scan) book(addr netip.Addr, t inventory.Transport, asked inventory.PortSet, out hostOutput) {
	h := s.hosts[addr]
	open, closed, filtered := out.sort(t, asked)
	h.coverage = append(h.coverage, inventory.PortCoverage{
		Asset: h.owner, Addr: addr, Transport: t, Open: open, Closed: closed, Filtered: filtered,
	})
	if t == inventory.TCP && open.Len()+closed.Len() == 0 && !s.profile.Discovery {
		s.end(addr, inventory.Unreachable, "none of its ports answered")
	}
	for _, p := range out.ports {
		if p.Protocol == string(t) && open.Contains(p.ID) {
			h.services = append(h.services, service(p))
		}
	}
}

// name replaces what the port scan guessed by what the services said.
func (s *scan) name(addr netip.Addr, out hostOutput) {
	h := s.hosts[addr]
	for _, p := range out.ports {
		for i, have := range h.services {
			if have.Port == p.ID && string(have.Transport) == p.Protocol && p.State.State == "open" {
				h.services[i] = service(p)
			}
		}
	}
}

func (h *host) hasOpen(t inventory.Transport) bool {
	return slices.ContainsFunc(h.services, func(s inventory.Service) bool { return s.Transport == t })
}

// open is every open TCP port of any of the hosts.
func (s *scan) open(addrs []netip.Addr) inventory.PortSet {
	var all inventory.PortSet
	for _, a := range addrs {
		for _, x := range s.hosts[a].services {
			if x.Transport == inventory.TCP {
				all.Add(x.Port)
			}
		}
	}
	return all
}

// result is what is known at the moment.
func (s *scan) result() scanner.Result {
	r := scanner.Result{Requests: s.requests, Method: "connect"}
	if s.raw() {
		r.Method = "syn"
	}
	for _, t := range s.targets {
		h := s.hosts[t.Addr()]
		outcome := h.outcome
		if outcome == "" {
			outcome = inventory.Complete
		}
		// A host that no stage has reached is told by whoever stopped us.
		if outcome != inventory.Complete || len(h.coverage) > 0 {
			r.Hosts = append(r.Hosts, inventory.HostResult{Asset: t.Asset(), Addr: t.Addr(), Outcome: outcome, Reason: h.reason})
		}
	}
	for _, addr := range s.addrs {
		h := s.hosts[addr]
		r.Ports = append(r.Ports, h.coverage...)
		for _, x := range h.services {
			r.Observations = append(r.Observations, s.observe(addr, h.owner, x))
		}
	}
	return r
}

func (s *scan) observe(addr netip.Addr, owner inventory.AssetID, x inventory.Service) inventory.Observation {
	at := s.engine.now().UTC()
	x.Asset, x.Addr, x.FirstSeen, x.LastSeen = owner, addr, at, at
	said := strings.Join(slices.DeleteFunc([]string{x.Name, x.Product, x.Version, x.ExtraInfo}, func(s string) bool { return s == "" }), " ")
	if x.TLS {
		said += " over TLS"
	}
	answer := strings.TrimSpace(fmt.Sprintf("%d/%s open %s", x.Port, x.Transport, said))
	if x.Banner != "" {
		answer += "\n" + x.Banner
	}
	return inventory.Observation{
		Asset: owner, Addr: addr, Port: x.Port, Transport: x.Transport, At: at, Service: &x,
		Evidence: &inventory.Evidence{
			Request:  []byte("nmap " + s.technique(x.Transport) + " port " + fmt.Sprint(x.Port)),
			Response: []byte(answer),
		},
	}
}
