package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ciiscan/ciiscan/inventory"
)

// A Truth is everything there is to know about the lab.
type Truth struct {
	Operators  []Operator
	Hosts      []Host
	Neighbours []Neighbour
	Zones      []Zone
	// Routed are the prefixes that lead to the lab; their other addresses
	// are as silent as hosts that are switched off.
	Routed []netip.Prefix
	// NameServer is the only resolver, and it is not anybody's asset.
	NameServer netip.Addr
	// Scanner4 and Scanner6 are nobody's: scans come from them.
	Scanner4, Scanner6 netip.Addr
}

// An Operator owns hosts and has allowed their scanning.
type Operator struct {
	Key         string // how Host.Owner names it
	Name        string
	Sector      inventory.Sector
	Country     string
	Criticality inventory.Criticality
	TimeZone    string
	Contacts    []Contact
	Prefixes    []netip.Prefix // authorised
	Names       []string       // authorised
	Exclusion   *Exclusion
	Cron        string
}

// A Contact is somebody at an operator.
type Contact struct {
	Name, Email string
	Role        inventory.ContactRole
}

// An Exclusion is what the operator asked to be spared.
type Exclusion struct {
	Prefix netip.Prefix
	Reason string
}

// A Host is one address of the lab.
type Host struct {
	Addr  netip.Addr
	Owner string // an Operator's Key
	What  string // what its owner calls it
	Site  string
	Class inventory.AssetClass
	// Criticality of the asset; medium when empty.
	Criticality inventory.Criticality
	Tags        []string
	// Asset is how the owner registered it: empty for the address itself,
	// else a prefix or a name. Several hosts may share one; a host with
	// several names is one asset per name.
	Asset    string
	Names    []string // resolve to Addr
	Services []Service
	// Silent hosts are switched off, or routed to nowhere.
	Silent bool
}

// A Service is one open port.
type Service struct {
	Port      uint16
	Transport inventory.Transport // TCP when empty
	Kind      string              // a kind of the fakes or daemons package
	Expect    []Expect
	Filtered  bool // a packet filter drops what comes
	// Fix is what happens to the service when somebody repairs it; empty
	// services stay as they are.
	Fix Fix
}

// An Expect is a finding that must be there.
type Expect struct {
	Check    inventory.CheckID
	Hostname string // the virtual host; "" on the address
}

// A Fix is a repair. Without a kind the service is taken off the network;
// with one it is replaced by a service of that kind, on which Leaves remain.
type Fix struct {
	Name   string // as "labd fix" takes it
	Kind   string
	Leaves []Expect
}

// A Neighbour is somebody else, or somebody excluded: not one packet may
// reach its address.
type Neighbour struct {
	Addr netip.Addr
	Why  string
	Port uint16 // listens here, so that whoever is led astray arrives
}

// A Zone is a domain of the lab; addresses of hosts are added by themselves.
type Zone struct {
	Name    string
	Records []string
	// Rebind names answer with the first address at first, then the second.
	Rebind map[string][2]netip.Addr
}

// Operator returns the operator with the given key.
func (t Truth) Operator(key string) (Operator, error) {
	i := slices.IndexFunc(t.Operators, func(o Operator) bool { return o.Key == key })
	if i < 0 {
		return Operator{}, fmt.Errorf("lab operator %q: unknown", key)
	}
	return t.Operators[i], nil
}

// Fixes lists the names of all repairs, sorted.
func (t Truth) Fixes() []string {
	var names []string
	for _, h := range t.Hosts {
		for _, s := range h.Services {
			if s.Fix.Name != "" {
				names = append(names, s.Fix.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// After returns the truth once the named repairs are done.
func (t Truth) After(fixes ...string) (Truth, error) {
	if unknown := slices.DeleteFunc(slices.Clone(fixes), func(f string) bool { return slices.Contains(t.Fixes(), f) }); len(unknown) > 0 {
		return Truth{}, fmt.Errorf("repair %q: unknown; there are: %s", unknown[0], strings.Join(t.Fixes(), ", "))
	}
	t.Hosts = slices.Clone(t.Hosts)
	for i := range t.Hosts {
		var services []Service
		for _, s := range t.Hosts[i].Services {
			switch {
			case s.Fix.Name == "" || !slices.Contains(fixes, s.Fix.Name):
				services = append(services, s)
			case s.Fix.Kind != "":
				services = append(services, Service{Port: s.Port, Transport: s.Transport, Kind: s.Fix.Kind, Expect: s.Fix.Leaves, Filtered: s.Filtered})
			}
		}
		t.Hosts[i].Services = services
	}
	return t, nil
}

// Expected lists every finding that must be there, sorted.
func (t Truth) Expected() []Finding {
	var all []Finding
	for _, h := range t.Hosts {
		for _, s := range h.Services {
			for _, e := range s.Expect {
				all = append(all, Finding{
					Owner: h.Owner, Addr: h.Addr, Port: s.Port, Transport: s.transport(s.Port),
					Hostname: e.Hostname, Check: e.Check,
				})
			}
		}
	}
	sortFindings(all)
	return all
}

// transport is TCP unless told otherwise; port 0, which stands for the host
// as a whole, has none.
func (s Service) transport(port uint16) inventory.Transport {
	if s.Transport == "" && port != 0 {
		return inventory.TCP
	}
	return s.Transport
}
