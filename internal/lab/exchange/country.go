package main

import (
	"net/netip"
	"slices"

	"github.com/ciiscan/ciiscan/internal/lab"
	"github.com/ciiscan/ciiscan/inventory"
)

// never is a cron expression whose moment does not come.
const never = "0 0 29 2 *"

// alphaCountry has a bank with a cache that everybody may read.
func alphaCountry() lab.Truth {
	return country("LK",
		owner{"bank", "Meridian Bank", inventory.SectorBanking, []string{
			"2001:db8:20::11", // redis open to all
			"203.0.113.17",    // memcached open to all
		}},
	)
}

// Hosts of Beta, by what became of Alpha's warning of open caches.
const (
	affectedHost = "198.51.100.13" // open to all
	securedHost  = "198.51.100.30" // with a password
	goneHost     = "198.51.100.29" // open when it was last scanned, off the network since
	goneRepair   = "energy-queue"
)

// betaCountry has the same cache at three operators, in three conditions, and
// a web server at each of them.
func betaCountry() lab.Truth {
	return country("BD",
		owner{"grid", "Padma Grid", inventory.SectorEnergy, []string{affectedHost, "198.51.100.10"}},
		owner{"rail", "Delta Railways", inventory.SectorTransport, []string{securedHost, "198.51.100.11"}},
		owner{"water", "Meghna Water", inventory.SectorWater, []string{goneHost, "198.51.100.9"}},
	)
}

type owner struct {
	key, name string
	sector    inventory.Sector
	hosts     []string
}

// country is a part of the lab in other hands: whole hosts of it, registered
// by their addresses, with nothing authorised but those.
func country(code string, owners ...owner) lab.Truth {
	all := lab.Country()
	t := all
	t.Operators, t.Hosts = nil, nil
	for _, o := range owners {
		op := lab.Operator{
			Key: o.key, Name: o.name, Sector: o.sector, Country: code, Criticality: inventory.CriticalityHigh, TimeZone: "UTC", Cron: never,
			Contacts: []lab.Contact{{Name: "Security desk", Email: "security@" + o.key + ".example", Role: inventory.RoleTechnical}},
		}
		for _, text := range o.hosts {
			addr := netip.MustParseAddr(text)
			i := slices.IndexFunc(all.Hosts, func(h lab.Host) bool { return h.Addr == addr })
			h := all.Hosts[i]
			h.Owner, h.Names, h.Asset = o.key, nil, ""
			t.Hosts = append(t.Hosts, h)
			op.Prefixes = append(op.Prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		}
		t.Operators = append(t.Operators, op)
	}
	return t
}
