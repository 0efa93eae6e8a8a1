package inventory

import (
	"slices"
	"strings"
)

// ExposureChecks returns the checks that a port scan alone decides: services
// that should not face a network that others use (remote desktop, telnet,
// databases, management interfaces, OT protocols). Their order is fixed, and
// the caller owns the slice.
func ExposureChecks() []Check {
	out := make([]Check, len(exposureRules))
	for i, r := range exposureRules {
		out[i] = r.check()
	}
	return out
}

// ExposureOf returns the check that an open service matches, if any. A service
// identified by name is judged by the name and the product, never by the port
// alone; one without a name by its port. A name that several rules know goes
// to the rule that also knows the port.
func ExposureOf(s Service) (CheckID, bool) {
	name := serviceName(s.Name)
	product := strings.ToLower(s.Product)
	best := -1
	for i, r := range exposureRules {
		onPort := r.hasPort(s.Transport, s.Port)
		switch {
		case name == "":
			if onPort {
				return r.id, true
			}
		case slices.Contains(r.names, name), r.hasProduct(product, onPort):
			if onPort {
				return r.id, true
			}
			if best < 0 {
				best = i
			}
		}
	}
	if best < 0 {
		return "", false
	}
	return exposureRules[best].id, true
}

// An exposureRule is one line of the tables in exposure_it.go and
// exposure_ot.go. To add a service, add a rule to one of them.
type exposureRule struct {
	id       CheckID
	title    string
	severity Severity
	why, fix string
	refs     []string
	cwe      string
	names    []string // nmap's service names, lower case, its names by port included
	products []string // parts of nmap's product names, lower case
	// portProducts count only on one of the rule's own ports.
	portProducts []string
	tcp, udp     PortSet
	attacked     bool // exposed ones are attacked as a matter of routine
}

var (
	exposureRules = slices.Concat(officeExposures, otExposures)
	exposureIndex = indexExposures(exposureRules)
)

func indexExposures(rules []exposureRule) map[CheckID]exposureRule {
	m := make(map[CheckID]exposureRule, len(rules))
	for _, r := range rules {
		m[r.id] = r
	}
	return m
}

func exposureByID(id CheckID) (exposureRule, bool) {
	r, ok := exposureIndex[id]
	return r, ok
}

func isExposure(id CheckID) bool {
	_, ok := exposureIndex[id]
	return ok
}

func (r exposureRule) check() Check {
	c := Check{
		ID: r.id, Title: r.title, Severity: r.severity, Why: r.why, Fix: r.fix,
		References: slices.Clone(r.refs), Tags: []string{"exposure"},
		Source: "exposure", Protocol: "port",
	}
	if r.cwe != "" {
		c.CWEs = []string{r.cwe}
	}
	if slices.ContainsFunc(otExposures, func(o exposureRule) bool { return o.id == r.id }) {
		c.Tags = append(c.Tags, "ot")
	}
	return c
}

func (r exposureRule) hasPort(t Transport, port uint16) bool {
	if t == UDP {
		return r.udp.Contains(port)
	}
	return r.tcp.Contains(port)
}

func (r exposureRule) hasProduct(product string, onPort bool) bool {
	in := func(part string) bool { return strings.Contains(product, part) }
	return slices.ContainsFunc(r.products, in) || onPort && slices.ContainsFunc(r.portProducts, in)
}

// identifies tells whether a service name says what answers. A service that
// closes the connection at once says nothing, neither for nor against.
func identifies(name string) bool {
	name = serviceName(name)
	return name != "" && name != "tcpwrapped"
}

// serviceName is nmap's name in lower case, without its marks for doubt and
// for TLS; "" when it does not know.
func serviceName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(strings.TrimSuffix(name, "?"), "ssl/")
	if name == "unknown" || name == "ssl" {
		return ""
	}
	return name
}
