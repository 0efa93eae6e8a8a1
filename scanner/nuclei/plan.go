package nuclei

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ciiscan/ciiscan/inventory"
	"github.com/ciiscan/ciiscan/scanner"
	"github.com/ciiscan/ciiscan/scanner/nuclei/internal/wire"
)

// A plan is what one batch asks for: each unit with the templates to run on it.
type plan struct {
	templates []Template
	hosts     []planHost
	units     []unit
}

// A planHost is one address with its permits, the first of which owns it.
type planHost struct {
	addr    netip.Addr
	targets []inventory.Target
	until   time.Time // the earliest end of a permit
	names   []string  // sorted, unique
}

// A unit is one input, and what findings on it belong to.
type unit struct {
	host      int // in plan.hosts
	asset     inventory.AssetID
	port      uint16 // 0 for a name
	transport inventory.Transport
	hostname  string
	protocol  string
	input     string
	templates []int // in plan.templates
}

// A pair is one template on one unit.
type pair struct{ unit, template int }

// newPlan decides what to run: http templates on whatever speaks HTTP, ssl
// templates on whatever speaks TLS, both also on the services that they name,
// and tcp templates on the services or ports that they name. http and ssl
// templates run once for each name that leads to the address, and for the bare
// address only where a permit without a name asks for it; tcp templates run
// once for each port, dns templates once for each name of an address. A profile
// that names checks runs no others.
func newPlan(b scanner.Batch, approved []Template) *plan {
	if only := b.Profile.Checks; len(only) > 0 {
		approved = slices.DeleteFunc(slices.Clone(approved), func(t Template) bool { return !slices.Contains(only, t.ID) })
	}
	p := &plan{templates: approved, hosts: planHosts(b.Targets)}
	services := slices.Clone(b.Services)
	slices.SortStableFunc(services, func(a, c inventory.Service) int {
		return cmp.Or(a.Addr.Compare(c.Addr), cmp.Compare(a.Port, c.Port))
	})
	services = slices.CompactFunc(services, func(a, c inventory.Service) bool {
		return a.Addr == c.Addr && a.Port == c.Port && a.Transport == c.Transport
	})
	for i, h := range p.hosts {
		for _, s := range services {
			if s.Addr == h.addr && s.Transport == inventory.TCP {
				p.addService(i, s)
			}
		}
		for _, name := range h.names {
			u := unit{host: i, asset: h.owner(name), transport: inventory.UDP, hostname: name, protocol: protocolDNS, input: name}
			p.addFor(u, func(Template) bool { return true })
		}
	}
	return p
}

func planHosts(targets []inventory.Target) []planHost {
	var hosts []planHost
	at := map[netip.Addr]int{}
	for _, t := range targets {
		i, ok := at[t.Addr()]
		if !ok {
			i = len(hosts)
			at[t.Addr()] = i
			hosts = append(hosts, planHost{addr: t.Addr(), until: t.Until()})
		}
		h := &hosts[i]
		h.targets = append(h.targets, t)
		if t.Until().Before(h.until) {
			h.until = t.Until()
		}
		if t.Name() != "" {
			h.names = append(h.names, t.Name())
		}
	}
	for i := range hosts {
		slices.Sort(hosts[i].names)
		hosts[i].names = slices.Compact(hosts[i].names)
	}
	return hosts
}

// owner returns the asset of the first permit with the name; "" is the bare
// address.
func (h planHost) owner(name string) inventory.AssetID {
	for _, t := range h.targets {
		if t.Name() == name {
			return t.Asset()
		}
	}
	return h.targets[0].Asset()
}

// vhosts lists what to call the address when speaking to it.
func (h planHost) vhosts() []string {
	if slices.ContainsFunc(h.targets, func(t inventory.Target) bool { return t.Name() == "" }) {
		return append([]string{""}, h.names...)
	}
	return h.names
}

func (p *plan) addService(host int, s inventory.Service) {
	h := p.hosts[host]
	overTLS := s.TLS || strings.HasPrefix(strings.ToLower(s.Name), "https")
	for _, name := range h.vhosts() {
		u := unit{host: host, asset: h.owner(name), port: s.Port, transport: inventory.TCP, hostname: name}
		u.protocol, u.input = protocolHTTP, baseURL(h.addr, name, s.Port, overTLS)
		p.addFor(u, func(t Template) bool { return s.HTTP() || t.names(s) })
		u.protocol, u.input = protocolSSL, net.JoinHostPort(cmp.Or(name, h.addr.String()), strconv.Itoa(int(s.Port)))
		p.addFor(u, func(t Template) bool { return overTLS || t.names(s) })
	}
	p.addFor(unit{
		host: host, asset: h.targets[0].Asset(), port: s.Port, transport: inventory.TCP,
		protocol: protocolTCP, input: netip.AddrPortFrom(h.addr, s.Port).String(),
	}, func(t Template) bool { return t.names(s) || slices.Contains(t.Ports, s.Port) })
}

// addFor adds a unit with the templates of its protocol that want it, if any.
func (p *plan) addFor(u unit, wants func(Template) bool) {
	for i, t := range p.templates {
		if t.Protocol == u.protocol && wants(t) {
			u.templates = append(u.templates, i)
		}
	}
	if len(u.templates) > 0 {
		p.units = append(p.units, u)
	}
}

// baseURL leaves out a scheme's own port, as browsers do: servers compare the
// Host header with their names.
func baseURL(addr netip.Addr, name string, port uint16, overTLS bool) string {
	scheme, usual := "http", uint16(80)
	if overTLS {
		scheme, usual = "https", 443
	}
	host := name
	switch {
	case name == "" && addr.Is6():
		host = "[" + addr.String() + "]"
	case name == "":
		host = addr.String()
	}
	if port == usual {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + strconv.Itoa(int(port))
}

// pairs lists everything to do, in order.
func (p *plan) pairs() []pair {
	var out []pair
	for i, u := range p.units {
		for _, t := range u.templates {
			out = append(out, pair{i, t})
		}
	}
	return out
}

// job makes the message for a child that is to run these pairs, which are in
// the plan's order.
func (p *plan) job(settings wire.Job, todo []pair) wire.Job {
	job := settings
	job.Templates = wireTemplates(p.templates)
	at := map[int]int{} // plan host -> job host
	for _, w := range todo {
		u := p.units[w.unit]
		i, ok := at[u.host]
		if !ok {
			h := p.hosts[u.host]
			i = len(job.Hosts)
			at[u.host] = i
			job.Hosts = append(job.Hosts, wire.Host{Addr: h.addr, Names: h.names, Until: h.until})
		}
		units := &job.Hosts[i].Units
		if n := len(*units); n == 0 || (*units)[n-1].ID != w.unit {
			*units = append(*units, wire.Unit{ID: w.unit, Protocol: u.protocol, Input: u.input})
		}
		last := &(*units)[len(*units)-1]
		last.Templates = append(last.Templates, w.template)
	}
	return job
}

func wireTemplates(all []Template) []wire.Template {
	out := make([]wire.Template, len(all))
	for i, t := range all {
		out[i] = wire.Template{ID: string(t.ID), SHA256: t.SHA256, Protocol: t.Protocol, Body: t.Body}
	}
	return out
}

// without returns the pairs that are not in drop.
func without(pairs, drop []pair) []pair {
	return slices.DeleteFunc(slices.Clone(pairs), func(w pair) bool { return slices.Contains(drop, w) })
}
