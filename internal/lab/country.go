package lab

import (
	"net/netip"
	"slices"

	"github.com/ciiscan/ciiscan/inventory"
)

// Keys of the two operators.
const (
	Energy = "energy"
	Bank   = "bank"
)

// Country returns the lab: an energy company with control systems, a bank,
// and the neighbours whom nobody may touch.
func Country() Truth {
	return Truth{
		Operators: []Operator{energyCompany(), bank()},
		Hosts:     slices.Concat(energyHosts(), energyLookAlikes(), hostileHosts(), controlHosts(), bankHosts(), bankLookAlikes()),
		Neighbours: []Neighbour{
			{Addr: addr("198.51.100.97"), Why: "excluded: a relay that fails when it is scanned", Port: 80},
			{Addr: addr("203.0.113.200"), Why: "not authorised: redirects and rebinding names lead here", Port: 80},
			{Addr: addr("192.0.2.81"), Why: "not authorised: another customer of the same cloud", Port: 80},
			{Addr: addr("2001:db8:99::1"), Why: "not authorised: a name leads here beside an authorised address", Port: 80},
		},
		Zones:      zones(),
		Routed:     []netip.Prefix{prefix("192.0.2.0/24"), prefix("198.51.100.0/24"), prefix("203.0.113.0/24"), prefix("2001:db8::/32")},
		NameServer: addr("192.0.2.53"),
		Scanner4:   addr("192.0.2.1"),
		Scanner6:   addr("2001:db8::1"),
	}
}

// NeighbourWeb is where redirects lead: a host outside every scope.
const NeighbourWeb = "203.0.113.200:80"

func energyCompany() Operator {
	return Operator{
		Key: Energy, Name: "Northern Grid Company", Sector: inventory.SectorEnergy, Country: "LK",
		Criticality: inventory.CriticalityCritical, TimeZone: "Asia/Colombo",
		Contacts: []Contact{
			{"Control room", "control-room@northgrid.example", inventory.RoleEmergency},
			{"Ruwan Perera", "ruwan.perera@northgrid.example", inventory.RoleTechnical},
		},
		Prefixes:  []netip.Prefix{prefix("198.51.100.0/25"), prefix("2001:db8:10::/48")},
		Names:     []string{"portal.northgrid.example", "field.northgrid.example"},
		Exclusion: &Exclusion{prefix("198.51.100.96/30"), "The relays of bay 4 fail when they are scanned; the maker has been asked."},
		Cron:      "CRON_TZ=Asia/Colombo 0 2 * * 1",
	}
}

func bank() Operator {
	return Operator{
		Key: Bank, Name: "Meridian Bank", Sector: inventory.SectorBanking, Country: "LK",
		Criticality: inventory.CriticalityHigh, TimeZone: "Asia/Colombo",
		Contacts: []Contact{{"Security desk", "security@meridian.example", inventory.RoleDistribution}},
		Prefixes: []netip.Prefix{prefix("203.0.113.0/25"), prefix("2001:db8:20::/48")},
		Cron:     "CRON_TZ=Asia/Colombo 30 3 * * 2",
	}
}

func zones() []Zone {
	return []Zone{
		{Name: "northgrid.example", Records: []string{
			`northgrid.example. 60 IN MX 10 mail.northgrid.example.`,
			`northgrid.example. 60 IN TXT "site-verification=8f2c51"`,
		}},
		{Name: "meridian.example", Records: []string{
			`meridian.example. 60 IN MX 10 mail.meridian.example.`,
			`meridian.example. 60 IN TXT "v=spf1 mx -all"`,
			`meridian.example. 60 IN CAA 0 issue "ca.example"`,
			`_dmarc.meridian.example. 60 IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@meridian.example"`,
			`both.meridian.example. 60 IN AAAA 2001:db8:99::1`,
		}, Rebind: map[string][2]netip.Addr{
			"rebind.meridian.example": {addr("203.0.113.62"), addr("203.0.113.200")},
		}},
	}
}

// port is one TCP port and what must be found on it.
func port(number uint16, kind string, expect ...inventory.CheckID) Service {
	return Service{Port: number, Kind: kind, Expect: expects("", expect...)}
}

// named is the same, seen through a virtual host.
func named(hostname string, number uint16, kind string, expect ...inventory.CheckID) Service {
	return Service{Port: number, Kind: kind, Expect: expects(hostname, expect...)}
}

func expects(hostname string, checks ...inventory.CheckID) []Expect {
	var all []Expect
	for _, c := range checks {
		all = append(all, Expect{Check: c, Hostname: hostname})
	}
	return all
}

// fixedBy adds the repair that takes the service off the network.
func (s Service) fixedBy(name string) Service {
	s.Fix = Fix{Name: name}
	return s
}

// mendedBy adds the repair that puts a better service in its place, on which
// the given findings remain.
func (s Service) mendedBy(name, kind string, leaves ...inventory.CheckID) Service {
	s.Fix = Fix{Name: name, Kind: kind, Leaves: expects("", leaves...)}
	return s
}

func (s Service) udp() Service {
	s.Transport = inventory.UDP
	return s
}

func (s Service) filtered() Service {
	s.Filtered = true
	return s
}

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }
